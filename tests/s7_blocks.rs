//! Program blocks on their way to a controller and back, as `tests/lab/s7_blocks` recorded them: Snap7's library loads them
//! down, python-snap7 loads them up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{lines, run};
use serde_json::{Value, json};

const DOWNLOAD: &str = "s7-blocks-download.pcapng";
const UPLOAD: &str = "s7-blocks-upload.pcapng";
const RECOMPILED: &str = "s7-blocks-recompiled.pcapng";
const CHANGED: &str = "s7-blocks-changed.pcapng";

/// What a replay of these captures, one after the other, says with further options.
fn replay(names: &[&str], options: &[&str]) -> Vec<Value> {
    let captures: Vec<String> = names.iter().map(|name| common::capture(name).to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> =
        ["replay"].into_iter().chain(captures.iter().map(String::as_str)).chain(options.iter().copied()).collect();
    lines(&run(&arguments))
}

/// Blocks in the order in which they went by: name, way, hash of the code, comparison with the one before.
fn blocks(events: &[Value]) -> Vec<(String, &'static str, String, Value)> {
    let artifacts = events.iter().map(|event| &event["artifact"]).filter(|artifact| artifact["kind"] == "s7_block");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    artifacts
        .map(|artifact| {
            assert_eq!(artifact["complete"], true);
            let way = if artifact["to_server"] == true { "down" } else { "up" };
            let code = text(&artifact["block"]["code_sha256"]);
            (text(&artifact["name"]), way, code, artifact["comparison"].clone())
        })
        .collect()
}

fn told<'a>(blocks: &'a [(String, &'static str, String, Value)]) -> Vec<(&'a str, &'static str, &'a str)> {
    blocks
        .iter()
        .map(|(name, way, _, compared)| (name.as_str(), *way, compared["versions"].as_str().unwrap()))
        .collect()
}

/// Alerts of a changed block, with their reasons in a language.
fn changes(names: &[&str], options: &[&str], reasons: &str) -> Vec<Vec<String>> {
    let options: Vec<&str> = options.iter().copied().chain(["--alerts", "-"]).collect();
    let alerts = replay(names, &options).into_iter().filter(|alert| alert["detection"] == "S7-12");
    alerts.map(|alert| serde_json::from_value(alert[reasons].clone()).unwrap()).collect()
}

#[test]
fn a_block_downloaded_in_one_capture_and_uploaded_in_another_has_the_same_code() {
    let one_by_one = [DOWNLOAD, UPLOAD].map(|name| replay(&[name], &["--every-operation", "--events", "-"]));
    let [down, up] = one_by_one.map(|events| blocks(&events));
    let names_and_code = |blocks: &[(String, &'static str, String, Value)]| -> Vec<(String, String)> {
        blocks.iter().map(|(name, _, code, _)| (name.clone(), code.clone())).collect()
    };
    assert_eq!(names_and_code(&down), names_and_code(&up));
    assert_eq!(told(&down), [("OB1", "down", "first"), ("FC7", "down", "first")]);
}

#[test]
fn in_one_replay_a_new_timestamp_is_no_change_and_other_code_is_one() {
    let all = [DOWNLOAD, UPLOAD, RECOMPILED, CHANGED];
    let events = replay(&all, &["--every-operation", "--events", "-"]);
    let blocks = blocks(&events);
    assert_eq!(
        told(&blocks),
        [
            ("OB1", "down", "first"),
            ("FC7", "down", "first"),
            ("OB1", "up", "same"),
            ("FC7", "up", "same"),
            ("OB1", "down", "same_code"),
            ("OB1", "up", "same"),
            ("OB1", "down", "changed"),
            ("OB1", "up", "same"),
        ]
    );
    let difference = &blocks[6].3["difference"];
    assert_eq!(*difference, json!({"size": 34, "size_before": 34, "bytes": 2, "runs": [[47, 47], [59, 59]]}));
    assert!(changes(&[DOWNLOAD, UPLOAD, RECOMPILED], &[], "reasons").is_empty());
    let changes = changes(&all, &[], "reasons");
    assert_eq!(changes.len(), 1);
    assert!(changes[0][1].starts_with("2 of its 34 bytes of code differ"), "{changes:?}");
}

#[test]
fn what_one_run_kept_the_next_compares_with() {
    let folder = tempfile::tempdir().unwrap();
    let data = ["--data", folder.path().to_str().unwrap()];
    let events = |name| {
        let options = [&data[..], &["--every-operation", "--events", "-"]].concat();
        replay(&[name], &options)
    };
    assert_eq!(told(&blocks(&events(DOWNLOAD))), [("OB1", "down", "first"), ("FC7", "down", "first")]);
    assert_eq!(told(&blocks(&events(UPLOAD))), [("OB1", "up", "same"), ("FC7", "up", "same")]);
    assert_eq!(told(&blocks(&events(RECOMPILED))), [("OB1", "down", "same_code"), ("OB1", "up", "same")]);
    let kept = || folder.path().join("blocks").read_dir().unwrap().count();
    assert_eq!(kept(), 3, "OB1 twice and FC7");
    let changed = changes(&[CHANGED], &data, "reasons_zh");
    assert_eq!(changed.len(), 1);
    assert!(changed[0][1].contains("有 2 字节不同，位置（自块首计）：47, 59"), "{changed:?}");
    assert_eq!(kept(), 4);
}
