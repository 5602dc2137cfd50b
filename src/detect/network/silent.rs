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
    asked: Memory<(Address, Service), Asked>,
    failed: Memory<(Address, Service), Tally>,
    lossy: Lossy,
}

/// What became of requests, as far as they were told and not only counted.
struct Asked {
    in_vain: Tally,
    /// When the latest one in vain was asked, and when one was last answered.
    last: Timestamp,
    answered: Timestamp,
}

impl Default for Silent {
    fn default() -> Self {
        Silent { asked: Memory::new(MAX_SERVERS), failed: Memory::new(MAX_SERVERS), lossy: Lossy::default() }
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
        self.asked.evicted() + self.failed.evicted()
    }
}

impl Silent {
    fn operation(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let threshold =
            if scene.event.service.protocol() == Some(Protocol::Modbus) { UNANSWERED_MODBUS } else { UNANSWERED };
        let most = threshold.value as usize;
        let none_yet = || Tally::new(MINUTE, 4 * most);
        let nothing = || Asked { in_vain: none_yet(), last: scene.event.ts, answered: Timestamp::ZERO };
        let asked = self.asked.entry((scene.server(), scene.event.service), nothing);
        if operation.response_seen {
            asked.answered = asked.answered.max(scene.event.ts);
            return None;
        }
        // An answer that was only counted is worth as much as one that was told.
        let counted = |ts| scene.baseline.was_heard_since(scene.server(), scene.event.service, ts);
        let answered = asked.answered;
        let heard_since = |ts| answered > ts || counted(ts);
        let excused = self.lossy.holds(scene.event.ts) || !is_relied_on(scene) || heard_since(scene.event.ts);
        if operation.outcome != Outcome::Unanswered || excused {
            return None;
        }
        if heard_since(asked.last) {
            asked.in_vain = none_yet();
        }
        asked.last = asked.last.max(scene.event.ts);
        let count = asked.in_vain.add(scene.event.ts);
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

/// What this client is known to speak with this server on this port.
fn known_service(scene: &Scene<'_>) -> Option<Service> {
    let port = scene.event.ends.server.port;
    Protocol::ALL.into_iter().map(Service::App).find(|service| {
        let key = LinkKey { service: *service, ..scene.link() };
        scene.baseline.link(&key).is_some_and(|link| link.ports.contains(&port))
    })
}
