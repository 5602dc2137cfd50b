//! What was learnt from the first half of a benign capture calls nothing strange in its second half, but what a person would
//! call new as well; each of these is listed with its reason.
//!
//! Captures from public repositories are not part of the project: without the folder that `FENGSUI_SHARED_CAPTURES` names
//! (or one called `shared/captures` beside the checkout) only the lab's own is looked at.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "common/recording.rs"]
mod recording;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use common::{capture, left_out, lines, repository, run};
use fengsui::detect::catalogue;
use recording::Recording;
use serde_json::Value;

/// Captures of plants that work, with the detections that their second halves raise and why that is right.
const BENIGN: &[(&str, &[&str], &str)] = &[
    ("modbus/modbus_dataset--channel_4d_12s.pcap", &[], ""),
    ("modbus/modbus_dataset--moving_two_files_modbus_6rtu.pcap", &[], ""),
    ("modbus/ics-security-tools--modbus_test_2.pcap", &[], ""),
    ("s7/ics-pcaps--2-s7comm-varservice-cyclicdata-1s.pcap", &[], ""),
    ("s7/ics-security-tools--modbusbig.pcap", &[], ""),
    ("s7/ics-security-tools--step7_s300_readdiagdata.pcapng", &[], ""),
    ("s7/ics-security-tools--step7_s300_readvartab.pcapng", &[], ""),
    ("s7/s7comm-plus-anomaly-detection--s71200_startupgoonline.pcapng", &[], ""),
    ("s7/ics-security-tools--s7comm_clean.pcap", &[], ""),
    ("s7/ics-security-tools--wincc_s300_setup-alarm-read.pcapng", &[], ""),
    ("s7/ics-security-tools--wincc_s300_setup-alarm-read_2.pcapng", &[], ""),
    (
        "modbus/modbus_dataset--channel_4d_5s.pcap",
        &["MB-05"],
        "registers that only ever held 0 are written with what the capture's hidden channel carries",
    ),
    (
        "modbus/ics-pcaps--modbusanalog.pcap",
        &["MB-01", "MB-03", "MB-07", "NET-06"],
        "the client first writes a register in the second half, and programs on it first talk over ::1 and UDP",
    ),
    (
        "modbus/ics-security-tools--modbussmall.pcap",
        &["NET-06"],
        "a machine that was silent so far first asks for a name in the second half",
    ),
    (
        "s7/ics-security-tools--mb2.pcap",
        &["MB-04", "MB-07", "NET-06"],
        "coil 0 is first written in the second half, and four machines first ask 141.81.0.10 there",
    ),
    (
        "modbus/ics-security-tools--modbus_test.pcap",
        &["MB-03"],
        "the client turns to read_input_registers, which it never used before",
    ),
];

/// What the second halves raise beside that where everything speaks that is unusual at all.
const PARANOID: &[(&str, &[&str], &str)] = &[
    (
        "modbus/ics-security-tools--modbus_test_2.pcap",
        &["NET-25"],
        "the client reads registers 1 to 14 every nine seconds in the first half, and every nineteen in the second",
    ),
    (
        "modbus/ics-security-tools--modbus_test.pcap",
        &["NET-25"],
        "the client asks in bursts in the second half, and once a second in the first",
    ),
    (
        "s7/ics-security-tools--mb2.pcap",
        &["NET-25"],
        "DB25 is read every half second in the second half, and every third of one in the first",
    ),
];

/// Detections that need a baseline, raised by the second half against what the first one taught: as the box is delivered,
/// and where everything speaks.
fn deviations(path: &Path) -> [BTreeSet<String>; 2] {
    let folder = tempfile::tempdir().unwrap();
    let [first, second, learnt] = ["first.pcap", "second.pcap", "learnt.json"].map(|name| folder.path().join(name));
    let mut frames = Recording::read(path).frames;
    let rest = frames.split_off(frames.len() / 2);
    Recording { frames }.write(&first);
    Recording { frames: rest }.write(&second);
    let text = |path: &PathBuf| path.to_str().unwrap().to_owned();
    assert!(run(&["replay", &text(&first), "--learn", &text(&learnt)]).status.success());
    ["medium", "paranoid"].map(|profile| {
        let mut baseline: Value = serde_json::from_slice(&fs::read(&learnt).unwrap()).unwrap();
        baseline["policy"]["profile"] = profile.into();
        fs::write(&learnt, serde_json::to_vec(&baseline).unwrap()).unwrap();
        let watched = run(&["replay", &text(&second), "--baseline", &text(&learnt), "--alerts", "-"]);
        let ids = lines(&watched).into_iter().filter_map(|alert| Some(alert["detection"].as_str()?.to_owned()));
        ids.filter(|id| catalogue::find(id).is_some_and(|detection| detection.needs_baseline)).collect()
    })
}

#[test]
fn the_labs_plant_is_what_it_was() {
    assert_eq!(deviations(&capture("benign.pcapng")), [BTreeSet::new(), BTreeSet::new()]);
}

#[test]
fn public_plants_are_what_they_were() {
    let beside = || repository().join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    if !shared.is_dir() {
        return left_out("the captures from public repositories are not here");
    }
    let mut wrong = Vec::new();
    for (name, expected, why) in BENIGN {
        let further = PARANOID.iter().filter(|(of, ..)| of == name).flat_map(|(_, ids, _)| *ids);
        let of = |ids: Vec<&&str>| ids.into_iter().map(ToString::to_string).collect::<BTreeSet<String>>();
        let expected = [of(expected.iter().collect()), of(expected.iter().chain(further).collect())];
        let found = deviations(&shared.join(name));
        if found != expected {
            wrong.push(format!("{name}: {found:?}, not {expected:?} ({why})"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
