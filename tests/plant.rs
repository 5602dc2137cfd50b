//! What a person does about assets and about what was learnt, from the API down to the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::plant::{Memory, Plant, RULE};
use common::process::until;
use serde_json::{Value, json};

const HMI: u8 = 5;
const PANEL: u8 = 6;
const PLC: u8 = 20;
const STRANGER: u8 = 66;

/// An HMI that reads register 1 and writes register 2, learnt.
fn learnt() -> Plant {
    let mut plant = Plant::new();
    for value in [100, 110, 100, 110, 100, 110] {
        plant.read(HMI, PLC, 1);
        plant.write(HMI, PLC, 2, value);
    }
    plant.watch();
    plant
}

fn rows(plant: &Plant, query: &str) -> Vec<Value> {
    plant.get(&format!("/api/v1/baseline/rows?{query}"))["items"].as_array().unwrap().clone()
}

#[test]
fn what_a_person_switches_off_is_silent_until_it_is_switched_on_again() {
    let mut plant = learnt();
    let on = |plant: &Plant, id: &str| {
        let catalogue = plant.get("/api/v1/catalogue");
        let line = catalogue.as_array().unwrap().iter().find(|line| line["id"] == id).unwrap();
        [&line["default_on"], &line["on"]].map(|on| on.as_bool().unwrap())
    };
    assert_eq!([on(&plant, "MB-01"), on(&plant, "MB-06")], [[true, true], [false, false]]);
    plant.post("/api/v1/switch", &json!({"source": "MB-01", "on": false}));
    plant.post("/api/v1/switch", &json!({"source": "MB-06", "on": true}));
    assert_eq!([on(&plant, "MB-01"), on(&plant, "MB-06")], [[true, false], [false, true]]);
    plant.write(STRANGER, PLC, 2, 100);
    plant.settle();
    assert!(plant.alerts("MB-01").is_empty() && !plant.alerts("NET-01").is_empty());
    plant.post("/api/v1/switch", &json!({"source": "MB-01", "on": true}));
    plant.write(STRANGER, PLC, 2, 110);
    plant.settle();
    assert_eq!(plant.alerts("MB-01").len(), 1);
}

#[test]
fn assets_are_merged_split_and_the_way_they_were() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.read(PANEL, PLC, 1);
    plant.settle();
    let [hmi, panel] = ["10.1.1.5", "10.1.1.6"].map(|ip| plant.asset(ip));
    let merged = plant.post("/api/v1/assets/merge", &json!({"into": hmi["id"], "from": panel["id"]}));
    assert_eq!(merged["ips"], json!(["10.1.1.5", "10.1.1.6"]));
    assert_eq!(plant.get("/api/v1/assets")["total"], 2);

    let number = plant.get("/api/v1/edits")[0]["number"].clone();
    plant.post(&format!("/api/v1/edits/{number}/undo"), &json!({}));
    assert_eq!(plant.get("/api/v1/assets")["total"], 3);
    assert_eq!([plant.asset("10.1.1.5"), plant.asset("10.1.1.6")], [hmi.clone(), panel.clone()]);
    let (status, body) = plant.ask("POST", &format!("/api/v1/edits/{number}/undo"), Some(&json!({})));
    assert_eq!((status, &body["error"]), (400, &json!("error.edit_undone")));

    plant.post("/api/v1/assets/merge", &json!({"into": hmi["id"], "from": panel["id"]}));
    let id = hmi["id"].as_str().unwrap();
    let split = json!({"addresses": ["10.1.1.6", "00:1b:1b:00:00:06"]});
    let parted = plant.post(&format!("/api/v1/assets/{id}/split"), &split);
    assert_eq!((parted["ips"].clone(), parted["macs"].clone()), (json!(["10.1.1.6"]), json!(["00:1b:1b:00:00:06"])));
    plant.read(PANEL, PLC, 1);
    plant.settle();
    assert_eq!(plant.asset("10.1.1.6")["id"], parted["id"], "what a person split stays split");
    let number = plant.get("/api/v1/edits")[0]["number"].clone();
    plant.post(&format!("/api/v1/edits/{number}/undo"), &json!({}));
    assert_eq!(plant.asset("10.1.1.6")["id"], hmi["id"]);
}

