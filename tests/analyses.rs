//! Captures that people bring, through the API: looked at beside the live plant, never mixed with it, bounded, and alone in
//! their misfortune.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::plant::Plant;
use common::process::until;
use fengsui::baseline::Baseline;
use fengsui::console::{Loading, Text};
use fengsui::pipeline::{Analyst, Progress};
use serde_json::{Value, json};

const HMI: u8 = 5;
const PLC: u8 = 20;

fn bring(plant: &Plant, name: &str, bytes: &[u8]) -> (u16, Value) {
    let (status, answer) = plant.ask_bytes("POST", &format!("/api/v1/analyses?name={name}"), Some(bytes.to_vec()));
    (status, serde_json::from_slice(&answer).unwrap())
}

fn brought(plant: &Plant, name: &str, bytes: &[u8]) -> u64 {
    let (status, answer) = bring(plant, name, bytes);
    assert_eq!(status, 200, "{answer}");
    answer["id"].as_u64().unwrap()
}

fn state(plant: &Plant, id: u64) -> Value {
    plant.get(&format!("/api/v1/analyses/{id}"))
}

fn wait(plant: &Plant, id: u64, wanted: &str) -> Value {
    until(&format!("analysis {id} is {wanted}"), || Some(state(plant, id)).filter(|view| view["state"] == wanted))
}

fn stop_of_a_controller() -> Vec<u8> {
    std::fs::read(common::capture("attack-s7-03.pcapng")).unwrap()
}

#[test]
fn what_a_capture_shows_stands_beside_the_live_plant_and_never_in_it() {
    let mut plant = Plant::new();
    plant.read(HMI, PLC, 1);
    plant.settle();
    let capture = stop_of_a_controller();
    let id = brought(&plant, "stop.pcapng", &capture);
    let view = wait(&plant, id, "done");
    assert_eq!((&view["size"], &view["read"]), (&json!(capture.len()), &json!(capture.len())));
    let of_capture = plant.get(&format!("/api/v1/analyses/{id}/alerts?search=S7-03"));
    assert!(of_capture["total"].as_u64() > Some(0), "{of_capture}");
    assert_eq!(plant.get("/api/v1/alerts")["total"], 0);
    assert_eq!(plant.get("/api/v1/assets")["total"], 2, "what is live is still only HMI and PLC");
    let rules = json!({"rules": "alert tcp any any -> any 102 (msg:\"S7\"; content:\"|32 01|\"; sid:9000001;)"});
    let tested = plant.post(&format!("/api/v1/analyses/{id}/rules"), &rules);
    assert_eq!(tested["matched"][0]["name"], "1:9000001");
    assert!(plant.get("/api/v1/rules?search=9000001")["total"] == 0, "a rule that was tried is not in use");
}

#[test]
fn a_capture_has_a_cap_and_captures_have_a_number() {
    let plant = Plant::that_studies(|studies| studies.with_cap(1000));
    let (status, answer) = bring(&plant, "large.pcap", &[0; 1001]);
    assert_eq!((status, &answer["error"]), (400, &json!("error.too_large")));
    assert_eq!(answer["detail"], "large.pcap: more than 1000 bytes");
    let (status, answer) = bring(&plant, "empty.pcap", &[]);
    assert_eq!((status, &answer["error"]), (400, &json!("error.empty_file")));
    assert_eq!(plant.get("/api/v1/analyses"), json!([]), "nothing of them is left");
    let mut last = 0;
    for number in 1..=4 {
        last = brought(&plant, "noise.pcap", &[7; 1000]);
        let view = wait(&plant, last, "done");
        assert!(view["faults"][0]["en"].as_str().unwrap().contains("is no capture"), "{number}: {view}");
        assert!(view["faults"][0]["zh"].as_str().unwrap().contains("不是抓包文件"), "{number}: {view}");
    }
    let (status, answer) = bring(&plant, "fifth.pcap", &[7; 10]);
    assert_eq!((status, &answer["error"]), (400, &json!("error.full")));
    plant.post(&format!("/api/v1/analyses/{last}/remove"), &json!({}));
    brought(&plant, "fifth.pcap", &[7; 10]);
}

/// Reads on and on until it is told to stop.
fn endless(_: &Path, _: Loading, _: Option<Vec<u8>>, progress: &mut dyn Progress) -> (Analyst, Vec<Text>) {
    let mut frames = 0;
    while !progress.is_cancelled() {
        frames += 1;
        progress.advanced(Path::new(""), frames, frames.min(40));
        std::thread::yield_now();
    }
    (analyst(), Vec::new())
}

/// Has a bug that shows with the first capture.
fn faulty(file: &Path, _: Loading, _: Option<Vec<u8>>, _: &mut dyn Progress) -> (Analyst, Vec<Text>) {
    assert!(!file.ends_with("1.capture"), "a block of length 3 in 2 bytes");
    (analyst(), Vec::new())
}

fn analyst() -> Analyst {
    struct Nobody;
    impl fengsui::pipeline::Journal for Nobody {
        fn event(&mut self, _: &fengsui::event::Event) {}
        fn alert(&mut self, _: &fengsui::alert::Alert, _: &fengsui::alert::Update) {}
    }
    let options = fengsui::pipeline::AnalystOptions {
        inventory: Default::default(),
        baseline: Baseline::new(common::plant::RULE),
        alerts: Default::default(),
        scanner: Default::default(),
        proof: Default::default(),
        blocks: Default::default(),
        every_operation: false,
        captures: Default::default(),
    };
    Analyst::new(options, Vec::new(), Box::new(Nobody))
}

#[test]
fn one_runs_while_others_wait_and_each_is_stopped_by_a_word() {
    let plant = Plant::that_studies(|studies| studies.with_engine(endless));
    let first = brought(&plant, "first.pcap", &[0; 100]);
    let second = brought(&plant, "second.pcap", &[0; 100]);
    let progress = until("it gets on", || Some(state(&plant, first)).filter(|view| view["read"] == 40));
    assert_eq!((&progress["state"], &progress["size"]), (&json!("running"), &json!(100)));
    assert_eq!(state(&plant, second)["state"], "waiting");
    let (status, answer) = plant.ask("GET", &format!("/api/v1/analyses/{first}/alerts"), None);
    assert_eq!((status, &answer["error"]), (400, &json!("error.not_done")));
    plant.post(&format!("/api/v1/analyses/{second}/cancel"), &json!({}));
    plant.post(&format!("/api/v1/analyses/{first}/cancel"), &json!({}));
    wait(&plant, first, "cancelled");
    wait(&plant, second, "cancelled");
}

#[test]
fn a_bug_that_a_capture_brings_to_light_takes_nothing_else_with_it() {
    let mut plant = Plant::that_studies(|studies| studies.with_engine(faulty));
    let id = brought(&plant, "strange.pcap", &[0; 100]);
    let view = wait(&plant, id, "failed");
    assert_eq!(
        view["faults"],
        json!([{
            "zh": "分析程序本身出错：a block of length 3 in 2 bytes",
            "en": "The analysis itself failed: a block of length 3 in 2 bytes",
        }])
    );
    let (status, answer) = plant.ask("POST", &format!("/api/v1/analyses/{id}/rules"), Some(&json!({"rules": ""})));
    assert_eq!((status, &answer["error"]), (400, &json!("error.analysis_failed")));
    plant.read(HMI, PLC, 1);
    plant.settle();
    assert_eq!(plant.get("/api/v1/assets")["total"], 2, "the plant is watched on");
    let next = brought(&plant, "usual.pcap", &[0; 100]);
    wait(&plant, next, "done");
}
