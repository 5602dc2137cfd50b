//! S7-09, S7-11, S7-19, S7-23: what is loaded and activated, by whom, and how clocks are set.

use jiff::civil::DateTime;

use crate::detect::catalogue::CLOCK_DIFFERENCE;
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Finding, FlowId, Object, Operation, Protocol, Reason, Severity, Timestamp, Value};
use crate::inventory::Role;

const MAX_FLOWS: usize = 10_000;
const REQUEST_DOWNLOAD: u32 = 0x1a;

pub struct Blocks {
    /// Connections on which blocks were loaded.
    loading: Memory<FlowId, ()>,
}

impl Default for Blocks {
    fn default() -> Self {
        Blocks { loading: Memory::new(MAX_FLOWS) }
    }
}

impl Detector for Blocks {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some(operation) = scene.operation(Protocol::S7comm).filter(|operation| operation.request_seen) else {
            return;
        };
        match operation.function.act.as_deref() {
            Some("download") => {
                if let Some(flow) = scene.event.flow {
                    self.loading.entry(flow, || ());
                }
                found.extend(critical(scene, operation));
                found.extend(by_controller(scene, operation));
            }
            Some("activate_block") if scene.event.flow.is_none_or(|flow| self.loading.get(&flow).is_none()) => {
                let mut finding = scene.operation_finding("S7-11", operation);
                "activate_block".clone_into(&mut finding.act);
                finding.reasons.push(Reason::new("reason.activated_without_download"));
                found.push(finding);
            }
            Some("set_clock") => found.extend(clock(scene, operation)),
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.loading.evicted()
    }
}

/// Blocks that run without being called: the main program, cyclic interrupts, system data.
fn is_critical(block: &str) -> bool {
    let number = |prefix: &str| block.strip_prefix(prefix).and_then(|rest| rest.parse::<u32>().ok());
    number("SDB").is_some() || number("OB").is_some_and(|ob| ob == 1 || (30..=38).contains(&ob))
}

fn critical(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if operation.function.code != REQUEST_DOWNLOAD {
        return None;
    }
    let block = operation.items.iter().find_map(|item| match &item.object {
        Some(Object::Block(block)) if is_critical(&block.block) => Some(&block.block),
        _ => None,
    })?;
    let mut finding = scene.operation_finding("S7-09", operation);
    "critical_download".clone_into(&mut finding.act);
    finding.reasons.push(Reason::new("reason.critical_block").with("block", block));
    Some(finding)
}

/// Controllers do not program each other: so spreads a worm.
fn by_controller(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let ends = &scene.event.ends;
    let role = scene.inventory.find(&ends.vlans, &ends.client)?.role()?;
    let own = scene.client() == scene.server();
    if role != Role::Plc || own || operation.function.by_server {
        return None;
    }
    let mut finding = scene.operation_finding("S7-23", operation);
    "download_by_controller".clone_into(&mut finding.act);
    finding.severity = Severity::Critical;
    finding.reasons.push(Reason::new("reason.download_by_controller"));
    Some(finding)
}

/// Setting a clock right is a daily habit; setting it wrong hides when things happened.
fn clock(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if scene.is_habit() {
        return None;
    }
    let text = operation.items.iter().flat_map(|item| &item.values).find_map(time);
    let difference = text.as_deref().and_then(|text| difference(text, scene.event.ts));
    if difference.is_some_and(|seconds| seconds <= u64::from(CLOCK_DIFFERENCE.value)) {
        return None;
    }
    let mut finding = scene.operation_finding("S7-19", operation);
    "set_clock".clone_into(&mut finding.act);
    finding.reasons.extend(text.map(|time| Reason::new("reason.clock_set").with("time", time)));
    Some(finding)
}

fn time(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone()),
        Value::Fields(fields) => fields.0.iter().find_map(|(_, value)| time(value)),
        _ => None,
    }
}

/// Controllers keep local time, and nobody says which: whole hours of difference are no difference.
fn difference(text: &str, now: Timestamp) -> Option<u64> {
    let set: DateTime = text.parse().ok()?;
    let set = set.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp().as_second();
    let apart = set.abs_diff(i64::try_from(now.seconds()).ok()?);
    let hours = 3600;
    let rest = apart % hours;
    Some(if apart > 14 * hours { apart } else { rest.min(hours - rest) })
}