#[test]
fn a_person_says_what_an_asset_is_and_takes_it_back() {
    let mut plant = Plant::new();
    plant.write(HMI, PLC, 2, 7);
    plant.settle();
    let plc = plant.asset("10.1.1.20");
    assert_eq!((&plc["role"], &plc["level"], &plc["zone"]), (&json!("plc"), &json!(1), &json!("10.1.1.0/24")));
    let path = format!("/api/v1/assets/{}/said", plc["id"].as_str().unwrap());
    let said = json!({"name": "压机 3", "role": "drive", "zone": "press", "level": 0, "importance": "critical",
        "flags": ["redundant_pair"], "identifier_code": "88.100.1/3"});
    plant.put(&path, &said);
    let plc = plant.get("/api/v1/assets?zone=press&flag=redundant_pair&level=0")["items"][0].clone();
    assert_eq!((&plc["label"], &plc["role"]), (&json!("压机 3"), &json!("drive")));
    let (status, _) = plant.ask("PUT", &path, Some(&json!({"level": 9})));
    assert_eq!(status, 400);
    let number = plant.get("/api/v1/edits")[0]["number"].clone();
    plant.post(&format!("/api/v1/edits/{number}/undo"), &json!({}));
    assert_eq!(plant.asset("10.1.1.20")["role"], "plc");
}

#[test]
fn tables_of_assets_go_out_and_come_in() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.settle();
    let id = plant.asset("10.1.1.20")["id"].as_str().unwrap().to_owned();
    plant.put(&format!("/api/v1/assets/{id}/said"), &json!({"name": "press, \"left\"", "level": 1}));
    for format in ["csv", "json"] {
        let path = format!("/api/v1/assets/table?format={format}");
        let (_, out) = plant.ask_bytes("GET", &path, None);
        let other = Plant::new();
        let (status, imported) = other.ask_bytes("POST", &path, Some(out.clone()));
        let imported: Value = serde_json::from_slice(&imported).unwrap();
        assert_eq!((status, &imported["added"], &imported["refused"]), (200, &json!(2), &json!([])), "{format}");
        assert_eq!(other.ask_bytes("GET", &path, None).1, out, "{format}");
    }
    let wrong = b"ips,planet\n10.1.1.9,mars\n".to_vec();
    let (status, body) = plant.ask_bytes("POST", "/api/v1/assets/table?format=csv", Some(wrong));
    let body = String::from_utf8(body).unwrap();
    assert!(status == 400 && body.contains("no column 'planet'"), "{body}");
    let mixed = b"ips,level\n10.1.1.9,1\n10.1.1.10,high\n".to_vec();
    let (status, body) = plant.ask_bytes("POST", "/api/v1/assets/table?format=csv", Some(mixed));
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, &body["added"], &body["refused"][0]["row"]), (200, &json!(1), &json!(2)), "{body}");
    // Thousands at once.
    let many: Vec<Value> = (0..8000).map(|n| json!({"ips": [format!("10.{}.{}.1", 50 + n / 250, n % 250)]})).collect();
    assert_eq!(plant.post("/api/v1/assets/table?format=json", &json!(many))["added"], 8000);
}

