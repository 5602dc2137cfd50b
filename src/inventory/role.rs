use serde::{Deserialize, Serialize};

/// What an asset does in the plant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Plc,
    Hmi,
    EngineeringStation,
    /// OPC UA servers, databases and the like.
    Server,
    /// Reads from and writes to several controllers.
    Scada,
    Historian,
    /// Speaks for other devices behind it.
    Gateway,
    Drive,
    Cnc,
    Robot,
    Camera,
    Printer,
    Switch,
    Router,
    Pc,
    Phone,
}

impl Role {
    pub const ALL: [Role; 16] = [
        Role::Plc,
        Role::Hmi,
        Role::EngineeringStation,
        Role::Server,
        Role::Scada,
        Role::Historian,
        Role::Gateway,
        Role::Drive,
        Role::Cnc,
        Role::Robot,
        Role::Camera,
        Role::Printer,
        Role::Switch,
        Role::Router,
        Role::Pc,
        Role::Phone,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Role::Plc => "plc",
            Role::Hmi => "hmi",
            Role::EngineeringStation => "engineering_station",
            Role::Server => "server",
            Role::Scada => "scada",
            Role::Historian => "historian",
            Role::Gateway => "gateway",
            Role::Drive => "drive",
            Role::Cnc => "cnc",
            Role::Robot => "robot",
            Role::Camera => "camera",
            Role::Printer => "printer",
            Role::Switch => "switch",
            Role::Router => "router",
            Role::Pc => "pc",
            Role::Phone => "phone",
        }
    }

    /// Purdue level at which such a thing usually stands.
    pub const fn level(self) -> u8 {
        match self {
            Role::Plc | Role::Drive | Role::Cnc | Role::Robot | Role::Gateway => 1,
            Role::Hmi | Role::EngineeringStation | Role::Scada | Role::Switch => 2,
            Role::Server | Role::Historian | Role::Router => 3,
            Role::Camera | Role::Printer | Role::Pc | Role::Phone => 4,
        }
    }
}

/// A role with how sure we are and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleGuess {
    pub role: Role,
    /// Percent; that of the strongest reason.
    pub confidence: u8,
    /// Strongest first, each once.
    #[serde(default)]
    pub reasons: Vec<RoleReason>,
}

/// What speaks for a role.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RoleReason {
    /// Key of the language files.
    pub key: String,
    /// Percent.
    pub confidence: u8,
}

/// Reasons kept of one role.
const MAX_REASONS: usize = 8;

impl RoleGuess {
    pub fn new(role: Role) -> Self {
        RoleGuess { role, confidence: 0, reasons: Vec::new() }
    }

    /// Adds a reason; one that is known and no stronger changes nothing.
    pub fn because(&mut self, key: &str, confidence: u8) {
        match self.reasons.iter_mut().find(|reason| reason.key == key) {
            Some(known) if known.confidence >= confidence => return,
            Some(known) => known.confidence = confidence,
            None => self.reasons.push(RoleReason { key: key.to_owned(), confidence }),
        }
        // Of equals the first known stays first.
        self.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.confidence));
        self.reasons.truncate(MAX_REASONS);
        self.confidence = self.confidence.max(confidence);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_kept_once_and_the_strongest_stands_first() {
        let mut guess = RoleGuess::new(Role::Plc);
        for (key, confidence) in [("role.serves_s7", 90), ("role.order_number", 92), ("role.serves_s7", 80)] {
            guess.because(key, confidence);
        }
        let reasons: Vec<_> = guess.reasons.iter().map(|reason| (reason.key.as_str(), reason.confidence)).collect();
        assert_eq!(reasons, [("role.order_number", 92), ("role.serves_s7", 90)]);
        assert_eq!(guess.confidence, 92);
    }

    #[test]
    fn reasons_are_bounded_and_the_weakest_go() {
        let mut guess = RoleGuess::new(Role::Plc);
        (1..=100).for_each(|confidence| guess.because(&format!("role.{confidence}"), confidence));
        assert_eq!(guess.reasons.len(), MAX_REASONS);
        assert_eq!(guess.reasons.last().map(|reason| reason.confidence), Some(93));
    }
}
