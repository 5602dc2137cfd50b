use serde::{Deserialize, Serialize};

/// What an asset does in the plant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Plc,
    Hmi,
    EngineeringStation,
    /// OPC UA servers, historians and the like.
    Server,
}

/// A role with how sure we are and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleGuess {
    pub role: Role,
    /// Percent.
    pub confidence: u8,
    /// Key of the language files.
    pub reason: String,
}
