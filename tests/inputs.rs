//! Every way to hand a capture over tells the same: as it is, compressed, through a pipe, out of a folder.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Output, Stdio};

use common::{capture, fengsui, run};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

const WANTED: [&str; 3] = ["--every-operation", "--events", "-"];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The events but for the name of the capture they come from.
fn events(output: &Output) -> Vec<Value> {
    let mut events = common::lines(output);
    for event in &mut events {
        if let Some(evidence) = event["evidence"].as_object_mut() {
            evidence.remove("capture");
        }
        event.as_object_mut().unwrap().remove("source");
    }
    assert!(events.len() > 500, "{}", events.len());
    events
}

fn replay(path: &Path) -> Vec<Value> {
    events(&run(&[&["replay", path.to_str().unwrap()], &WANTED[..]].concat()))
}

#[test]
fn a_compressed_capture_and_one_from_a_pipe_tell_what_the_plain_one_tells() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(capture("attack-s7-03.pcapng")).unwrap();
    let wanted = replay(&capture("attack-s7-03.pcapng"));
    // The name does not matter: what it is stands in its first bytes.
    let file = folder.path().join("a.pcapng");
    fs::write(&file, gzip(&plain)).unwrap();
    assert_eq!(replay(&file), wanted, "gzip");
    fs::write(&file, zstd::encode_all(&plain[..], 3).unwrap()).unwrap();
    assert_eq!(replay(&file), wanted, "zstd");

    let command = |input: Stdio| {
        let arguments = [&["replay", "-"], &WANTED[..]].concat();
        fengsui().args(arguments).stdin(input).stdout(Stdio::piped()).spawn().unwrap()
    };
    let from_file = command(File::open(&file).unwrap().into()).wait_with_output().unwrap();
    assert_eq!(events(&from_file), wanted, "zstd on the standard input");
    let mut piped = command(Stdio::piped());
    let mut pipe = piped.stdin.take().unwrap();
    let writer = std::thread::spawn(move || {
        // In small pieces, as a slow link gives them.
        plain.chunks(1000).for_each(|chunk| pipe.write_all(chunk).unwrap());
    });
    let output = piped.wait_with_output().unwrap();
    writer.join().unwrap();
    assert_eq!(events(&output), wanted, "a pipe");
}

#[test]
fn a_folder_is_read_with_its_compressed_files() {
    let folder = tempfile::tempdir().unwrap();
    let plain = fs::read(capture("attack-s7-03.pcapng")).unwrap();
    fs::write(folder.path().join("1.pcapng.gz"), gzip(&plain)).unwrap();
    fs::write(folder.path().join("2.pcap.zst"), zstd::encode_all(&plain[..], 3).unwrap()).unwrap();
    fs::write(folder.path().join("3.labels.json"), "{}").unwrap();
    let path = folder.path().to_str().unwrap();
    let output = run(&["replay", path, "--every-operation", "--events", "-"]);
    let events = common::lines(&output);
    let captures: BTreeSet<&str> = events.iter().filter_map(|event| event["evidence"]["capture"].as_str()).collect();
    assert_eq!(captures, BTreeSet::from(["1.pcapng.gz", "2.pcap.zst"]));
    assert_eq!(events[0]["evidence"]["capture"], "1.pcapng.gz");
}
