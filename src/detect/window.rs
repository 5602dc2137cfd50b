use std::collections::VecDeque;
use std::time::Duration;

use crate::event::{Map, Timestamp};

/// Distinct things seen lately: each counts once, at its latest time.
#[derive(Debug)]
pub struct DistinctWindow<T> {
    seen: VecDeque<(Timestamp, T)>,
    length: Duration,
    capacity: usize,
}

impl<T: PartialEq> DistinctWindow<T> {
    /// Things older than `length` fall out; of more than `capacity` the oldest do.
    pub fn new(length: Duration, capacity: usize) -> Self {
        DistinctWindow { seen: VecDeque::new(), length, capacity }
    }

    /// Adds a thing and says how many distinct ones are in the window.
    pub fn add(&mut self, ts: Timestamp, thing: T) -> usize {
        self.remove(&thing);
        self.seen.push_back((ts, thing));
        while self.seen.len() > self.capacity
            || self.seen.front().is_some_and(|(then, _)| ts.since(*then) > self.length)
        {
            self.seen.pop_front();
        }
        self.seen.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.seen.iter().map(|(_, thing)| thing)
    }

    fn remove(&mut self, thing: &T) {
        if let Some(i) = self.seen.iter().position(|(_, seen)| seen == thing) {
            self.seen.remove(i);
        }
    }

    pub fn clear(&mut self) {
        self.seen.clear();
    }
}

/// How often something happened lately.
#[derive(Debug)]
pub struct Tally {
    times: VecDeque<Timestamp>,
    length: Duration,
    capacity: usize,
}

impl Tally {
    /// What is older than `length` falls out; more than `capacity` is not counted.
    pub fn new(length: Duration, capacity: usize) -> Self {
        Tally { times: VecDeque::new(), length, capacity }
    }

    /// Counts one more and says how many there are in the window.
    pub fn add(&mut self, ts: Timestamp) -> usize {
        self.times.push_back(ts);
        while self.times.len() > self.capacity || self.times.front().is_some_and(|then| ts.since(*then) > self.length) {
            self.times.pop_front();
        }
        self.times.len()
    }
}

/// How many distinct things were seen lately, where there may be very many: things are known by their hash.
#[derive(Debug)]
pub struct Spread {
    seen: Map<u64, Timestamp>,
    length: Duration,
    threshold: usize,
}

impl Spread {
    /// Holds up to four times the threshold.
    pub fn new(length: Duration, threshold: usize) -> Self {
        Spread { seen: Map::default(), length, threshold }
    }

    /// Adds a thing; true while there are as many as the threshold or more, with how many.
    pub fn add(&mut self, ts: Timestamp, thing: u64) -> Option<usize> {
        if self.seen.len() < 4 * self.threshold || self.seen.contains_key(&thing) {
            self.seen.insert(thing, ts);
        }
        if self.seen.len() < self.threshold {
            return None;
        }
        // Seldom: only from the threshold on is it worth to look who is too old.
        self.seen.retain(|_, then| ts.since(*then) <= self.length);
        (self.seen.len() >= self.threshold).then_some(self.seen.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_count_once_and_old_ones_not_at_all() {
        let at = |n| Timestamp::from_parts(n, 0);
        let mut window = DistinctWindow::new(Duration::from_secs(60), 100);
        assert_eq!(window.add(at(0), 1), 1);
        assert_eq!(window.add(at(1), 1), 1);
        assert_eq!(window.add(at(2), 2), 2);
        assert_eq!(window.add(at(62), 3), 2, "1 fell out");
        window.remove(&3);
        assert_eq!(window.add(at(63), 4), 1, "2 fell out, 3 was taken back");
    }

    #[test]
    fn a_tally_counts_what_is_in_its_window() {
        let at = |n| Timestamp::from_parts(n, 0);
        let mut tally = Tally::new(Duration::from_secs(60), 3);
        assert_eq!([0, 10, 20, 30].map(|n| tally.add(at(n))), [1, 2, 3, 3], "no more than its capacity");
        assert_eq!(tally.add(at(85)), 2, "30 and 85");
    }

    #[test]
    fn a_spread_speaks_from_its_threshold_on() {
        let at = |n| Timestamp::from_parts(n, 0);
        let mut spread = Spread::new(Duration::from_secs(60), 3);
        assert_eq!([1, 1, 2].map(|thing| spread.add(at(0), thing)), [None; 3]);
        assert_eq!(spread.add(at(10), 3), Some(3));
        assert_eq!(spread.add(at(65), 4), None, "1 and 2 are too old");
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let mut window = DistinctWindow::new(Duration::from_secs(60), 10);
        let most = (0..1000).map(|i| window.add(Timestamp::from_parts(1, 0), i)).max();
        assert_eq!(most, Some(10));
    }
}
