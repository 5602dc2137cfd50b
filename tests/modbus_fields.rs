//! Modbus field by field against tshark's JSON: transaction numbers, units, functions, addresses, quantities, values, masks,
//! subfunctions, exceptions, objects of identifications.
//!
//! Compared are our own captures and, where they are at hand, those from public repositories (see `shared_modbus.rs`).
//! Without tshark nothing is compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// How often a field was seen with a value.
type Fields = BTreeMap<(&'static str, String), u64>;
/// What was asked for, by frame and transaction: function, first address and quantity.
type Asked = BTreeMap<(u64, u64), (u64, u64, u64)>;

/// Of longer captures the first so many frames are compared.
const MAX_FRAMES: &str = "20000";
const LONG: u64 = 1 << 20;

/// A difference that is known, and why.
const KNOWN: &[(&str, &str)] = &[
    // Frames of one byte each are not put together by tshark as long as they hold less than eight bytes; two requests of
    // one number in one segment are both answered for the second.
    ("modbus-functions", "a header in pieces, requests of one number"),
    // The byte count says less than there are bytes: what lies behind it is no register for us.
    ("zeek--4sics", "bytes behind the byte count"),
    // Bits were turned over in sequence numbers and lengths: behind the first hole each reads what it can find.
    ("fuzz-72", "holes in the stream"),
    ("fuzz-1011", "holes in the stream"),
];

#[test]
fn fields_agree_with_tshark() {
    if Command::new("tshark").arg("--version").output().is_err() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut agreed, mut apart, mut unexplained, mut list) = (0, 0, 0, Vec::new());
    for capture in captures() {
        let name = capture.file_stem().unwrap().to_string_lossy().into_owned();
        let capture = shortened(&capture, folder.path());
        let (ours, servers) = ours(&capture);
        let theirs = tshark(&capture, &servers);
        for key in ours.keys().chain(theirs.keys()).collect::<BTreeSet<_>>() {
            let [have, want] = [&ours, &theirs].map(|fields| fields.get(key).copied().unwrap_or(0));
            agreed += have.min(want);
            if have != want {
                let why = KNOWN.iter().find(|(known, _)| name.contains(known)).map_or("", |(_, why)| why);
                apart += have.abs_diff(want);
                unexplained += if why.is_empty() { have.abs_diff(want) } else { 0 };
                list.push(format!("{name} {} {}: {have}, {want} {why}", key.0, key.1));
            }
        }
    }
    println!("{agreed} fields agree, {apart} do not: {list:#?}");
    assert!(agreed > 300, "only {agreed} fields compared");
    // Our own captures alone are few, and full of what only one of the two can tell.
    let counted = if agreed > 10_000 { apart } else { unexplained };
    assert!(counted * 1000 <= agreed, "{agreed} fields agree, {apart} do not: {list:#?}");
}

fn captures() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || repository.join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let own = repository.join("pcaps").read_dir().unwrap().flatten().map(|entry| entry.path());
    // Other carriers than TCP have other dissectors.
    let is_own = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("modbus-") && name != "modbus-carriers.pcapng"
    };
    let others = shared.join("modbus").read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut captures: Vec<PathBuf> = own.filter(is_own).chain(others).collect();
    captures.sort();
    captures
}

/// The capture, or its beginning where it is long.
fn shortened(capture: &Path, folder: &Path) -> PathBuf {
    if capture.metadata().unwrap().len() < LONG {
        return capture.to_owned();
    }
    let short = folder.join(capture.file_name().unwrap());
    let mut command = Command::new("tshark");
    command.arg("-r").arg(capture).args(["-c", MAX_FRAMES, "-w"]).arg(&short);
    assert!(command.output().unwrap().status.success());
    short
}

fn add(fields: &mut Fields, name: &'static str, value: &impl ToString) {
    *fields.entry((name, value.to_string())).or_default() += 1;
}

/// Our fields, and the ports of servers.
fn ours(capture: &Path) -> (Fields, BTreeSet<u64>) {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--every-operation", "--events", "-"]).arg(capture).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let events = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let (mut fields, mut servers) = (Fields::new(), BTreeSet::new());
    for event in events.filter(|event| event["event_type"] == "operation" && event["protocol"] == "modbus") {
        // Messages without an MBAP header are no Modbus/TCP.
        if !event["transaction"].is_null() {
            servers.insert(event["server"]["port"].as_u64().unwrap());
            our_operation(&event, &mut fields);
        }
    }
    (fields, servers)
}

