//! MB: Modbus/TCP.

mod moves;
mod umas;

pub use moves::Moves;
pub use umas::Umas;

use std::time::Duration;

use super::catalogue::{SCAN_ADDRESSES, SCAN_BLOCKS, SCAN_FUNCTIONS, SCAN_UNITS, Threshold};
use super::memory::Memory;
use super::scene::touched;
use super::window::DistinctWindow;
use super::{Detector, Scene};
use crate::event::{
    Class, Finding, FunctionKey, Object, Operation, Outcome, Protocol, Reason, Severity, Timestamp, Unit,
};
use crate::inventory::LinkKey;

const WINDOW: Duration = Duration::from_secs(60);
/// Links whose errors are remembered at one time.
const MAX_LINKS: usize = 10_000;
/// Modbus Application Protocol V1.1b3, section 6.8.
const DIAGNOSTICS: u32 = 8;
const FORCE_LISTEN_ONLY: u16 = 4;

/// Functions that only read.
const READS: [u32; 6] = [1, 2, 3, 4, 20, 24];
/// Functions that tell what a device is and how it does.
const TELLING: [u32; 5] = [7, DIAGNOSTICS, 11, 12, 17];
const ENCAPSULATED: u32 = 43;

/// MB-01 to MB-04, MB-11, MB-14, MB-15.
pub struct Modbus {
    probes: Memory<LinkKey, Probes>,
}

impl Default for Modbus {
    fn default() -> Self {
        Modbus { probes: Memory::new(MAX_LINKS) }
    }
}

/// What one client tried in vain on one server.
struct Probes {
    functions: DistinctWindow<u32>,
    /// Each refused request counts, also of the same address.
    addresses: DistinctWindow<u64>,
    blocks: DistinctWindow<(FunctionKey, u16)>,
    units: DistinctWindow<Option<Unit>>,
    refused: u64,
    highest: Option<(FunctionKey, u16)>,
}

impl Detector for Modbus {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some(operation) = scene.operation(Protocol::Modbus) else { return };
        if is_force_listen_only(operation) {
            let mut finding = scene.operation_finding("MB-11", operation);
            finding.reasons = vec![Reason::new("reason.silent_by_design")];
            found.push(finding);
        }
        found.extend(unauthorised_write(scene, operation));
        found.extend(unauthorised_read(scene, operation));
        found.extend(asks_who(scene, operation));
        found.extend(new_function(scene, operation));
        found.extend(address_outside(scene, operation));
        found.extend(self.scan(scene, operation));
    }

    fn evicted(&self) -> u64 {
        self.probes.evicted()
    }
}

fn is_force_listen_only(operation: &Operation) -> bool {
    operation.function.code == DIAGNOSTICS
        && operation.function.subfunction == Some(FORCE_LISTEN_ONLY)
        && operation.request_seen
}

fn unauthorised_write(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let (_, may_write) = scene.new_function()?;
    if operation.class != Class::Write || may_write || !operation.request_seen {
        return None;
    }
    let mut finding = scene.operation_finding("MB-01", operation);
    finding.reasons.insert(0, Reason::new("reason.never_wrote"));
    finding.reasons.extend(touched(operation));
    Some(finding)
}

/// Whoever is no master of this server reads from it.
fn unauthorised_read(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let (link_known, _) = scene.new_function()?;
    if link_known || !operation.request_seen || !READS.contains(&operation.function.code) {
        return None;
    }
    let mut finding = scene.operation_finding("MB-02", operation);
    "read".clone_into(&mut finding.act);
    finding.reasons.insert(0, Reason::new("reason.never_master"));
    finding.reasons.extend(touched(operation));
    Some(finding)
}

/// Whoever never asked what the device is does so now.
fn asks_who(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let (link_known, _) = scene.new_function()?;
    let function = &operation.function;
    let harmless = function.code != DIAGNOSTICS || function.subfunction.is_some_and(|sub| sub == 2 || sub >= 11);
    let asks = (TELLING.contains(&function.code) && harmless)
        || (function.code == ENCAPSULATED && operation.class == Class::Identify);
    if !asks || !operation.request_seen {
        return None;
    }
    let mut finding = scene.operation_finding("MB-14", operation);
    "identify".clone_into(&mut finding.act);
    if !link_known {
        finding.severity = Severity::Medium;
    }
    finding.reasons.insert(0, Reason::new("reason.function_never_used").with("function", &function.name));
    Some(finding)
}

