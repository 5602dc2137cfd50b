use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::link::Address;
use super::role::{Role, RoleGuess};
use super::said::Said;
use crate::event::{Evidence, Fact, FactKind, MacAddr, Service, Timestamp, Vlans};

/// Names an asset for as long as the inventory lives; text form `asset-7`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AssetId(pub u32);

impl fmt::Display for AssetId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "asset-{}", self.0)
    }
}

/// A thing in the plant, as far as it showed itself.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Asset {
    pub id: AssetId,
    #[serde(rename = "vlan")]
    pub vlans: Vlans,
    pub macs: BTreeSet<MacAddr>,
    pub ips: BTreeSet<IpAddr>,
    pub first: Timestamp,
    pub last: Timestamp,
    pub facts: Vec<FactRecord>,
    pub roles: Vec<RoleGuess>,
    /// What it answers to, and what it asks others for.
    pub serves: BTreeSet<Service>,
    pub uses: BTreeSet<Service>,
    /// Its addresses in other VLANs, where a person said that these are the same thing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub elsewhere: BTreeSet<(Vlans, Address)>,
    /// What a person said of it; stands above everything that was seen.
    #[serde(default)]
    pub said: Said,
    /// It was found to be a part of this one, and is no asset of its own any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged_into: Option<AssetId>,
    /// A person told it from these: no rule merges them again.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub apart: BTreeSet<AssetId>,
}

/// A fact with when and where it was seen.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FactRecord {
    pub kind: FactKind,
    pub value: String,
    pub source: Cow<'static, str>,
    pub confidence: u8,
    pub first: Timestamp,
    pub last: Timestamp,
    pub evidence: Evidence,
    /// At which address of the asset it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Address>,
}

/// What a thing has one of.
const ONE_VALUE: [FactKind; 6] = [
    FactKind::Vendor,
    FactKind::Model,
    FactKind::OrderNumber,
    FactKind::Firmware,
    FactKind::Hardware,
    FactKind::Serial,
];
/// Facts kept of one asset; more is noise or an attack on memory.
const MAX_FACTS: usize = 64;
/// Services kept of one asset: a port scanner must not fill the inventory.
const MAX_SERVICES: usize = 64;

impl Asset {
    pub fn new(id: AssetId, vlans: Vlans, ts: Timestamp) -> Self {
        Asset {
            id,
            vlans,
            macs: BTreeSet::new(),
            ips: BTreeSet::new(),
            first: ts,
            last: ts,
            facts: Vec::new(),
            roles: Vec::new(),
            serves: BTreeSet::new(),
            uses: BTreeSet::new(),
            elsewhere: BTreeSet::new(),
            said: Said::default(),
            merged_into: None,
            apart: BTreeSet::new(),
        }
    }

    /// The most trusted value of a kind.
    pub fn fact(&self, kind: FactKind) -> Option<&FactRecord> {
        self.facts.iter().filter(|fact| fact.kind == kind).max_by_key(|fact| (fact.confidence, fact.last))
    }

    /// The likeliest role by what was seen.
    pub fn guess(&self) -> Option<&RoleGuess> {
        self.roles.iter().max_by_key(|guess| guess.confidence)
    }

    /// What a person said it is, or the likeliest.
    pub fn role(&self) -> Option<Role> {
        self.said.role.or_else(|| self.guess().map(|guess| guess.role))
    }

    /// Percent; a person is sure.
    pub fn role_confidence(&self) -> Option<u8> {
        self.said.role.map(|_| 100).or_else(|| self.guess().map(|guess| guess.confidence))
    }

    /// Every address with the VLANs it lies in.
    pub fn addresses(&self) -> impl Iterator<Item = (Vlans, Address)> + '_ {
        let ips = self.ips.iter().map(|ip| Address::Ip(*ip));
        let macs = self.macs.iter().map(|mac| Address::Mac(*mac));
        ips.chain(macs).map(|address| (self.vlans.clone(), address)).chain(self.elsewhere.iter().cloned())
    }

    /// Two sources say different things of what can only be one.
    pub fn is_contested(&self, kind: FactKind) -> bool {
        let values = self.facts.iter().filter(|fact| fact.kind == kind && fact.confidence >= 50);
        ONE_VALUE.contains(&kind) && values.map(|fact| &fact.value).collect::<BTreeSet<_>>().len() > 1
    }

    /// What a person would call it: its name, its model, or its address.
    pub fn label(&self) -> String {
        if let Some(name) = &self.said.name {
            return name.clone();
        }
        let named = [FactKind::Name, FactKind::HostName, FactKind::Model, FactKind::Product]
            .into_iter()
            .find_map(|kind| self.fact(kind));
        let address = self.ips.first().map(ToString::to_string).or_else(|| self.macs.first().map(ToString::to_string));
        match (named, address) {
            (Some(fact), Some(address)) => format!("{} ({address})", fact.value),
            (Some(fact), None) => fact.value.clone(),
            (None, address) => address.unwrap_or_else(|| self.id.to_string()),
        }
    }

    /// Takes a fact in. True where it was not known.
    pub fn learn(&mut self, fact: &Fact, at: Option<Address>, ts: Timestamp, evidence: &Evidence) -> bool {
        let known = self.facts.iter_mut().find(|known| known.kind == fact.kind && known.value == fact.value);
        if let Some(known) = known {
            known.last = ts;
            if fact.confidence > known.confidence {
                known.confidence = fact.confidence;
                known.source.clone_from(&fact.source);
            }
            return false;
        }
        if self.facts.len() >= MAX_FACTS {
            return false;
        }
        self.facts.push(FactRecord {
            kind: fact.kind,
            value: fact.value.clone(),
            source: fact.source.clone(),
            confidence: fact.confidence,
            first: ts,
            last: ts,
            evidence: evidence.clone(),
            at,
        });
        true
    }

    /// The only value that this source ever gave of this kind, where it is another one than this.
    pub fn told_before(&self, fact: &Fact, at: Option<Address>) -> Option<&FactRecord> {
        let same = |known: &&FactRecord| known.kind == fact.kind && known.source == fact.source && known.at == at;
        let mut told = self.facts.iter().filter(same);
        let before = told.next().filter(|known| known.value != fact.value && ONE_VALUE.contains(&fact.kind))?;
        told.next().is_none().then_some(before)
    }

    /// Adds a reason to believe in a role.
    pub fn play(&mut self, role: Role, confidence: u8, reason: &str) {
        if let Some(guess) = self.roles.iter_mut().find(|guess| guess.role == role) {
            return guess.because(reason, confidence);
        }
        let mut guess = RoleGuess::new(role);
        guess.because(reason, confidence);
        self.roles.push(guess);
    }

    pub fn serve(&mut self, service: Service) {
        if self.serves.len() < MAX_SERVICES {
            self.serves.insert(service);
        }
    }

    pub fn use_service(&mut self, service: Service) {
        if self.uses.len() < MAX_SERVICES {
            self.uses.insert(service);
        }
    }
}
