//! What the network does to frames on their way must not change what is understood: real captures are cut, mixed, doubled
//! and thinned, and the same operations must come out.
//!
//! All of the repository's captures, and of public ones the small ones; `FENGSUI_WIRE=all` takes all of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "common/recording.rs"]
mod recording;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use fengsui::event::{Event, EventKind, EventLine, Operation, Outcome};
use recording::{Dice, Recording};
use serde_json::Value;

/// Public captures up to this size are always tried.
const SMALL: u64 = 100_000;

/// Captures with bits turned over in sequence numbers: what is a hole and what is old changes with the order.
const DAMAGED: &[&str] = &["fuzz-1011", "fuzz-72"];

/// Captures that lack frames themselves, or begin within an exchange: how long a hole is waited for, and what was said before
/// the first frame, changes with the order.
const INCOMPLETE: &[&str] = &["attack-sen-02", "boofuzz_nova--opcua", "attack-opcua", "attack-changes"];

fn captures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut captures = files(&root.join("pcaps"), u64::MAX);
    let beside = || root.join("../shared/captures");
    let shared = std::env::var_os("FENGSUI_SHARED_CAPTURES").map_or_else(beside, PathBuf::from);
    let all = std::env::var_os("FENGSUI_WIRE").is_some_and(|value| value == "all");
    for protocol in ["modbus", "s7", "opcua"] {
        captures.extend(files(&shared.join(protocol), if all { u64::MAX } else { SMALL }));
    }
    captures.retain(|path| !DAMAGED.iter().any(|name| path.to_string_lossy().contains(name)));
    captures
}

fn files(folder: &Path, most: u64) -> Vec<PathBuf> {
    let entries = folder.read_dir().into_iter().flatten().map(|entry| entry.unwrap());
    let fits = |path: &PathBuf| {
        let name = path.to_string_lossy();
        (name.ends_with(".pcap") || name.ends_with(".pcapng")) && path.metadata().unwrap().len() <= most
    };
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(fits).collect();
    files.sort();
    files
}

/// An operation without what must differ: times, frames, and the name of its conversation.
fn essence(event: &Event) -> Option<Value> {
    let EventKind::Operation(_) = event.kind else { return None };
    let mut line = serde_json::to_value(EventLine(event)).unwrap();
    strip(&mut line, &["ts", "flow_id", "evidence", "latency_us"]);
    strip(&mut line["channel"], &["sent", "answered"]);
    // Known from any frame before.
    ["client", "server"].into_iter().for_each(|side| strip(&mut line[side], &["mac"]));
    // What a point was before, and when that was seen: other connections of the same machines tell it, too, and frames
    // that were mixed came at other times.
    strip(&mut line["sample"], &["old", "old_seen"]);
    line["items"]
        .as_array_mut()
        .into_iter()
        .flatten()
        .for_each(|item| strip(&mut item["sample"], &["old", "old_seen"]));
    Some(line)
}

fn strip(object: &mut Value, keys: &[&str]) {
    if let Some(object) = object.as_object_mut() {
        keys.iter().for_each(|key| drop(object.remove(*key)));
    }
}

fn operations(recording: &Recording) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for event in recording.events() {
        if let Some(essence) = essence(&event) {
            *counts.entry(essence.to_string()).or_default() += 1;
        }
    }
    counts
}

