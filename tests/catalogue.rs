//! The catalogue against traffic: every detection speaks about an act that somebody really did, and none about the plant at
//! work, nor about a twin that comes near to it (`common/twins.rs`). `cargo test --test catalogue -- --nocapture` prints how many of the 120 there are, and names each missing one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use common::twins::TWINS;
use common::{capture, indicators_for, labels, lines, repository, run};
use fengsui::detect::catalogue;
use fengsui::event::Severity;
use serde_json::Value;

/// How many detections each family shall have.
const FAMILIES: [(&str, usize); 8] =
    [("SEN", 4), ("NET", 27), ("MB", 20), ("UM", 8), ("S7", 23), ("SP", 8), ("UA", 25), ("COR", 5)];

/// Why there is none yet.
const MISSING: &[(&str, &str)] = &[];

/// Shown by other tests: `tests/live.rs` and `tests/sensor.rs` make what a file cannot hold, and reassembly's own tests
/// the injected segments.
const ELSEWHERE: &[(&str, &str)] = &[
    ("SEN-01", "src/detect/sensor/silence.rs"),
    ("SEN-03", "tests/mirror.rs"),
    ("SEN-04", "tests/sensor.rs"),
    ("NET-17", "src/flow/tests"),
    ("S7-12", "tests/s7_stacks.rs"),
    ("NET-25", "tests/habits.rs"),
    // It is no alert of its own, but what became of the act of every other one.
    ("COR-05", "a_stop_that_was_refused_is_not_critical_and_one_that_worked_is"),
];

/// Real captures beside the checkout, for what no lab can do: with the benign plant's baseline, or without one.
const SHARED: &[(&str, &str, bool)] = &[
    ("SP-01", "s7/s7comm-plus-anomaly-detection--paket_stop.pcapng", true),
    ("SP-02", "s7/s7comm-plus-anomaly-detection--paket_stop.pcapng", false),
    ("SP-02", "s7/s7comm-plus-anomaly-detection--paket_start.pcapng", false),
    ("SP-04", "s7/s7comm-plus-anomaly-detection--s71200_ofline_swcompiledownload.pcapng", false),
    ("SP-05", "s7/s7comm-plus-anomaly-detection--s71200_startupgoonline.pcapng", true),
    ("SP-06", "s7/icsnpp-s7comm--s7comm_plus.pcap", true),
    ("S7-17", "s7/ics-security-tools--step7_s300_rwvartab.pcapng", false),
];

/// What an act did shows when somebody asks next, or gets no answer.
const SHOWS_LATER: &[&str] = &["S7-07", "NET-26"];

/// Of all detections, also of those that by default do not speak.
fn alerts(file: &str, more: &[&str]) -> Vec<Value> {
    let silent: Vec<String> = catalogue::silent(&[], &[]).collect();
    let on: Vec<&str> = ["--detections-on"].into_iter().chain(silent.iter().map(String::as_str)).collect();
    lines(&run(&[&["replay", file, "--alerts", "-"], &on[..], more].concat()))
}

fn frames(alert: &Value) -> impl Iterator<Item = u64> {
    alert["evidence"]["frames"].as_array().into_iter().flatten().filter_map(Value::as_u64)
}

