//! A flood of conversations: memory stays under its bound, and the plant's own connections stay understood.
//!
//! `FENGSUI_FLOOD=5000000 cargo test --test flood` floods with so many; the default is smaller.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a child process tells its parent, and a test what it measured"
)]

#[path = "common/recording.rs"]
mod recording;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use fengsui::alert::{Alert, State, Update};
use fengsui::capture::{Frame, LinkType};
use fengsui::event::{Event, EventKind, FindingSource, FlowState, FrameRef, Lang, Timestamp};
use fengsui::pipeline::{Analyse, Analyst, Journal, Worker, WorkerOptions};
use recording::{Recording, Taken, analyst_options, worker_options};
use serde_json::Value;

const FLOWS: u64 = 400_000;
/// All that the process may use at its peak: the appliance's default.
const MOST_MB: u64 = 512;
const PLANT: u8 = 8;

#[derive(Clone, Copy)]
struct Segment<'a> {
    from: ([u8; 4], u16),
    to: ([u8; 4], u16),
    flags: u8,
    sequence: u32,
    acknowledgment: u32,
    payload: &'a [u8],
}

fn frame(segment: &Segment<'_>) -> Vec<u8> {
    let mut frame = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let len = 40 + segment.payload.len() as u16;
    frame.extend([0x45, 0]);
    frame.extend(len.to_be_bytes());
    frame.extend(segment.sequence.to_be_bytes()[..2].iter().chain(&[0, 0, 64, 6, 0, 0]));
    frame.extend(segment.from.0);
    frame.extend(segment.to.0);
    frame.extend(segment.from.1.to_be_bytes());
    frame.extend(segment.to.1.to_be_bytes());
    frame.extend(segment.sequence.to_be_bytes());
    frame.extend(segment.acknowledgment.to_be_bytes());
    frame.extend([0x50, segment.flags, 0xff, 0xff, 0, 0, 0, 0]);
    frame.extend(segment.payload);
    frame
}

/// Counts what was understood of the plant.
#[derive(Clone, Default)]
struct Heard {
    answered: Arc<AtomicU64>,
    ended: Arc<AtomicU64>,
}

impl Journal for Heard {
    fn event(&mut self, event: &Event) {
        if let EventKind::Operation(operation) = &event.kind {
            let paired = operation.request_seen && operation.response_seen;
            self.answered.fetch_add(u64::from(paired), Ordering::Relaxed);
        }
        let over = matches!(&event.kind, EventKind::Flow(report) if report.state == FlowState::Ended);
        self.ended.fetch_add(u64::from(over && event.ends.server.port == 502), Ordering::Relaxed);
    }

    fn alert(&mut self, _: &Alert, _: &Update) {}
}

struct Engine {
    worker: Worker,
    analyst: Analyst,
    heard: Heard,
    frames: u64,
    now: Timestamp,
    ticked: Timestamp,
}

impl Engine {
    fn new() -> Self {
        let heard = Heard::default();
        let analyst = Analyst::new(analyst_options(), Vec::new(), Box::new(heard.clone()));
        let worker = Worker::new(WorkerOptions { every_conversation: false, ..worker_options() });
        let now = Timestamp::from_parts(1_767_254_400, 0);
        Engine { worker, analyst, heard, frames: 0, now, ticked: now }
    }

    fn take(&mut self, segment: &Segment<'_>) {
        let ts = self.now + Duration::from_micros(20);
        let bytes = frame(segment);
        let wire_len = bytes.len() as u32;
        self.play(&Taken { ts, number: 0, link: LinkType::ETHERNET, wire_len, vlan: None, bytes });
    }

    fn play(&mut self, taken: &Taken) {
        self.frames += 1;
        self.now = taken.ts;
        let at = FrameRef { ts: taken.ts, number: self.frames, ..FrameRef::default() };
        if at.ts.since(self.ticked) >= Duration::from_secs(1) {
            self.ticked = at.ts;
            self.worker.tick(at);
        }
        self.worker.frame(&Frame { at, ..taken.frame() });
        for sent in self.worker.take() {
            self.analyst.item(0, sent.item);
        }
    }

