use std::time::Duration;

use crate::event::{CaptureReport, Timestamp};

/// After data were lost, what was not seen proves nothing for so long.
const LOSS: Duration = Duration::from_secs(60);

/// Times in which what is missing may only have been missed.
#[derive(Default)]
pub struct Lossy {
    lost: bool,
    until: Timestamp,
}

impl Lossy {
    pub fn report(&mut self, report: &CaptureReport) {
        self.lost |= report.unseen_bytes > 0 || report.kernel_drops > 0;
    }

    pub fn tick(&mut self, ts: Timestamp) {
        if std::mem::take(&mut self.lost) {
            self.until = ts + LOSS;
        }
    }

    /// Nothing is proven until then, whatever was lost.
    pub fn set(&mut self, until: Timestamp) {
        self.until = until;
    }

    pub fn holds(&self, ts: Timestamp) -> bool {
        ts <= self.until
    }
}
