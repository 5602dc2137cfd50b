//! The shipped rules are proven by captures, silent on the plant at work, and whatever does not load is named.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use common::{capture, fengsui, lines, repository, run};
use serde_json::Value;

/// A shipped rule, as its alert names it, and the capture that proves it.
#[derive(Debug)]
struct Shipped {
    name: String,
    proof: String,
}

/// Rules as they stand in the files of `rules/`, not as the loader under test reads them.
fn shipped() -> Vec<Shipped> {
    let mut rules = Vec::new();
    for entry in repository().join("rules").read_dir().unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        match path.extension().and_then(|e| e.to_str()) {
            Some("rules") => rules.extend(text.lines().filter(|line| line.starts_with("alert ")).map(signature)),
            Some("yar") => rules.extend(text.split("\nrule ").skip(1).map(yara)),
            _ => {}
        }
    }
    assert!(rules.len() > 10, "the shipped rules are there");
    rules
}

fn signature(line: &str) -> Shipped {
    let proof = between(line, ", proof ", ";");
    Shipped { name: between(line, " sid:", ";"), proof }
}

fn yara(text: &str) -> Shipped {
    let name = text.split_whitespace().next().unwrap().to_owned();
    Shipped { name, proof: between(text, "proof = \"", "\"") }
}

fn between(text: &str, before: &str, after: &str) -> String {
    let rest = text.split_once(before).unwrap_or_else(|| panic!("no '{before}' in {text}")).1;
    rest.split_once(after).unwrap_or_else(|| panic!("no '{after}' in {text}")).0.to_owned()
}

/// The rules, by number or name, that speak on a capture.
fn spoken(name: &str) -> BTreeSet<String> {
    let alerts = lines(&run(&["replay", capture(name).to_str().unwrap(), "--alerts", "-"]));
    alerts
        .iter()
        .filter(|alert| alert["detection"].is_null())
        .map(|alert| alert["yara"].as_str().map_or_else(|| alert["sid"].to_string(), str::to_owned))
        .collect()
}

fn check(paths: &[&PathBuf]) -> (Output, String) {
    let output = fengsui().args(["rules", "check"]).args(paths).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

#[test]
fn a_program_that_goes_record_by_record_over_modbus_is_scanned_and_a_recipe_beside_it_is_silent() {
    let file = capture("modbus-records.pcapng");
    let told = |what: &str| lines(&run(&["replay", file.to_str().unwrap(), what, "-"]));
    let events = told("--events").into_iter().filter(|event| event["event_type"] == "artifact");
    let carried: Vec<Value> = events.map(|event| event["artifact"].clone()).collect();
    let shown = |artifact: &Value| format!("{} {} {}", artifact["name"], artifact["size"], artifact["complete"]);
    let whole: Vec<String> = carried.iter().map(shown).collect();
    let (recipe, program) = ("\"unit 1 file 4\" 2260 true", "\"unit 1 file 5\" 8192 true");
    assert_eq!(whole, [recipe, recipe, program, program], "written and read");
    assert_eq!(carried[2]["sha256"], carried[3]["sha256"], "what is read is what was written");
    let alerts = told("--alerts");
    let scanned: Vec<_> = alerts.iter().filter(|alert| alert["yara"].is_string()).collect();
    assert_eq!((scanned.len(), &scanned[0]["yara"]), (1, &"Ot_FrostyGoop".into()));
    let reasons = scanned[0]["reasons"].to_string();
    assert!(reasons.contains("unit 1 file 5") && !reasons.contains("file 4"), "{reasons}");
}

#[test]
fn every_shipped_rule_speaks_on_its_proof() {
    let mut by_proof: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for rule in shipped() {
        by_proof.entry(rule.proof).or_default().push(rule.name);
    }
    for (proof, rules) in by_proof {
        let spoken = spoken(&proof);
        for rule in rules {
            assert!(spoken.contains(&rule), "{rule} is silent on {proof}, where only {spoken:?} speak");
        }
    }
}

#[test]
fn no_shipped_rule_speaks_of_the_plant_at_work() {
    assert_eq!(spoken("benign.pcapng"), BTreeSet::new());
}

#[test]
fn the_shipped_rules_are_those_of_the_folder_and_each_has_its_metadata() {
    let listed = lines(&run(&["rules", "list", "--json"]));
    let numbers: BTreeSet<String> = listed.iter().map(|rule| rule["sid"].to_string()).collect();
    let in_files = shipped();
    let of_files: BTreeSet<String> =
        in_files.iter().map(|rule| rule.name.clone()).filter(|name| name.parse::<u32>().is_ok()).collect();
    assert_eq!(numbers, of_files);
    let (_, text) = check(&[]);
    let yara = in_files.len() - of_files.len();
    assert!(text.ends_with(&format!("{} rules and {yara} yara rules load, 0 are refused\n", of_files.len())), "{text}");
    for rule in &listed {
        let sid = rule["sid"].as_u64().unwrap();
        assert!((4_200_000..4_201_000).contains(&sid), "{rule}");
        let techniques = rule["techniques"].as_array().unwrap();
        let known = |technique: &str| technique.len() == 5 && technique.starts_with("T0");
        assert!(!techniques.is_empty() && techniques.iter().all(|t| known(t.as_str().unwrap())), "{rule}");
        assert!(!rule["message"].as_str().unwrap().is_empty() && rule["rev"].as_u64().unwrap() > 0, "{rule}");
    }
}

#[test]
fn a_rule_that_does_not_load_is_named_with_file_line_and_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.rules");
    fs::write(
        &file,
        concat!(
            "# mine\n",
            "alert tcp any any -> any any (msg:\"good\"; content:\"abc\"; sid:1;)\n",
            "alert tcp any any -> any any (msg:\"bad\"; dnp3_func:read; sid:2;)\n",
            "drop tcp any any -> any any (sid:3;)\n",
            "alert tcp any any -> $NOBODY any (sid:4;)\n",
            "alert tcp any any -> any any (sid:1;)\n",
        ),
    )
    .unwrap();
    let yara = folder.path().join("mine.yar");
    fs::write(&yara, "rule fine { condition: true }\nrule broken { condition: nothing }\n").unwrap();
    let missing = folder.path().join("missing.rules");
    let (output, text) = check(&[&file, &yara, &missing]);
    assert_eq!(output.status.code(), Some(1));
    let (file, yara) = (file.display(), yara.display());
    for line in [
        format!("loads    {file}:2: sid 1: good"),
        format!("refused  {file}:3: sid 2: dnp3_func: DNP3 is not decoded yet"),
        format!("refused  {file}:4: sid 3: action 'drop': a passive monitor can only alert"),
        format!("refused  {file}:5: sid 4: the variable $NOBODY is not defined"),
        format!("refused  {file}:6: sid 1: the number is taken by {file}:2"),
        format!("refused  {yara}:2: undefined identifier \"nothing\""),
    ] {
        assert!(text.lines().any(|l| l == line), "'{line}' is not among\n{text}");
    }
    assert!(text.contains(&format!("refused  {}:0: cannot be read", missing.display())), "{text}");
    assert!(text.ends_with("1 rules and 0 yara rules load, 6 are refused\n"), "{text}");
}

