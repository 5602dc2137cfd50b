//! MB-16, MB-17, MB-18, S7-21, S7-23, SP-08, UA-20, UA-21, UA-23, UA-24: refusals, and messages that break their protocol.

use std::time::Duration;

use super::catalogue::{ABORTS, DENIED, EXCEPTIONS, FAULTS, OPEN_REQUESTS};
use super::lossy::Lossy;
use super::memory::Memory;
use super::window::Tally;
use super::{Detector, Scene};
use crate::event::{
    Anomaly, Blame, CaptureReport, Class, EventKind, Finding, Object, Operation, Outcome, Protocol, Reason, Severity,
    Timestamp, Value,
};
use crate::inventory::LinkKey;

const HOUR: Duration = Duration::from_secs(3600);
const MINUTE: Duration = Duration::from_secs(60);
const HALF_A_MINUTE: Duration = Duration::from_secs(30);
const MAX_LINKS: usize = 10_000;
const BEGINNING: Duration = Duration::from_secs(5);

pub struct Replies {
    refusals: Memory<LinkKey, Tally>,
    aborts: Memory<LinkKey, Tally>,
    /// Requests that got no answer.
    open: Memory<LinkKey, Tally>,
    lossy: Lossy,
    started: bool,
}

impl Default for Replies {
    fn default() -> Self {
        Replies {
            refusals: Memory::new(MAX_LINKS),
            aborts: Memory::new(MAX_LINKS),
            open: Memory::new(MAX_LINKS),
            lossy: Lossy::default(),
            started: false,
        }
    }
}

impl Detector for Replies {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        if !std::mem::replace(&mut self.started, true) {
            // What was asked before capture began is answered without a question.
            self.lossy.set(scene.event.ts + BEGINNING);
        }
        match &scene.event.kind {
            EventKind::Operation(_) => {
                let Some((protocol, operation)) = scene.any_operation() else { return };
                found.extend(self.refused(scene, protocol, operation));
                if protocol == Protocol::Modbus {
                    found.extend(out_of_bounds(scene, operation));
                    found.extend(self.unfit(scene, operation));
                    found.extend(self.flood(scene, operation));
                }
            }
            EventKind::Anomaly(anomaly) => found.extend(self.broken(scene, anomaly)),
            _ => {}
        }
    }

    fn report(&mut self, report: &CaptureReport) {
        self.lossy.report(report);
    }

    fn tick(&mut self, ts: Timestamp, _found: &mut Vec<Finding>) {
        self.lossy.tick(ts);
    }

    fn evicted(&self) -> u64 {
        self.refusals.evicted() + self.aborts.evicted() + self.open.evicted()
    }
}

impl Replies {
    fn refused(&mut self, scene: &Scene<'_>, protocol: Protocol, operation: &Operation) -> Option<Finding> {
        let item = || operation.items.iter().find_map(|item| item.error.as_ref());
        let error = operation.error.as_ref().or_else(item)?;
        let (id, window, threshold) = match protocol {
            // Wrong functions and addresses are a scan's.
            Protocol::Modbus if !matches!(error.code, 1 | 2) && operation.function.code != UMAS => {
                ("MB-16", HOUR, EXCEPTIONS)
            }
            Protocol::S7comm => ("S7-21", MINUTE, DENIED),
            Protocol::OpcUa => ("UA-20", HOUR, FAULTS),
            _ => return None,
        };
        let count = threshold.value as usize;
        let tally = self.refusals.entry(scene.link(), || Tally::new(window, 4 * count));
        let refusals = tally.add(scene.event.ts);
        if refusals < count {
            return None;
        }
        let mut finding = scene.counted(id, "refusals", "reason.refusals", refusals);
        finding.reasons.push(Reason::new("reason.refused").with("error", &error.name));
        Some(finding)
    }

    /// The answer is not the one that this request has, or there was none.
    fn unfit(&self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let told = match operation.outcome {
            Outcome::Mismatched => "reason.mismatched",
            Outcome::Unsolicited if !self.lossy.holds(scene.event.ts) => "reason.unsolicited",
            _ => return None,
        };
        let mut finding = scene.finding("MB-18", "unfit_answer");
        finding.outcome = Some(operation.outcome);
        finding.reasons.push(Reason::new(told));
        finding.reasons.push(Reason::new("reason.function").with("function", &operation.function.name));
        Some(finding)
    }

