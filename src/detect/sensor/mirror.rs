use std::time::Duration;

use super::finding;
use super::window::{Told, Window};
use crate::detect::Detector;
use crate::detect::catalogue::{DUPLICATE_SHARE, ONE_SIDED_SHARE};
use crate::event::{CaptureReport, Finding, Reason, Timestamp};

const WINDOW: Duration = Duration::from_secs(15 * 60);
/// Over so long the frames must have tags, or none, to be sure of it.
const TAG_TIME: Duration = Duration::from_secs(60);
/// Below so many a share says nothing.
const ENOUGH_STREAMS: u64 = 5;
const ENOUGH_PACKETS: u64 = 1000;
const ENOUGH_FRAMES: u64 = 100;

/// SEN-03: the mirror shows one direction, everything twice, or tags that come and go.
pub struct Mirror {
    window: Window,
    one_direction: Told,
    twice: Told,
    /// Frames since then, and whether the ones before had tags.
    tags_since: Option<Timestamp>,
    frames: u64,
    tagged: u64,
    had_tags: Option<bool>,
}

impl Default for Mirror {
    fn default() -> Self {
        Mirror {
            window: Window::new(WINDOW),
            one_direction: Told::default(),
            twice: Told::default(),
            tags_since: None,
            frames: 0,
            tagged: 0,
            had_tags: None,
        }
    }
}

impl Detector for Mirror {
    fn report(&mut self, report: &CaptureReport) {
        self.window.report(report);
        self.frames += report.packets;
        self.tagged += report.tagged_packets;
    }

    fn tick(&mut self, ts: Timestamp, found: &mut Vec<Finding>) {
        self.window.tick(ts);
        let sum = &self.window.sum;
        let tell = |act, reason| finding("SEN-03", act, ts, &sum.source, vec![reason]);
        let one_sided = percent(sum.one_sided_streams, sum.heard_streams);
        if sum.heard_streams >= ENOUGH_STREAMS
            && one_sided > u64::from(ONE_SIDED_SHARE.value)
            && self.one_direction.is_due(ts, WINDOW)
        {
            found.push(tell("one_direction", Reason::new("reason.one_direction").with("percent", one_sided)));
        }
        let twice = percent(sum.duplicates, sum.packets);
        if sum.packets >= ENOUGH_PACKETS && twice > u64::from(DUPLICATE_SHARE.value) && self.twice.is_due(ts, WINDOW) {
            found.push(tell("duplicates", Reason::new("reason.duplicates").with("percent", twice)));
        }
        if let Some(key) = self.tags_changed(ts) {
            found.push(finding("SEN-03", "vlan_tags", ts, &self.window.sum.source, vec![Reason::new(key)]));
        }
    }
}

impl Mirror {
    /// A minute in which nearly all frames have tags, or none has, is compared with the one before.
    fn tags_changed(&mut self, ts: Timestamp) -> Option<&'static str> {
        let since = *self.tags_since.get_or_insert(ts);
        if ts >= since && ts.since(since) < TAG_TIME {
            return None;
        }
        self.tags_since = Some(ts);
        let (frames, tagged) = (std::mem::take(&mut self.frames), std::mem::take(&mut self.tagged));
        if frames < ENOUGH_FRAMES {
            return None;
        }
        let has = match percent(tagged, frames) {
            0 if tagged == 0 => false,
            50.. => true,
            // Tagged and untagged traffic beside each other.
            _ => return None,
        };
        match (self.had_tags.replace(has), has) {
            (Some(true), false) => Some("reason.tags_vanished"),
            (Some(false), true) => Some("reason.tags_appeared"),
            _ => None,
        }
    }
}

fn percent(part: u64, whole: u64) -> u64 {
    (part * 100).checked_div(whole).unwrap_or(0)
}
