//! S7comm and S7comm-plus as public stacks and a scanner speak them: `tests/lab/s7_stacks` recorded
//! python-snap7, the Snap7 C library, s7commplus and nmap.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use common::{lines, run};
use serde_json::Value;

/// Ports of python-snap7's own server, of Snap7's, and of s7commplus in version 1 in clear, over TLS, and with digests.
const PURE: u64 = 10102;
const NATIVE: u64 = 102;
const CLEAR: u64 = 10202;
const TLS: u64 = 10302;
const DIGESTS: u64 = 10402;
/// The Transport connection of nmap's script.
const NMAP_REFERENCE: u64 = 20;

fn capture(name: &str) -> String {
    common::capture(name).to_string_lossy().into_owned()
}

fn events(name: &str) -> Vec<Value> {
    lines(&run(&["replay", &capture(name), "--every-operation", "--events", "-"]))
}

fn on(port: u64) -> impl Fn(&&Value) -> bool {
    move |event| event["server"]["port"] == port
}

/// Acts of one server with what became of them.
fn acts(events: &[Value], port: u64) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let named = |event: &&Value| event["function"]["act"].is_string();
    let act = |event: &Value| (text(&event["function"]["act"]), text(&event["outcome"]));
    events.iter().filter(on(port)).filter(named).map(act).collect()
}

fn sessions<'a>(events: &'a [Value], port: u64, step: &str) -> Vec<&'a Value> {
    let sessions = events.iter().filter(on(port)).map(|event| &event["session"]);
    sessions.filter(|session| session["step"] == step).collect()
}

#[test]
fn every_act_of_the_classic_stacks_is_named_with_its_outcome() {
    let events = events("s7-stacks.pcapng");
    let accepted = |port: u64| -> BTreeSet<String> {
        acts(&events, port).into_iter().filter(|(_, outcome)| outcome == "accepted").map(|(act, _)| act).collect()
    };
    let both =
        ["log_in", "log_out", "set_clock", "start", "stop", "delete_block", "compress_memory", "copy_ram_to_rom"];
    for act in both {
        assert!(accepted(PURE).contains(act), "{act}: {:?}", acts(&events, PURE));
    }
    assert!(accepted(PURE).contains("download") && accepted(PURE).contains("upload"));
    // Snap7's server takes no blocks and gives none.
    let native = acts(&events, NATIVE);
    for act in ["download", "upload"] {
        assert!(native.contains(&(act.to_owned(), "refused".to_owned())), "{act}: {native:?}");
    }
    assert!(accepted(NATIVE).contains("stop") && accepted(NATIVE).contains("start"), "{native:?}");
}

#[test]
fn stop_and_start_are_effective_when_a_status_list_shows_it() {
    let events = events("s7-stacks.pcapng");
    let shown = |act: &str| {
        let effects = sessions(&events, NATIVE, "s7_effect");
        let effect = effects.into_iter().find(|effect| effect["act"] == act).unwrap_or_else(|| panic!("no {act}"));
        (effect["state"].clone(), effect["shown_by"].clone())
    };
    assert_eq!(shown("stop"), ("STOP".into(), "szl 0x0424 index 0".into()));
    assert_eq!(shown("start"), ("RUN".into(), "szl 0x0424 index 0".into()));
    let alerts = lines(&run(&["replay", &capture("s7-stacks.pcapng"), "--alerts", "-"]));
    for detection in ["S7-03", "S7-04"] {
        let alert = alerts.iter().find(|alert| alert["detection"] == detection).expect("stop and start alert");
        assert_eq!(alert["outcome"], "effective", "{detection}");
    }
}

