//! S7comm field by field against tshark's JSON: addresses, transport sizes, return codes, values, status lists, block
//! names and headers, program services.
//!
//! Compared are the repository's captures and, where they are at hand, those from public repositories (see
//! `shared_s7.rs`). Without tshark nothing is compared.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "common/s7_ours.rs"]
mod ours;
#[path = "common/s7_theirs.rs"]
mod theirs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// How often a field was seen with a value.
type Fields = BTreeMap<(&'static str, String), i64>;

#[test]
fn fields_agree_with_tshark() {
    if Command::new("tshark").arg("--version").output().is_err() {
        return;
    }
    let (mut agreed, mut kinds, mut differences) = (0, BTreeMap::<&str, i64>::new(), Vec::new());
    for capture in captures() {
        let (ours, theirs) = (ours::fields(&capture), theirs::fields(&capture));
        let name = capture.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).cloned().collect();
        for key in keys {
            let [have, want] = [&ours, &theirs].map(|fields| fields.get(&key).copied().unwrap_or(0));
            agreed += have.min(want);
            *kinds.entry(key.0).or_default() += have.min(want);
            if have != want {
                differences.push((have.abs_diff(want), format!("{name} {} {}: {have}, {want}", key.0, key.1)));
            }
        }
    }
    let apart: u64 = differences.iter().map(|(fields, _)| fields).sum();
    let list: Vec<&String> = differences.iter().map(|(_, told)| told).collect();
    println!("{agreed} fields agree {kinds:?}, {apart} do not: {list:#?}");
    assert!(agreed > 300, "only {agreed} fields compared");
    // Of our own captures alone the odd packets of one emulator, which the two read in different ways, are a larger part.
    let most_of_1000 = if agreed > 50_000 { 1 } else { 3 };
    assert!(
        apart.saturating_mul(1000) <= most_of_1000 * agreed.unsigned_abs(),
        "{agreed} fields agree, {apart} do not: {list:#?}"
    );
}

fn captures() -> Vec<PathBuf> {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = || repository.join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let folder = |folder: PathBuf| folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    let own = folder(repository.join("pcaps"))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().contains("s7")));
    let is_capture = |path: &PathBuf| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng");
    let mut captures: Vec<PathBuf> = folder(shared.join("s7")).chain(own).filter(is_capture).collect();
    captures.sort();
    captures
}

fn add(fields: &mut Fields, name: &'static str, value: impl Into<String>) {
    *fields.entry((name, value.into())).or_default() += 1;
}
