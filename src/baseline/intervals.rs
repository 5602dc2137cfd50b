use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// A set of addresses as sorted, disjoint, non-touching intervals; each `[start, end)`.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct IntervalSet {
    /// Most sets are one interval: one register block, one node.
    intervals: SmallVec<[(u64, u64); 1]>,
}

/// Intervals of one set; where this many holes were seen, the holes are closed rather than memory filled.
const MAX_INTERVALS: usize = 4096;

impl IntervalSet {
    /// True where all of `[start, start + length)` is in the set; an empty interval is.
    pub fn contains(&self, start: u32, length: u32) -> bool {
        let (start, end) = bounds(start, length);
        let after = self.intervals.partition_point(|(from, _)| *from <= start);
        start >= end || after.checked_sub(1).is_some_and(|i| self.intervals[i].1 >= end)
    }

    /// Adds `[start, start + length)`; false where it was in already.
    pub fn insert(&mut self, start: u32, length: u32) -> bool {
        if self.contains(start, length) {
            return false;
        }
        let (mut start, mut end) = bounds(start, length);
        let first = self.intervals.partition_point(|(_, to)| *to < start);
        let last = self.intervals.partition_point(|(from, _)| *from <= end);
        if first < last {
            start = start.min(self.intervals[first].0);
            end = end.max(self.intervals[last - 1].1);
        }
        self.intervals.drain(first..last);
        self.intervals.insert(first, (start, end));
        if self.intervals.len() > MAX_INTERVALS {
            self.close_smallest_hole();
        }
        true
    }

    pub fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.intervals.iter().copied()
    }

    fn close_smallest_hole(&mut self) {
        let hole = (1..self.intervals.len()).min_by_key(|i| self.intervals[*i].0 - self.intervals[*i - 1].1);
        if let Some(i) = hole {
            let (_, end) = self.intervals.remove(i);
            self.intervals[i - 1].1 = end;
        }
    }
}

fn bounds(start: u32, length: u32) -> (u64, u64) {
    (u64::from(start), u64::from(start) + u64::from(length))
}

impl std::fmt::Display for IntervalSet {
    /// `0..9, 40, 100..119`: ends included, as people count registers.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (i, (start, end)) in self.intervals.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            match end - start {
                1 => write!(f, "{comma}{start}")?,
                _ => write!(f, "{comma}{start}..{}", end - 1)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn touching_intervals_become_one() {
        let mut set = IntervalSet::default();
        assert!(set.insert(0, 10));
        assert!(set.insert(20, 1));
        assert!(set.insert(10, 10));
        assert_eq!(set.to_string(), "0..20");
        assert!(!set.insert(5, 3), "already in");
        assert!(!set.contains(19, 5));
    }

    proptest! {
        #[test]
        fn it_behaves_as_a_set_of_addresses(inserts in prop::collection::vec((0u32..200, 0u32..20), 0..30), probe in (0u32..220, 0u32..20)) {
            let mut set = IntervalSet::default();
            let mut plain = BTreeSet::new();
            for (start, length) in inserts {
                set.insert(start, length);
                plain.extend(start..start + length);
            }
            let (start, length) = probe;
            prop_assert_eq!(set.contains(start, length), (start..start + length).all(|a| plain.contains(&a)));
            let covered: u64 = set.iter().map(|(from, to)| to - from).sum();
            prop_assert_eq!(covered, plain.len() as u64);
        }
    }
}