    /// A poll of one of the plant's controllers, with its answer.
    fn poll(&mut self, controller: u8, round: u32) {
        let (client, server) = (([10, 20, 0, 100], 50_000 + u16::from(controller)), ([10, 20, 0, controller], 502));
        let [high, low] = (round as u16).to_be_bytes();
        let request = [high, low, 0, 0, 0, 6, 1, 3, 0, 0, 0, 2];
        let response = [high, low, 0, 0, 0, 7, 1, 3, 4, 0, 1, 0, 2];
        let (asked, answered) = (1000 + round * 12, 9000 + round * 13);
        let (from, to) = (client, server);
        self.take(&Segment { from, to, flags: 24, sequence: asked, acknowledgment: answered, payload: &request });
        let acknowledgment = asked + 12;
        let (from, to) = (server, client);
        self.take(&Segment { from, to, flags: 24, sequence: answered, acknowledgment, payload: &response });
    }

    /// Another stranger restarts a controller's communication (Modbus FC 8/1), which the controller does.
    fn restart(&mut self, number: u64) {
        let [.., a, b, c] = (number as u32).wrapping_mul(2_654_435_761).to_be_bytes();
        let (client, server) = (([11, a, b, c], 40_000), ([10, 20, 0, 1 + (number % 8) as u8], 502));
        let order = [0, 1, 0, 0, 0, 6, 1, 8, 0, 1, 0, 0];
        let (from, to) = (client, server);
        self.take(&Segment { from, to, flags: 24, sequence: 100, acknowledgment: 500, payload: &order });
        let (from, to) = (server, client);
        self.take(&Segment { from, to, flags: 24, sequence: 500, acknowledgment: 112, payload: &order });
    }

    /// Another stranger's SYN, or from time to time bytes that belong to nothing.
    fn stranger(&mut self, number: u64) {
        let [.., a, b, c] = (number as u32).wrapping_mul(2_654_435_761).to_be_bytes();
        let (from, to) = (([11, a, b, c], (number % 60_000) as u16 + 1024), ([10, 20, 0, (number % 200) as u8], 80));
        let sequence = (number as u32).wrapping_mul(97);
        let odd = number.is_multiple_of(10);
        let (flags, payload) = if odd { (24, &[0x55; 64][..]) } else { (2, &[][..]) };
        self.take(&Segment { from, to, flags, sequence, acknowledgment: 0, payload });
    }
}

/// Run in a process of its own: a peak can only be measured from the start.
fn flood(flows: u64) {
    let mut engine = Engine::new();
    let mut round = 0;
    let began = Instant::now();
    for number in 0..flows {
        if number.is_multiple_of(1000) {
            (1..=PLANT).for_each(|controller| engine.poll(controller, round));
            round += 1;
        }
        engine.stranger(number);
    }
    let nanos = began.elapsed().as_nanos() as u64 / engine.frames;
    engine.worker.finish();
    let before = engine.heard.ended.load(Ordering::Relaxed);
    for sent in engine.worker.take() {
        engine.analyst.item(0, sent.item);
    }
    let evicted = engine.analyst.health().evicted;
    let result = serde_json::json!({
        "polls": u64::from(round) * u64::from(PLANT),
        "answered": engine.heard.answered.load(Ordering::Relaxed),
        "ended_early": before,
        "evicted": evicted,
        "peak_mb": peak_mb(),
        "nanos": nanos,
    });
    println!("RESULT {result}");
}

fn peak_mb() -> u64 {
    memory_kb("VmHWM") / 1024
}