#[test]
fn links_the_map_and_what_changed_since_a_time() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.settle();
    let since = fengsui::event::Timestamp::now().to_string();
    plant.read(HMI, PLC, 1);
    plant.write(HMI, PLC, 2, 7);
    plant.read(STRANGER, PLC, 1);
    plant.settle();
    let links = plant.get("/api/v1/links?search=10.1.1.5");
    let functions = links["items"][0]["functions"].as_array().unwrap();
    let names: Vec<_> = functions.iter().map(|function| function["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["read_holding_registers", "write_single_register"]);
    let changes = plant.get(&format!("/api/v1/changes?since={since}"));
    assert_eq!(changes["new_assets"][0]["ips"], json!(["10.1.1.66"]));
    assert_eq!(changes["new_links"][0]["client"], "10.1.1.66");
    assert_eq!(changes["new_functions"][0]["functions"][0]["name"], "write_single_register");
    let before = plant.get(&format!("/api/v1/changes?since=2026-01-01T00:00:00Z&until={since}"));
    let ips: Vec<_> = before["new_assets"].as_array().unwrap().iter().map(|asset| &asset["ips"][0]).collect();
    assert_eq!(ips, ["10.1.1.5", "10.1.1.20"], "from one time to another");
    assert_eq!(plant.ask("GET", &format!("/api/v1/changes?since={since}&until={since}"), None).0, 400);
    let map = plant.get(&format!("/api/v1/topology?news_since={since}"));
    let news: Vec<_> = map["nodes"].as_array().unwrap().iter().filter(|node| node["news"] == true).collect();
    assert_eq!((news.len(), map["edges"].as_array().unwrap().len()), (1, 2), "{map}");
    assert_eq!(plant.ask("GET", "/api/v1/changes?since=friday", None).0, 400);
}

#[test]
fn a_switch_that_names_itself_by_cdp_is_an_asset() {
    let mut plant = Plant::new();
    let part = |kind: u8, text: &[u8]| [&[0, kind, 0, text.len() as u8 + 4], text].concat();
    let parts = [&[2, 180, 0, 0][..], &part(1, b"sw-core"), &part(6, b"IE-3300-8T2S")].concat();
    let mut frame = vec![1, 0, 0x0c, 0xcc, 0xcc, 0xcc, 0, 0x1b, 0x1b, 0, 0, 77, 0, parts.len() as u8 + 8];
    frame.extend([0xaa, 0xaa, 3, 0, 0, 0x0c, 0x20, 0]);
    frame.extend(parts);
    plant.frame(frame);
    plant.settle();
    let switch = plant.asset("00:1b:1b:00:00:4d");
    assert!(switch["label"].as_str().unwrap().starts_with("sw-core"), "{switch}");
    let detail = plant.get(&format!("/api/v1/assets/{}", switch["id"].as_str().unwrap()));
    let facts = detail["facts"].as_array().unwrap();
    assert!(facts.iter().any(|fact| fact["source"] == "cdp platform" && fact["value"] == "IE-3300-8T2S"), "{facts:?}");
}

#[test]
fn a_row_is_explained_locked_and_removed_and_speaks_again() {
    let mut plant = learnt();
    let function = rows(&plant, "scenario=functions&search=write_single")[0].clone();
    assert_eq!((&function["client"], &function["count"]), (&json!("10.1.1.5"), &json!(6)));
    let text = function["explanation"]["en"].as_str().unwrap();
    assert!(text.starts_with("learnt from 6 observations between") && text.contains("first frame: wire "), "{text}");
    let value = rows(&plant, "scenario=values&search=write")[0].clone();
    assert_eq!((&value["normal"], &value["history"][0]["value"]), (&json!("100, 110"), &json!(110.0)));
    plant.write(HMI, PLC, 2, 100);
    plant.settle();
    assert_eq!(plant.alerts("MB-01").len(), 0);

    let name = json!({"id": function["id"]});
    plant.post("/api/v1/baseline/row/lock", &json!({"id": function["id"], "locked": true}));
    let (status, body) = plant.ask("POST", "/api/v1/baseline/row/remove", Some(&name));
    assert_eq!((status, &body["error"]), (400, &json!("error.row_locked")));
    plant.post("/api/v1/baseline/row/lock", &json!({"id": function["id"], "locked": false}));
    plant.post("/api/v1/baseline/row/remove", &name);
    assert_eq!(plant.ask("POST", "/api/v1/baseline/row/remove", Some(&name)).0, 404);
    plant.write(HMI, PLC, 2, 100);
    until("it is told again", || plant.alerts("MB-01").pop());
    plant.read(HMI, PLC, 1);
    plant.settle();
    assert_eq!(plant.alerts("MB-04").len(), 0, "the rest is known");
}

#[test]
fn this_is_normal_writes_the_row_that_was_missing_and_says_which() {
    let mut plant = learnt();
    plant.read(HMI, PLC, 9);
    let alert = until("it is told", || plant.alerts("MB-04").pop());
    let path = format!("/api/v1/alerts/{}/close", alert["id"].as_str().unwrap());
    let closed = plant.post(&path, &json!({"closing": "normal"}));
    let learnt = closed["learnt"].as_array().unwrap();
    assert_eq!(learnt.len(), 1, "{learnt:?}");
    let (status, row) = plant.ask("GET", &format!("/api/v1/baseline/row?id={}", escape(&learnt[0])), None);
    assert_eq!((status, &row["object"], &row["normal"]), (200, &json!("holding_register"), &json!("1, 9")));
    plant.read(HMI, PLC, 9);
    plant.settle();
    assert_eq!(plant.alerts("MB-04").len(), 0);
    plant.read(HMI, PLC, 30);
    until("another one is not", || plant.alerts("MB-04").pop());
}

fn escape(text: &Value) -> String {
    text.as_str().unwrap().replace('|', "%7C").replace('/', "%2F")
}

#[test]
fn a_written_value_that_never_was_is_told_with_the_old_ones() {
    let mut plant = learnt();
    plant.write(HMI, PLC, 2, 110);
    plant.settle();
    assert_eq!(plant.alerts("MB-05").len(), 0);
    plant.write(HMI, PLC, 2, 9999);
    let alert = until("it is told", || plant.alerts("MB-05").pop());
    let detail = plant.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap()));
    let reason = detail["reasons"][0]["en"].as_str().unwrap();
    assert!(reason.contains("9999") && reason.contains("100") && reason.contains("110"), "{reason}");
}

