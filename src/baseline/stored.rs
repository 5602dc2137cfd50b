//! The exchange form: JSON, sorted, one object; what a restart reads, and what another box takes over. A large plant's is
//! written piece by piece, so that nobody waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::host::HostRow;
use super::model::{Baseline, CardRow, FunctionRow, LinkRow, Practice};
use super::news::NewsList;
use super::order::Order;
use super::policy::Policy;
use super::row::{Origin, Written};
use super::stage::{LearningRule, Stage};
use super::stages::Stages;
use super::volume::Volume;
use super::writers::WritersRow;
use crate::event::{SCHEMA_VERSION, Service, Timestamp, Vlans};
use crate::inventory::{Address, LinkKey, Piece};

/// Bytes of links that are written at one time.
const PIECE: usize = 1 << 20;

/// Everything but the links.
#[derive(Serialize)]
struct Head<'a> {
    v: u32,
    stages: &'a Stages,
    zones: &'a BTreeMap<String, Stages>,
    hosts: Vec<&'a Address>,
    host_rows: Vec<(&'a Address, &'a HostRow)>,
    cards: Vec<(&'a (Vlans, IpAddr), &'a CardRow)>,
    writers: Vec<(&'a Written, &'a WritersRow)>,
    late: BTreeMap<String, &'a Stage>,
    late_writers: Vec<(&'a LinkKey, &'a Stage)>,
    news: &'a NewsList,
    policy: &'a Policy,
}

#[derive(Deserialize)]
struct Read {
    #[allow(dead_code, reason = "there is one version so far")]
    v: u32,
    stages: Stages,
    #[serde(default)]
    zones: BTreeMap<String, Stages>,
    hosts: BTreeSet<Address>,
    links: Vec<LinkRow>,
    #[serde(default)]
    host_rows: Vec<(Address, HostRow)>,
    #[serde(default)]
    cards: Vec<((Vlans, IpAddr), CardRow)>,
    #[serde(default)]
    writers: Vec<(Written, WritersRow)>,
    #[serde(default)]
    late: BTreeMap<String, Stage>,
    #[serde(default)]
    late_writers: Vec<(LinkKey, Stage)>,
    #[serde(default)]
    news: NewsList,
    #[serde(default)]
    policy: Policy,
}

/// A link as it is read: without flattening, which would put every row into a tree first.
#[derive(Deserialize)]
pub(super) struct StoredLink {
    #[serde(rename = "vlan")]
    vlans: Vlans,
    client: Address,
    server: Address,
    service: Service,
    first: Timestamp,
    last: Timestamp,
    #[serde(default)]
    count: u64,
    #[serde(default)]
    ports: BTreeSet<u16>,
    functions: Vec<FunctionRow>,
    practices: BTreeSet<Practice>,
    #[serde(default)]
    order: Option<Box<Order>>,
    #[serde(default)]
    volume: Option<Box<Volume>>,
    #[serde(default)]
    origin: Option<Origin>,
    #[serde(default)]
    locked: bool,
}

impl From<StoredLink> for LinkRow {
    fn from(read: StoredLink) -> Self {
        let StoredLink { vlans, client, server, service, first, last, count, ports, functions, .. } = read;
        let StoredLink { practices, order, volume, origin, locked, .. } = read;
        let key = LinkKey { vlans, client, server, service };
        LinkRow { key, first, last, count, ports, functions, practices, order, volume, origin, locked }
    }
}

/// How far a baseline has been written, and whether what was written still holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    links: usize,
    removals: u64,
}

impl Baseline {
    /// To the exchange form. What is written is lent, not copied: a large plant would take twice the memory.
    pub fn export(&self) -> serde_json::Result<Vec<u8>> {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_by(|a, b| a.key.cmp(&b.key));
        let mut out = self.head()?;
        write_links(links, &mut out, usize::MAX)?;
        out.extend_from_slice(b"]}");
        Ok(out)
    }

    /// The same in pieces: the first one, or the next after `progress`.
    pub fn export_piece(&self, progress: Option<Progress>) -> serde_json::Result<Piece<Progress>> {
        let (mut out, from) = match progress {
            Some(progress) if progress.removals != self.removals => return Ok(Piece::Stale),
            Some(progress) => (Vec::new(), progress.links),
            None => (self.head()?, 0),
        };
        let rest = self.links.get(from..).unwrap_or_default();
        if from > 0 && !rest.is_empty() {
            out.push(b',');
        }
        let links = from + write_links(rest, &mut out, PIECE)?;
        if links < self.links.len() {
            return Ok(Piece::More(out, Progress { links, removals: self.removals }));
        }
        out.extend_from_slice(b"]}");
        Ok(Piece::Last(out))
    }

