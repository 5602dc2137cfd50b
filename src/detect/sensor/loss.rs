use std::time::Duration;

use super::finding;
use super::window::{Told, Window};
use crate::detect::Detector;
use crate::detect::catalogue::UNSEEN_SHARE;
use crate::event::{CaptureReport, Finding, Reason, Timestamp};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Below so many acknowledged bytes a share says nothing.
const ENOUGH_BYTES: u64 = 4096;

/// SEN-02: bytes that were acknowledged and never seen, and frames that the kernel dropped.
pub struct Loss {
    window: Window,
    told: Told,
}

impl Default for Loss {
    fn default() -> Self {
        Loss { window: Window::new(WINDOW), told: Told::default() }
    }
}

impl Detector for Loss {
    fn report(&mut self, report: &CaptureReport) {
        self.window.report(report);
    }

    fn tick(&mut self, ts: Timestamp, found: &mut Vec<Finding>) {
        self.window.tick(ts);
        let reasons = reasons(&self.window.sum);
        if !reasons.is_empty() && self.told.is_due(ts, WINDOW) {
            found.push(finding("SEN-02", "capture_loss", ts, &self.window.sum.source, reasons));
        }
    }
}

fn reasons(sum: &CaptureReport) -> Vec<Reason> {
    let mut reasons = Vec::new();
    let percent = sum.unseen_share() * 100.0;
    if sum.acked_bytes >= ENOUGH_BYTES && percent > f64::from(UNSEEN_SHARE.value) {
        let reason = Reason::new("reason.unseen_share").with("percent", format_args!("{percent:.1}"));
        reasons.push(reason.with("bytes", sum.unseen_bytes));
    }
    if sum.kernel_drops > 0 {
        reasons.push(Reason::new("reason.kernel_drops").with("count", sum.kernel_drops));
    }
    reasons
}