/// Detections that speak about an act which its label names, within its frames: after the capture's own lead-in was learnt, or
/// else against what ten minutes of the plant taught.
#[allow(clippy::print_stdout, reason = "what a test is asked to show")]
fn proven_by_labels(baseline: &str) -> BTreeMap<String, String> {
    let mut proven = BTreeMap::new();
    for label in labels().iter().filter(|label| label["kind"] == "attack") {
        let name = label["capture"].as_str().unwrap();
        let file = capture(name);
        let list = indicators_for(name);
        let more: Vec<&str> = list.iter().map(String::as_str).collect();
        let mut views = vec![alerts(file.to_str().unwrap(), &more)];
        for act in label["acts"].as_array().unwrap() {
            let also = act["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for id in also {
                if speaks(&views[0], act, id) {
                    proven.insert(id.to_owned(), format!("{name} {}", act["name"].as_str().unwrap()));
                }
            }
            let id = act["detection"].as_str().unwrap();
            if !speaks(&views[0], act, id) && views.len() == 1 {
                views.push(alerts(file.to_str().unwrap(), &["--baseline", baseline]));
            }
            if views.iter().any(|alerts| speaks(alerts, act, id)) {
                proven.insert(id.to_owned(), format!("{name} {}", act["name"].as_str().unwrap()));
            } else {
                println!("{id} is silent about {name} {}", act["name"]);
            }
        }
    }
    proven
}

/// One of the alerts is of this detection and about this act.
fn speaks(alerts: &[Value], act: &Value, id: &str) -> bool {
    let (first, last) = (act["frames"][0].as_u64().unwrap(), act["frames"][1].as_u64().unwrap());
    let last = if SHOWS_LATER.contains(&id) { u64::MAX } else { last };
    let here = |alert: &Value| frames(alert).any(|frame| (first - 10..=last).contains(&frame));
    alerts.iter().any(|alert| alert["detection"] == id && (here(alert) || frames(alert).next().is_none()))
}

/// NET-07: zones are drawn into what was learnt; NET-24: a list names the machine that serves.
fn proven_by_settings(folder: &Path, baseline: &str) -> BTreeMap<String, String> {
    let mut proven = BTreeMap::new();
    let capture = capture("attack-services.pcapng");
    let list = folder.join("list.csv");
    std::fs::write(&list, "type,value\nipv4,10.20.0.128\n").unwrap();
    let with_list = alerts(capture.to_str().unwrap(), &["--indicators", list.to_str().unwrap()]);
    let with_zones = alerts(capture.to_str().unwrap(), &["--baseline", &with_zones(folder, baseline)]);
    for (id, alerts) in [("NET-24", with_list), ("NET-07", with_zones)] {
        if alerts.iter().any(|alert| alert["detection"] == id) {
            proven.insert(id.to_owned(), "attack-services.pcapng, set up for it".to_owned());
        }
    }
    proven
}

/// MB-06: what moves slowly is learnt slowly, minute by minute. The picture stands still, and later a value jumps.
const SLOW: [&str; 2] = ["--learn-for", "24m"];
const STILL: RangeInclusive<u64> = 896..=1137;
const JUMP: RangeInclusive<u64> = 1282..=1378;

fn proven_by_drift() -> Option<(String, String)> {
    let name = "drift-meddled.pcapng";
    let alerts = alerts(capture(name).to_str().unwrap(), &SLOW);
    let moves: Vec<&Value> = alerts.iter().filter(|alert| alert["detection"] == "MB-06").collect();
    let tells = |word: &str, act: &RangeInclusive<u64>| {
        let told = |alert: &&&Value| alert["reasons"][0].as_str().unwrap().contains(word);
        moves.iter().filter(told).any(|alert| frames(alert).any(|frame| act.contains(&frame)))
    };
    let both = tells("stood still", &STILL) && tells("at once", &JUMP);
    both.then(|| ("MB-06".to_owned(), name.to_owned()))
}

/// COR-04: what a gateway shows is learnt minute by minute; then it shows a picture from earlier, and later a controller does.
const LIED: RangeInclusive<u64> = 6024..=8519;
const HELD: RangeInclusive<u64> = 8288..=10236;

