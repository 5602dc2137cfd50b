//! Fields of S7comm as our events tell them, in one way of writing.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::{Fields, add};

const READ: u64 = 4;
const WRITE: u64 = 5;
/// Jobs that name the file they move.
const NAMES_FILE: [u64; 4] = [0x1a, 0x1b, 0x1c, 0x1d];

pub fn fields(capture: &Path) -> Fields {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--every-operation", "--events", "-"]).arg(capture).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let mut fields = Fields::new();
    for line in String::from_utf8_lossy(&text).lines() {
        let event: Value = serde_json::from_str(line).unwrap_or_default();
        if event["protocol"] != "s7comm" {
            continue;
        }
        match event["event_type"].as_str() {
            Some("operation") => operation(&event, &mut fields),
            Some("session") if event["session"]["step"] == "s7_setup" => setup(&event["session"], &mut fields),
            _ => {}
        }
    }
    fields
}

/// Limits asked for, and the length granted.
fn setup(session: &Value, fields: &mut Fields) {
    for name in ["max_jobs_calling", "max_jobs_called", "pdu_length"] {
        add(fields, "setup", format!("{name} {}", session[name]));
    }
}

fn operation(event: &Value, fields: &mut Fields) {
    let function = &event["function"];
    let code = function["code"].as_u64().unwrap_or(0);
    let items = items(event);
    if let Some(error) = event["error"]["code"].as_u64().filter(|error| *error > 0xff) {
        add(fields, "error", format!("{error:#06x}"));
    }
    match (function["rosctr"] == "userdata", code) {
        (true, _) => userdata(event, function, &items, fields),
        (false, READ | WRITE) => variables(event, &items, code == READ, fields),
        (false, 0x28 | 0x29) => service(event, function, &items, fields),
        (false, code) if NAMES_FILE.contains(&code) && event["request_seen"] == true => file(&items, code, fields),
        _ => {}
    }
}

fn items(event: &Value) -> Vec<Value> {
    let one = || serde_json::json!({ "object": event["object"], "values": event["values"] });
    match event["items"].as_array() {
        Some(items) => items.clone(),
        None if event["request_seen"] != true && event["function"]["code"] == WRITE => vec![one()],
        None if event["object"].is_null() && event["values"].as_array().is_none_or(Vec::is_empty) => Vec::new(),
        None => vec![one()],
    }
}

fn variables(event: &Value, items: &[Value], reads: bool, fields: &mut Fields) {
    let failed = |item: &Value| item["error"]["code"].as_u64();
    // A single item's error is the operation's.
    let whole = event["error"]["code"].as_u64().filter(|code| *code <= 0xff);
    let refused = event["outcome"] == "refused" && whole.is_none();
    for item in items {
        if event["request_seen"] == true {
            add(fields, "address", address(&item["object"]));
        }
        let code = failed(item).or(whole.filter(|_| items.len() == 1));
        if event["response_seen"] == true && !refused {
            add(fields, "code", format!("{:#04x}", code.unwrap_or(0xff)));
        }
        let has_data = if reads { event["response_seen"] == true } else { event["request_seen"] == true };
        if has_data && (!reads || code.is_none()) && !refused {
            add(fields, "value", value(item));
        }
    }
}

/// Area, data block, place, transport size and count, as numbers where they are numbers on the wire.
fn address(object: &Value) -> String {
    let number = |name: &str| object[name].as_u64().unwrap_or(0);
    let size = object["transport_size"].as_str().unwrap_or_default();
    let (area, db, byte, bit) = (number("area_code"), number("db"), number("byte"), number("bit"));
    format!("{area:#04x} {db} {byte}.{bit} {size} {}", number("quantity"))
}

fn value(item: &Value) -> String {
    let object = &item["object"];
    let place = if object.is_null() { String::new() } else { address(object) };
    let real = object["transport_size"] == "REAL";
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        // A single's own digits.
        Value::Number(number) if real || number.is_f64() => number.as_f64().map(single).unwrap_or_default(),
        other => other.to_string(),
    };
    let values: Vec<String> = item["values"].as_array().into_iter().flatten().map(text).collect();
    format!("{place} = {}", values.join(","))
}

#[allow(clippy::cast_possible_truncation, reason = "it was one on the wire")]
fn single(value: f64) -> String {
    (value as f32).to_string()
}

