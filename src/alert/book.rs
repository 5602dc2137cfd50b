use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::model::{Alert, Closing, Packets, PacketsLost, Party, State};
use super::quiet::Quiet;
use super::storm::Storms;
use crate::event::{Ends, Finding, FindingSource, Map, Service, Timestamp, hex};
use crate::inventory::{Address, Inventory};

/// Alerts held in memory; past this the longest closed ones leave it first (the store still has them).
const MAX_ALERTS: usize = 20_000;
/// Stories that may go on at one time.
const MAX_STORIES: usize = 10_000;

/// All alerts, and which one an act belongs to.
#[derive(Default)]
pub struct AlertBook {
    /// In the order of their first finding.
    alerts: BTreeMap<u64, Alert>,
    by_id: Map<String, u64>,
    open: Map<Act, u64>,
    /// Engineering acts of one station on one controller: the incident, and when it last went on.
    stories: Map<(Address, Address), (String, Timestamp)>,
    next: u64,
    storms: Storms,
    /// What shall not become alerts.
    quiet: Quiet,
    /// Acts not taken in because every alert in memory was open.
    refused: u64,
}

/// What makes findings the same act.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize)]
struct Act {
    source: FindingSource,
    client: Address,
    server: Address,
    service: Service,
    act: String,
}

/// What became of a finding or an order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Update {
    New(String),
    Repeated(String),
    /// A person acknowledged or closed it.
    Moved(String),
    /// Its packets have been written, or are lost.
    Proven(String),
}

impl AlertBook {
    /// Alerts are held back as this says.
    pub fn with_quiet(quiet: Quiet) -> Self {
        AlertBook { quiet, ..AlertBook::default() }
    }

    pub fn quiet(&self) -> &Quiet {
        &self.quiet
    }

    pub fn quiet_mut(&mut self) -> &mut Quiet {
        &mut self.quiet
    }

    /// Takes a finding in; `None` where it is held back or the book is full of open alerts.
    ///
    /// A part of a story goes to the incident of the parts before it, if the last one is no longer ago than `story`.
    pub fn take(&mut self, finding: Finding, inventory: &Inventory, story: Option<Duration>) -> Option<Update> {
        if self.quiet.holds_back(&finding) {
            return None;
        }
        let mut finding = finding;
        let mut act = Act::of(&finding);
        if !self.open.contains_key(&act) && self.storms.is_one(&finding) {
            finding = Storms::fold(finding);
            act = Act::of(&finding);
        }
        let (pair, ts) = ((act.client, act.server), finding.ts);
        let update = self.fold(act, finding, inventory)?;
        if let (Update::New(id) | Update::Repeated(id), Some(within)) = (&update, story) {
            self.join(id, pair, ts, within);
        }
        Some(update)
    }

    fn join(&mut self, id: &str, pair: (Address, Address), ts: Timestamp, within: Duration) {
        if self.stories.len() >= MAX_STORIES && !self.stories.contains_key(&pair) {
            self.stories.retain(|_, (_, last)| ts.since(*last) <= within);
        }
        if self.stories.len() >= MAX_STORIES && !self.stories.contains_key(&pair) {
            return;
        }
        let fresh = || (id.to_owned(), ts);
        let story = self.stories.entry(pair).or_insert_with(fresh);
        if ts.since(story.1) > within {
            *story = fresh();
        }
        story.1 = story.1.max(ts);
        let incident = story.0.clone();
        if let Some(alert) = self.get_mut(id).filter(|alert| alert.incident.is_none()) {
            alert.incident = Some(incident);
        }
    }

    fn fold(&mut self, act: Act, finding: Finding, inventory: &Inventory) -> Option<Update> {
        if let Some(alert) = self.open.get(&act).and_then(|place| self.alerts.get_mut(place)) {
            alert.repeat(finding);
            return Some(Update::Repeated(alert.id.clone()));
        }
        if self.alerts.len() >= MAX_ALERTS && !self.drop_oldest_closed() {
            self.refused += 1;
            return None;
        }
        let id = self.id(&act, &finding);
        let party = |end, ends: &Ends| Party::of(end, inventory.find(&ends.vlans, end));
        let client = party(&finding.ends.client, &finding.ends);
        let server = party(&finding.ends.server, &finding.ends);
        self.insert(act, Alert::new(id.clone(), finding, client, server));
        Some(Update::New(id))
    }

