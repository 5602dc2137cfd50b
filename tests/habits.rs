//! How often, in which order, how much and by whom: learnt from polls on one connection, and told when it is no longer so.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;
#[path = "common/recording.rs"]
mod recording;

use std::path::Path;
use std::time::Duration;

use common::plant::{Memory, Plant, RULE};
use common::process::until;
use common::talk::{ACK, SYN, Talk, mbap};
use common::{lines, run};
use fengsui::capture::LinkType;
use fengsui::event::Timestamp;
use recording::{Recording, Taken};
use serde_json::{Value, json};

/// A Monday at midnight.
const MONDAY: u64 = 1_767_571_200;
const HMI: u8 = 5;
const PLC: u8 = 20;

/// An HMI on one connection for weeks.
struct Wire {
    talk: Talk,
    frames: Vec<Taken>,
    now: Timestamp,
    transaction: u16,
}

impl Wire {
    fn at(start: Timestamp) -> Self {
        let mut wire = Wire { talk: Talk::new(HMI, PLC, 40_000), frames: Vec::new(), now: start, transaction: 0 };
        wire.send(0, SYN, &[]);
        wire.send(1, SYN | ACK, &[]);
        wire
    }

    fn new() -> Self {
        Wire::at(Timestamp::from_parts(MONDAY, 0))
    }

    fn send(&mut self, from: usize, flags: u8, payload: &[u8]) {
        let bytes = self.talk.segment(from, flags, payload);
        self.now = self.now + Duration::from_millis(1);
        let (ts, number, wire_len) = (self.now, self.frames.len() as u64 + 1, bytes.len() as u32);
        self.frames.push(Taken { ts, number, link: LinkType::ETHERNET, wire_len, vlan: None, bytes });
    }

    /// Reads one holding register.
    fn read(&mut self, register: u8) {
        self.transaction = self.transaction.wrapping_add(1);
        self.send(0, ACK, &mbap(self.transaction, &[3, 0, register, 0, 1]));
        self.send(1, ACK, &mbap(self.transaction, &[3, 2, 0, 7]));
    }

    /// Reads these registers one after the other, so many times; a cycle begins every so often.
    fn cycles(&mut self, count: u32, every: Duration, registers: &[u8]) {
        for _ in 0..count {
            let start = self.now;
            for register in registers {
                self.read(*register);
                self.now = self.now + Duration::from_millis(50);
            }
            self.now = start + every;
        }
    }

    fn write(self, path: &Path) {
        Recording { frames: self.frames }.write(path);
    }
}

/// What a recording teaches.
fn learnt(folder: &Path, wire: Wire) -> Value {
    let [capture, baseline] = ["before.pcap", "baseline.json"].map(|name| folder.join(name));
    wire.write(&capture);
    run(&["replay", capture.to_str().unwrap(), "--learn", baseline.to_str().unwrap()]);
    serde_json::from_slice(&std::fs::read(baseline).unwrap()).unwrap()
}

/// Reasons of what NET-25 says of a recording against what was learnt, whatever the number of workers.
fn told(folder: &Path, baseline: &Value, profile: &str, wire: Wire) -> Vec<String> {
    let [capture, learnt] = ["after.pcap", "with-profile.json"].map(|name| folder.join(name));
    wire.write(&capture);
    let mut baseline = baseline.clone();
    baseline["policy"]["profile"] = json!(profile);
    std::fs::write(&learnt, serde_json::to_vec(&baseline).unwrap()).unwrap();
    let alerts = |workers: &str| {
        let (capture, learnt) = (capture.to_str().unwrap(), learnt.to_str().unwrap());
        let output = run(&["replay", capture, "--baseline", learnt, "--alerts", "-", "--workers", workers]);
        lines(&output)
    };
    let alone = alerts("1");
    assert_eq!(alerts("3"), alone);
    let ours = alone.iter().filter(|alert| alert["detection"] == "NET-25");
    ours.map(|alert| alert["reasons"][0].as_str().unwrap_or_else(|| panic!("{alert}")).to_owned()).collect()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn another_rhythm_is_told_with_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Wire::new();
    before.cycles(90, SECOND, &[1]);
    let baseline = learnt(folder.path(), before);
    let faster = || {
        let mut after = Wire::new();
        after.cycles(40, SECOND, &[1]);
        after.cycles(80, SECOND / 4, &[1]);
        after
    };
    let reasons = told(folder.path(), &baseline, "high", faster());
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(reasons[0].contains("every 250.0 ms") && reasons[0].contains("every 1.00 s"), "{reasons:?}");
    assert_eq!(told(folder.path(), &baseline, "medium", faster()), [""; 0]);

    let mut same = Wire::new();
    same.cycles(40, SECOND, &[1]);
    same.now = same.now + Duration::from_secs(600);
    same.cycles(40, SECOND + Duration::from_millis(30), &[1]);
    assert_eq!(told(folder.path(), &baseline, "high", same), [""; 0], "a pause is no other rhythm");
}

