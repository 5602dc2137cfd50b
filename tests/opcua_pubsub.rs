//! PubSub as open62541 publishes it over UDP, Ethernet and MQTT: `tests/lab/opcua/pubsub.py` recorded it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::{capture, lines, run};
use fengsui::capture::file::FileReader;
use serde_json::{Value, json};

fn publishers(path: &Path, workers: &str) -> Vec<Value> {
    let events = lines(&run(&["replay", &path.to_string_lossy(), "--workers", workers, "--events", "-"]));
    events.into_iter().filter(|event| event["session"]["step"] == "pub_sub").collect()
}

fn own() -> Vec<Value> {
    publishers(&capture("opcua-pubsub.pcapng"), "1")
}

/// Publisher, group, its version and the writers, of each header that was told.
fn headers(publishers: &[Value], transport: &str) -> Vec<Value> {
    let told = publishers.iter().map(|event| &event["session"]).filter(|session| session["transport"] == transport);
    let mut headers: Vec<Value> = told
        .map(|told| {
            let group = [&told["writer_group"], &told["group_version"], &told["network_message"]];
            json!([told["encoding"], told["publisher_id"], group, told["writers"]])
        })
        .collect();
    headers.sort_by_key(Value::to_string);
    headers
}

#[test]
fn every_header_of_a_real_publisher_is_told_once_for_each_transport() {
    let publishers = own();
    for (transport, publisher) in [("udp", "2200"), ("ethernet", "2201")] {
        assert_eq!(
            headers(&publishers, transport),
            [
                json!(["uadp", publisher, [1, 700, 1], [1]]),
                json!(["uadp", publisher, [1, 700, 1], [2]]),
                json!(["uadp", publisher, [null, null, null], [3]]),
            ],
            "{transport}"
        );
    }
    assert_eq!(
        headers(&publishers, "mqtt"),
        [json!(["json", "line-json", [null, null, null], [1]]), json!(["uadp", "line-uadp", [1, 700, 1], [1]])]
    );
    let topics: Vec<&Value> =
        publishers.iter().map(|event| &event["session"]["topic"]).filter(|topic| !topic.is_null()).collect();
    assert_eq!(topics.len(), 2);
    assert!(topics.contains(&&json!("opcua/uadp/data/line")) && topics.contains(&&json!("opcua/json/data/line")));
}

#[test]
fn without_ip_the_ends_are_mac_addresses() {
    let publishers = own();
    let frames: Vec<&Value> = publishers.iter().filter(|event| event["session"]["transport"] == "ethernet").collect();
    assert_eq!(frames.len(), 3);
    for frame in frames {
        let (client, server) = (&frame["client"], &frame["server"]);
        assert!(client["ip"].is_null() && server["ip"].is_null() && client["port"] == 0);
        assert_eq!(server["mac"], "01:00:5e:00:00:16", "the group that it is sent to");
        assert_eq!(client["mac"].as_str().map(str::len), Some(17));
        assert_eq!(frame["protocol"], "opcua");
    }
}

/// What a mirror makes of a frame.
type Mirror = Box<dyn Fn(&[u8]) -> Vec<u8>>;

/// The capture's Ethernet frames as a mirror would send them.
fn mirrored(path: &Path, change: impl Fn(&[u8]) -> Vec<u8>) {
    let mut reader = FileReader::open(&capture("opcua-pubsub.pcapng"), 0, 0).unwrap();
    let mut file: Vec<u8> =
        [0xa1b2_3c4d, 0x0004_0002, 0, 0, 262_144, 1].into_iter().flat_map(u32::to_le_bytes).collect();
    while let Some(frame) = reader.next_frame().unwrap() {
        if frame.bytes[12..14] != [0xb6, 0x2c] {
            continue;
        }
        let bytes = change(frame.bytes);
        let (seconds, rest) = (frame.at.ts.nanos() / 1_000_000_000, frame.at.ts.nanos() % 1_000_000_000);
        for word in [seconds, rest, bytes.len() as u64, bytes.len() as u64] {
            file.extend(u32::try_from(word).unwrap().to_le_bytes());
        }
        file.extend(bytes);
    }
    fs::write(path, file).unwrap();
}

#[test]
fn behind_tags_padding_and_a_remote_mirror_it_is_the_same_publisher() {
    let tagged = |tags: &[[u8; 4]]| {
        let tags = tags.concat();
        move |frame: &[u8]| [&frame[..12], &tags, &frame[12..], &[0; 30]].concat()
    };
    // GRE with ERSPAN type II, which names the VLAN, from switch to monitor.
    let erspan = |frame: &[u8]| {
        let inner = [&[0x10, 0x2a, 0, 1, 0, 0, 0, 0][..], frame].concat();
        let gre = [&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1][..], &inner].concat();
        let mut packet = Vec::new();
        let ip = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 9, 0, 1], [10, 9, 0, 2], 64);
        ip.write(&mut packet, etherparse::IpNumber::GRE, &gre).unwrap();
        packet
    };
    let mirrors: [(&str, Mirror, Value); 4] = [
        ("padded", Box::new(tagged(&[])), json!([])),
        ("tagged", Box::new(tagged(&[[0x81, 0, 0x60, 100]])), json!([100])),
        ("tagged twice", Box::new(tagged(&[[0x88, 0xa8, 0, 7], [0x81, 0, 0, 100]])), json!([7, 100])),
        ("mirrored from afar", Box::new(erspan), json!([42])),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mirror.pcap");
    let expected = headers(&own(), "ethernet");
    for (name, change, vlans) in mirrors {
        mirrored(&path, change);
        for workers in ["1", "3"] {
            let publishers = publishers(&path, workers);
            assert_eq!(headers(&publishers, "ethernet"), expected, "{name}, {workers} workers");
            assert!(publishers.iter().all(|event| event["vlan"] == vlans), "{name}: {publishers:#?}");
            assert!(publishers.iter().all(|event| event["server"]["mac"] == "01:00:5e:00:00:16"), "{name}");
        }
    }
}
