//! How much goes over a link in each hour of the week.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Timestamp;

const HOUR: u64 = 3600;
const WEEK: u64 = 168;
/// Weeks before an hour is judged.
const LEAST_WEEKS: u16 = 2;
/// So many times more or less than ever is strange, and by at least so many operations.
const FACTOR: u64 = 2;
const LEAST_DIFFERENCE: u64 = 20;

/// Operations on one link by the hour of the week.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Volume {
    /// Hours with traffic, in their order.
    hours: Vec<Hour>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// One hour of the week, from Monday at midnight.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Hour {
    pub hour: u8,
    pub weeks: u16,
    pub low: u64,
    pub high: u64,
}

/// The hour under way.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct HourSoFar(Option<Running>);

#[derive(Clone, PartialEq, Debug)]
struct Running {
    hour: u64,
    count: u64,
    /// It was watched from its beginning.
    whole: bool,
}

impl HourSoFar {
    /// Counts; gives back the hour of the week that is over, with how much there was in it.
    pub fn take(&mut self, ts: Timestamp, count: u64, minutes_ahead: i32) -> Option<(u8, u64)> {
        let ahead = u64::from(minutes_ahead.unsigned_abs()) * 60;
        let local = if minutes_ahead < 0 { ts.seconds().saturating_sub(ahead) } else { ts.seconds() + ahead };
        let hour = local / HOUR;
        let Some(running) = &mut self.0 else {
            self.0 = Some(Running { hour, count, whole: false });
            return None;
        };
        if hour <= running.hour {
            running.count += count;
            return None;
        }
        let over = std::mem::replace(running, Running { hour, count, whole: hour == running.hour + 1 });
        over.whole.then(|| (hour_of_week(over.hour), over.count))
    }
}

impl Volume {
    pub fn learn(&mut self, hour: u8, count: u64) {
        match self.hours.binary_search_by_key(&hour, |row| row.hour) {
            Ok(at) => {
                let row = &mut self.hours[at];
                row.weeks = row.weeks.saturating_add(1);
                row.low = row.low.min(count);
                row.high = row.high.max(count);
            }
            Err(at) => self.hours.insert(at, Hour { hour, weeks: 1, low: count, high: count }),
        }
    }

    pub fn hour(&self, hour: u8) -> Option<&Hour> {
        self.hours.binary_search_by_key(&hour, |row| row.hour).ok().map(|at| &self.hours[at])
    }

    pub fn is_empty(&self) -> bool {
        self.hours.is_empty()
    }

    /// Hours that were learnt.
    pub fn count(&self) -> u64 {
        self.hours.iter().map(|hour| u64::from(hour.weeks)).sum()
    }
}

impl Hour {
    /// Seen often enough to judge by.
    pub fn is_settled(&self) -> bool {
        self.weeks >= LEAST_WEEKS
    }

    pub fn is_strange(&self, count: u64) -> bool {
        let more = count > self.high.saturating_mul(FACTOR).max(self.high + LEAST_DIFFERENCE);
        let less = count.saturating_mul(FACTOR) < self.low && self.low - count >= LEAST_DIFFERENCE;
        self.is_settled() && (more || less)
    }
}

/// The first of January 1970 was a Thursday.
fn hour_of_week(hour: u64) -> u8 {
    u8::try_from((hour + 3 * 24) % WEEK).unwrap_or(0)
}

impl fmt::Display for Volume {
    /// `1 08:00 3400..3600`: day of the week from Monday, hour, operations.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, row) in self.hours.iter().enumerate() {
            let comma = if i > 0 { ", " } else { "" };
            let (day, hour) = (row.hour / 24 + 1, row.hour % 24);
            write!(f, "{comma}{day} {hour:02}:00 {}..{}", row.low, row.high)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_of_the_week_has_its_own_measure() {
        let (mut volume, mut so_far) = (Volume::default(), HourSoFar::default());
        // Sixty an hour, on Mondays at eight ten times as much; from a Monday at midnight on.
        let monday = 4 * 86_400;
        let amount = |hour: u64| if hour % WEEK == 8 { 600 } else { 60 };
        for hour in 0..3 * WEEK {
            let over = so_far.take(Timestamp::from_parts(monday + hour * HOUR, 0), amount(hour), 0);
            if let Some((hour, count)) = over {
                volume.learn(hour, count);
            }
        }
        assert_eq!(volume.hour(8).map(|row| (row.weeks, row.low, row.high)), Some((3, 600, 600)));
        assert!(!volume.hour(8).unwrap().is_strange(700) && volume.hour(8).unwrap().is_strange(60));
        assert!(volume.hour(9).unwrap().is_strange(600) && !volume.hour(9).unwrap().is_strange(70));
        assert!(volume.to_string().contains("1 08:00 600..600"), "{volume}");
    }

    #[test]
    fn an_hour_that_was_not_watched_from_its_beginning_is_not_judged() {
        let mut volume = HourSoFar::default();
        let at = |minutes: u64| Timestamp::from_parts(minutes * 60, 0);
        assert_eq!(volume.take(at(30), 5, 0), None);
        assert_eq!(volume.take(at(61), 5, 0), None, "the first hour was half over");
        assert_eq!(volume.take(at(100), 5, 0), None);
        assert_eq!(volume.take(at(121), 5, 0), Some((hour_of_week(1), 10)));
    }
}