#[test]
fn a_change_of_rhythm_shows_its_packets() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Wire::new();
    before.cycles(90, SECOND, &[1]);
    let mut baseline = learnt(folder.path(), before);
    baseline["policy"]["profile"] = json!("high");
    let [learnt, capture, data] = ["high.json", "faster.pcap", "data"].map(|name| folder.path().join(name));
    std::fs::write(&learnt, serde_json::to_vec(&baseline).unwrap()).unwrap();
    let mut after = Wire::new();
    after.cycles(40, SECOND, &[1]);
    after.cycles(80, SECOND / 4, &[1]);
    after.write(&capture);
    let [learnt, capture, kept] = [&learnt, &capture, &data].map(|path| path.to_str().unwrap());
    let alerts = lines(&run(&["replay", capture, "--baseline", learnt, "--data", kept, "--alerts", "-"]));
    let alert = alerts.iter().find(|alert| alert["detection"] == "NET-25").unwrap();
    let evidence = &alert["evidence"];
    assert_eq!(evidence["capture"], "faster.pcap");
    assert!(!evidence["frames"].as_array().unwrap().is_empty(), "{alert}");
    let file = data.join("evidence").join(evidence["pcapng"].as_str().unwrap());
    assert!(Recording::read(&file).frames.len() > 32, "the polls before it are there too: {alert}");
}

#[test]
fn another_order_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Wire::new();
    before.cycles(90, 2 * SECOND, &[1, 5, 9]);
    let baseline = learnt(folder.path(), before);
    let mut after = Wire::new();
    after.cycles(20, 2 * SECOND, &[1, 5, 9]);
    after.cycles(3, 2 * SECOND, &[1, 9, 5]);
    let reasons = told(folder.path(), &baseline, "high", after);
    let wanted = |reason: &String| reason.contains("9 follows") && reason.contains("holding_register 1,");
    assert!(reasons.iter().any(wanted), "{reasons:?}");
}

#[test]
fn an_hour_with_far_more_than_ever_is_told_to_the_paranoid() {
    let folder = tempfile::tempdir().unwrap();
    // Every ten minutes for three weeks, every minute on Mondays from eight to nine.
    let weeks = |wire: &mut Wire, first: u64, last: u64, busy: u64| {
        for hour in first..last {
            let count = if hour % 168 == busy { 60 } else { 6 };
            wire.now = Timestamp::from_parts(MONDAY + hour * 3600, 0);
            wire.cycles(count, Duration::from_secs(3600 / u64::from(count)), &[1]);
        }
    };
    let mut before = Wire::new();
    weeks(&mut before, 0, 3 * 168, 8);
    let baseline = learnt(folder.path(), before);
    let mut same = Wire::at(Timestamp::from_parts(MONDAY + 3 * 168 * 3600, 0));
    weeks(&mut same, 3 * 168, 3 * 168 + 24, 8);
    assert_eq!(told(folder.path(), &baseline, "paranoid", same), [""; 0]);
    let more = || {
        let mut more = Wire::at(Timestamp::from_parts(MONDAY + 3 * 168 * 3600, 0));
        weeks(&mut more, 3 * 168, 3 * 168 + 24, 20);
        more
    };
    let reasons = told(folder.path(), &baseline, "paranoid", more());
    assert!(reasons.iter().any(|r| r.starts_with("60 operations within the hour from 20:00 on day 1")), "{reasons:?}");
    assert!(!told(folder.path(), &baseline, "high", more()).iter().any(|reason| reason.contains("20:00")));
}

