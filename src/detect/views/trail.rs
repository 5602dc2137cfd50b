//! How a point went lately: one sample in each slot of time, for what is known is told no oftener.

use smallvec::SmallVec;

use crate::event::Timestamp;

/// Samples of one point, the latest ones.
pub const MOST: usize = 20;

#[derive(Default)]
pub struct Trail(SmallVec<[Sample; 4]>);

#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sample {
    pub slot: u64,
    pub value: f64,
    /// The frame that told it.
    pub frame: u64,
}

impl Trail {
    /// Takes the first value of a slot in. True where it was one.
    pub fn add(&mut self, ts: Timestamp, value: f64, frame: u64) -> bool {
        let slot = ts.slot();
        if let Some(last) = self.0.last() {
            if !ts.begins_slot_after(last.slot) {
                return false;
            }
            if slot < last.slot {
                // Somebody put the clock back.
                self.0.clear();
            }
        }
        if self.0.len() >= MOST {
            self.0.remove(0);
        }
        self.0.push(Sample { slot, value, frame });
        true
    }

    pub fn last(&self) -> Option<Sample> {
        self.0.last().copied()
    }

    pub fn at(&self, slot: u64) -> Option<Sample> {
        self.0.iter().rev().find(|sample| sample.slot == slot).copied()
    }

    /// It goes up and down enough to be told from another one.
    pub fn is_lively(&self) -> bool {
        let mut values: SmallVec<[f64; MOST]> = self.0.iter().map(|sample| sample.value).collect();
        let mut steps = values.windows(2).map(|two| two[1] - two[0]).filter(|step| *step != 0.0);
        let mut before = steps.next().unwrap_or_default();
        let turns = steps.filter(|step| std::mem::replace(&mut before, *step) * step < 0.0).count();
        values.sort_unstable_by(f64::total_cmp);
        values.dedup();
        values.len() >= DISTINCT && turns >= TURNS
    }

    /// The values of both in the slots that both have.
    pub fn beside<'a>(&'a self, other: &'a Trail) -> impl Iterator<Item = (f64, f64)> + 'a {
        let mut rest = other.0.iter().peekable();
        self.0.iter().filter_map(move |mine| {
            while rest.peek().is_some_and(|theirs| theirs.slot < mine.slot) {
                rest.next();
            }
            rest.peek().filter(|theirs| theirs.slot == mine.slot).map(|theirs| (mine.value, theirs.value))
        })
    }
}

const DISTINCT: usize = 6;
const TURNS: usize = 3;
