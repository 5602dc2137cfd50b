//! UA-13, UA-15, UA-16, UA-19, UA-22, UA-24, UA-25: what clients do in their sessions.

use std::time::Duration;

use crate::baseline::Deviation;
use crate::detect::catalogue::{NODES, SESSIONS};
use crate::detect::memory::Memory;
use crate::detect::scene::touched;
use crate::detect::window::Spread;
use crate::detect::{Detector, Scene};
use crate::event::{
    Finding, FlowId, Method, Object, OpcuaHello, Operation, Outcome, Protocol, Reason, Session, Severity, Timestamp,
    Value,
};
use crate::inventory::LinkKey;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const MAX_LINKS: usize = 10_000;
const WRITE: u32 = 673;
const CALL: u32 = 712;
const SET_PUBLISHING_MODE: u32 = 799;
const DELETE_SUBSCRIPTIONS: u32 = 847;
/// The least that a buffer may be (OPC 10000-6 section 7.1.2.3).
const LEAST_BUFFER: u32 = 8192;
/// Methods of the standard's own address space that change what a server is and trusts (OPC 10000-5, 10000-12).
const DANGEROUS: [&str; 7] = ["i=12548", "i=12550", "i=12740", "i=13737", "i=12886", "i=11580", "i=11588"];
/// Alarm methods: disable, shelve, acknowledge, confirm (OPC 10000-9).
const ALARMS: [&str; 6] = ["i=9028", "i=9212", "i=9213", "i=9111", "i=9113", "i=9211"];
/// Answers of a server that has no more to give: sessions, subscriptions, resources.
const EXHAUSTED: [u32; 4] = [0x8056_0000, 0x8077_0000, 0x8081_0000, 0x8003_0000];

pub struct ClientActs {
    nodes: Memory<LinkKey, Spread>,
    /// Sessions that a client holds with a server, by their connections.
    sessions: Memory<LinkKey, Vec<FlowId>>,
}

impl Default for ClientActs {
    fn default() -> Self {
        ClientActs { nodes: Memory::new(MAX_LINKS), sessions: Memory::new(MAX_LINKS) }
    }
}

impl Detector for ClientActs {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match scene.session() {
            Some(Session::OpcuaCreateSession(create)) => {
                let exhausted = create.error.as_ref().is_some_and(|error| EXHAUSTED.contains(&error.code));
                found.extend(exhausted.then(|| exhausted_finding(scene)));
                if create.accepted == Some(true) {
                    found.extend(self.one_more_session(scene));
                }
            }
            Some(Session::OpcuaClose(_)) => self.one_session_less(scene),
            Some(Session::OpcuaHello(hello)) => found.extend(small_buffer(scene, hello)),
            Some(Session::OpcuaReverseHello(hello)) if !scene.is_habit() => {
                let mut finding = scene.finding("UA-25", "reverse_hello");
                finding.severity = Severity::Medium;
                finding.reasons.push(Reason::new("reason.reverse_hello").with("uri", &hello.server_uri));
                found.push(finding);
            }
            _ => {}
        }
        let Some(operation) = scene.operation(Protocol::OpcUa).filter(|operation| operation.request_seen) else {
            return;
        };
        found.extend(self.walks(scene, operation));
        match operation.function.code {
            WRITE => found.extend(odd_value(scene, operation)),
            CALL => found.extend(dangerous_call(scene, operation)),
            SET_PUBLISHING_MODE | DELETE_SUBSCRIPTIONS => found.extend(silences(scene, operation)),
            _ => {}
        }
        if operation.error.as_ref().is_some_and(|error| EXHAUSTED.contains(&error.code)) {
            found.push(exhausted_finding(scene));
        }
    }

    fn evicted(&self) -> u64 {
        self.nodes.evicted() + self.sessions.evicted()
    }
}

fn exhausted_finding(scene: &Scene<'_>) -> Finding {
    let mut finding = scene.finding("UA-22", "exhausted");
    finding.reasons.push(Reason::new("reason.exhausted"));
    finding
}

fn small_buffer(scene: &Scene<'_>, hello: &OpcuaHello) -> Option<Finding> {
    let offered = hello.offered?;
    let least = offered.receive_buffer_size.min(offered.send_buffer_size);
    (least < LEAST_BUFFER).then(|| {
        let mut finding = scene.finding("UA-24", "small_buffer");
        finding.reasons.push(Reason::new("reason.small_buffer").with("bytes", least));
        finding
    })
}