#[test]
fn the_examples_of_the_readme_load() {
    let readme = fs::read_to_string(repository().join("rules/README.md")).unwrap();
    let blocks = readme.split("```").skip(1).step_by(2).filter(|block| block.trim_start().starts_with("alert"));
    let text: String = blocks.collect();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("readme.rules");
    fs::write(&file, text).unwrap();
    let output = run(&["rules", "check", file.to_str().unwrap(), "--var", "HMI=[10.0.0.5]"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.ends_with("15 rules and 0 yara rules load, 0 are refused\n"), "{text}");
}

/// Numbers of the rules that speak when these rules watch a capture.
fn speak(rules: &str, capture: &Path) -> BTreeSet<u64> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.rules");
    fs::write(&file, rules).unwrap();
    let arguments = ["replay", capture.to_str().unwrap(), "--rules", file.to_str().unwrap(), "--alerts", "-"];
    lines(&run(&arguments)).iter().filter_map(|alert| alert["sid"].as_u64()).collect()
}

#[test]
fn a_rule_that_loads_with_a_limit_says_which() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mine.rules");
    let rules = concat!(
        "alert tcp any any -> any any (msg:\"whole\"; content:\"abc\"; byte_jump:1,0,relative; sid:1;)\n",
        "alert tcp any any -> any 80 (msg:\"part\"; content:\"abc\"; http_uri; sid:2;)\n",
    );
    fs::write(&file, rules).unwrap();
    let (output, text) = check(&[&file]);
    assert_eq!(output.status.code(), Some(0));
    let file = file.display();
    let limited: Vec<&str> = text.lines().filter(|line| line.starts_with("limited ")).collect();
    assert!(text.lines().any(|line| line == format!("loads    {file}:1: sid 1: whole")), "{text}");
    assert!(limited.len() == 1 && limited[0].starts_with(&format!("limited  {file}:2: sid 2: part (http_uri: ")));
    assert!(text.ends_with("2 rules and 0 yara rules load, 1 of them with a limit, 0 are refused\n"), "{text}");
    let rows = lines(&run(&["rules", "check", "--json", &file.to_string()]));
    let said: Vec<_> = rows.iter().map(|row| (row["status"].as_str().unwrap(), row["limits"].clone())).collect();
    assert_eq!(said[0], ("loads", serde_json::json!([])));
    assert!(said[1].0 == "limited" && said[1].1[0].as_str().unwrap().contains("not normalised"));
}

