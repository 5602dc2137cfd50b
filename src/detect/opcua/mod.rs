//! UA: OPC UA.

mod acts;
mod certificates;
mod log_on;

pub use acts::ClientActs;
pub use certificates::Certificates;
pub use log_on::LogOn;

use std::time::Duration;

use super::catalogue::DISCOVERY_SERVERS;
use super::memory::Memory;
use super::scene::touched;
use super::window::DistinctWindow;
use super::{Detector, Scene};
use crate::baseline::{Deviation, Practice};
use crate::event::{
    Class, EventKind, Finding, FlowId, Object, OpcuaActivateSession, OpcuaClose, Operation, Outcome, Protocol, Reason,
    Session, Severity,
};
use crate::inventory::Address;

const WINDOW: Duration = Duration::from_secs(120);
/// Clients and flows remembered at one time.
const MAX_MEMORY: usize = 10_000;
/// Binary encoding id of WriteRequest, and the Value attribute (OPC 10000-6 annex A).
const WRITE: u32 = 673;
const VALUE: u32 = 13;

/// UA-05, UA-12, UA-14.
pub struct OpcUa {
    /// Flows with an anonymous session, with the finding that told of it.
    anonymous: Memory<FlowId, Finding>,
    discovery: Memory<Address, DistinctWindow<Address>>,
}

impl Default for OpcUa {
    fn default() -> Self {
        OpcUa { anonymous: Memory::new(MAX_MEMORY), discovery: Memory::new(MAX_MEMORY) }
    }
}

impl Detector for OpcUa {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Session(session) => match &**session {
                Session::OpcuaActivateSession(activate) => found.extend(self.activated(scene, activate)),
                Session::OpcuaClose(close) => found.extend(self.closed(scene, close)),
                _ => {}
            },
            EventKind::Operation(_) => {
                let Some(operation) = scene.operation(Protocol::OpcUa) else { return };
                found.extend(self.anonymous_act(scene, operation));
                found.extend(unauthorised_write(scene, operation));
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.anonymous.evicted() + self.discovery.evicted()
    }
}

impl OpcUa {
    fn activated(&mut self, scene: &Scene<'_>, activate: &OpcuaActivateSession) -> Option<Finding> {
        let habit = scene.verdict.normal && !scene.verdict.learnt;
        if activate.token != "anonymous" || activate.accepted != Some(true) || habit {
            return None;
        }
        let mut finding = scene.finding("UA-05", "anonymous_session");
        finding.outcome = Some(Outcome::Accepted);
        if activate.policy.as_deref() == Some("None") {
            finding.reasons.push(Reason::new("reason.no_encryption"));
        }
        if let Some(flow) = scene.event.flow {
            self.anonymous.insert(flow, finding.clone());
        }
        Some(finding)
    }

    /// An anonymous session that writes or calls is worse than one that looks.
    fn anonymous_act(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let acts = matches!(operation.class, Class::Write | Class::Control | Class::Configure);
        if !acts || operation.outcome == Outcome::Refused {
            return None;
        }
        let mut finding = self.anonymous.get(&scene.event.flow?)?.clone();
        finding.ts = scene.event.ts;
        finding.severity = Severity::High;
        finding.evidence.join(scene.event.evidence.frames.iter().copied());
        finding.reasons.push(Reason::new("reason.anonymous_then_act"));
        Some(finding)
    }

    fn closed(&mut self, scene: &Scene<'_>, close: &OpcuaClose) -> Option<Finding> {
        if let Some(flow) = scene.event.flow.filter(|_| close.channel) {
            self.anonymous.remove(&flow);
        }
        if !close.channel || close.discovery_requests == 0 || close.other_requests > 0 {
            return None;
        }
        if scene.verdict.normal && !scene.verdict.learnt {
            return None;
        }
        let client = Address::of(scene.event.ends.client.ip, scene.event.ends.client.mac);
        let server = Address::of(scene.event.ends.server.ip, scene.event.ends.server.mac);
        let window = self.discovery.entry(client, || DistinctWindow::new(WINDOW, 64));
        let servers = window.add(scene.event.ts, server);
        let sweep = servers >= DISCOVERY_SERVERS.value as usize;
        let new_client = scene.verdict.has(|d| *d == Deviation::Practice(Practice::DiscoveryOnly));
        if !sweep && !new_client {
            return None;
        }
        let mut finding = scene.finding("UA-12", "discovery");
        finding.reasons.push(Reason::new("reason.discovery_only"));
        if sweep {
            finding.severity = Severity::High;
            finding.reasons.push(Reason::new("reason.discovery_servers").with("count", servers));
        }
        Some(finding)
    }
}

fn unauthorised_write(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    if operation.function.code != WRITE || !operation.request_seen {
        return None;
    }
    let no_right = scene.new_function().is_some_and(|(_, may_write)| !may_write);
    let news = scene.new_items(operation);
    let object = news.first().and_then(|(item, _)| item.object.as_ref());
    let why = match object {
        _ if no_right => Reason::new("reason.never_wrote"),
        Some(object) => Reason::new("reason.space_unknown").with("object", object),
        None => return None,
    };
    let mut finding = scene.operation_finding("UA-14", operation);
    finding.reasons.insert(0, why);
    let attribute = operation.items.iter().find_map(|item| match &item.object {
        Some(Object::Node(node)) if node.attribute != VALUE => Some(node.attribute),
        _ => None,
    });
    finding.reasons.extend(attribute.map(|id| Reason::new("reason.attribute").with("attribute", id)));
    finding.reasons.extend(touched(operation));
    Some(finding)
}
