//! COR-01, COR-02, COR-03: what several findings, or the same act on several controllers, come to.

use std::time::Duration;

use super::catalogue::CAMPAIGN;
use super::memory::Memory;
use super::window::DistinctWindow;
use super::{Detector, Scene, catalogue};
use crate::event::{
    Class, Endpoint, Evidence, Finding, FindingSource, Object, ObjectKey, Operation, Outcome, Reason, Service,
    Timestamp, Transport,
};
use crate::inventory::Address;

/// Engineering acts of one station on one controller within so long are one story.
pub const STORY: Duration = Duration::from_secs(1800);
const CAMPAIGN_WINDOW: Duration = Duration::from_secs(300);
/// Whoever looked around may strike so long after it; whoever is new, so soon.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
const HASTE: Duration = Duration::from_secs(600);
const MAX_PAIRS: usize = 10_000;
const MAX_ACTS: usize = 64;

/// Acts of engineering software: connect, look, stop, load, start.
const ENGINEERING: [&str; 25] = [
    "S7-01", "S7-03", "S7-04", "S7-05", "S7-08", "S7-09", "S7-10", "S7-11", "S7-12", "S7-13", "SP-01", "SP-02",
    "SP-03", "SP-04", "SP-05", "UM-01", "UM-02", "UM-03", "UM-05", "UM-06", "UM-07", "UM-08", "UA-16", "UA-17",
    "COR-01",
];
/// Somebody finds out what there is.
const LOOKING: [&str; 14] = [
    "NET-10", "NET-11", "NET-12", "NET-13", "NET-14", "MB-14", "MB-15", "UM-08", "S7-02", "S7-13", "S7-14", "UA-08",
    "UA-12", "UA-13",
];
/// Somebody changes what a controller does.
const STRIKING: [&str; 24] = [
    "MB-01", "MB-07", "MB-08", "MB-09", "MB-10", "MB-11", "MB-12", "UM-02", "UM-03", "UM-05", "UM-07", "S7-03",
    "S7-04", "S7-05", "S7-08", "S7-09", "S7-15", "S7-17", "SP-02", "SP-03", "SP-04", "SP-06", "UA-14", "UA-16",
];

fn id(finding: &Finding) -> Option<&str> {
    match &finding.source {
        FindingSource::Detection { id } => Some(id),
        _ => None,
    }
}

/// A finding that belongs to the story of an engineering station and a controller.
pub fn is_engineering(source: &FindingSource) -> bool {
    matches!(source, FindingSource::Detection { id } if ENGINEERING.contains(&&**id))
}

/// The story itself, which goes on with each of its acts.
pub fn is_tale(source: &FindingSource) -> bool {
    matches!(source, FindingSource::Detection { id } if id == "COR-01")
}

fn address(end: &Endpoint) -> Address {
    Address::of(end.ip, end.mac)
}

fn story(id: &'static str, act: &str, like: &Finding) -> Finding {
    let severity = catalogue::find(id).map_or(like.severity, |detection| detection.severity);
    Finding {
        source: FindingSource::Detection { id: std::borrow::Cow::Borrowed(id) },
        severity,
        act: act.to_owned(),
        reasons: Vec::new(),
        outcome: like.outcome,
        class: None,
        learnable: false,
        // A story goes on whatever is spoken.
        service: Service::Port(Transport::Ip, 0),
        ..like.clone()
    }
}

/// COR-01: engineering acts of one station on one controller.
pub struct Engineering {
    pairs: Memory<(Address, Address), Story>,
}

struct Story {
    acts: DistinctWindow<String>,
    evidence: Evidence,
}

impl Default for Engineering {
    fn default() -> Self {
        Engineering { pairs: Memory::new(MAX_PAIRS) }
    }
}