#[test]
fn rules_may_ask_what_the_plant_knows() {
    let folder = tempfile::tempdir().unwrap();
    let [normal, mine] =
        ["normal.json", "mine.rules"].map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    let rules = concat!(
        "alert modbus any any -> any any (modbus: access write; baseline:new; sid:1;)\n",
        "alert modbus any any -> any any (modbus: access write; baseline:!new; sid:2;)\n",
        "alert modbus any any -> any any (modbus: access write; asset.role:server=plc; zone:!crossed; sid:3;)\n",
        "alert modbus any any -> any any (modbus: access write; asset.role:client=plc; sid:4;)\n",
        "alert modbus any any -> any any (modbus: access write; zone:crossed; sid:5;)\n",
        "alert tcp any any -> any 502 (content:\"|00 00|\"; offset:2; depth:2; baseline:new; sid:6;)\n",
    );
    fs::write(&mine, rules).unwrap();
    let benign = capture("benign.pcapng").to_str().unwrap().to_owned();
    run(&["replay", &benign, "--learn", &normal]);
    let speak = |name: &str| -> BTreeSet<u64> {
        let name = capture(name);
        let watch = ["replay", name.to_str().unwrap(), "--baseline", &normal, "--rules", &mine, "--alerts", "-"];
        lines(&run(&watch)).iter().filter_map(|alert| alert["sid"].as_u64()).collect()
    };
    assert_eq!(speak("benign.pcapng"), BTreeSet::from([2, 3]));
    assert_eq!(speak("attack-mb-01.pcapng"), BTreeSet::from([1, 2, 3, 6]), "the intruder's link is new, too");
    let roles: Vec<&str> = fengsui::inventory::Role::ALL.into_iter().map(fengsui::inventory::Role::name).collect();
    assert_eq!(fengsui::signature::ROLES.as_slice(), roles);
}

#[test]
fn messages_and_headers_of_a_capture_are_asked() {
    let rules = concat!(
        "alert tcp any any -> any 502 (modbus_func:write_single_coil; sid:1;)\n",
        "alert tcp any any -> any 502 (content:\"|00 00|\"; offset:2; depth:2; flags:+A; ttl:>1; sid:2;)\n",
        "alert tcp any any -> any 502 (content:\"|00 00|\"; offset:2; depth:2; flags:!A; sid:3;)\n",
        "alert tcp any any -> any 502 (modbus_func:127; sid:4;)\n",
        "alert tcp any any <> any 502 (byte_jump:2,4; isdataat:!0,relative; sid:5;)\n",
        "alert tcp any 502 -> any any (byte_test:1,>=,0x80,7; flowbits:isset,asked; sid:6;)\n",
        "alert tcp any any -> any 502 (byte_test:1,<,0x80,7; flowbits:set,asked; noalert; sid:7;)\n",
    );
    assert_eq!(speak(rules, &capture("modbus-functions.pcapng")), BTreeSet::from([1, 2, 5, 6]));
}

/// A ping and its answer, as a capture file of Ethernet frames.
fn ping() -> Vec<u8> {
    let frames = [
        "02000000000202000000000108004500002000010000400166da0a0000010a0000020800192d0001000170696e67",
        "02000000000102000000000208004500002000010000400166da0a0000020a0000010000212d0001000170696e67",
    ];
    let mut file = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        file.extend(word.to_le_bytes());
    }
    for (second, frame) in (1..).zip(frames) {
        let bytes: Vec<u8> =
            (0..frame.len()).step_by(2).map(|at| u8::from_str_radix(&frame[at..at + 2], 16).unwrap()).collect();
        let length = u32::try_from(bytes.len()).unwrap();
        for word in [second, 0, length, length] {
            file.extend(u32::to_le_bytes(word));
        }
        file.extend(bytes);
    }
    file
}

#[test]
fn icmp_has_type_code_and_bytes() {
    let rules = concat!(
        "alert icmp any any -> any any (itype:8; icode:0; sid:1;)\n",
        "alert icmp any any -> any any (itype:0; content:\"ping\"; sid:2;)\n",
        "alert icmp any any -> any any (itype:3; sid:3;)\n",
        "alert icmp 10.0.0.2 any -> any any (itype:8; sid:4;)\n",
        "alert ip any any -> any any (ip_proto:icmp; ttl:64; sid:5;)\n",
        "alert tcp any any -> any any (content:\"ping\"; sid:6;)\n",
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ping.pcap");
    fs::write(&file, ping()).unwrap();
    assert_eq!(speak(rules, &file), BTreeSet::from([1, 2, 5]));
}
