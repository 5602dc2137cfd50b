//! Lists of indicators against real traffic: what stands on them is told with its evidence, what comes near is not, and a
//! list that is out of date is silent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs;

use common::{capture, fengsui, labels, lines, run};
use serde_json::Value;

const CAPTURE: &str = "attack-net-24.pcapng";
const LIST: &str = "attack-net-24.indicators.csv";

/// Frames and first reason of every alert about an indicator.
fn told(name: &str, list: &str) -> Vec<(Vec<u64>, String)> {
    let name = capture(name);
    let alerts = lines(&run(&["replay", name.to_str().unwrap(), "--indicators", list, "--alerts", "-"]));
    let ours = alerts.iter().filter(|alert| alert["detection"] == "NET-24");
    let frames =
        |alert: &Value| alert["evidence"]["frames"].as_array().unwrap().iter().filter_map(Value::as_u64).collect();
    ours.map(|alert| (frames(alert), alert["reasons"][0].as_str().unwrap().to_owned())).collect()
}

fn list_with(name: &str, text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    fs::write(&file, text).unwrap();
    (folder, file.to_str().unwrap().to_owned())
}

#[test]
fn each_act_with_something_on_the_list_is_one_alert_and_nothing_else_is() {
    let told = told(CAPTURE, capture(LIST).to_str().unwrap());
    let label = labels().into_iter().find(|label| label["capture"] == CAPTURE).unwrap();
    let acts = label["acts"].as_array().unwrap();
    assert_eq!(told.len(), acts.len(), "names and pages that come near are not on the list: {told:?}");
    for act in acts {
        let within = act["frames"][0].as_u64().unwrap()..=act["frames"][1].as_u64().unwrap();
        assert!(told.iter().any(|(frames, _)| frames.iter().any(|frame| within.contains(frame))), "{}", act["name"]);
    }
    for wanted in [
        "bad-plant.example (dns_query)",
        "files.example/gate.php (url)",
        "(certificate_name)",
        "203.0.113.66 (address)",
    ] {
        assert!(told.iter().any(|(_, reason)| reason.contains(wanted) && reason.contains(LIST)), "{wanted}: {told:?}");
    }
}

#[test]
fn the_plant_at_work_and_other_times_are_not_on_the_list() {
    assert!(told("benign.pcapng", capture(LIST).to_str().unwrap()).is_empty());
    let old = fs::read_to_string(capture(LIST)).unwrap().replace("2036", "2025");
    let (_folder, old) = list_with("old.csv", &old);
    assert!(told(CAPTURE, &old).is_empty());
}

/// As other programs calculate them from the capture.
#[test]
fn a_client_is_known_by_its_shape_and_a_server_by_its_certificate() {
    let shape = "t12d2807h2_d943125447b4_a44c6288192a";
    let (_folder, misp) = list_with(
        "misp.json",
        &format!(r#"{{"Event": {{"info": "x", "Attribute": [{{"type": "ja4", "value": "{shape}"}}]}}}}"#),
    );
    let found = told(CAPTURE, &misp);
    assert_eq!(found.len(), 1, "the other client of the same machine has another shape: {found:?}");
    assert!(found[0].0.contains(&3577) && found[0].1.contains(shape), "{found:?}");
    for (hash, print) in [
        ("SHA-1", "6a0af4898bca05f236790d19b7c7b90b6f576e02"),
        ("SHA-256", "c9583fccfaec7aae50af2d6f0ca915a0befafbb4bedb3fd5f457cd4291330f97"),
    ] {
        let pattern = format!("[x509-certificate:hashes.'{hash}' = '{print}']");
        let bundle = format!(
            r#"{{"type": "bundle", "objects": [{{"type": "indicator", "id": "indicator--1", "pattern": "{pattern}"}}]}}"#
        );
        let (_folder, stix) = list_with("stix.json", &bundle);
        let found = told(CAPTURE, &stix);
        assert!(found.len() == 1 && found[0].1.contains(print), "{found:?}");
    }
}

#[test]
fn what_cannot_be_used_is_named_and_the_rest_is_used() {
    let (_folder, list) = list_with("list.csv", "type,value\nip,999.1.1.1\ndomain,bad-plant.example\n");
    let name = capture(CAPTURE);
    let output =
        fengsui().args(["replay", name.to_str().unwrap(), "--indicators", &list, "--alerts", "-"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(said.contains("list.csv: line 2: '999.1.1.1' is no address or network"), "{said}");
    assert!(lines(&output).iter().any(|alert| alert["detection"] == "NET-24"));
}