fn new_function(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let (link_known, _) = scene.new_function()?;
    // A link that is itself new has been told as such.
    if !link_known || !operation.request_seen {
        return None;
    }
    let mut finding = scene.operation_finding("MB-03", operation);
    if operation.class != Class::Read && operation.outcome != Outcome::Refused {
        finding.severity = Severity::High;
    }
    finding.reasons.insert(0, Reason::new("reason.function_never_used").with("function", &operation.function.name));
    finding.reasons.extend(touched(operation));
    Some(finding)
}

fn address_outside(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let news = scene.new_items(operation);
    let object = news.first()?.0.object.as_ref()?;
    let mut finding = scene.operation_finding("MB-04", operation);
    finding.reasons.insert(0, Reason::new("reason.address_outside").with("object", object));
    if operation.class == Class::Write && operation.outcome != Outcome::Refused {
        finding.severity = Severity::High;
        finding.reasons.extend(touched(operation));
    }
    Some(finding)
}

impl Modbus {
    fn scan(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        // A client that always did this is no scanner.
        if scene.verdict.normal && !scene.verdict.learnt {
            return None;
        }
        let key = LinkKey::of(&scene.event.ends, scene.event.service);
        let reasons = self.probes.entry(key, Probes::default).count(scene, operation);
        if reasons.is_empty() {
            return None;
        }
        let mut finding = scene.finding("MB-15", "scan");
        finding.reasons = reasons;
        Some(finding)
    }
}

impl Default for Probes {
    fn default() -> Self {
        let capacity = |threshold: Threshold| 4 * threshold.value as usize;
        Probes {
            functions: DistinctWindow::new(WINDOW, capacity(SCAN_FUNCTIONS)),
            addresses: DistinctWindow::new(WINDOW, capacity(SCAN_ADDRESSES)),
            blocks: DistinctWindow::new(WINDOW, capacity(SCAN_BLOCKS)),
            units: DistinctWindow::new(WINDOW, capacity(SCAN_UNITS)),
            refused: 0,
            highest: None,
        }
    }
}

impl Probes {
    fn count(&mut self, scene: &Scene<'_>, operation: &Operation) -> Vec<Reason> {
        let ts = scene.event.ts;
        let mut reasons = Vec::new();
        let mut check = |count: usize, threshold: Threshold, key| {
            if count >= threshold.value as usize {
                reasons.push(Reason::new(key).with("count", count));
            }
        };
        let exception = operation.error.as_ref().map(|error| error.code);
        match exception {
            Some(1) => {
                check(self.functions.add(ts, operation.function.code), SCAN_FUNCTIONS, "reason.scan_functions");
            }
            Some(2) => {
                self.refused += 1;
                check(self.addresses.add(ts, self.refused), SCAN_ADDRESSES, "reason.scan_addresses");
            }
            _ => {}
        }
        if matches!(exception, Some(10 | 11)) || operation.outcome == Outcome::Unanswered {
            check(self.units.add(ts, operation.unit.clone()), SCAN_UNITS, "reason.scan_units");
        }
        // A first poll of many blocks rises just the same: only a watched plant can tell.
        if !scene.verdict.deviations.is_empty() {
            check(self.rising(ts, operation), SCAN_BLOCKS, "reason.scan_blocks");
        }
        reasons
    }

    /// Blocks of one function read one above the other.
    fn rising(&mut self, ts: Timestamp, operation: &Operation) -> usize {
        let range = operation.items.first().and_then(|item| item.object.as_ref());
        let Some(Object::Modbus(range)) = range.filter(|_| operation.class == Class::Read) else { return 0 };
        let here = (operation.function.key(), range.address);
        let above = self.highest.is_none_or(|(function, address)| function == here.0 && range.address > address);
        self.highest = Some(here);
        if !above {
            self.blocks.clear();
        }
        self.blocks.add(ts, here)
    }
}
