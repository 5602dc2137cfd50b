//! What the API shows of the plant: assets, links, what was learnt.

use std::collections::BTreeSet;

use serde::Serialize;
use utoipa::ToSchema;

use super::views::Text;
use crate::baseline::{Baseline, News, Policy, Row};
use crate::event::{Class, FactKind, Timestamp};
use crate::inventory::place::{self, Proposal};
use crate::inventory::{
    Act, Asset, AssetId, Edit, FactRecord, Flag, FunctionRecord, Importance, Inventory, LinkKey, LinkRecord, Role, Said,
};

/// The zone in which an asset stands: what a person said of it, a zone that somebody drew, or its subnet.
pub fn zone_of(asset: &Asset, policy: &Policy) -> Option<Proposal<String>> {
    if asset.said.zone.is_some() {
        return place::zone(asset);
    }
    let drawn = asset.addresses().find_map(|(_, address)| policy.zone_of(&address));
    let drawn = drawn.map(|(_, zone)| Proposal { value: zone.name.clone(), reason: "place.drawn" });
    drawn.or_else(|| place::zone(asset))
}

/// A row of the list of assets.
#[derive(Clone, Serialize, ToSchema)]
pub struct AssetRow {
    pub id: String,
    pub label: String,
    pub ips: Vec<String>,
    pub macs: Vec<String>,
    pub vlan: Vec<u16>,
    pub role: Option<Role>,
    /// Percent.
    pub role_confidence: Option<u8>,
    pub vendor: Option<String>,
    pub model: Option<String>,
    pub firmware: Option<String>,
    pub serial: Option<String>,
    pub protocols: Vec<String>,
    pub first: Timestamp,
    pub last: Timestamp,
    pub zone: Option<String>,
    /// Purdue level.
    pub level: Option<u8>,
    pub importance: Importance,
    pub flags: Vec<Flag>,
}

impl AssetRow {
    pub fn of(asset: &Asset, policy: &Policy) -> Self {
        let fact = |kinds: &[FactKind]| kinds.iter().find_map(|kind| asset.fact(*kind)).map(|fact| fact.value.clone());
        let mut protocols: Vec<String> =
            asset.serves.iter().chain(&asset.uses).filter(|s| s.is_ot()).map(ToString::to_string).collect();
        protocols.sort();
        protocols.dedup();
        AssetRow {
            id: asset.id.to_string(),
            label: asset.label(),
            ips: asset.ips.iter().map(ToString::to_string).collect(),
            macs: asset.macs.iter().map(ToString::to_string).collect(),
            vlan: asset.vlans.to_vec(),
            role: asset.role(),
            role_confidence: asset.role_confidence(),
            vendor: fact(&[FactKind::Vendor]),
            model: fact(&[FactKind::Model, FactKind::OrderNumber, FactKind::Product]),
            firmware: fact(&[FactKind::Firmware]),
            serial: fact(&[FactKind::Serial]),
            protocols,
            first: asset.first,
            last: asset.last,
            zone: zone_of(asset, policy).map(|zone| zone.value),
            level: place::level(asset).map(|level| level.value),
            importance: asset.said.importance.unwrap_or_default(),
            flags: asset.said.flags.iter().copied().collect(),
        }
    }
}

