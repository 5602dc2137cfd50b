//! SEN-04: what the box says of itself, on a running one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::path::Path;

use common::process::{Running, until};
use serde_json::{Value, json};

fn config(folder: &Path, lines: &str) -> String {
    let data = folder.join("data");
    let text = format!(
        "[data]\nfolder = \"{}\"\n{lines}\n[console]\nlisten = \"127.0.0.1:0\"\n[log]\njson = true\n",
        data.display()
    );
    let file = folder.join("fengsui.toml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

/// Alerts of SEN-04 in the log; each act is one.
fn sensor_alerts(running: &Running) -> usize {
    let log = running.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["fields"]["message"] == "alert" && line["fields"]["source"] == "SEN-04").count()
}

fn wait_for(count: usize, running: &mut Running) {
    until(&format!("{count} alerts of SEN-04"), || {
        running.assert_alive();
        (sensor_alerts(running) == count).then_some(())
    });
}

fn start(config: &str) -> (Running, String) {
    let mut running = Running::start(&["run", "--config", config, "-i", "lo"]);
    let console = running.field("running", "console");
    (running, console)
}

#[test]
fn a_box_that_is_tampered_with_or_cannot_keep_its_promise_says_so() {
    if !common::may_capture() {
        return common::left_out("no right to capture");
    }
    let folder = tempfile::tempdir().unwrap();
    let (mut running, console) = start(&config(folder.path(), ""));
    fengsui::output::tls::install_provider();
    let client = reqwest::Client::builder().danger_accept_invalid_certs(true).build().unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for guess in 0..5 {
        assert_eq!(sensor_alerts(&running), 0, "a forgotten password is no attack");
        let body = json!({ "user": "admin", "password": format!("guess {guess}") });
        let answer = client.post(format!("{console}/api/v1/login")).json(&body).send();
        assert_eq!(runtime.block_on(answer).unwrap().status(), 400);
    }
    wait_for(1, &mut running);
    assert_eq!(running.stop("TERM").code(), Some(0));

    // The same rules again, and a quota of 16 TB.
    let (mut running, _) = start(&config(folder.path(), "evidence_quota_mb = 16777216"));
    wait_for(1, &mut running);
    assert_eq!(running.stop("TERM").code(), Some(0));

    let rules = folder.path().join("own.rules");
    fs::write(&rules, "alert tcp any any -> any any (msg:\"a\"; content:\"zzzz\"; sid:1000001;)\n").unwrap();
    let lines = format!("[rules]\npaths = [\"{}\"]", rules.display());
    let (mut running, _) = start(&config(folder.path(), &lines));
    wait_for(1, &mut running);
    assert_eq!(running.stop("TERM").code(), Some(0));
}
