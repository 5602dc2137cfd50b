use std::net::IpAddr;
use std::time::Duration;

use super::rule_id::RuleId;
use crate::event::{Map, Timestamp};

/// `threshold:`: how often a rule may speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Threshold {
    pub kind: ThresholdKind,
    pub track: Track,
    pub count: u32,
    pub seconds: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ThresholdKind {
    /// The first `count` matches of each period.
    Limit,
    /// Every `count`-th match within a period.
    Threshold,
    /// Once a period, after `count` matches.
    Both,
    /// `detection_filter`: every match of a period beyond `count`.
    Beyond,
}

/// What matches are counted for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Track {
    Source,
    Destination,
    Both,
    Rule,
}

/// Addresses for which matches are counted together.
pub type Tracked = [Option<IpAddr>; 2];

/// Pairs of rule and address counted at one time.
const MAX_COUNTED: usize = 100_000;

impl Threshold {
    pub fn parse(text: &str) -> Result<Self, String> {
        Self::read(text, None)
    }

    /// `detection_filter:`.
    pub fn detection_filter(text: &str) -> Result<Self, String> {
        Self::read(text, Some(ThresholdKind::Beyond))
    }

    /// For which addresses a match between these is counted.
    pub const fn tracked(&self, client: Option<IpAddr>, server: Option<IpAddr>) -> Tracked {
        match self.track {
            Track::Source => [client, None],
            Track::Destination => [None, server],
            Track::Both => [client, server],
            Track::Rule => [None, None],
        }
    }

    fn read(text: &str, given: Option<ThresholdKind>) -> Result<Self, String> {
        let (mut kind, mut track, mut count, mut seconds) = (given, None, None, None);
        for part in text.split(',') {
            let (name, value) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), ""));
            let value = value.trim();
            match name {
                "type" if given.is_none() => kind = Some(ThresholdKind::parse(value)?),
                "track" => track = Some(Track::parse(value)?),
                "count" => count = Some(number(value)?),
                "seconds" => seconds = Some(number(value)?),
                other => return Err(format!("'{other}' is no part of it")),
            }
        }
        let missing = |name: &str| format!("{name} is missing");
        Ok(Threshold {
            kind: kind.ok_or_else(|| missing("type"))?,
            track: track.ok_or_else(|| missing("track"))?,
            count: count.ok_or_else(|| missing("count"))?,
            seconds: seconds.ok_or_else(|| missing("seconds"))?,
        })
    }
}

impl ThresholdKind {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "limit" => Ok(ThresholdKind::Limit),
            "threshold" => Ok(ThresholdKind::Threshold),
            "both" => Ok(ThresholdKind::Both),
            other => Err(format!("'{other}' is no threshold type: limit, threshold or both is wanted")),
        }
    }
}

impl Track {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "by_src" => Ok(Track::Source),
            "by_dst" => Ok(Track::Destination),
            "by_both" => Ok(Track::Both),
            "by_rule" => Ok(Track::Rule),
            other => Err(format!("track '{other}' is not supported: by_src, by_dst, by_both or by_rule is wanted")),
        }
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("'{text}' is no positive number"))
}

/// Counts matches in packet time.
#[derive(Default)]
pub struct Thresholds {
    counted: Map<(RuleId, Tracked), (Timestamp, u32)>,
}

impl Thresholds {
    /// Whether this match may speak.
    pub fn passes(&mut self, rule: RuleId, threshold: &Threshold, tracked: Tracked, ts: Timestamp) -> bool {
        if self.counted.len() >= MAX_COUNTED {
            self.counted.clear();
        }
        let (start, count) = self.counted.entry((rule, tracked)).or_insert((ts, 0));
        if ts.since(*start) >= Duration::from_secs(u64::from(threshold.seconds)) {
            (*start, *count) = (ts, 0);
        }
        *count = count.saturating_add(1);
        match threshold.kind {
            ThresholdKind::Limit => *count <= threshold.count,
            ThresholdKind::Threshold => *count % threshold.count == 0,
            ThresholdKind::Both => *count == threshold.count,
            ThresholdKind::Beyond => *count > threshold.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str, at: &[u64]) -> Vec<u64> {
        spoken_with(Threshold::parse(text).unwrap(), at)
    }

    fn spoken_with(threshold: Threshold, at: &[u64]) -> Vec<u64> {
        let mut thresholds = Thresholds::default();
        let rule = RuleId { gid: 1, sid: 1, rev: 1 };
        at.iter()
            .copied()
            .filter(|s| thresholds.passes(rule, &threshold, [None, None], Timestamp::from_parts(*s, 0)))
            .collect()
    }

    #[test]
    fn each_type_counts_its_own_way() {
        let at = [0, 1, 2, 3, 4, 5, 61, 62];
        assert_eq!(spoken("type limit, track by_src, count 2, seconds 60", &at), [0, 1, 61, 62]);
        assert_eq!(spoken("type threshold,track by_src,count 3,seconds 60", &at), [2, 5]);
        assert_eq!(spoken("type both , track by_dst, count 2, seconds 60", &at), [1, 62]);
        let filter = Threshold::detection_filter("track by_rule, count 4, seconds 60").unwrap();
        assert_eq!(spoken_with(filter, &at), [4, 5], "the fifth of a minute is the first beyond four");
    }

    #[test]
    fn each_way_of_tracking_counts_for_its_own_addresses() {
        let [a, b] = ["10.0.0.1", "10.0.0.2"].map(|ip| Some(ip.parse().unwrap()));
        let tracked = |track: &str| {
            Threshold::detection_filter(&format!("track {track}, count 1, seconds 1")).unwrap().tracked(a, b)
        };
        assert_eq!(tracked("by_src"), [a, None]);
        assert_eq!(tracked("by_dst"), [None, b]);
        assert_eq!(tracked("by_both"), [a, b]);
        assert_eq!(tracked("by_rule"), [None, None]);
        assert!(Threshold::detection_filter("type limit, track by_src, count 1, seconds 1").is_err());
    }
}
