//! What the API shows; each text in both languages, so that the front end needs no second request to switch.

use serde::Serialize;
use utoipa::ToSchema;

use crate::alert::{Alert, Closing, Party, State};
use crate::detect::{self, catalogue};
use crate::event::{Class, FindingSource, Lang, Outcome, Severity, Timestamp};
use crate::inventory::{Asset, FactRecord, Inventory, LinkKey, LinkRecord, Role};

/// A sentence in both languages.
#[derive(Clone, Serialize, ToSchema)]
pub struct Text {
    pub zh: String,
    pub en: String,
}

impl Text {
    pub fn of(say: impl Fn(Lang) -> String) -> Self {
        Text { zh: say(Lang::Zh), en: say(Lang::En) }
    }
}

#[derive(Clone, Serialize, ToSchema)]
pub struct PartyView {
    pub ip: Option<String>,
    pub mac: Option<String>,
    pub asset: Option<String>,
    pub label: Option<String>,
    pub role: Option<Role>,
}

impl PartyView {
    fn of(party: &Party) -> Self {
        PartyView {
            ip: party.ip.map(|ip| ip.to_string()),
            mac: party.mac.map(|mac| mac.to_string()),
            asset: party.asset.clone(),
            label: party.label.clone(),
            role: party.role,
        }
    }
}

