use serde::Serialize;
use utoipa::ToSchema;

use super::views::Text;

/// The demo plant's attacks.
#[derive(Clone, Serialize, ToSchema)]
pub struct DemoState {
    pub attacks: Vec<DemoAttack>,
    /// The one going on.
    pub running: Option<String>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct DemoAttack {
    pub name: String,
    pub detection: String,
    pub what: Text,
}

/// Plays attacks in the demo plant.
pub trait DemoControl: Send + Sync {
    fn state(&self) -> DemoState;
    /// Has an attack come next; false where there is none of that name.
    fn attack(&self, name: &str) -> bool;
}
