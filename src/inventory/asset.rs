use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::role::{Role, RoleGuess};
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
}

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
        }
    }

    /// The most trusted value of a kind.
    pub fn fact(&self, kind: FactKind) -> Option<&FactRecord> {
        self.facts.iter().filter(|fact| fact.kind == kind).max_by_key(|fact| (fact.confidence, fact.last))
    }

    /// The likeliest role.
    pub fn role(&self) -> Option<&RoleGuess> {
        self.roles.iter().max_by_key(|guess| guess.confidence)
    }

    /// What a person would call it: its name, its model, or its address.
    pub fn label(&self) -> String {
        let named = [FactKind::Name, FactKind::Model, FactKind::Product].into_iter().find_map(|kind| self.fact(kind));
        let address = self.ips.first().map(ToString::to_string).or_else(|| self.macs.first().map(ToString::to_string));
        match (named, address) {
            (Some(fact), Some(address)) => format!("{} ({address})", fact.value),
            (Some(fact), None) => fact.value.clone(),
            (None, address) => address.unwrap_or_else(|| self.id.to_string()),
        }
    }

    /// Takes a fact in. True where it was not known.
    pub fn learn(&mut self, fact: &Fact, ts: Timestamp, evidence: &Evidence) -> bool {
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
        });
        true
    }

    /// Strengthens a role; a weaker guess of the same role changes nothing.
    pub fn play(&mut self, role: Role, confidence: u8, reason: &str) {
        match self.roles.iter_mut().find(|guess| guess.role == role) {
            Some(guess) if guess.confidence >= confidence => {}
            Some(guess) => *guess = RoleGuess { role, confidence, reason: reason.to_owned() },
            None => self.roles.push(RoleGuess { role, confidence, reason: reason.to_owned() }),
        }
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
