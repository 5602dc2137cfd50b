use std::time::Duration;

use super::finding;
use crate::detect::Detector;
use crate::detect::catalogue::CLOCK_STEP;
use crate::event::{CaptureReport, Finding, Reason, Timestamp};

/// SEN-04: the clock by which everything is told was set.
///
/// Live, the wall's clock is compared with one that nobody sets. In a file only a step back can be told from silence.
#[derive(Default)]
pub struct Clock {
    source: String,
    ticked: Option<Timestamp>,
    step: Duration,
}

impl Detector for Clock {
    fn report(&mut self, report: &CaptureReport) {
        if self.source != report.source {
            self.source.clone_from(&report.source);
            // Another file: its time is its own.
            self.ticked = None;
        }
        self.step = self.step.max(Duration::from_millis(report.clock_step_ms));
    }

    fn tick(&mut self, ts: Timestamp, found: &mut Vec<Finding>) {
        let back = self.ticked.replace(ts).map_or(Duration::ZERO, |before| before.since(ts));
        let step = std::mem::take(&mut self.step).max(back);
        if step.as_secs() >= u64::from(CLOCK_STEP.value) {
            let reason = Reason::new("reason.clock_step").with("seconds", format_args!("{:.1}", step.as_secs_f64()));
            found.push(finding("SEN-04", "clock_step", ts, &self.source, vec![reason]));
        }
    }
}
