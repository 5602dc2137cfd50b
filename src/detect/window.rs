use std::collections::VecDeque;
use std::time::Duration;

use crate::event::Timestamp;

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

    fn remove(&mut self, thing: &T) {
        if let Some(i) = self.seen.iter().position(|(_, seen)| seen == thing) {
            self.seen.remove(i);
        }
    }

    pub fn clear(&mut self) {
        self.seen.clear();
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
    fn it_never_holds_more_than_its_capacity() {
        let mut window = DistinctWindow::new(Duration::from_secs(60), 10);
        let most = (0..1000).map(|i| window.add(Timestamp::from_parts(1, 0), i)).max();
        assert_eq!(most, Some(10));
    }
}
