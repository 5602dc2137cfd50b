//! S7comm and S7comm-plus, as event lines tell them, against counts that tshark made over captures from public repositories.
//!
//! The captures are not part of the project: without the folder that `FENGSUI_SHARED_CAPTURES` names (or one called
//! `shared/captures` beside the checkout) the test says so and passes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

type Counts = BTreeMap<String, u64>;
/// A key with the count that belongs there.
type Correction = (&'static str, u64);

/// Where the truth is known to count less than there is, with what there is instead.
///
/// Six captures have holes (parts of the conversation are missing); tshark, told to put segments in order, waits at the
/// first hole for ever. We go on after a hole, and so does tshark with its default settings, whose numbers stand here.
/// In the last capture packets hold up to four frames, and the truth counts packets: counted frame by frame it has 693.
const CORRECTIONS: &[(&str, &[Correction])] = &[
    ("s7/ics-security-tools--step7_s300_authpassword.pcapng", &[("rosctr 7", 6)]),
    (
        "s7/ics-security-tools--step7_s300_download.pcapng",
        &[("rosctr 1", 5), ("rosctr 3", 5), ("rosctr 7", 86), ("pi _INSE", 1)],
    ),
    ("s7/ics-security-tools--tia_s300_flashled.pcapng", &[("rosctr 7", 4)]),
    (
        "s7/ics-security-tools--wincc_s300_setup-alarm-read-write.pcapng",
        &[("rosctr 1", 75), ("rosctr 3", 75), ("rosctr 7", 14)],
    ),
    (
        "s7/ics-security-tools--wincc_s300_setup-alarm-read.pcapng",
        &[("rosctr 1", 58), ("rosctr 3", 58), ("rosctr 7", 12)],
    ),
    (
        "s7/ics-security-tools--wincc_s300_setup-alarm-read_2.pcapng",
        &[("rosctr 1", 237), ("rosctr 3", 237), ("rosctr 7", 12)],
    ),
    (
        "s7/s7comm-plus-anomaly-detection--s71200_ofline_swcompiledownload.pcapng",
        &[("plus frames", 693), ("plus ver03", 662)],
    ),
];

/// What one replay says, counted as `truth.json` counts.
#[derive(Default)]
struct Counter {
    comm: BTreeMap<&'static str, Counts>,
    plus: Counts,
}

impl Counter {
    fn comm(&mut self, what: &'static str, key: impl Into<String>) {
        *self.comm.entry(what).or_default().entry(key.into()).or_default() += 1;
    }

    fn plus(&mut self, key: impl Into<String>, count: u64) {
        *self.plus.entry(key.into()).or_default() += count;
    }

    fn operation(&mut self, operation: &Operation) {
        match operation.protocol.as_str() {
            "s7comm" if operation.function.rosctr.as_deref() == Some("userdata") => self.userdata(operation),
            "s7comm" => self.job(operation),
            "s7comm_plus" => self.s7_plus(operation),
            _ => {}
        }
    }

    fn job(&mut self, operation: &Operation) {
        let function = &operation.function;
        let code = format!("0x{:x}", function.code);
        let named = function.name != "acknowledge";
        if operation.request_seen {
            self.comm("rosctr", "1");
            self.comm("job_fn", code.as_str());
            if let Some(service) = &function.service {
                self.comm("pi", service);
            }
        }
        if operation.response_seen {
            let answer = if operation.request_seen { &function.answer } else { &function.rosctr };
            let with_data = answer.as_deref() == Some("ack_data");
            self.comm("rosctr", if with_data { "3" } else { "2" });
            // An acknowledgement without parameter names no function.
            if with_data && named {
                self.comm("ack_fn", &code);
            }
        }
    }

    fn userdata(&mut self, operation: &Operation) {
        let function = &operation.function;
        let (group, sub) = (function.group.unwrap_or(0), function.subfunction.unwrap_or(0));
        let mut message = |kind: u8| {
            self.comm("rosctr", "7");
            self.comm("ud", format!("type{kind}/group{group}/sub{sub}"));
            if let Some(id) = function.szl_id {
                self.comm("szl", format!("0x{id:04x}"));
            }
        };
        message(function.userdata_type.unwrap_or(0));
        if operation.request_seen && operation.response_seen {
            message(8);
        }
    }

    fn s7_plus(&mut self, operation: &Operation) {
        let function = &operation.function;
        let version = function.version.unwrap_or(0);
        let messages = u64::from(operation.request_seen) + u64::from(operation.response_seen);
        let frames = function.frames.unwrap_or(messages);
        self.plus("frames", frames);
        match (version, function.opcode) {
            // The truth reads no opcode behind a digest.
            (3 | 0xfe | 0xff, _) | (_, None) => self.plus(format!("ver{version:02x}"), frames),
            (_, Some(opcode)) => {
                self.plus(format!("ver{version:02x}/op{opcode:02x}"), 1);
                if messages == 2 {
                    self.plus(format!("ver{version:02x}/op32"), 1);
                }
                if frames > messages {
                    self.plus(format!("ver{version:02x}/later"), frames - messages);
                }
            }
        }
    }
}

/// What is read of an operation's event line.
#[derive(serde::Deserialize)]
struct Operation {
    protocol: String,
    function: Function,
    request_seen: bool,
    response_seen: bool,
}

#[derive(serde::Deserialize)]
struct Function {
    code: u32,
    name: String,
    rosctr: Option<String>,
    answer: Option<String>,
    service: Option<String>,
    group: Option<u8>,
    subfunction: Option<u16>,
    userdata_type: Option<u8>,
    szl_id: Option<u16>,
    version: Option<u8>,
    opcode: Option<u8>,
    frames: Option<u64>,
}

fn captures() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/captures");
    let folder = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    folder.join("truth.json").is_file().then_some(folder)
}

