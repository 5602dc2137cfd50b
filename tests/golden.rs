//! What each of the lab's captures gives as a whole, against `tests/golden/`: every alert, and counts of all else. Captures
//! without labels show a protocol function by function: of these every operation is written out with all its fields.
//!
//! A change that is meant is written with `FENGSUI_UPDATE_GOLDEN=1 cargo test --test golden`, and its difference read before
//! it is committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;

use common::{capture, labels, lines, repository, run};
use serde_json::Value;

/// Sections of a golden file, in its order, with counted lines.
const SECTIONS: [&str; 7] = ["operations", "sessions", "facts", "anomalies", "artifacts", "flows", "other events"];

/// Reasons of one alert that are written out.
const MAX_REASONS: usize = 4;

fn folder() -> PathBuf {
    repository().join("tests/golden")
}

/// A field as text: a string without its quotes, a missing one as `-`.
fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn alert(alert: &Value) -> String {
    let name = [&alert["detection"], &alert["yara"], &alert["sid"]].into_iter().find(|name| !name.is_null());
    let words = |list: &Value| list.as_array().into_iter().flatten().map(text).collect::<Vec<_>>();
    let frames = words(&alert["evidence"]["frames"]);
    let frames = match &frames[..] {
        [] => "no frames".to_owned(),
        [one] => format!("frame {one}"),
        [first, .., last] => format!("{} frames {first}..{last}", frames.len()),
    };
    let mut line = format!(
        "{} {} {} x{}: {}, {}, {frames}",
        name.map_or_else(String::new, text),
        text(&alert["severity"]),
        text(&alert["outcome"]),
        alert["count"],
        text(&alert["title"]["en"]),
        words(&alert["techniques"]).join(" "),
    );
    let reasons = words(&alert["reasons"]);
    for reason in reasons.iter().take(MAX_REASONS) {
        let _ = write!(line, "\n    {reason}");
    }
    if reasons.len() > MAX_REASONS {
        let _ = write!(line, "\n    and {} more", reasons.len() - MAX_REASONS);
    }
    line
}

/// The section an event is counted in, and the line it is counted under.
fn event(event: &Value) -> (&'static str, String) {
    let protocol = text(&event["protocol"]);
    match event["event_type"].as_str().unwrap() {
        "operation" => {
            let function = &event["function"];
            let details =
                ["rosctr", "service", "szl_id", "subfunction"].into_iter().filter(|key| !function[key].is_null());
            let details: String = details.map(|key| format!(" {key} {}", text(&function[key]))).collect();
            let error = event["error"]["name"].as_str().map(|name| format!(" {name}")).unwrap_or_default();
            let [name, class, outcome] = [&function["name"], &event["class"], &event["outcome"]].map(text);
            let unpaired = match (event["request_seen"] == true, event["response_seen"] == true) {
                (true, true) => "",
                (true, false) => ", no response",
                _ => ", no request",
            };
            ("operations", format!("{protocol} {class} {name}{details}: {outcome}{error}{unpaired}"))
        }
        "session" => ("sessions", format!("{protocol} {}", text(&event["session"]["step"]))),
        "identity" => {
            let fact = &event["identity"];
            let ip = text(&event[fact["about"].as_str().unwrap()]["ip"]);
            let [kind, value, source] = ["kind", "value", "source"].map(|field| text(&fact[field]));
            ("facts", format!("{ip} {kind} = {value} ({source})"))
        }
        "anomaly" => {
            let [layer, name, blame] = ["layer", "name", "blame"].map(|field| text(&event["anomaly"][field]));
            ("anomalies", format!("{protocol} {layer} {name}, by {blame}"))
        }
        "artifact" => {
            let artifact = &event["artifact"];
            let [kind, name, size, hash] = ["kind", "name", "size", "sha256"].map(|field| text(&artifact[field]));
            ("artifacts", format!("{kind} {name}, {size} bytes, {hash}"))
        }
        "flow" => ("flows", format!("{protocol} {}", text(&event["flow"]["state"]))),
        other => ("other events", other.to_owned()),
    }
}

