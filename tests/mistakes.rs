//! People's mistakes: each is told on the standard error, naming the thing and what to do; the exit code is not 0.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Output;

use common::process::Running;
use common::{capture, fengsui, may_capture};
use tempfile::TempDir;

fn try_it(arguments: &[&str]) -> Output {
    fengsui().args(arguments).output().expect("the binary starts")
}

/// What a person reads: the standard error, which names every one of these things.
fn told(arguments: &[&str], things: &[&str]) -> String {
    check(&try_it(arguments), arguments, things)
}

fn check(output: &Output, arguments: &[&str], things: &[&str]) -> String {
    let text = String::from_utf8(output.stderr.clone()).expect("a message is text");
    assert_eq!(output.status.code(), Some(1), "{arguments:?}\n{text}");
    assert!(text.lines().any(|line| line.starts_with("fengsui: ")), "{arguments:?}\n{text}");
    for thing in things {
        assert!(text.contains(thing), "{arguments:?} does not say {thing:?}:\n{text}");
    }
    for noise in ["panicked", "backtrace", "RUST_BACKTRACE", "Error {"] {
        assert!(!text.contains(noise), "{arguments:?}\n{text}");
    }
    text
}

struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.path(name), content).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// A configuration on a data folder in here, with these lines.
    fn config(&self, lines: &str) -> String {
        let data = self.path("data");
        let text = format!(
            "[data]\nfolder = \"{}\"\n[console]\nlisten = \"127.0.0.1:0\"\n[log]\njson = true\n{lines}",
            data.display()
        );
        self.file("fengsui.toml", text)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn attack() -> String {
    capture("attack-s7-03.pcapng").to_str().unwrap().to_owned()
}

#[test]
fn a_file_that_is_no_capture() {
    let folder = Folder::new();
    told(&["replay", &folder.file("notes.pcap", "shift report")], &["notes.pcap", "no capture", "editcap"]);
    told(&["replay", &folder.file("empty.pcap", "")], &["empty.pcap", "is empty"]);
    told(&["replay", folder.path("none.pcap").to_str().unwrap()], &["none.pcap", "No such file", "check the name"]);
    fs::create_dir(folder.path("captures")).unwrap();
    told(&["replay", folder.path("captures").to_str().unwrap()], &["captures", "no file that ends in .pcap"]);
}

#[test]
fn a_capture_that_was_cut_is_read_as_far_as_it_goes() {
    let folder = Folder::new();
    let whole = fs::read(attack()).unwrap();
    let cut = folder.file("cut.pcapng", &whole[..100_000]);
    let arguments = ["replay", &cut, "--summary", "text"];
    let output = try_it(&arguments);
    check(&output, &arguments, &["cut.pcapng", "at byte 99744", "everything before was read"]);
    let summary = String::from_utf8(output.stdout).unwrap();
    assert!(summary.contains("s7comm read_var"), "{summary}");

    told(&["replay", &folder.file("head.pcapng", &whole[..20])], &["head.pcapng", "ends in the midst", "at byte 0"]);
    let header = [&[0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0][..], &[0; 8], &[0xff, 0xff, 0, 0, 1, 0, 0, 0]].concat();
    told(&["replay", &folder.file("head.pcap", &header[..10])], &["head.pcap", "ends in the midst", "at byte 0"]);
    for (name, packed) in [("cut.gz", gzip(&whole)), ("cut.zst", zstd::encode_all(&whole[..], 3).unwrap())] {
        let cut = folder.file(name, &packed[..packed.len() - 100]);
        let output = try_it(&["replay", &cut, "--summary", "text"]);
        check(&output, &["replay", name], &[name, "of its decompressed content", "everything before was read"]);
        let summary = String::from_utf8(output.stdout).unwrap();
        assert!(summary.contains("s7comm read_var"), "{summary}");
    }
    let lie = [&header[..], &[0; 8], &[0xff, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0x7f]].concat();
    told(&["replay", &folder.file("lie.pcap", lie)], &["lie.pcap", "damaged at byte 24", "length field"]);
}

#[test]
fn where_results_cannot_be_written() {
    let folder = Folder::new();
    let nowhere = folder.path("no/such/folder").to_str().unwrap().to_owned();
    for option in ["--alerts", "--events", "--learn"] {
        told(&["replay", &attack(), option, &nowhere], &["no/such/folder"]);
    }
    told(&["replay", &attack(), "--baseline", &folder.file("b", "{}")], &["--baseline", "no baseline", "--learn"]);
    told(&["replay", &attack(), "--data", &folder.file("d", "")], &["--data"]);
}

#[test]
fn evidence_that_cannot_be_written_is_told_by_the_alert() {
    let folder = Folder::new();
    let data = folder.path("data");
    let replay = ["replay", &attack(), "--data", data.to_str().unwrap(), "--alerts", "-"].map(str::to_owned);
    let alerts = || common::lines(&common::run(&replay.each_ref().map(String::as_str)));
    let first = alerts();
    assert!(!first.is_empty() && first.iter().all(|alert| alert["evidence"]["sha256"].is_string()), "{first:?}");
    // Something else stands where the file should be; ids are the same in every run.
    for alert in &first {
        let file = data.join("evidence").join(alert["evidence"]["pcapng"].as_str().unwrap());
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
    }
    let second = alerts();
    assert!(second.iter().all(|alert| alert["evidence"]["lost"] == "not_writable"), "{second:?}");
}

#[test]
fn a_rule_that_does_not_load_is_named_with_file_line_and_reason() {
    let folder = Folder::new();
    let good = r#"alert tcp any any -> any any (msg:"ok"; content:"abc"; sid:1; rev:1;)"#;
    let bad = r#"alert tcp any any -> $NOPE any (msg:"x"; content:"abc"; sid:7; rev:1;)"#;
    let rules = folder.file("site.rules", format!("{good}\n{bad}\n"));
    let yara = folder.file("site.yar", "rule broken { condition: foo }");
    told(&["replay", &attack(), "--rules", &rules, &yara], &["site.rules:2", "sid 7", "$NOPE", "site.yar:1", "foo"]);

    let output = try_it(&["rules", "check", &rules, &yara]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    for thing in ["loads    ", "site.rules:1", "refused  ", "site.rules:2", "$NOPE", "site.yar:1"] {
        assert!(text.contains(thing), "{thing:?} in\n{text}");
    }
    fs::create_dir(folder.path("none")).unwrap();
    told(&["rules", "check", folder.path("none").to_str().unwrap()], &["none", "no rule", ".rules"]);
}

#[test]
fn a_configuration_that_is_wrong() {
    let folder = Folder::new();
    let wrong = |lines: &str, things: &[&str]| {
        let config = folder.config(lines);
        let things: Vec<&str> = ["fengsui.toml"].into_iter().chain(things.iter().copied()).collect();
        told(&["config", "check", &config], &things);
        told(&["run", "--config", &config], &things);
    };
    wrong("[capture\n", &["line 7", "[capture"]);
    wrong("[capture]\nbufer_mb = 64\n", &["line 8", "bufer_mb", "buffer_mb"]);
    wrong("[capture]\nbuffer_mb = \"big\"\n", &["line 8", "big", "whole number"]);
    wrong("[capture]\nbuffer_mb = 1\n", &["capture.buffer_mb", "1", "from 4 to 4096"]);
    wrong("[uplink]\nenrolment_code = \"file:/no/such\"\n", &["line 8", "/no/such", "No such file"]);
    told(&["config", "check", folder.path("none.toml").to_str().unwrap()], &["none.toml", "fengsui config default"]);
    told(&["run", "--config", folder.path("none.toml").to_str().unwrap()], &["none.toml", "fengsui config default"]);
}

#[test]
fn what_a_configuration_points_to_is_looked_at() {
    let folder = Folder::new();
    let wrong = |lines: &str, things: &[&str]| {
        let config = folder.config(lines);
        told(&["config", "check", &config], things);
        told(&["run", "--config", &config, "-i", "lo"], things);
    };
    let text = folder.file("text.pem", "hello");
    wrong("[uplink]\nca = \"/no/such.pem\"\n", &["uplink.ca", "/no/such.pem", "No such file"]);
    wrong(&format!("[uplink]\nca = \"{text}\"\n"), &["uplink.ca", "text.pem", "PEM"]);
    wrong(
        "[[webhook]]\nname = \"duty\"\nurl = \"http://example.com/\"\nsecret = \"short\"\n",
        &["duty", "whsec_", "openssl rand"],
    );
    wrong("[capture]\nfilter = \"host plc\"\n", &["capture.filter", "'plc' at column 6", "write an address"]);
    wrong("[capture]\nworkers = 0\n", &["capture.workers", "from 1 to 16"]);
    let config = folder.config("[rules]\npaths = [\"/no/such.rules\"]\n");
    told(&["config", "check", &config], &["rules.paths", "/no/such.rules"]);
}

#[test]
fn no_interface_or_none_of_this_name() {
    let folder = Folder::new();
    let config = folder.config("");
    told(&["run", "--config", &config], &["capture.interfaces", "-i", "fengsui interfaces"]);
    told(&["run", "--config", &config, "-i", "nope0"], &["nope0", "this machine has", "lo"]);
}

#[test]
fn a_port_that_is_taken() {
    let folder = Folder::new();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = holder.local_addr().unwrap().to_string();
    let data = folder.path("data");
    let config = format!("[data]\nfolder = \"{}\"\n[console]\nlisten = \"{address}\"\n", data.display());
    let config = folder.file("c.toml", config);
    told(&["run", "--config", &config, "-i", "lo"], &["console.listen", &address, "in use", "another port"]);
    let receiver = folder.file("r.toml", format!("listen = \"{address}\"\nfolder = \"{}\"\n", data.display()));
    told(&["receiver", "--config", &receiver], &["listen", &address, "in use", "another port"]);
}

#[test]
fn a_data_folder_that_cannot_be_used() {
    let folder = Folder::new();
    let file = folder.file("file", "");
    let config = format!("[data]\nfolder = \"{file}\"\n[console]\nlisten = \"127.0.0.1:0\"\n");
    let config = folder.file("c.toml", config);
    told(&["run", "--config", &config, "-i", "lo"], &["data.folder", &file, "write a folder"]);
    let receiver = folder.file("r.toml", format!("listen = \"127.0.0.1:0\"\nfolder = \"{file}\"\n"));
    told(&["receiver", "--config", &receiver], &["folder", &file, "write a folder"]);
}

#[test]
fn a_certificate_that_cannot_be_read() {
    let folder = Folder::new();
    let text = folder.file("text.pem", "hello");
    let receiver = |certificate: &str| {
        let data = folder.path("data");
        let lines = format!("certificate = \"{certificate}\"\nkey = \"{certificate}\"\n");
        folder.file("r.toml", format!("listen = \"127.0.0.1:0\"\nfolder = \"{}\"\n{lines}", data.display()))
    };
    told(&["receiver", "--config", &receiver("/no/such.pem")], &["certificate", "/no/such.pem", "No such file"]);
    told(&["receiver", "--config", &receiver(&text)], &["certificate", "text.pem", "PEM"]);
}

fn receiver_config(folder: &Folder) -> String {
    let text =
        format!("listen = \"127.0.0.1:0\"\nfolder = \"{}\"\n[log]\njson = true\n", folder.path("data").display());
    folder.file("receiver.toml", text)
}

#[test]
fn a_second_one_on_the_same_folder_is_refused_and_the_first_goes_on() {
    let folder = Folder::new();
    let config = receiver_config(&folder);
    let mut first = Running::start(&["receiver", "--config", &config]);
    first.field("receiving", "address");
    told(&["receiver", "--config", &config], &[folder.path("data").to_str().unwrap(), "another fengsui"]);
    first.assert_alive();
    assert_eq!(first.stop("TERM").code(), Some(0), "{}", first.log());
    // The folder is free again.
    let mut next = Running::start(&["receiver", "--config", &config]);
    next.field("receiving", "address");
    assert_eq!(next.stop("INT").code(), Some(0), "{}", next.log());
}

#[test]
fn the_demo_ends_cleanly_and_says_what_it_lacks() {
    let folder = Folder::new();
    told(&["demo", "--captures", folder.path("none").to_str().unwrap()], &["--captures", "none", "repository"]);
    for signal in ["TERM", "INT"] {
        let mut demo = Running::start(&["demo", "--listen", "127.0.0.1:0", "--attack-every", "0s"]);
        demo.line("registered");
        assert_eq!(demo.stop(signal).code(), Some(0), "{}", demo.log());
    }
}

#[test]
fn the_appliance_ends_cleanly_and_lets_nobody_else_at_its_folder() {
    let folder = Folder::new();
    let config = folder.config("");
    if !may_capture() {
        told(&["run", "--config", &config, "-i", "lo"], &["lo", "no right to capture", "setcap"]);
        return;
    }
    for signal in ["TERM", "INT"] {
        let mut first = Running::start(&["run", "--config", &config, "-i", "lo"]);
        first.field("running", "console");
        told(&["run", "--config", &config, "-i", "lo"], &[folder.path("data").to_str().unwrap(), "another fengsui"]);
        assert_eq!(first.stop(signal).code(), Some(0), "{}", first.log());
    }
}
