use serde::{Deserialize, Serialize};

use crate::event::{
    Class, Endpoint, Evidence, Finding, FindingSource, FlowId, Lang, MacAddr, Outcome, Reason, Service, Severity,
    Timestamp, Vlans,
};
use crate::inventory::{Asset, Role};

/// Reasons kept of one alert; the act's first ones say most.
const MAX_REASONS: usize = 24;
/// Frames named in one alert.
const MAX_FRAMES: usize = 64;

/// One act, however often it was repeated.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Alert {
    /// Sixteen hexadecimal digits; the same act of the same capture has the same id in every run.
    pub id: String,
    pub source: FindingSource,
    pub severity: Severity,
    pub state: State,
    pub closing: Option<Closing>,
    pub service: Service,
    #[serde(rename = "vlan")]
    pub vlans: Vlans,
    pub client: Option<Party>,
    pub server: Option<Party>,
    pub outcome: Option<Outcome>,
    #[serde(default)]
    pub class: Option<Class>,
    pub act: String,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub flow: Option<FlowId>,
    pub reasons: Vec<Reason>,
    pub learnable: bool,
    pub evidence: Evidence,
    pub packets: Option<Packets>,
    #[serde(default)]
    pub packets_lost: Option<PacketsLost>,
    /// The incident that this act is a part of: the id of its first alert.
    #[serde(default)]
    pub incident: Option<String>,
    pub comment: Option<String>,
    /// Who sees to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assignee: Option<String>,
    /// What people wrote, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<Comment>,
    /// Rows of the baseline that "this is normal" wrote.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub learnt: Vec<String>,
}

/// What somebody wrote about an alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Comment {
    pub at: Timestamp,
    pub user: String,
    pub text: String,
}

/// Comments on one alert.
const MAX_COMMENTS: usize = 200;

/// A side of the act.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Party {
    pub ip: Option<std::net::IpAddr>,
    pub mac: Option<MacAddr>,
    /// Id of the asset, what a person would call it, and what it does in the plant.
    pub asset: Option<String>,
    pub label: Option<String>,
    #[serde(default)]
    pub role: Option<Role>,
}

/// The evidence file of an alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Packets {
    /// File name in the evidence folder.
    pub file: String,
    pub sha256: String,
    pub frames: u32,
    /// False where the ring no longer held the act's own frames.
    pub complete: bool,
}

/// Why an alert has no evidence file, or has none any more.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PacketsLost {
    /// More alerts at one time than packets can be gathered for.
    TooManyAtOnce,
    DiskFull,
    NotWritable,
    /// It made room for newer evidence, or was itself larger than all evidence may be.
    Quota,
    /// It was kept for as long as the configuration says.
    Expired,
}

impl PacketsLost {
    pub const ALL: [PacketsLost; 5] = [
        PacketsLost::TooManyAtOnce,
        PacketsLost::DiskFull,
        PacketsLost::NotWritable,
        PacketsLost::Quota,
        PacketsLost::Expired,
    ];

    /// Key of the sentence that tells people.
    pub const fn text_key(self) -> &'static str {
        match self {
            PacketsLost::TooManyAtOnce => "evidence.lost.too_many_at_once",
            PacketsLost::DiskFull => "evidence.lost.disk_full",
            PacketsLost::NotWritable => "evidence.lost.not_writable",
            PacketsLost::Quota => "evidence.lost.quota",
            PacketsLost::Expired => "evidence.lost.expired",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    New,
    Acknowledged,
    Closed,
}

/// Why an alert was closed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    /// The act belongs here; it has been learnt.
    Normal,
    Incident,
}

impl Alert {
    pub fn new(id: String, finding: Finding, client: Option<Party>, server: Option<Party>) -> Self {
        let mut alert = Alert {
            id,
            source: finding.source,
            severity: finding.severity,
            state: State::New,
            closing: None,
            service: finding.service,
            vlans: finding.ends.vlans,
            client,
            server,
            outcome: finding.outcome,
            class: finding.class,
            act: finding.act,
            count: 1,
            first: finding.ts,
            last: finding.ts,
            flow: finding.flow,
            reasons: Vec::new(),
            learnable: finding.learnable,
            evidence: finding.evidence,
            packets: None,
            packets_lost: None,
            incident: None,
            comment: None,
            assignee: None,
            comments: Vec::new(),
            learnt: Vec::new(),
        };
        alert.add_reasons(finding.reasons);
        alert
    }

    /// Takes the same act in once more.
    pub fn repeat(&mut self, finding: Finding) {
        self.count += 1;
        self.last = self.last.max(finding.ts);
        self.severity = self.severity.max(finding.severity);
        self.outcome = self.outcome.max(finding.outcome);
        self.add_reasons(finding.reasons);
        if self.evidence.capture == finding.evidence.capture && self.evidence.frames.len() < MAX_FRAMES {
            self.evidence.join(finding.evidence.frames);
            self.evidence.frames.truncate(MAX_FRAMES);
        }
        self.evidence.reach(finding.evidence.span[1]);
    }

    /// Adds what somebody wrote; false where there is too much already.
    pub fn write(&mut self, comment: Comment) -> bool {
        let has_room = self.comments.len() < MAX_COMMENTS;
        if has_room {
            self.comments.push(comment);
        }
        has_room
    }

    /// What happened, in one line.
    pub fn title(&self, lang: Lang) -> String {
        let what = self.source.title(lang);
        let name = |party: &Option<Party>| party.as_ref().and_then(Party::name);
        let who = match (name(&self.client), name(&self.server)) {
            (Some(client), Some(server)) => format!("{client} → {server}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return what,
        };
        lang.say("alert.title", &[("what", what), ("who", who)])
    }

    fn add_reasons(&mut self, reasons: Vec<Reason>) {
        for reason in reasons {
            let count = reason.count();
            let same = |known: &&mut Reason| count.is_some() && known.key == reason.key;
            if let Some(known) = self.reasons.iter_mut().find(same) {
                // What is counted is said once, at its highest.
                if count > known.count() {
                    *known = reason;
                }
            } else if self.reasons.len() < MAX_REASONS && !self.reasons.contains(&reason) {
                self.reasons.push(reason);
            }
        }
    }
}

impl Party {
    /// `None` for an end without any address.
    pub fn of(end: &Endpoint, asset: Option<&Asset>) -> Option<Self> {
        if end.ip.is_none() && end.mac.is_none() {
            return None;
        }
        Some(Party {
            ip: end.ip,
            mac: end.mac,
            asset: asset.map(|asset| asset.id.to_string()),
            label: asset.map(Asset::label),
            role: asset.and_then(Asset::role),
        })
    }

    fn name(&self) -> Option<String> {
        self.ip.map(|ip| ip.to_string()).or_else(|| self.mac.map(|mac| mac.to_string()))
    }
}
