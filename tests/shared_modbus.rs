//! Modbus/TCP, as event lines tell it, against counts that tshark made over captures from public repositories.
//!
//! The captures are not part of the project: without the folder that `FENGSUI_SHARED_CAPTURES` names (or one called
//! `shared/captures` beside the checkout) the test says so and passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(clippy::type_complexity, reason = "a table of reasons, read once")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use common::{lines, run};
use serde_json::Value;

type Counts = BTreeMap<String, u64>;

/// What is counted, by the names it has in the truth.
const REQUESTS: &str = "req unit/fc";
const RESPONSES: &str = "resp unit/fc";
const EXCEPTIONS: &str = "exc fc/code";

/// Keys of the truth that fuzzed captures have otherwise, with what is there instead.
///
/// Both have bits turned over in sequence numbers, so that there are holes; tshark, told to put segments in order, waits at
/// the first one for ever. With its default settings it reads the two requests (frames 1 and 5) and two responses (3 and 6)
/// of fuzz-1011. Of fuzz-72 the numbers are those of its 12- and 9-byte payloads with a whole MBAP header, one by one,
/// but frame 32: it lies behind the number that frame 12 claims, so that it counts as a retransmission (for tshark too).
const CORRECTIONS: &[(&str, &[(&str, &[&str], u64)])] = &[
    ("modbus/ics-security-tools--fuzz-1011.pcap", &[(REQUESTS, &["255/4"], 2), (RESPONSES, &["255/4"], 2)]),
    (
        "modbus/ics-security-tools--fuzz-72.pcap",
        &[
            (
                REQUESTS,
                &[
                    "1/33", "1/34", "1/35", "1/36", "1/37", "1/43", "1/46", "1/47", "1/50", "1/52", "1/53", "1/54",
                    "1/63", "1/64", "1/65", "1/70",
                ],
                1,
            ),
            (REQUESTS, &["1/71"], 2),
            (RESPONSES, &["1/28", "1/32", "1/47", "1/51", "1/54", "1/58", "1/59"], 1),
            (EXCEPTIONS, &["28/1", "32/1", "47/1", "51/1", "54/1", "58/1", "59/1"], 1),
        ],
    ),
];

/// What one replay says, counted as the truth counts.
fn count(path: &Path) -> BTreeMap<&'static str, Counts> {
    let events = lines(&run(&["replay", "--every-operation", "--events", "-", path.to_str().unwrap()]));
    let mut counts: BTreeMap<&str, Counts> = BTreeMap::new();
    let mut add = |kind, key: String| *counts.entry(kind).or_default().entry(key).or_default() += 1;
    for event in events.iter().filter(|e| e["event_type"] == "operation" && e["protocol"] == "modbus") {
        let function = &event["function"]["code"];
        let key = format!("{}/{function}", event["unit"]);
        if event["request_seen"] == true {
            add(REQUESTS, key.clone());
        }
        if event["response_seen"] == true {
            add(RESPONSES, key);
        }
        if let Some(code) = event["error"]["code"].as_u64() {
            add(EXCEPTIONS, format!("{function}/{code}"));
        }
    }
    counts
}

fn truth_of(capture: &Value, kind: &str) -> Counts {
    let entries = capture["modbus"][kind].as_object().into_iter().flatten();
    entries.map(|(key, count)| (key.clone(), count.as_u64().unwrap())).collect()
}

fn captures() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let folder = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    folder.join("truth.json").is_file().then_some(folder)
}

#[test]
fn requests_responses_and_exceptions_equal_the_truth_on_every_public_capture() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    let truth: Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (name, capture) in truth.as_object().unwrap() {
        let path = folder.join(name);
        if !name.starts_with("modbus/") || !path.is_file() {
            continue;
        }
        let ours = count(&path);
        let corrections = CORRECTIONS.iter().find(|(file, _)| file == name).map_or(&[][..], |(_, counts)| counts);
        for kind in [REQUESTS, RESPONSES, EXCEPTIONS] {
            let mut truth = truth_of(capture, kind);
            for (_, keys, count) in corrections.iter().filter(|(corrected, ..)| *corrected == kind) {
                truth.extend(keys.iter().map(|key| ((*key).to_owned(), *count)));
            }
            let ours = ours.get(kind).cloned().unwrap_or_default();
            let keys: BTreeSet<&String> = ours.keys().chain(truth.keys()).collect();
            for key in keys.into_iter().filter(|key| ours.get(*key) != truth.get(*key)) {
                let [ours, truth] = [&ours, &truth].map(|counts| counts.get(key).copied().unwrap_or(0));
                wrong.push(format!("{name}: {kind} {key}: ours {ours}, truth {truth}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}
