//! Strange mirrors: the same traffic sent twice, in pieces, or through a tunnel gives the same operations as the original,
//! whatever the number of workers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{capture, lines, run};
use fengsui::capture::file::FileReader;
use serde_json::Value;

/// Ethernet frames with their time in nanoseconds.
type Frames = Vec<(u64, Vec<u8>)>;

fn read(path: &Path) -> Frames {
    let mut reader = FileReader::open(path, 0, 0).unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = reader.next_frame().unwrap() {
        frames.push((frame.at.ts.nanos(), frame.bytes.to_vec()));
    }
    frames
}

/// A pcap file with nanoseconds.
fn write(path: &Path, frames: &Frames) {
    let mut file: Vec<u8> =
        [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1].into_iter().flat_map(u32::to_le_bytes).collect();
    for (nanos, frame) in frames {
        let (seconds, rest) = (nanos / 1_000_000_000, nanos % 1_000_000_000);
        for word in [seconds, rest, frame.len() as u64, frame.len() as u64] {
            file.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        file.extend_from_slice(frame);
    }
    fs::write(path, file).unwrap();
}

/// What was done, without what a mirror may rightly change: where in the capture it stands, tags and MAC addresses.
fn operations(path: &Path, workers: usize) -> Vec<Value> {
    let workers = workers.to_string();
    let path = path.to_str().unwrap();
    let events = lines(&run(&["replay", "--every-operation", "--workers", &workers, "--events", "-", path]));
    let mut operations = Vec::new();
    for mut event in events.into_iter().filter(|event| event["event_type"] == "operation") {
        for key in ["evidence", "flow_id", "vlan"] {
            event.as_object_mut().unwrap().remove(key);
        }
        for side in ["client", "server"] {
            event[side].as_object_mut().unwrap().remove("mac");
        }
        operations.push(event);
    }
    operations
}

fn summary(path: &Path) -> Value {
    let output = run(&["replay", "--summary", "json", path.to_str().unwrap()]);
    serde_json::from_slice::<Value>(&output.stdout).unwrap()["capture"].clone()
}

fn is_ip(frame: &[u8]) -> bool {
    frame[12..14] == [8, 0]
}

/// Replays the lab's capture as a strange mirror would send it; gives the original's operations and the mirror's file.
fn mirrored(change: impl Fn(u64, &[u8]) -> Frames, check: impl Fn(&Path)) {
    let original = capture("attack-mb-03.pcapng");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror.pcap");
    let frames = read(&original).iter().flat_map(|(nanos, frame)| change(*nanos, frame)).collect();
    write(&path, &frames);
    let expected = operations(&original, 1);
    assert!(expected.len() > 100);
    for workers in [1, 3] {
        let ours = operations(&path, workers);
        let different = expected.iter().zip(&ours).find(|(expected, ours)| expected != ours);
        assert!(different.is_none(), "{workers} workers: {different:#?}");
        assert_eq!(ours.len(), expected.len(), "{workers} workers");
    }
    check(&path);
}

fn tagged(vlan: u16, frame: &[u8]) -> Vec<u8> {
    [&frame[..12], &[0x81, 0], &vlan.to_be_bytes(), &frame[12..]].concat()
}

/// IPv4 header of a packet between two other machines.
fn ipv4(protocol: u8, id: u16, flags: u16, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let header = [&[0x45, 0][..], &length, &id.to_be_bytes(), &flags.to_be_bytes(), &[64, protocol, 0, 0]].concat();
    [&header[..], &[192, 0, 2, 1, 192, 0, 2, 2], payload].concat()
}

fn ethernet(packet: &[u8]) -> Vec<u8> {
    [&[0x0a; 12][..], &[8, 0], packet].concat()
}

fn vxlan(frame: &[u8]) -> Vec<u8> {
    let length = u16::try_from(16 + frame.len()).unwrap().to_be_bytes();
    [&[0xc0, 0, 0x12, 0xb5][..], &length, &[0, 0, 8, 0, 0, 0, 0, 0, 9, 0], frame].concat()
}

/// In at an access port untagged and out at a trunk; the other direction the other way round.
#[test]
fn a_mirror_of_both_ports_of_each_frame() {
    let copies = |nanos: u64, frame: &[u8]| {
        let tagged = tagged(10, frame);
        let up = frame[6..12] < frame[..6];
        let [first, second] = if up { [frame.to_vec(), tagged] } else { [tagged, frame.to_vec()] };
        vec![(nanos, first), (nanos + 900, second)]
    };
    mirrored(copies, |path| {
        let capture = summary(path);
        let ip = read(path).iter().filter(|(_, frame)| is_ip(frame)).count();
        assert_eq!(capture["duplicates"], ip);
    });
}

/// Each IP packet in pieces of 24 bytes, the last one first.
#[test]
fn a_network_that_fragments_everything() {
    let pieces = |nanos: u64, frame: &[u8]| {
        if !is_ip(frame) {
            return vec![(nanos, frame.to_vec())];
        }
        let length = usize::from(u16::from_be_bytes([frame[16], frame[17]]));
        let (header, payload) = frame[14..14 + length].split_at(usize::from(frame[14] & 0xf) * 4);
        let mut pieces = Vec::new();
        for (index, part) in payload.chunks(24).enumerate().collect::<Vec<_>>().into_iter().rev() {
            let mut header = header.to_vec();
            let length = u16::try_from(header.len() + part.len()).unwrap();
            header[2..4].copy_from_slice(&length.to_be_bytes());
            let more = if (index + 1) * 24 < payload.len() { 0x2000 } else { 0 };
            header[6..8].copy_from_slice(&(more | u16::try_from(index * 3).unwrap()).to_be_bytes());
            pieces.push((nanos, [&frame[..14], &header, part].concat()));
        }
        pieces
    };
    mirrored(pieces, |path| assert_eq!(summary(path)["broken_datagrams"], 0));
}

/// A remote mirror: each frame in VXLAN, as it fits into one packet.
#[test]
fn a_mirror_through_a_tunnel() {
    mirrored(|nanos, frame| vec![(nanos, ethernet(&ipv4(17, 7, 0, &vxlan(frame))))], |_| {});
}

/// The same over a path that is too narrow for it. (One worker takes all: pieces of a tunnel go by the tunnel's ends.)
#[test]
fn a_mirror_through_a_tunnel_in_pieces() {
    let pieces = |nanos: u64, frame: &[u8]| {
        let datagram = vxlan(frame);
        let id = u16::try_from(nanos / 1000 % 65_521).unwrap();
        let (first, last) = datagram.split_at(48);
        let [first, last] = [(0x2000, first), (6, last)].map(|(flags, part)| ethernet(&ipv4(17, id, flags, part)));
        vec![(nanos, first), (nanos, last)]
    };
    mirrored(pieces, |path| assert_eq!(summary(path)["broken_datagrams"], 0));
}