#[test]
fn the_only_client_learns_late_that_it_writes_what_it_reads_and_a_person_sees_it() {
    let mut plant = Plant::new();
    (0..6).for_each(|_| plant.read(HMI, PLC, 2));
    plant.watch();
    plant.write(HMI, PLC, 2, 100);
    plant.settle();
    let told = |plant: &Plant| [plant.alerts("MB-01").len(), plant.alerts("MB-07").len()];
    assert_eq!(told(&plant), [0, 0], "an operator's first act");
    assert_eq!(plant.get("/api/v1/baseline")["late"][0]["address"], "10.1.1.5 \u{2192} 10.1.1.20");
    let news = plant.get("/api/v1/baseline/news?by=10.1.1.5&scenario=functions");
    let row = &news["items"][0]["learnt"];
    assert_eq!((&row["function"], &news["items"][0]["accepted"]), (&json!("write_single_register"), &json!(false)));
    plant.write(HMI, PLC, 7, 100);
    until("what it never read is told", || plant.alerts("MB-01").pop());
    plant.write(STRANGER, PLC, 2, 100);
    let strange = || plant.alerts("MB-01").into_iter().find(|alert| alert["client"]["ip"] == "10.1.1.66");
    until("and so is who else writes", strange);

    let before = plant.alerts("MB-07").len();
    plant.post("/api/v1/baseline/row/remove", &json!({"id": row["id"]}));
    plant.write(HMI, PLC, 2, 100);
    until("taken back, it is not learnt again", || (plant.alerts("MB-07").len() > before).then_some(()));
}

fn zone(mode: &str) -> Value {
    json!({"zones": [{"name": "cell", "ranges": ["10.1.1.0/24"], "mode": mode}]})
}

#[test]
fn an_adaptive_zone_shares_what_is_normal_and_a_strict_one_does_not() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.read(HMI, 21, 3);
    plant.read(PANEL, PLC, 1);
    plant.watch();
    plant.put("/api/v1/policy", &zone("adaptive"));
    plant.read(PANEL, 21, 3);
    plant.read(PANEL, PLC, 3);
    plant.settle();
    assert_eq!((plant.alerts("NET-06").len(), plant.alerts("MB-04").len()), (0, 0));
    plant.read(PANEL, PLC, 4);
    until("nobody in the zone ever read that", || plant.alerts("MB-04").pop());

    plant.put("/api/v1/policy", &zone("strict"));
    plant.read(HMI, PLC, 3);
    until("in a strict zone each link is by itself", || {
        plant.alerts("MB-04").iter().any(|alert| alert["client"]["ip"] == "10.1.1.5").then_some(())
    });
    let (status, body) = plant.ask(
        "PUT",
        "/api/v1/policy",
        Some(&json!({"windows": [
        {"name": "w", "zone": "nowhere", "from": "2026-01-01T00:00:00Z", "to": "2026-01-02T00:00:00Z"}]})),
    );
    assert_eq!((status, &body["error"]), (400, &json!("error.policy_zone")));
}

