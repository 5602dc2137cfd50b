use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use smallvec::{SmallVec, smallvec};

use super::spaces::Spaces;
use super::stage::{LearningRule, Mode, Scenario, Stage};
use crate::event::{
    BehaviourKey, Class, Event, EventKind, FlowReport, FunctionKey, Map, ObjectKey, Operation, Protocol, Repeated,
    SCHEMA_VERSION, Service, Session, Set, Sighting, SightingKind, Timestamp, Transport, Unit,
};
use crate::inventory::{Address, LinkKey};

/// Links that are kept; beyond, the oldest knowledge stays and the rest is news for ever.
const MAX_LINKS: usize = 100_000;
/// Hosts that are kept.
const MAX_HOSTS: usize = 100_000;
/// Functions of one link, spaces of one function.
const MAX_ROWS: usize = 65_536;

/// Everything learnt, and how far learning has come.
pub struct Baseline {
    rule: LearningRule,
    stages: [Stage; Scenario::ALL.len()],
    hosts: Set<Address>,
    links: Vec<LinkRow>,
    index: Map<LinkKey, usize>,
    /// Which row the counts of a worker's cache belong to.
    counted: Map<(usize, BehaviourKey), Counted>,
}

/// What is normal on one link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LinkRow {
    #[serde(flatten)]
    pub key: LinkKey,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Server ports on which the protocol was found.
    #[serde(default)]
    pub ports: BTreeSet<u16>,
    pub functions: Vec<FunctionRow>,
    pub practices: BTreeSet<Practice>,
}

/// One function on one link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct FunctionRow {
    /// See [`Unit::key`].
    pub unit: u64,
    pub function: FunctionKey,
    pub name: String,
    pub class: Class,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub spaces: Spaces,
}

/// Habits of a link that are neither function nor object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Practice {
    /// OPC UA sessions without a user.
    AnonymousSession,
    /// OPC UA connections that only ask which endpoints or servers there are.
    DiscoveryOnly,
    /// S7 connections as a programming device or engineering station.
    ProgrammingDevice,
    /// OPC UA sessions on a channel without protection.
    Unprotected,
    /// OPC UA channels by a policy that is outdated.
    WeakPolicy,
    /// The OPC UA server offers no or outdated protection, or anonymous log-on.
    WeakOffered,
    /// Names an OPC UA client application: a hash of what it says it is.
    Application(u64),
}

/// What an event has to do with what is normal.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Verdict {
    /// Ways in which it is not normal, while watching.
    pub deviations: SmallVec<[Deviation; 2]>,
    /// It was new, and has been learnt.
    pub learnt: bool,
    /// The event is one that the baseline has an opinion on, and nothing about it is new any more.
    pub normal: bool,
}

impl Verdict {
    pub fn is_news(&self) -> bool {
        self.learnt || !self.deviations.is_empty()
    }

    pub fn has(&self, wanted: impl Fn(&Deviation) -> bool) -> bool {
        self.deviations.iter().any(wanted)
    }
}

/// One way of not being normal.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deviation {
    /// An address never seen.
    Host,
    /// Two known or unknown machines that never spoke this with each other.
    Link {
        client_known: bool,
        server_known: bool,
    },
    /// A function never used on this link and unit; whether the client ever wrote to this unit.
    Function {
        link_known: bool,
        may_write: bool,
    },
    /// An item (by its index) outside of what this function touched; whether its space is known.
    Object {
        item: usize,
        space_known: bool,
    },
    Practice(Practice),
}

/// A link by its index, or a function on it.
#[derive(Clone, Copy)]
enum Counted {
    Link(usize),
    Function(usize, u64, FunctionKey),
}

#[derive(Serialize, Deserialize)]
struct Snapshot {
    v: u32,
    stages: BTreeMap<Scenario, Stage>,
    hosts: BTreeSet<Address>,
    links: Vec<LinkRow>,
}

impl Baseline {
    pub fn new(rule: LearningRule) -> Self {
        Baseline {
            rule,
            stages: Default::default(),
            hosts: Set::default(),
            links: Vec::new(),
            index: Map::default(),
            counted: Map::default(),
        }
    }

    /// Takes an event in: learns from it, or says how it deviates.
    pub fn observe(&mut self, event: &Event) -> Verdict {
        match &event.kind {
            EventKind::Sighting(sighting) => self.sighting(sighting, event.ts),
            EventKind::Flow(report) => self.flow(event, report),
            EventKind::Operation(operation) => self.operation(event, operation),
            EventKind::Session(session) => self.session(event, session),
            _ => Verdict::default(),
        }
    }