/// A row of the list of alerts.
#[derive(Clone, Serialize, ToSchema)]
pub struct AlertRow {
    pub id: String,
    pub title: Text,
    /// Detection id, rule number `gid:sid:rev`, or YARA rule.
    pub source: String,
    pub severity: Severity,
    pub state: State,
    pub closing: Option<Closing>,
    pub protocol: String,
    pub client: Option<PartyView>,
    pub server: Option<PartyView>,
    pub outcome: Option<Outcome>,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

impl AlertRow {
    pub fn of(alert: &Alert) -> Self {
        AlertRow {
            id: alert.id.clone(),
            title: Text::of(|lang| alert.title(lang)),
            source: source(&alert.source),
            severity: alert.severity,
            state: alert.state,
            closing: alert.closing,
            protocol: alert.service.to_string(),
            client: alert.client.as_ref().map(PartyView::of),
            server: alert.server.as_ref().map(PartyView::of),
            outcome: alert.outcome,
            count: alert.count,
            first: alert.first,
            last: alert.last,
        }
    }
}

/// One alert with all that a person needs to act.
#[derive(Clone, Serialize, ToSchema)]
pub struct AlertDetail {
    #[serde(flatten)]
    pub row: AlertRow,
    pub reasons: Vec<Text>,
    pub meaning: Text,
    pub advice: Text,
    pub causes: Text,
    pub techniques: Vec<String>,
    pub class: Option<Class>,
    pub comment: Option<String>,
    /// "This is normal" would teach something.
    pub learnable: bool,
    pub evidence: EvidenceView,
}

/// The packets of an alert.
#[derive(Clone, Serialize, ToSchema)]
pub struct EvidenceView {
    pub capture: String,
    pub frames: Vec<u64>,
    /// A pcapng can be downloaded.
    pub available: bool,
    pub complete: bool,
    pub packets: u32,
    pub sha256: Option<String>,
    /// Why there are none, or none any more.
    pub lost: Option<Text>,
}

impl AlertDetail {
    pub fn of(alert: &Alert) -> Self {
        let text = |part: &str| {
            Text::of(|lang| match &alert.source {
                FindingSource::Detection { id } => lang.text(&format!("detection.{id}.{part}")),
                FindingSource::Signature { .. } => lang.text(&format!("signature.{part}")),
                FindingSource::Yara { .. } => lang.text(&format!("yara.{part}")),
            })
        };
        let packets = alert.packets.as_ref();
        AlertDetail {
            row: AlertRow::of(alert),
            reasons: alert.reasons.iter().map(|reason| Text::of(|lang| lang.reason(reason))).collect(),
            meaning: text("meaning"),
            advice: text("advice"),
            causes: text("causes"),
            techniques: detect::techniques(&alert.source),
            class: alert.class,
            comment: alert.comment.clone(),
            learnable: alert.learnable,
            evidence: EvidenceView {
                capture: alert.evidence.capture.to_string(),
                frames: alert.evidence.frames.to_vec(),
                available: packets.is_some(),
                complete: packets.is_some_and(|packets| packets.complete),
                packets: packets.map_or(0, |packets| packets.frames),
                sha256: packets.map(|packets| packets.sha256.clone()),
                lost: alert.packets_lost.map(|lost| Text::of(|lang| lang.text(lost.text_key()))),
            },
        }
    }
}

fn source(source: &FindingSource) -> String {
    match source {
        FindingSource::Detection { id } => id.to_string(),
        FindingSource::Signature { gid, sid, rev, .. } => format!("{gid}:{sid}:{rev}"),
        FindingSource::Yara { rule, .. } => rule.clone(),
    }
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
}

impl AssetRow {
    pub fn of(asset: &Asset) -> Self {
        use crate::event::FactKind;
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
            role: asset.role().map(|guess| guess.role),
            role_confidence: asset.role().map(|guess| guess.confidence),
            vendor: fact(&[FactKind::Vendor]),
            model: fact(&[FactKind::Model, FactKind::OrderNumber, FactKind::Product]),
            firmware: fact(&[FactKind::Firmware]),
            serial: fact(&[FactKind::Serial]),
            protocols,
            first: asset.first,
            last: asset.last,
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
}

#[derive(Clone, Serialize, ToSchema)]
pub struct RoleView {
    pub role: Role,
    pub confidence: u8,
    pub reason: Text,
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
}

#[derive(Clone, Serialize, ToSchema)]
pub struct LinkView {
    pub client: String,
    pub server: String,
    pub protocol: String,
    pub conversations: u64,
    pub packets: u64,
    pub bytes: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// Links shown of one asset.
const MAX_LINKS: usize = 200;

impl AssetDetail {
    pub fn of(asset: &Asset, inventory: &Inventory) -> Self {
        let mine = |key: &LinkKey| {
            [key.client, key.server].iter().any(|end| match end {
                crate::inventory::Address::Ip(ip) => asset.ips.contains(ip),
                crate::inventory::Address::Mac(mac) => asset.macs.contains(mac),
                crate::inventory::Address::Unknown => false,
            })
        };
        let mut links: Vec<(&LinkKey, &LinkRecord)> = inventory.links().filter(|(key, _)| mine(key)).collect();
        links.sort_by(|a, b| a.0.cmp(b.0));
        let role = |guess: &crate::inventory::RoleGuess| RoleView {
            role: guess.role,
            confidence: guess.confidence,
            reason: Text::of(|lang| lang.text(&guess.reason)),
        };
        AssetDetail {
            row: AssetRow::of(asset),
            roles: asset.roles.iter().map(role).collect(),
            facts: asset.facts.iter().map(FactView::of).collect(),
            serves: asset.serves.iter().map(ToString::to_string).collect(),
            uses: asset.uses.iter().map(ToString::to_string).collect(),
            links: links.into_iter().take(MAX_LINKS).map(|(key, record)| LinkView::of(key, record)).collect(),
        }
    }
}

impl FactView {
    fn of(fact: &FactRecord) -> Self {
        FactView {
            kind: fact.kind.name().to_owned(),
            value: fact.value.clone(),
            source: fact.source.to_string(),
            confidence: fact.confidence,
            first: fact.first,
            last: fact.last,
            capture: fact.evidence.capture.to_string(),
            frames: fact.evidence.frames.to_vec(),
        }
    }
}

impl LinkView {
    fn of(key: &LinkKey, record: &LinkRecord) -> Self {
        LinkView {
            client: key.client.to_string(),
            server: key.server.to_string(),
            protocol: key.service.to_string(),
            conversations: record.conversations,
            packets: record.packets,
            bytes: record.bytes,
            first: record.first,
            last: record.last,
        }
    }
}

/// A line of the catalogue.
#[derive(Clone, Serialize, ToSchema)]
pub struct DetectionView {
    pub id: String,
    pub name: Text,
    pub meaning: Text,
    pub advice: Text,
    pub causes: Text,
    pub severity: Severity,
    pub techniques: Vec<String>,
    pub needs_baseline: bool,
    pub thresholds: Vec<ThresholdView>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct ThresholdView {
    pub name: String,
    pub value: u32,
    pub unit: String,
}

impl DetectionView {
    pub fn all() -> Vec<Self> {
        let threshold = |t: &catalogue::Threshold| ThresholdView {
            name: t.name.to_owned(),
            value: t.value,
            unit: t.unit.to_owned(),
        };
        let view = |d: &catalogue::Detection| DetectionView {
            id: d.id.to_owned(),
            name: Text::of(|lang| d.name(lang)),
            meaning: Text::of(|lang| d.meaning(lang)),
            advice: Text::of(|lang| d.advice(lang)),
            causes: Text::of(|lang| d.causes(lang)),
            severity: d.severity,
            techniques: d.techniques.iter().map(ToString::to_string).collect(),
            needs_baseline: d.needs_baseline,
            thresholds: d.thresholds.iter().map(threshold).collect(),
        };
        catalogue::all().map(view).collect()
    }
}
