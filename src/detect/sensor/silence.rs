use std::time::Duration;

use super::finding;
use crate::detect::Detector;
use crate::detect::catalogue::SILENCE;
use crate::event::{CaptureReport, Finding, Map, Reason, Timestamp};

/// Sources that are watched at one time.
const MAX_SOURCES: usize = 256;

/// SEN-01: nothing comes from a port any more, or nothing but what goes to everybody.
#[derive(Default)]
pub struct Silence {
    sources: Map<String, Source>,
    /// The source whose report came last. A replay has only one at a time.
    latest: String,
    ticked: Option<Timestamp>,
}

#[derive(Default)]
struct Source {
    /// The latest second in which somebody spoke to somebody.
    heard: Option<Timestamp>,
    spoke: bool,
    /// It said how it is since the last tick: a file that is over says nothing more, a port goes on.
    reported: bool,
    group_packets: u64,
    told: bool,
}

impl Detector for Silence {
    fn report(&mut self, report: &CaptureReport) {
        if self.latest != report.source {
            self.latest.clone_from(&report.source);
        }
        if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&report.source) {
            self.sources.clear();
        }
        let source = self.sources.entry(report.source.clone()).or_default();
        source.reported = true;
        source.spoke |= report.packets > report.group_packets;
        source.group_packets += report.group_packets;
    }

    fn tick(&mut self, ts: Timestamp, found: &mut Vec<Finding>) {
        let before = self.ticked.replace(ts).filter(|before| *before <= ts);
        // Where time is the packets' own, what ends a silence comes with the first tick after it.
        let jumped = before.is_some_and(|before| ts.since(before) >= limit());
        for (name, source) in &mut self.sources {
            if !std::mem::take(&mut source.reported) {
                continue;
            }
            let goes_on = source.spoke && !(jumped && *name == self.latest);
            let silent = source.heard.map(|heard| ts.since(heard)).filter(|silent| *silent >= limit());
            if let Some(silent) = silent.filter(|_| !goes_on && !source.told) {
                source.told = true;
                found.push(tell(ts, name, silent, source.group_packets));
            }
            if std::mem::take(&mut source.spoke) {
                source.heard = Some(ts);
                source.group_packets = 0;
                source.told = false;
            }
        }
    }
}

fn limit() -> Duration {
    Duration::from_secs(u64::from(SILENCE.value))
}

fn tell(ts: Timestamp, name: &str, silent: Duration, group_packets: u64) -> Finding {
    let mut reasons = vec![Reason::new("reason.silent").with("seconds", silent.as_secs())];
    if group_packets > 0 {
        reasons.push(Reason::new("reason.only_broadcast").with("count", group_packets));
    }
    finding("SEN-01", "capture_silent", ts, name, reasons)
}
