//! S7-13, S7-14, SP-05: a station finds out what a controller is and holds.

use std::time::Duration;

use crate::detect::catalogue::{EXPLORES, SZL_IDS};
use crate::detect::memory::Memory;
use crate::detect::window::{DistinctWindow, Tally};
use crate::detect::{Detector, Scene};
use crate::event::{Finding, Operation, Protocol, Reason};
use crate::inventory::LinkKey;

const MINUTE: Duration = Duration::from_secs(60);
const MAX_LINKS: usize = 10_000;
const BLOCK_LISTS: [&str; 3] = ["list_blocks", "list_blocks_of_type", "get_block_info"];
/// Lists that tell what the controller is and how it does, by their lower byte.
const TELLING: [u16; 6] = [0x11, 0x1c, 0x31, 0x32, 0x24, 0xa0];

pub struct Recon {
    lists: Memory<LinkKey, DistinctWindow<u16>>,
    explored: Memory<LinkKey, Tally>,
}

impl Default for Recon {
    fn default() -> Self {
        Recon { lists: Memory::new(MAX_LINKS), explored: Memory::new(MAX_LINKS) }
    }
}

impl Detector for Recon {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        if let Some(operation) = scene.operation(Protocol::S7comm) {
            found.extend(lists_blocks(scene, operation));
            found.extend(self.status_list(scene, operation));
        } else if let Some(operation) = scene.operation(Protocol::S7commPlus) {
            found.extend(self.explores(scene, operation));
        }
    }

    fn evicted(&self) -> u64 {
        self.lists.evicted() + self.explored.evicted()
    }
}

fn lists_blocks(scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
    scene.new_function()?;
    // Where answers are lost, so is the connection's beginning, which says what unit is meant.
    let whole = operation.request_seen && operation.response_seen;
    if !BLOCK_LISTS.contains(&&*operation.function.name) || !whole {
        return None;
    }
    let mut finding = scene.operation_finding("S7-13", operation);
    "lists_blocks".clone_into(&mut finding.act);
    finding.reasons.insert(0, Reason::new("reason.function_never_used").with("function", &operation.function.name));
    Some(finding)
}

impl Recon {
    fn status_list(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        let id = operation.function.szl_id.filter(|_| operation.request_seen && !scene.is_habit())?;
        let count = SZL_IDS.value as usize;
        let window = self.lists.entry(scene.link(), || DistinctWindow::new(MINUTE, 4 * count));
        let lists = window.add(scene.event.ts, id);
        if lists >= count {
            return Some(scene.counted("S7-14", "status_lists", "reason.status_lists", lists));
        }
        scene.new_function()?;
        if !TELLING.contains(&(id & 0xff)) || !operation.response_seen {
            return None;
        }
        let mut finding = scene.operation_finding("S7-14", operation);
        "status_lists".clone_into(&mut finding.act);
        finding.reasons.insert(0, Reason::new("reason.status_list").with("list", format!("{id:#06x}")));
        Some(finding)
    }

    fn explores(&mut self, scene: &Scene<'_>, operation: &Operation) -> Option<Finding> {
        if !matches!(&*operation.function.name, "explore" | "get_var_sub_streamed") || scene.is_habit() {
            return None;
        }
        let count = EXPLORES.value as usize;
        let tally = self.explored.entry(scene.link(), || Tally::new(MINUTE, 4 * count));
        let explored = tally.add(scene.event.ts);
        (explored >= count).then(|| scene.counted("SP-05", "explores", "reason.explores", explored))
    }
}
