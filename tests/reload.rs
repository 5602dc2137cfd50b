//! SIGHUP takes other rules, indicators and switches into use while packets go on; a file that is wrong keeps the old set and is named.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;
use std::fs;

use common::capture;
use common::process::{Running, until};
use common::space::{Sender, make_wire, run_inside};
use serde_json::Value;

#[test]
fn other_rules_and_indicators_are_taken_into_use_and_wrong_ones_are_not() {
    run_inside("inside_reload");
}

/// Sources of all alerts so far with the address of the server.
fn alerts(running: &Running) -> BTreeSet<(String, String)> {
    let log = running.log();
    let fields = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).map(|v| v["fields"].clone());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let alerts = fields.filter(|fields| fields["message"] == "alert");
    alerts.map(|fields| (text(&fields["source"]), text(&fields["server"]))).collect()
}

fn rule(sid: u32) -> String {
    format!("alert tcp any any -> any [102,502] (msg:\"{sid}\"; flow:to_server; dsize:>4; sid:{sid};)\n")
}

#[test]
#[ignore = "runs in a namespace"]
fn inside_reload() {
    make_wire();
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let file = folder.path().join(name);
        fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    };
    let rules = file("own.rules", &rule(9_000_001));
    let list = file("list.csv", "type,value\nip,192.0.2.1\n");
    let config = |off: &str| {
        let data = folder.path().join("data");
        let text = format!(
            "[capture]\ninterfaces = [\"cap0\"]\n[data]\nfolder = {data:?}\n[console]\nlisten = \"127.0.0.1:0\"\n[log]\njson = true\n\
             [rules]\npaths = [{rules:?}]\ndetections_off = [{off}]\n[indicators]\npaths = [{list:?}]\n"
        );
        file("fengsui.toml", &text)
    };
    let mut running = Running::start(&["run", "--config", &config("\"S7-03\"")]);
    running.field("running", "console");
    let mut wire = Sender::on("src0");
    let has = |running: &Running, source: &str, server: &str| {
        alerts(running).iter().any(|alert| alert.0.starts_with(source) && alert.1.contains(server))
    };
    let wait = |running: &Running, source: &str, server: &str| {
        until(&format!("{source} is told of {server}"), || has(running, source, server).then_some(()));
    };

    wire.play(&capture("attack-s7-03.pcapng"));
    wait(&running, "1:9000001:", "10.20.0.21");
    assert!(!has(&running, "S7-03", ""), "it is switched off");

    file("own.rules", &rule(9_000_002));
    file("list.csv", "type,value\nip,10.20.0.22\n");
    config("");
    running.signal("HUP");
    running.line("rules reloaded");
    // Other connections than before: the same packets once more would be what was sent again.
    wire.play(&capture("attack-stories.pcapng"));
    for source in ["1:9000002:", "NET-24", "S7-03"] {
        wait(&running, source, "10.20.0.22");
    }

    file("own.rules", "alert tcp any any -> any 502 (msg:\"broken\"; sid:9000003\n");
    file("list.csv", "no,such,columns\n");
    running.signal("HUP");
    assert!(running.line("indicators not reloaded").contains("list.csv"));
    assert!(running.line("rule not loaded").contains("own.rules"));
    running.line("not reloaded: the old rules stay");
    wire.play(&capture("attack-views.pcapng"));
    wait(&running, "1:9000002:", "10.20.0.128");
    assert_eq!(running.stop("TERM").code(), Some(0), "{}", running.log());
}
