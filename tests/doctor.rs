//! `fengsui doctor` on captures of good mirror ports, and on what bad ones would have made of them.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;

use common::{capture, fengsui};
use fengsui::capture::Frame;
use fengsui::capture::file::FileReader;
use serde_json::Value;

/// What is to become of a frame: nothing, or so many copies of its first bytes.
type Change<'a> = dyn Fn(&Frame<'_>) -> (usize, usize) + 'a;

/// The plant's capture as another port would have given it.
fn derived(change: &Change<'_>) -> Vec<u8> {
    let mut file = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0xff, 0xff, 0, 0, 1, 0, 0, 0]].concat();
    let mut reader = FileReader::open(&capture("benign.pcapng"), 0, 0).unwrap();
    while let Some(frame) = reader.next_frame().unwrap() {
        let (copies, length) = change(&frame);
        let bytes = &frame.bytes[..length.min(frame.bytes.len())];
        let nanos = frame.at.ts.nanos();
        let words = [nanos / 1_000_000_000, nanos / 1000 % 1_000_000, bytes.len() as u64, u64::from(frame.wire_len)];
        for _ in 0..copies {
            words.iter().for_each(|word| file.extend((*word as u32).to_le_bytes()));
            file.extend(bytes);
        }
    }
    file
}

/// Exit code and report.
fn doctor(file: &[u8]) -> (i32, Value) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("port.pcap");
    fs::write(&path, file).unwrap();
    let output = fengsui().args(["doctor", "--json"]).arg(&path).output().unwrap();
    let report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code().unwrap(), report)
}

fn level<'a>(report: &'a Value, id: &str) -> &'a str {
    let remarks = report["remarks"].as_array().unwrap();
    remarks.iter().find(|remark| remark["id"] == id).map_or("", |remark| remark["level"].as_str().unwrap())
}

const WHOLE: usize = usize::MAX;

#[test]
fn the_labs_mirror_port_is_right() {
    let (code, report) = doctor(&derived(&|_| (1, WHOLE)));
    assert_eq!((code, &report["verdict"]), (0, &Value::from("right")), "{report:#}");
    let facts = &report["facts"];
    assert_eq!(facts["one_sided"], 0);
    assert!(facts["two_sided"].as_u64().unwrap() > 5, "{facts}");
    assert!(facts["networks"]["10.20.0.0/24"].as_u64().unwrap() > 5, "{facts}");
    for protocol in ["Modbus", "S7", "OPC UA"] {
        assert!(facts["protocols"][protocol].as_u64().unwrap() > 100, "{facts}");
    }
}

#[test]
fn an_ordinary_port_carries_broadcast_only() {
    // Machines asking for each other by ARP, and now and then a frame to one that the switch has forgotten.
    let mut port = derived(&|frame| (usize::from(frame.at.number == 1), WHOLE));
    for machine in 0..100 {
        let asks =
            [&[0xff; 6][..], &[2, 0, 0, 0, 0, machine, 8, 6, 0, 1, 8, 0, 6, 4, 0, 1, 2, 0, 0, 0, 0, machine]].concat();
        let asks = [&asks[..], &[10, 20, 0, machine, 0, 0, 0, 0, 0, 0, 10, 20, 0, 1], &[0; 18]].concat();
        port.extend([2_000_000_000 + u32::from(machine), 0, 60, 60].iter().flat_map(|word| word.to_le_bytes()));
        port.extend(asks);
    }
    let (code, report) = doctor(&port);
    assert_eq!((code, level(&report, "only_group")), (1, "wrong"), "{report:#}");
}

#[test]
fn a_mirror_of_one_direction() {
    // Addresses of IPv4 headers: only those who talk to a higher address.
    let upwards = |frame: &Frame<'_>| frame.bytes[12..14] != [8, 0] || frame.bytes[26..30] < frame.bytes[30..34];
    let (code, report) = doctor(&derived(&|frame| (usize::from(upwards(frame)), WHOLE)));
    assert_eq!((code, level(&report, "one_sided")), (1, "wrong"), "{report:#}");
    let fix = report["remarks"].as_array().unwrap().iter().find(|remark| remark["id"] == "one_sided").unwrap();
    assert!(fix["fix"]["en"].as_str().unwrap().contains("both") && fix["fix"]["zh"].as_str().unwrap().contains("双向"));
}

#[test]
fn traffic_mirrored_at_two_ports() {
    let (code, report) = doctor(&derived(&|_| (2, WHOLE)));
    assert_eq!((code, level(&report, "copies")), (1, "wrong"), "{report:#}");
}

#[test]
fn a_mirror_that_loses_frames() {
    let (code, report) = doctor(&derived(&|frame| (usize::from(frame.at.number % 10 != 0), WHOLE)));
    assert_eq!((code, level(&report, "unseen")), (1, "wrong"), "{report:#}");
}

#[test]
fn a_mirror_that_cuts_frames() {
    let (_, report) = doctor(&derived(&|_| (1, 60)));
    assert_eq!(level(&report, "truncated"), "notice", "{report:#}");
}

#[test]
fn a_port_that_is_silent() {
    let (code, report) = doctor(&derived(&|_| (0, WHOLE)));
    assert_eq!((code, level(&report, "silent")), (1, "wrong"), "{report:#}");
}

#[test]
fn a_capture_that_was_cut_is_judged_as_far_as_it_goes() {
    let whole = derived(&|_| (1, WHOLE));
    let (code, report) = doctor(&whole[..whole.len() - 7]);
    assert_eq!((code, &report["verdict"]), (1, &Value::from("right")), "{report:#}");
}

#[test]
fn it_speaks_chinese_and_english_and_says_what_to_do() {
    let file = capture("benign.pcapng");
    let say = |arguments: &[&str]| {
        let output =
            fengsui().arg("doctor").arg(&file).args(arguments).env("LC_ALL", "").env("LANG", "").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(say(&[]).contains("这个镜像口是对的"));
    let english = say(&["--lang", "en"]);
    assert!(english.contains("This mirror port is right") && english.contains("10.20.0.0/24"), "{english}");
    assert!(!english.contains("doctor."), "a text is missing: {english}");
}
