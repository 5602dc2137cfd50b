//! OPC UA beyond reading and writing, as independent stacks speak it: `tests/lab/opcua/services.py` recorded asyncua,
//! node-opcua and open62541 doing what `opcua_stacks` leaves out, and async-opcua's own integration tests were recorded.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{capture, lines, run};
use serde_json::{Value, json};

const ASYNCUA: u64 = 48400;
const OPEN62541: u64 = 48440;
/// node-opcua's server behind what breaks connections.
const NODE_OPCUA: u64 = 48441;

fn events(name: &str) -> Vec<Value> {
    lines(&run(&["replay", &capture(name).to_string_lossy(), "--every-operation", "--events", "-"]))
}

fn services() -> Vec<Value> {
    events("opcua-services.pcapng")
}

fn operations<'a>(events: &'a [Value], server: u64, name: &str) -> Vec<&'a Value> {
    let is_it = |event: &&Value| event["function"]["name"] == name && event["server"]["port"] == server;
    events.iter().filter(is_it).collect()
}

fn only<'a>(events: &'a [Value], server: u64, name: &str) -> &'a Value {
    let found = operations(events, server, name);
    assert_eq!(found.len(), 1, "{name}: {found:#?}");
    found[0]
}

/// Node, name, old and new value, user and outcome of an operation on one node.
fn told(operation: &Value) -> Value {
    let (object, sample) = (&operation["object"], &operation["sample"]);
    let value = &operation["values"][0];
    json!([object["node"], object["name"], sample["old"], value, operation["channel"]["user"], operation["outcome"]])
}

fn told_of(events: &[Value], server: u64, name: &str) -> Vec<Value> {
    operations(events, server, name).into_iter().map(told).collect()
}

#[test]
fn a_value_written_by_asyncua_is_told_whole() {
    let writes = told_of(&events("opcua-stacks.pcapng"), ASYNCUA, "write");
    assert!(writes.contains(&json!(["ns=2;s=Line.Speed", "Speed", 100.0, 120.5, "mes", "accepted"])), "{writes:#?}");
}

#[test]
fn a_value_written_by_node_opcua_is_told_whole() {
    let writes = told_of(&services(), ASYNCUA, "write");
    assert!(writes.contains(&json!(["ns=2;s=Line.Level", "Level", 50.0, 12.75, "panel", "accepted"])), "{writes:#?}");
}

#[test]
fn a_value_written_in_a_message_of_three_chunks_is_told_whole() {
    let events = services();
    let recipe = |write: &&&Value| write["object"]["node"] == "ns=2;s=Line.Recipe";
    let writes = operations(&events, ASYNCUA, "write");
    let [first, second] = &*writes.iter().filter(recipe).collect::<Vec<_>>() else { panic!("two recipes") };
    let list = |from: f64| (0..2500).map(|n| json!(from + f64::from(n))).collect::<Vec<_>>();
    assert_eq!(told(first), json!(["ns=2;s=Line.Recipe", "Recipe", null, list(0.5), "panel", "accepted"]));
    assert_eq!(told(second), json!(["ns=2;s=Line.Recipe", "Recipe", list(0.5), list(7.5), "panel", "accepted"]));
    let close = events
        .iter()
        .rfind(|event| event["flow_id"] == second["flow_id"] && event["session"]["step"] == "opcua_close")
        .expect("the connection ended");
    let client = &close["session"]["client"];
    assert_eq!(
        client["chunks"].as_u64().unwrap(),
        client["messages"].as_u64().unwrap() + 2,
        "one message of three chunks"
    );
}

#[test]
fn a_value_in_a_notification_is_told_whole() {
    let events = services();
    let notified = told_of(&events, OPEN62541, "publish");
    let speed = |old: f64, new: f64| json!(["ns=1;s=Speed", null, old, new, "anonymous", "accepted"]);
    // Nobody asked open62541 what the node is called.
    assert!(notified.contains(&speed(1.5, 2.5)) && notified.contains(&speed(2.5, 3.5)), "{notified:#?}");
    let notified = told_of(&events, ASYNCUA, "publish");
    assert!(
        notified.contains(&json!(["ns=2;s=Line.Level", "Level", 50.0, 12.75, "panel", "accepted"])),
        "{notified:#?}"
    );
}

