//! NET-07: a conversation over the border of a zone that nobody learnt or permitted, or past a level of the plant.

use crate::baseline::{Deviation, Zone};
use crate::detect::{Detector, Scene};
use crate::event::{EventKind, Finding, Reason};

/// Neighbouring levels may talk; who skips one goes past what stands between them.
const NEIGHBOURS: u8 = 1;

pub struct Zones;

impl Detector for Zones {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let EventKind::Flow(report) = &scene.event.kind else { return };
        if report.settles() && !scene.is_habit() {
            found.extend(crosses(scene));
        }
    }
}

fn crosses(scene: &Scene<'_>) -> Option<Finding> {
    let policy = scene.baseline.policy();
    if policy.zones.is_empty() || !scene.link().is_between_machines() {
        return None;
    }
    let [from, to] = [scene.client(), scene.server()].map(|machine| policy.zone_of(&machine));
    if from.map(|(number, _)| number) == to.map(|(number, _)| number) {
        return None;
    }
    let level = |zone: Option<(usize, &Zone)>| zone.and_then(|(_, zone)| zone.level);
    let skipped = level(from).zip(level(to)).filter(|(one, other)| one.abs_diff(*other) > NEIGHBOURS);
    let is_new = scene.verdict.has(|deviation| matches!(deviation, Deviation::Link { .. }));
    // A conduit that was learnt is one; a level that was drawn is not to be skipped, learnt or not.
    if !is_new && skipped.is_none() {
        return None;
    }
    let mut finding = scene.finding("NET-07", "zone");
    let name = |zone: Option<(usize, &Zone)>| zone.map_or_else(|| "-".to_owned(), |(_, zone)| zone.name.clone());
    finding.reasons.push(Reason::new("reason.zone_crossed").with("from", name(from)).with("to", name(to)));
    if let Some((from, to)) = skipped {
        finding.reasons.push(Reason::new("reason.level_skipped").with("from", from).with("to", to));
    }
    finding.reasons.push(Reason::new("reason.service").with("service", scene.event.service));
    Some(finding)
}
