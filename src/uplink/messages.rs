use serde::{Deserialize, Serialize};

use super::category::{EventCategory, category_of};
use super::envelope::Envelope;
use super::mask::{MaskedParty, Masker};
use crate::alert::{Alert, Closing, Party, State};
use crate::event::{Class, FindingSource, Lang, Outcome, Severity, Timestamp};

/// `register`: once, and on change.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Register {
    pub enrolment_code: String,
    pub enterprise: Enterprise,
    pub probe: Probe,
}

#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Enterprise {
    pub name: String,
    pub credit_code: String,
    pub region: String,
    pub industry: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Probe {
    pub id: String,
    pub software: String,
    pub rules: String,
    pub capture_ports: u32,
    pub protocols: Vec<String>,
    pub sharing_level: u8,
}

/// The answer to `register`.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Registered {
    #[serde(flatten)]
    pub answer: Answer,
    /// Signs everything from now on; base64 of 32 bytes.
    pub probe_key: Option<String>,
}

/// `heartbeat`.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Heartbeat {
    pub uptime_seconds: u64,
    pub captured_packets: u64,
    pub dropped_packets: u64,
    /// Percent of acknowledged bytes that were never seen.
    pub unseen_percent: f64,
    pub last_packet: Option<Timestamp>,
    pub software: String,
    /// Scenarios that watch, of how many.
    pub watching: u32,
    pub scenarios: u32,
    pub open_alerts: u32,
    pub assets: u32,
    pub backlog: u64,
    pub oldest_unsent_seconds: u64,
}

/// One alert of an `alert.batch`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AlertRecord {
    pub alert_id: String,
    /// Detection id, rule number or YARA rule.
    pub rule_id: String,
    /// From the language files or the rule file, never from traffic.
    pub name_zh: String,
    pub name_en: String,
    pub category: EventCategory,
    pub severity: Severity,
    pub techniques: Vec<String>,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    pub count: u64,
    pub source: Option<MaskedParty>,
    pub destination: Option<MaskedParty>,
    pub protocol: String,
    pub operation_class: Option<Class>,
    pub outcome: Option<Outcome>,
    pub status: State,
    pub closing: Option<Closing>,
}

impl AlertRecord {
    /// Masks an alert.
    pub fn of(alert: &Alert, masker: &Masker, techniques: Vec<String>) -> Self {
        let mask = |party: &Option<Party>| party.as_ref().map(|party| masker.party(party));
        AlertRecord {
            alert_id: alert.id.clone(),
            rule_id: rule_id(&alert.source),
            name_zh: alert.source.title(Lang::Zh),
            name_en: alert.source.title(Lang::En),
            category: category_of(alert),
            severity: alert.severity,
            techniques,
            first_seen: alert.first,
            last_seen: alert.last,
            count: alert.count,
            source: mask(&alert.client),
            destination: mask(&alert.server),
            protocol: alert.service.to_string(),
            operation_class: alert.class,
            outcome: alert.outcome,
            status: alert.state,
            closing: alert.closing,
        }
    }
}

fn rule_id(source: &FindingSource) -> String {
    match source {
        FindingSource::Detection { id } => id.to_string(),
        FindingSource::Signature { gid, sid, rev, .. } => format!("{gid}:{sid}:{rev}"),
        FindingSource::Yara { rule, .. } => rule.clone(),
    }
}

/// Body of `POST /uplink/v1/batches`.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct BatchRequest {
    pub batches: Vec<Envelope>,
}

/// What the next tier answers.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Answer {
    pub code: u32,
    pub msg: String,
    pub req_id: String,
    pub server_time: String,
    /// Message ids.
    #[serde(default)]
    pub accepted: Vec<String>,
    #[serde(default)]
    pub duplicate: Vec<String>,
    #[serde(default)]
    pub rejected: Vec<Rejection>,
    /// Sequence numbers to be sent first.
    #[serde(default)]
    pub missing: Vec<u64>,
    /// Seconds.
    #[serde(default)]
    pub retry_after: Option<u64>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Rejection {
    pub msg_id: String,
    pub code: u32,
    pub reason: String,
}

/// Codes of [`Answer::code`]: 1xxx identity, signature, time; 2xxx form and size; 3xxx order; 4xxx permission; 9xxx other.
pub struct AnswerCode;

impl AnswerCode {
    pub const OK: u32 = 0;
    pub const UNKNOWN_PROBE: u32 = 1001;
    pub const SIGNATURE: u32 = 1002;
    pub const CLOCK: u32 = 1003;
    pub const NONCE: u32 = 1004;
    pub const ENROLMENT: u32 = 1005;
    pub const FORM: u32 = 2001;
    pub const TOO_LARGE: u32 = 2002;
    pub const VERSION: u32 = 2003;
    pub const GAP: u32 = 3014;
    /// The number was used by another message.
    pub const USED: u32 = 3016;
    pub const OTHER: u32 = 9001;

    /// The message itself can never be taken, and its number is spent. Everything else may be right another day.
    pub const fn is_final(code: u32) -> bool {
        matches!(code, Self::FORM | Self::TOO_LARGE)
    }
}
