//! How a point went lately, for people to see: no part of what is normal, and gone after a restart.

use crate::event::Timestamp;

/// Samples of one point, the latest ones; one in each slot of time.
const MOST: usize = 48;

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Trail(Vec<(u32, f32)>);

impl Trail {
    #[allow(clippy::cast_possible_truncation, reason = "a line is drawn from it, and nothing is computed")]
    pub fn add(&mut self, ts: Timestamp, value: f64) {
        let slot = u32::try_from(ts.slot()).unwrap_or(u32::MAX);
        if self.0.last().is_some_and(|(last, _)| *last > slot) {
            // Somebody put the clock back.
            self.0.clear();
        }
        match self.0.last_mut().filter(|(last, _)| *last == slot) {
            Some((_, latest)) => *latest = value as f32,
            None => self.0.push((slot, value as f32)),
        }
        if self.0.len() > MOST {
            self.0.remove(0);
        }
    }

    /// Oldest first.
    pub fn iter(&self) -> impl Iterator<Item = (Timestamp, f64)> + '_ {
        self.0.iter().map(|(slot, value)| (Timestamp::of_slot((*slot).into()), f64::from(*value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_samples_stay_one_of_each_minute() {
        let mut trail = Trail::default();
        let at = |second: u16| (Timestamp::from_parts(second.into(), 0), f64::from(second));
        (0..6000).step_by(20).map(at).for_each(|(ts, value)| trail.add(ts, value));
        let kept: Vec<_> = trail.iter().collect();
        assert_eq!((kept.len(), kept[0], kept[47]), (MOST, (at(52 * 60).0, 3160.0), (at(99 * 60).0, 5980.0)));
        trail.add(at(60).0, 7.0);
        assert_eq!(trail.iter().collect::<Vec<_>>(), [(at(60).0, 7.0)], "the clock was put back");
    }
}
