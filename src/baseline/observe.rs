//! An event against what is normal: learn from it, or say how it deviates.

use std::collections::BTreeSet;

use smallvec::{SmallVec, smallvec};

use super::host::HostRow;
use super::model::{Baseline, CardRow, Deviation, FunctionRow, LinkRow, Practice, SharedFacts, Verdict};
use super::news::News;
use super::policy::{Profile, Spoken};
use super::row::{Origin, RowId, Written};
use super::spaces::Spaces;
use super::stage::{Scenario, Stage};
use super::values::{self, Sampled, Strange};
use super::writers::WritersRow;
use crate::event::{
    Class, Event, EventKind, Evidence, Fact, FactKind, FlowReport, Habit, MacAddr, NetworkService, Notice, Object,
    ObjectKey, Operation, Outcome, Protocol, Service, Session, Sighting, SightingKind, Timestamp, Transport, Unit,
};
use crate::inventory::{Address, LinkKey};

/// Links that are kept; beyond, the oldest knowledge stays and the rest is news for ever.
const MAX_LINKS: usize = 100_000;
/// Hosts that are kept.
const MAX_HOSTS: usize = 100_000;
/// Functions of one link, spaces of one function.
const MAX_ROWS: usize = 65_536;
/// Cards of one IP address: a router pair, a team of cards.
const MAX_CARDS: usize = 8;
/// Devices that learn at one time while the rest watches.
const MAX_LATE: usize = 1024;
/// Points of all links together.
const MAX_POINTS: usize = 2_000_000;
/// Spaces of which it is known who writes them.
const MAX_WRITTEN: usize = 200_000;
/// Reads remembered as sampled.
const MAX_SAMPLED: usize = 1 << 20;

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
    fn begin_late(&mut self, address: Address, ts: Timestamp) {
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

    fn sighting(&mut self, sighting: &Sighting, event: &Event) -> Verdict {
        let address = Address::of(sighting.ip, sighting.mac);
        if !self.inside.holds(&address) || sighting.how == SightingKind::Broadcast {
            return Verdict::default();
        }
        let known = self.hosts.contains_key(&address);
        let mut result = Verdict { normal: known, ..Verdict::default() };
        if !known {
            let room = self.hosts.len() < MAX_HOSTS;
            let learns = room && self.learns(Scenario::Hosts, event.ts, [&address; 2]);
            if learns || (room && self.rule.trusts_new) {
                self.hosts.insert(address, HostRow::new(event));
                self.note(RowId::Host(address), event.ts, address);
            }
            if !learns && room && self.rule.trusts_new {
                self.begin_late(address, event.ts);
            }
            result = verdict(learns, Deviation::Host);
        }
        if let (Some(ip), Some(mac)) = (sighting.ip, sighting.mac) {
            let deviates = self.card(sighting, (ip, mac), event);
            // A new device has been told as such.
            result.learnt |= deviates == Some(None);
            result.deviations.extend(deviates.flatten().filter(|_| known));
            result.normal &= deviates.is_none_or(|deviation| deviation.is_none());
        }
        result
    }

    /// What a machine does for the whole network is a habit of that machine. Any machine answers for its own name.
    fn serves(&mut self, event: &Event, what: NetworkService) -> Verdict {
        let client = &event.ends.client;
        let address = Address::of(client.ip, client.mac);
        if what == NetworkService::Name || !self.inside.holds(&address) {
            return Verdict::default();
        }
        if self.hosts.get(&address).is_some_and(|row| row.serves.contains(&what)) {
            return Verdict { normal: true, ..Verdict::default() };
        }
        let room = self.hosts.contains_key(&address) || self.hosts.len() < MAX_HOSTS;
        let learns = room && self.learns(Scenario::Hosts, event.ts, [&address; 2]);
        if learns {
            self.hosts.entry(address).or_insert_with(|| HostRow::new(event)).serves.insert(what);
            self.note(RowId::Host(address), event.ts, address);
        }
        verdict(learns, Deviation::Serves(what))
    }

    /// `None` where the pair is known, `Some(None)` where it was learnt.
    fn card(
        &mut self,
        sighting: &Sighting,
        (ip, mac): (std::net::IpAddr, MacAddr),
        event: &Event,
    ) -> Option<Option<Deviation>> {
        let key = (sighting.vlans.clone(), ip);
        let address = Address::Ip(ip);
        let row = self.cards.get(&key);
        if row.is_some_and(|row| row.macs.contains(&mac)) {
            return None;
        }
        let before = row.and_then(|row| row.macs.last().copied());
        let has_room = row.map_or(self.cards.len() < MAX_HOSTS, |row| row.macs.len() < MAX_CARDS && !row.host.locked);
        // Whose first card it is belongs to whether the device is known at all.
        let first = before.is_none() && self.hosts.contains_key(&address);
        if has_room && (first || self.learns(Scenario::Addresses, event.ts, [&address; 2])) {
            let new = || CardRow { macs: SmallVec::new(), host: HostRow::new(event) };
            self.cards.entry(key).or_insert_with(new).macs.push(mac);
            self.note(RowId::Cards(sighting.vlans.clone(), ip), event.ts, address);
            return Some(None);
        }
        Some(before.map(|before| Deviation::Card { before }))
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
        verdict(learns, Deviation::Link { client_known, server_known })
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
    fn row(&mut self, key: &LinkKey, event: &Event) -> &mut LinkRow {
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

    fn operation(&mut self, event: &Event, operation: &Operation) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let function = operation.function.key();
        let mut verdict = Verdict::default();
        let place = self.index.get(&key).and_then(|i| Some((*i, self.links[*i].find(unit, function)?)));
        let Some((link, row)) = place else {
            let mut verdict = self.new_function(&key, unit, event, operation);
            self.written(&key, unit, event, operation, &mut verdict);
            if verdict.normal {
                self.values(&key, event, operation, &mut Verdict::default());
                if let Some(link) = self.index.get(&key).copied()
                    && let Some(row) = self.links[link].find(unit, function)
                {
                    self.came(link, row, event, operation);
                }
            }
            return verdict;
        };
        let news = self.links[link].functions[row].unknown_items(operation);
        if !news.is_empty() {
            let locked = self.links[link].functions[row].locked;
            let learns = !locked
                && (self.is_shared(&key, operation)
                    || self.learns(Scenario::Objects, event.ts, [&key.client, &key.server]));
            if learns {
                self.learn_items(link, row, event, operation);
                verdict.learnt = true;
            } else {
                verdict.deviations.extend(news);
            }
        }
        let known = &mut self.links[link].functions[row];
        known.count += 1;
        known.last = known.last.max(event.ts);
        self.came(link, row, event, operation);
        self.written(&key, unit, event, operation, &mut verdict);
        if verdict.deviations.is_empty() {
            self.values(&key, event, operation, &mut verdict);
        }
        verdict.normal = verdict.deviations.is_empty();
        verdict
    }

    fn new_function(&mut self, key: &LinkKey, unit: u64, event: &Event, operation: &Operation) -> Verdict {
        let link = self.link(key);
        let deviation = Deviation::Function {
            link_known: link.is_some(),
            may_write: link.is_some_and(|link| link.may_write(unit)),
        };
        let locked = link.is_some_and(|link| link.locked);
        let ends = [&key.client, &key.server];
        let late = ends.into_iter().any(|end| self.late.contains_key(end));
        // A link that may not be learnt any more teaches no functions either.
        let watched = !self.stage_at(Scenario::Links, ends).is_learning();
        let closed = link.is_none() && watched && !late && self.accepting.is_none();
        let learns = !locked
            && ((link.is_some() && self.is_shared(key, operation))
                || (!closed && self.learns(Scenario::Functions, event.ts, ends)));
        if learns {
            let row = FunctionRow::new(unit, operation, event);
            let link = self.row(key, event);
            if link.functions.len() < MAX_ROWS {
                link.functions.push(row);
                let row = link.functions.len() - 1;
                let link = self.index.get(key).copied().unwrap_or_default();
                self.note(RowId::Function(key.clone(), unit, operation.function.key()), event.ts, key.client);
                self.learn_items(link, row, event, operation);
            }
        }
        verdict(learns, deviation)
    }

    fn learn_items(&mut self, link: usize, row: usize, event: &Event, operation: &Operation) {
        let link_row = &mut self.links[link];
        let key = link_row.key.clone();
        let function = &mut link_row.functions[row];
        let mut learnt = Vec::new();
        for object in operation.items.iter().filter_map(|item| item.object.as_ref()) {
            let place = object.key();
            if function.spaces.len() >= MAX_ROWS && function.spaces.get(place.space).is_none() {
                continue;
            }
            let space = function.spaces.row(place.space, || object.space_name());
            if !space.locked && space.addresses.insert(place.start, place.length) {
                learnt.push((place, RowId::Object(key.clone(), function.unit, function.function, place.space)));
            }
        }
        let zone = self.policy.adaptive(&key.client, &key.server);
        let function = self.links[link].functions[row].function;
        if let Some(zone) = zone {
            self.shared.functions.insert((zone, key.service, function));
        }
        let mut last = None;
        for (place, row) in learnt {
            if let Some(zone) = zone {
                let shared = (zone, key.service, function, place.space);
                self.shared.spaces.entry(shared).or_default().insert(place.start, place.length);
            }
            if last.as_ref() != Some(&row) {
                self.note(row.clone(), event.ts, key.client);
                last = Some(row);
            }
        }
    }

    /// The same was seen on another link of the same adaptive zone.
    fn is_shared(&self, key: &LinkKey, operation: &Operation) -> bool {
        let Some(zone) = self.policy.adaptive(&key.client, &key.server) else { return false };
        let function = operation.function.key();
        let mut objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
        self.shared.functions.contains(&(zone, key.service, function))
            && objects.all(|object| {
                let space = self.shared.spaces.get(&(zone, key.service, function, object.space));
                space.is_some_and(|addresses| addresses.contains(object.start, object.length))
            })
    }

    /// Who writes this, and whether he is one of those who do.
    fn written(&mut self, key: &LinkKey, unit: u64, event: &Event, operation: &Operation, verdict: &mut Verdict) {
        if operation.class != Class::Write || !operation.request_seen || operation.outcome == Outcome::Refused {
            return;
        }
        let objects = operation.items.iter().enumerate().filter_map(|(item, of)| Some((item, of.object.as_ref()?)));
        for (item, object) in objects {
            let place = object.key();
            let written = Written::of(key, unit, place);
            let row = self.writers.get_mut(&written);
            if let Some(row) = row.filter(|row| row.writes(&key.client, place)) {
                row.count += 1;
                row.last = row.last.max(event.ts);
                continue;
            }
            let row = self.writers.get(&written);
            let other = row.and_then(|row| row.other(&key.client, place));
            let room = row.map_or(self.writers.len() < MAX_WRITTEN, |row| !row.host.locked);
            // Where one of an adaptive zone writes, all of it may.
            let shared = other.is_some() && self.policy.adaptive(&key.client, &key.server).is_some();
            let learns = room && (shared || self.learns(Scenario::Writers, event.ts, [&key.client, &key.server]));
            if !learns {
                // That nobody ever wrote it is told by whoever knows the objects.
                verdict.deviations.extend(other.map(|by| Deviation::Writer { item, by }));
                verdict.normal &= other.is_none();
                continue;
            }
            let new = || WritersRow::new(object.space_name(), HostRow::new(event));
            let row = self.writers.entry(written.clone()).or_insert_with(new);
            row.count += 1;
            row.last = event.ts;
            if row.learn(key.client, place) {
                verdict.learnt = true;
                self.note(RowId::Writers(written), event.ts, key.client);
            }
        }
    }

    /// Looks at the values of a known act: at those that are read once in a while, at those that are written each time
    /// while anything is learnt, and then at whatever is not one of a few that are always written.
    fn values(&mut self, key: &LinkKey, event: &Event, operation: &Operation, verdict: &mut Verdict) {
        let writes = operation.class == Class::Write;
        let reads = matches!(operation.class, Class::Read | Class::Subscribe);
        let failed = matches!(operation.outcome, Outcome::Refused | Outcome::Unsolicited | Outcome::Mismatched);
        if !(writes || reads) || (reads && (failed || !self.is_due(key, event, operation))) {
            return;
        }
        let least = values::least(operation.class);
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let function = operation.function.key();
        let Some(link) = self.index.get(key).copied() else { return };
        let Some(row) = self.links[link].find(unit, function) else { return };
        let late = [key.client, key.server].iter().any(|end| self.late.contains_key(end));
        let learning = late || (self.accepting.is_none() && self.is_open(Scenario::Values, [&key.client, &key.server]));
        for Sampled { item, space, place, value } in values::samples(operation) {
            let space_row = self.links[link].functions[row].spaces.get(space);
            let point = space_row.and_then(|row| row.points.get(place));
            // Whoever counts the known tells one written value from another: one of a few that are written all the time
            // need not be told again.
            verdict.watched |= writes && (learning || !point.is_some_and(|point| point.few.contains(&value)));
            let Some(locked) = space_row.map(|row| row.locked) else { continue };
            let news = point.is_none_or(|point| point.is_strange(value, least));
            // "This is normal" writes what was missing and no more.
            let grows = learning || (self.accepting.is_some() && point.is_some());
            if let (true, false, Some(point)) = (news, grows && !locked, point) {
                let few = matches!(point.kind(), values::Kind::Few | values::Kind::Heartbeat);
                let (low, high) = (point.low, point.high);
                verdict.deviations.push(Deviation::Value(Strange { item, place, value, low, high, few }));
            }
            let full = point.is_none() && self.sums.points >= MAX_POINTS;
            if locked || !grows || (writes && failed) || full {
                continue;
            }
            if news && self.learns(Scenario::Values, event.ts, [&key.client, &key.server]) {
                self.note(RowId::Value(key.clone(), unit, function, space, place), event.ts, key.client);
            }
            if let Some(space) = self.links[link].functions[row].spaces.get_mut(space) {
                let before = space.points.len();
                space.points.learn(place, value, least);
                self.sums.points += space.points.len() - before;
            }
        }
    }

    /// The first read of its kind in a slot of time: the same one in every run, whatever workers hold back.
    fn is_due(&mut self, key: &LinkKey, event: &Event, operation: &Operation) -> bool {
        use std::hash::BuildHasher;
        let objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
        let objects: SmallVec<[_; 8]> = objects.collect();
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let hash = self.sampled.hasher().hash_one((key, unit, operation.function.key(), objects));
        let slot = event.ts.slot();
        if self.sampled.len() >= MAX_SAMPLED {
            self.sampled.clear();
        }
        let is_due = self.sampled.get(&hash).is_none_or(|last| event.ts.begins_slot_after(*last));
        if is_due {
            self.sampled.insert(hash, slot);
        }
        is_due
    }

    fn practices(&mut self, event: &Event, mut practices: SmallVec<[Practice; 2]>) -> Verdict {
        if practices.is_empty() {
            return Verdict::default();
        }
        let key = LinkKey::of(&event.ends, event.service);
        if let Some(link) = self.link(&key) {
            practices.retain(|practice| !link.practices.contains(practice));
        }
        if practices.is_empty() {
            return Verdict { normal: true, ..Verdict::default() };
        }
        let learns = self.learns(Scenario::Functions, event.ts, [&key.client, &key.server]);
        if learns {
            let row = self.row(&key, event);
            let room = MAX_ROWS.saturating_sub(row.practices.len());
            row.practices.extend(practices.into_iter().take(room));
            return Verdict { learnt: true, normal: true, ..Verdict::default() };
        }
        let deviations = practices.into_iter().map(Deviation::Practice).collect();
        Verdict { deviations, ..Verdict::default() }
    }

    /// What changes something is told where nobody works now.
    fn off_hours(&self, event: &Event, verdict: &mut Verdict) {
        let EventKind::Operation(operation) = &event.kind else { return };
        let changes = operation.class == Class::Write || operation.class.always_crosses();
        if !changes || self.policy.zones.is_empty() || self.accepting.is_some() {
            return;
        }
        let key = LinkKey::of(&event.ends, event.service);
        let machines = [&key.client, &key.server];
        let guarded = machines
            .into_iter()
            .any(|machine| self.policy.zone_of(machine).is_some_and(|(_, zone)| !zone.hours.is_empty()));
        // It must be told again, for the hour may be another one then.
        verdict.watched |= guarded;
        if guarded && verdict.deviations.is_empty() && self.policy.is_off_hours(event.ts, machines) {
            verdict.deviations.push(Deviation::Hour);
            verdict.normal = false;
        }
    }

    /// Takes out what the profile leaves unsaid and what somebody permitted for now.
    fn silence(&self, event: &Event, verdict: &mut Verdict) {
        let (client, server) = match &event.kind {
            EventKind::Sighting(sighting) => (Address::of(sighting.ip, sighting.mac), Address::Unknown),
            _ => {
                let key = LinkKey::of(&event.ends, event.service);
                (key.client, key.server)
            }
        };
        if self.policy.permits(event.ts, &client, &server, event.service) {
            verdict.deviations.clear();
            return;
        }
        let class = if let EventKind::Operation(operation) = &event.kind { Some(operation.class) } else { None };
        if let EventKind::Operation(operation) = &event.kind
            && self.policy.profile < Profile::High
            && self.is_masters_first_write(&LinkKey::of(&event.ends, event.service), operation)
        {
            verdict.deviations.clear();
        }
        let is_volume = matches!(&event.kind, EventKind::Habit(habit) if matches!(**habit, Habit::Volume { .. }));
        let spoken = |deviation: &Deviation| if is_volume { Spoken::Volume } else { spoken(deviation) };
        verdict.deviations.retain(|deviation| self.policy.speaks(spoken(deviation), class));
    }

    /// Nobody ever wrote to this server, and now the only machine that ever spoke to it writes what it reads all the time:
    /// an operator's first act at his own screen. Who else writes later is none of its writers.
    fn is_masters_first_write(&self, key: &LinkKey, operation: &Operation) -> bool {
        let writes =
            |link: &LinkRow| link.functions.iter().any(|row| row.class.always_crosses() || row.class == Class::Write);
        let others = |link: &LinkRow| link.key.client != key.client || link.key.service != key.service || writes(link);
        let Some(link) = self.link(key).filter(|_| operation.class == Class::Write && !operation.items.is_empty())
        else {
            return false;
        };
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let reads = |object: ObjectKey| {
            let mut rows = link.functions.iter().filter(|row| row.unit == unit && row.class == Class::Read);
            rows.any(|row| {
                let space = row.spaces.get(object.space);
                space.is_some_and(|space| space.addresses.contains(object.start, object.length))
            })
        };
        let mut items = operation.items.iter();
        items.all(|item| item.object.as_ref().is_some_and(|object| reads(object.key())))
            && !self.links_to(key.server).any(others)
    }

    /// Gathers anew what is normal anywhere in each adaptive zone.
    pub(super) fn share(&mut self) {
        let mut shared = SharedFacts::default();
        for link in &self.links {
            let key = &link.key;
            let Some(zone) = self.policy.adaptive(&key.client, &key.server) else { continue };
            shared.services.insert((zone, key.service));
            for row in &link.functions {
                shared.functions.insert((zone, key.service, row.function));
                for (space, space_row) in row.spaces.iter() {
                    let addresses = shared.spaces.entry((zone, key.service, row.function, space)).or_default();
                    for (start, end) in space_row.addresses.iter() {
                        let (start, length) = (u32::try_from(start), u32::try_from(end - start));
                        if let (Ok(start), Ok(length)) = (start, length) {
                            addresses.insert(start, length);
                        }
                    }
                }
            }
        }
        self.shared = shared;
    }
}

fn spoken(deviation: &Deviation) -> Spoken {
    match deviation {
        Deviation::Host | Deviation::Card { .. } | Deviation::Serves(_) => Spoken::Device,
        Deviation::Value(_) => Spoken::Value,
        Deviation::Habit => Spoken::Habit,
        _ => Spoken::Act,
    }
}

impl FunctionRow {
    fn new(unit: u64, operation: &Operation, event: &Event) -> Self {
        let Event { ts, evidence, .. }: &Event = event;
        let origin = |evidence: &Evidence| Some(Origin::of(evidence));
        FunctionRow {
            unit,
            function: operation.function.key(),
            name: operation.function.name.to_string(),
            class: operation.class,
            count: 1,
            first: *ts,
            last: *ts,
            spaces: Spaces::default(),
            polls: Vec::new(),
            origin: origin(evidence),
            locked: false,
        }
    }

    fn unknown_items(&self, operation: &Operation) -> SmallVec<[Deviation; 2]> {
        let mut unknown = SmallVec::new();
        for (item, object) in
            operation.items.iter().enumerate().filter_map(|(i, item)| Some((i, item.object.as_ref()?)))
        {
            let key = object.key();
            let space = self.spaces.get(key.space);
            if !space.is_some_and(|space| space.addresses.contains(key.start, key.length)) {
                unknown.push(Deviation::Object { item, space_known: space.is_some() });
            }
        }
        unknown
    }
}

fn verdict(learnt: bool, otherwise: Deviation) -> Verdict {
    let deviations = if learnt { SmallVec::new() } else { SmallVec::from_iter([otherwise]) };
    Verdict { deviations, learnt, normal: learnt, watched: false }
}

/// A controller says that it lets everybody write.
fn is_unprotected(fact: &Fact) -> bool {
    fact.kind == FactKind::Protection && fact.value.starts_with('1')
}

fn practices(session: &Session) -> SmallVec<[Practice; 2]> {
    match session {
        Session::OpcuaActivateSession(activate) if activate.accepted == Some(true) => {
            let anonymous = (activate.token == "anonymous").then_some(Practice::AnonymousSession);
            let unprotected = (activate.policy.as_deref() == Some("None")).then_some(Practice::Unprotected);
            anonymous.into_iter().chain(unprotected).collect()
        }
        Session::OpcuaClose(close) if close.channel && close.discovery_requests > 0 && close.other_requests == 0 => {
            smallvec![Practice::DiscoveryOnly]
        }
        Session::OpcuaOpenChannel(open) if open.has_weak_policy() => smallvec![Practice::WeakPolicy],
        Session::OpcuaEndpoints(offered) if offered.has_weak_way_in() => smallvec![Practice::WeakOffered],
        Session::OpcuaCreateSession(create) if create.accepted == Some(true) => {
            let name = format!("{}\n{}\n{}", create.application_uri, create.product_uri, create.application_name);
            smallvec![Practice::Application(ObjectKey::text(name.as_bytes(), 0).space)]
        }
        Session::CotpConnect(connect) if matches!(connect.role.as_deref(), Some("pg" | "es")) => {
            smallvec![Practice::ProgrammingDevice]
        }
        _ => smallvec![],
    }
}
