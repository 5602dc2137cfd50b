//! Where a worker's counts belong, and those that were not entered yet.

use crate::event::{ActId, BehaviourKey, FunctionKey, Map, Repeated};

/// Behaviours that workers count by themselves.
pub(super) const MAX_COUNTED: usize = 1 << 20;

/// A link by its index, or a function on it: where a worker's counts belong.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Counted {
    Link(usize),
    Function { link: usize, unit: u64, function: FunctionKey, act: ActId, writes: bool },
}

/// Whose counts a worker's key stands for, and what was not entered yet.
#[derive(Default)]
pub(super) struct Tallies {
    pub by_key: Map<(usize, BehaviourKey), Tally>,
    /// Those with something to enter.
    pub open: Vec<(usize, BehaviourKey)>,
}

pub(super) struct Tally {
    pub of: Counted,
    pub sum: Option<Repeated>,
}

impl Tallies {
    /// What was not entered is lost.
    pub fn clear(&mut self) {
        self.by_key.clear();
        self.open.clear();
    }
}