impl Detector for Engineering {
    fn told(&mut self, finding: &Finding, found: &mut Vec<Finding>) {
        let Some(id) = id(finding).filter(|id| ENGINEERING.contains(id) && *id != "COR-01") else { return };
        let pair = (address(&finding.ends.client), address(&finding.ends.server));
        let fresh = || Story { acts: DistinctWindow::new(STORY, MAX_ACTS), evidence: finding.evidence.clone() };
        let told = self.pairs.entry(pair, fresh);
        let acts = told.acts.add(finding.ts, id.to_owned());
        if told.evidence.capture == finding.evidence.capture {
            told.evidence.join(finding.evidence.frames.iter().copied());
            told.evidence.reach(finding.evidence.span[1]);
        }
        if acts < 2 {
            return;
        }
        let mut tale = story("COR-01", "engineering", finding);
        tale.evidence = told.evidence.clone();
        let acts: Vec<&str> = told.acts.iter().map(String::as_str).collect();
        let stopped = acts.iter().any(|id| matches!(*id, "S7-03" | "SP-02" | "UM-03"));
        tale.severity = if stopped { catalogue::HIGHEST } else { tale.severity };
        tale.reasons.push(Reason::new("reason.story").with("count", acts.len()).with("acts", acts.join(" → ")));
        found.push(tale);
    }

    fn evicted(&self) -> u64 {
        self.pairs.evicted()
    }
}

/// COR-02: who looked around, or is new, now strikes.
pub struct KillChain {
    looked: Memory<Address, Looked>,
}

struct Looked {
    at: Timestamp,
    how: String,
    is_new: bool,
    evidence: Evidence,
}

impl Default for KillChain {
    fn default() -> Self {
        KillChain { looked: Memory::new(MAX_PAIRS) }
    }
}

impl Detector for KillChain {
    fn told(&mut self, finding: &Finding, found: &mut Vec<Finding>) {
        let Some(id) = id(finding) else { return };
        let client = address(&finding.ends.client);
        let is_new = id == "NET-01";
        if is_new || LOOKING.contains(&id) {
            let looked = Looked { at: finding.ts, how: id.to_owned(), is_new, evidence: finding.evidence.clone() };
            self.looked.insert(client, looked);
            return;
        }
        if !STRIKING.contains(&id) || finding.outcome == Some(Outcome::Refused) {
            return;
        }
        let Some(looked) = self.looked.get(&client) else { return };
        let patience = if looked.is_new { HASTE } else { PATIENCE };
        if finding.ts.since(looked.at) > patience {
            return;
        }
        let mut tale = story("COR-02", "kill_chain", finding);
        if tale.evidence.capture == looked.evidence.capture {
            tale.evidence.join(looked.evidence.frames.iter().copied());
        }
        tale.reasons.push(Reason::new("reason.looked_then_struck").with("first", &looked.how).with("then", id));
        found.push(tale);
    }

    fn evicted(&self) -> u64 {
        self.looked.evicted()
    }
}

/// COR-03: the same act on one controller after the other.
pub struct Campaign {
    acts: Memory<(Address, u64), DistinctWindow<Address>>,
}

impl Default for Campaign {
    fn default() -> Self {
        Campaign { acts: Memory::new(MAX_PAIRS) }
    }
}

impl Detector for Campaign {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((_, operation)) = scene.any_operation() else { return };
        let changes = matches!(operation.class, Class::Write | Class::Control | Class::Program);
        // A recipe written to many controllers is learnt; commands to many never are normal.
        let is_recipe = operation.class == Class::Write && scene.verdict.deviations.is_empty();
        if !changes || is_recipe || !operation.request_seen || operation.outcome == Outcome::Refused {
            return;
        }
        let servers = CAMPAIGN.value as usize;
        let key = (scene.client(), content(operation));
        let window = self.acts.entry(key, || DistinctWindow::new(CAMPAIGN_WINDOW, 8 * servers));
        let count = window.add(scene.event.ts, scene.server());
        if count < servers {
            return;
        }
        let mut finding = scene.operation_finding("COR-03", operation);
        finding.act = format!("campaign {:016x}", key.1);
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        finding.reasons.push(Reason::new("reason.campaign").with("count", count));
        finding.reasons.extend(super::scene::touched(operation));
        found.push(finding);
    }

    fn evicted(&self) -> u64 {
        self.acts.evicted()
    }
}

/// What is done with which objects and values, as a number.
fn content(operation: &Operation) -> u64 {
    let mut text = format!("{:?}", operation.function.key());
    for item in operation.items.iter().take(64) {
        let key = item.object.as_ref().map(Object::key);
        text.push_str(&format!("{key:?} {:?}", item.values));
    }
    ObjectKey::text(text.as_bytes(), 0).space
}