#[test]
fn a_gateway_that_shows_an_old_picture_and_a_controller_that_keeps_one_are_told() {
    let told = |name: &str| {
        let alerts = alerts(capture(name).to_str().unwrap(), &[]);
        alerts.into_iter().filter(|alert| alert["detection"] == "COR-04").collect::<Vec<_>>()
    };
    assert_eq!(
        told("feed-honest.pcapng"),
        [] as [Value; 0],
        "it stood still for 70 seconds, and a set point was limited"
    );
    let lied = told("feed-lied.pcapng");
    let about = |word: &str, server: &str, act: &RangeInclusive<u64>| {
        let of_it = |alert: &&Value| alert["server"]["ip"] == server && alert["reasons"].to_string().contains(word);
        let here = lied.iter().filter(of_it).flat_map(frames).all(|frame| act.contains(&frame));
        assert!(here && lied.iter().any(|alert| of_it(&alert)), "{word}: {lied:#?}");
    };
    about("which it always followed", "10.31.0.21", &LIED);
    about("goes on showing", "10.31.0.11", &HELD);
}

/// What was learnt, with the controllers' zone on level 1 and the office on level 4.
fn with_zones(folder: &Path, baseline: &str) -> String {
    let zones = serde_json::json!([
        {"name": "control", "ranges": ["10.20.0.0/25"], "level": 1},
        {"name": "office", "ranges": ["10.20.0.128/25"], "level": 4},
    ]);
    with_policy(folder, baseline, "zones", zones)
}

/// What was learnt, with one part of its policy written by hand.
fn with_policy(folder: &Path, baseline: &str, part: &str, content: Value) -> String {
    let mut learnt: Value = serde_json::from_slice(&std::fs::read(baseline).unwrap()).unwrap();
    learnt["policy"][part] = content;
    let written = folder.join(format!("{part}.json"));
    std::fs::write(&written, learnt.to_string()).unwrap();
    written.to_str().unwrap().to_owned()
}

/// Every detection is silent on its twin, and the twins of one capture are looked at together.
fn twins_that_speak(folder: &Path, baseline: &str) -> Vec<String> {
    let mut by_capture: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, name, why) in TWINS {
        assert!(why.len() > 10, "{id} says why {name} is near");
        by_capture.entry(name).or_default().push(id);
    }
    let mut wrong = Vec::new();
    for (name, ids) in by_capture {
        let file = if name.contains('/') { shared(name) } else { Some(capture(&format!("{name}.pcapng"))) };
        let Some(file) = file else {
            common::left_out("the real captures are not beside the checkout");
            continue;
        };
        let zones = with_zones(folder, baseline);
        let more: &[&str] = match name {
            "benign" => &["--baseline", &zones],
            "drift-alone" => &SLOW,
            _ => &[],
        };
        let alerts = alerts(file.to_str().unwrap(), more);
        let told = |id: &&&str| alerts.iter().any(|alert| alert["detection"] == **id);
        wrong.extend(ids.iter().filter(told).map(|id| format!("{id} speaks about {name}")));
    }
    wrong
}

fn shared(file: &str) -> Option<PathBuf> {
    let file = repository().join("../shared/captures").join(file);
    file.exists().then_some(file)
}

fn proven_by_shared(baseline: &str) -> BTreeMap<String, String> {
    let mut proven = BTreeMap::new();
    for &(id, name, with_baseline) in SHARED {
        let Some(file) = shared(name) else {
            common::left_out("the real captures are not beside the checkout");
            proven.insert(id.to_owned(), "left out".to_owned());
            continue;
        };
        let more: &[&str] = if with_baseline { &["--baseline", baseline] } else { &[] };
        let alerts = alerts(file.to_str().unwrap(), more);
        assert!(alerts.iter().any(|alert| alert["detection"] == id), "{id} is silent on {name}");
        proven.insert(id.to_owned(), name.to_owned());
    }
    proven
}

fn named(list: &[(&'static str, &'static str)]) -> BTreeMap<&'static str, &'static str> {
    list.iter().copied().collect()
}