fn count(path: &Path) -> Result<Counter, Box<dyn std::error::Error>> {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--every-operation", "--events", "-"]).arg(path).output()?;
    let mut counter = Counter::default();
    for line in output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let event: Value = serde_json::from_slice(line)?;
        if event["event_type"] == "operation" {
            counter.operation(&serde_json::from_value(event)?);
        }
    }
    Ok(counter)
}

fn counts(truth: &Value) -> Counts {
    let entries = truth.as_object().into_iter().flatten();
    entries.filter_map(|(key, count)| Some((key.clone(), count.as_u64()?))).collect()
}

/// Differences, as `key: ours, truth`. Of a capture with corrections, whatever they do not name may be more than the truth.
fn compare(what: &str, ours: &Counts, truth: &Counts, corrections: &[Correction]) -> Vec<String> {
    let keys: BTreeSet<&String> = ours.keys().chain(truth.keys()).collect();
    let difference = |key: &String| {
        let name = format!("{what} {key}");
        let (ours, truth) = (ours.get(key).copied().unwrap_or(0), truth.get(key).copied().unwrap_or(0));
        let fits = match corrections.iter().find(|(corrected, _)| *corrected == name) {
            Some((_, count)) => ours == *count,
            None => ours == truth || (!corrections.is_empty() && ours > truth),
        };
        (!fits).then(|| format!("{name}: ours {ours}, truth {truth}"))
    };
    keys.into_iter().filter_map(difference).collect()
}

/// The truth counts later fragments by whatever byte stands where the opcode would.
fn fold_later_fragments(truth: Counts) -> Counts {
    let mut folded = Counts::new();
    for (key, count) in truth {
        let key = match key.split_once("/op") {
            Some((version, opcode)) if !matches!(opcode, "31" | "32" | "33") => format!("{version}/later"),
            _ => key,
        };
        *folded.entry(key).or_default() += count;
    }
    folded
}

#[test]
fn counts_equal_the_truth_on_every_public_capture() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    let truth: Value = serde_json::from_slice(&std::fs::read(folder.join("truth.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for (name, truth) in truth.as_object().unwrap() {
        let path = folder.join(name);
        if !path.is_file() {
            continue;
        }
        let ours = count(&path).unwrap();
        let corrections = CORRECTIONS.iter().find(|(file, _)| file == name).map_or(&[][..], |(_, counts)| counts);
        let mut differences = Vec::new();
        for what in ["rosctr", "job_fn", "ack_fn", "ud", "szl", "pi"] {
            let ours = ours.comm.get(what).cloned().unwrap_or_default();
            differences.extend(compare(what, &ours, &counts(&truth["s7comm"][what]), corrections));
        }
        let plus = fold_later_fragments(counts(&truth["s7comm_plus"]));
        differences.extend(compare("plus", &ours.plus, &plus, corrections));
        wrong.extend(differences.into_iter().map(|difference| format!("{name}: {difference}")));
    }
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

/// Real S7-1200 and what was done to them.
const ACTS: &[(&str, &[&str])] = &[
    ("paket_start.pcapng", &["go_online", "read_identity", "start", "close_session"]),
    ("paket_stop.pcapng", &["go_online", "read_identity", "stop", "close_session"]),
    ("s71200_startupgoonline.pcapng", &["go_online", "read_state", "subscribe", "close_session"]),
    ("s71200_ofline_swcompiledownload.pcapng", &["go_online", "stop", "download", "start", "close_session"]),
];

#[test]
fn the_acts_of_s7comm_plus_are_named_and_its_bytes_are_decoded() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    let mut files: Vec<PathBuf> = folder.join("s7").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.to_string_lossy().contains("plus"));
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let share = decoded_share(&path);
        println!("{name}: {share:.2} % of the bytes decoded");
        assert!(share >= 95.0, "{name}: {share:.2} % decoded");
        let Some((_, acts)) = ACTS.iter().find(|(ending, _)| name.ends_with(ending)) else { continue };
        let done = acts_of(&path);
        for act in *acts {
            // Who did it to whom, and that it was accepted.
            let ends = ("192.168.55.5", "192.168.42.10");
            let told = (ends.0.to_owned(), ends.1.to_owned(), (*act).to_owned(), "accepted".to_owned());
            assert!(done.contains(&told), "{name}: {act} is not among {done:?}");
        }
    }
}

