//! A plant on a wire that a test holds in its hand, watched by the real engine, and the console's API over it.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use fengsui::alert::{Alert, AlertBook, Update};
use fengsui::baseline::{Baseline, LearningRule};
use fengsui::capture::{Frame, LinkType, Source};
use fengsui::console::{self, Accounts, Console, ConsoleParts, LiveEvents, RuleShelf, Studies};
use fengsui::detect::catalogue;
use fengsui::event::{Event, FrameRef, Timestamp};
use fengsui::inventory::Inventory;
use fengsui::pipeline::{Analyst, AnalystOptions, Journal, Live, Port, Proof, WorkerOptions};
use fengsui::signature::Scanner;
use fengsui::store::{Committer, SledStorage};
use fengsui::uplink::Masker;
use serde_json::Value;
use tokio::runtime::Runtime;

use super::process::until;
use super::talk::{ACK, FIN, SYN, Talk, mbap};

/// What was known at a stop.
#[derive(Default)]
pub struct Memory {
    pub inventory: Option<Vec<u8>>,
    pub baseline: Option<Vec<u8>>,
}

pub struct Plant {
    frames: Arc<Mutex<VecDeque<Vec<u8>>>>,
    live: Option<Live>,
    runtime: Runtime,
    client: reqwest::Client,
    address: String,
    cookie: String,
    port: u16,
    _folder: tempfile::TempDir,
}

/// Frames that a test puts on the wire, with the time at which they are taken off it.
struct Wire {
    frames: Arc<Mutex<VecDeque<Vec<u8>>>>,
    last: FrameRef,
}

impl Source for Wire {
    #[allow(clippy::disallowed_methods, reason = "nothing comes before a test sends it")]
    fn poll(&mut self, _: Duration, take: &mut dyn FnMut(&Frame<'_>)) -> io::Result<()> {
        let frames: Vec<Vec<u8>> = self.frames.lock().unwrap().drain(..).collect();
        if frames.is_empty() {
            thread::sleep(Duration::from_millis(5));
        }
        for bytes in frames {
            self.last.number += 1;
            self.last.ts = Timestamp::now();
            let wire_len = bytes.len() as u32;
            take(&Frame { at: self.last, link: LinkType::ETHERNET, wire_len, vlan: None, bytes: &bytes });
        }
        Ok(())
    }

    fn drops(&mut self) -> io::Result<u64> {
        Ok(0)
    }
}

struct Quiet;

impl Journal for Quiet {
    fn event(&mut self, _: &Event) {}
    fn alert(&mut self, _: &Alert, _: &Update) {}
}

/// Learns until a test says that it is enough.
pub const RULE: LearningRule = LearningRule { quiet: Duration::from_secs(100_000), ..LearningRule::SHORT };

impl Plant {
    pub fn new() -> Self {
        Plant::with(&Memory::default(), RULE)
    }

    pub fn with(memory: &Memory, rule: LearningRule) -> Self {
        Plant::build(memory, rule, |studies| studies)
    }

    /// One that looks at captures in a way of its own.
    pub fn that_studies(how: impl FnOnce(Studies) -> Studies) -> Self {
        Plant::build(&Memory::default(), RULE, how)
    }

