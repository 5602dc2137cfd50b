use std::hash::BuildHasher;
use std::net::IpAddr;
use std::time::Duration;

use crate::event::{Artifact, BehaviourKey, Fact, Map, Mention, Repeated, Service, Side, Timestamp};
use crate::flow::FlowInfo;
use crate::protocol::Behaviour;

/// Behaviours that one worker remembers; when it is full it starts anew, which costs speed and nothing else.
const MAX_KNOWN: usize = 1 << 20;
/// The same of facts about machines, and how long one is not told again: that it is still so, is news once in a while.
const MAX_FACTS: usize = 1 << 16;
const TELL_AGAIN: Duration = Duration::from_secs(600);

/// One worker's memory of behaviour that the analyst called normal: a hit costs a lookup and a counter.
pub struct Known {
    hasher: foldhash::quality::RandomState,
    hits: Map<BehaviourKey, Hits>,
    /// Keys hit since the last report.
    dirty: Vec<BehaviourKey>,
    /// What each source last told of each kind, and when: controllers and servers say who they are at every connection.
    facts: Map<u64, (u64, Timestamp)>,
    operations: bool,
    conversations: bool,
}

#[derive(Clone, Copy, Default)]
struct Hits {
    /// The slot of time in which it was last told for its values.
    slot: u64,
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
        Known { hasher, hits: Map::default(), dirty: Vec::new(), facts: Map::default(), operations, conversations }
    }

    /// The key of a behaviour on a flow's link.
    pub fn key(&self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> BehaviourKey {
        let act = (behaviour.protocol, behaviour.unit, behaviour.function, behaviour.objects, behaviour.values);
        BehaviourKey(self.hasher.hash_one((link(flow), act)))
    }

    /// The key of a flow's link: who talks to whom by what, the server's port included. `None` where every conversation
    /// is told, and none is to be learnt.
    pub fn link_key(&self, flow: &FlowInfo, service: Service) -> Option<BehaviourKey> {
        let key = || BehaviourKey(self.hasher.hash_one((link(flow), service, flow.port(Side::Server))));
        self.conversations.then(key)
    }

    /// Counts a behaviour that is known; false where it is not, and where its values are to be told once in a while.
    pub fn hit(&mut self, key: BehaviourKey, ts: Timestamp, has_values: bool) -> bool {
        if !self.operations {
            return false;
        }
        let Some(hits) = self.hits.get_mut(&key) else { return false };
        if has_values && ts.begins_slot_after(hits.slot) {
            hits.slot = ts.slot();
            return false;
        }
        hits.count(key, ts, &mut self.dirty);
        true
    }

    pub fn is_known(&self, key: BehaviourKey) -> bool {
        self.hits.contains_key(&key)
    }

    /// Counts a conversation that is over; false where its link is not known any more.
    pub fn conversation(&mut self, key: BehaviourKey, flow: &FlowInfo) -> bool {
        let (packets, bytes) = flow.report().both_sides();
        let Some(hits) = self.hits.get_mut(&key) else { return false };
        hits.count(key, flow.last.ts, &mut self.dirty);
        hits.packets += packets;
        hits.bytes += bytes;
        true
    }

    /// Counts this from now on; its values were told in this slot of time.
    pub fn learn(&mut self, key: BehaviourKey, slot: u64) {
        if self.hits.len() >= MAX_KNOWN {
            return;
        }
        self.hits.entry(key).or_insert(Hits { slot, ..Hits::default() });
    }

    /// A fact about an end of a flow that was told lately, and no other in its place since.
    pub fn was_told(&mut self, flow: &FlowInfo, fact: &Fact, ts: Timestamp) -> bool {
        if !self.operations {
            return false;
        }
        let about = (flow.ip(fact.about), flow.mac(fact.about), &flow.vlans);
        let place = self.hasher.hash_one((about, fact.kind, &fact.source));
        self.tells_again(place, self.hasher.hash_one((&fact.value, fact.confidence)), ts)
    }

    /// A name that the flow's client told lately.
    pub fn was_named(&mut self, flow: &FlowInfo, named: &Mention, ts: Timestamp) -> bool {
        self.operations && self.tells_again(self.hasher.hash_one((link(flow).0, &flow.vlans, named)), 0, ts)
    }

    /// A file that went between the flow's ends lately.
    pub fn was_carried(&mut self, flow: &FlowInfo, file: &Artifact, ts: Timestamp) -> bool {
        self.operations && self.tells_again(self.hasher.hash_one((link(flow), &file.name, &file.sha256)), 0, ts)
    }

    fn tells_again(&mut self, place: u64, value: u64, ts: Timestamp) -> bool {
        let is_this = |told: &(u64, Timestamp)| told.0 == value && ts >= told.1 && ts.since(told.1) < TELL_AGAIN;
        if self.facts.get(&place).is_some_and(is_this) {
            return true;
        }
        if self.facts.len() >= MAX_FACTS {
            self.facts.clear();
        }
        self.facts.insert(place, (value, ts));
        false
    }

    /// What was counted since the last call.
    pub fn drain(&mut self) -> impl Iterator<Item = Repeated> + '_ {
        self.dirty.drain(..).filter_map(|key| {
            let hits = self.hits.get_mut(&key)?;
            let slot = hits.slot;
            let Hits { count, first, last, packets, bytes, .. } =
                std::mem::replace(hits, Hits { slot, ..Hits::default() });
            Some(Repeated { key, count, first, last, packets, bytes })
        })
    }

    /// Starts anew, because something learnt was taken back. To be called after [`Known::drain`], or counts are lost.
    pub fn forget(&mut self) {
        self.hits.clear();
        self.dirty.clear();
        self.facts.clear();
    }

    pub fn is_full(&self) -> bool {
        self.hits.len() >= MAX_KNOWN
    }
}

impl Hits {
    fn count(&mut self, key: BehaviourKey, ts: Timestamp, dirty: &mut Vec<BehaviourKey>) {
        if self.count == 0 {
            self.first = ts;
            dirty.push(key);
        }
        self.count += 1;
        self.last = self.last.max(ts);
    }
}

/// Who talks to whom.
fn link(flow: &FlowInfo) -> (IpAddr, IpAddr, &[u16]) {
    (flow.ip(Side::Client), flow.ip(Side::Server), &flow.vlans)
}