fn service(event: &Value, function: &Value, items: &[Value], fields: &mut Fields) {
    if event["request_seen"] != true {
        return;
    }
    let name = function["service"].as_str().unwrap_or_default();
    let blocks = items.iter().filter_map(|item| item["object"]["file"].as_str());
    add(fields, "service", format!("{name} {}", blocks.collect::<Vec<_>>().join(" ")).trim().to_owned());
}

fn file(items: &[Value], code: u64, fields: &mut Fields) {
    let Some(item) = items.first() else { return };
    let object = &item["object"];
    add(fields, "file", object["file"].as_str().or(object["name"].as_str()).unwrap_or_default());
    if code == 0x1a {
        let lengths: Vec<String> = item["values"].as_array().into_iter().flatten().map(Value::to_string).collect();
        add(fields, "lengths", lengths.join(" "));
    }
}

fn userdata(event: &Value, function: &Value, items: &[Value], fields: &mut Fields) {
    let name = function["name"].as_str().unwrap_or_default();
    let (asked, answered) = (event["request_seen"] == true, event["response_seen"] == true);
    let values = |item: &Value| item["values"].as_array().cloned().unwrap_or_default();
    match name {
        "cyclic_transfer" => {
            for item in items {
                if asked {
                    add(fields, "address", address(&item["object"]));
                }
                // What comes by itself stands without its address on the wire.
                if answered {
                    add(fields, "code", format!("{:#04x}", item["error"]["code"].as_u64().unwrap_or(0xff)));
                }
            }
        }
        "read_szl" => items.iter().flat_map(values).for_each(|record| record_fields(function, &record, fields)),
        "get_block_info" => {
            if let Some(file) = items.first().and_then(|item| item["object"]["file"].as_str()).filter(|_| asked) {
                add(fields, "block asked", file);
            }
            items.iter().flat_map(values).for_each(|info| block_info(&info, fields));
        }
        "list_blocks_of_type" => {
            for block in items.iter().flat_map(values) {
                let language = block["language"].as_str().unwrap_or_default();
                add(fields, "block listed", format!("{} {} {language}", block["number"], block["flags"]));
            }
        }
        "list_blocks" => {
            for item in items {
                let kind = item["object"]["name"].as_str().unwrap_or_default();
                add(fields, "blocks counted", format!("{kind} {}", item["values"][0]));
            }
        }
        "message_service" => messages(items, asked, fields),
        "variable_status" | "modify_variable" | "force" if asked => {
            for object in items.iter().map(|item| &item["object"]).filter(|object| !object["area"].is_null()) {
                let number = |name: &str| object[name].as_u64().unwrap_or(0);
                let bit = if object["transport_size"] == "BIT" { number("bit") } else { 0 };
                add(fields, "watched", format!("{} {}.{bit} {}", number("db"), number("byte"), number("quantity")));
            }
        }
        _ => {}
    }
}

fn messages(items: &[Value], asked: bool, fields: &mut Fields) {
    let Some(told) = items.first().map(|item| &item["values"][0]).filter(|_| asked) else { return };
    let events = told["events"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let user = told["user"].as_str().unwrap_or_default();
    add(fields, "messages", format!("{} for {user}", events.collect::<Vec<_>>().join(" ")));
}

fn record_fields(function: &Value, record: &Value, fields: &mut Fields) {
    let list = function["szl_id"].as_u64().unwrap_or(0);
    // These tshark does not read.
    if matches!(list, 0x0232 | 0x00a0 | 0x0025) {
        return;
    }
    for (name, value) in
        record.as_object().into_iter().flatten().filter(|(name, _)| !matches!(name.as_str(), "rest" | "block"))
    {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        // Masks that tshark tells byte by byte.
        if matches!(name.as_str(), "funkt" | "zugtyp") {
            let byte = |i: usize| text.get(2 * i..2 * i + 2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let bytes = (0..text.len() / 2).filter_map(|i| Some((i, byte(i)?)));
            bytes.for_each(|(i, byte)| add(fields, "list", format!("{list:#06x} {name}_{i} {byte}")));
            continue;
        }
        add(fields, "list", format!("{list:#06x} {name} {text}"));
    }
}

fn block_info(info: &Value, fields: &mut Fields) {
    for (name, value) in info.as_object().into_iter().flatten() {
        let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        add(fields, "block", format!("{name} {text}"));
    }
}