#[test]
fn every_detection_speaks_about_an_act_and_is_silent_about_the_plant_at_work() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("normal.json");
    let baseline = baseline.to_str().unwrap();
    let benign = alerts(capture("benign.pcapng").to_str().unwrap(), &["--learn-for", "5m", "--learn", baseline]);
    assert_eq!(benign, [] as [Value; 0], "the plant at work is every detection's benign twin");

    let mut proven = proven_by_labels(baseline);
    proven.extend(proven_by_settings(folder.path(), baseline));
    proven.extend(proven_by_shared(baseline));
    proven.extend(proven_by_drift());
    proven.extend(named(ELSEWHERE).into_iter().map(|(id, file)| (id.to_owned(), file.to_owned())));
    let missing = named(MISSING);
    let mut count = 0;
    let mut wrong: BTreeSet<String> = twins_that_speak(folder.path(), baseline).into_iter().collect();
    for (family, size) in FAMILIES {
        for id in (1..=size).map(|number| format!("{family}-{number:02}")) {
            let exists = catalogue::find(&id).is_some() || id == "COR-05";
            let has_twin = TWINS.iter().any(|(twin, ..)| *twin == id);
            match (exists, proven.get(&id), missing.get(&*id)) {
                (true, Some(_), None) if has_twin => count += 1,
                (false, None, Some(why)) => println!("{id}: missing: {why}"),
                state => {
                    wrong.insert(format!("{id}: {state:?}"));
                }
            }
        }
    }
    let all: usize = FAMILIES.iter().map(|(_, size)| size).sum();
    println!("{count} of {all} detections speak on traffic, and none speaks about the plant at work or about its twin");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The first frames of a capture as a capture of their own.
fn first_frames(file: &Path, count: u64, to: &Path) {
    let bytes = std::fs::read(file).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    // Blocks of pcapng: type, length, content, length; type 6 is a packet.
    let (mut at, mut packets) = (0, 0);
    while at < bytes.len() && packets < count {
        packets += u64::from(word(at) == 6);
        at += word(at + 4) as usize;
    }
    std::fs::write(to, &bytes[..at]).unwrap();
}

#[test]
fn a_stop_that_was_refused_is_not_critical_and_one_that_worked_is() {
    // The first stops of this capture come without the reservation, and are refused.
    let file = capture("attack-umas.pcapng");
    let events = lines(&run(&["replay", file.to_str().unwrap(), "--every-operation", "--events", "-"]));
    let stops = events.iter().filter(|event| event["function"]["act"] == "stop");
    assert!(stops.clone().any(|stop| stop["outcome"] == "refused"));
    assert!(stops.clone().any(|stop| stop["outcome"] == "accepted"));
    // Alerts grow with the capture: of the part before the accepted stop only the refused ones are there.
    let folder = tempfile::tempdir().unwrap();
    let refused = folder.path().join("refused.pcap");
    let accepted = stops.clone().find(|stop| stop["outcome"] == "accepted").unwrap();
    let before = accepted["evidence"]["frames"][0].as_u64().unwrap() - 1;
    first_frames(&file, before, &refused);
    let severity = |file: &str| {
        let alerts = alerts(file, &[]);
        alerts.into_iter().find(|alert| alert["detection"] == "UM-03").map(|alert| alert["severity"].clone()).unwrap()
    };
    assert_eq!(severity(refused.to_str().unwrap()), Severity::High.name());
    assert_eq!(severity(file.to_str().unwrap()), Severity::Critical.name());
}

#[test]
fn one_engineering_story_is_one_incident_and_identical_writes_to_three_controllers_are_one_campaign() {
    let alerts = alerts(capture("attack-stories.pcapng").to_str().unwrap(), &[]);
    let of = |id: &str| alerts.iter().filter(|alert| alert["detection"] == id).collect::<Vec<_>>();
    let parts = ["S7-03", "S7-08", "S7-04", "COR-01"].map(|id| of(id)[0]["incident"].clone());
    assert!(parts[0].is_string() && parts.iter().all(|incident| *incident == parts[0]), "{parts:?}");
    assert_eq!(of("COR-01").len(), 1);
    let campaigns: BTreeSet<_> = of("COR-03").iter().map(|alert| alert["client"]["ip"].to_string()).collect();
    assert_eq!(of("COR-03").len(), 2, "one over Modbus, one over OPC UA");
    assert_eq!(campaigns.len(), 2);
}

