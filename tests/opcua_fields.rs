//! OPC UA field by field against tshark's JSON: nodes, attributes, values, status codes, user names, URLs, browse names.
//!
//! Compared are the fields of all messages on channels of policy None, in our own capture of two stacks and, where they
//! are at hand, in captures from public repositories (see `shared_opcua.rs`). Without tshark nothing is compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// How often a field was seen with a value.
type Fields = BTreeMap<(&'static str, String), i64>;
/// Ports of client and server.
type Connection = (u64, u64);

/// Scalars whose values are compared; the others are shown in forms of their own on both sides.
const COMPARED: [&str; 12] =
    ["Boolean", "SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double", "String"];

#[test]
fn fields_agree_with_tshark() {
    if Command::new("tshark").arg("--version").output().is_err() {
        return;
    }
    let (mut agreed, mut differences) = (0, Vec::new());
    for capture in captures() {
        let ours = ours(&capture);
        let theirs = tshark(&capture, &ours.servers, &ours.secured);
        let name = capture.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let keys: BTreeSet<_> = ours.fields.keys().chain(theirs.keys()).cloned().collect();
        for key in keys {
            let [have, want] = [&ours.fields, &theirs].map(|fields| fields.get(&key).copied().unwrap_or(0));
            agreed += have.min(want);
            if have != want {
                differences.push((have.abs_diff(want), format!("{name} {} {}: {have}, {want}", key.0, key.1)));
            }
        }
    }
    let apart: u64 = differences.iter().map(|(fields, _)| fields).sum();
    let list: Vec<&String> = differences.iter().map(|(_, told)| told).collect();
    println!("{agreed} fields agree, {apart} do not: {list:#?}");
    assert!(agreed > 300, "only {agreed} fields compared");
    assert!(apart.saturating_mul(1000) <= agreed.unsigned_abs(), "{agreed} fields agree, {apart} do not: {list:#?}");
}

fn captures() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || repository.join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let entries = shared.join("opcua").read_dir().into_iter().flatten().flatten();
    let own = ["opcua-stacks", "opcua-services", "opcua-rust"];
    let own = own.iter().map(|name| repository.join("pcaps").join(name).with_extension("pcapng"));
    // What a fuzzer sent is read by each in its own way behind the first damage.
    let others = entries.map(|entry| entry.path()).filter(|path| !path.to_string_lossy().contains("boofuzz"));
    let mut captures: Vec<PathBuf> = own.chain(others).collect();
    captures.sort();
    captures
}

fn add(fields: &mut Fields, name: &'static str, value: String) {
    *fields.entry((name, value)).or_default() += 1;
}

/// Services whose values are told with their types.
fn has_samples(service: &str) -> bool {
    matches!(service, "ReadResponse" | "WriteRequest" | "PublishResponse")
}

/// A compared value in one way of writing it: numbers as numbers, lists one by one.
fn add_value(fields: &mut Fields, value: &Value) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| add_value(fields, value)),
        Value::Bool(is) => add(fields, "value", short(f64::from(u8::from(*is)))),
        // tshark shows six digits of a Float and of a Double.
        Value::Number(number) => add(fields, "value", short(number.as_f64().unwrap_or(f64::NAN))),
        Value::String(text) => add(fields, "value", text.parse().map_or_else(|_| text.clone(), short)),
        _ => {}
    }
}

fn short(number: f64) -> String {
    format!("{number:.4e}")
}

#[derive(Default)]
struct Ours {
    fields: Fields,
    servers: BTreeSet<u64>,
    secured: BTreeSet<Connection>,
}

