//! The exchange form: JSON, sorted, one object; what a restart reads, and what another box takes over.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::model::{Baseline, CardRow, HostRow, LinkRow};
use super::news::NewsList;
use super::policy::Policy;
use super::stage::{LearningRule, Scenario, Stage};
use crate::event::{SCHEMA_VERSION, Vlans};
use crate::inventory::Address;

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    stages: BTreeMap<Scenario, &'a Stage>,
    hosts: Vec<&'a Address>,
    links: Vec<&'a LinkRow>,
    host_rows: Vec<(&'a Address, &'a HostRow)>,
    cards: Vec<(&'a (Vlans, IpAddr), &'a CardRow)>,
    late: BTreeMap<String, &'a Stage>,
    news: &'a NewsList,
    policy: &'a Policy,
}

#[derive(Deserialize)]
struct Read {
    #[allow(dead_code, reason = "there is one version so far")]
    v: u32,
    stages: BTreeMap<Scenario, Stage>,
    hosts: BTreeSet<Address>,
    links: Vec<LinkRow>,
    #[serde(default)]
    host_rows: Vec<(Address, HostRow)>,
    #[serde(default)]
    cards: Vec<((Vlans, IpAddr), CardRow)>,
    #[serde(default)]
    late: BTreeMap<String, Stage>,
    #[serde(default)]
    news: NewsList,
    #[serde(default)]
    policy: Policy,
}

impl Baseline {
    /// To the exchange form. What is written is lent, not copied: a large plant would take twice the memory.
    pub fn export(&self) -> serde_json::Result<Vec<u8>> {
        let mut links: Vec<_> = self.links.iter().collect();
        links.sort_by(|a, b| a.key.cmp(&b.key));
        serde_json::to_vec(&Written {
            v: SCHEMA_VERSION,
            stages: Scenario::ALL.into_iter().map(|scenario| (scenario, self.stage(scenario))).collect(),
            hosts: self.hosts.keys().collect(),
            links,
            host_rows: self.hosts.iter().collect(),
            cards: self.cards.iter().collect(),
            late: self.late.iter().map(|(address, stage)| (address.to_string(), stage)).collect(),
            news: &self.news,
            policy: &self.policy,
        })
    }

    /// From the exchange form.
    pub fn import(bytes: &[u8], rule: LearningRule) -> serde_json::Result<Self> {
        let read: Read = serde_json::from_slice(bytes)?;
        let mut baseline = Baseline::new(rule);
        // What an older version did not learn must not begin to learn where all else watches.
        let watching = read.stages.get(&Scenario::Links).filter(|stage| !stage.is_learning());
        for scenario in Scenario::ALL {
            let since = watching.and_then(|stage| stage.watching_since).unwrap_or_default();
            match read.stages.get(&scenario) {
                Some(stage) => *baseline.stage_mut(scenario) = stage.clone(),
                None if watching.is_some() => baseline.stage_mut(scenario).watch(since),
                None => {}
            }
        }
        baseline.hosts.extend(read.hosts.into_iter().map(|address| (address, HostRow::default())));
        baseline.hosts.extend(read.host_rows);
        baseline.cards.extend(read.cards);
        baseline.index = read.links.iter().enumerate().map(|(i, link)| (link.key.clone(), i)).collect();
        baseline.links = read.links;
        let late = read.late.into_iter().filter_map(|(text, stage)| Some((super::row::address(&text)?, stage)));
        baseline.late.extend(late);
        baseline.news = read.news;
        baseline.set_policy(read.policy);
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
        for link in other.links {
            let Some(known) = self.index.get(&link.key).copied() else {
                self.index.insert(link.key.clone(), self.links.len());
                self.links.push(link);
                continue;
            };
            self.links[known].join(link);
        }
        self.share();
        self.count_rows() - before
    }
}

impl LinkRow {
    /// Takes in what was learnt of the same link elsewhere.
    fn join(&mut self, other: LinkRow) {
        self.ports.extend(other.ports);
        self.practices.extend(other.practices);
        for row in other.functions {
            let Some(known) = self.find(row.unit, row.function) else {
                self.functions.push(row);
                continue;
            };
            let known = &mut self.functions[known];
            for (key, space) in row.spaces.iter() {
                let mine = known.spaces.row(key, || space.name.to_string());
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
}
