//! The house stands as `src/lib.rs` draws it: imports run one way, each room keeps its door shut to those below, nothing
//! goes in a circle, and every room has a door plate.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms from the top of the house down. A room may use those above it, as far as its line says.
const ROOMS: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("capture", &["event"]),
    ("decode", &["event", "capture"]),
    ("flow", &["event", "decode"]),
    ("protocol", &["event", "flow"]),
    ("signature", &["event", "decode", "flow"]),
    ("inventory", &["event"]),
    ("baseline", &["event", "inventory"]),
    ("detect", &["event", "inventory", "baseline"]),
    ("alert", &["event", "inventory"]),
    ("store", &["event", "inventory", "baseline", "alert"]),
    (
        "pipeline",
        &[
            "event",
            "capture",
            "decode",
            "flow",
            "protocol",
            "signature",
            "inventory",
            "baseline",
            "detect",
            "alert",
            "store",
        ],
    ),
    ("output", &["event", "alert", "store"]),
    ("uplink", &["event", "inventory", "detect", "alert", "store", "output"]),
    ("receiver", &["event", "store", "uplink"]),
    (
        "console",
        &[
            "event",
            "capture",
            "signature",
            "inventory",
            "baseline",
            "detect",
            "alert",
            "store",
            "pipeline",
            "output",
            "uplink",
        ],
    ),
    ("config", &[]),
    (
        "cli",
        &[
            "event",
            "capture",
            "protocol",
            "signature",
            "inventory",
            "baseline",
            "detect",
            "alert",
            "store",
            "pipeline",
            "output",
            "uplink",
            "receiver",
            "console",
            "config",
        ],
    ),
];

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The part of a file that ships: tests may look into every room.
fn shipped(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    let in_tests = file.with_extension("").components().any(|part| part.as_os_str() == "tests");
    if in_tests { String::new() } else { text.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned() }
}

/// Rooms named after `crate::` in code, comments and strings left out as far as that matters.
fn used_rooms(text: &str) -> BTreeSet<String> {
    let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut rooms = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        let rest = &code[at + "crate::".len()..];
        if let Some(list) = rest.strip_prefix('{') {
            let inside = list.split('}').next().unwrap_or_default();
            rooms.extend(inside.split(',').map(|item| first_name(item.trim())));
        } else {
            rooms.insert(first_name(rest));
        }
    }
    rooms
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

#[test]
fn rooms_use_only_what_their_line_allows() {
    let mut wrong = Vec::new();
    for (room, allowed) in ROOMS {
        for file in rust_files(&source().join(room)) {
            for used in used_rooms(&shipped(&file)) {
                if used != *room && !allowed.contains(&used.as_str()) {
                    wrong.push(format!("{} uses {used}", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_line_points_up_so_that_there_is_no_circle() {
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        for used in *allowed {
            let above = ROOMS.iter().position(|(name, _)| name == used);
            assert!(above.is_some_and(|above| above < place), "{room} may not use {used}: it is not above");
        }
    }
}

#[test]
fn every_folder_is_a_room_with_a_door_plate() {
    let folders: BTreeSet<String> = fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    let rooms: BTreeSet<String> = ROOMS.iter().map(|(room, _)| (*room).to_owned()).collect();
    assert_eq!(folders, rooms);
    for room in rooms {
        let head = fs::read_to_string(source().join(&room).join("mod.rs")).unwrap();
        assert!(head.starts_with("//! "), "{room}/mod.rs does not say what the room is for");
    }
}

/// Files of one protocol use another protocol only through the room's shared parts.
#[test]
fn protocols_do_not_know_each_other() {
    let folder = source().join("protocol");
    let protocols: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(protocols.len() >= 3);
    for protocol in &protocols {
        for file in rust_files(&folder.join(protocol)) {
            let text = shipped(&file);
            for other in protocols.iter().filter(|other| *other != protocol) {
                let named = [format!("protocol::{other}::"), format!("super::super::{other}::")];
                assert!(!named.iter().any(|name| text.contains(name)), "{} knows {other}", file.display());
            }
        }
    }
}

#[test]
fn unsafe_code_is_in_the_capture_ring_alone() {
    let allowed: Vec<PathBuf> =
        rust_files(&source()).into_iter().filter(|file| shipped(file).contains("allow(unsafe_code)")).collect();
    assert_eq!(allowed, [source().join("capture/ring.rs")]);
}

/// The circle test would pass on an empty table: it must find what it looks for.
#[test]
fn a_wrong_import_is_found() {
    let rooms = used_rooms("use crate::store::Batch;\nuse crate::{event::Event, alert};\n// use crate::cli;\n");
    assert_eq!(rooms, BTreeSet::from(["store".to_owned(), "event".to_owned(), "alert".to_owned()]));
    let counted: BTreeMap<&str, usize> =
        ROOMS.iter().map(|(room, _)| (*room, rust_files(&source().join(room)).len())).collect();
    assert!(counted.values().all(|files| *files > 0), "{counted:?}");
}
