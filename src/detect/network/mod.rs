//! NET: devices, links and scans, whatever they speak.

mod addresses;
mod carried;
mod log_ons;
mod ports;
mod services;
mod serving;
mod silent;
mod slots;
mod zones;

pub use addresses::Addresses;
pub use carried::Cargoes;
pub use log_ons::LogOns;
pub use ports::Ports;
pub use services::Services;
pub use serving::Servings;
pub use silent::Silent;
pub use slots::Slots;
pub use zones::Zones;

use std::net::IpAddr;
use std::time::Duration;

use super::catalogue::{SCAN_DESTINATIONS, SLOW_SCAN_DESTINATIONS};
use super::memory::Memory;
use super::window::DistinctWindow;
use super::{Detector, Scene};
use crate::baseline::{Deviation, Mode, Scenario};
use crate::event::{Endpoint, EventKind, Finding, FlowReport, MacAddr, Reason, Service, Sighting, Transport};
use crate::inventory::{Address, vendor};

/// Clients whose attempts are remembered at one time.
const MAX_CLIENTS: usize = 10_000;
/// New network cards that are remembered at one time.
const MAX_CARDS: usize = 10_000;
const FAST: Duration = Duration::from_secs(120);
const SLOW: Duration = Duration::from_secs(24 * 3600);

/// NET-01, NET-06, NET-10.
pub struct Network {
    attempts: Memory<IpAddr, Attempts>,
    /// Cards that a new device was reported by.
    new_cards: Memory<MacAddr, ()>,
}

impl Default for Network {
    fn default() -> Self {
        Network { attempts: Memory::new(MAX_CLIENTS), new_cards: Memory::new(MAX_CARDS) }
    }
}

/// Destinations that one client tried and that did not answer.
struct Attempts {
    fast: DistinctWindow<IpAddr>,
    slow: DistinctWindow<IpAddr>,
}

impl Detector for Network {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Sighting(sighting) if scene.verdict.has(|d| *d == Deviation::Host) => {
                found.push(self.new_device(scene, sighting));
            }
            EventKind::Flow(report) => {
                found.extend(new_link(scene));
                found.extend(self.scan(scene, report));
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.attempts.evicted() + self.new_cards.evicted()
    }
}

fn new_link(scene: &Scene<'_>) -> Option<Finding> {
    let (client_known, server_known) = scene.verdict.deviations.iter().find_map(|deviation| match deviation {
        Deviation::Link { client_known, server_known } => Some((*client_known, *server_known)),
        _ => None,
    })?;
    let mut finding = scene.finding("NET-06", "new_link");
    if !client_known {
        finding.reasons.push(Reason::new("reason.new_client"));
    }
    if !server_known {
        finding.reasons.push(Reason::new("reason.new_server"));
    }
    if client_known && server_known {
        finding.reasons.push(Reason::new("reason.new_pair"));
    }
    finding.reasons.push(Reason::new("reason.service").with("service", scene.event.service));
    Some(finding)
}

impl Network {
    fn new_device(&mut self, scene: &Scene<'_>, sighting: &Sighting) -> Finding {
        let mut finding = scene.finding("NET-01", "new_device");
        // The act is the device's alone: whom it happened to address first does not matter.
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        let address = Address::of(sighting.ip, sighting.mac);
        finding.reasons.push(Reason::new("reason.new_address").with("address", address));
        let vendor = sighting.mac.and_then(vendor);
        finding.reasons.extend(vendor.map(|name| Reason::new("reason.vendor").with("vendor", name)));
        if sighting.mac.is_some_and(|mac| !self.notes_new_card(mac)) {
            // One card that takes address after address is one more alert, not one for each.
            finding.ends.client.ip = None;
            finding.act = "further_address".to_owned();
        }
        finding
    }

    /// No new device was reported by this card before.
    fn notes_new_card(&mut self, mac: MacAddr) -> bool {
        self.new_cards.insert(mac, ()).is_none()
    }

    fn scan(&mut self, scene: &Scene<'_>, report: &FlowReport) -> Option<Finding> {
        let (client, server) = (scene.event.ends.client.ip?, scene.event.ends.server.ip?);
        if !Address::Ip(server).is_machine() {
            return None;
        }
        if report.failed() { self.attempt(scene, client, server) } else { None }
    }

    fn attempt(&mut self, scene: &Scene<'_>, client: IpAddr, server: IpAddr) -> Option<Finding> {
        let attempts = self.attempts.entry(client, || Attempts {
            fast: DistinctWindow::new(FAST, 4 * SCAN_DESTINATIONS.value as usize),
            slow: DistinctWindow::new(SLOW, 4 * SLOW_SCAN_DESTINATIONS.value as usize),
        });
        let fast = attempts.fast.add(scene.event.ts, server);
        // The slow form cannot tell a scan from a plant with dead addresses before the plant is known.
        let watching = scene.baseline.stage(Scenario::Links).mode == Mode::Watching;
        let slow = if watching && !scene.baseline.knows_host(&Address::Ip(server)) {
            attempts.slow.add(scene.event.ts, server)
        } else {
            0
        };
        let (count, window) = if fast >= SCAN_DESTINATIONS.value as usize {
            (fast, FAST)
        } else if slow >= SLOW_SCAN_DESTINATIONS.value as usize {
            (slow, SLOW)
        } else {
            return None;
        };
        let mut finding = scene.finding("NET-10", "address_scan");
        // One scan is one act, whatever it knocks with.
        finding.ends.server = Endpoint { ip: None, port: 0, mac: None };
        finding.service = Service::Port(Transport::Ip, 0);
        let reason = Reason::new("reason.destinations").with("count", count).with("seconds", window.as_secs());
        finding.reasons.push(reason);
        Some(finding)
    }
}