    /// More requests than any client has open, without waiting for answers.
    fn flood(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        if operation.response_seen {
            return None;
        }
        let most = OPEN_REQUESTS.value as usize;
        let count = self.open.entry(scene.link(), || Tally::new(HALF_A_MINUTE, 2 * most)).add(scene.event.ts);
        (count >= most).then(|| scene.counted("MB-18", "open_requests", "reason.open_requests", count))
    }

    fn broken(&mut self, scene: &Scene<'_>, anomaly: &Anomaly) -> Option<Finding> {
        // What is wrong below the message has detectors of its own.
        if anomaly.blame == Blame::Capture || anomaly.layer == "tcp" {
            return None;
        }
        let id = match (scene.event.service.protocol()?, &*anomaly.name) {
            (
                Protocol::Modbus,
                "late_response" | "duplicate_response" | "unsolicited_response" | "mismatched_response",
            ) => {
                return None;
            }
            (Protocol::Modbus, _) => "MB-17",
            (Protocol::S7commPlus, "digest_missing" | "digest_repeated") => "SP-08",
            (Protocol::S7comm | Protocol::S7commPlus, _) => "S7-23",
            (Protocol::OpcUa, name) => opcua(name)?,
        };
        if &*anomaly.name == "message_aborted" {
            let count = ABORTS.value as usize;
            let tally = self.aborts.entry(scene.link(), || Tally::new(MINUTE, 4 * count));
            if tally.add(scene.event.ts) < count {
                return None;
            }
        }
        // What a server says that way comes of its own types, and long answers of what it was asked; what matters is what
        // reaches it.
        let is_answer = id == "UA-23" || anomaly.name.starts_with("agreed_");
        if is_answer && anomaly.blame == Blame::Server {
            return None;
        }
        let mut finding = scene.finding(id, anomaly.name.clone());
        if id == "UA-24" && self.lossy.holds(scene.event.ts) {
            return None;
        }
        if anomaly.blame == Blame::Server {
            finding.severity = finding.severity.min(Severity::Medium);
        }
        let reason = Reason::new("reason.malformed").with("layer", &anomaly.layer).with("name", &anomaly.name);
        finding.reasons.push(reason.with("detail", &anomaly.detail));
        Some(finding)
    }
}

/// Schneider's own function; what it refuses is told by its own detections.
const UMAS: u32 = 90;

fn opcua(name: &str) -> Option<&'static str> {
    Some(match name {
        "chunk_count_bound_passed"
        | "agreed_chunk_count_passed"
        | "agreed_message_size_passed"
        | "joined_bytes_bound_passed"
        | "unfinished_messages_bound_passed"
        | "chunk_size_implausible"
        | "message_aborted" => "UA-21",
        "nesting_too_deep"
        | "length_beyond_message"
        | "negative_length"
        | "body_truncated"
        | "string_not_utf8"
        | "certificate_chain_too_long"
        | "certificate_chain_loop"
        | "certificate_too_large"
        | "items_bound_passed" => "UA-23",
        "sequence_number_gap" | "sequence_number_repeated" | "request_id_reused" | "endpoint_url_too_long" => "UA-24",
        "too_many_channels" | "too_many_open_requests" => "UA-22",
        _ => return None,
    })
}

/// Numbers that the Modbus specification rules out (Modbus Application Protocol V1.1b3, chapter 6).
fn out_of_bounds(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if !operation.request_seen {
        return None;
    }
    let (code, item) = (operation.function.code, operation.items.first());
    let range = item.and_then(|item| match &item.object {
        Some(Object::Modbus(range)) => Some(range),
        _ => None,
    });
    let most = match code {
        1 | 2 => 2000,
        3 | 4 | 23 => 125,
        15 => 1968,
        16 => 123,
        _ => u16::MAX,
    };
    let flaw = match range {
        _ if code == 0 || code >= 0x80 => "function_code",
        Some(range) if range.quantity == 0 || range.quantity > most => "quantity",
        Some(range) if u32::from(range.address) + u32::from(range.quantity) > 0x1_0000 => "address",
        Some(_) if code == 5 && operation.class == Class::Write => {
            let odd = |value: &Value| matches!(value, Value::UInt(n) if !matches!(n, 0 | 1 | 0xff00));
            item.is_some_and(|item| item.values.iter().any(odd)).then_some("coil_value")?
        }
        _ => return None,
    };
    let mut finding = scene.operation_finding("MB-17", operation);
    flaw.clone_into(&mut finding.act);
    finding.reasons.insert(0, Reason::new("reason.out_of_bounds").with("what", flaw));
    finding.reasons.extend(super::scene::touched(operation));
    Some(finding)
}
