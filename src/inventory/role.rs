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
    /// Percent.
    pub confidence: u8,
    /// Key of the language files.
    pub reason: String,
}