fn ours(capture: &Path) -> Ours {
    let mut replay = Command::new(env!("CARGO_BIN_EXE_fengsui"));
    let output = replay.args(["replay", "--every-operation", "--events", "-"]).arg(capture).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let events: Vec<Value> =
        String::from_utf8_lossy(&text).lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let mut ours = Ours::default();
    for event in events.iter().filter(|event| event["protocol"] == "opcua") {
        ours.servers.insert(event["server"]["port"].as_u64().unwrap_or(0));
        let policy = event["session"]["policy_uri"].as_str().unwrap_or("#None");
        if !policy.ends_with("#None") {
            ours.secured.insert(connection(event));
        }
    }
    for event in events.iter().filter(|event| !ours.secured.contains(&connection(event))) {
        match event["event_type"].as_str() {
            Some("operation") => our_operation(event, &mut ours.fields),
            Some("session") => our_session(&event["session"], &mut ours.fields),
            _ => {}
        }
    }
    ours
}

fn connection(event: &Value) -> Connection {
    let port = |side: &str| event[side]["port"].as_u64().unwrap_or(0);
    (port("client"), port("server"))
}

fn our_operation(event: &Value, fields: &mut Fields) {
    let name = event["function"]["name"].as_str().unwrap_or_default();
    let single = [event.clone()];
    let items = event["items"].as_array().map_or(&single[..], Vec::as_slice);
    for item in items {
        our_item(name, item, fields);
    }
    // An ERR that took the answer's place is no status of a service.
    if event["response_seen"] != true {
        return;
    }
    let failed = items.iter().filter(|item| item["error"].is_object());
    let codes: Vec<u64> = failed.filter_map(|item| item["error"]["code"].as_u64()).collect();
    let whole = event["error"]["code"].as_u64().filter(|_| codes.is_empty());
    for code in codes.iter().copied().chain(whole) {
        add(fields, "status", format!("{code:#010x}"));
    }
}

fn our_item(name: &str, item: &Value, fields: &mut Fields) {
    let node = item["object"]["node"].as_str().filter(|_| name != "publish" && name != "browse_next");
    if let Some(node) = node.filter(|_| matches!(name, "read" | "write" | "browse" | "create_monitored_items")) {
        add(fields, "node", format!("{node} {}", item["object"]["attribute"]));
    }
    let values = item["values"].as_array().map_or(&[][..], Vec::as_slice);
    let kind = item["sample"]["type"].as_str().unwrap_or_default().trim_end_matches("[]");
    if COMPARED.contains(&kind) {
        values.iter().for_each(|value| add_value(fields, value));
    }
    for value in values {
        if name.starts_with("browse")
            && let Some(reference) = value["browse_name"].as_str()
        {
            add(fields, "browse name", reference.to_owned());
        }
        if let Some(url) = value["url"].as_str().filter(|_| matches!(name, "get_endpoints" | "create_session")) {
            add(fields, "url", url.to_owned());
        }
    }
    if let Some(url) = item["object"]["name"].as_str().filter(|url| name == "get_endpoints" && !url.is_empty()) {
        add(fields, "url", url.to_owned());
    }
}

fn our_session(session: &Value, fields: &mut Fields) {
    let url = || session["endpoint_url"].as_str().unwrap_or_default().to_owned();
    match session["step"].as_str() {
        Some("opcua_hello" | "opcua_create_session") if !url().is_empty() => add(fields, "url", url()),
        Some("opcua_activate_session") => {
            if let Some(user) = session["user_name"].as_str() {
                add(fields, "user", user.to_owned());
            }
        }
        _ => {}
    }
}

fn tshark(capture: &Path, servers: &BTreeSet<u64>, secured: &BTreeSet<Connection>) -> Fields {
    let mut command = Command::new("tshark");
    command.args(["-T", "json", "--no-duplicate-keys", "-Y", "opcua", "-J", "tcp opcua", "-r"]).arg(capture);
    for port in servers {
        command.args(["-d", &format!("tcp.port=={port},opcua")]);
    }
    let output = command.output().map(|output| output.stdout).unwrap_or_default();
    let packets: Vec<Value> = serde_json::from_slice(&output).unwrap_or_default();
    let mut fields = Fields::new();
    for layers in packets.iter().map(|packet| &packet["_source"]["layers"]) {
        let port = |name: &str| layers["tcp"][name].as_str().and_then(|port| port.parse().ok()).unwrap_or(0);
        let (from, to) = (port("tcp.srcport"), port("tcp.dstport"));
        if !secured.contains(&(from, to)) && !secured.contains(&(to, from)) {
            walk(&layers["opcua"], "", "", &mut fields);
        }
    }
    fields
}