    /// Puts back an alert that was stored before a restart.
    pub fn restore(&mut self, alert: Alert) {
        let act = Act {
            source: alert.source.clone(),
            client: address(alert.client.as_ref()),
            server: address(alert.server.as_ref()),
            service: alert.service,
            act: alert.act.clone(),
        };
        let has_room = self.alerts.len() < MAX_ALERTS || self.drop_oldest_closed();
        if has_room && !self.by_id.contains_key(&alert.id) {
            self.insert(act, alert);
        }
    }

    pub fn get(&self, id: &str) -> Option<&Alert> {
        self.by_id.get(id).and_then(|place| self.alerts.get(place))
    }

    /// In the order of their first finding.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Alert> {
        self.alerts.values()
    }

    pub fn refused(&self) -> u64 {
        self.refused
    }

    pub fn acknowledge(&mut self, id: &str) -> Option<Update> {
        let alert = self.get_mut(id)?;
        if alert.state == State::New {
            alert.state = State::Acknowledged;
        }
        Some(Update::Moved(id.to_owned()))
    }

    pub fn close(&mut self, id: &str, closing: Closing, comment: Option<String>) -> Option<Update> {
        let alert = self.get_mut(id)?;
        alert.state = State::Closed;
        alert.closing = Some(closing);
        alert.comment = comment.or(alert.comment.take());
        let place = *self.by_id.get(id)?;
        self.open.retain(|_, open| *open != place);
        Some(Update::Moved(id.to_owned()))
    }

    /// Changes what a person says of an alert.
    pub fn amend(&mut self, id: &str, change: impl FnOnce(&mut Alert)) -> Option<Update> {
        change(self.get_mut(id)?);
        Some(Update::Moved(id.to_owned()))
    }

    /// Writes down which rows "this is normal" taught.
    pub fn note_learnt(&mut self, id: &str, rows: Vec<String>) {
        if let Some(alert) = self.get_mut(id) {
            alert.learnt.extend(rows);
        }
    }

    /// Names the alert's evidence file, or says why there is none.
    pub fn attach(&mut self, id: &str, packets: Result<Packets, PacketsLost>) -> Option<Update> {
        let alert = self.get_mut(id)?;
        (alert.packets, alert.packets_lost) = match packets {
            Ok(packets) => (Some(packets), None),
            Err(lost) => (None, Some(lost)),
        };
        Some(Update::Proven(id.to_owned()))
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Alert> {
        self.by_id.get(id).and_then(|place| self.alerts.get_mut(place))
    }

    fn insert(&mut self, act: Act, alert: Alert) {
        let place = self.next;
        self.next += 1;
        self.by_id.insert(alert.id.clone(), place);
        if alert.state != State::Closed {
            self.open.insert(act, place);
        }
        self.alerts.insert(place, alert);
    }

    fn drop_oldest_closed(&mut self) -> bool {
        if self.open.len() >= self.alerts.len() {
            // Under a flood this is asked for every finding: no search for what is not there.
            return false;
        }
        let oldest = self.alerts.iter().find(|(_, alert)| alert.state == State::Closed).map(|(place, _)| *place);
        let dropped = oldest.and_then(|place| self.alerts.remove(&place));
        dropped.is_some_and(|alert| self.by_id.remove(&alert.id).is_some())
    }

    /// By what, who, and when first: known before anything is stored, equal in every run.
    fn id(&self, act: &Act, finding: &Finding) -> String {
        let name = serde_json::to_vec(act).unwrap_or_default();
        let mut hash = Sha256::new();
        hash.update(name);
        hash.update(finding.ts.nanos().to_be_bytes());
        let mut id = hex(&hash.finalize()[..8]);
        // The same act closed and opened anew within one time stamp.
        while self.by_id.contains_key(&id) {
            id = hex(&Sha256::digest(id.as_bytes())[..8]);
        }
        id
    }
}

impl Act {
    fn of(finding: &Finding) -> Self {
        let address = |end: &crate::event::Endpoint| Address::of(end.ip, end.mac);
        Act {
            source: finding.source.clone(),
            client: address(&finding.ends.client),
            server: address(&finding.ends.server),
            service: finding.service,
            act: finding.act.clone(),
        }
    }
}

fn address(party: Option<&Party>) -> Address {
    party.map_or(Address::Unknown, |party| Address::of(party.ip, party.mac))
}