/// Every capture, disturbed, must tell what it told undisturbed.
fn unchanged_by(captures: Vec<PathBuf>, disturb: impl Fn(&Recording) -> Recording) {
    let mut wrong = Vec::new();
    let mut told = 0;
    for path in captures {
        let original = Recording::read(&path);
        let wanted = operations(&original);
        told += wanted.values().sum::<i64>();
        let mut differences = operations(&disturb(&original));
        for (operation, count) in wanted {
            *differences.entry(operation).or_default() -= count;
        }
        differences.retain(|_, count| *count != 0);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        wrong.extend(differences.into_iter().map(|(operation, count)| format!("{name}: {count:+} {operation}")));
    }
    assert!(told > 10_000, "there are operations: {told}");
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn segments_of_one_byte_tell_the_same() {
    let mut captures = captures();
    // Much of it is no OT protocol at all, and byte by byte some of that fits Modbus twice.
    captures.retain(|path| !path.to_string_lossy().contains("--mb2"));
    unchanged_by(captures, Recording::cut);
}

fn in_another_order(group: usize, seed: u64) {
    let mut whole = captures();
    whole.retain(|path| !INCOMPLETE.iter().any(|name| path.to_string_lossy().contains(name)));
    unchanged_by(whole, |original| original.mixed(group, &mut Dice::new(seed)));
}

#[test]
fn pairs_of_frames_swapped_tell_the_same() {
    in_another_order(2, 1);
}

#[test]
fn frames_mixed_in_fours_tell_the_same() {
    in_another_order(4, 3);
}

#[test]
fn frames_mirrored_twice_tell_the_same() {
    unchanged_by(captures(), Recording::doubled);
}

#[test]
fn segments_sent_again_tell_the_same() {
    unchanged_by(captures(), |original| original.resent(3, 20, &mut Dice::new(4)));
}

/// What was done and answered, and the frames it came in. Names, earlier values and the like may have been lost before.
fn act(event: &Event) -> Option<(String, u64, u64)> {
    let EventKind::Operation(operation) = &event.kind else { return None };
    let Operation { function, outcome, request_seen, response_seen, .. } = &**operation;
    // Who was never heard answering may have been lost.
    let outcome = if *outcome == Outcome::Attempted { Outcome::Unanswered } else { *outcome };
    let ports = (event.ends.client.port, event.ends.server.port);
    let act = format!("{ports:?} {} {outcome:?} {request_seen} {response_seen}", function.name);
    Some((act, *event.evidence.frames.first()?, *event.evidence.frames.last()?))
}

/// What is not told of the frames that are left, with how many operations lie in these frames and how many do not.
#[derive(Default)]
struct Missed {
    wanted: usize,
    lost: usize,
    wrong: Vec<String>,
}

impl Missed {
    fn look(&mut self, name: &str, original: &Recording, left: &Recording) {
        let numbers: BTreeSet<u64> = left.frames.iter().map(|taken| taken.number).collect();
        let mut told: BTreeMap<(String, u64, u64), i64> = BTreeMap::new();
        for act in left.events().iter().filter_map(act) {
            *told.entry(act).or_default() += 1;
        }
        for (act, first, last) in original.events().iter().filter_map(act) {
            if (first..=last).any(|frame| !numbers.contains(&frame)) {
                self.lost += 1;
                continue;
            }
            self.wanted += 1;
            let count = told.entry((act.clone(), first, last)).or_default();
            *count -= 1;
            if *count < 0 {
                self.wrong.push(format!("{name}: frames {first}-{last}: {act}"));
            }
        }
    }

    fn check(&self, wanted: usize, lost: usize) {
        let Missed { wanted: had, lost: gone, wrong } = self;
        assert!(*had > wanted && *gone > lost, "there are operations: {had}, {gone} lost");
        assert!(wrong.is_empty(), "{} of {had} not told:\n{}", wrong.len(), wrong.join("\n"));
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

#[test]
fn after_a_loss_the_next_message_is_understood() {
    let mut missed = Missed::default();
    for (path, seed) in captures().into_iter().flat_map(|path| (0..2).map(move |seed| (path.clone(), seed))) {
        let original = Recording::read(&path);
        let lossy = original.lossy(100, &mut Dice::new(seed));
        missed.look(&format!("{}: seed {seed}", file_name(&path)), &original, &lossy);
    }
    missed.check(10_000, 100);
}

/// A sensor that starts in the midst of conversations, at a quarter, half and three quarters of each capture.
#[test]
fn s7_met_in_mid_stream_is_understood() {
    let mut missed = Missed::default();
    for path in captures().into_iter().filter(|path| file_name(path).contains("s7")) {
        let original = Recording::read(&path);
        for quarter in 1..4 {
            let skipped = original.frames.len() * quarter / 4;
            let left = Recording { frames: original.frames[skipped..].to_vec() };
            missed.look(&format!("{}: from frame {skipped}", file_name(&path)), &original, &left);
        }
    }
    missed.check(1000, 100);
}

/// The writer is sound: what it wrote is read as it was.
#[test]
fn a_recording_is_written_and_read_alike() {
    let original = Recording::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/attack-s7-03.pcapng"));
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("copy.pcap");
    original.write(&copy);
    let copy = Recording::read(&copy);
    assert!(original.frames.iter().zip(&copy.frames).all(|(a, b)| (a.ts, &a.bytes) == (b.ts, &b.bytes)));
    assert_eq!(operations(&original), operations(&copy));
}
