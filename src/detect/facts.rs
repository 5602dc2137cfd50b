//! MB-20, S7-07, S7-23, SP-08, UA-10, UA-25: a machine says of itself what it did not say before.

use std::time::Duration;

use super::memory::Memory;
use super::scene::lowered;
use super::{Detector, Scene};
use crate::event::{EventKind, Fact, FactKind, Finding, Protocol, Reason, Service, Side, Timestamp};
use crate::inventory::Address;

const MAX_FACTS: usize = 50_000;
/// What changes sooner than that was never settled: several devices behind one address.
const SETTLED: Duration = Duration::from_secs(20);

pub struct Facts {
    known: Memory<(Address, Service, FactKind, String), Known>,
}

/// What was last said, since when, and whether it was ever otherwise.
struct Known {
    value: String,
    since: Timestamp,
    changes: u32,
}

impl Default for Facts {
    fn default() -> Self {
        Facts { known: Memory::new(MAX_FACTS) }
    }
}

impl Detector for Facts {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let EventKind::Identity(fact) = &scene.event.kind else { return };
        let Some(id) = scene.event.service.protocol().and_then(|protocol| detection(protocol, fact)) else { return };
        found.extend(self.changed(scene, fact, id));
    }

    fn evicted(&self) -> u64 {
        self.known.evicted()
    }
}

fn detection(protocol: Protocol, fact: &Fact) -> Option<&'static str> {
    use FactKind::{
        Build, Firmware, Hardware, KeySwitch, Model, OrderNumber, Product, Protection, Serial, State, Vendor,
    };
    if fact.about != Side::Server {
        return None;
    }
    let identity = matches!(fact.kind, Vendor | Product | Model | OrderNumber | Firmware | Hardware | Serial);
    match protocol {
        Protocol::Modbus if identity => Some("MB-20"),
        Protocol::S7comm if matches!(fact.kind, State) && fact.source == "mode transition" => Some("S7-06"),
        Protocol::S7comm if matches!(fact.kind, State | KeySwitch | Protection) => Some("S7-07"),
        Protocol::S7comm if identity => Some("S7-23"),
        Protocol::S7commPlus if matches!(fact.kind, OrderNumber | Firmware) => Some("SP-08"),
        Protocol::OpcUa if identity || matches!(fact.kind, Build | State) => Some("UA-25"),
        _ => None,
    }
}

impl Facts {
    fn changed(&mut self, scene: &Scene<'_>, fact: &Fact, id: &'static str) -> Option<Finding> {
        let ts = scene.event.ts;
        let fresh = || Known { value: fact.value.clone(), since: ts, changes: 0 };
        // A mode is the same wherever it is read.
        let source = if fact.kind == FactKind::State { String::new() } else { fact.source.to_string() };
        let known = self.known.entry((scene.server(), scene.event.service, fact.kind, source), fresh);
        if known.value == fact.value {
            return None;
        }
        let moves = matches!(fact.kind, FactKind::State | FactKind::KeySwitch);
        let settled = ts.since(known.since) >= SETTLED && known.changes == 0;
        known.changes += 1;
        known.since = ts;
        let before = std::mem::replace(&mut known.value, fact.value.clone());
        if !moves && !settled {
            return None;
        }
        let mut finding = scene.finding(id, format!("{}", fact.kind));
        if moves && is_good(&fact.value) {
            finding.severity = lowered(finding.severity);
        }
        let reason = Reason::new("reason.fact_changed").with("kind", fact.kind).with("before", before);
        finding.reasons.push(reason.with("now", &fact.value).with("source", &fact.source));
        Some(finding)
    }
}

/// The controller works as it should.
fn is_good(state: &str) -> bool {
    state.starts_with("RUN") || state.starts_with("STARTUP") || state == "running"
}
