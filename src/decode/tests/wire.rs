//! Packets built layer by layer, from the inside out.

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use crate::capture::{Frame, LinkType};
use crate::event::FrameRef;

pub const CLIENT: [u8; 4] = [10, 0, 0, 1];
pub const SERVER: [u8; 4] = [10, 0, 0, 2];
pub const PAYLOAD: &[u8] = b"12345678";

/// Is there a seed of the fuzzer with these frames? Written anew when the environment says `FENGSUI_WRITE_SEEDS=1`.
pub fn check_seed(name: &str, frames: &[&[u8]]) {
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = name.chars().map(letter).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds/decode").join(name);
    // Ethernet, then each frame after its length.
    let mut seed = vec![0];
    for frame in frames {
        seed.extend(u16::try_from(frame.len()).unwrap().to_be_bytes());
        seed.extend_from_slice(frame);
    }
    if std::env::var_os("FENGSUI_WRITE_SEEDS").is_some() {
        fs::write(&path, &seed).unwrap();
    }
    assert_eq!(fs::read(&path).unwrap(), seed, "{}", path.display());
}

/// A captured frame that is as long as it was on the wire.
pub fn frame(bytes: &[u8]) -> Frame<'_> {
    cut(bytes, bytes.len())
}

/// A frame of which the capture kept only these bytes.
pub fn cut(bytes: &[u8], wire_len: usize) -> Frame<'_> {
    let wire_len = u32::try_from(wire_len).unwrap();
    Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan: None, bytes }
}

pub fn address(ip: [u8; 4]) -> IpAddr {
    IpAddr::from(ip)
}

pub fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

/// The stations' own frame around something.
pub fn ethernet(ether_type: u16, rest: &[u8]) -> Vec<u8> {
    join(&[&[2; 6], &[4; 6], &ether_type.to_be_bytes(), rest])
}

/// A frame between two other machines: a tunnel's ends.
pub fn carrier(ether_type: u16, rest: &[u8]) -> Vec<u8> {
    join(&[&[0x0a; 6], &[0x0c; 6], &ether_type.to_be_bytes(), rest])
}

/// What follows a tag's EtherType.
pub fn tag(vlan: u16, ether_type: u16, rest: &[u8]) -> Vec<u8> {
    join(&[&(0x6000 | vlan).to_be_bytes(), &ether_type.to_be_bytes(), rest])
}

/// `flags`: the 16 bits of flags and fragment offset.
pub fn ipv4_piece(ends: [[u8; 4]; 2], protocol: u8, id: u16, flags: u16, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(20 + rest.len()).unwrap().to_be_bytes();
    let mut header = join(&[&[0x45, 0], &length, &id.to_be_bytes(), &flags.to_be_bytes(), &[64, protocol, 0, 0]]);
    header.extend(ends.concat());
    let sum: u32 = header.chunks(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    let checksum = !u16::try_from((sum & 0xffff) + (sum >> 16)).unwrap();
    header[10..12].copy_from_slice(&checksum.to_be_bytes());
    header.extend_from_slice(rest);
    header
}

pub fn ipv4(ends: [[u8; 4]; 2], protocol: u8, rest: &[u8]) -> Vec<u8> {
    ipv4_piece(ends, protocol, 7, 0, rest)
}

/// IP between the ends of a tunnel.
pub fn outer(protocol: u8, rest: &[u8]) -> Vec<u8> {
    carrier(0x0800, &ipv4([[192, 0, 2, 1], [192, 0, 2, 2]], protocol, rest))
}

pub fn ipv6(next: u8, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(rest.len()).unwrap().to_be_bytes();
    let host = |n: u8| [0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, n];
    join(&[&[0x60, 0, 0, 0], &length, &[next, 64], &host(1), &host(2), rest])
}

pub fn udp(destination: u16, rest: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + rest.len()).unwrap().to_be_bytes();
    join(&[&49_999u16.to_be_bytes(), &destination.to_be_bytes(), &length, &[0, 0], rest])
}

/// A segment from port 40000 to 502.
pub fn tcp(payload: &[u8]) -> Vec<u8> {
    let ports = join(&[&40_000u16.to_be_bytes(), &502u16.to_be_bytes()]);
    join(&[&ports, &[0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x18, 4, 0, 0, 0, 0, 0], payload])
}

/// The packet that all tunnels of these tests carry.
pub fn packet() -> Vec<u8> {
    ipv4([CLIENT, SERVER], 6, &tcp(PAYLOAD))
}

pub fn packet_v6() -> Vec<u8> {
    ipv6(6, &tcp(PAYLOAD))
}