/// The bytes of each packet of a capture.
fn packets(file: &Path) -> Vec<Vec<u8>> {
    let bytes = std::fs::read(file).unwrap();
    let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
    let (mut at, mut packets) = (0, Vec::new());
    while at < bytes.len() {
        if word(at) == 6 {
            packets.push(bytes[at + 28..at + 28 + word(at + 20) as usize].to_vec());
        }
        at += word(at + 4) as usize;
    }
    packets
}

#[test]
fn a_download_with_stop_and_start_is_one_incident_with_one_file_that_holds_all_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = capture("attack-stories.pcapng");
    let alerts = alerts(file.to_str().unwrap(), &["--data", folder.path().to_str().unwrap()]);
    let story: Vec<&Value> = alerts.iter().filter(|alert| alert["detection"] == "COR-01").collect();
    assert_eq!(story.len(), 1);
    let proof = folder.path().join("evidence").join(story[0]["evidence"]["pcapng"].as_str().unwrap());
    let (kept, all) = (packets(&proof), packets(&file));
    let parts = alerts.iter().filter(|alert| alert["incident"] == story[0]["incident"]);
    let acts = parts.filter(|alert| ["S7-03", "S7-08", "S7-04"].iter().any(|id| alert["detection"] == *id));
    let mut count = 0;
    for frame in acts.flat_map(frames) {
        count += 1;
        assert!(kept.contains(&all[frame as usize - 1]), "frame {frame} is in the story's file");
    }
    assert!(count >= 6, "stop, blocks and start have their frames: {count}");
}

#[test]
fn announced_work_and_permitted_stations_weigh_less_and_say_why() {
    let folder = tempfile::tempdir().unwrap();
    let baseline = folder.path().join("normal.json");
    let baseline = baseline.to_str().unwrap();
    run(&["replay", capture("benign.pcapng").to_str().unwrap(), "--learn", baseline]);
    let stop = |baseline: &str| {
        let file = capture("attack-s7-03.pcapng");
        let alerts = alerts(file.to_str().unwrap(), &["--baseline", baseline]);
        alerts.into_iter().find(|alert| alert["detection"] == "S7-03" && alert["outcome"] != "refused").unwrap()
    };
    let always = ("2020-01-01T00:00:00Z", "2100-01-01T00:00:00Z");
    let window = serde_json::json!([{"name": "yearly overhaul", "from": always.0, "to": always.1}]);
    let client = stop(baseline)["client"]["ip"].clone();
    let permission = serde_json::json!([{"name": "wang's laptop", "client": client, "from": always.0, "to": always.1}]);
    assert_eq!(stop(baseline)["severity"], Severity::Critical.name());
    for (part, content, name) in [("windows", window, "yearly overhaul"), ("permissions", permission, "wang's laptop")]
    {
        let alert = stop(&with_policy(folder.path(), baseline, part, content));
        assert_eq!(alert["severity"], Severity::High.name());
        let reasons = alert["reasons"].to_string();
        assert!(reasons.contains(name), "{reasons}");
    }
}

#[test]
fn a_detection_that_is_off_is_silent_and_the_others_speak() {
    let file = capture("attack-s7-03.pcapng");
    let file = file.to_str().unwrap();
    let told = |more: &[&str]| -> BTreeSet<String> {
        alerts(file, more).iter().filter_map(|alert| Some(alert["detection"].as_str()?.to_owned())).collect()
    };
    let (all, without) = (told(&[]), told(&["--detections-off", "S7-03"]));
    assert!(all.contains("S7-03") && !without.contains("S7-03"));
    assert!(without.is_subset(&all) && all.len() <= without.len() + 2, "{all:?} {without:?}");
}
