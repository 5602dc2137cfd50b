//! NET-02, NET-25, MB-01, MB-05, S7-15, S7-16, SP-06, UA-15, BL-02, BL-03: what is known does what it never did.

use super::scene::{lowered, touched};
use super::{Detector, Scene};
use crate::baseline::{Deviation, Mode, Scenario, place_name, seconds};
use crate::event::{Endpoint, EventKind, Finding, Habit, Operation, Outcome, Protocol, Reason, SightingKind, plain};
use crate::inventory::Change;

/// See the head of this file.
pub struct Habits;

impl Detector for Habits {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            // What is said by ARP has a detector that knows who asked.
            EventKind::Sighting(sighting) if sighting.how != SightingKind::Arp => found.extend(other_card(scene)),
            EventKind::Identity(_) => found.extend(other_identity(scene)),
            EventKind::Operation(operation) => {
                found.extend(strange_value(scene, operation));
                found.extend(strange_writer(scene, operation));
                found.extend(off_hours(scene, operation));
            }
            EventKind::Habit(habit) => found.extend(other_habit(scene, habit)),
            _ => {}
        }
    }
}

/// NET-25: rhythm, order or volume is not as it was.
fn other_habit(scene: &Scene<'_>, habit: &Habit) -> Option<Finding> {
    if !scene.verdict.has(|deviation| *deviation == Deviation::Habit) {
        return None;
    }
    #[allow(clippy::cast_precision_loss, reason = "periods in microseconds")]
    let time = |micros: &u64| seconds(*micros as f64);
    let (act, reason) = match habit {
        Habit::Rhythm { act, usual_us, seen_us } => {
            let reason = Reason::new("reason.rhythm").with("act", &act.name);
            (format!("rhythm {}", act.name), reason.with("usual", time(usual_us)).with("seen", time(seen_us)))
        }
        Habit::Order { act, after } => {
            let reason = Reason::new("reason.order").with("act", &act.name).with("after", &after.name);
            (format!("order {} {}", after.name, act.name), reason)
        }
        Habit::Volume { hour, low, high, count } => {
            let reason = Reason::new("reason.volume").with("day", hour / 24 + 1).with("hour", hour % 24);
            ("volume".to_owned(), reason.with("low", low).with("high", high).with("count", count))
        }
    };
    let mut finding = scene.finding("NET-25", act);
    finding.reasons.push(reason);
    Some(finding)
}

/// MB-01, S7-15, SP-06, UA-15: an object that others write is written by one who never did. Where function or object are new
/// on the link as well, that has been told.
fn strange_writer(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let is_told = |deviation: &Deviation| matches!(deviation, Deviation::Function { .. } | Deviation::Object { .. });
    if scene.verdict.has(is_told) {
        return None;
    }
    let (item, by) = scene.verdict.deviations.iter().find_map(|deviation| match deviation {
        Deviation::Writer { item, by } => Some((*item, *by)),
        _ => None,
    })?;
    let id = match scene.event.service.protocol()? {
        Protocol::Modbus => "MB-01",
        Protocol::S7comm => "S7-15",
        Protocol::S7commPlus => "SP-06",
        Protocol::OpcUa => "UA-15",
    };
    let mut finding = scene.operation_finding(id, operation);
    let object = operation.items.get(item)?.object.as_ref()?;
    finding.reasons.insert(0, Reason::new("reason.other_writer").with("object", object).with("other", by));
    finding.reasons.extend(touched(operation));
    Some(finding)
}

/// NET-02: a known IP address speaks from another card.
fn other_card(scene: &Scene<'_>) -> Option<Finding> {
    let before = scene.verdict.deviations.iter().find_map(|deviation| match deviation {
        Deviation::Card { before } => Some(*before),
        _ => None,
    })?;
    let mut finding = scene.finding("NET-02", "other_card");
    // The act is the device's alone: whom it happened to address first does not matter.
    finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
    let now = scene.event.ends.client.mac.map(|mac| mac.to_string()).unwrap_or_default();
    finding.reasons.push(Reason::new("reason.card_changed").with("before", before).with("now", now));
    Some(finding)
}

/// BL-03: the same source, of no control protocol, says that the device is another one than it was. While devices are learnt nobody knows yet
/// whether one address stands for several.
fn other_identity(scene: &Scene<'_>) -> Option<Finding> {
    if scene.event.service.protocol().is_some() {
        // These have detections of their own; see `facts`.
        return None;
    }
    let (id, kind, before) = scene.changes.iter().find_map(|change| match change {
        Change::OtherFact(id, kind, before) => Some((*id, *kind, before)),
        _ => None,
    })?;
    if scene.baseline.stage(Scenario::Hosts).mode == Mode::Learning {
        return None;
    }
    let now = scene.inventory.asset(id)?.facts.iter().rev().find(|fact| fact.kind == kind)?;
    let mut finding = scene.finding("BL-03", format!("other_{kind}"));
    finding.learnable = false;
    let reason = Reason::new("reason.other_fact").with("kind", kind).with("before", before);
    finding.reasons.push(reason.with("now", &now.value).with("source", &now.source));
    Some(finding)
}

/// MB-05, S7-16, SP-06, UA-15: a value that this point never had.
fn strange_value(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let strange = scene.verdict.deviations.iter().find_map(|deviation| match deviation {
        Deviation::Value(strange) => Some(*strange),
        _ => None,
    })?;
    let id = match scene.event.service.protocol()? {
        Protocol::Modbus => "MB-05",
        Protocol::S7comm => "S7-16",
        Protocol::S7commPlus => "SP-06",
        Protocol::OpcUa => "UA-15",
    };
    let mut finding = scene.operation_finding(id, operation);
    let object = operation.items.get(strange.item)?.object.as_ref()?;
    finding.act = format!("{} {} {}", operation.function.name, object.space_name(), place_name(strange.place));
    let key = if strange.few { "reason.value_not_among" } else { "reason.value_outside" };
    let reason = Reason::new(key)
        .with("value", plain(strange.value))
        .with("low", plain(strange.low))
        .with("high", plain(strange.high));
    finding.reasons.insert(0, reason.with("object", object));
    Some(finding)
}

/// BL-02: normal, but nobody works at this time.
fn off_hours(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if !scene.verdict.has(|deviation| *deviation == Deviation::Hour) {
        return None;
    }
    let mut finding = scene.operation_finding("BL-02", operation);
    finding.learnable = false;
    if operation.outcome == Outcome::Refused {
        finding.severity = lowered(finding.severity);
    }
    finding.reasons.insert(0, Reason::new("reason.off_hours"));
    finding.reasons.extend(touched(operation));
    Some(finding)
}
