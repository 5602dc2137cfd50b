//! SEN: is what the sensor says worth anything?

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use super::Detector;
use super::catalogue::{self, UNSEEN_SHARE};
use crate::event::{
    CaptureReport, Endpoint, Ends, Evidence, Finding, FindingSource, Reason, Service, Severity, Timestamp, Transport,
    Vlans,
};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Below so many acknowledged bytes a share says nothing.
const ENOUGH_BYTES: u64 = 4096;

/// SEN-02: bytes that were acknowledged and never seen, and frames that the kernel dropped.
#[derive(Default)]
pub struct Sensor {
    /// Sums of each second of the window.
    seconds: VecDeque<(Timestamp, CaptureReport)>,
    now: CaptureReport,
    sum: CaptureReport,
    /// When it was last said: the same trouble is told once a window.
    told: Option<Timestamp>,
}

impl Detector for Sensor {
    fn report(&mut self, report: &CaptureReport) {
        self.now.add(report);
        self.now.source.clone_from(&report.source);
    }

    fn tick(&mut self, ts: Timestamp, found: &mut Vec<Finding>) {
        let now = std::mem::take(&mut self.now);
        self.sum.add(&now);
        self.sum.source.clone_from(&now.source);
        self.seconds.push_back((ts, now));
        while self.seconds.front().is_some_and(|(then, _)| ts.since(*then) > WINDOW) {
            if let Some((_, old)) = self.seconds.pop_front() {
                self.sum.acked_bytes -= old.acked_bytes;
                self.sum.unseen_bytes -= old.unseen_bytes;
                self.sum.kernel_drops -= old.kernel_drops;
            }
        }
        if self.told.is_some_and(|told| ts.since(told) < WINDOW) {
            return;
        }
        let reasons = self.reasons();
        if !reasons.is_empty() {
            self.told = Some(ts);
            found.push(finding(ts, &self.sum.source, reasons));
        }
    }
}

impl Sensor {
    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        let percent = self.sum.unseen_share() * 100.0;
        if self.sum.acked_bytes >= ENOUGH_BYTES && percent > f64::from(UNSEEN_SHARE.value) {
            let reason = Reason::new("reason.unseen_share").with("percent", format_args!("{percent:.1}"));
            reasons.push(reason.with("bytes", self.sum.unseen_bytes));
        }
        if self.sum.kernel_drops > 0 {
            reasons.push(Reason::new("reason.kernel_drops").with("count", self.sum.kernel_drops));
        }
        reasons
    }
}

fn finding(ts: Timestamp, source: &str, reasons: Vec<Reason>) -> Finding {
    let nobody = Endpoint { ip: None, port: 0, mac: None };
    Finding {
        ts,
        source: FindingSource::Detection { id: Cow::Borrowed("SEN-02") },
        severity: catalogue::find("SEN-02").map_or(Severity::Medium, |detection| detection.severity),
        service: Service::Port(Transport::Ip, 0),
        flow: None,
        ends: Ends { vlans: Vlans::new(), client: nobody, server: nobody },
        outcome: None,
        class: None,
        act: "capture_loss".to_owned(),
        reasons,
        evidence: Evidence { capture: source.into(), ..Evidence::default() },
        learnable: false,
    }
}
