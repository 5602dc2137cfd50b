//! S7 and SP: S7comm and S7comm-plus.

mod blocks;
mod connect;
mod recon;

pub use blocks::Blocks;
pub use connect::Connects;
pub use recon::Recon;

use std::collections::VecDeque;
use std::time::Duration;

use super::scene::{lowered, touched};
use super::{Detector, Scene};
use crate::event::{
    Artifact, Class, Difference, EventKind, FactKind, Finding, FindingSource, Item, Object, Operation, Outcome,
    Protocol, Reason, S7Effect, Session, Severity, Side, Versions,
};

/// Job function codes of the public protocol descriptions.
const WRITE_VAR: u32 = 0x05;
const REQUEST_DOWNLOAD: u32 = 0x1a;
const DOWNLOAD_BLOCK: u32 = 0x1b;
const DOWNLOAD_ENDED: u32 = 0x1c;
const PLC_CONTROL: u32 = 0x28;
const PLC_STOP: u32 = 0x29;
/// Peripheral and process outputs: written directly, they bypass the program.
const OUTPUT_AREAS: [u8; 2] = [0x80, 0x82];

/// A mode seen so long after a command is its effect (packet time).
const PATIENCE: Duration = Duration::from_secs(120);
/// Commands remembered at one time.
const MAX_COMMANDS: usize = 256;

/// S7-03, S7-04, S7-08, S7-12, S7-15.
#[derive(Default)]
pub struct S7 {
    /// Stops and starts that were accepted, until the controller tells anybody its mode.
    commands: VecDeque<Finding>,
}

impl Detector for S7 {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let before = found.len();
        match &scene.event.kind {
            EventKind::Artifact(artifact) => {
                found.extend(downloaded(scene, artifact));
                found.extend(changed(scene, artifact));
            }
            EventKind::Session(session) => {
                if let Session::S7Effect(effect) = session.as_ref() {
                    found.extend(effective(scene, effect));
                }
            }
            EventKind::Identity(fact) if fact.kind == FactKind::State && fact.about == Side::Server => {
                found.extend(self.told_to_another(scene, &fact.value));
            }
            EventKind::Operation(operation) if operation.request_seen => match scene.event.service.protocol() {
                Some(Protocol::S7commPlus) => found.extend(unauthorised_plus_write(scene, operation)),
                Some(Protocol::S7comm) => found.extend(asked(scene, operation)),
                _ => {}
            },
            _ => {}
        }
        for finding in &found[before..] {
            self.remember(finding);
        }
    }
}

impl S7 {
    fn remember(&mut self, finding: &Finding) {
        if mode_after(finding).is_none() {
            return;
        }
        let same = |other: &Finding| (&other.source, &other.ends) == (&finding.source, &finding.ends);
        self.commands.retain(|other| !same(other));
        if finding.outcome != Some(Outcome::Accepted) {
            return;
        }
        if self.commands.len() >= MAX_COMMANDS {
            self.commands.pop_front();
        }
        self.commands.push_back(finding.clone());
    }

    /// A third machine was told the mode that somebody's command asked for.
    fn told_to_another(&mut self, scene: &Scene<'_>, mode: &str) -> Option<Finding> {
        let event = scene.event;
        self.commands.retain(|command| event.ts.since(command.ts) <= PATIENCE);
        let there = |command: &Finding| {
            let (one, other) = (&command.ends, &event.ends);
            (&one.vlans, one.server.ip) == (&other.vlans, other.server.ip) && one.client.ip != other.client.ip
        };
        let shows = |command: &Finding| mode_after(command).is_some_and(|after| mode.starts_with(after));
        let found = self.commands.iter().position(|command| there(command) && shows(command))?;
        let command = self.commands.remove(found)?;
        let shown_by = event.ends.client.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let reason = Reason::new("reason.effective").with("state", mode).with("shown_by", shown_by);
        let (outcome, reasons) = (Some(Outcome::Effective), vec![reason]);
        Some(Finding { ts: event.ts, outcome, reasons, evidence: event.evidence.clone(), ..command })
    }
}

