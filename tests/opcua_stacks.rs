//! OPC UA as two independent stacks speak it: `tests/lab/opcua/stacks.py` recorded asyncua and node-opcua.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::BTreeSet;

use common::{capture, lines, run};
use serde_json::{Value, json};

const ASYNCUA: u64 = 48400;
const NODE_OPCUA: u64 = 48410;

fn events() -> Vec<Value> {
    let capture = capture("opcua-stacks.pcapng");
    lines(&run(&["replay", &capture.to_string_lossy(), "--every-operation", "--events", "-"]))
}

fn operations<'a>(events: &'a [Value], server: u64, name: &str) -> Vec<&'a Value> {
    let is_it = |event: &&Value| event["function"]["name"] == name && event["server"]["port"] == server;
    events.iter().filter(is_it).collect()
}

fn steps<'a>(events: &'a [Value], step: &str) -> Vec<&'a Value> {
    events.iter().map(|event| &event["session"]).filter(|session| session["step"] == step).collect()
}

/// Node, name, old and new value, user and outcome of an operation on one node.
fn told(operation: &Value) -> Value {
    let (object, sample) = (&operation["object"], &operation["sample"]);
    let value = &operation["values"][0];
    json!([object["node"], object["name"], sample["old"], value, operation["channel"]["user"], operation["outcome"]])
}

#[test]
fn a_value_written_by_either_stack_is_told_with_node_name_old_and_new_value_user_and_outcome() {
    let events = events();
    let writes: Vec<Value> = operations(&events, ASYNCUA, "write").into_iter().map(told).collect();
    let by_asyncua = json!(["ns=2;s=Line.Speed", "Speed", 100.0, 120.5, "mes", "accepted"]);
    let by_node_opcua = json!(["ns=2;s=Line.Speed", "Speed", 71.0, 88.5, "panel", "accepted"]);
    assert!(writes.contains(&by_asyncua) && writes.contains(&by_node_opcua), "{writes:#?}");
    let refused = json!(["ns=2;s=Line.Missing", null, null, 1.0, "mes", "refused"]);
    assert!(writes.contains(&refused), "{writes:#?}");
    let [write] = &*operations(&events, NODE_OPCUA, "write") else { panic!("one write to the oven") };
    assert_eq!(told(write), json!(["ns=1;s=Oven.Heat", "Heat", 180.0, 230.0, "anonymous", "accepted"]));
    assert_eq!(write["object"]["path"], "/Objects/1:Oven/1:Heat");
}

/// The sids of rules that speak.
fn spoken(rules: &str) -> BTreeSet<u64> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("opcua.rules");
    std::fs::write(&file, rules).unwrap();
    let capture = capture("opcua-stacks.pcapng");
    let alerts =
        lines(&run(&["replay", &capture.to_string_lossy(), "--rules", &file.to_string_lossy(), "--alerts", "-"]));
    alerts.iter().filter_map(|alert| alert["sid"].as_u64()).collect()
}

