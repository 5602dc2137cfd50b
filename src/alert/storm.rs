//! Too many new alerts of one detection within a minute are one alert: a storm. What it folded is its count.

use std::time::Duration;

use crate::event::{Endpoint, Finding, FindingSource, Map, Reason, Service, Timestamp, Transport};

/// So many new alerts of one detection within a minute are as many as anybody reads.
const NEW_ALERTS: u32 = 300;
const MINUTE: Duration = Duration::from_secs(60);
/// Detections and rules that are counted at one time.
const MAX_SOURCES: usize = 10_000;

/// How many new alerts each detection and rule had lately.
#[derive(Default)]
pub(super) struct Storms {
    counts: Map<FindingSource, (Timestamp, u32)>,
}

impl Storms {
    /// Counts one more new act, and says whether there are too many.
    pub fn is_one(&mut self, finding: &Finding) -> bool {
        if self.counts.len() >= MAX_SOURCES && !self.counts.contains_key(&finding.source) {
            self.counts.clear();
        }
        let (since, count) = self.counts.entry(finding.source.clone()).or_insert((finding.ts, 0));
        if finding.ts.since(*since) > MINUTE {
            (*since, *count) = (finding.ts, 0);
        }
        *count = count.saturating_add(1);
        *count > NEW_ALERTS
    }

    /// The act of everybody together.
    pub fn fold(finding: Finding) -> Finding {
        let nobody = || Endpoint { ip: None, port: 0, mac: None };
        let mut folded = Finding {
            service: Service::Port(Transport::Ip, 0),
            act: "storm".to_owned(),
            reasons: vec![Reason::new("reason.storm")],
            learnable: false,
            flow: None,
            ..finding
        };
        (folded.ends.client, folded.ends.server) = (nobody(), nobody());
        folded
    }
}
