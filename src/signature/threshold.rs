use std::net::IpAddr;
use std::time::Duration;

use super::rule_id::RuleId;
use crate::event::{Map, Timestamp};

/// `threshold:`: how often a rule may speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Threshold {
    pub kind: ThresholdKind,
    /// Counted per source address, else per destination address.
    pub by_source: bool,
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
}

/// Pairs of rule and address counted at one time.
const MAX_COUNTED: usize = 100_000;

impl Threshold {
    pub fn parse(text: &str) -> Result<Self, String> {
        let (mut kind, mut by_source, mut count, mut seconds) = (None, None, None, None);
        for part in text.split(',') {
            let (name, value) = part.trim().split_once(char::is_whitespace).unwrap_or((part.trim(), ""));
            let value = value.trim();
            match name {
                "type" => kind = Some(ThresholdKind::parse(value)?),
                "track" => by_source = Some(track(value)?),
                "count" => count = Some(number(value)?),
                "seconds" => seconds = Some(number(value)?),
                other => return Err(format!("'{other}' is no part of threshold")),
            }
        }
        let missing = |name: &str| format!("threshold lacks {name}");
        Ok(Threshold {
            kind: kind.ok_or_else(|| missing("type"))?,
            by_source: by_source.ok_or_else(|| missing("track"))?,
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

fn track(text: &str) -> Result<bool, String> {
    match text {
        "by_src" => Ok(true),
        "by_dst" => Ok(false),
        other => Err(format!("track '{other}' is not supported: by_src or by_dst is wanted")),
    }
}

fn number(text: &str) -> Result<u32, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| format!("'{text}' is no positive number"))
}

/// Counts matches in packet time.
#[derive(Default)]
pub struct Thresholds {
    counted: Map<(RuleId, Option<IpAddr>), (Timestamp, u32)>,
}

impl Thresholds {
    /// Whether this match may speak.
    pub fn passes(&mut self, rule: RuleId, threshold: &Threshold, tracked: Option<IpAddr>, ts: Timestamp) -> bool {
        if self.counted.len() >= MAX_COUNTED {
            self.counted.clear();
        }
        let (start, count) = self.counted.entry((rule, tracked)).or_insert((ts, 0));
        if ts.since(*start) >= Duration::from_secs(u64::from(threshold.seconds)) {
            (*start, *count) = (ts, 0);
        }
        *count += 1;
        match threshold.kind {
            ThresholdKind::Limit => *count <= threshold.count,
            ThresholdKind::Threshold => *count % threshold.count == 0,
            ThresholdKind::Both => *count == threshold.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spoken(text: &str, at: &[u64]) -> Vec<u64> {
        let threshold = Threshold::parse(text).unwrap();
        let mut thresholds = Thresholds::default();
        let rule = RuleId { gid: 1, sid: 1, rev: 1 };
        at.iter().copied().filter(|s| thresholds.passes(rule, &threshold, None, Timestamp::from_parts(*s, 0))).collect()
    }

    #[test]
    fn each_type_counts_its_own_way() {
        let at = [0, 1, 2, 3, 4, 5, 61, 62];
        assert_eq!(spoken("type limit, track by_src, count 2, seconds 60", &at), [0, 1, 61, 62]);
        assert_eq!(spoken("type threshold,track by_src,count 3,seconds 60", &at), [2, 5]);
        assert_eq!(spoken("type both , track by_dst, count 2, seconds 60", &at), [1, 62]);
    }
}
