//! NET-19: who gives out addresses and names, calls itself a router, the root of the spanning tree, a neighbour.

use std::time::Duration;

use crate::baseline::Deviation;
use crate::detect::catalogue::ANSWERED_NAMES;
use crate::detect::memory::Memory;
use crate::detect::window::DistinctWindow;
use crate::detect::{Detector, Scene};
use crate::event::{EventKind, Finding, NetworkService, Notice, Reason, Serving, Severity};
use crate::inventory::Address;

const WINDOW: Duration = Duration::from_secs(600);
const MAX_MACHINES: usize = 10_000;

pub struct Servings {
    /// Names that one machine answered for.
    names: Memory<Address, DistinctWindow<String>>,
}

impl Default for Servings {
    fn default() -> Self {
        Servings { names: Memory::new(MAX_MACHINES) }
    }
}

impl Detector for Servings {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let EventKind::Notice(Notice::Serves(serving)) = &scene.event.kind else { return };
        if serving.what == NetworkService::Name {
            found.extend(self.poisons(scene, serving));
        } else if scene.verdict.has(|deviation| matches!(deviation, Deviation::Serves(_))) {
            found.push(new_server(scene, serving));
        }
    }

    fn evicted(&self) -> u64 {
        self.names.evicted()
    }
}

fn new_server(scene: &Scene<'_>, serving: &Serving) -> Finding {
    let mut finding = scene.finding("NET-19", serving.what.name());
    if serving.what == NetworkService::Neighbour {
        // A switch that was replaced does no harm by itself.
        finding.severity = Severity::Medium;
    }
    let reason = Reason::new("reason.new_network_service").with("service", serving.what.name());
    finding.reasons.push(reason.with("detail", &serving.detail));
    finding
}

impl Servings {
    /// A machine has a name or two of its own; who answers for many answers for others.
    fn poisons(&mut self, scene: &Scene<'_>, serving: &Serving) -> Option<Finding> {
        let most = ANSWERED_NAMES.value as usize;
        let window = self.names.entry(scene.client(), || DistinctWindow::new(WINDOW, 4 * most));
        let count = window.add(scene.event.ts, serving.detail.clone());
        // The name by which browsers look for a proxy is no machine's own.
        if count < most && serving.detail != "wpad" {
            return None;
        }
        let mut finding = scene.finding("NET-19", "answers_for_names");
        let names: Vec<&str> = window.iter().map(String::as_str).collect();
        finding.reasons.push(Reason::new("reason.answers_for_names").with("names", names.join(", ")));
        Some(finding)
    }
}