    /// Remembers where to count what a worker will no longer send.
    pub fn will_count(&mut self, worker: usize, key: BehaviourKey, event: &Event) {
        let Some(link) = self.index.get(&LinkKey::of(&event.ends, event.service)).copied() else { return };
        let counted = match &event.kind {
            EventKind::Operation(operation) => {
                let unit = operation.unit.as_ref().map_or(0, Unit::key);
                Counted::Function(link, unit, operation.function.key())
            }
            _ => Counted::Link(link),
        };
        self.counted.insert((worker, key), counted);
    }

    /// Counts what a worker saw and did not send. Gives back the link where it was whole conversations.
    pub fn repeated(&mut self, worker: usize, repeated: &Repeated) -> Option<&LinkKey> {
        let counted = *self.counted.get(&(worker, repeated.key))?;
        let (Counted::Link(index) | Counted::Function(index, ..)) = counted;
        let link = self.links.get_mut(index)?;
        link.last = link.last.max(repeated.last);
        let Counted::Function(_, unit, function) = counted else { return Some(&link.key) };
        let row = link.functions.iter_mut().find(|row| row.unit == unit && row.function == function)?;
        row.count += repeated.count;
        row.last = row.last.max(repeated.last);
        None
    }

    /// A second with traffic is over; gives back the scenarios that turned to watching.
    pub fn tick(&mut self, ts: Timestamp) -> Vec<Scenario> {
        let rule = self.rule;
        Scenario::ALL.into_iter().filter(|scenario| self.stage_mut(*scenario).tick(ts, &rule)).collect()
    }

    pub fn stage(&self, scenario: Scenario) -> &Stage {
        &self.stages[scenario as usize]
    }

    pub fn rule(&self) -> &LearningRule {
        &self.rule
    }

    pub fn links(&self) -> &[LinkRow] {
        &self.links
    }

    pub fn link(&self, key: &LinkKey) -> Option<&LinkRow> {
        self.index.get(key).and_then(|i| self.links.get(*i))
    }

    /// An address that was learnt.
    pub fn knows_host(&self, address: &Address) -> bool {
        self.hosts.contains(address)
    }

    /// Learns one event whatever the stage: a person called it normal.
    pub fn accept(&mut self, event: &Event) {
        let modes = self.stages.each_ref().map(|stage| stage.mode);
        for stage in &mut self.stages {
            stage.mode = Mode::Learning;
        }
        self.observe(event);
        for (stage, mode) in self.stages.iter_mut().zip(modes) {
            stage.mode = mode;
        }
    }

    /// Ends learning now in every scenario.
    pub fn watch(&mut self, ts: Timestamp) {
        for stage in self.stages.iter_mut().filter(|stage| stage.is_learning()) {
            stage.watch(ts);
        }
    }

    /// The exchange form: JSON, sorted, one object.
    pub fn export(&self) -> serde_json::Result<Vec<u8>> {
        let stages = Scenario::ALL.into_iter().map(|scenario| (scenario, self.stage(scenario).clone())).collect();
        let mut links = self.links.clone();
        links.sort_by(|a, b| a.key.cmp(&b.key));
        for link in &mut links {
            link.functions.sort_by_key(|row| (row.unit, row.function));
        }
        let hosts = self.hosts.iter().copied().collect();
        serde_json::to_vec(&Snapshot { v: SCHEMA_VERSION, stages, hosts, links })
    }

    /// From the exchange form.
    pub fn import(bytes: &[u8], rule: LearningRule) -> serde_json::Result<Self> {
        let snapshot: Snapshot = serde_json::from_slice(bytes)?;
        let mut baseline = Baseline::new(rule);
        for (scenario, stage) in snapshot.stages {
            *baseline.stage_mut(scenario) = stage;
        }
        baseline.hosts.extend(snapshot.hosts);
        baseline.index = snapshot.links.iter().enumerate().map(|(i, link)| (link.key.clone(), i)).collect();
        baseline.links = snapshot.links;
        Ok(baseline)
    }

    fn stage_mut(&mut self, scenario: Scenario) -> &mut Stage {
        &mut self.stages[scenario as usize]
    }

    /// Something of a scenario is new: learn it (true) or not.
    fn learns(&mut self, scenario: Scenario, ts: Timestamp) -> bool {
        let stage = self.stage_mut(scenario);
        let learning = stage.is_learning();
        if learning {
            stage.news(ts);
        }
        learning
    }

    fn sighting(&mut self, sighting: &Sighting, ts: Timestamp) -> Verdict {
        let address = Address::of(sighting.ip, sighting.mac);
        if !address.is_inside() || sighting.how == SightingKind::Broadcast {
            return Verdict::default();
        }
        if self.hosts.contains(&address) {
            return Verdict { normal: true, ..Verdict::default() };
        }
        let learns = self.hosts.len() < MAX_HOSTS && self.learns(Scenario::Hosts, ts);
        if learns {
            self.hosts.insert(address);
        }
        verdict(learns, Deviation::Host)
    }

