use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::role::Role;

/// What a person said of an asset; what is `None` is left to what is seen.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Said {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Purdue level, 0 (process) to 5 (enterprise).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<Flag>,
    /// 工业互联网标识.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifier_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How much hangs on an asset.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize, utoipa::ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    Low,
    #[default]
    Normal,
    High,
    Critical,
}

/// What a person allows or knows of an asset.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    AuthorisedScanner,
    EngineeringStation,
    RedundantPair,
}

/// Characters of a text that a person types.
const MAX_TEXT: usize = 200;
const MAX_LEVEL: u8 = 5;

impl Said {
    /// Empty texts say nothing; `false` where something cannot be taken.
    pub fn tidy(&mut self) -> bool {
        let texts = [&mut self.name, &mut self.zone, &mut self.identifier_code, &mut self.note];
        let mut good = self.level.is_none_or(|level| level <= MAX_LEVEL);
        for text in texts {
            *text = text.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
            let clean = |text: &String| text.chars().count() <= MAX_TEXT && !text.chars().any(char::is_control);
            good &= text.as_ref().is_none_or(clean);
        }
        good
    }
}
