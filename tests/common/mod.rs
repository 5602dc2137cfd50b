//! What several integration tests need: the binary, the lab's captures with their labels, JSON lines.
#![allow(dead_code, reason = "each test uses its own part")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

pub mod plant;
pub mod platform;
pub mod process;
pub mod site;
pub mod space;
pub mod talk;
pub mod twins;
pub mod webhook;
pub mod wire;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Says that a test proves nothing on this machine.
#[allow(clippy::print_stderr, reason = "whoever runs the tests should know")]
pub fn left_out(why: &str) {
    eprintln!("left out: {why}");
}

/// Root, or a binary that was given the right.
pub fn may_capture() -> bool {
    let status = std::fs::read_to_string(Path::new("/proc/self/status")).unwrap();
    let effective = status.lines().find_map(|line| line.strip_prefix("CapEff:")).unwrap().trim();
    const CAP_NET_RAW: u64 = 1 << 13;
    u64::from_str_radix(effective, 16).unwrap() & CAP_NET_RAW != 0
}

/// The binary under test.
pub fn fengsui() -> Command {
    Command::new(env!("CARGO_BIN_EXE_fengsui"))
}

pub fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn capture(name: &str) -> PathBuf {
    repository().join("pcaps").join(name)
}

/// Runs the binary; it must end well.
pub fn run(arguments: &[&str]) -> Output {
    let output = fengsui().args(arguments).output().expect("the binary starts");
    assert!(output.status.success(), "{arguments:?}\n{}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The JSON lines of a run's standard output.
pub fn lines(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).expect("lines are UTF-8");
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// What tells a replay of the list of indicators that a capture was made for, where there is one.
pub fn indicators_for(name: &str) -> Vec<String> {
    let list = capture(name).with_extension("indicators.csv");
    if list.exists() { vec!["--indicators".to_owned(), list.to_str().unwrap().to_owned()] } else { Vec::new() }
}

/// Labels of the lab's captures: `benign` first.
pub fn labels() -> Vec<Value> {
    let mut labels: Vec<Value> = repository()
        .join("pcaps")
        .read_dir()
        .expect("the captures are there")
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".labels.json"))
        .map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap())
        .collect();
    labels.sort_by_key(|label| (label["kind"] != "benign", label["capture"].to_string()));
    assert!(labels.len() > 10, "the lab's captures have labels");
    labels
}
