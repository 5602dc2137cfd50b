//! What shall not become alerts: detections and rules that are switched off, and what a person wants to hear no more of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Finding, Set, Timestamp};
use crate::inventory::Address;

/// Suppressions that there may be; each finding is compared with all of them.
const MAX_SUPPRESSIONS: usize = 500;
/// Switches that a person may have turned.
const MAX_SWITCHES: usize = 20_000;

/// Decides which findings are held back; what people decided is stored, what the configuration says is not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Quiet {
    /// By name of the source: what a person switched on or off.
    switches: BTreeMap<String, bool>,
    suppressions: Vec<Suppression>,
    next: u64,
    /// Off by default or by configuration, where no person said otherwise.
    #[serde(skip)]
    off: Set<String>,
}

/// A person wants to hear no more of something: of what, between whom, why, and until when.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Suppression {
    pub id: u64,
    /// Detection id, `gid:sid` of a rule, or name of a YARA rule.
    pub source: String,
    /// Everybody where there is none.
    #[schema(value_type = Option<String>)]
    pub client: Option<Address>,
    #[schema(value_type = Option<String>)]
    pub server: Option<Address>,
    pub reason: String,
    /// For good where there is none.
    pub until: Option<Timestamp>,
    pub user: String,
    pub created: Timestamp,
    /// Findings held back so far, and when the last one was.
    #[serde(default)]
    pub held_back: u64,
    #[serde(default)]
    pub last: Option<Timestamp>,
}

impl Suppression {
    fn covers(&self, name: &str, finding: &Finding) -> bool {
        let is = |wanted: Option<Address>, end: &crate::event::Endpoint| {
            wanted.is_none_or(|wanted| {
                end.ip.map(Address::Ip) == Some(wanted) || end.mac.map(Address::Mac) == Some(wanted)
            })
        };
        self.source == name
            && self.until.is_none_or(|until| finding.ts < until)
            && is(self.client, &finding.ends.client)
            && is(self.server, &finding.ends.server)
    }
}

impl Quiet {
    /// Detections that do not speak by default or by the configuration.
    pub fn configure(&mut self, off: impl IntoIterator<Item = String>) {
        self.off = off.into_iter().collect();
    }

    /// Whether a detection or rule of this name speaks.
    pub fn speaks(&self, name: &str) -> bool {
        self.switches.get(name).copied().unwrap_or_else(|| !self.off.contains(name))
    }

    /// Switches a detection or rule; false where there are too many switches.
    pub fn switch(&mut self, name: String, on: bool) -> bool {
        if self.switches.len() >= MAX_SWITCHES && !self.switches.contains_key(&name) {
            return false;
        }
        if on && !self.off.contains(&name) {
            // As it came: nothing to remember.
            self.switches.remove(&name);
        } else {
            self.switches.insert(name, on);
        }
        true
    }

    /// The latest first.
    pub fn suppressions(&self) -> impl Iterator<Item = &Suppression> {
        self.suppressions.iter().rev()
    }

    /// Gives the suppression its number; `None` where there are too many.
    pub fn suppress(&mut self, suppression: Suppression) -> Option<u64> {
        if self.suppressions.len() >= MAX_SUPPRESSIONS {
            return None;
        }
        self.next += 1;
        self.suppressions.push(Suppression { id: self.next, ..suppression });
        Some(self.next)
    }

    /// Takes a suppression back.
    pub fn speak_again(&mut self, id: u64) -> Option<Suppression> {
        let place = self.suppressions.iter().position(|suppression| suppression.id == id)?;
        Some(self.suppressions.remove(place))
    }

    /// Whether a finding shall not become an alert; counts it where a suppression says so.
    pub(super) fn holds_back(&mut self, finding: &Finding) -> bool {
        if self.switches.is_empty() && self.off.is_empty() && self.suppressions.is_empty() {
            return false;
        }
        let name = finding.source.name();
        if !self.speaks(&name) {
            return true;
        }
        let Some(found) = self.suppressions.iter_mut().find(|one| one.covers(&name, finding)) else { return false };
        found.held_back += 1;
        found.last = Some(finding.ts);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Endpoint, Ends, Evidence, FindingSource, Service, Severity, Transport};

    fn finding(server: &str, second: u64) -> Finding {
        let end = |ip: &str| Endpoint { ip: ip.parse().ok(), port: 0, mac: None };
        Finding {
            ts: Timestamp::from_parts(second, 0),
            source: FindingSource::Detection { id: "S7-03".into() },
            severity: Severity::High,
            service: Service::Port(Transport::Tcp, 102),
            flow: None,
            ends: Ends { vlans: Default::default(), client: end("10.1.1.5"), server: end(server) },
            outcome: None,
            class: None,
            act: String::new(),
            reasons: Vec::new(),
            evidence: Evidence::default(),
            learnable: false,
        }
    }

    #[test]
    fn a_suppression_holds_back_within_its_scope_and_time_and_counts() {
        let mut quiet = Quiet::default();
        let suppression = Suppression {
            id: 0,
            source: "S7-03".to_owned(),
            client: None,
            server: Some(Address::Ip("10.1.1.20".parse().unwrap())),
            reason: "commissioning".to_owned(),
            until: Some(Timestamp::from_parts(100, 0)),
            user: "li".to_owned(),
            created: Timestamp::ZERO,
            held_back: 0,
            last: None,
        };
        let id = quiet.suppress(suppression).unwrap();
        assert!(quiet.holds_back(&finding("10.1.1.20", 99)));
        assert!(!quiet.holds_back(&finding("10.1.1.21", 99)), "another machine");
        assert!(!quiet.holds_back(&finding("10.1.1.20", 100)), "the time is over");
        assert_eq!(quiet.suppressions().next().map(|one| one.held_back), Some(1));
        assert_eq!(quiet.speak_again(id).map(|one| one.id), Some(id));
        assert!(!quiet.holds_back(&finding("10.1.1.20", 99)));
    }

    #[test]
    fn a_switch_of_a_person_stands_above_the_configuration() {
        let mut quiet = Quiet::default();
        quiet.configure(["MB-01".to_owned()]);
        assert!(!quiet.speaks("MB-01") && quiet.speaks("MB-02"));
        quiet.switch("MB-01".to_owned(), true);
        quiet.switch("MB-02".to_owned(), false);
        assert!(quiet.speaks("MB-01") && !quiet.speaks("MB-02"));
        let mut again: Quiet = serde_json::from_str(&serde_json::to_string(&quiet).unwrap()).unwrap();
        again.configure(["MB-01".to_owned()]);
        assert!(again.speaks("MB-01") && !again.speaks("MB-02"), "a restart keeps what people decided");
        again.switch("MB-02".to_owned(), true);
        assert!(again.speaks("MB-02"));
    }
}