    fn flow(&mut self, event: &Event, report: &FlowReport) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        // Who asks for whose MAC address follows from who talks; it is no link of its own.
        if !report.settles() || report.transport == Transport::Arp || !key.is_between_machines() {
            return Verdict::default();
        }
        let port = event.ends.server.port;
        if let Some(link) = self.index.get(&key).copied() {
            let link = &mut self.links[link];
            link.last = link.last.max(event.ts);
            link.ports.insert(port);
            return Verdict { normal: true, ..Verdict::default() };
        }
        if self.is_unread_known_link(&key, port) {
            return Verdict::default();
        }
        let (client_known, server_known) = (self.hosts.contains(&key.client), self.hosts.contains(&key.server));
        let learns = self.links.len() < MAX_LINKS && self.learns(Scenario::Links, event.ts);
        if learns {
            self.row(key, event.ts).ports.insert(port);
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
    fn row(&mut self, key: LinkKey, ts: Timestamp) -> &mut LinkRow {
        let index = *self.index.entry(key.clone()).or_insert_with(|| {
            let row = LinkRow {
                key,
                first: ts,
                last: ts,
                ports: BTreeSet::new(),
                functions: Vec::new(),
                practices: BTreeSet::new(),
            };
            self.links.push(row);
            self.links.len() - 1
        });
        &mut self.links[index]
    }

    fn operation(&mut self, event: &Event, operation: &Operation) -> Verdict {
        let key = LinkKey::of(&event.ends, event.service);
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let function = operation.function.key();
        let mut verdict = Verdict::default();
        let place = self.index.get(&key).and_then(|i| Some((*i, self.links[*i].find(unit, function)?)));
        let Some((link, row)) = place else {
            return self.new_function(key, unit, event, operation);
        };
        let news = self.links[link].functions[row].unknown_items(operation);
        if !news.is_empty() && self.learns(Scenario::Objects, event.ts) {
            self.links[link].functions[row].learn_items(operation);
            verdict.learnt = true;
        } else {
            verdict.deviations.extend(news);
        }
        verdict.normal = verdict.deviations.is_empty();
        let row = &mut self.links[link].functions[row];
        row.count += 1;
        row.last = row.last.max(event.ts);
        verdict
    }

    fn new_function(&mut self, key: LinkKey, unit: u64, event: &Event, operation: &Operation) -> Verdict {
        let link = self.link(&key);
        let deviation = Deviation::Function {
            link_known: link.is_some(),
            may_write: link.is_some_and(|link| link.may_write(unit)),
        };
        // A link that may not be learnt any more teaches no functions either.
        let closed = link.is_none() && !self.stage(Scenario::Links).is_learning();
        let learns = !closed && self.learns(Scenario::Functions, event.ts);
        if learns {
            let link = self.row(key, event.ts);
            if link.functions.len() < MAX_ROWS {
                link.functions.push(FunctionRow::new(unit, operation, event.ts));
            }
        }
        verdict(learns, deviation)
    }

    fn session(&mut self, event: &Event, session: &Session) -> Verdict {
        let mut practices = practices(session);
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
        let learns = self.learns(Scenario::Functions, event.ts);
        if learns {
            let row = self.row(key, event.ts);
            let room = MAX_ROWS.saturating_sub(row.practices.len());
            row.practices.extend(practices.into_iter().take(room));
            return Verdict { learnt: true, normal: true, ..Verdict::default() };
        }
        let deviations = practices.into_iter().map(Deviation::Practice).collect();
        Verdict { deviations, ..Verdict::default() }
    }
}

impl LinkRow {
    fn find(&self, unit: u64, function: FunctionKey) -> Option<usize> {
        self.functions.iter().position(|row| row.unit == unit && row.function == function)
    }

    /// The client was seen to write to this unit.
    pub fn may_write(&self, unit: u64) -> bool {
        self.functions.iter().any(|row| row.unit == unit && row.class == Class::Write)
    }
}

impl FunctionRow {
    fn new(unit: u64, operation: &Operation, ts: Timestamp) -> Self {
        let mut row = FunctionRow {
            unit,
            function: operation.function.key(),
            name: operation.function.name.to_string(),
            class: operation.class,
            count: 1,
            first: ts,
            last: ts,
            spaces: Spaces::default(),
        };
        row.learn_items(operation);
        row
    }

    fn learn_items(&mut self, operation: &Operation) {
        for object in operation.items.iter().filter_map(|item| item.object.as_ref()) {
            let key = object.key();
            if self.spaces.len() >= MAX_ROWS && self.spaces.get(key.space).is_none() {
                continue;
            }
            self.spaces.row(key.space, || object.space_name()).addresses.insert(key.start, key.length);
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
    Verdict { deviations, learnt, normal: learnt }
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
