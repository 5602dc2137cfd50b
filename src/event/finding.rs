use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::endpoint::Ends;
use super::evidence::Evidence;
use super::operation::{Class, Outcome};
use super::text::Lang;
use super::{FlowId, Service, Timestamp};

/// Something worth a person's attention; the alert room folds findings of the same act into one alert.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Finding {
    pub ts: Timestamp,
    pub source: FindingSource,
    pub severity: Severity,
    pub service: Service,
    pub flow: Option<FlowId>,
    pub ends: Ends,
    /// The act is about one machine and not a pair: the server end repeats or is empty.
    pub outcome: Option<Outcome>,
    /// What kind of act it was, where it was an operation.
    #[serde(default)]
    pub class: Option<Class>,
    /// What makes this act the same as another one beside detection and ends: function, object, file name.
    pub act: String,
    /// Plain reasons that led here and set the severity; each a key of the language files with its arguments.
    pub reasons: Vec<Reason>,
    pub evidence: Evidence,
    /// What learning would have to add to make this normal.
    pub learnable: bool,
}

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FindingSource {
    /// One of our detectors, by its catalogue id such as `S7-03`.
    Detection { id: Cow<'static, str> },
    /// A rule of a rule file.
    Signature {
        gid: u32,
        sid: u32,
        rev: u32,
        message: String,
        /// The message in Chinese, where the author wrote one.
        #[serde(default)]
        zh: Option<String>,
        classtype: Option<String>,
        techniques: Vec<String>,
    },
    /// A YARA rule that matched in a carried file.
    Yara {
        rule: String,
        message: String,
        #[serde(default)]
        zh: Option<String>,
        techniques: Vec<String>,
    },
}

impl FindingSource {
    /// By which people switch it and hold it back: detection id, `gid:sid`, or name of the YARA rule.
    pub fn name(&self) -> Cow<'_, str> {
        match self {
            FindingSource::Detection { id } => Cow::Borrowed(id),
            FindingSource::Signature { gid, sid, .. } => Cow::Owned(format!("{gid}:{sid}")),
            FindingSource::Yara { rule, .. } => Cow::Borrowed(rule),
        }
    }

    /// What it found, for people.
    pub fn title(&self, lang: Lang) -> String {
        match (self, lang) {
            (FindingSource::Detection { id }, _) => lang.text(&format!("detection.{id}.name")),
            (FindingSource::Signature { zh: Some(zh), .. } | FindingSource::Yara { zh: Some(zh), .. }, Lang::Zh) => {
                zh.clone()
            }
            (FindingSource::Signature { message, .. } | FindingSource::Yara { message, .. }, _) => message.clone(),
        }
    }
}

/// A sentence of the language files: key and arguments, so that it can be said in every language.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Reason {
    pub key: Cow<'static, str>,
    #[serde(default)]
    pub args: Vec<(Cow<'static, str>, String)>,
}

impl Reason {
    pub fn new(key: &'static str) -> Self {
        Reason { key: Cow::Borrowed(key), args: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.args.push((Cow::Borrowed(name), value.to_string()));
        self
    }

    /// How many of something, where the reason says so.
    pub fn count(&self) -> Option<u64> {
        self.args.iter().find(|(name, _)| name == "count").and_then(|(_, value)| value.parse().ok())
    }
}

/// 紧急, 高, 中, 低, 信息.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    Info,
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    pub const fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
