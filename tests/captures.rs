//! The lab's captures: every labelled act raises its alert, with its frames as evidence, and the plant at work raises none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{capture, indicators_for, labels, lines, run};
use serde_json::Value;

/// An alert that tells of a labelled act: same detection, same ends, and one of its frames.
fn tells_of(alert: &Value, act: &Value) -> bool {
    // A new device or a scan is one machine's act: such an alert has no other side.
    let same = |side: &str| {
        let (said, done) = (&alert[side], &act[side]);
        // Below IP, and by the address that a card makes for itself, a machine is known by its card alone.
        let by_card = said["ip"].as_str().is_none_or(|ip| ip.starts_with("fe80:")) && said["mac"] == done["mac"];
        done.is_null() || said.is_null() || by_card || said["ip"] == done["ip"]
    };
    let (first, last) = (act["frames"][0].as_u64().unwrap(), act["frames"][1].as_u64().unwrap());
    let frames: Vec<u64> =
        alert["evidence"]["frames"].as_array().unwrap().iter().map(|frame| frame.as_u64().unwrap()).collect();
    // The labels count IP frames: a machine's first word may be its ARP request just before. A finding about the sensor
    // has no frames of its own.
    let in_act = frames.is_empty() || frames.iter().any(|frame| (first - 10..=last).contains(frame));
    alert["detection"] == act["detection"] && same("client") && same("server") && in_act
}

/// The lead-in of a capture is too short to teach which values a set point takes.
const NEEDS_LONGER: [&str; 1] = ["MB-05"];

fn check(label: &Value, alerts: &[Value], is_short: bool) {
    let name = label["capture"].as_str().unwrap();
    let acts = label["acts"].as_array().unwrap();
    let is_due = |act: &&Value| !is_short || NEEDS_LONGER.iter().all(|id| act["detection"] != *id);
    for act in acts.iter().filter(is_due) {
        assert!(alerts.iter().any(|alert| tells_of(alert, act)), "{name}: nobody tells of {act}");
    }
    // Nothing beside the act and what its label says may rightly be told too.
    let mut allowed: BTreeSet<&str> = acts.iter().map(|act| act["detection"].as_str().unwrap()).collect();
    for act in acts {
        allowed.extend(act["also"].as_array().into_iter().flatten().filter_map(Value::as_str));
    }
    for alert in alerts {
        let known = alert["detection"].as_str().is_none_or(|detection| allowed.contains(detection));
        assert!(known, "{name}: false alarm {alert}");
    }
}

/// What comes near to an attack and is none is asked by the catalogue's test.
fn attacks() -> impl Iterator<Item = Value> {
    labels().into_iter().filter(|label| label["kind"] == "attack")
}

fn alerts(label: &Value, more: &[&str]) -> Vec<Value> {
    let name = label["capture"].as_str().unwrap();
    let (file, list) = (capture(name), indicators_for(name));
    let list: Vec<&str> = list.iter().map(String::as_str).collect();
    lines(&run(&[&["replay", file.to_str().unwrap(), "--alerts", "-"], more, &list].concat()))
}

#[test]
fn each_capture_alone_learns_from_its_lead_in_and_tells_of_its_acts() {
    for label in attacks() {
        check(&label, &alerts(&label, &[]), true);
    }
}

#[test]
fn with_a_baseline_of_the_benign_first_half_every_act_is_told_and_the_second_half_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("normal.json");
    let [baseline, benign] = [baseline, capture("benign.pcapng")].map(|p| p.to_str().unwrap().to_owned());
    // Learns for the first half of ten minutes, then watches the second.
    let false_alarms = lines(&run(&["replay", &benign, "--learn-for", "5m", "--learn", &baseline, "--alerts", "-"]));
    assert_eq!(false_alarms, [] as [Value; 0], "the plant at work");
    for label in attacks() {
        check(&label, &alerts(&label, &["--baseline", &baseline]), false);
    }
}

#[test]
fn every_number_of_workers_gives_the_same_events_alerts_and_evidence() {
    let file = capture("attack-mb-15.pcapng");
    let result = |workers: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        let (events, data) = (path("events"), path("data"));
        run(&["replay", file.to_str().unwrap(), "--workers", workers, "--events", &events, "--data", &data]);
        let alerts = std::fs::read_to_string(folder.path().join("data/alerts.jsonl")).unwrap();
        (std::fs::read_to_string(events).unwrap(), alerts)
    };
    let one = result("1");
    assert!(one.0.lines().count() > 100 && one.1.lines().count() > 2);
    for workers in ["2", "3", "5"] {
        let many = result(workers);
        assert!(many.0 == one.0, "{workers} workers: other events");
        assert!(many.1 == one.1, "{workers} workers: other alerts or evidence");
    }
}

#[test]
fn evidence_is_a_capture_with_the_act_in_it_and_packets_before_and_after() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let file = capture("attack-s7-03.pcapng");
    let alerts = lines(&run(&["replay", file.to_str().unwrap(), "--alerts", "-", "--data", data]));
    let stop = alerts.iter().find(|alert| alert["detection"] == "S7-03").unwrap();
    let evidence = folder.path().join("evidence").join(stop["evidence"]["pcapng"].as_str().unwrap());
    assert_eq!(stop["evidence"]["complete"], true);
    let events = lines(&run(&["replay", evidence.to_str().unwrap(), "--every-operation", "--events", "-"]));
    let operations: Vec<&Value> = events.iter().filter(|event| event["event_type"] == "operation").collect();
    assert!(operations.iter().any(|operation| operation["function"]["name"] == "plc_stop"), "{operations:#?}");
    assert!(operations.len() > 1, "something before or after it");
}
