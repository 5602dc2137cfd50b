//! Who begins to write late: the only machine that speaks to a server, and only read so far.
//!
//! Whether it writes has not been learnt, for it never did: an operator's first act at his own screen may come long after all
//! else was learnt. So, like a device that appears late, it learns this part for a time of its own, as long as it writes what
//! it reads. What it teaches stands on the list that a person reviews; from profile `high` on it is told like everything else.

use super::model::{Baseline, LinkRow};
use super::policy::Profile;
use super::stage::Stage;
use crate::event::{Class, ObjectKey, Operation, Timestamp, Unit};
use crate::inventory::{Address, LinkKey};

/// Links of which it is remembered that they began to write late.
const MAX_LINKS: usize = 4096;

impl Baseline {
    /// Links that learn to write while the rest watches.
    pub fn late_writers(&self) -> impl Iterator<Item = (&LinkKey, &Stage)> {
        self.late_writers.iter().filter(|(_, stage)| stage.is_learning())
    }

    /// Whether an operation is a part of what a link has not learnt yet.
    pub(super) fn may_begin_to_write(&self, key: &LinkKey, operation: &Operation) -> bool {
        if operation.class != Class::Write || operation.items.is_empty() || self.policy.profile >= Profile::High {
            return false;
        }
        let Some(link) = self.link(key) else { return false };
        let stage = self.late_writers.get(key);
        let may = match stage {
            Some(stage) => stage.is_learning(),
            None => !link.functions.iter().any(|row| row.class == Class::Write) && self.late_writers.len() < MAX_LINKS,
        };
        may && writes_what_it_reads(link, operation) && self.is_only_client(key)
    }

    /// Something of it is new; its own time begins with the first such thing.
    pub(super) fn begins_to_write(&mut self, key: &LinkKey, ts: Timestamp) {
        let begin = || Stage { since: Some(ts), ..Stage::default() };
        self.late_writers.entry(key.clone()).or_insert_with(begin).news(ts);
    }

    /// A person took back what links learnt: they learn no more of it by themselves.
    pub(super) fn stop_writing(&mut self, concerned: impl Fn(&LinkKey) -> bool) {
        let links = self.links.iter().filter(|link| concerned(&link.key));
        for link in links.take(MAX_LINKS.saturating_sub(self.late_writers.len())) {
            let stage = self.late_writers.entry(link.key.clone()).or_default();
            if stage.is_learning() {
                stage.watch(link.last);
            }
        }
    }

    fn is_only_client(&self, key: &LinkKey) -> bool {
        let other = |link: &LinkRow| {
            let acts = link.functions.iter().any(|row| row.class.always_crosses());
            acts || link.key.client != key.client || link.key.service != key.service
        };
        !self.links_to(key.server).any(other)
    }
}

fn writes_what_it_reads(link: &LinkRow, operation: &Operation) -> bool {
    let unit = operation.unit.as_ref().map_or(0, Unit::key);
    let reads = |object: ObjectKey| {
        let mut rows = link.functions.iter().filter(|row| row.unit == unit && row.class == Class::Read);
        rows.any(|row| {
            let space = row.spaces.get(object.space);
            space.is_some_and(|space| space.addresses.contains(object.start, object.length))
        })
    };
    operation.items.iter().all(|item| item.object.as_ref().is_some_and(|object| reads(object.key())))
}

/// Whether a link is about a machine.
pub(super) fn concerns(key: &LinkKey, address: &Address) -> bool {
    key.client == *address || key.server == *address
}