#[test]
fn history_is_told_with_what_was_asked_for_what_came_and_what_was_changed() {
    let events = services();
    let reads = operations(&events, OPEN62541, "history_read");
    let (asked, came) = (&reads[0]["values"][0]["details"], &reads[0]["values"][1]);
    assert_eq!((&asked["type"], &asked["num_values_per_node"]), (&json!("ReadRawModifiedDetails"), &json!(2)));
    let values: Vec<&Value> = came["data_values"].as_array().unwrap().iter().map(|value| &value["value"]).collect();
    assert_eq!((reads[0]["object"]["node"].as_str(), values), (Some("ns=1;s=Level"), vec![&json!(1.0), &json!(2.0)]));
    assert_eq!(reads[1]["values"][0]["releases"], true, "what was left to be asked for is let go");
    let updates: Vec<_> = operations(&events, OPEN62541, "history_update")
        .into_iter()
        .map(|update| json!([update["object"]["node"], update["values"], update["outcome"]]))
        .collect();
    let at = |value: f64, minute: u32| json!({"value": value, "source_time": format!("2026-01-05T08:0{minute}:00Z")});
    let removed = json!({"act": "delete", "from": "2026-01-05T08:00:00Z", "to": "2026-01-05T08:02:00Z"});
    assert_eq!(
        updates,
        [
            json!(["ns=1;s=Level", ["insert", at(10.0, 0), at(11.0, 1)], "accepted"]),
            json!(["ns=1;s=Level", ["replace", at(20.0, 1)], "accepted"]),
            json!(["ns=1;s=Level", [removed], "accepted"]),
        ]
    );
    let kinds: Vec<_> = operations(&events, NODE_OPCUA, "history_read")
        .into_iter()
        .map(|read| read["values"][0]["details"]["type"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["ReadProcessedDetails", "ReadAtTimeDetails"]);
}

#[test]
fn nodes_and_references_that_come_and_go_are_told_and_new_nodes_teach_their_names() {
    let events = services();
    let [object, variable] = &*operations(&events, OPEN62541, "add_nodes") else { panic!("two nodes") };
    assert_eq!((&object["object"]["node"], &object["object"]["name"]), (&json!("ns=1;s=Rogue"), &json!("Rogue")));
    let wanted = &variable["values"][0];
    assert_eq!((&wanted["parent"], &wanted["class"]), (&json!("ns=1;s=Rogue"), &json!("variable")));
    assert_eq!(
        (&wanted["attributes"]["value"], &variable["values"][1]["added"]),
        (&json!(9.5), &json!("ns=1;s=Rogue.Setpoint"))
    );
    for name in ["add_references", "delete_references"] {
        let change = only(&events, OPEN62541, name);
        assert_eq!(change["values"][0]["target"], "ns=1;s=Rogue.Setpoint", "{name}");
    }
    let [gone, both] = &*operations(&events, OPEN62541, "delete_nodes") else { panic!("two removals") };
    assert_eq!((&gone["object"]["name"], &gone["object"]["path"]), (&json!("Setpoint"), &json!("/1:Rogue/1:Setpoint")));
    assert_eq!(
        (&both["outcome"], &both["items"][1]["error"]["name"]),
        (&json!("accepted"), &json!("BadNodeIdUnknown"))
    );
    let refused = only(&events, ASYNCUA, "add_references");
    assert_eq!((&refused["outcome"], &refused["error"]["name"]), (&json!("refused"), &json!("BadUserAccessDenied")));
}

#[test]
fn a_subscription_is_followed_through_every_change_to_its_end_or_to_another_session() {
    let events = services();
    let modes: Vec<_> =
        operations(&events, ASYNCUA, "set_monitoring_mode").into_iter().map(|set| set["values"][0].clone()).collect();
    assert_eq!(modes, ["sampling", "reporting"]);
    assert_eq!(operations(&events, ASYNCUA, "set_publishing_mode").len(), 2);
    let modified = only(&events, ASYNCUA, "modify_subscription");
    assert_eq!(
        (&modified["values"][0]["interval_ms"], &modified["values"][0]["lifetime_count"]),
        (&json!(100.0), &json!(900))
    );
    let event = operations(&events, ASYNCUA, "publish")
        .into_iter()
        .find(|publish| publish["object"]["name"] == "Server")
        .expect("an event was notified");
    let fields = &event["values"][0];
    assert_eq!((&fields["Message"], &fields["Severity"]), (&json!("pump 3 is hot"), &json!(700)));
    let [taken, unknown] = only(&events, NODE_OPCUA, "transfer_subscriptions")["items"].as_array().unwrap().as_slice()
    else {
        panic!("two were asked for")
    };
    assert!(taken["error"].is_null() && unknown["error"]["name"] == "BadSubscriptionIdInvalid");
    let told = operations(&events, NODE_OPCUA, "publish");
    let is_transferred =
        |publish: &&Value| publish["values"][0]["subscription_status"] == "GoodSubscriptionTransferred";
    assert!(told.into_iter().any(|publish| is_transferred(&publish)), "its old session is told");
}

#[test]
fn a_session_that_comes_back_on_another_connection_is_still_the_same() {
    let events = services();
    let republish = only(&events, NODE_OPCUA, "republish");
    assert_eq!(republish["error"]["name"], "BadMessageNotAvailable");
    let session = &republish["channel"]["session"];
    let flows: BTreeSet<String> = events
        .iter()
        .filter(|event| event["channel"]["session"] == *session)
        .map(|event| event["flow_id"].to_string())
        .collect();
    assert_eq!(flows.len(), 2, "before and after the connection broke");
    let write = only(&events, NODE_OPCUA, "write");
    assert_eq!((&write["channel"]["session"], &write["sample"]["old"]), (session, &json!(180.0)));
    assert_eq!(write["channel"]["user"], "anonymous");
}

#[test]
fn whoever_logs_on_by_certificate_is_named_and_an_encrypted_session_shows_nothing() {
    let events = services();
    let writes = told_of(&events, ASYNCUA, "write");
    let by = "certificate:urn:bottling:engineer";
    assert!(writes.contains(&json!(["ns=2;s=Line.Speed", null, null, 33.0, by, "accepted"])), "{writes:#?}");
    let logons: Vec<&Value> =
        events.iter().map(|event| &event["session"]).filter(|step| step["token"] == "certificate").collect();
    let [logon] = &*logons else { panic!("one logon can be read: {logons:#?}") };
    let certificate = &logon["certificate"];
    assert_eq!((&logon["accepted"], &logon["policy"]), (&json!(true), &json!("Basic256Sha256")));
    assert_eq!(
        (&certificate["application_uri"], &certificate["key_bits"]),
        (&json!("urn:bottling:engineer"), &json!(2048))
    );
    let encrypted = events
        .iter()
        .filter(|event| event["session"]["encrypted"] == true && event["session"]["step"] == "opcua_close");
    assert_eq!(encrypted.count(), 1);
}

#[test]
fn discovery_and_queries_are_told() {
    let events = services();
    let registered = only(&events, ASYNCUA, "register_server_2");
    assert_eq!(registered["object"]["name"], "urn:bottling:other");
    assert_eq!(registered["values"][0]["discovery_urls"], json!(["opc.tcp://127.0.0.1:4844"]));
    assert_eq!(registered["values"][1]["server_capabilities"], json!(["DA", "HD"]));
    only(&events, ASYNCUA, "register_server");
    only(&events, ASYNCUA, "find_servers");
    assert_eq!(only(&events, OPEN62541, "find_servers_on_network")["error"]["name"], "BadNotImplemented");
    let query = only(&events, NODE_OPCUA, "query_first");
    assert_eq!(
        (&query["object"]["name"], &query["error"]["name"]),
        (&json!("BaseObjectType"), &json!("BadServiceUnsupported"))
    );
}

#[test]
fn every_service_of_async_opcua_is_told_with_its_outcome() {
    let events = events("opcua-rust.pcapng");
    let mut counts = BTreeMap::<_, u32>::new();
    for event in events.iter().filter(|event| event["event_type"] == "operation") {
        let name = event["function"]["name"].as_str().unwrap();
        *counts.entry((name, event["outcome"].as_str().unwrap())).or_default() += 1;
    }
    // As tshark counts requests and answers of the same capture.
    let wanted = [
        (("open_secure_channel", "accepted"), 21),
        (("get_endpoints", "accepted"), 13),
        (("create_session", "accepted"), 9),
        (("activate_session", "accepted"), 9),
        (("history_read", "accepted"), 11),
        (("history_update", "accepted"), 1),
        (("add_nodes", "accepted"), 1),
        (("delete_references", "accepted"), 1),
        (("call", "accepted"), 1),
        (("call", "refused"), 1),
        (("republish", "accepted"), 1),
        (("set_publishing_mode", "accepted"), 1),
        (("modify_monitored_items", "accepted"), 1),
    ];
    for (key, count) in wanted {
        assert_eq!(counts.get(&key), Some(&count), "{key:?}: {counts:#?}");
    }
    let session = |step: &str| {
        events.iter().map(|event| &event["session"]).filter(move |it| it["step"] == step).collect::<Vec<_>>()
    };
    assert_eq!(session("opcua_reverse_hello")[0]["server_uri"], "urn:integration_server");
    let mut policies: Vec<&str> = session("opcua_open_channel")
        .iter()
        .filter_map(|open| open["policy_uri"].as_str()?.rsplit('#').next())
        .collect();
    policies.sort_unstable();
    policies.dedup();
    assert_eq!(policies, ["Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss", "Basic128Rsa15", "None"]);
    let signed = session("opcua_activate_session").into_iter().find(|step| step["policy"] == "Aes128_Sha256_RsaOaep");
    assert_eq!(signed.expect("a signed session is read")["token"], "anonymous");
}

#[test]
fn nothing_that_sound_stacks_say_is_an_anomaly_or_left_undecoded() {
    for name in ["opcua-services.pcapng", "opcua-rust.pcapng", "opcua-pubsub.pcapng"] {
        let anomalies: Vec<Value> = events(name).into_iter().filter(|event| event["event_type"] == "anomaly").collect();
        assert_eq!(anomalies, [] as [Value; 0], "{name}");
        let summary = run(&["replay", &capture(name).to_string_lossy(), "--summary", "json"]);
        let summary: Value = serde_json::from_slice(&summary.stdout).unwrap();
        assert_eq!(summary["capture"]["undecoded_bytes"], 0, "{name}");
    }
}
