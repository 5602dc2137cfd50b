//! NET-26: a controller that people rely on does not answer any more, or takes no connections.

use std::time::Duration;

use crate::detect::catalogue::{FAILED_CONNECTIONS, UNANSWERED, UNANSWERED_MODBUS};
use crate::detect::lossy::Lossy;
use crate::detect::memory::Memory;
use crate::detect::window::Tally;
use crate::detect::{Detector, Scene};
use crate::event::{
    CaptureReport, EventKind, Finding, Operation, Outcome, Protocol, Reason, Service, Timestamp, Transport,
};
use crate::inventory::{Address, LinkKey};

const MINUTE: Duration = Duration::from_secs(60);
const MAX_SERVERS: usize = 10_000;

pub struct Silent {
    unanswered: Memory<(Address, Service), Tally>,
    failed: Memory<(Address, Service), Tally>,
    lossy: Lossy,
}

impl Default for Silent {
    fn default() -> Self {
        Silent { unanswered: Memory::new(MAX_SERVERS), failed: Memory::new(MAX_SERVERS), lossy: Lossy::default() }
    }
}

impl Detector for Silent {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Operation(operation) => found.extend(self.operation(scene, operation)),
            EventKind::Flow(report) if report.transport == Transport::Tcp && report.failed() => {
                found.extend(self.connection(scene));
            }
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
        self.unanswered.evicted() + self.failed.evicted()
    }
}

impl Silent {
    fn operation(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let key = (scene.server(), scene.event.service);
        if operation.response_seen {
            self.unanswered.remove(&key);
            return None;
        }
        let heard = self.lossy.holds(scene.event.ts) || !is_relied_on(scene) || answered_since(scene);
        if operation.outcome != Outcome::Unanswered || heard {
            return None;
        }
        let threshold =
            if scene.event.service.protocol() == Some(Protocol::Modbus) { UNANSWERED_MODBUS } else { UNANSWERED };
        let most = threshold.value as usize;
        let count = self.unanswered.entry(key, || Tally::new(MINUTE, 4 * most)).add(scene.event.ts);
        (count >= most).then(|| silent(scene, "reason.unanswered", count))
    }

    /// Somebody who is at home there knocks in vain, again and again.
    fn connection(&mut self, scene: &Scene<'_>) -> Option<Finding> {
        let service = known_service(scene)?;
        let most = FAILED_CONNECTIONS.value as usize;
        let count = self.failed.entry((scene.server(), service), || Tally::new(MINUTE, 4 * most)).add(scene.event.ts);
        if count < most || self.lossy.holds(scene.event.ts) {
            return None;
        }
        let mut finding = silent(scene, "reason.no_connections", count);
        finding.service = service;
        Some(finding)
    }
}

/// The act is the silent machine's, whoever asked it.
fn silent(scene: &Scene<'_>, key: &'static str, count: usize) -> Finding {
    let mut finding = scene.counted("NET-26", "silent", key, count);
    finding.outcome = Some(Outcome::Unanswered);
    finding.reasons.push(Reason::new("reason.asked_by").with("client", scene.client()));
    finding.ends.client = scene.event.ends.server;
    finding
}

/// A link that was learnt: what a scanner asks and nobody answers is no failure of the plant.
fn is_relied_on(scene: &Scene<'_>) -> bool {
    scene.baseline.link(&scene.link()).is_some_and(|link| !link.functions.is_empty())
}

/// The controller answered somebody after this was asked: what is known is counted and told no more.
fn answered_since(scene: &Scene<'_>) -> bool {
    scene.baseline.was_heard_since(scene.server(), scene.event.service, scene.event.ts)
}

/// What this client is known to speak with this server on this port.
fn known_service(scene: &Scene<'_>) -> Option<Service> {
    let port = scene.event.ends.server.port;
    Protocol::ALL.into_iter().map(Service::App).find(|service| {
        let key = LinkKey { service: *service, ..scene.link() };
        scene.baseline.link(&key).is_some_and(|link| link.ports.contains(&port))
    })
}
