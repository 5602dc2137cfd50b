use std::borrow::Cow;

use super::catalogue;
use crate::baseline::{Baseline, Deviation, Practice, Verdict};
use crate::event::{
    Event, EventKind, Finding, FindingSource, Item, Operation, Outcome, Protocol, Reason, Session, Severity, Value,
    plain,
};
use crate::inventory::{Address, Change, Inventory, LinkKey};

/// Everything a detector may look at when an event arrives.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    pub event: &'a Event,
    pub verdict: &'a Verdict,
    pub inventory: &'a Inventory,
    pub baseline: &'a Baseline,
    /// What the event changed in the inventory.
    pub changes: &'a [Change],
}

impl<'a> Scene<'a> {
    /// The event's operation, where it is one of this protocol.
    pub fn operation(&self, protocol: Protocol) -> Option<&'a Operation> {
        match &self.event.kind {
            EventKind::Operation(operation) if self.event.service.protocol() == Some(protocol) => Some(operation),
            _ => None,
        }
    }

    /// The event's operation with its protocol, where it is one.
    pub fn any_operation(&self) -> Option<(Protocol, &'a Operation)> {
        let protocol = self.event.service.protocol()?;
        Some((protocol, self.operation(protocol)?))
    }

    /// The event's session step, where it is one.
    pub fn session(&self) -> Option<&'a Session> {
        match &self.event.kind {
            EventKind::Session(session) => Some(session),
            _ => None,
        }
    }

    /// It was always like this, as far as was learnt.
    pub fn is_habit(&self) -> bool {
        self.verdict.normal && !self.verdict.learnt
    }

    pub fn client(&self) -> Address {
        Address::of(self.event.ends.client.ip, self.event.ends.client.mac)
    }

    pub fn server(&self) -> Address {
        Address::of(self.event.ends.server.ip, self.event.ends.server.mac)
    }

    pub fn link(&self) -> LinkKey {
        LinkKey::of(&self.event.ends, self.event.service)
    }

    /// A practice of the link that was never seen, while watching.
    pub fn new_practice(&self, wanted: impl Fn(&Practice) -> bool) -> bool {
        self.verdict.has(|deviation| matches!(deviation, Deviation::Practice(practice) if wanted(practice)))
    }

    /// A finding with one reason that counts.
    pub fn counted(&self, id: &'static str, act: &str, key: &'static str, count: usize) -> Finding {
        let mut finding = self.finding(id, act);
        finding.reasons.push(Reason::new(key).with("count", count));
        finding
    }

    /// A finding of a detection about this event; `act` names what was done, so that the same act is one alert.
    pub fn finding(&self, id: &'static str, act: impl Into<String>) -> Finding {
        let severity = catalogue::find(id).map_or(Severity::Medium, |detection| detection.severity);
        Finding {
            ts: self.event.ts,
            source: FindingSource::Detection { id: Cow::Borrowed(id) },
            severity,
            service: self.event.service,
            flow: self.event.flow,
            ends: self.event.ends.clone(),
            outcome: None,
            class: None,
            act: act.into(),
            reasons: Vec::new(),
            evidence: self.event.evidence.clone(),
            learnable: self.verdict.is_news(),
        }
    }

    /// A finding about an operation: its outcome sets severity, its objects and values are told.
    pub fn operation_finding(&self, id: &'static str, operation: &Operation) -> Finding {
        let mut finding = self.finding(id, operation.function.name.to_string());
        finding.outcome = Some(operation.outcome);
        finding.class = Some(operation.class);
        match operation.outcome {
            Outcome::Refused => {
                let error = operation.error.as_ref().map_or(Cow::Borrowed("-"), |error| error.name.clone());
                finding.severity = lowered(finding.severity);
                finding.reasons.push(Reason::new("reason.refused").with("error", error));
            }
            Outcome::Accepted | Outcome::Effective => finding.reasons.push(Reason::new("reason.accepted")),
            Outcome::Attempted | Outcome::Unanswered => finding.reasons.push(Reason::new("reason.no_answer")),
            Outcome::Mismatched => finding.reasons.push(Reason::new("reason.mismatched")),
            Outcome::Unsolicited => finding.reasons.push(Reason::new("reason.unsolicited")),
        }
        finding
    }

    /// Items that were new, with whether their space was known.
    pub fn new_items<'o>(&self, operation: &'o Operation) -> Vec<(&'o Item, bool)>
    where
        'a: 'o,
    {
        let item = |deviation: &Deviation| match deviation {
            Deviation::Object { item, space_known } => Some((operation.items.get(*item)?, *space_known)),
            _ => None,
        };
        self.verdict.deviations.iter().filter_map(item).collect()
    }

    /// The function was never used on this link; whether the link is known, and whether its client may write.
    pub fn new_function(&self) -> Option<(bool, bool)> {
        self.verdict.deviations.iter().find_map(|deviation| match deviation {
            Deviation::Function { link_known, may_write } => Some((*link_known, *may_write)),
            _ => None,
        })
    }
}

/// What was touched and with which values, as reasons; the first few of many.
pub fn touched(operation: &Operation) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for item in operation.items.iter().take(3) {
        reasons.extend(item.object.as_ref().map(|object| Reason::new("reason.object").with("object", object)));
        if !item.values.is_empty() {
            reasons.push(Reason::new("reason.values").with("values", shown(&item.values)));
        }
    }
    reasons
}

/// One step down: what did not work does less harm.
pub fn lowered(severity: Severity) -> Severity {
    match severity {
        Severity::Critical => Severity::High,
        Severity::High => Severity::Medium,
        _ => Severity::Low,
    }
}

fn shown(values: &[Value]) -> String {
    let mut text: Vec<String> = values.iter().take(8).map(shown_one).collect();
    if values.len() > 8 {
        text.push("…".to_owned());
    }
    text.join(", ")
}

fn shown_one(value: &Value) -> String {
    match value {
        Value::Text(text) => text.chars().take(64).collect(),
        Value::Float(number) => plain(*number),
        other => serde_json::to_string(other).unwrap_or_default().chars().take(64).collect(),
    }
}
