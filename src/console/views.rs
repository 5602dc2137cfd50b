//! What the API shows; each text in both languages, so that the front end needs no second request to switch.

use serde::Serialize;
use utoipa::ToSchema;

use crate::alert::{Alert, Closing, Comment, Party, State};
use crate::detect::{self, catalogue};
use crate::event::{Class, FindingSource, Lang, Outcome, Severity, Timestamp};
use crate::inventory::Role;

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
    pub assignee: Option<String>,
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
            assignee: alert.assignee.clone(),
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
    /// What people wrote, the oldest first.
    pub comments: Vec<Comment>,
    /// By which its detection or rule is switched and held back.
    pub name: String,
    /// The story that it is a part of: id of its first alert.
    pub incident: Option<String>,
    /// "This is normal" would teach something.
    pub learnable: bool,
    /// Rows of the baseline that "this is normal" wrote.
    pub learnt: Vec<String>,
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
            comments: alert.comments.clone(),
            name: alert.source.name().into_owned(),
            incident: alert.incident.clone(),
            learnable: alert.learnable,
            learnt: alert.learnt.clone(),
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
    pub default_on: bool,
    pub on: bool,
    pub thresholds: Vec<ThresholdView>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct ThresholdView {
    pub name: String,
    pub value: u32,
    pub unit: String,
}

impl DetectionView {
    /// All of them; whether each speaks is asked by its id.
    pub fn all(speaks: impl Fn(&str) -> bool) -> Vec<Self> {
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
            default_on: d.default_on,
            on: speaks(d.id),
            thresholds: d.thresholds.iter().map(threshold).collect(),
        };
        catalogue::all().map(view).collect()
    }
}
