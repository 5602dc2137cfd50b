//! NET-08, NET-09, NET-14, NET-18, NET-20: what is spoken where, and with whom outside.

use std::time::Duration;

use crate::baseline::Deviation;
use crate::detect::catalogue::TOOL_UNITS;
use crate::detect::memory::Memory;
use crate::detect::window::DistinctWindow;
use crate::detect::{Detector, Scene};
use crate::event::{EventKind, Finding, FlowReport, FlowState, Operation, Protocol, Reason, Service, Transport, Unit};
use crate::inventory::{Address, LinkKey};

const WINDOW: Duration = Duration::from_secs(60);
const MAX_LINKS: usize = 10_000;
/// Ports that a control protocol has for itself, with the protocols that may be there.
const OWN_PORTS: [(u16, &[Protocol]); 3] =
    [(502, &[Protocol::Modbus]), (102, &[Protocol::S7comm, Protocol::S7commPlus]), (4840, &[Protocol::OpcUa])];
/// Modbus Security, OPC UA by HTTPS and by web socket, and the usual second ports of both.
const FURTHER_PORTS: [u16; 6] = [802, 443, 4843, 4841, 48010, 62541];
/// Services by which people work on other machines.
const REMOTE: [(u16, &str); 12] = [
    (22, "SSH"),
    (23, "Telnet"),
    (512, "rexec"),
    (513, "rlogin"),
    (3389, "RDP"),
    (5800, "VNC"),
    (5900, "VNC"),
    (5938, "TeamViewer"),
    (5985, "WinRM"),
    (5986, "WinRM"),
    (6568, "AnyDesk"),
    (7070, "AnyDesk"),
];
/// Bytes of the largest frame without data: Ethernet, IPv4, TCP with the options of a SYN.
const LARGEST_EMPTY: u64 = 74;
/// Modbus: report server id; encapsulated interface with device identification.
const REPORT_ID: u32 = 17;
const ENCAPSULATED: u32 = 43;

pub struct Services {
    /// Units whose identity one client asked for.
    identified: Memory<LinkKey, DistinctWindow<(u32, Option<Unit>)>>,
}

impl Default for Services {
    fn default() -> Self {
        Services { identified: Memory::new(MAX_LINKS) }
    }
}

impl Detector for Services {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Flow(report) if report.transport == Transport::Tcp || report.transport == Transport::Udp => {
                found.extend(outside(scene, report));
                if report.settles() && !scene.is_habit() {
                    found.extend(misplaced(scene, report));
                    found.extend(remote(scene));
                }
            }
            EventKind::Operation(_) => {
                let Some(operation) = scene.operation(Protocol::Modbus) else { return };
                found.extend(self.discover(scene, operation));
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.identified.evicted()
    }
}

/// A machine of the plant and one of the internet.
fn outside(scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
    let (client, server) = (scene.client(), scene.server());
    let public = |address: &Address| address.is_machine() && !address.is_inside();
    let told = report.failed() || report.settles();
    if !told || scene.is_habit() || public(&client) == public(&server) {
        return None;
    }
    if public(&server) {
        let mut finding = scene.finding("NET-08", "egress");
        finding.reasons.push(Reason::new("reason.public_address").with("address", server));
        finding.reasons.push(Reason::new("reason.service").with("service", scene.event.service));
        return Some(finding);
    }
    let control = scene.event.service.is_ot() || super::ports::OT_PORTS.contains(&scene.event.ends.server.port);
    if !control || !report.answered {
        return None;
    }
    let mut finding = scene.finding("NET-09", "ingress");
    finding.reasons.push(Reason::new("reason.public_address").with("address", client));
    finding.reasons.push(Reason::new("reason.service").with("service", scene.event.service));
    Some(finding)
}

/// A control protocol where none is expected, or something else where one is.
fn misplaced(scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
    let port = scene.event.ends.server.port;
    let own = OWN_PORTS.iter().find(|(number, _)| *number == port);
    let reason = match (scene.event.service, own) {
        (Service::App(protocol), Some((_, protocols))) if !protocols.contains(&protocol) => "reason.protocol_on_port",
        (Service::App(_), None) if !FURTHER_PORTS.contains(&port) && is_new_link(scene) => "reason.protocol_on_port",
        (Service::Port(Transport::Tcp, _), Some(_)) if has_data(report) => "reason.no_control_protocol",
        _ => return None,
    };
    let mut finding = scene.finding("NET-18", "misplaced");
    let told = Reason::new(reason).with("port", port).with("service", scene.event.service);
    finding.reasons.push(told);
    Some(finding)
}

/// The client said something: its frames hold more than a TCP header with options does.
fn has_data(report: &FlowReport) -> bool {
    report.state == FlowState::Ended && report.answered && report.client_bytes > LARGEST_EMPTY * report.client_packets
}

fn is_new_link(scene: &Scene<'_>) -> bool {
    scene.verdict.has(|deviation| matches!(deviation, Deviation::Link { .. }))
}

fn remote(scene: &Scene<'_>) -> Option<Finding> {
    let (_, name) = REMOTE.iter().find(|(port, _)| *port == scene.event.ends.server.port)?;
    if scene.event.service.is_ot() || !is_new_link(scene) {
        return None;
    }
    let mut finding = scene.finding("NET-20", *name);
    finding.reasons.push(Reason::new("reason.remote_access").with("service", name));
    Some(finding)
}

impl Services {
    /// nmap's modbus-discover: report server id and identification, of unit after unit.
    fn discover(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let code = operation.function.code;
        if scene.is_habit() || !matches!(code, REPORT_ID | ENCAPSULATED) {
            return None;
        }
        let units = TOOL_UNITS.value as usize;
        let window = self.identified.entry(scene.link(), || DistinctWindow::new(WINDOW, 8 * units));
        window.add(scene.event.ts, (code, operation.unit.clone()));
        let of = |wanted: u32| window.iter().filter(|(code, _)| *code == wanted).count();
        if of(REPORT_ID) < units || of(ENCAPSULATED) < units.min(1) {
            return None;
        }
        let mut finding = scene.finding("NET-14", "modbus-discover");
        finding.reasons.push(Reason::new("reason.tool").with("tool", "nmap modbus-discover"));
        Some(finding)
    }
}