#[test]
fn a_late_device_learns_for_its_own_time_once_it_was_called_normal() {
    let mut plant = learnt();
    plant.read(STRANGER, PLC, 1);
    let alert = until("the device is told", || plant.alerts("NET-01").pop());
    until("and what it does", || plant.alerts("NET-06").pop());
    let path = format!("/api/v1/alerts/{}/close", alert["id"].as_str().unwrap());
    let closed = plant.post(&path, &json!({"closing": "normal"}));
    assert_eq!(closed["learnt"][0], "host|10.1.1.66");
    assert_eq!(plant.get("/api/v1/baseline")["late"][0]["address"], "10.1.1.66");
    plant.read(STRANGER, PLC, 40);
    plant.settle();
    assert!(!rows(&plant, "scenario=objects&search=10.1.1.66").is_empty(), "it learns");
    // The rest watches all the while.
    plant.read(HMI, PLC, 40);
    until("the rest watches", || plant.alerts("MB-04").pop());
}

#[test]
fn announced_work_weighs_less_and_a_permission_says_nothing() {
    let mut plant = learnt();
    let span = |name: &str, more: Value| {
        let mut entry = json!({"name": name, "from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"});
        entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        entry
    };
    let mut policy = zone("strict");
    policy["windows"] = json!([span("overhaul", json!({"zone": "cell"}))]);
    plant.put("/api/v1/policy", &policy);
    plant.write(PANEL, PLC, 2, 7);
    let alert = until("it is told", || plant.alerts("MB-01").pop());
    assert_eq!(alert["severity"], "medium", "one step below high");
    let detail = plant.get(&format!("/api/v1/alerts/{}", alert["id"].as_str().unwrap()));
    assert!(detail["reasons"].to_string().contains("during announced work: overhaul"), "{detail}");

    policy["windows"] = json!([]);
    policy["permissions"] = json!([span("service", json!({"client": "10.1.1.66"}))]);
    plant.put("/api/v1/policy", &policy);
    plant.write(STRANGER, PLC, 2, 8);
    plant.settle();
    let of = |alert: &&Value| alert["client"]["ip"] == "10.1.1.66";
    assert_eq!(plant.alerts("MB-01").iter().filter(of).count(), 0);
    assert!(rows(&plant, "search=10.1.1.66").is_empty(), "nothing of it was learnt");
    policy["permissions"] = json!([]);
    plant.put("/api/v1/policy", &policy);
    plant.write(STRANGER, PLC, 2, 9);
    until("the time is over", || plant.alerts("MB-01").iter().any(|alert| of(&alert)).then_some(()));
}

#[test]
fn only_the_time_of_day_may_be_what_is_new() {
    let mut plant = learnt();
    let mut policy = zone("strict");
    policy["zones"][0]["hours"] = json!([{"days": [], "from": 480, "to": 1080}]);
    plant.put("/api/v1/policy", &policy);
    plant.write(HMI, PLC, 2, 100);
    let alert = until("nobody works on no day", || plant.alerts("BL-02").pop());
    assert_eq!(alert["client"]["ip"], "10.1.1.5");
    policy["zones"][0]["hours"] = json!([{"days": [1, 2, 3, 4, 5, 6, 7], "from": 0, "to": 1440}]);
    plant.put("/api/v1/policy", &policy);
    plant.write(HMI, PLC, 2, 110);
    plant.settle();
    assert_eq!(plant.alerts("BL-02").iter().map(|alert| alert["count"].as_u64().unwrap()).sum::<u64>(), 1);
}

