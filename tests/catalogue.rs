//! The catalogue against traffic: every detection speaks about an act that somebody really did, and none about the plant at
//! work. `cargo test --test catalogue -- --nocapture` prints how many of the 120 there are, and names each missing one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{capture, indicators_for, labels, lines, repository, run};
use fengsui::detect::catalogue;
use fengsui::event::Severity;
use serde_json::Value;

/// How many detections each family shall have.
const FAMILIES: [(&str, usize); 8] =
    [("SEN", 4), ("NET", 27), ("MB", 20), ("UM", 8), ("S7", 23), ("SP", 8), ("UA", 25), ("COR", 5)];

/// Why there is none yet.
const MISSING: &[(&str, &str)] = &[
    ("NET-07", "needs zones and conduits, which the inventory does not know yet"),
    ("NET-16", "needs how many connections are open, which the flow table does not tell"),
    ("NET-19", "needs DHCP, DNS, LLMNR, router advertisements, STP and LLDP decoded"),
    ("NET-21", "needs log-ins of SSH, Telnet, FTP, HTTP, RDP, SMB, SNMP and VNC decoded"),
    ("NET-22", "needs credentials of Telnet, FTP, HTTP, SNMP and VNC decoded"),
    ("NET-23", "needs files carried by SMB, FTP, TFTP and HTTP carved"),
    ("NET-25", "needs learnt rhythms"),
    ("NET-26", "needs learnt rhythms"),
    ("MB-05", "needs learnt values"),
    ("MB-06", "needs learnt values"),
    ("COR-04", "needs learnt values of the same point in several protocols"),
    ("COR-05", "is no alert: it sets the severity of the others, and is proven below"),
];

/// Shown by other tests: `tests/live.rs` and `tests/sensor.rs` make what a file cannot hold, and reassembly's own tests
/// the injected segments.
const ELSEWHERE: &[(&str, &str)] = &[
    ("SEN-01", "src/detect/sensor/silence.rs"),
    ("SEN-03", "tests/mirror.rs"),
    ("SEN-04", "tests/sensor.rs"),
    ("NET-17", "src/flow/tests"),
    ("S7-12", "tests/s7_stacks.rs"),
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

/// What an act did shows when somebody asks next.
const SHOWS_LATER: &[&str] = &["S7-07"];

/// In the code, and not yet seen on traffic.
const UNPROVEN: &[(&str, &str)] = &[
    ("S7-06", "no stack sends a mode transition by itself; shown in src/protocol/s7/tests alone"),
    ("SP-03", "nobody resets a controller in the captures at hand"),
    ("SP-07", "nobody fails to log in in the captures at hand"),
    ("SP-08", "no controller changes in the captures at hand"),
];

fn alerts(file: &str, more: &[&str]) -> Vec<Value> {
    lines(&run(&[&["replay", file, "--alerts", "-"], more].concat()))
}

fn frames(alert: &Value) -> impl Iterator<Item = u64> {
    alert["evidence"]["frames"].as_array().into_iter().flatten().filter_map(Value::as_u64)
}

/// Detections that speak about an act which its label names, within its frames.
fn proven_by_labels() -> BTreeMap<String, String> {
    let mut proven = BTreeMap::new();
    for label in labels() {
        let name = label["capture"].as_str().unwrap();
        let list = indicators_for(name);
        let more: Vec<&str> = list.iter().map(String::as_str).collect();
        let alerts = alerts(capture(name).to_str().unwrap(), &more);
        for act in label["acts"].as_array().unwrap() {
            let (first, last) = (act["frames"][0].as_u64().unwrap(), act["frames"][1].as_u64().unwrap());
            let also = act["also"].as_array().into_iter().flatten().filter_map(Value::as_str);
            for id in also.chain(act["detection"].as_str()) {
                let speaks = |alert: &&Value| {
                    let last = if SHOWS_LATER.contains(&id) { u64::MAX } else { last };
                    let here = frames(alert).any(|frame| (first - 10..=last).contains(&frame));
                    alert["detection"] == id && (here || frames(alert).next().is_none())
                };
                if alerts.iter().any(|alert| speaks(&alert)) {
                    proven.insert(id.to_owned(), format!("{name} {}", act["name"].as_str().unwrap()));
                }
            }
        }
    }
    proven
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

    let mut proven = proven_by_labels();
    proven.extend(proven_by_shared(baseline));
    proven.extend(named(ELSEWHERE).into_iter().map(|(id, file)| (id.to_owned(), file.to_owned())));
    let (missing, unproven) = (named(MISSING), named(UNPROVEN));
    let mut count = 0;
    let mut wrong = BTreeSet::new();
    for (family, size) in FAMILIES {
        for id in (1..=size).map(|number| format!("{family}-{number:02}")) {
            let exists = catalogue::find(&id).is_some();
            let why = missing.get(&*id).or_else(|| unproven.get(&*id));
            match (exists, proven.get(&id), why) {
                (true, Some(_), None) => count += 1,
                (true, None, Some(why)) => println!("{id}: not yet on traffic: {why}"),
                (false, None, Some(why)) => println!("{id}: missing: {why}"),
                state => {
                    wrong.insert(format!("{id}: {state:?}"));
                }
            }
        }
    }
    let all: usize = FAMILIES.iter().map(|(_, size)| size).sum();
    println!("{count} of {all} detections speak on traffic, and none speaks about the plant at work");
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