/// One asset with how we know what we know.
#[derive(Clone, Serialize, ToSchema)]
pub struct AssetDetail {
    #[serde(flatten)]
    pub row: AssetRow,
    pub roles: Vec<RoleView>,
    pub facts: Vec<FactView>,
    pub serves: Vec<String>,
    pub uses: Vec<String>,
    pub links: Vec<LinkView>,
    pub said: Said,
    /// Why it stands in this zone and on this level.
    pub zone_reason: Option<Text>,
    pub level_reason: Option<Text>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct RoleView {
    pub role: Role,
    pub confidence: u8,
    /// Strongest first.
    pub reasons: Vec<Text>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct FactView {
    pub kind: String,
    pub value: String,
    /// Where on the wire it was read, and in which frame of which capture.
    pub source: String,
    pub confidence: u8,
    pub first: Timestamp,
    pub last: Timestamp,
    pub capture: String,
    pub frames: Vec<u64>,
    /// Another source says another thing of what can only be one.
    pub contested: bool,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct LinkView {
    pub vlan: Vec<u16>,
    pub client: String,
    pub server: String,
    pub protocol: String,
    /// Of the server, as far as they were learnt.
    pub ports: Vec<u16>,
    pub conversations: u64,
    pub packets: u64,
    pub bytes: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub functions: Vec<FunctionView>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct FunctionView {
    pub name: String,
    pub class: Class,
    pub count: u64,
    /// How often it comes, where that is regular: mean and spread of the time between.
    pub rhythm: Option<String>,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// Links shown of one asset.
const MAX_LINKS: usize = 200;

impl AssetDetail {
    pub fn of(asset: &Asset, inventory: &Inventory, baseline: &Baseline) -> Self {
        let policy = baseline.policy();
        // The same address in another VLAN is another machine.
        let own: BTreeSet<_> = asset.addresses().collect();
        let mine = |key: &LinkKey| [key.client, key.server].iter().any(|end| own.contains(&(key.vlans.clone(), *end)));
        let mut links: Vec<(&LinkKey, &LinkRecord)> = inventory.links().filter(|(key, _)| mine(key)).collect();
        links.sort_by(|a, b| a.0.cmp(b.0));
        let role = |guess: &crate::inventory::RoleGuess| RoleView {
            role: guess.role,
            confidence: guess.confidence,
            reasons: guess.reasons.iter().map(|reason| Text::of(|lang| lang.text(&reason.key))).collect(),
        };
        AssetDetail {
            row: AssetRow::of(asset, policy),
            roles: asset.roles.iter().map(role).collect(),
            facts: asset.facts.iter().map(|fact| FactView::of(fact, asset)).collect(),
            serves: asset.serves.iter().map(ToString::to_string).collect(),
            uses: asset.uses.iter().map(ToString::to_string).collect(),
            links: links.into_iter().take(MAX_LINKS).map(|(key, record)| LinkView::of(key, record, baseline)).collect(),
            said: asset.said.clone(),
            zone_reason: zone_of(asset, policy).map(|zone| Text::of(|lang| lang.text(zone.reason))),
            level_reason: place::level(asset).map(|level| Text::of(|lang| lang.text(level.reason))),
        }
    }
}

impl FactView {
    fn of(fact: &FactRecord, asset: &Asset) -> Self {
        FactView {
            kind: fact.kind.name().to_owned(),
            value: fact.value.clone(),
            source: fact.source.to_string(),
            confidence: fact.confidence,
            first: fact.first,
            last: fact.last,
            capture: fact.evidence.capture.to_string(),
            frames: fact.evidence.frames.to_vec(),
            contested: asset.is_contested(fact.kind),
        }
    }
}

impl LinkView {
    pub fn of(key: &LinkKey, record: &LinkRecord, baseline: &Baseline) -> Self {
        let learnt = baseline.link(key);
        let function = |function: &FunctionRecord| FunctionView {
            name: function.name.clone(),
            class: function.class,
            count: function.count,
            rhythm: learnt.and_then(|link| link.function(function.unit, function.function)?.rhythm()),
            first: function.first,
            last: function.last,
        };
        LinkView {
            vlan: key.vlans.to_vec(),
            functions: record.functions.iter().map(function).collect(),
            client: key.client.to_string(),
            server: key.server.to_string(),
            protocol: key.service.to_string(),
            ports: learnt.map(|link| link.ports.iter().copied().collect()).unwrap_or_default(),
            conversations: record.conversations,
            packets: record.packets,
            bytes: record.bytes,
            first: record.first,
            last: record.last,
        }
    }
}

/// Something done to assets.
#[derive(Clone, Serialize, ToSchema)]
pub struct EditView {
    pub number: u64,
    pub at: Timestamp,
    /// `None` where a rule did it.
    pub user: Option<String>,
    /// `merge`, `split`, `say`.
    pub act: String,
    pub asset: String,
    /// What it is called now; `None` where it is there no more.
    pub label: Option<String>,
    /// The asset that was taken in or made.
    pub other: Option<String>,
    pub other_label: Option<String>,
    pub undone: bool,
}

impl EditView {
    pub fn of(edit: &Edit, inventory: &Inventory) -> Self {
        let label = |id: &AssetId| inventory.asset(*id).map(Asset::label);
        let (act, asset, other) = match &edit.act {
            Act::Merge { into, from, .. } => ("merge", into, Some(from)),
            Act::Split { from, into } => ("split", from, Some(into)),
            Act::Say { asset, .. } => ("say", asset, None),
        };
        EditView {
            number: edit.number,
            at: edit.ts,
            user: edit.user.clone(),
            act: act.to_owned(),
            asset: asset.to_string(),
            label: label(asset),
            other: other.map(ToString::to_string),
            other_label: other.and_then(label),
            undone: edit.undone,
        }
    }
}

/// Something that was learnt.
#[derive(Clone, Serialize, ToSchema)]
pub struct RowView {
    pub id: String,
    pub scenario: crate::baseline::Scenario,
    pub client: Option<String>,
    pub server: Option<String>,
    pub protocol: Option<String>,
    pub unit: Option<u64>,
    pub function: Option<String>,
    pub object: Option<String>,
    /// What is normal: an address, cards, ports, registers, values.
    pub normal: String,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    /// Where it was seen first.
    pub capture: Option<String>,
    pub frame: Option<u64>,
    pub locked: bool,
    pub explanation: Text,
    /// Of a value: how it went lately, oldest first.
    pub history: Vec<SampleView>,
}

/// A value at its time.
#[derive(Clone, Serialize, ToSchema)]
pub struct SampleView {
    pub at: Timestamp,
    pub value: f64,
}

impl RowView {
    pub fn of(row: &Row, policy: &Policy) -> Self {
        let link = row.id.link();
        let origin = row.origin.as_ref();
        let time = |ts: Timestamp| ts.by_clock(policy.minutes_ahead(ts));
        let explanation = Text::of(|lang| {
            let key = if row.count > 0 { "baseline.explained" } else { "baseline.explained_once" };
            let frame = origin.map_or_else(|| "-".to_owned(), |origin| format!("{} {}", origin.capture, origin.frame));
            let reason = crate::event::Reason::new(key).with("count", row.count).with("first", time(row.first));
            lang.reason(&reason.with("last", time(row.last)).with("frame", frame))
        });
        RowView {
            id: row.id.to_string(),
            scenario: row.id.scenario(),
            client: link.map(|key| key.client.to_string()),
            server: link.map(|key| key.server.to_string()),
            protocol: link.map(|key| key.service.to_string()),
            unit: row.unit,
            function: row.function.clone(),
            object: row.object.clone(),
            normal: row.normal.clone(),
            count: row.count,
            first: row.first,
            last: row.last,
            capture: origin.map(|origin| origin.capture.to_string()),
            frame: origin.map(|origin| origin.frame),
            locked: row.locked,
            explanation,
            history: row.history.iter().map(|(at, value)| SampleView { at: *at, value: *value }).collect(),
        }
    }
}

/// Something of the list that a person reviews.
#[derive(Clone, Serialize, ToSchema)]
pub struct NewsView {
    pub at: Timestamp,
    pub scenario: crate::baseline::Scenario,
    pub row: String,
    /// What it is now; `None` where it was removed.
    pub learnt: Option<RowView>,
    /// Who taught it.
    pub by: String,
    /// A person called it normal.
    pub accepted: bool,
}

impl NewsView {
    pub fn of(news: &News, learnt: Option<RowView>) -> Self {
        NewsView {
            at: news.ts,
            scenario: news.row.scenario(),
            row: news.row.to_string(),
            learnt,
            by: news.by.to_string(),
            accepted: news.accepted,
        }
    }
}
