use std::hash::BuildHasher;
use std::net::IpAddr;

use crate::event::{BehaviourKey, Map, Repeated, Service, Side, Timestamp};
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
    operations: bool,
    conversations: bool,
}

#[derive(Clone, Copy, Default)]
struct Hits {
    count: u64,
    first: Timestamp,
    last: Timestamp,
    packets: u64,
    bytes: u64,
}

impl Known {
    /// What is not to be counted becomes an event each time.
    pub fn new(operations: bool, conversations: bool) -> Self {
        let hasher = foldhash::quality::RandomState::default();
        Known { hasher, hits: Map::default(), dirty: Vec::new(), operations, conversations }
    }

    /// The key of a behaviour on a flow's link.
    pub fn key(&self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> BehaviourKey {
        let act = (behaviour.protocol, behaviour.unit, behaviour.function, behaviour.objects);
        BehaviourKey(self.hasher.hash_one((link(flow), act)))
    }

    /// The key of a flow's link: who talks to whom by what, the server's port included. `None` where every conversation
    /// is told, and none is to be learnt.
    pub fn link_key(&self, flow: &FlowInfo, service: Service) -> Option<BehaviourKey> {
        let key = || BehaviourKey(self.hasher.hash_one((link(flow), service, flow.port(Side::Server))));
        self.conversations.then(key)
    }

    /// Counts a behaviour that is known; false where it is not.
    pub fn hit(&mut self, key: BehaviourKey, ts: Timestamp) -> bool {
        self.operations && self.count(key, ts).is_some()
    }

    pub fn is_known(&self, key: BehaviourKey) -> bool {
        self.hits.contains_key(&key)
    }

    /// Counts a conversation that is over; false where its link is not known any more.
    pub fn conversation(&mut self, key: BehaviourKey, flow: &FlowInfo) -> bool {
        let (packets, bytes) = flow.report().both_sides();
        let Some(hits) = self.count(key, flow.last.ts) else { return false };
        hits.packets += packets;
        hits.bytes += bytes;
        true
    }

    pub fn learn(&mut self, key: BehaviourKey) {
        if self.hits.len() >= MAX_KNOWN {
            return;
        }
        self.hits.entry(key).or_default();
    }

    /// What was counted since the last call.
    pub fn drain(&mut self) -> impl Iterator<Item = Repeated> + '_ {
        self.dirty.drain(..).filter_map(|key| {
            let hits = self.hits.get_mut(&key)?;
            let Hits { count, first, last, packets, bytes } = std::mem::take(hits);
            Some(Repeated { key, count, first, last, packets, bytes })
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

    fn count(&mut self, key: BehaviourKey, ts: Timestamp) -> Option<&mut Hits> {
        let hits = self.hits.get_mut(&key)?;
        if hits.count == 0 {
            hits.first = ts;
            self.dirty.push(key);
        }
        hits.count += 1;
        hits.last = hits.last.max(ts);
        Some(hits)
    }
}

/// Who talks to whom.
fn link(flow: &FlowInfo) -> (IpAddr, IpAddr, &[u16]) {
    (flow.ip(Side::Client), flow.ip(Side::Server), &flow.vlans)
}
