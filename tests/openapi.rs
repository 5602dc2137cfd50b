//! The console's front end is typed from a document in the repository: it must be the one that the binary prints.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use common::{repository, run};
use serde_json::Value;

#[test]
fn the_document_in_the_repository_is_the_one_that_is_printed() {
    let kept = std::fs::read(repository().join("src/console/openapi.json")).unwrap();
    let kept: Value = serde_json::from_slice(&kept).unwrap();
    let printed: Value = serde_json::from_slice(&run(&["openapi"]).stdout).unwrap();
    assert!(kept == printed, "make it anew: cargo run -- openapi > src/console/openapi.json");
}

#[test]
fn the_next_tiers_document_names_every_way_in() {
    let printed: Value = serde_json::from_slice(&run(&["openapi", "uplink"]).stdout).unwrap();
    for path in ["register", "heartbeat", "batches", "channels", "commands"] {
        assert!(printed["paths"][format!("/uplink/v1/{path}")].is_object(), "{path}");
    }
}