fn memory_kb(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Plays the plant at work again and again, each time as other connections, and tells the memory after each hour.
fn day() {
    let plant = Recording::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/benign.pcapng"));
    let (first, last) = (plant.frames[0].ts, plant.frames[plant.frames.len() - 1].ts);
    let length = last.since(first) + Duration::from_secs(1);
    let mut engine = Engine::new();
    let (mut memory, mut take) = (Vec::new(), 0);
    let start = first;
    while memory.len() < 24 {
        play_again(&mut engine, &plant, length, take);
        take += 1;
        let hour = 3600 * (memory.len() as u64 + 1);
        if engine.now.since(start) >= Duration::from_secs(hour) {
            memory.push(memory_kb("VmRSS"));
        }
    }
    let answered = engine.heard.answered.load(Ordering::Relaxed);
    let alerts: Vec<_> = engine.analyst.alerts().iter().map(|alert| alert.title(Lang::En)).collect();
    let result = serde_json::json!({ "memory_kb": memory, "answered": answered, "takes": take, "alerts": alerts });
    println!("RESULT {result}");
}

/// The plant at work once more, so many turns later and as other connections.
fn play_again(engine: &mut Engine, plant: &Recording, length: Duration, take: u32) {
    for taken in &plant.frames {
        let mut taken = taken.clone();
        taken.ts = taken.ts + length * take;
        if let Some(layout) = taken.layout() {
            // Far from the numbers before, as after a restart.
            let by = take.wrapping_mul(0x1100_0000);
            let acknowledged = u32::from_be_bytes(taken.bytes[layout.tcp + 8..layout.tcp + 12].try_into().unwrap());
            taken.set_sequence(&layout, taken.sequence(&layout).wrapping_add(by));
            let acknowledged = acknowledged.wrapping_add(by).to_be_bytes();
            taken.bytes[layout.tcp + 8..layout.tcp + 12].copy_from_slice(&acknowledged);
        }
        engine.play(&taken);
    }
}

#[test]
fn a_flood_stays_under_the_bound_and_the_plant_stays_understood() {
    if let Ok(flows) = std::env::var("FENGSUI_FLOOD_CHILD") {
        return flood(flows.parse().unwrap());
    }
    let flows = std::env::var("FENGSUI_FLOOD").unwrap_or_else(|_| FLOWS.to_string());
    let result = child("a_flood_stays_under_the_bound_and_the_plant_stays_understood", &flows);
    eprintln!("{flows} conversations: {result}");
    let number = |value: &Value| value.as_u64().unwrap();
    assert!(number(&result["peak_mb"]) < MOST_MB, "{result}");
    assert_eq!(result["answered"], result["polls"], "every poll is understood");
    assert_eq!((&result["ended_early"], &result["evicted"]["control"]), (&0.into(), &0.into()));
    let evicted = number(&result["evicted"]["attempts"]) + number(&result["evicted"]["streams"]);
    assert!(evicted > number(&flows.parse::<u64>().unwrap().into()) / 4, "the table was full: {result}");
}

#[test]
fn a_day_of_the_plant_does_not_grow_and_gives_no_more_than_three_alerts() {
    if std::env::var_os("FENGSUI_FLOOD_CHILD").is_some() {
        return day();
    }
    let result = child("a_day_of_the_plant_does_not_grow_and_gives_no_more_than_three_alerts", "day");
    eprintln!("{result}");
    let memory: Vec<u64> = result["memory_kb"].as_array().unwrap().iter().map(|kb| kb.as_u64().unwrap()).collect();
    let (second, last) = (memory[1], memory[23]);
    assert!(last <= second + second / 50, "{memory:?}");
    assert!(result["answered"].as_u64().unwrap() > 500_000, "the plant was understood all day: {result}");
    assert!(result["alerts"].as_array().unwrap().len() <= 3, "{result}");
}

/// A hundred thousand orders a minute, each by another stranger, for as long as the flood takes.
#[test]
fn a_storm_of_alerts_folds_into_one_and_nothing_acknowledged_is_lost() {
    const TRIGGERS: u64 = 20_000;
    let mut engine = Engine::new();
    let mut acknowledged = None;
    for number in 0..TRIGGERS {
        engine.now = engine.now + Duration::from_micros(560);
        engine.restart(number);
        if number == 100 {
            let first = engine.analyst.alerts().iter().find(|alert| is(alert, "MB-12")).unwrap().id.clone();
            acknowledged = engine.analyst.acknowledge(&first);
        }
    }
    let acknowledged = acknowledged.unwrap();
    let alerts: Vec<&Alert> = engine.analyst.alerts().iter().collect();
    let restarts: Vec<&&Alert> = alerts.iter().filter(|alert| is(alert, "MB-12")).collect();
    let counted: u64 = restarts.iter().map(|alert| alert.count).sum();
    assert_eq!(counted, TRIGGERS, "what was folded is counted");
    assert!(restarts.len() <= 301 && alerts.len() < 5000, "{} of {}", restarts.len(), alerts.len());
    let storm = restarts.iter().max_by_key(|alert| alert.count).unwrap();
    assert_eq!((storm.act.as_str(), storm.client.is_none()), ("storm", true));
    let kept = engine.analyst.alerts().get(&acknowledged.id).unwrap();
    assert_eq!((kept.state, kept.count), (State::Acknowledged, acknowledged.count));
}

fn is(alert: &Alert, detection: &str) -> bool {
    matches!(&alert.source, FindingSource::Detection { id } if id == detection)
}

/// Runs a test of this file in a process of its own, and takes what it tells.
fn child(test: &str, task: &str) -> Value {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env("FENGSUI_FLOOD_CHILD", task)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find_map(|line| Some(line.split_once("RESULT ")?.1));
    serde_json::from_str(line.unwrap_or_else(|| panic!("{text}"))).unwrap()
}