#[test]
fn a_block_compiled_anew_is_no_change_and_other_code_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let arguments = ["replay", &capture("s7-stacks.pcapng"), "--every-operation", "--events", "-", "--data", data];
    let events = lines(&run(&arguments));
    let versions = |events: &[Value]| -> Vec<String> {
        let compared = events.iter().map(|event| &event["artifact"]["comparison"]["versions"]);
        compared.filter_map(|versions| versions.as_str().map(str::to_owned)).collect()
    };
    // The pure server keeps what it was given behind a header of its own; at last another block goes up.
    assert_eq!(versions(&events), ["first", "same_code", "changed", "same_code", "first"]);
    let kept = || folder.path().join("blocks").read_dir().unwrap().count();
    assert_eq!(kept(), 5, "each version is kept");
    // After a restart the last version is still known: what comes first now is the first download's code again.
    assert_eq!(versions(&lines(&run(&arguments))), ["changed", "same_code", "changed", "same_code", "same"]);
    let alerts = lines(&run(&["replay", &capture("s7-stacks.pcapng"), "--alerts", "-"]));
    let changed: Vec<&Value> = alerts.iter().filter(|alert| alert["detection"] == "S7-12").collect();
    assert_eq!(changed.iter().map(|alert| alert["count"].as_u64().unwrap()).sum::<u64>(), 1);
}

#[test]
fn who_connects_as_a_panel_reads_as_one_and_partners_send_both_ways() {
    let events = events("s7-extras.pcapng");
    let function = |name: &'static str| {
        let functions = events.iter().map(|event| &event["function"]);
        functions.filter(|function| function["name"] == name).collect::<Vec<_>>()
    };
    let panels = function("read_var").into_iter().filter(|read| read["role"] == "op").collect::<Vec<_>>();
    assert!(panels.len() > 15 && panels.iter().all(|read| read["act"] == "hmi_read"), "{panels:?}");
    assert!(function("read_var").iter().any(|read| read["role"].is_null() && read["act"].is_null()), "a LOGO client");
    let ways: Vec<bool> = function("pbc_bsend").iter().map(|sent| sent["by_server"] == true).collect();
    assert_eq!(ways, [false, true]);
}

#[test]
fn blocks_that_a_server_keeps_as_data_come_back_with_the_same_code() {
    let events = events("s7-extras.pcapng");
    let artifacts: Vec<&Value> = events.iter().map(|event| &event["artifact"]).filter(|a| a.is_object()).collect();
    let hashes: Vec<&Value> = artifacts.iter().map(|artifact| &artifact["block"]["code_sha256"]).collect();
    assert!(hashes.chunks(2).all(|pair| pair[0] == pair[1] && pair[0].is_string()), "{hashes:?}");
    let versions: Vec<&str> =
        artifacts.iter().map(|artifact| artifact["comparison"]["versions"].as_str().unwrap()).collect();
    let [data, block, again, other] = [0, 2, 4, 6].map(|at| [versions[at], versions[at + 1]]);
    assert_eq!(data, ["first", "same_code"]);
    assert_eq!(block, ["changed", "same_code"]);
    assert_eq!(again, ["same_code", "same_code"]);
    assert_eq!(other, ["changed", "same_code"]);
    assert_eq!(artifacts[6]["comparison"]["difference"]["runs"], serde_json::json!([[71, 71]]));
}

#[test]
fn the_scanner_learns_what_we_learn_from_its_answers() {
    let events = events("s7-stacks.pcapng");
    let connected = |event: &&Value| event["session"]["source_reference"] == NMAP_REFERENCE;
    let flow = &events.iter().find(connected).expect("nmap's script connects")["flow_id"];
    let facts: BTreeMap<String, String> = events
        .iter()
        .filter(|event| event["event_type"] == "identity" && event["flow_id"] == *flow)
        .map(|event| {
            let text = |name: &str| event["identity"][name].as_str().unwrap().to_owned();
            (text("kind"), text("value"))
        })
        .collect();
    let expected = [
        ("order_number", "6ES7 315-2EH14-0AB0"),
        ("firmware", "V3.2.6"),
        ("model", "CPU 315-2 PN/DP"),
        ("serial", "S C-C2UR28922012"),
        ("place", "rack 0 slot 2"),
    ];
    for (kind, value) in expected {
        assert_eq!(facts.get(kind).map(String::as_str), Some(value), "{facts:?}");
    }
}