fn our_operation(event: &Value, fields: &mut Fields) {
    let function = event["function"]["code"].as_u64().unwrap();
    let message = format!("{} {} {function}", event["transaction"], event["unit"]);
    let (asked, answered) = (event["request_seen"] == true, event["response_seen"] == true);
    if asked {
        add(fields, "request", &message);
    }
    if answered {
        add(fields, "response", &message);
    }
    if event["error"].is_object() && function != 90 {
        add(fields, "exception", &event["error"]["code"]);
    }
    if asked && let (8 | 43, Some(subfunction)) = (function, event["function"]["subfunction"].as_u64()) {
        add(fields, "subfunction", &subfunction);
    }
    let single = [event.clone()];
    let items = event["items"].as_array().map_or(&single[..], Vec::as_slice);
    for (i, item) in items.iter().enumerate() {
        our_item(function, i, item, asked, fields);
    }
}

fn our_item(function: u64, index: usize, item: &Value, asked: bool, fields: &mut Fields) {
    let values = item["values"].as_array().map_or(&[][..], Vec::as_slice);
    if let Some(id) = item["object"]["name"].as_str().and_then(|name| name.strip_prefix("object_")) {
        // The last part of an identification has the objects of the others again: each counts once.
        for value in values {
            fields.insert(("object", format!("{id} {}", value.as_str().unwrap())), 1);
        }
    }
    for name in ["count", "diagnostic_register"] {
        if let Some(count) = values.first().and_then(|value| value[name].as_u64()) {
            add(fields, "counter", &count);
        }
    }
    let (Some(address), Some(quantity)) = (item["object"]["address"].as_u64(), item["object"]["quantity"].as_u64())
    else {
        return;
    };
    if !asked {
        return;
    }
    let way = match (function, index) {
        (23, 0) => "write ",
        (23, _) => "read ",
        _ => "",
    };
    add(fields, "address", &format!("{way}{address}"));
    if !matches!(function, 5 | 6 | 22 | 24) {
        add(fields, "quantity", &format!("{way}{quantity}"));
    }
    for (i, value) in (address..).zip(values) {
        let value = value.as_u64().unwrap_or_else(|| u64::from(*value == true));
        match function {
            22 => add(fields, "mask", &value),
            24 => {}
            _ => add(fields, "value", &format!("{i} = {value}")),
        }
    }
}

fn tshark(capture: &Path, servers: &BTreeSet<u64>) -> Fields {
    let mut command = Command::new("tshark");
    command
        .args(["-T", "json", "--no-duplicate-keys", "-Y", "mbtcp", "-J", "frame tcp mbtcp modbus", "-r"])
        .arg(capture);
    let ports: Vec<String> = servers.iter().chain([&502]).map(u64::to_string).collect();
    command.args(["-o", &format!("mbtcp.tcp.port:{}", ports.join(","))]);
    // Told to put segments in order, tshark waits at a hole for ever.
    let has_holes = capture.to_string_lossy().contains("fuzz");
    command.args(["-o", &format!("tcp.reassemble_out_of_order:{}", if has_holes { "FALSE" } else { "TRUE" })]);
    let output = command.output().unwrap().stdout;
    let packets: Vec<Value> = serde_json::from_slice(&output).unwrap_or_default();
    let (mut fields, mut asked) = (Fields::new(), Asked::new());
    for layers in packets.iter().map(|packet| &packet["_source"]["layers"]) {
        let frame = number(&layers["frame"]["frame.number"]).unwrap();
        let to = number(&layers["tcp"]["tcp.dstport"]).unwrap_or(0);
        for (header, message) in each(&layers["mbtcp"]).iter().zip(each(&layers["modbus"])) {
            their_message(frame, servers.contains(&to), header, message, &mut fields, &mut asked);
        }
    }
    fields
}

fn each(value: &Value) -> &[Value] {
    value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice)
}

/// tshark writes numbers in decimal or hexadecimal.
fn number(value: &Value) -> Option<u64> {
    let text = value.as_str()?;
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

/// One message of tshark's.
#[derive(Clone, Copy)]
struct Message<'a>(&'a Value);

impl Message<'_> {
    fn field(self, name: &str) -> Option<u64> {
        number(&self.0[&format!("modbus.{name}")])
    }

    /// Data that has no registers of its own.
    fn data(self) -> Vec<u8> {
        bytes(&self.0["modbus.data"])
    }

    fn words(self) -> Vec<u64> {
        self.data().chunks_exact(2).map(|word| u64::from(word[0]) << 8 | u64::from(word[1])).collect()
    }
}

fn their_message(frame: u64, request: bool, header: &Value, message: &Value, fields: &mut Fields, asked: &mut Asked) {
    let message = Message(message);
    let (Some(transaction), Some(unit)) = (number(&header["mbtcp.trans_id"]), number(&header["mbtcp.unit_id"])) else {
        return;
    };
    // Some versions leave the bit that marks an exception in.
    let Some(function) = message.field("func_code").map(|code| code & 0x7f) else { return };
    add(fields, if request { "request" } else { "response" }, &format!("{transaction} {unit} {function}"));
    if let Some(code) = message.field("exception_code") {
        add(fields, "exception", &code);
    } else if request {
        asked.insert((frame, transaction), their_request(function, message, fields));
    } else {
        let request = message.field("request_frame").and_then(|frame| asked.get(&(frame, transaction)));
        their_response(request, message, fields);
    }
}