impl ClientActs {
    fn one_more_session(&mut self, scene: &Scene<'_>) -> Option<Finding> {
        let (flow, most) = (scene.event.flow?, SESSIONS.value as usize);
        let sessions = self.sessions.entry(scene.link(), Vec::new);
        if !sessions.contains(&flow) && sessions.len() < 4 * most {
            sessions.push(flow);
        }
        let count = sessions.len();
        (count >= most).then(|| scene.counted("UA-22", "sessions", "reason.open_sessions", count))
    }

    fn one_session_less(&mut self, scene: &Scene<'_>) {
        let Some(flow) = scene.event.flow else { return };
        self.sessions.entry(scene.link(), Vec::new).retain(|open| *open != flow);
    }

    /// Many nodes that this client never looked at.
    fn walks(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        if !matches!(&*operation.function.name, "browse" | "read") || scene.is_habit() {
            return None;
        }
        let count = NODES.value as usize;
        let spread = self.nodes.entry(scene.link(), || Spread::new(MINUTE, count));
        let mut most = None;
        for object in operation.items.iter().filter_map(|item| item.object.as_ref()) {
            most = spread.add(scene.event.ts, object.key().space).or(most);
        }
        most.map(|nodes| scene.counted("UA-13", "walk", "reason.nodes", nodes))
    }
}

/// A value with a quality that the client forces on it, or with a time long past or to come.
fn odd_value(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let samples = operation.items.iter().filter_map(|item| item.sample.as_deref());
    let mut reasons = Vec::new();
    for sample in samples {
        reasons.extend(
            sample.status.as_ref().map(|status| Reason::new("reason.forced_quality").with("quality", &status.name)),
        );
        let times = [&sample.source_time, &sample.server_time].into_iter().flatten();
        let odd = times.filter(|time| is_far(time, scene.event.ts));
        reasons.extend(odd.map(|time| Reason::new("reason.odd_time").with("time", time)));
    }
    if reasons.is_empty() {
        return None;
    }
    let mut finding = scene.operation_finding("UA-15", operation);
    "odd_value".clone_into(&mut finding.act);
    reasons.truncate(4);
    finding.reasons.extend(reasons);
    finding.reasons.extend(touched(operation));
    Some(finding)
}

fn is_far(time: &str, now: Timestamp) -> bool {
    let Ok(time) = time.parse::<jiff::Timestamp>() else { return false };
    let Ok(now) = i64::try_from(now.seconds()) else { return false };
    time.as_second().abs_diff(now) > DAY.as_secs()
}

fn methods(operation: &Operation) -> impl Iterator<Item = (usize, &Method)> {
    operation.items.iter().enumerate().filter_map(|(i, item)| match &item.object {
        Some(Object::Method(method)) => Some((i, method)),
        _ => None,
    })
}

fn dangerous_call(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if let Some((_, method)) = methods(operation).find(|(_, method)| ALARMS.contains(&&*method.method))
        && !scene.is_habit()
    {
        let mut finding = scene.operation_finding("UA-19", operation);
        "alarm_method".clone_into(&mut finding.act);
        finding.reasons.push(Reason::new("reason.method").with("method", &method.method));
        return Some(finding);
    }
    let dangerous = methods(operation).find(|(_, method)| DANGEROUS.contains(&&*method.method));
    let is_new = |index: usize| {
        scene.verdict.has(|deviation| match deviation {
            Deviation::Function { .. } => true,
            Deviation::Object { item, .. } => *item == index,
            _ => false,
        })
    };
    let (_, method) = dangerous.or_else(|| methods(operation).find(|(index, _)| is_new(*index)))?;
    let mut finding = scene.operation_finding("UA-16", operation);
    finding.act = method.method.clone();
    if dangerous.is_some() && operation.outcome == Outcome::Accepted {
        finding.severity = Severity::Critical;
    }
    finding.reasons.push(Reason::new("reason.method").with("method", Object::Method(method.clone())));
    Some(finding)
}

/// Somebody else's subscriptions are asked to be deleted, or one's own to be still.
fn silences(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    let refused = operation.error.is_some() || operation.items.iter().any(|item| item.error.is_some());
    let off = operation.items.iter().flat_map(|item| &item.values).any(is_off);
    let told = match operation.function.code {
        DELETE_SUBSCRIPTIONS => refused,
        _ => off,
    };
    if !told || scene.is_habit() {
        return None;
    }
    let mut finding = scene.operation_finding("UA-19", operation);
    finding.act = operation.function.name.to_string();
    finding.reasons.push(Reason::new("reason.function").with("function", &operation.function.name));
    Some(finding)
}

fn is_off(value: &Value) -> bool {
    match value {
        Value::Bool(on) => !on,
        Value::Fields(fields) => fields.0.iter().any(|(_, value)| is_off(value)),
        _ => false,
    }
}
