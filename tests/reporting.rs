//! The report to the next tier over real TLS: the reporter on one side, `fengsui receiver` on the other, a bad line between.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use common::platform::{Asker, CODE, Platform};
use common::process::until;
use common::site::{self, Probe, SECRETS, Site, options};
use common::wire::{Fault, Wire};
use fengsui::event::Timestamp;
use fengsui::uplink::{self, AnswerCode, Enterprise, Envelope, Header, Outbox, Register, seal};
use serde_json::{Value, json};
use tempfile::TempDir;

struct World {
    folder: TempDir,
    platform: Platform,
    wire: Wire,
    site: Site,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = Platform::start(&folder.path().join("platform"));
        let wire = Wire::to(&platform.address);
        let site = Site::open(&folder.path().join("site"));
        World { folder, platform, wire, site }
    }

    fn probe(&self) -> Probe {
        self.probe_with(CODE)
    }

    fn probe_with(&self, code: &str) -> Probe {
        Probe::start(&self.site, options(format!("https://{}", self.wire.address), &self.platform.certificate(), code))
    }

    fn asker(&self) -> Asker {
        Asker::new(&self.platform)
    }

    /// The platform holds these alerts and no others, each reported once.
    fn wait_for(&self, numbers: impl IntoIterator<Item = u32>) {
        let wanted: BTreeSet<String> = numbers.into_iter().map(site::id).collect();
        let asker = self.asker();
        let alerts = until(&format!("{} alerts have come", wanted.len()), || {
            let alerts = asker.alerts();
            (alerts.len() >= wanted.len()).then_some(alerts)
        });
        let ids: BTreeSet<String> = alerts.iter().map(id_of).collect();
        assert_eq!(ids, wanted);
        assert_eq!(alerts.len(), wanted.len());
        for alert in &alerts {
            assert_eq!(alert["reports"], 1, "taken twice: {alert}");
        }
    }
}

fn id_of(alert: &Value) -> String {
    alert["record"]["alert_id"].as_str().unwrap().to_owned()
}

#[test]
fn whatever_is_cut_every_alert_comes_once() {
    let mut world = World::new();
    let probe = world.probe();
    until("the probe is registered", || probe.status().last_heartbeat);

    // The line breaks in the midst of a batch.
    world.wire.set(Fault::CutAfter(10_000));
    world.site.raise(0..900);
    probe.wake();
    until("the line has broken", || (world.wire.cuts() > 0).then_some(()));
    until("the probe has noticed", || probe.error());
    world.wire.heal();
    world.wait_for(0..900);

    // The platform takes a batch, and its answer is lost: the batch comes again and is not taken again.
    world.wire.set(Fault::SwallowAfter(10_000));
    world.site.raise(900..1800);
    probe.wake();
    world.wait_for(0..1800);
    world.wire.heal();
    world.site.raise([1800]);
    world.wait_for(0..=1800);

    // The platform loses its power, and comes back elsewhere.
    world.platform.kill();
    world.site.raise(1801..2500);
    probe.wake();
    until("the probe has noticed", || probe.error());
    world.platform.restart();
    world.wire.lead_to(&world.platform.address);
    world.wait_for(0..2500);

    let sent = Outbox::latest(world.site.committer().storage(), 100).unwrap();
    until("all is well", || probe.error().is_none().then_some(()));
    let last = world.asker().probes()[0]["last_seq"].as_u64().unwrap();
    assert_eq!(sent[0].0, last, "both sides count alike");
}

#[test]
fn a_registration_whose_answer_was_lost_does_not_lock_the_probe_out() {
    let mut world = World::new();
    world.site.raise([1]);
    world.wire.set(Fault::SwallowAfter(700));
    let probe = world.probe();
    let asker = world.asker();
    until("the platform has taken the code", || (asker.probes().len() == 1).then_some(()));
    assert!(!probe.status().registered);
    // The box loses its power before it knows.
    drop(probe);
    world.site = world.site.reopened();
    world.wire.heal();
    let _probe = world.probe();
    world.wait_for([1]);
    assert_eq!(asker.probes().len(), 1, "it is the same probe");
}

#[test]
fn a_platform_that_has_lost_everything_gets_everything_again() {
    let mut world = World::new();
    let probe = world.probe();
    for number in 0..3 {
        world.site.raise([number]);
        probe.wake();
        world.wait_for(0..=number);
    }
    world.platform.kill();
    let folder = world.folder.path().join("platform");
    fs::remove_dir_all(&folder).unwrap();
    world.platform = Platform::start(&folder);
    world.wire.lead_to(&world.platform.address);
    world.site.raise([3]);
    probe.wake();
    world.wait_for(0..=3);
}

