use std::hash::BuildHasher;
use std::net::IpAddr;

use crate::event::{BehaviourKey, Map, Repeated, Side, Timestamp};
use crate::flow::FlowInfo;
use crate::protocol::Behaviour;

/// Behaviours that one worker remembers; when it is full it starts anew, which costs speed and nothing else.
const MAX_KNOWN: usize = 1 << 20;

/// One worker's memory of behaviour that the analyst called normal: a hit costs a lookup and a counter.
pub struct Known {
    hasher: foldhash::quality::RandomState,
    hits: Map<BehaviourKey, Hits>,
    /// Keys hit since the last report.
    dirty: Vec<BehaviourKey>,
    enabled: bool,
}

#[derive(Clone, Copy)]
struct Hits {
    count: u64,
    first: Timestamp,
    last: Timestamp,
}

impl Known {
    /// `enabled: false` makes every operation an event.
    pub fn new(enabled: bool) -> Self {
        Known { hasher: foldhash::quality::RandomState::default(), hits: Map::default(), dirty: Vec::new(), enabled }
    }

    /// The key of a behaviour on a flow's link.
    pub fn key(&self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> BehaviourKey {
        let link: (IpAddr, IpAddr, &[u16]) = (flow.ip(Side::Client), flow.ip(Side::Server), &flow.vlans);
        let act = (behaviour.protocol, behaviour.unit, behaviour.function, behaviour.objects);
        BehaviourKey(self.hasher.hash_one((link, act)))
    }

    /// Counts a behaviour that is known; false where it is not.
    pub fn hit(&mut self, key: BehaviourKey, ts: Timestamp) -> bool {
        if !self.enabled {
            return false;
        }
        let Some(hits) = self.hits.get_mut(&key) else { return false };
        if hits.count == 0 {
            hits.first = ts;
            self.dirty.push(key);
        }
        hits.count += 1;
        hits.last = ts;
        true
    }

    pub fn learn(&mut self, key: BehaviourKey) {
        if self.hits.len() >= MAX_KNOWN {
            return;
        }
        self.hits.entry(key).or_insert(Hits { count: 0, first: Timestamp::ZERO, last: Timestamp::ZERO });
    }

    /// What was counted since the last call.
    pub fn drain(&mut self) -> impl Iterator<Item = Repeated> + '_ {
        self.dirty.drain(..).filter_map(|key| {
            let hits = self.hits.get_mut(&key)?;
            let repeated = Repeated { key, count: hits.count, first: hits.first, last: hits.last };
            hits.count = 0;
            Some(repeated)
        })
    }
    /// Starts anew, because something learnt was taken back. To be called after [`Known::drain`], or counts are lost.
    pub fn forget(&mut self) {
        self.hits.clear();
        self.dirty.clear();
    }

    pub fn is_full(&self) -> bool {
        self.hits.len() >= MAX_KNOWN
    }
}
