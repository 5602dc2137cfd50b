//! NET-11, NET-13, NET-15: who knocks where, and how often.

use std::time::Duration;

use crate::detect::catalogue::{CONNECTIONS, ECHOES, OT_HOSTS, OT_PORTS_OF_HOST, SCAN_PORTS};
use crate::detect::memory::Memory;
use crate::detect::window::{DistinctWindow, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{Endpoint, EventKind, Finding, FlowReport, FlowState, Reason, Service, Severity, Transport};
use crate::inventory::Address;

const WINDOW: Duration = Duration::from_secs(120);
const MINUTE: Duration = Duration::from_secs(60);
const MAX_PAIRS: usize = 20_000;
const MAX_CLIENTS: usize = 10_000;
/// From so many on a sweep is no slip of an engineering tool.
const WIDE: usize = 10;
/// Ports of control protocols.
pub const OT_PORTS: [u16; 12] = [102, 502, 789, 1911, 2222, 2404, 4840, 5007, 9600, 20000, 34964, 44818];

pub struct Ports {
    ports: Memory<(Address, Address), DistinctWindow<(Transport, u16)>>,
    ot: Memory<Address, DistinctWindow<(Address, u16)>>,
    floods: Memory<(Address, Address), Tally>,
}

impl Default for Ports {
    fn default() -> Self {
        Ports { ports: Memory::new(MAX_PAIRS), ot: Memory::new(MAX_CLIENTS), floods: Memory::new(MAX_PAIRS) }
    }
}

impl Detector for Ports {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let EventKind::Flow(report) = &scene.event.kind else { return };
        if !scene.server().is_machine() {
            return;
        }
        if report.transport == Transport::Icmp && report.state == FlowState::Ended {
            found.extend(echoes(scene, report));
        }
        if !matches!(report.transport, Transport::Tcp | Transport::Udp) {
            return;
        }
        if report.failed() || !scene.verdict.deviations.is_empty() {
            found.extend(self.port_scan(scene, report));
            found.extend(self.ot_sweep(scene));
        }
        if report.failed() {
            found.extend(self.flood(scene));
        }
    }

    fn evicted(&self) -> u64 {
        self.ports.evicted() + self.ot.evicted() + self.floods.evicted()
    }
}

impl Ports {
    fn port_scan(&mut self, scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
        let most = SCAN_PORTS.value as usize;
        let pair = (scene.client(), scene.server());
        let window = self.ports.entry(pair, || DistinctWindow::new(WINDOW, 2 * most));
        let count = window.add(scene.event.ts, (report.transport, scene.event.ends.server.port));
        if count < most {
            return None;
        }
        let mut finding = scene.counted("NET-11", "port_scan", "reason.ports", count);
        finding.ends.server.port = 0;
        finding.service = Service::Port(Transport::Ip, 0);
        Some(finding)
    }

    fn ot_sweep(&mut self, scene: &Scene<'_>) -> Option<Finding> {
        let (server, port) = (scene.server(), scene.event.ends.server.port);
        if !OT_PORTS.contains(&port) {
            return None;
        }
        let window = self.ot.entry(scene.client(), || DistinctWindow::new(WINDOW, 64));
        window.add(scene.event.ts, (server, port));
        let mut hosts: Vec<Address> = window.iter().map(|(host, _)| *host).collect();
        hosts.sort();
        hosts.dedup();
        let ports = window.iter().filter(|(host, _)| *host == server).count();
        if hosts.len() < OT_HOSTS.value as usize && ports < OT_PORTS_OF_HOST.value as usize {
            return None;
        }
        let mut finding = scene.counted("NET-13", "ot_sweep", "reason.ot_hosts", hosts.len());
        finding.reasons.push(Reason::new("reason.ot_ports").with("count", ports));
        if hosts.len() < WIDE && ports < WIDE {
            finding.severity = Severity::Medium;
        }
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        finding.service = Service::Port(Transport::Ip, 0);
        Some(finding)
    }

    fn flood(&mut self, scene: &Scene<'_>) -> Option<Finding> {
        let most = CONNECTIONS.value as usize;
        let pair = (scene.client(), scene.server());
        let tally = self.floods.entry(pair, || Tally::new(MINUTE, 2 * most));
        let count = tally.add(scene.event.ts);
        if count < most {
            return None;
        }
        let mut finding = scene.counted("NET-15", "connections", "reason.connections", count);
        finding.service = Service::Port(Transport::Ip, 0);
        Some(finding)
    }
}

/// A conversation of echoes that was much faster than `ping` is.
fn echoes(scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
    let [first, last] = scene.event.evidence.span;
    let seconds = last.ts.since(first.ts).as_secs_f64().max(1.0);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate")]
    let a_minute = (report.client_packets as f64 * 60.0 / seconds.max(60.0)) as usize;
    (a_minute >= ECHOES.value as usize).then(|| scene.counted("NET-15", "echoes", "reason.echoes", a_minute))
}
