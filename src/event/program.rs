use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What a controller's program block says of itself in its header, and the hash of its code alone.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct ProgramBlock {
    /// As a person writes it: `OB1`, `DB10`.
    pub block: String,
    /// Language it was written in: `stl`, `lad`, `fbd`, `scl`, `db` …
    pub language: Cow<'static, str>,
    pub author: String,
    pub family: String,
    pub name: String,
    pub version: String,
    /// Last change of code and of interface, by the clock of whoever compiled it.
    pub code_changed: String,
    pub interface_changed: String,
    /// Bytes in load memory, of the code part and of local data.
    pub load_length: u32,
    pub code_length: u16,
    pub local_length: u16,
    /// Bytes of the interface's description, and of further sections.
    #[serde(default)]
    pub interface_length: u16,
    #[serde(default)]
    pub additional_length: u16,
    /// Is part of the running program; belongs to the system; forgets its values when the power goes.
    #[serde(default)]
    pub linked: bool,
    #[serde(default)]
    pub standard: bool,
    #[serde(default)]
    pub non_retain: bool,
    pub checksum: u16,
    /// Know-how protection.
    pub protected: bool,
    /// Of the code part alone: the same for two compilations of the same code. `None` where the block is not whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<String>,
}