#[test]
fn rules_ask_for_service_node_method_policy_status_and_user() {
    let rules = [
        (r#"opcua.service:write; opcua.node:"ns=2;s=Line.Speed"; opcua.user:mes"#, true),
        (r#"opcua.service:write; opcua.node:Speed; opcua.user:!mes, panel"#, false),
        ("opcua.service:673; opcua.node:/Objects/*/*:Heat; opcua.user:anonymous", true),
        (r#"opcua.service:write; opcua.node:"*"/access_level"#, false),
        ("opcua.service:write; opcua.status:BadNodeIdUnknown", true),
        ("opcua.service:activate_session; opcua.status:bad; opcua.user:mes", true),
        ("opcua.service:activate_session; opcua.status:bad; opcua.user:panel", false),
        ("opcua.method:*; opcua.status:good", true),
        ("opcua.method:Shutdown", false),
        ("opcua.service:write; opcua.policy:Basic256Sha256/sign", true),
        ("opcua.service:write; opcua.policy:*/sign_and_encrypt", false),
        ("opcua.service:publish; opcua.node:Level; opcua.policy:None", true),
    ];
    let text: String = (1..)
        .zip(&rules)
        .map(|(sid, (keywords, _))| format!("alert opcua any any -> any any (msg:\"{sid}\"; {keywords}; sid:{sid};)\n"))
        .collect();
    let spoken = spoken(&text);
    for (sid, (keywords, speaks)) in (1..).zip(&rules) {
        assert_eq!(spoken.contains(&sid), *speaks, "{keywords}: {spoken:?}");
    }
}

/// The four ways in which a value is changed or told, side by side.
#[test]
fn every_way_of_writing_is_told_alike() {
    let events = events();
    let all: Vec<Value> = [(ASYNCUA, "write"), (NODE_OPCUA, "write"), (ASYNCUA, "publish")]
        .into_iter()
        .flat_map(|(server, name)| operations(&events, server, name))
        .map(told)
        .collect();
    for want in [
        json!(["ns=2;s=Line.Speed", "Speed", 100.0, 120.5, "mes", "accepted"]),
        json!(["ns=1;s=Oven.Heat", "Heat", 180.0, 230.0, "anonymous", "accepted"]),
        json!(["ns=2;s=Line.Speed", "Speed", 120.5, 64.25, "panel", "accepted"]),
    ] {
        assert!(all.contains(&want), "{want} in {all:#?}");
    }
    let recipe = all.iter().find(|told| told[0] == "ns=2;s=Line.Recipe").expect("written in three chunks");
    let new = recipe[3].as_array().expect("a list").len();
    assert_eq!(
        (&recipe[1], new, &recipe[4], &recipe[5]),
        (&json!("Recipe"), 2500, &json!("panel"), &json!("accepted"))
    );
}

#[test]
fn a_value_inside_a_message_of_three_chunks_is_told() {
    let events = events();
    let recipe = |write: &&&Value| write["object"]["node"] == "ns=2;s=Line.Recipe";
    let writes = operations(&events, ASYNCUA, "write");
    let write = writes.iter().find(recipe).expect("the recipe was written");
    let values = write["values"][0].as_array().unwrap();
    assert_eq!((values.len(), &values[2499], &write["channel"]["user"]), (2500, &json!(2499.5), &json!("panel")));
    assert_eq!((&write["outcome"], &write["object"]["name"]), (&json!("accepted"), &json!("Recipe")));
    let connection: Vec<_> = events
        .iter()
        .filter(|event| event["flow_id"] == write["flow_id"] && event["session"]["step"] == "opcua_close")
        .collect();
    let client = &connection.last().expect("the connection ended")["session"]["client"];
    let (chunks, messages) = (client["chunks"].as_u64().unwrap(), client["messages"].as_u64().unwrap());
    assert_eq!(chunks, messages + 2, "one message of three chunks");
}

#[test]
fn a_value_in_a_notification_is_told_with_what_it_replaces() {
    let events = events();
    let notified: Vec<Value> = operations(&events, ASYNCUA, "publish").into_iter().map(told).collect();
    let speed = json!(["ns=2;s=Line.Speed", "Speed", 120.5, 64.25, "panel", "accepted"]);
    let level = json!(["ns=2;s=Line.Level", "Level", 53.0, 12.75, "panel", "accepted"]);
    assert!(notified.contains(&speed) && notified.contains(&level), "{notified:#?}");
}

#[test]
fn calls_history_and_node_management_are_told_with_their_arguments() {
    let events = events();
    let calls: Vec<Value> =
        operations(&events, ASYNCUA, "call").into_iter().map(|call| call["values"].clone()).collect();
    assert_eq!(calls, [json!([33.0, { "output": [true] }]), json!([-1.0, { "output": [false] }])]);
    let [history] = &*operations(&events, ASYNCUA, "history_read") else { panic!("one reading of history") };
    assert_eq!(history["object"]["node"], "ns=2;s=Line.Level");
    assert!(history["values"][1].to_string().contains("53.0"), "{}", history["values"]);
    let [added] = &*operations(&events, ASYNCUA, "add_nodes") else { panic!("one node added") };
    assert!(added.to_string().contains("ns=2;s=Rogue"), "{added}");
    let [deleted] = &*operations(&events, ASYNCUA, "delete_nodes") else { panic!("one node deleted") };
    assert_eq!(deleted["object"]["node"], "ns=2;s=Rogue");
}

#[test]
fn sessions_tell_who_logged_on_and_how_and_secrets_stay_secret() {
    let events = events();
    let logons: Vec<Value> = steps(&events, "opcua_activate_session")
        .into_iter()
        .map(|step| json!([step["token"], step["user_name"], step["accepted"]]))
        .collect();
    for want in [
        json!(["user_name", "mes", true]),
        json!(["user_name", "mes", false]),
        json!(["user_name", "panel", true]),
        json!(["anonymous", null, true]),
    ] {
        assert!(logons.contains(&want), "{want} in {logons:#?}");
    }
    let all = events.iter().map(Value::to_string).collect::<String>();
    assert!(!all.contains("shift-7") && !all.contains("shift-8") && !all.contains("guess"));
}

#[test]
fn a_signed_channel_is_read_and_an_encrypted_one_says_that_it_is() {
    let events = events();
    let signed = |write: &&Value| write["channel"]["mode"] == "sign";
    let write = operations(&events, ASYNCUA, "write").into_iter().find(signed).expect("a signed write");
    assert_eq!(told(write), json!(["ns=2;s=Line.Speed", "Speed", 64.25, 71.0, "mes", "accepted"]));
    assert_eq!(write["channel"]["policy"], "Basic256Sha256");
    let openings = steps(&events, "opcua_open_channel");
    let certified: Vec<_> = openings.iter().filter(|open| !open["server_certificate"].is_null()).collect();
    assert_eq!(certified.len(), 2);
    for open in certified {
        let (client, server) = (&open["client_certificate"], &open["server_certificate"]);
        assert_eq!(
            (&client["application_uri"], &server["application_uri"]),
            (&json!("urn:bottling:mes"), &json!("urn:bottling:server"))
        );
        assert_eq!(
            (&server["key"], &server["key_bits"], &server["self_signed"]),
            (&json!("rsa"), &json!(2048), &json!(true))
        );
        // Each side names the other's certificate by what its bytes hash to.
        assert_eq!(
            (&open["server_thumbprint"], &open["client_thumbprint"]),
            (&server["thumbprint"], &client["thumbprint"])
        );
    }
    let encrypted: Vec<_> =
        steps(&events, "opcua_close").into_iter().filter(|close| close["encrypted"] == true).collect();
    let [close] = &*encrypted else { panic!("one encrypted channel: {encrypted:#?}") };
    assert!(close["client"]["messages"].as_u64() > Some(3) && close["server"]["bytes"].as_u64() > Some(500));
}

#[test]
fn what_servers_are_and_offer_is_known() {
    let events = events();
    let facts: Vec<String> = events
        .iter()
        .filter(|event| event["event_type"] == "identity" && event["server"]["port"] == ASYNCUA)
        .map(|event| {
            format!("{} {}", event["identity"]["kind"].as_str().unwrap(), event["identity"]["value"].as_str().unwrap())
        })
        .collect();
    for want in [
        "vendor Maker",
        "product Line controller",
        "firmware 4.2.1",
        "build 77",
        "state running",
        "service_level healthy",
        "namespace urn:bottling:line",
        "application_uri urn:bottling:server",
        "security_offered None none",
        "security_offered Basic256Sha256 sign",
        "security_offered Basic256Sha256 sign_and_encrypt",
        "logon_offered anonymous",
        "logon_used user_name",
        "security_used Basic256Sha256 sign",
    ] {
        assert!(facts.iter().any(|fact| fact == want), "{want} in {facts:#?}");
    }
}

#[test]
fn nothing_of_two_sound_stacks_is_an_anomaly() {
    let anomalies: Vec<Value> = events().into_iter().filter(|event| event["event_type"] == "anomaly").collect();
    assert_eq!(anomalies, [] as [Value; 0]);
}