    /// Up to where the links follow.
    fn head(&self) -> serde_json::Result<Vec<u8>> {
        let mut writers: Vec<_> = self.writers.iter().collect();
        writers.sort_by(|a, b| a.0.cmp(b.0));
        let mut out = serde_json::to_vec(&Head {
            v: SCHEMA_VERSION,
            stages: &self.stages,
            zones: &self.zones,
            hosts: self.hosts.keys().collect(),
            host_rows: self.hosts.iter().collect(),
            cards: self.cards.iter().collect(),
            writers,
            late: self.late.iter().map(|(address, stage)| (address.to_string(), stage)).collect(),
            late_writers: self.late_writers.iter().collect(),
            news: &self.news,
            policy: &self.policy,
        })?;
        out.pop();
        out.extend_from_slice(br#","links":["#);
        Ok(out)
    }

    /// From the exchange form.
    pub fn import(bytes: &[u8], rule: LearningRule) -> serde_json::Result<Self> {
        let read: Read = serde_json::from_slice(bytes)?;
        let mut baseline = Baseline::new(rule);
        baseline.stages = read.stages;
        baseline.zones = read.zones;
        baseline.hosts.extend(read.hosts.into_iter().map(|address| (address, HostRow::default())));
        baseline.hosts.extend(read.host_rows);
        baseline.cards.extend(read.cards);
        baseline.writers.extend(read.writers);
        baseline.links = read.links;
        baseline.place_links();
        let late = read.late.into_iter().filter_map(|(text, stage)| Some((super::row::address(&text)?, stage)));
        baseline.late.extend(late);
        baseline.late_writers.extend(read.late_writers);
        baseline.news = read.news;
        baseline.set_policy(read.policy);
        baseline.sum_up();
        Ok(baseline)
    }

    /// Takes over what another box learnt, beside what is known here; stages and policy stay. Gives back the rows that
    /// were new.
    pub fn take_over(&mut self, other: Baseline) -> usize {
        let before = self.count_rows();
        for (address, row) in other.hosts {
            self.hosts.entry(address).or_insert(row);
        }
        for (key, row) in other.cards {
            let known = self.cards.entry(key).or_insert_with(|| row.clone());
            row.macs.into_iter().for_each(|mac| {
                if !known.macs.contains(&mac) {
                    known.macs.push(mac);
                }
            });
        }
        for (key, row) in other.writers {
            let Some(known) = self.writers.get_mut(&key) else {
                self.writers.insert(key, row);
                continue;
            };
            known.join(row);
        }
        for link in other.links {
            let Some(known) = self.index.get(&link.key).copied() else {
                self.index.insert(link.key.clone(), self.links.len());
                self.links.push(link);
                continue;
            };
            self.links[known].join(link);
        }
        self.place_links();
        self.share();
        self.sum_up();
        self.count_rows() - before
    }

    /// Counts anew what only its sum bounds.
    pub(super) fn sum_up(&mut self) {
        let functions = || self.links.iter().flat_map(|link| &link.functions);
        let spaces = || functions().flat_map(|row| row.spaces.iter());
        self.sums.points = spaces().map(|(_, space)| space.points.len()).sum();
        let points = spaces().flat_map(|(_, space)| space.points.iter());
        self.sums.trails = points.filter(|(_, point)| point.trail.is_some()).count();
        self.sums.polls = functions().map(|row| row.polls.len()).sum();
    }
}

/// Writes links until there are so many bytes; gives back how many links that were.
fn write_links<'a>(
    links: impl IntoIterator<Item = &'a LinkRow>,
    out: &mut Vec<u8>,
    most: usize,
) -> serde_json::Result<usize> {
    let start = out.len();
    let mut written = 0;
    for link in links {
        if written > 0 {
            if out.len() - start >= most {
                break;
            }
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, link)?;
        written += 1;
    }
    Ok(written)
}

impl LinkRow {
    /// Takes in what was learnt of the same link elsewhere.
    fn join(&mut self, other: LinkRow) {
        self.ports.extend(other.ports);
        self.practices.extend(other.practices);
        if self.order.as_ref().is_none_or(|order| order.is_empty()) {
            self.order = other.order;
        }
        if self.volume.as_ref().is_none_or(|volume| volume.is_empty()) {
            self.volume = other.volume;
        }
        for row in other.functions {
            let Some(known) = self.find(row.unit, row.function) else {
                self.functions.push(row);
                continue;
            };
            self.functions[known].join(row);
        }
    }
}

impl FunctionRow {
    fn join(&mut self, other: FunctionRow) {
        for poll in other.polls {
            match self.polls.binary_search_by_key(&poll.id, |known| known.id) {
                Ok(at) if self.polls[at].rhythm.windows == 0 => self.polls[at] = poll,
                Ok(_) => {}
                Err(at) => self.polls.insert(at, poll),
            }
        }
        for (key, space) in other.spaces.iter() {
            let mine = self.spaces.row(key, || space.name.to_string());
            if mine.locked {
                continue;
            }
            for (start, end) in space.addresses.iter() {
                if let (Ok(start), Ok(length)) = (u32::try_from(start), u32::try_from(end - start)) {
                    mine.addresses.insert(start, length);
                }
            }
            if mine.points.is_empty() {
                mine.points = space.points.clone();
            }
        }
    }
}