#[test]
fn the_profile_says_how_much_is_said() {
    let mut plant = learnt();
    plant.put("/api/v1/policy", &json!({"profile": "low"}));
    plant.read(HMI, PLC, 33);
    plant.write(HMI, PLC, 44, 1);
    until("what changes something is told", || plant.alerts("MB-04").pop());
    plant.settle();
    let detail = plant.get(&format!("/api/v1/alerts/{}", plant.alerts("MB-04")[0]["id"].as_str().unwrap()));
    assert!(!detail["reasons"].to_string().contains("33"), "reads are not: {detail}");
    plant.put("/api/v1/policy", &json!({"profile": "medium"}));
    plant.read(HMI, PLC, 34);
    until("now they are", || (plant.alerts("MB-04").len() == 2).then_some(()));
}

#[test]
fn a_restart_goes_on_where_learning_was() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.settle();
    let news = |plant: &Plant| plant.get("/api/v1/baseline")["stages"][2]["news"].as_u64().unwrap();
    let (before, curve) = (news(&plant), plant.get("/api/v1/baseline")["stages"][2]["curve"].clone());
    assert!(before > 0 && curve["news"].as_array().unwrap().iter().any(|n| n != 0), "{curve}");
    let memory = plant.stop();
    let mut plant = Plant::with(&memory, RULE);
    assert_eq!((news(&plant), plant.get("/api/v1/assets")["total"].clone()), (before, json!(2)));
    plant.read(HMI, PLC, 2);
    plant.watch();
    assert_eq!(rows(&plant, "scenario=objects")[0]["normal"], "1..2");
    // And once more, watching: what was learnt is known, and nothing is learnt by itself.
    let mut plant = Plant::with(&plant.stop(), RULE);
    plant.read(HMI, PLC, 2);
    plant.read(HMI, PLC, 3);
    until("it watches", || plant.alerts("MB-04").pop());
    assert_eq!(plant.alerts("NET-01").len(), 0);
}

#[test]
fn a_second_box_takes_over_what_the_first_learnt() {
    let first = learnt();
    let (_, learnt) = first.ask_bytes("GET", "/api/v1/baseline/file", None);
    let mut second = Plant::with(&Memory::default(), RULE);
    second.read(7, 21, 1);
    second.watch();
    let (status, answer) = second.ask_bytes("POST", "/api/v1/baseline/file", Some(learnt));
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert!(status == 200 && answer["rows"].as_u64().unwrap() >= 7, "{answer}");
    second.write(HMI, PLC, 2, 100);
    second.read(7, 21, 1);
    second.settle();
    assert_eq!(second.get("/api/v1/alerts?state=new")["total"], 0);
    second.write(HMI, PLC, 2, 5000);
    until("its values too", || second.alerts("MB-05").pop());
    assert_eq!(second.ask("POST", "/api/v1/baseline/file", Some(&json!({"v": 1}))).0, 400);
}

#[test]
fn an_attacker_who_was_there_during_learning_is_seen_and_forgotten_in_one_act() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    // An attack rule speaks all the while: force listen only.
    plant.modbus(STRANGER, PLC, &[8, 0, 4, 0, 0], &[]);
    plant.write(STRANGER, PLC, 2, 666);
    plant.watch();
    assert_eq!(plant.alerts("MB-11").len(), 1);
    let news = plant.get("/api/v1/baseline/news?by=10.1.1.66");
    assert!(news["total"].as_u64().unwrap() >= 4, "{news}");
    let gone = plant.post("/api/v1/baseline/forget", &json!({"address": "10.1.1.66"}));
    assert!(gone["rows"].as_u64().unwrap() >= 4, "{gone}");
    assert!(rows(&plant, "search=10.1.1.66").is_empty());
    assert_eq!(plant.get("/api/v1/baseline/news?by=10.1.1.66")["total"], 0);
    plant.write(STRANGER, PLC, 2, 666);
    until("it is nobody's habit", || plant.alerts("MB-01").pop());
    until("and unknown", || plant.alerts("NET-01").pop());
}