#[test]
fn s7comm_plus_is_read_in_clear_and_with_digests_and_said_to_be_encrypted_behind_tls() {
    let events = events("s7-plus-stacks.pcapng");
    let functions = |port: u64| -> BTreeSet<&str> {
        events.iter().filter(on(port)).filter_map(|event| event["function"]["name"].as_str()).collect()
    };
    for port in [CLEAR, DIGESTS] {
        let spoken = functions(port);
        for function in
            ["create_object", "explore", "get_multi_variables", "set_multi_variables", "set_var_sub_streamed"]
        {
            assert!(spoken.contains(function), "port {port}: {function} is not among {spoken:?}");
        }
        assert!(acts(&events, port).contains(&("open_session".to_owned(), "accepted".to_owned())));
    }
    assert_eq!(functions(TLS), BTreeSet::from(["init_ssl"]), "nothing is read behind TLS");
    let hellos = sessions(&events, TLS, "tls_hello");
    let sides: Vec<_> = hellos.iter().map(|hello| (&hello["from_server"], &hello["version"])).collect();
    assert_eq!(sides, [(&Value::Bool(false), &"1.3".into()), (&Value::Bool(true), &"1.3".into())]);

    let summary = run(&["replay", "--summary", "json", &capture("s7-plus-stacks.pcapng")]);
    let summary: Value = serde_json::from_slice(&summary.stdout).unwrap();
    let [parsed, undecoded, encrypted] = ["parsed_bytes", "undecoded_bytes", "encrypted_messages"]
        .map(|name| summary["capture"][name].as_u64().unwrap());
    assert!(encrypted > 20, "{encrypted} messages behind TLS");
    assert!(undecoded * 20 <= parsed, "{undecoded} of {parsed} bytes not decoded");
}

/// Rules of one keyword each, with what they match in the captures.
#[test]
fn rules_ask_for_decoded_operations() {
    let rules = [
        ("s7comm", "s7.rosctr:userdata", true),
        ("s7comm", "s7.function:0x29", true),
        ("s7comm", "s7.function:download; s7.block:DB7", true),
        ("s7comm", "s7.block:OB", false),
        ("s7comm", "s7.userdata:security", true),
        ("s7comm", "s7.userdata:programmer", false),
        ("s7comm", "s7.szl:0x0424", true),
        ("s7comm", "s7.szl:0x0131/3", true),
        ("s7comm", "s7.szl:0x0131/77", false),
        ("s7comm", "s7.pi:_MODU", true),
        ("s7comm", "s7.pi:_INSE, _INS2", false),
        ("s7comm", "s7.function:write_var; s7.area:Q", true),
        ("s7comm", "s7.area:DB999", false),
        ("s7comm_plus", "s7comm_plus.function:explore", true),
        ("s7comm_plus", "s7comm_plus.function:set_multi_variables; s7comm_plus.attribute:306=1", true),
        ("s7comm_plus", "s7comm_plus.attribute:306=77", false),
        ("tcp", "s7comm_plus.function:stop", false),
    ];
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s7.rules");
    let rule = |(sid, (protocol, options, _)): (usize, &(&str, &str, bool))| {
        format!("alert {protocol} any any -> any any (msg:\"{sid}\"; {options}; sid:{};)\n", sid + 1)
    };
    fs::write(&file, rules.iter().enumerate().map(rule).collect::<String>()).unwrap();
    let (comm, plus) = (capture("s7-stacks.pcapng"), capture("s7-plus-stacks.pcapng"));
    let alerts = lines(&run(&["replay", &comm, &plus, "--rules", file.to_str().unwrap(), "--alerts", "-"]));
    let spoken: BTreeSet<u64> = alerts.iter().filter_map(|alert| alert["sid"].as_u64()).collect();
    for (sid, (_, options, speaks)) in rules.iter().enumerate() {
        assert_eq!(spoken.contains(&(sid as u64 + 1)), *speaks, "{options}");
    }
}
