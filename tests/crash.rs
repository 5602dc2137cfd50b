//! `fengsui run` on a real interface is killed again and again in the midst of alerts. What it had acknowledged is still
//! there afterwards: shown by the console, taken by a webhook, accepted by the next tier; and nothing is there twice.
//!
//! Needs the right to make a pair of virtual interfaces (root, and `ip`); says so and does nothing without it.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::platform::{Asker, CODE, Platform};
use common::process::{Running, until};
use common::webhook::Listener;
use common::wire::Wire;
use etherparse::PacketBuilder;
use pnet::datalink::{self, Channel, Config, DataLinkSender};
use reqwest::{Certificate, Client, header};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const ROUNDS: usize = 6;
/// Alerts that a webhook has taken in a round before the power goes.
const TAKEN_A_ROUND: usize = 12;
const RULE: &str = r#"alert udp any any -> any 9999 (msg:"beacon"; content:"FIRE"; sid:900001; rev:1;)"#;

/// Two ends of a cable; gone with the test.
struct Cable {
    ends: [String; 2],
}

impl Cable {
    fn lay() -> Option<Self> {
        let ends = ["a", "b"].map(|end| format!("fs{}{end}", std::process::id()));
        let [a, b] = &ends;
        let laid = ip(&["link", "add", a, "type", "veth", "peer", "name", b]);
        let cable = laid.then_some(Cable { ends })?;
        cable.ends.iter().all(|end| ip(&["link", "set", end, "up"])).then_some(cable)
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        ip(&["link", "del", &self.ends[0]]);
    }
}

fn ip(arguments: &[&str]) -> bool {
    Command::new("ip").args(arguments).output().is_ok_and(|output| output.status.success())
}

/// The one who lights fires: a new machine now and then, and all known ones over and over.
struct Arsonist {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Arsonist {
    fn start(interface: &str) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let mut sender = sender(interface);
        let thread = thread::spawn(move || {
            for step in 0.. {
                if stopped.load(Ordering::Relaxed) {
                    return;
                }
                light(&mut *sender, step);
            }
        });
        Arsonist { stop, thread }
    }

    fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.join().unwrap();
    }
}

#[allow(clippy::disallowed_methods, reason = "the pace at which alerts come")]
fn light(sender: &mut dyn DataLinkSender, step: u32) {
    let known = step / 8;
    // Every eighth frame is a machine never seen; the others have been seen before.
    let machine = if step.is_multiple_of(8) { known } else { step.wrapping_mul(2_654_435_761) % (known + 1) };
    let [_, _, high, low] = machine.to_be_bytes();
    let builder = PacketBuilder::ethernet2([2, 0, 0, 0, high, low], [2, 0, 0, 1, 0, 1])
        .ipv4([10, 66, high, low], [10, 66, 255, 254], 64)
        .udp(40_000, 9999);
    let mut frame = Vec::new();
    builder.write(&mut frame, b"FIRE on the beacon tower").unwrap();
    sender.send_to(&frame, None).expect("the cable holds").unwrap();
    thread::sleep(Duration::from_millis(6));
}

#[allow(clippy::disallowed_methods, reason = "it only sends")]
fn sender(interface: &str) -> Box<dyn DataLinkSender> {
    let interface = datalink::interfaces().into_iter().find(|i| i.name == interface).expect("the cable has its end");
    match datalink::channel(&interface, Config::default()) {
        Ok(Channel::Ethernet(sender, _)) => sender,
        _ => panic!("frames can be sent to {}", interface.name),
    }
}

/// Whoever looks at the console.
struct Person {
    runtime: Runtime,
    client: Client,
    cookie: String,
}

impl Person {
    /// Makes the first user with the one-time link.
    fn set_up(data: &Path, link: &str) -> Self {
        fengsui::output::tls::install_provider();
        let pem = fs::read(data.join("certificate.pem")).unwrap();
        let client = Client::builder().tls_certs_only(Certificate::from_pem_bundle(&pem).unwrap()).no_proxy();
        let client = client.build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (base, token) = link.split_once("/setup?token=").expect("the link has a token");
        let body = json!({ "token": token, "user": "duty", "password": "a tower on the old frontier" });
        let request = client.post(format!("{base}/api/v1/setup")).json(&body);
        let answer = runtime.block_on(async { request.send().await.unwrap() });
        assert!(answer.status().is_success(), "{}", answer.status());
        let cookie = answer.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
        Person { runtime, client, cookie }
    }

    /// The ids of one page of alerts, and how many alerts there are.
    fn page(&self, console: &str, page: usize) -> (Vec<String>, usize) {
        let url = format!("{console}/api/v1/alerts?size=200&sort=first&page={page}");
        let request = self.client.get(url).header(header::COOKIE, &self.cookie);
        let body: Value = self.runtime.block_on(async { request.send().await.unwrap().json().await.unwrap() });
        let items = body["items"].as_array().unwrap_or_else(|| panic!("a page: {body}"));
        let ids = items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
        (ids, usize::try_from(body["total"].as_u64().unwrap()).unwrap())
    }

