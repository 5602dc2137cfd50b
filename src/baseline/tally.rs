//! Where a worker's counts belong, and those that were not entered yet.

use crate::event::{ActId, BehaviourKey, FunctionKey, Map, Repeated};

/// Behaviours that workers count by themselves.
pub(super) const MAX_COUNTED: usize = 1 << 20;

/// The number of what has no row.
pub(super) const NOWHERE: u32 = u32::MAX;

/// A link by its index, or a function on it: where a worker's counts belong. What is not asked for is no act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    Link(usize),
    Function { link: usize, unit: u64, function: FunctionKey, act: Option<ActId>, writes: bool },
}

/// Whose counts a worker's key stands for, and what was not entered yet.
///
/// A worker names the tally by its number: what it counts comes in the same order again and again, and so lies side by side.
#[derive(Default)]
pub(super) struct Tallies {
    numbers: Map<(usize, BehaviourKey), u32>,
    all: Vec<Tally>,
    /// Those with something to enter.
    open: Vec<u32>,
}

struct Tally {
    key: BehaviourKey,
    of: Counted,
    sum: Option<Repeated>,
}

impl Tallies {
    /// Remembers where to count a behaviour, and gives the number to name it by; `None` where there is no room.
    pub fn number(&mut self, worker: usize, key: BehaviourKey, of: Counted) -> Option<u32> {
        let next = u32::try_from(self.all.len()).ok().filter(|_| self.all.len() < MAX_COUNTED);
        if let Some(number) = self.numbers.get(&(worker, key)) {
            self.all.get_mut(*number as usize)?.of = of;
            return Some(*number);
        }
        self.numbers.insert((worker, key), next?);
        self.all.push(Tally { key, of, sum: None });
        next
    }

    /// Adds to a tally, and says what it is of. `None` where it was taken back meanwhile.
    pub fn add(&mut self, repeated: &Repeated) -> Option<Counted> {
        let tally = self.all.get_mut(repeated.tally as usize).filter(|tally| tally.key == repeated.key)?;
        match &mut tally.sum {
            Some(sum) => sum.join(repeated),
            None => {
                tally.sum = Some(*repeated);
                self.open.push(repeated.tally);
            }
        }
        Some(tally.of)
    }

    /// What was added since the last call.
    pub fn take(&mut self) -> Vec<(Counted, Repeated)> {
        let Tallies { all, open, .. } = self;
        let mut take = |number: u32| all.get_mut(number as usize).and_then(|tally| Some((tally.of, tally.sum.take()?)));
        open.drain(..).filter_map(&mut take).collect()
    }

    /// What was not entered is lost.
    pub fn clear(&mut self) {
        *self = Tallies::default();
    }
}
