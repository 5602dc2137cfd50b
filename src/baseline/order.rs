//! Which operation follows which on one link: a small automaton of its poll cycle.

use serde::{Deserialize, Serialize};

use crate::event::{ActId, Timestamp};

/// Operations and steps that one automaton holds; who does more than that keeps no order.
const MAX_ACTS: usize = 64;
const MAX_STEPS: usize = 256;
/// Steps without a new one before the order is judged, and how many times as many as it took until then.
const LEAST_SETTLED: u32 = 32;
const PATIENCE: u32 = 3;
/// An order in which an operation is followed by more others than this, on the average, is none: several cycles run beside
/// each other.
const MOST_FOLLOWERS: usize = 3;
/// After so many seconds of silence a cycle may begin anywhere.
const CYCLE_ENDS: u64 = 60;

#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Order {
    acts: Vec<ActId>,
    /// Which follows which, by their places in `acts`; sorted.
    next: Vec<(u8, u8)>,
    steps: u32,
    /// The step at which the latest new one came.
    news: u32,
    /// There were more operations or steps than it holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    free: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// What came last on a link.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Latest(Option<(ActId, Timestamp)>);

/// One operation after another, and whether it was ever so.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Step {
    pub after: ActId,
    pub act: ActId,
    pub known: bool,
}

impl Latest {
    /// What came, from one time to another; gives back the operation that it follows.
    pub fn step(&mut self, act: ActId, first: Timestamp, last: Timestamp) -> Option<ActId> {
        let (after, then) = self.0.replace((act, last))?;
        // The same once more is a matter of the rhythm.
        (after != act && first.since(then).as_secs() < CYCLE_ENDS).then_some(after)
    }
}

impl Order {
    pub fn step(&self, after: ActId, act: ActId) -> Step {
        let known = self.place(after).zip(self.place(act)).is_some_and(|step| self.next.binary_search(&step).is_ok());
        Step { after, act, known }
    }

    /// Takes a step in.
    pub fn learn(&mut self, step: Step) {
        self.steps = self.steps.saturating_add(1);
        if step.known || self.free {
            return;
        }
        self.news = self.steps;
        let places = self.make(step.after).zip(self.make(step.act)).filter(|_| self.next.len() < MAX_STEPS);
        let Some(places) = places else {
            self.free = true;
            return;
        };
        if let Err(at) = self.next.binary_search(&places) {
            self.next.insert(at, places);
        }
    }

    /// Somebody calls a step normal: the order is as settled as it was.
    pub fn allow(&mut self, step: Step) {
        let (steps, news) = (self.steps, self.news);
        self.learn(step);
        (self.steps, self.news) = (steps, news);
    }

    /// Nothing new came for long, and there is an order at all.
    pub fn is_settled(&self) -> bool {
        let quiet = self.steps - self.news;
        !self.free
            && self.acts.len() > 1
            && self.next.len() <= self.acts.len() * MOST_FOLLOWERS
            && quiet >= LEAST_SETTLED.max(self.news.saturating_mul(PATIENCE))
    }

    /// What it holds, as pairs.
    pub fn steps(&self) -> impl Iterator<Item = (ActId, ActId)> + '_ {
        self.next.iter().filter_map(|(from, to)| Some((self.act(*from)?, self.act(*to)?)))
    }

    pub fn count(&self) -> u64 {
        u64::from(self.steps)
    }

    pub fn is_empty(&self) -> bool {
        self.next.is_empty()
    }

    fn act(&self, place: u8) -> Option<ActId> {
        self.acts.get(usize::from(place)).copied()
    }

    fn place(&self, act: ActId) -> Option<u8> {
        self.acts.iter().position(|known| *known == act).and_then(|place| u8::try_from(place).ok())
    }

    fn make(&mut self, act: ActId) -> Option<u8> {
        if let Some(place) = self.place(act) {
            return Some(place);
        }
        if self.acts.len() >= MAX_ACTS {
            return None;
        }
        self.acts.push(act);
        self.place(act)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Cycle = (Order, Latest);

    /// A cycle of three, so many times.
    fn learnt(cycles: u64) -> (Cycle, u64) {
        let mut order = Cycle::default();
        let end = cycles * 3;
        (0..end).for_each(|n| _ = follow(&mut order, n % 3, n, true));
        (order, end)
    }

    fn follow((order, latest): &mut Cycle, act: u64, second: u64, learns: bool) -> Option<bool> {
        let ts = Timestamp::from_parts(second, 0);
        let step = order.step(latest.step(ActId(act), ts, ts)?, ActId(act));
        if learns {
            order.learn(step);
        }
        Some(step.known)
    }

    #[test]
    fn a_cycle_is_an_order_and_what_breaks_it_is_seen() {
        let (mut order, end) = learnt(20);
        assert!(order.0.is_settled());
        assert_eq!(order.0.steps().count(), 3);
        assert_eq!(follow(&mut order, 0, end, false), Some(true));
        assert_eq!(follow(&mut order, 2, end + 1, false), Some(false), "2 never came after 0");
        assert_eq!(follow(&mut order, 1, end + 500, false), None, "after a long time it may begin anywhere");
        assert!(!learnt(3).0.0.is_settled(), "seen too seldom");
    }

    #[test]
    fn what_comes_in_any_order_has_none() {
        let mut order = Cycle::default();
        let mut state = 1u64;
        for second in 0..4000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            follow(&mut order, (state >> 33) % 12, second, true);
        }
        assert!(!order.0.is_settled());
        (0..1000).for_each(|n| _ = follow(&mut order, n, 5000 + n, true));
        let order = order.0;
        assert!(!order.is_settled() && order.acts.len() <= MAX_ACTS && order.next.len() <= MAX_STEPS);
    }
}