fn decoded_share(path: &Path) -> f64 {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--summary", "json"]).arg(path).output().unwrap();
    let summary: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [parsed, undecoded] =
        ["parsed_bytes", "undecoded_bytes"].map(|name| summary["capture"][name].as_f64().unwrap());
    100.0 * (1.0 - undecoded / parsed)
}

/// Client, server, act, outcome.
fn acts_of(path: &Path) -> BTreeSet<(String, String, String, String)> {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--every-operation", "--events", "-"]).arg(path).output().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let act = |line: &str| {
        let event: Value = serde_json::from_str(line).unwrap();
        let ends = ["client", "server"].map(|side| text(&event[side]["ip"]));
        event["function"]["act"].is_string().then(|| {
            let [client, server] = ends;
            (client, server, text(&event["function"]["act"]), text(&event["outcome"]))
        })
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(act).collect()
}

#[test]
fn what_a_panel_reads_is_told_though_the_capture_begins_in_the_midst() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    let acts = acts_of(&folder.join("s7/icsnpp-s7comm--s7comm_plus.pcap"));
    for act in ["subscribed_values", "read_attributes"] {
        let told = ("192.168.0.3", "192.168.0.1", act, "accepted");
        let found =
            acts.iter().any(|(client, server, act, outcome)| (&**client, &**server, &**act, &**outcome) == told);
        assert!(found, "{act} is not among {acts:?}");
    }
}

/// Keywords of rules, each with a capture in which it must speak and how often at least.
const RULES: &[(&str, &str, usize)] = &[
    ("s7.pi:_INSE; s7.block:DB1", "ics-security-tools--step7_s300_download.pcapng", 1),
    ("s7.function:download; s7.rosctr:job", "ics-security-tools--step7_s300_download.pcapng", 3),
    ("s7.userdata:programmer/0x08", "ics-security-tools--step7_s300_rwvartab.pcapng", 2),
    ("s7.userdata:security", "ics-security-tools--step7_s300_authpassword.pcapng", 1),
    ("s7.szl:0x0011, 0x001c", "icsnpp-s7comm--s7ident.pcap", 2),
    ("s7.function:write_var; s7.area:M", "2017qut_s7comm--20161215172609.conveyorbeltoff.attacker.pcap", 1),
    ("s7comm_plus.attribute:2167=1", "s7comm-plus-anomaly-detection--paket_stop.pcapng", 1),
    ("s7comm_plus.attribute:2167=3", "s7comm-plus-anomaly-detection--paket_start.pcapng", 1),
    ("s7comm_plus.function:download", "s7comm-plus-anomaly-detection--s71200_ofline_swcompiledownload.pcapng", 1),
];

#[test]
fn rules_on_decoded_s7_speak_on_real_captures() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    for (options, name, least) in RULES {
        let file = tempfile::NamedTempFile::with_suffix(".rules").unwrap();
        let rule = format!("alert tcp any any -> any any (msg:\"{options}\"; {options}; sid:1;)\n");
        std::fs::write(file.path(), rule).unwrap();
        let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
        let output = replay.arg("replay").arg(folder.join("s7").join(name)).arg("--rules").arg(file.path());
        let output = output.args(["--alerts", "-"]).output().unwrap();
        let alerts = String::from_utf8_lossy(&output.stdout).into_owned();
        let alerts = alerts.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let count: u64 = alerts.filter(|alert| alert["sid"] == 1).filter_map(|alert| alert["count"].as_u64()).sum();
        assert!(count >= *least as u64, "{options} spoke {count} times on {name}");
    }
}

#[test]
fn who_stops_starts_or_loads_a_newer_controller_is_told_by_an_alert() {
    let Some(folder) = captures() else {
        eprintln!("skipped: no shared captures");
        return;
    };
    let alerts = |name: &str| -> BTreeMap<String, String> {
        let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
        let path = folder.join("s7").join(format!("s7comm-plus-anomaly-detection--{name}.pcapng"));
        let output = replay.args(["replay", "--alerts", "-"]).arg(path).output().unwrap();
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        let alerts = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        alerts.map(|alert| (text(&alert["detection"]), text(&alert["outcome"]))).collect()
    };
    // The station saw the new mode on another of its connections.
    assert_eq!(alerts("paket_stop")["SP-02"], "effective");
    assert_eq!(alerts("paket_start")["SP-02"], "effective");
    let download = alerts("s71200_ofline_swcompiledownload");
    assert!(download.contains_key("SP-04"), "{download:?}");
    // The controller told its mode afterwards.
    assert_eq!(download["SP-02"].as_str(), "effective");
}
