use std::time::Duration;

use crate::event::Timestamp;

const HOUR: u64 = 3600;
/// So much of an hour must have been watched before its rate counts as learnt.
const LEARNT: Duration = Duration::from_secs(50 * 60);
/// Over so long the rate of now is taken.
const LATELY: Duration = Duration::from_secs(10 * 60);
/// Packets a second below which a rate says nothing.
const LEAST_RATE: f64 = 1.0;
/// Weight of the latest day against all days before.
const LATEST: f64 = 0.3;

/// How many packets a port carries, by hour of the day.
#[derive(Default)]
pub struct Rate {
    /// Packets a second, in each hour of the day that was watched.
    hours: [Option<f64>; 24],
    /// The hour in work, counted since the epoch, and what came in it.
    hour: u64,
    began: Timestamp,
    packets: u64,
    /// The same of the latest minutes.
    since: Timestamp,
    lately: u64,
    /// Something was wrong in this hour: it teaches nothing.
    odd: bool,
}

/// A rate that is far below the usual one, both in packets a second.
pub struct Drop {
    pub now: f64,
    pub usual: f64,
}

impl Rate {
    pub fn count(&mut self, packets: u64) {
        self.packets += packets;
        self.lately += packets;
    }

    /// Time goes on. Says when the rate of the latest minutes is below so many percent of what this hour usually has.
    pub fn tick(&mut self, ts: Timestamp, percent: u32) -> Option<Drop> {
        let hour = ts.nanos() / 1_000_000_000 / HOUR;
        if hour != self.hour || ts < self.began {
            self.close_hour(ts, hour);
        }
        let passed = ts.since(self.since);
        if ts < self.since || passed < LATELY {
            return None;
        }
        let now = per_second(self.lately, passed);
        (self.since, self.lately) = (ts, 0);
        let usual = self.hours[place(hour)].filter(|usual| *usual >= LEAST_RATE)?;
        let low = now * 100.0 < usual * f64::from(percent);
        self.odd |= low;
        low.then_some(Drop { now, usual })
    }

    fn close_hour(&mut self, ts: Timestamp, hour: u64) {
        let watched = ts.since(self.began).min(Duration::from_secs(HOUR));
        if watched >= LEARNT && !self.odd {
            let rate = per_second(self.packets, watched);
            let usual = &mut self.hours[place(self.hour)];
            *usual = Some(usual.map_or(rate, |before| before * (1.0 - LATEST) + rate * LATEST));
        }
        (self.hour, self.began, self.packets, self.odd) = (hour, ts, 0, false);
        (self.since, self.lately) = (ts, 0);
    }
}

fn place(hour: u64) -> usize {
    (hour % 24) as usize
}

fn per_second(packets: u64, time: Duration) -> f64 {
    packets as f64 / time.as_secs_f64().max(1.0)
}
