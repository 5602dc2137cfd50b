//! NET-23: programs, scripts, projects and orders that one machine sends another; NET-27: firmware and settings for a device.

use crate::detect::{Detector, Scene};
use crate::event::{Cargo, Carried, Class, EventKind, Finding, Notice, Reason};
use crate::inventory::Role;

pub struct Cargoes;

impl Detector for Cargoes {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        match &scene.event.kind {
            EventKind::Notice(Notice::Carried(carried)) => found.push(tell(scene, carried)),
            EventKind::Notice(Notice::SnmpSet { object }) => {
                let mut finding = scene.finding("NET-27", "snmp_set");
                finding.class = Some(Class::Configure);
                finding.reasons.push(Reason::new("reason.snmp_set").with("object", object));
                found.push(finding);
            }
            _ => {}
        }
    }
}

fn tell(scene: &Scene<'_>, carried: &Carried) -> Finding {
    let to_device = carried.to_server && is_device(scene);
    let id = if carried.kind == Cargo::Firmware || (to_device && carried.kind == Cargo::Program) {
        "NET-27"
    } else {
        "NET-23"
    };
    let mut finding = scene.finding(id, format!("{} {}", carried.kind.name(), carried.name));
    let reason = Reason::new("reason.carried").with("kind", carried.kind.name()).with("name", &carried.name);
    finding.reasons.push(reason.with("service", &carried.service));
    let way = if carried.to_server { "reason.carried_to_server" } else { "reason.carried_to_client" };
    finding.reasons.push(Reason::new(way));
    finding
}

/// Whoever it is sent to controls something, or looks like it.
fn is_device(scene: &Scene<'_>) -> bool {
    let ends = &scene.event.ends;
    let asset = scene.inventory.find(&ends.vlans, &ends.server);
    asset.is_some_and(|asset| asset.serves.iter().any(|service| service.is_ot()) || asset.role() == Some(Role::Plc))
}
