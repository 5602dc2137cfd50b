use std::collections::VecDeque;
use std::time::Duration;

use crate::event::{CaptureReport, Timestamp};

/// The sums of the latest reports, over a fixed time.
pub struct Window {
    length: Duration,
    ticks: VecDeque<(Timestamp, CaptureReport)>,
    now: CaptureReport,
    pub sum: CaptureReport,
}

impl Window {
    pub fn new(length: Duration) -> Self {
        Window { length, ticks: VecDeque::new(), now: CaptureReport::default(), sum: CaptureReport::default() }
    }

    pub fn report(&mut self, report: &CaptureReport) {
        self.now.add(report);
        self.now.source.clone_from(&report.source);
    }

    /// Closes a tick: what is older than the window falls out, and so does everything where the clock went back.
    pub fn tick(&mut self, ts: Timestamp) {
        let now = std::mem::take(&mut self.now);
        self.sum.add(&now);
        self.sum.source.clone_from(&now.source);
        self.ticks.push_back((ts, now));
        while let Some((then, old)) = self.ticks.front()
            && (ts.since(*then) > self.length || *then > ts)
        {
            self.sum.take_away(old);
            self.ticks.pop_front();
        }
    }
}

/// The same trouble is told once in a while.
#[derive(Default)]
pub struct Told(Option<Timestamp>);

impl Told {
    /// True where it is to be told now.
    pub fn is_due(&mut self, ts: Timestamp, every: Duration) -> bool {
        let due = self.0.is_none_or(|told| ts < told || ts.since(told) >= every);
        if due {
            self.0 = Some(ts);
        }
        due
    }
}