/// How the mode begins that a command leads to.
fn mode_after(finding: &Finding) -> Option<&'static str> {
    match &finding.source {
        FindingSource::Detection { id } if id == "S7-03" => Some("STOP"),
        FindingSource::Detection { id } if id == "S7-04" => Some("RUN"),
        _ => None,
    }
}

/// What a request of S7comm comes to.
fn asked(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    match operation.function.code {
        _ if operation.function.rosctr.as_deref() == Some("userdata") => None,
        PLC_STOP => Some(scene.operation_finding("S7-03", operation)),
        PLC_CONTROL => start(scene, operation),
        REQUEST_DOWNLOAD | DOWNLOAD_BLOCK | DOWNLOAD_ENDED => Some(download(scene, operation)),
        WRITE_VAR => unauthorised_write(scene, operation),
        _ => None,
    }
}

/// The detection of an act, and the name under which its findings become one alert.
fn detection(protocol: Option<Protocol>, act: &str) -> Option<(&'static str, &'static str)> {
    Some(match (protocol, act) {
        (Some(Protocol::S7commPlus), "stop") => ("SP-02", "stop"),
        (Some(Protocol::S7commPlus), "start") => ("SP-02", "start"),
        (Some(Protocol::S7commPlus), "memory_reset") => ("SP-03", "memory_reset"),
        (Some(Protocol::S7commPlus), "download") => ("SP-04", "download"),
        (_, "stop") => ("S7-03", "plc_stop"),
        (_, "start") => ("S7-04", "plc_start"),
        (_, "memory_reset") => ("S7-05", "memory_reset"),
        (_, "download") => ("S7-08", "download"),
        _ => return None,
    })
}

/// The program invocation `P_PROGRAM` starts the CPU: without argument warm, with `C ` cold.
fn start(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if operation.function.service.as_deref() != Some("P_PROGRAM") {
        return None;
    }
    let mut finding = scene.operation_finding("S7-04", operation);
    "plc_start".clone_into(&mut finding.act);
    let argument = operation.items.first().and_then(|item| item.object.as_ref()).map(ToString::to_string);
    let kind = if argument.is_some_and(|argument| argument.trim() == "C") { "cold" } else { "warm" };
    finding.reasons.insert(0, Reason::new("reason.start_kind").with("kind", kind));
    Some(finding)
}

/// One run of blocks is one act.
fn download(scene: &Scene<'_>, operation: &Operation) -> Finding {
    let mut finding = scene.operation_finding("S7-08", operation);
    "download".clone_into(&mut finding.act);
    if operation.function.code != REQUEST_DOWNLOAD {
        // Who refuses a part of a transfer under way has taken the rest.
        finding.outcome = None;
        finding.reasons.clear();
    }
    let blocks = operation.items.iter().filter_map(|item| match &item.object {
        Some(Object::Block(block)) => Some(Reason::new("reason.block").with("block", &block.block)),
        _ => None,
    });
    finding.reasons.extend(blocks);
    finding
}

fn downloaded(scene: &Scene<'_>, artifact: &Artifact) -> Option<Finding> {
    if !matches!(artifact.kind.as_ref(), "s7_block" | "s7_plus_block") || !artifact.to_server {
        return None;
    }
    let (id, act) = detection(scene.event.service.protocol(), "download")?;
    let mut finding = scene.finding(id, act);
    finding.outcome = Some(Outcome::Accepted);
    let reason = Reason::new("reason.block_hash").with("block", &artifact.name).with("size", artifact.size);
    finding.reasons.push(reason.with("sha256", &artifact.sha256));
    Some(finding)
}