#[test]
fn news_that_comes_while_a_batch_is_made_is_not_taken_away_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::open(folder.path());
    let storage = site.committer().storage();
    site.raise([5]);
    let (seen, due) = Outbox::pending(storage, Timestamp::now()).unwrap();
    assert!(due);
    let header = Header {
        msg_type: "alert.batch",
        channel: "alerts",
        seq: 0,
        probe_id: "p",
        ent_id: "",
        region: "",
        industry: "",
    };
    let cut = Outbox::cut(storage, &seen, &[], &header, b"key").unwrap();
    // A person closes the alert just now.
    site.raise([5]);
    site.committer().commit(cut).unwrap();
    let (left, _) = Outbox::pending(storage, Timestamp::now()).unwrap();
    assert_eq!(left.len(), 1, "the closing is still to be told");
    assert!(Outbox::batch(storage, 1).unwrap().is_some());
}

#[test]
fn nothing_of_the_plants_inside_leaves() {
    let world = World::new();
    let probe = world.probe();
    world.site.raise(0..50);
    probe.wake();
    world.wait_for(0..50);

    let mut bytes = world.platform.bytes();
    for (_, sent) in Outbox::latest(world.site.committer().storage(), 100).unwrap() {
        // The body is packed: what is in it shows only when it is unpacked.
        let body: Value = uplink::peek_body(&sent.envelope).unwrap();
        bytes.extend(serde_json::to_vec(&sent.envelope).unwrap());
        bytes.extend(body.to_string().into_bytes());
    }
    let holds = |text: &str| bytes.windows(text.len()).any(|window| window.eq_ignore_ascii_case(text.as_bytes()));
    assert!(holds(&site::id(0)) && holds("S7-03"), "the search finds what is there");
    for secret in SECRETS {
        assert!(!holds(secret), "{secret} has left the factory");
    }
    let alert = &world.asker().alerts()[0]["record"];
    assert_eq!(alert["source"]["id"].as_str().unwrap().len(), 16, "a pseudonym: {alert}");
    assert_eq!(alert["source"]["mac_prefix"], "00:1b:1b");
}

#[test]
fn a_wrong_code_or_certificate_is_refused_and_said() {
    let world = World::new();
    let probe = world.probe_with("guessed");
    let error = until("the platform has refused", || probe.error());
    assert!(error.contains("1005") && error.contains("enrolment code"), "{error}");
    assert!(!probe.status().registered);
    drop(probe);

    let stranger = Platform::start(&world.folder.path().join("stranger"));
    let options = options(format!("https://{}", world.wire.address), &stranger.certificate(), CODE);
    let probe = Probe::start(&world.site, options);
    let error = until("the certificate is refused", || probe.error());
    assert!(error.to_lowercase().contains("certificate"), "{error}");
    assert!(world.asker().probes().is_empty());
}

#[test]
#[allow(clippy::disallowed_methods, reason = "that nothing happens takes time")]
fn while_reporting_is_off_nobody_is_called() {
    let world = World::new();
    world.site.enable(false);
    world.site.raise([1]);
    let probe = world.probe();
    probe.wake();
    // Time enough for a few turns; more would show no more.
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(world.wire.connections(), 0);
    world.site.enable(true);
    probe.wake();
    world.wait_for([1]);
}

/// A sender made of the protocol's own pieces.
struct Sender {
    probe_id: String,
    key: Vec<u8>,
}

impl Sender {
    fn registered(asker: &Asker) -> Self {
        let sender = Sender { probe_id: "p-1".to_owned(), key: Vec::new() };
        let answer = asker.post("/uplink/v1/register", &json!(sender.registration(CODE)));
        let key = STANDARD.decode(answer["probe_key"].as_str().unwrap()).unwrap();
        Sender { key, ..sender }
    }

    fn seal(&self, seq: u64, body: &Value) -> Envelope {
        self.seal_as("alerts", seq, body, &self.key)
    }

    fn seal_as(&self, channel: &str, seq: u64, body: &Value, key: &[u8]) -> Envelope {
        let probe_id = &self.probe_id;
        let header = Header { msg_type: "alert.batch", channel, seq, probe_id, ent_id: "", region: "", industry: "" };
        seal(&header, body, key).unwrap()
    }

    fn registration(&self, code: &str) -> Envelope {
        let body = Register {
            enrolment_code: code.to_owned(),
            enterprise: Enterprise::default(),
            probe: uplink::Probe {
                id: self.probe_id.clone(),
                software: String::new(),
                rules: String::new(),
                capture_ports: 1,
                protocols: Vec::new(),
                sharing_level: 2,
            },
        };
        self.seal_as("control", 0, &serde_json::to_value(body).unwrap(), code.as_bytes())
    }
}

