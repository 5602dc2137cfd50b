//! NET-16: a controller takes few connections at a time; who holds them all shuts out everybody else.

use std::time::Duration;

use super::ports::OT_PORTS;
use crate::detect::catalogue::{HELD_BEFORE_REFUSAL, HELD_CONNECTIONS};
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{EventKind, Finding, FlowState, Notice, Reason, Timestamp};
use crate::inventory::Address;

/// Connections were counted so lately that a refusal has to do with them.
const LATELY: Duration = Duration::from_secs(600);
const MAX_SERVERS: usize = 10_000;

pub struct Slots {
    /// Who held how many connections to a port of a server, and when that was told.
    held: Memory<(Address, u16), (Address, u32, Timestamp)>,
}

impl Default for Slots {
    fn default() -> Self {
        Slots { held: Memory::new(MAX_SERVERS) }
    }
}

impl Detector for Slots {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let port = scene.event.ends.server.port;
        if !scene.event.service.is_ot() && !OT_PORTS.contains(&port) {
            return;
        }
        match &scene.event.kind {
            EventKind::Notice(Notice::Connections { open }) => {
                self.held.insert((scene.server(), port), (scene.client(), *open, scene.event.ts));
                if *open >= HELD_CONNECTIONS.value {
                    let open = usize::try_from(*open).unwrap_or(usize::MAX);
                    found.push(scene.counted("NET-16", "held_connections", "reason.held_connections", open));
                }
            }
            EventKind::Flow(report) if report.state == FlowState::Refused => found.extend(self.shut_out(scene, port)),
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.held.evicted()
    }
}

impl Slots {
    /// Somebody gets no connection any more while one client holds many.
    fn shut_out(&self, scene: &Scene<'_>, port: u16) -> Option<Finding> {
        let (holder, open, then) = self.held.get(&(scene.server(), port))?;
        if *open < HELD_BEFORE_REFUSAL.value || scene.event.ts.since(*then) > LATELY {
            return None;
        }
        let mut finding = scene.finding("NET-16", "held_connections");
        if let Address::Ip(ip) = holder {
            // The act is the holder's, not of whom was shut out.
            finding.ends.client.ip = Some(*ip);
            finding.ends.client.mac = None;
        }
        finding.reasons.push(Reason::new("reason.held_connections").with("count", open));
        finding.reasons.push(Reason::new("reason.shut_out").with("client", scene.client()));
        Some(finding)
    }
}