/// Function, first address that is read, and quantity.
fn their_request(function: u64, message: Message<'_>, fields: &mut Fields) -> (u64, u64, u64) {
    let named = |names: &[(&'static str, &'static str)]| -> Vec<String> {
        names.iter().filter_map(|(name, way)| Some(format!("{way}{}", message.field(name)?))).collect()
    };
    let addresses = [("reference_num", ""), ("read_reference_num", "read "), ("write_reference_num", "write ")];
    let quantities = [("word_cnt", ""), ("bit_cnt", ""), ("read_word_cnt", "read "), ("write_word_cnt", "write ")];
    named(&addresses).iter().for_each(|address| add(fields, "address", address));
    named(&quantities).iter().for_each(|quantity| add(fields, "quantity", quantity));
    named(&[("diagnostic_code", ""), ("mei", "")]).iter().for_each(|sub| add(fields, "subfunction", sub));
    named(&[("and_mask", ""), ("or_mask", "")]).iter().for_each(|mask| add(fields, "mask", mask));
    let bits = message.field("bit_cnt");
    for (address, value) in their_written(function, message) {
        add(fields, "value", &format!("{address} = {value}"));
    }
    let first = message.field("reference_num").or(message.field("read_reference_num")).unwrap_or(0);
    (function, first, message.field("word_cnt").or(bits).or(message.field("read_word_cnt")).unwrap_or(0))
}

/// What is written where: some functions have registers of their own, others bytes.
fn their_written(function: u64, message: Message<'_>) -> Vec<(u64, u64)> {
    let address = message.field("write_reference_num").or(message.field("reference_num")).unwrap_or(0);
    let bits = message.field("bit_cnt").map_or(usize::MAX, |count| usize::try_from(count).unwrap());
    let named = values(message.0);
    match function {
        5 => vec![(address, u64::from(message.data() == [0xff, 0]))],
        6 | 23 => (address..).zip(message.words()).collect(),
        15 if named.is_empty() => {
            let data = message.data();
            let coils = data.iter().flat_map(|byte| (0..8).map(move |bit| u64::from(byte >> bit & 1)));
            (address..).zip(coils).take(bits).collect()
        }
        _ => named.into_iter().take(bits).collect(),
    }
}

/// What answers no request that tshark found has no addresses.
fn their_response(request: Option<&(u64, u64, u64)>, message: Message<'_>, fields: &mut Fields) {
    for name in DIAGNOSTIC_COUNTERS {
        message.field(&format!("diagnostic.{name}")).iter().for_each(|count| add(fields, "counter", count));
    }
    objects(message.0, fields);
    let read: Vec<(u64, u64)> = match request {
        Some((1..=4, _, quantity)) => values(message.0).into_iter().take(usize::try_from(*quantity).unwrap()).collect(),
        Some((23, first, _)) => (*first..).zip(message.words()).collect(),
        _ => Vec::new(),
    };
    for (address, value) in read {
        add(fields, "value", &format!("{address} = {value}"));
    }
}

const DIAGNOSTIC_COUNTERS: [&str; 9] = [
    "return_diag_register",
    "bus_message_count",
    "bus_comm_error_count",
    "bus_exception_error_count",
    "slave_message_count",
    "no_slave_response_count",
    "slave_nak_count",
    "slave_busy_count",
    "bus_char_overrun_count",
];

/// Registers and bits with their numbers, in the order of these.
fn values(message: &Value) -> Vec<(u64, u64)> {
    let parts = message.as_object().into_iter().flatten().flat_map(|(_, part)| each(part));
    let mut values: Vec<(u64, u64)> = parts
        .filter_map(|part| {
            let address = number(&part["modbus.regnum16"]).or_else(|| number(&part["modbus.bitnum"]))?;
            Some((address, number(&part["modbus.regval_uint16"]).or_else(|| number(&part["modbus.bitval"]))?))
        })
        .collect();
    values.sort_unstable();
    values
}

/// `01:ff` as bytes.
fn bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap_or_default();
    text.split(':').filter_map(|digits| u8::from_str_radix(digits, 16).ok()).collect()
}

fn objects(message: &Value, fields: &mut Fields) {
    let parts = message["Objects"].as_object().into_iter().flatten();
    for (_, object) in parts {
        let text = object["modbus.object_str_value"].as_str().map(str::to_owned);
        let text = text.unwrap_or_else(|| String::from_utf8_lossy(&bytes(&object["modbus.object_value"])).into_owned());
        if let Some(id) = number(&object["modbus.object_id"]) {
            fields.insert(("object", format!("{id} {text}")), 1);
        }
    }
}