/// `service` is the message around, `part` the structure around.
fn walk(value: &Value, service: &str, part: &str, fields: &mut Fields) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| walk(value, service, part, fields)),
        Value::Object(inner) => {
            their_part(value, service, part, fields);
            for (key, value) in inner {
                let kind = key.rsplit(": ").next().unwrap_or_default();
                let is_message = kind.ends_with("Request") || kind.ends_with("Response") || kind == "ServiceFault";
                // Headers say nothing that is compared but the result; event fields and arguments have no sample.
                let service = if is_message && service.is_empty() { kind } else { service };
                let is_header = matches!(kind, "RequestHeader" | "DiagnosticInfo" | "EventNotificationList");
                // A value's own structure is not the message's.
                if !is_header && part != "Variant" {
                    walk(value, service, kind, fields);
                }
            }
        }
        _ => {}
    }
}

fn their_part(value: &Value, service: &str, part: &str, fields: &mut Fields) {
    if part == "Variant" {
        if has_samples(service) {
            their_value(value, fields);
        }
        return;
    }
    let texts = |name: &str| -> Vec<String> {
        let found = &value[name];
        let many = found.as_array().map_or(std::slice::from_ref(found), Vec::as_slice);
        many.iter().filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    match part {
        "ReadValueId" | "WriteValue" => {
            let attribute = texts("opcua.AttributeId").pop().unwrap_or_default();
            let attribute = u32::from_str_radix(attribute.trim_start_matches("0x"), 16).unwrap_or(0);
            add(fields, "node", format!("{} {attribute}", their_node(&value["NodeId: NodeId"])));
        }
        "BrowseDescription" => add(fields, "node", format!("{} 0", their_node(&value["NodeId: NodeId"]))),
        "QualifiedName" if service.starts_with("Browse") => {
            let [number, name] = ["opcua.qualname.Id", "opcua.qualname.Name"].map(|name| texts(name).concat());
            let name = if number == "0" { name } else { format!("{number}:{name}") };
            add(fields, "browse name", name);
        }
        _ => {}
    }
    let urls = texts("opcua.EndpointUrl").into_iter().chain(texts("opcua.transport.endpoint"));
    urls.filter(|url| !url.is_empty()).for_each(|url| add(fields, "url", url));
    texts("opcua.UserName").into_iter().for_each(|user| add(fields, "user", user));
    if service.ends_with("Response") || service == "ServiceFault" {
        let statuses = ["opcua.StatusCode", "opcua.Results", "opcua.ServiceResult"].into_iter().flat_map(texts);
        // Good is not told.
        for status in statuses.filter(|status| !status.starts_with("0x0")) {
            add(fields, "status", status);
        }
    }
}

fn their_node(node: &Value) -> String {
    let text = |name: &str| node[name].as_str();
    let namespace = text("opcua.nodeid.nsindex").filter(|number| *number != "0");
    let id =
        [("i", "numeric"), ("s", "string"), ("g", "guid"), ("b", "bytestring")].into_iter().find_map(|(kind, name)| {
            let id = text(&format!("opcua.nodeid.{name}"))?;
            Some(format!("{kind}={id}"))
        });
    let prefix = namespace.map(|number| format!("ns={number};")).unwrap_or_default();
    prefix + &id.unwrap_or_default()
}

/// A scalar, or a list of them.
fn their_value(variant: &Value, fields: &mut Fields) {
    for kind in COMPARED {
        let (key, list) = (format!("opcua.{kind}"), format!("{kind}: Array of {kind}"));
        for found in [&variant[&key], &variant[&list][&key]] {
            add_value(fields, found);
        }
    }
}