/// A block is not what it was. Data blocks also change while the plant works.
fn changed(scene: &Scene<'_>, artifact: &Artifact) -> Option<Finding> {
    let comparison = artifact.comparison.as_ref().filter(|comparison| comparison.versions == Versions::Changed)?;
    let mut finding = scene.finding("S7-12", artifact.name.clone());
    if artifact.name.starts_with("DB") {
        finding.severity = lowered(finding.severity);
    }
    let before = comparison.before_sha256.clone().unwrap_or_default();
    let seen = comparison.before_seen.map(|seen| seen.to_string()).unwrap_or_default();
    let reason = Reason::new("reason.block_changed").with("block", &artifact.name).with("before", before);
    finding.reasons.push(reason.with("seen", seen).with("sha256", &artifact.sha256));
    finding.reasons.extend(comparison.difference.as_ref().map(differs));
    Some(finding)
}

/// How much of the code differs, and where.
fn differs(difference: &Difference) -> Reason {
    let run = |&(first, last): &(u64, u64)| if first == last { first.to_string() } else { format!("{first}-{last}") };
    let mut places: Vec<String> = difference.runs.iter().map(run).collect();
    if difference.further_runs > 0 {
        places.push(format!("+{}", difference.further_runs));
    }
    Reason::new("reason.block_differs")
        .with("bytes", difference.bytes)
        .with("size", difference.size)
        .with("size_before", difference.size_before)
        .with("places", places.join(", "))
}

/// What was commanded shows: the alert of the command goes one step further.
fn effective(scene: &Scene<'_>, effect: &S7Effect) -> Option<Finding> {
    let (id, act) = detection(scene.event.service.protocol(), effect.act.as_ref())?;
    let mut finding = scene.finding(id, act);
    finding.outcome = Some(Outcome::Effective);
    let reason = Reason::new("reason.effective").with("state", &effect.state).with("shown_by", &effect.shown_by);
    finding.reasons.push(reason);
    Some(finding)
}

fn unauthorised_write(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let no_right = scene.new_function().is_some_and(|(_, may_write)| !may_write);
    let news = scene.new_items(operation);
    if operation.class != Class::Write || (!no_right && news.is_empty()) {
        return None;
    }
    let mut finding = scene.operation_finding("S7-15", operation);
    let why = match news.first().and_then(|(item, space_known)| Some((item.object.as_ref()?, *space_known))) {
        _ if no_right => Reason::new("reason.never_wrote"),
        Some((object, false)) => Reason::new("reason.space_unknown").with("object", object),
        Some((object, true)) => {
            // The data block is one that this client writes, only not this part of it.
            finding.severity = finding.severity.min(Severity::Medium);
            Reason::new("reason.address_outside").with("object", object)
        }
        None => return None,
    };
    finding.reasons.insert(0, why);
    if operation.items.iter().any(writes_outputs) {
        finding.severity = if operation.outcome == Outcome::Refused { Severity::Medium } else { Severity::High };
        finding.reasons.push(Reason::new("reason.writes_outputs"));
    }
    finding.reasons.extend(touched(operation));
    Some(finding)
}

/// SP-06: like S7-15, on the controllers that address by symbol.
fn unauthorised_plus_write(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let no_right = scene.new_function().is_some_and(|(_, may_write)| !may_write);
    let news = scene.new_items(operation);
    if operation.class != Class::Write || (!no_right && news.is_empty()) {
        return None;
    }
    let mut finding = scene.operation_finding("SP-06", operation);
    "write".clone_into(&mut finding.act);
    let why = match news.first().and_then(|(item, _)| item.object.as_ref()) {
        _ if no_right => Reason::new("reason.never_wrote"),
        Some(object) => Reason::new("reason.space_unknown").with("object", object),
        None => return None,
    };
    finding.reasons.insert(0, why);
    finding.reasons.extend(touched(operation));
    Some(finding)
}

fn writes_outputs(item: &Item) -> bool {
    matches!(&item.object, Some(Object::S7(address)) if OUTPUT_AREAS.contains(&address.area_code))
}
