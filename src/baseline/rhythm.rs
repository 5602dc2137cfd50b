//! How often a polled operation comes: its period and by how much that sways.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use crate::event::{ActId, Timestamp};

/// Polls that make one window, and how long it lasts at least.
const WINDOW: u32 = 8;
const LEAST_WINDOW: Duration = Duration::from_secs(2);
/// Windows before a rhythm is judged.
const LEAST_WINDOWS: u32 = 3;
/// A window may be off by so much of the period, or so many standard deviations, or so many microseconds, whichever is
/// most. Who asks anew as soon as he has his answer is as fast as the network is.
const MARGIN: f64 = 0.25;
const DEVIATIONS: f64 = 3.0;
const LEAST_MARGIN: f64 = 20_000.0;
/// A poll whose windows differ by more than this factor has no rhythm: a person asks, or a program when it needs to.
const MOST_SWAY: f64 = 2.0;
/// Further periods of one poll.
const MAX_ALSO: usize = 8;

/// One operation on the objects it is always used on.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Poll {
    pub id: ActId,
    pub object: Box<str>,
    pub rhythm: Rhythm,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
}

/// The time from one poll to the next, in microseconds, each a mean over a window of polls.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
pub struct Rhythm {
    pub windows: u32,
    pub mean: f64,
    /// Sum of squared distances from the mean.
    squares: f64,
    pub low: f64,
    pub high: f64,
    /// Other periods that a person called normal.
    #[serde(default, skip_serializing_if = "SmallVec::is_empty")]
    also: SmallVec<[f64; 1]>,
}

/// The window under way.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Window(Option<Running>);

#[derive(Clone, PartialEq, Debug)]
struct Running {
    start: Timestamp,
    last: Timestamp,
    polls: u32,
    longest: Duration,
}

impl Window {
    /// Takes in that it came so often from `first` to `last`. Gives back the window that ended with it.
    pub fn take(&mut self, first: Timestamp, last: Timestamp, count: u64) -> Option<f64> {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        let within = last.since(first) / count.saturating_sub(1).max(1);
        let Some(running) = &mut self.0 else {
            self.0 = Some(Running { start: first, last, polls: count.saturating_sub(1), longest: within });
            return None;
        };
        running.longest = running.longest.max(first.since(running.last)).max(within);
        running.polls = running.polls.saturating_add(count);
        running.last = running.last.max(last);
        let (polls, elapsed) = (running.polls, running.last.since(running.start));
        if polls < WINDOW || elapsed < LEAST_WINDOW {
            return None;
        }
        // The longest time is left out: a pause is no rhythm, and a plant stands still now and then.
        let seen = elapsed.saturating_sub(running.longest).as_secs_f64() * 1e6 / f64::from(polls - 1);
        *running = Running { start: running.last, last: running.last, polls: 0, longest: Duration::ZERO };
        Some(seen)
    }
}

impl Rhythm {
    pub fn learn(&mut self, seen: f64) {
        self.windows = self.windows.saturating_add(1);
        let off = seen - self.mean;
        self.mean += off / f64::from(self.windows);
        self.squares += off * (seen - self.mean);
        self.low = if self.windows == 1 { seen } else { self.low.min(seen) };
        self.high = self.high.max(seen);
    }

    /// Somebody calls this period normal too.
    pub fn allow(&mut self, seen: f64) {
        if self.also.len() < MAX_ALSO {
            self.also.push(seen);
        }
    }

    /// Seen long enough, and always the same.
    pub fn is_regular(&self) -> bool {
        self.windows >= LEAST_WINDOWS && self.high - self.low <= (self.low * (MOST_SWAY - 1.0)).max(LEAST_MARGIN)
    }

    pub fn is_strange(&self, seen: f64) -> bool {
        let margin = (self.mean * MARGIN).max(self.deviation() * DEVIATIONS).max(LEAST_MARGIN);
        let allowed = |period: &f64| (seen - period).abs() <= (period * MARGIN).max(LEAST_MARGIN);
        self.is_regular() && !(self.low - margin..=self.high + margin).contains(&seen) && !self.also.iter().any(allowed)
    }

    fn deviation(&self) -> f64 {
        if self.windows < 2 { 0.0 } else { (self.squares / f64::from(self.windows - 1)).sqrt() }
    }
}

impl fmt::Display for Rhythm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.is_regular() {
            return write!(f, "{}..{}", seconds(self.low), seconds(self.high));
        }
        write!(f, "{} ± {}", seconds(self.mean), seconds(self.deviation()))
    }
}

/// A time in microseconds as people read it.
pub fn seconds(micros: f64) -> String {
    match micros {
        // Several at once: the network's time and no period.
        ..50.0 => "< 0.1 ms".to_owned(),
        ..1e6 => format!("{:.1} ms", micros / 1e3),
        _ => format!("{:.2} s", micros / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Timestamp {
        Timestamp::ZERO + Duration::from_millis(millis)
    }

    fn windows(times: impl IntoIterator<Item = u64>) -> Vec<f64> {
        let mut window = Window::default();
        times.into_iter().filter_map(|time| window.take(at(time), at(time), 1)).collect()
    }

    fn learnt(times: impl IntoIterator<Item = u64>) -> Rhythm {
        let mut rhythm = Rhythm::default();
        windows(times).into_iter().for_each(|seen| rhythm.learn(seen));
        rhythm
    }

    #[test]
    fn a_steady_poll_has_a_period_and_another_one_is_strange() {
        let rhythm = learnt((0..60).map(|n| n * 1000 + n % 3 * 10));
        assert!(rhythm.is_regular());
        assert_eq!(rhythm.to_string().split(' ').next(), Some("999.0"));
        for (seen, strange) in [(990_000.0, false), (1_100_000.0, false), (500_000.0, true), (2_000_000.0, true)] {
            assert_eq!(rhythm.is_strange(seen), strange, "{seen}");
        }
    }

    #[test]
    fn times_are_written_as_people_read_them() {
        assert_eq!([0.0, 100.0, 999_000.0, 1.5e6].map(seconds), ["< 0.1 ms", "0.1 ms", "999.0 ms", "1.50 s"]);
    }

    #[test]
    fn one_pause_is_no_other_rhythm() {
        let pause = windows((0..9).map(|n| if n < 4 { n * 1000 } else { n * 1000 + 500_000 }));
        assert_eq!(pause, [1_000_000.0]);
    }

    #[test]
    fn what_is_told_together_counts_as_if_it_were_told_one_by_one() {
        let mut window = Window::default();
        let seen: Vec<f64> = (0..10).filter_map(|s| window.take(at(s * 1000), at(s * 1000 + 900), 10)).collect();
        assert!(seen.len() >= 3 && seen.iter().all(|seen| (seen - 100_000.0).abs() < 1.0), "{seen:?}");
    }

    #[test]
    fn whoever_asks_when_he_needs_to_has_no_rhythm() {
        let rhythm = learnt([0, 1, 2, 9, 15, 30, 31, 32, 80, 95, 99, 200, 210, 260, 400, 404, 420].map(|s| s * 1000));
        let rhythm = (rhythm.windows..LEAST_WINDOWS).fold(rhythm, |mut rhythm, _| {
            rhythm.learn(1e6);
            rhythm
        });
        assert!(!rhythm.is_regular() && !rhythm.is_strange(1e9));
    }
}
