use std::time::Duration;

use super::finding;
use super::rate::Rate;
use crate::detect::Detector;
use crate::detect::catalogue::{SILENCE, USUAL_RATE};
use crate::event::{CaptureReport, Finding, Map, Reason, Timestamp};

/// Sources that are watched at one time.
const MAX_SOURCES: usize = 256;

/// SEN-01: nothing comes from a port any more, or nothing but what goes to everybody, or far less than is usual at this hour.
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
    rate: Rate,
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
        source.rate.count(report.packets);
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
            if let Some(drop) = source.rate.tick(ts, USUAL_RATE.value) {
                let reason = Reason::new("reason.rate_dropped").with("now", format_args!("{:.1}", drop.now));
                let reason = reason.with("usual", format_args!("{:.1}", drop.usual));
                found.push(finding("SEN-01", "rate_dropped", ts, name, vec![reason]));
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A report and a tick each half minute for so many hours; gives the acts told.
    fn watch(silence: &mut Silence, from_hour: u64, hours: u64, packets: impl Fn(u64) -> u64) -> Vec<String> {
        let mut found = Vec::new();
        for half in from_hour * 120..(from_hour + hours) * 120 {
            let packets = packets(half / 120 % 24);
            silence.report(&CaptureReport { source: "eth1".to_owned(), packets, ..CaptureReport::default() });
            silence.tick(Timestamp::from_parts(1_700_006_400 + half * 30, 0), &mut found);
        }
        found.into_iter().map(|finding| finding.act).collect()
    }

    /// A plant that works by day.
    fn plant(hour: u64) -> u64 {
        if (8..20).contains(&hour) { 3000 } else { 45 }
    }

    #[test]
    fn far_less_than_usual_at_this_hour_is_told() {
        let mut silence = Silence::default();
        assert_eq!(watch(&mut silence, 0, 48, plant), [""; 0], "a quiet night after a day is no fault");
        assert_eq!(watch(&mut silence, 48, 12, plant), [""; 0]);
        let told = watch(&mut silence, 60, 2, |_| 60);
        assert!(!told.is_empty() && told.iter().all(|act| act == "rate_dropped"), "{told:?}");
    }

    #[test]
    fn a_slow_day_is_none_and_a_bad_one_teaches_nothing() {
        let mut silence = Silence::default();
        watch(&mut silence, 0, 24, plant);
        assert_eq!(watch(&mut silence, 24, 24, |hour| plant(hour) / 4), [""; 0]);
        assert!(!watch(&mut silence, 48, 24, |_| 30).is_empty());
        assert!(!watch(&mut silence, 72, 24, |_| 30).is_empty(), "what was wrong yesterday is not usual today");
    }
}
