use std::hash::{BuildHasher, Hash, Hasher};
use std::net::IpAddr;
use std::time::Duration;

use super::message::Learnt;
use crate::event::{Artifact, BehaviourKey, Fact, FrameRef, Map, Mention, Repeated, Service, Side, Timestamp};
use crate::flow::FlowInfo;
use crate::protocol::Behaviour;

/// Behaviours that one worker remembers; when it is full it starts anew, which costs speed and nothing else.
const MAX_KNOWN: usize = 1 << 20;
/// The same of facts about machines, and how long one is not told again: that it is still so, is news once in a while.
const MAX_FACTS: usize = 1 << 16;
const TELL_AGAIN: Duration = Duration::from_secs(600);
/// No place.
const NOWHERE: u32 = u32::MAX;

/// One worker's memory of behaviour that the analyst called normal: a hit costs a lookup and a counter.
pub struct Known {
    hasher: foldhash::quality::RandomState,
    /// Places among `hits`: small, so that of a large plant as much as possible stays near.
    places: Map<BehaviourKey, u32>,
    hits: Vec<Hits>,
    /// Places hit since the last report.
    dirty: Vec<u32>,
    /// What each source last told of each kind, and when: controllers and servers say who they are at every connection.
    facts: Map<u64, (u64, Timestamp)>,
    operations: bool,
    conversations: bool,
}

#[derive(Clone, Copy)]
struct Hits {
    key: BehaviourKey,
    /// See [`Repeated::tally`].
    tally: u32,
    /// The slot of time in which it was last told for its values.
    slot: u64,
    count: u64,
    first: Timestamp,
    last: FrameRef,
    packets: u64,
    bytes: u64,
    /// The place of what came next, in the latest conversation that had both.
    next: u32,
}

/// How far a conversation is in the circle of what it always does: places among the hits, which may be out of date.
#[derive(Clone, Copy)]
pub struct Course {
    latest: u32,
    next: u32,
}

impl Default for Course {
    fn default() -> Self {
        Course { latest: NOWHERE, next: NOWHERE }
    }
}

impl Known {
    /// What is not to be counted becomes an event each time.
    pub fn new(operations: bool, conversations: bool) -> Self {
        let hasher = foldhash::quality::RandomState::default();
        let (places, facts) = (Map::default(), Map::default());
        Known { hasher, places, hits: Vec::new(), dirty: Vec::new(), facts, operations, conversations }
    }

    /// The key of a behaviour on a flow's link.
    pub fn key(&self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> BehaviourKey {
        let mut state = self.link(flow);
        (behaviour.protocol, behaviour.unit, behaviour.function, behaviour.objects, behaviour.values).hash(&mut state);
        BehaviourKey(state.finish())
    }

    /// The key of a flow's link: who talks to whom by what, the server's port included. `None` where every conversation
    /// is told, and none is to be learnt.
    pub fn link_key(&self, flow: &FlowInfo, service: Service) -> Option<BehaviourKey> {
        let key = || BehaviourKey(self.hasher.hash_one((link(flow), service, flow.port(Side::Server))));
        self.conversations.then(key)
    }

    /// Counts a behaviour that is known; false where it is not, and where its values are to be told once in a while. `course`
    /// is that of its conversation.
    pub fn hit(&mut self, key: BehaviourKey, at: FrameRef, has_values: bool, course: &mut Course) -> bool {
        if !self.operations {
            return false;
        }
        let Some(place) = self.follow(key, course) else { return false };
        let Some(hits) = self.hits.get_mut(place as usize) else { return false };
        course.next = hits.next;
        if has_values && at.ts.begins_slot_after(hits.slot) {
            hits.slot = at.ts.slot();
            return false;
        }
        if hits.count(at) {
            self.dirty.push(place);
        }
        true
    }

    pub fn is_known(&self, key: BehaviourKey) -> bool {
        self.places.contains_key(&key)
    }

    /// Counts a conversation that is over; false where its link is not known any more.
    pub fn conversation(&mut self, key: BehaviourKey, flow: &FlowInfo) -> bool {
        let (packets, bytes) = flow.report().both_sides();
        let Some((place, hits)) = self.find(key) else { return false };
        hits.packets += packets;
        hits.bytes += bytes;
        if hits.count(flow.last) {
            self.dirty.push(place);
        }
        true
    }

    /// Counts this from now on.
    pub fn learn(&mut self, learnt: &Learnt) {
        if self.is_full() {
            return;
        }
        let next = u32::try_from(self.hits.len()).unwrap_or(u32::MAX);
        let place = *self.places.entry(learnt.key).or_insert(next);
        match self.hits.get_mut(place as usize) {
            Some(hits) => hits.tally = learnt.tally,
            None => self.hits.push(Hits::new(learnt)),
        }
    }

    /// What came after the latest one last time comes again nearly always: then it need not be looked for.
    fn follow(&mut self, key: BehaviourKey, course: &mut Course) -> Option<u32> {
        let expected = self.hits.get(course.next as usize).filter(|hits| hits.key == key);
        let place = if expected.is_some() { course.next } else { *self.places.get(&key)? };
        if expected.is_none()
            && let Some(latest) = self.hits.get_mut(course.latest as usize)
        {
            latest.next = place;
        }
        course.latest = place;
        Some(place)
    }

    /// Who talks to whom, in whole numbers: this is done for each message.
    fn link(&self, flow: &FlowInfo) -> impl Hasher {
        let mut state = self.hasher.build_hasher();
        for side in [Side::Client, Side::Server] {
            match flow.ip(side) {
                IpAddr::V4(v4) => state.write_u32(v4.to_bits()),
                IpAddr::V6(v6) => state.write_u128(v6.to_bits()),
            }
        }
        flow.vlans.hash(&mut state);
        state
    }

    fn find(&mut self, key: BehaviourKey) -> Option<(u32, &mut Hits)> {
        let place = *self.places.get(&key)?;
        self.hits.get_mut(place as usize).map(|hits| (place, hits))
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
        self.dirty.drain(..).filter_map(|place| {
            let hits = self.hits.get_mut(place as usize)?;
            let Hits { key, tally, count, first, last, packets, bytes, .. } = *hits;
            (hits.count, hits.packets, hits.bytes, hits.last) = (0, 0, 0, FrameRef::default());
            Some(Repeated { key, tally, count, first, last, packets, bytes })
        })
    }

    /// Starts anew, because something learnt was taken back. To be called after [`Known::drain`], or counts are lost.
    pub fn forget(&mut self) {
        self.places.clear();
        self.hits.clear();
        self.dirty.clear();
        self.facts.clear();
    }

    pub fn is_full(&self) -> bool {
        self.hits.len() >= MAX_KNOWN
    }
}

impl Hits {
    fn new(learnt: &Learnt) -> Self {
        let Learnt { key, slot, tally } = *learnt;
        let (first, last) = (Timestamp::ZERO, FrameRef::default());
        Hits { key, tally, slot, count: 0, first, last, packets: 0, bytes: 0, next: NOWHERE }
    }

    /// True where it is the first one since the last report.
    fn count(&mut self, at: FrameRef) -> bool {
        self.count += 1;
        if self.count == 1 {
            self.first = at.ts;
        }
        if at.ts >= self.last.ts {
            self.last = at;
        }
        self.count == 1
    }
}

/// Who talks to whom.
fn link(flow: &FlowInfo) -> (IpAddr, IpAddr, &[u16]) {
    (flow.ip(Side::Client), flow.ip(Side::Server), &flow.vlans)
}
