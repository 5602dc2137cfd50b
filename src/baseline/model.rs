use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::adaptive::SharedFacts;
use super::beats::Beats;
use super::host::HostRow;
use super::news::NewsList;
use super::order::Order;
use super::policy::Policy;
use super::pulse::Pulse;
use super::rhythm::Poll;
use super::row::{Origin, RowId, Written};
use super::spaces::Spaces;
use super::stage::{LearningRule, Stage};
use super::stages::Stages;
use super::tally::Tallies;
use super::values::Strange;
use super::volume::Volume;
use super::writers::WritersRow;
use crate::event::{Class, FunctionKey, MacAddr, Map, NetworkService, Timestamp, Vlans};
use crate::inventory::{Address, Inside, LinkKey};

/// Everything learnt, and how far learning has come.
pub struct Baseline {
    pub(super) rule: LearningRule,
    pub(super) stages: Stages,
    /// The same of each zone by its name.
    pub(super) zones: BTreeMap<String, Stages>,
    pub(super) hosts: BTreeMap<Address, HostRow>,
    pub(super) cards: BTreeMap<(Vlans, IpAddr), CardRow>,
    pub(super) links: Vec<LinkRow>,
    pub(super) index: Map<LinkKey, usize>,
    /// Which links lead to each server.
    pub(super) by_server: Map<Address, Vec<usize>>,
    pub(super) writers: Map<Written, WritersRow>,
    /// What came since the last second ended.
    pub(super) beats: Beats,
    pub(super) sums: Sums,
    /// How often something learnt was taken back: whoever writes it down piece by piece begins anew then.
    pub(super) removals: u64,
    /// What workers count.
    pub(super) counted: Tallies,
    /// What is under way on each link, by its place among `links`.
    pub(super) pulses: Vec<Pulse>,
    /// Devices that learn while the rest watches.
    pub(super) late: Map<Address, Stage>,
    /// Links that learn, or learnt, to write while the rest watches.
    pub(super) late_writers: BTreeMap<LinkKey, Stage>,
    /// The link in work is one of them, and what it does now belongs to it.
    pub(super) writing: Option<LinkKey>,
    pub(super) news: NewsList,
    /// Rows written by [`Baseline::accept`] while it runs.
    pub(super) accepting: Option<Vec<RowId>>,
    pub(super) policy: Policy,
    /// What is normal somewhere in an adaptive zone.
    pub(super) shared: SharedFacts,
    pub(super) inside: Inside,
    /// In which slot of time the values of a read were looked at last.
    pub(super) sampled: Map<u64, u64>,
}

/// How much there is of what only its sum bounds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Sums {
    pub points: usize,
    pub trails: usize,
    pub polls: usize,
}

/// Which cards an IP address may have.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CardRow {
    pub macs: SmallVec<[MacAddr; 1]>,
    #[serde(flatten)]
    pub host: HostRow,
}

/// What is normal on one link.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "super::stored::StoredLink")]
pub struct LinkRow {
    #[serde(flatten)]
    pub key: LinkKey,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Conversations, where they were told.
    #[serde(default)]
    pub count: u64,
    /// Server ports on which the protocol was found.
    #[serde(default)]
    pub ports: BTreeSet<u16>,
    pub functions: Vec<FunctionRow>,
    pub practices: BTreeSet<Practice>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<Box<Order>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub volume: Option<Box<Volume>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
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
    /// How often it comes, by what it is used on; in the order of their ids.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub polls: Vec<Poll>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub locked: bool,
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
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Verdict {
    /// Ways in which it is not normal, while watching.
    pub deviations: SmallVec<[Deviation; 2]>,
    /// It was new, and has been learnt.
    pub learnt: bool,
    /// The event is one that the baseline has an opinion on, and nothing about it is new any more.
    pub normal: bool,
    /// Whoever sees it again must tell, for its values may be others.
    pub watched: bool,
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
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Deviation {
    /// An address never seen.
    Host,
    /// A known IP address speaks from another card; one of those it had.
    Card {
        before: MacAddr,
    },
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
    /// A value that this point never had.
    Value(Strange),
    /// An item (by its index) that this client never wrote, and who does.
    Writer {
        item: usize,
        by: Address,
    },
    /// Rhythm, order or volume is not as it was; the event says how.
    Habit,
    /// Normal, but not at this time of day.
    Hour,
    /// A machine offers the network what it never did.
    Serves(NetworkService),
    Practice(Practice),
}

impl Baseline {
    pub fn new(rule: LearningRule) -> Self {
        Baseline {
            rule,
            stages: Stages::default(),
            zones: BTreeMap::new(),
            hosts: BTreeMap::new(),
            cards: BTreeMap::new(),
            links: Vec::new(),
            index: Map::default(),
            by_server: Map::default(),
            writers: Map::default(),
            beats: Beats::default(),
            sums: Sums::default(),
            removals: 0,
            counted: Tallies::default(),
            pulses: Vec::new(),
            late: Map::default(),
            late_writers: BTreeMap::new(),
            writing: None,
            news: NewsList::default(),
            accepting: None,
            policy: Policy::default(),
            shared: SharedFacts::default(),
            inside: Inside::default(),
            sampled: Map::default(),
        }
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

    /// What is known of those who talk to a server.
    pub fn links_to(&self, server: Address) -> impl Iterator<Item = &LinkRow> {
        self.by_server.get(&server).into_iter().flatten().filter_map(|place| self.links.get(*place))
    }

    /// Finds links anew after some went or came.
    pub(super) fn place_links(&mut self) {
        self.index = self.links.iter().enumerate().map(|(place, link)| (link.key.clone(), place)).collect();
        self.by_server.clear();
        for (place, link) in self.links.iter().enumerate() {
            self.by_server.entry(link.key.server).or_default().push(place);
        }
    }

    /// Devices that learn while the rest watches, with how far they have come.
    pub fn late(&self) -> impl Iterator<Item = (&Address, &Stage)> {
        self.late.iter()
    }

    /// An address that was learnt.
    pub fn knows_host(&self, address: &Address) -> bool {
        self.hosts.contains_key(address)
    }

    /// What was learnt lately, oldest first.
    pub fn news(&self) -> impl DoubleEndedIterator<Item = &super::News> {
        self.news.iter()
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn set_policy(&mut self, policy: Policy) {
        self.policy = policy;
        self.stage_zones();
        self.share();
    }

    /// Which addresses are the plant's.
    pub fn set_inside(&mut self, inside: Inside) {
        self.inside = inside;
    }
}

impl FunctionRow {
    /// How often it comes, by what it is polled for most steadily.
    pub fn rhythm(&self) -> Option<String> {
        let regular = self.polls.iter().map(|poll| &poll.rhythm).filter(|rhythm| rhythm.is_regular());
        regular.max_by_key(|rhythm| rhythm.windows).map(ToString::to_string)
    }
}

impl LinkRow {
    /// What is known of one function of a unit.
    pub fn function(&self, unit: u64, function: FunctionKey) -> Option<&FunctionRow> {
        self.find(unit, function).and_then(|place| self.functions.get(place))
    }

    pub(super) fn find(&self, unit: u64, function: FunctionKey) -> Option<usize> {
        self.functions.iter().position(|row| row.unit == unit && row.function == function)
    }

    pub(super) fn function_mut(&mut self, unit: u64, function: FunctionKey) -> Option<&mut FunctionRow> {
        self.find(unit, function).and_then(|row| self.functions.get_mut(row))
    }

    /// The client was seen to write to this unit.
    pub fn may_write(&self, unit: u64) -> bool {
        self.functions.iter().any(|row| row.unit == unit && row.class == Class::Write)
    }
}