fn post(asker: &Asker, envelopes: &[&Envelope]) -> Value {
    asker.post("/uplink/v1/batches", &json!({ "batches": envelopes }))
}

fn records(number: u32) -> Value {
    let masker = uplink::Masker::new([1; 32]);
    json!([uplink::AlertRecord::of(&site::alert(number), &masker, Vec::new())])
}

#[test]
fn registration_is_for_one_probe_by_one_code() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path());
    let asker = Asker::new(&platform);
    let register = |envelope: &Envelope| asker.post("/uplink/v1/register", &json!(envelope));
    let sender = |name: &str| Sender { probe_id: name.to_owned(), key: Vec::new() };

    let answer = register(&sender("one").registration("guessed"));
    assert_eq!((&answer["code"], &answer["probe_key"]), (&json!(AnswerCode::ENROLMENT), &Value::Null));
    let first = sender("one").registration(CODE);
    assert_eq!(register(&first)["code"], AnswerCode::OK);
    assert_eq!(register(&first)["code"], AnswerCode::NONCE, "the very same message again");
    assert_eq!(register(&sender("two").registration(CODE))["code"], AnswerCode::ENROLMENT, "the code is used");
    let mut stale = sender("one").registration(CODE);
    stale.sent_at = "2020-01-01T00:00:00+08:00".to_owned();
    assert_eq!(register(&stale)["code"], AnswerCode::CLOCK);
    assert_eq!(asker.probes().len(), 1);
}

#[test]
fn a_sender_that_hangs_up_and_comes_again_at_once_is_heard_once() {
    let folder = tempfile::tempdir().unwrap();
    let platform = Platform::start(folder.path());
    let asker = Asker::new(&platform);
    let sender = Sender::registered(&asker);
    for seq in 1..=60 {
        let batch = sender.seal(seq, &records(u32::try_from(seq).unwrap()));
        asker.post_and_leave("/uplink/v1/batches", &json!({ "batches": [batch] }), Duration::from_millis(seq % 30));
        let answer = post(&asker, &[&batch]);
        assert_eq!(answer["code"], AnswerCode::OK, "{answer}");
    }
    let alerts = asker.alerts();
    assert_eq!(alerts.len(), 60);
    for alert in alerts {
        assert_eq!(alert["reports"], 1, "taken twice: {alert}");
    }
}

#[test]
fn batches_are_taken_once_in_order_and_by_the_right_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut platform = Platform::start(folder.path());
    let asker = Asker::new(&platform);
    let sender = Sender::registered(&asker);

    let first = sender.seal(1, &records(1));
    assert_eq!(post(&asker, &[&first])["accepted"], json!([first.msg_id]));
    // The power goes right after the acknowledgement.
    platform.restart();
    let asker = Asker::new(&platform);
    let again = post(&asker, &[&first]);
    assert_eq!((&again["code"], &again["duplicate"]), (&json!(AnswerCode::OK), &json!([first.msg_id])));

    let early = sender.seal(4, &records(4));
    let answer = post(&asker, &[&early]);
    assert_eq!((&answer["code"], &answer["missing"]), (&json!(AnswerCode::GAP), &json!([2, 3])));
    assert_eq!(asker.alerts().len(), 1, "what came too early is not held");

    let usurper = sender.seal(1, &records(9));
    assert_eq!(post(&asker, &[&usurper])["rejected"][0]["code"], AnswerCode::USED);
    let forged = sender.seal_as("alerts", 2, &records(9), b"another key");
    assert_eq!(post(&asker, &[&forged])["rejected"][0]["code"], AnswerCode::SIGNATURE);

    // What can never be read spends its number: what follows must not wait for it.
    let odd = sender.seal(2, &json!({ "no": "list" }));
    let third = sender.seal(3, &records(3));
    let answer = post(&asker, &[&odd, &third, &early]);
    assert_eq!(answer["rejected"][0]["code"], AnswerCode::FORM);
    assert_eq!(answer["accepted"], json!([third.msg_id, early.msg_id]));

    let ids: BTreeSet<String> = asker.alerts().iter().map(id_of).collect();
    assert_eq!(ids, [1, 3, 4].map(site::id).into_iter().collect());
    let stranger = Sender { probe_id: "p-2".to_owned(), key: sender.key };
    assert_eq!(post(&asker, &[&stranger.seal(1, &records(1))])["code"], AnswerCode::UNKNOWN_PROBE);
}