#[test]
fn habits_are_rows_that_are_listed_explained_locked_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let mut before = Wire::new();
    before.cycles(90, SECOND, &[1, 5]);
    let baseline = learnt(folder.path(), before);
    let mut plant = Plant::with(&Memory::default(), RULE);
    plant.write(HMI, 21, 2, 7);
    plant.watch();
    let taken = plant.post("/api/v1/baseline/file", &baseline);
    assert!(taken["rows"].as_u64().unwrap() >= 8, "{taken}");
    let rows = |plant: &Plant, scenario: &str| {
        plant.get(&format!("/api/v1/baseline/rows?scenario={scenario}"))["items"].as_array().unwrap().clone()
    };
    let rhythm = rows(&plant, "rhythm");
    assert_eq!(rhythm.len(), 2);
    assert!(rhythm[0]["normal"].as_str().unwrap().starts_with("1.00 s ± "), "{}", rhythm[0]);
    assert!(rows(&plant, "order")[0]["normal"].as_str().unwrap().contains(" → "));
    assert_eq!(rows(&plant, "writers")[0]["normal"], "10.1.1.5: 2");
    for scenario in ["rhythm", "order", "writers"] {
        let row = rows(&plant, scenario)[0].clone();
        let count = rows(&plant, scenario).len();
        assert!(row["explanation"]["zh"].as_str().unwrap().len() > 10, "{row}");
        let locked = |locked: bool| json!({"id": row["id"], "locked": locked});
        plant.post("/api/v1/baseline/row/lock", &locked(true));
        let name = json!({"id": row["id"]});
        assert_eq!(plant.ask("POST", "/api/v1/baseline/row/remove", Some(&name)).0, 400, "{row}");
        plant.post("/api/v1/baseline/row/lock", &locked(false));
        plant.post("/api/v1/baseline/row/remove", &name);
        assert_eq!(rows(&plant, scenario).len(), count - 1, "{row}");
    }
}

/// All else is learnt still.
fn only_writers_watch(plant: &mut Plant) {
    plant.settle();
    plant.post("/api/v1/baseline/stage", &json!({"scenario": "writers", "learn": false}));
}

#[test]
fn whoever_writes_what_another_always_wrote_is_told() {
    let mut plant = Plant::new();
    plant.write(HMI, PLC, 2, 7);
    only_writers_watch(&mut plant);
    plant.write(HMI, PLC, 2, 7);
    plant.write(6, PLC, 3, 7);
    plant.settle();
    assert_eq!(plant.alerts("MB-01").len(), 0, "nobody else writes register 3");
    plant.write(6, PLC, 2, 7);
    let alert = until("it is told", || plant.alerts("MB-01").pop());
    let detail = plant.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap()));
    assert!(detail["reasons"][0]["en"].as_str().unwrap().contains("written by 10.1.1.5"), "{detail}");
    let path = format!("/api/v1/alerts/{}/close", alert["id"].as_str().unwrap());
    let closed = plant.post(&path, &json!({"closing": "normal"}));
    assert!(closed["learnt"][0].as_str().unwrap().starts_with("writers|"), "{closed}");
    plant.write(6, PLC, 2, 8);
    plant.settle();
    assert_eq!(plant.alerts("MB-01").len(), 0);
}

#[test]
fn each_zone_learns_for_itself() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.settle();
    let zones = json!({"zones": [{"name": "cell", "ranges": ["10.1.1.20/32"], "mode": "strict"}]});
    plant.put("/api/v1/policy", &zones);
    let watch = json!({"zone": "cell", "learn": false});
    let view = plant.post("/api/v1/baseline/stage", &watch);
    assert_eq!(
        (&view["zones"][0]["zone"], &view["zones"][0]["stages"][2]["mode"]),
        (&json!("cell"), &json!("watching"))
    );
    assert_eq!(view["stages"][2]["mode"], "learning");
    plant.read(HMI, 21, 30);
    plant.read(HMI, PLC, 30);
    let alert = until("the zone watches", || plant.alerts("MB-04").pop());
    assert_eq!(alert["server"]["ip"], "10.1.1.20");
    plant.settle();
    assert_eq!(plant.alerts("MB-04").len(), 1, "the rest learns");
    let wrong = json!({"zone": "nowhere", "learn": false});
    assert_eq!(plant.ask("POST", "/api/v1/baseline/stage", Some(&wrong)).0, 404);

    // A restart keeps it.
    let plant = Plant::with(&plant.stop(), RULE);
    let view = plant.get("/api/v1/baseline");
    assert_eq!(view["zones"][0]["stages"][2]["mode"], "watching");
    assert_eq!(view["stages"][2]["mode"], "learning");
}