/// What a capture gives, as a page.
fn page(name: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let alerts_file = folder.path().join("alerts");
    let file = capture(name);
    let [file, alerts] = [&file, &alerts_file].map(|path| path.to_str().unwrap());
    let events = lines(&run(&["replay", file, "--every-operation", "--events", "-", "--alerts", alerts]));
    let mut page = "alerts\n".to_owned();
    for line in fs::read_to_string(alerts_file).unwrap().lines() {
        let _ = writeln!(page, "  {}", alert(&serde_json::from_str(line).unwrap()));
    }
    if shows().iter().any(|show| show == name) {
        let _ = writeln!(page, "\nin full");
        for event in events.iter().filter(|event| event["event_type"] == "operation") {
            let _ = writeln!(page, "  {}", in_full(event));
        }
    }
    let mut counts: BTreeMap<&str, BTreeMap<String, u64>> = BTreeMap::new();
    for (section, line) in events.iter().map(event) {
        *counts.entry(section).or_default().entry(line).or_default() += 1;
    }
    for section in SECTIONS {
        let _ = writeln!(page, "\n{section}");
        for (line, count) in counts.remove(section).unwrap_or_default() {
            let _ = writeln!(page, "{count:>6}  {line}");
        }
    }
    page
}

/// One operation with every field that does not change from one recording to the next.
fn in_full(event: &Value) -> String {
    let items = event["items"].as_array().cloned().unwrap_or_else(|| vec![event.clone()]);
    let items = items.iter().map(|item| {
        let object = item["object"].as_object().into_iter().flatten().map(|(_, part)| text(part)).collect::<Vec<_>>();
        let points = item["points"].as_array().into_iter().flatten();
        let points = points.map(|point| format!(" {}", text(point))).collect::<String>();
        format!("\n        {} {}{points}", object.join(" "), text(&item["values"]))
    });
    let function = &event["function"];
    format!(
        "{} {} unit {} {} {} {}: {} {} request {} response {}{}",
        text(&event["protocol"]),
        text(&event["class"]),
        event["unit"],
        function["code"],
        text(&function["name"]),
        text(&function["act"]),
        text(&event["outcome"]),
        text(&event["error"]),
        event["request_seen"],
        event["response_seen"],
        items.collect::<String>(),
    )
}

/// Captures that show a protocol, by the names of their files.
fn shows() -> Vec<String> {
    let files = repository().join("pcaps").read_dir().unwrap();
    let names = files.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| ["modbus-", "s7-"].iter().any(|protocol| name.starts_with(protocol))).collect()
}

/// Lines that only one of the two has, in the order in which they stand.
fn difference(expected: &str, actual: &str) -> String {
    let only = |these: &str, others: &str, sign: char| {
        let others: BTreeSet<&str> = others.lines().collect();
        these.lines().filter(|line| !others.contains(line)).map(|line| format!("{sign} {line}\n")).collect::<String>()
    };
    let lines = only(expected, actual, '-') + &only(actual, expected, '+');
    if lines.is_empty() { "the same lines in another order\n".to_owned() } else { lines }
}

#[test]
fn each_capture_gives_what_it_gave() {
    let update = std::env::var_os("FENGSUI_UPDATE_GOLDEN").is_some_and(|value| value == "1");
    let golden = |name: &str| folder().join(name.rsplit('/').next().unwrap()).with_extension("txt");
    let pages: BTreeMap<PathBuf, String> = labels()
        .iter()
        .map(|label| label["capture"].as_str().unwrap().to_owned())
        .chain(shows())
        .map(|name| (golden(&name), page(&name)))
        .collect();
    if update {
        let _ = fs::remove_dir_all(folder());
        fs::create_dir_all(folder()).unwrap();
        pages.iter().for_each(|(golden, page)| fs::write(golden, page).unwrap());
    }
    let mut wrong = String::new();
    for (golden, page) in &pages {
        let expected = fs::read_to_string(golden).unwrap_or_default();
        if expected != *page {
            let _ = write!(wrong, "\n{} (- as it was, + as it is)\n{}", golden.display(), difference(&expected, page));
        }
    }
    assert!(wrong.is_empty(), "{wrong}\nIf this is meant: FENGSUI_UPDATE_GOLDEN=1 cargo test --test golden");
    let files: BTreeSet<PathBuf> = folder().read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files, pages.into_keys().collect(), "each golden file has its capture");
}

#[test]
fn a_difference_shows_the_lines_that_differ() {
    assert_eq!(difference("a\nb\nc\n", "a\nB\nc\nd\n"), "- b\n+ B\n+ d\n");
    assert_eq!(difference("a\nb\n", "b\na\n"), "the same lines in another order\n");
}