    fn all(&self, console: &str) -> BTreeSet<String> {
        let mut all = BTreeSet::new();
        for page in 1.. {
            let (ids, total) = self.page(console, page);
            let done = ids.is_empty();
            all.extend(ids);
            if done {
                assert_eq!(all.len(), total);
                break;
            }
        }
        all
    }
}

fn config(folder: &Path, webhook: &Listener, platform: &Platform, wire: &Wire) -> String {
    let rules = folder.join("beacon.rules");
    fs::write(&rules, RULE).unwrap();
    let text = format!(
        r#"
[data]
folder = "{data}"
[rules]
paths = ["{rules}"]
[console]
listen = "127.0.0.1:0"
[[webhook]]
name = "duty"
url = "http://{webhook}/hook"
secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwZmVuZ3N1aS0x"
min_severity = "info"
allow_private = true
[uplink]
enabled = true
url = "https://{wire}"
ca = "{ca}"
enrolment_code = "{CODE}"
batch_every = "1s"
[log]
json = true
"#,
        data = folder.join("data").display(),
        rules = rules.display(),
        webhook = webhook.address,
        wire = wire.address,
        ca = platform.certificate().display(),
    );
    let file = folder.join("fengsui.toml");
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

fn record_id(alert: &Value) -> String {
    alert["record"]["alert_id"].as_str().unwrap().to_owned()
}

#[test]
fn killed_amid_alerts_nothing_acknowledged_is_lost_and_nothing_is_reported_twice() {
    let Some(cable) = Cable::lay() else {
        eprintln!("skipped: needs root and 'ip' to make a pair of virtual interfaces");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut platform = Platform::start(&folder.path().join("platform"));
    let wire = Wire::to(&platform.address);
    let webhook = Listener::start();
    let config = config(folder.path(), &webhook, &platform, &wire);
    let start = || Running::start(&["run", "--config", &config, "-i", &cable.ends[1]]);

    let mut box_ = start();
    let link = box_.line("/setup?token=");
    let link = &link[link.find("https://").expect("a link")..];
    let person = Person::set_up(&folder.path().join("data"), link);
    let arsonist = Arsonist::start(&cable.ends[0]);
    let mut shown = BTreeSet::new();
    let mut accepted = BTreeSet::new();
    for round in 0..ROUNDS {
        let console = box_.field("running", "console");
        let before = webhook.taken().len();
        until("some are told", || (webhook.taken().len() >= before + TAKEN_A_ROUND).then_some(()));
        box_.field("alert", "source");
        if round % 2 == 0 {
            // What the next tier acknowledged, and what a person saw, in the last moment.
            accepted.extend(Asker::new(&platform).alerts().iter().map(record_id));
            shown.extend(latest(&person, &console));
        } else {
            // Both sides lose their power.
            platform.restart();
            wire.lead_to(&platform.address);
        }
        box_.kill();
        box_ = start();
    }
    arsonist.stop();

    let console = box_.field("running", "console");
    let asker = Asker::new(&platform);
    // Everything that the box knows reaches everybody in the end.
    let mut told = BTreeMap::new();
    let all = until("everybody knows everything", || {
        box_.assert_alive();
        told = webhook.taken().into_iter().map(|r| (id_in(&r.json()), r.header("webhook-id").to_owned())).collect();
        let all = person.all(&console);
        (told.len() >= all.len() && asker.alerts().len() >= all.len()).then_some(all)
    });
    assert!(all.len() >= ROUNDS * TAKEN_A_ROUND);
    assert!(shown.is_subset(&all), "shown and lost: {:?}", shown.difference(&all));
    assert!(accepted.is_subset(&all), "reported and lost: {:?}", accepted.difference(&all));
    let taken: BTreeSet<String> = told.keys().cloned().collect();
    assert_eq!(taken, all, "told and lost, or never told");
    check_reports(&asker.alerts(), &all);
    check_messages(&webhook);
    assert_eq!(box_.stop("TERM").code(), Some(0), "{}", box_.log());
}

/// The page a person would look at: the newest alerts, some of which came a moment ago.
fn latest(person: &Person, console: &str) -> Vec<String> {
    person.page(console, 1).0
}

fn id_in(message: &Value) -> String {
    message["data"]["id"].as_str().unwrap().to_owned()
}

/// The next tier holds each alert once, and each machine's act as one alert.
fn check_reports(reports: &[Value], all: &BTreeSet<String>) {
    let ids: BTreeSet<String> = reports.iter().map(record_id).collect();
    assert_eq!(&ids, all);
    assert_eq!(reports.len(), all.len());
    let mut machines = BTreeSet::new();
    for report in reports {
        assert_eq!(report["reports"], 1, "taken twice: {report}");
        assert!(machines.insert(report["record"]["source"]["id"].to_string()), "one act, two alerts: {report}");
    }
}

/// A message may come twice, under the same name only.
fn check_messages(webhook: &Listener) {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for request in webhook.requests() {
        let name = request.header("webhook-id").to_owned();
        let known = names.entry(id_in(&request.json())).or_insert_with(|| name.clone());
        assert_eq!(*known, name, "one alert under two names");
    }
    let distinct: BTreeSet<&String> = names.values().collect();
    assert_eq!(distinct.len(), names.len(), "two alerts under one name");
}
