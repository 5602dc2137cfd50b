//! NET-05 and NET-17: somebody between two machines, or in the place of one.

use std::net::IpAddr;

use super::{Detector, Scene};
use crate::event::{EventKind, Finding, Reason};

/// Judges what reassembly found odd.
pub struct Streams;

impl Detector for Streams {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let EventKind::Anomaly(anomaly) = &scene.event.kind else { return };
        if anomaly.layer != "tcp" {
            return;
        }
        let tell = |id, act: &str, key| {
            let mut finding = scene.finding(id, act);
            finding.reasons.push(Reason::new(key).with("who", &anomaly.detail));
            finding
        };
        match &*anomaly.name {
            "overlap_conflict" => found.push(tell("NET-17", "overlap_conflict", "reason.overlap_conflict")),
            "second_sender" => found.push(tell("NET-17", "second_sender", "reason.second_sender")),
            "relayed_changed" => found.push(tell("NET-05", "relayed_changed", "reason.relayed_changed")),
            // Between two networks it is a router, and the mirror shows both its sides.
            "relayed" if are_neighbours(scene) => found.push(tell("NET-05", "relayed", "reason.relayed")),
            _ => {}
        }
    }
}

/// Both ends are in one network, as far as addresses tell, and need nobody between them.
fn are_neighbours(scene: &Scene<'_>) -> bool {
    match (scene.event.ends.client.ip, scene.event.ends.server.ip) {
        (Some(IpAddr::V4(one)), Some(IpAddr::V4(other))) => one.octets()[..3] == other.octets()[..3],
        (Some(IpAddr::V6(one)), Some(IpAddr::V6(other))) => one.segments()[..4] == other.segments()[..4],
        _ => false,
    }
}