    fn build(memory: &Memory, rule: LearningRule, studies: impl FnOnce(Studies) -> Studies) -> Self {
        fengsui::output::tls::install_provider();
        let folder = tempfile::tempdir().unwrap();
        let (committer, _) = Committer::start(Arc::new(SledStorage::open(folder.path()).unwrap())).unwrap();
        let frames: Arc<Mutex<VecDeque<Vec<u8>>>> = Arc::default();
        let wire = Arc::clone(&frames);
        let open =
            move |last, _: Option<&Arc<_>>| Ok(Box::new(Wire { frames: Arc::clone(&wire), last }) as Box<dyn Source>);
        let port = Port { name: "wire".to_owned(), workers: 1, shares_out: false, open: Arc::new(open) };
        let inventory = memory.inventory.as_deref().map(|bytes| Inventory::import(bytes).unwrap());
        let baseline = memory.baseline.as_deref().map(|bytes| Baseline::import(bytes, rule).unwrap());
        let mut alerts = AlertBook::default();
        alerts.quiet_mut().configure(catalogue::silent(&[], &[]));
        let analyst = AnalystOptions {
            inventory: inventory.unwrap_or_default(),
            baseline: baseline.unwrap_or_else(|| Baseline::new(rule)),
            alerts,
            scanner: Scanner::default(),
            blocks: Default::default(),
            proof: Proof::new(None).unwrap(),
            every_operation: false,
            captures: Arc::new([Arc::from("wire")]),
        };
        let worker = WorkerOptions {
            flows: Default::default(),
            rules: Arc::default(),
            evidence_window: None,
            every_operation: false,
            every_conversation: false,
            captures: Arc::new([Arc::from("wire")]),
        };
        let live = Live::start(vec![port], &worker, |lines| Analyst::new(analyst, lines, Box::new(Quiet))).unwrap();
        let accounts = Accounts::open(committer.clone()).unwrap();
        let token = accounts.setup_token().unwrap().as_str().to_owned();
        let console = Console::new(ConsoleParts {
            line: live.line(),
            committer,
            accounts,
            ports: live.ports().to_vec(),
            sinks: Vec::new(),
            reporter: Arc::default(),
            reporter_wake: Arc::default(),
            report_by_default: false,
            masker: Arc::new(Masker::new([7; 32])),
            evidence: folder.path().to_owned(),
            events: LiveEvents::default(),
            shelf: Arc::new(RuleShelf::new(Vec::new(), Default::default(), folder.path().join("rules"))),
            rule_turn: Default::default(),
            studies: Arc::new(studies(Studies::at(folder.path().join("analyses")).unwrap())),
            demo: None,
        });
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, console::router(console)).await });
        let client = reqwest::Client::new();
        let user = serde_json::json!({"token": token, "user": "wang", "password": "long enough"});
        let answer = runtime.block_on(client.post(format!("{address}/api/v1/setup")).json(&user).send()).unwrap();
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        Plant { frames, live: Some(live), runtime, client, address, cookie, port: 40_000, _folder: folder }
    }

    /// Everything that a snapshot keeps; the plant is gone then.
    pub fn stop(mut self) -> Memory {
        let (answer, wait) = std::sync::mpsc::channel();
        let live = self.live.take().unwrap();
        let ask = move |analyst: &mut Analyst| {
            let (inventory, baseline) = (analyst.inventory().export().ok(), analyst.baseline().export().ok());
            answer.send(Memory { inventory, baseline }).unwrap();
        };
        assert!(live.line().send(Box::new(ask)).is_ok());
        let memory = wait.recv().unwrap();
        live.stop();
        memory
    }

    /// Asks the API; what it answers as JSON, with its status.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(|body| serde_json::to_vec(body).unwrap());
        let (status, bytes) = self.ask_bytes(method, path, body);
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    pub fn ask_bytes(&self, method: &str, path: &str, body: Option<Vec<u8>>) -> (u16, Vec<u8>) {
        let address = format!("{}{path}", self.address);
        let mut request = self.client.request(method.parse().unwrap(), address).header("cookie", &self.cookie);
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        self.runtime.block_on(async {
            let answer = request.send().await.unwrap();
            (answer.status().as_u16(), answer.bytes().await.unwrap().to_vec())
        })
    }

    pub fn get(&self, path: &str) -> Value {
        let (status, body) = self.ask("GET", path, None);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    pub fn post(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask("POST", path, Some(body));
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    pub fn put(&self, path: &str, body: &Value) -> Value {
        let (status, answer) = self.ask("PUT", path, Some(body));
        assert_eq!(status, 200, "{path}: {answer}");
        answer
    }

    /// What one machine asks of another in one Modbus connection, with what is answered.
    pub fn modbus(&mut self, client: u8, server: u8, pdu: &[u8], answer: &[u8]) {
        self.port += 1;
        let mut talk = Talk::new(client, server, self.port);
        let mut frames = self.frames.lock().unwrap();
        frames.push_back(talk.segment(0, SYN, &[]));
        frames.push_back(talk.segment(1, SYN | ACK, &[]));
        frames.push_back(talk.segment(0, ACK, &mbap(1, pdu)));
        frames.push_back(talk.segment(1, ACK, &mbap(1, answer)));
        frames.push_back(talk.segment(0, FIN | ACK, &[]));
        frames.push_back(talk.segment(1, FIN | ACK, &[]));
    }

    /// One frame, as it is.
    pub fn frame(&mut self, bytes: Vec<u8>) {
        self.frames.lock().unwrap().push_back(bytes);
    }

    /// Writes one holding register.
    pub fn write(&mut self, client: u8, server: u8, register: u8, value: u16) {
        let [high, low] = value.to_be_bytes();
        self.modbus(client, server, &[6, 0, register, high, low], &[6, 0, register, high, low]);
    }

    /// Reads one holding register.
    pub fn read(&mut self, client: u8, server: u8, register: u8) {
        self.modbus(client, server, &[3, 0, register, 0, 1], &[3, 2, 0, 7]);
    }

    /// Waits until everything sent so far is known: a last packet shows up as an asset.
    pub fn settle(&mut self) {
        let packets = |plant: &Plant| plant.get("/api/v1/overview")["seen"]["packets"].as_u64().unwrap();
        until("the wire is empty", || self.frames.lock().unwrap().is_empty().then_some(()));
        // Numbers are told once a second, after all that they count.
        let before = packets(self);
        self.frames.lock().unwrap().push_back(vec![0; 60]);
        until("a second is over", || (packets(self) > before).then_some(()));
    }

    /// Ends learning in all scenarios.
    pub fn watch(&mut self) {
        self.settle();
        self.post("/api/v1/baseline/stage", &serde_json::json!({"learn": false}));
    }

    /// Open alerts of a detection.
    pub fn alerts(&self, detection: &str) -> Vec<Value> {
        let page = self.get("/api/v1/alerts?state=new&size=200");
        let items = page["items"].as_array().unwrap().iter();
        items.filter(|alert| alert["source"] == detection).cloned().collect()
    }

    /// The asset that has an address.
    pub fn asset(&self, address: &str) -> Value {
        let page = self.get(&format!("/api/v1/assets?search={address}"));
        page["items"][0].clone()
    }
}
