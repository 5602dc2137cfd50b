//! An event against what is normal: learn from it, or say how it deviates.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use super::model::{Baseline, Deviation, LinkRow, Practice, Verdict};
use super::news::News;
use super::practices::{is_unprotected, practices};
use super::row::{Origin, RowId};
use super::stage::{Scenario, Stage};
use crate::event::{Event, EventKind, FlowReport, MacAddr, Notice, Protocol, Service, Timestamp, Transport};
use crate::inventory::{Address, LinkKey};

/// Links that are kept; beyond, the oldest knowledge stays and the rest is news for ever.
const MAX_LINKS: usize = 100_000;
/// Devices that learn at one time while the rest watches.
const MAX_LATE: usize = 1024;

impl Baseline {
    /// Takes an event in: learns from it, or says how it deviates.
    pub fn observe(&mut self, event: &Event) -> Verdict {
        let mut verdict = match &event.kind {
            EventKind::Sighting(sighting) => self.sighting(sighting, event),
            EventKind::Flow(report) => self.flow(event, report),
            EventKind::Operation(operation) => self.operation(event, operation),
            EventKind::Session(session) => self.practices(event, practices(session)),
            EventKind::Identity(fact) if is_unprotected(fact) => {
                self.practices(event, smallvec![Practice::Unprotected])
            }
            EventKind::Notice(Notice::Serves(serving)) => self.serves(event, serving.what),
            EventKind::Habit(habit) => self.habit(event, habit),
            _ => Verdict::default(),
        };
        self.off_hours(event, &mut verdict);
        if !verdict.deviations.is_empty() {
            self.silence(event, &mut verdict);
        }
        verdict
    }

    /// Learns one event whatever the stage, for a person called it normal. Gives back the rows that were missing. A device
    /// that was called normal learns for its own time.
    pub fn accept(&mut self, event: &Event) -> Vec<RowId> {
        self.accepting = Some(Vec::new());
        self.observe(event);
        let rows = self.accepting.take().unwrap_or_default();
        if let (EventKind::Sighting(sighting), false) = (&event.kind, rows.is_empty()) {
            self.begin_late(Address::of(sighting.ip, sighting.mac), event.ts);
        }
        rows
    }

    /// A device appears later than the rest: it learns for a time of its own.
    pub(super) fn begin_late(&mut self, address: Address, ts: Timestamp) {
        let watches = |scenario| !self.stage_at(scenario, [&address; 2]).is_learning();
        let watching = watches(Scenario::Links) || watches(Scenario::Functions);
        if watching && self.late.len() < MAX_LATE {
            let mut stage = Stage { since: Some(ts), ..Stage::default() };
            stage.news(ts);
            self.late.insert(address, stage);
        }
    }

    /// Something of a scenario is new: learn it (true) or not. `by` is who does it, and to whom.
    pub(super) fn learns(&mut self, scenario: Scenario, ts: Timestamp, by: [&Address; 2]) -> bool {
        if self.accepting.is_some() {
            return true;
        }
        let stage = self.stage_at_mut(scenario, by);
        if stage.is_learning() {
            stage.news(ts);
            return true;
        }
        if let Some(link) = self.writing.clone() {
            self.begins_to_write(&link, ts);
            return true;
        }
        let late = by.into_iter().find(|address| self.late.contains_key(address));
        late.and_then(|address| self.late.get_mut(address)).map(|stage| stage.news(ts)).is_some()
    }

    pub(super) fn note(&mut self, row: RowId, ts: Timestamp, by: Address) {
        let accepted = self.accepting.is_some();
        if let Some(rows) = &mut self.accepting {
            rows.push(row.clone());
        }
        self.news.push(News { ts, row, by, accepted });
    }

    fn flow(&mut self, event: &Event, report: &FlowReport) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        let to_group = event.ends.server.mac.is_some_and(MacAddr::is_group);
        // Who asks for whose MAC address follows from who talks; it is no link of its own.
        if !report.settles() || report.transport == Transport::Arp || to_group || !key.is_between_machines() {
            return Verdict::default();
        }
        let port = event.ends.server.port;
        if let Some(link) = self.index.get(&key).copied() {
            let link = &mut self.links[link];
            link.last = link.last.max(event.ts);
            link.count += 1;
            link.ports.insert(port);
            return Verdict { normal: true, ..Verdict::default() };
        }
        if self.is_unread_known_link(&key, port) {
            return Verdict::default();
        }
        let (client_known, server_known) = (self.knows_host(&key.client), self.knows_host(&key.server));
        let shared = self.policy.adaptive(&key.client, &key.server);
        let is_shared = shared.is_some_and(|zone| self.shared.services.contains(&(zone, key.service)));
        let room = self.links.len() < MAX_LINKS;
        let learns = room && (is_shared || self.learns(Scenario::Links, event.ts, [&key.client, &key.server]));
        if learns {
            let row = self.row(&key, event);
            row.ports.insert(port);
            row.count += 1;
        }
        Verdict::of(learns, Deviation::Link { client_known, server_known })
    }

    /// A conversation of which too little was seen to tell its protocol, between two machines that are known to speak one
    /// on this port.
    fn is_unread_known_link(&self, key: &LinkKey, port: u16) -> bool {
        let speaks = |protocol| {
            let key = LinkKey { service: Service::App(protocol), ..key.clone() };
            self.link(&key).is_some_and(|link| link.ports.contains(&port))
        };
        key.service.protocol().is_none() && Protocol::ALL.into_iter().any(speaks)
    }

    /// The row of a link, made where there is none.
    pub(super) fn row(&mut self, key: &LinkKey, event: &Event) -> &mut LinkRow {
        if let Some(index) = self.index.get(key).copied() {
            return &mut self.links[index];
        }
        self.note(RowId::Link(key.clone()), event.ts, key.client);
        if let Some(zone) = self.policy.adaptive(&key.client, &key.server) {
            self.shared.services.insert((zone, key.service));
        }
        self.index.insert(key.clone(), self.links.len());
        self.by_server.entry(key.server).or_default().push(self.links.len());
        self.links.push(LinkRow {
            key: key.clone(),
            first: event.ts,
            last: event.ts,
            count: 0,
            ports: BTreeSet::new(),
            functions: Vec::new(),
            practices: BTreeSet::new(),
            order: None,
            volume: None,
            origin: Some(Origin::of(&event.evidence)),
            locked: false,
        });
        let last = self.links.len() - 1;
        &mut self.links[last]
    }
}

impl Verdict {
    /// Learnt, or not normal in this way.
    pub(super) fn of(learnt: bool, otherwise: Deviation) -> Self {
        let deviations = if learnt { SmallVec::new() } else { SmallVec::from_iter([otherwise]) };
        Verdict { deviations, learnt, normal: learnt, watched: false }
    }
}
