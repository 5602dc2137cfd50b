use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A statement about an asset, always with where it was read, so that a person can ask "how do you know".
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// Which end of the conversation the fact is about.
    pub about: Side,
    pub kind: FactKind,
    pub value: String,
    /// Where on the wire: `modbus 43/14 object 1`, `szl 0x001c index 5`.
    pub source: Cow<'static, str>,
    /// Percent.
    pub confidence: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Client,
    Server,
}

impl Side {
    pub const fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactKind {
    Vendor,
    Product,
    Model,
    OrderNumber,
    Firmware,
    /// The maker's number of one build of the firmware.
    Build,
    Hardware,
    Serial,
    /// Name a person gave: station, plant, application.
    Name,
    /// Name of the machine in its network.
    HostName,
    /// Operating system or firmware family, as far as the machine hints at it.
    Os,
    Url,
    ApplicationUri,
    ProductUri,
    State,
    /// S7: level of protection in force, 1 (none) to 4 (no access).
    Protection,
    /// S7: position of the mode selector: `RUN`, `RUN-P`, `STOP`, `MRES`.
    KeySwitch,
    /// Where a module sits: `rack 0 slot 2`.
    Place,
    /// A module beside the one that answers: `rack 0 slot 4: 6ES7 321-1BH02-0AA0`.
    Module,
    /// Name and version of a project or program on the controller.
    Project,
    /// Network card or adapter by which a station connects, as it says itself.
    Adapter,
    /// How well a server can serve, in the words of its protocol: `healthy`, `degraded`, `no_data`, `maintenance`.
    ServiceLevel,
    /// A protection that a server offers or that was used with it: policy and mode, such as `Basic256Sha256 sign`.
    SecurityOffered,
    SecurityUsed,
    /// A way to log on: `anonymous`, `user_name`, `certificate`, `issued`.
    LogonOffered,
    LogonUsed,
    /// Thumbprint and subject of a certificate.
    Certificate,
    /// URI of another server that this one knows by its table.
    Peer,
    /// URI of a namespace: what the server's nodes are about.
    Namespace,
    /// Several machines speak from this address, as behind a router that translates addresses (NAT): what shows it.
    Translation,
}

impl FactKind {
    pub const fn name(self) -> &'static str {
        match self {
            FactKind::Vendor => "vendor",
            FactKind::Product => "product",
            FactKind::Model => "model",
            FactKind::OrderNumber => "order_number",
            FactKind::Firmware => "firmware",
            FactKind::Build => "build",
            FactKind::Hardware => "hardware",
            FactKind::Serial => "serial",
            FactKind::Name => "name",
            FactKind::HostName => "host_name",
            FactKind::Os => "os",
            FactKind::Url => "url",
            FactKind::ApplicationUri => "application_uri",
            FactKind::ProductUri => "product_uri",
            FactKind::State => "state",
            FactKind::Protection => "protection",
            FactKind::KeySwitch => "key_switch",
            FactKind::Place => "place",
            FactKind::Module => "module",
            FactKind::Project => "project",
            FactKind::Adapter => "adapter",
            FactKind::ServiceLevel => "service_level",
            FactKind::SecurityOffered => "security_offered",
            FactKind::SecurityUsed => "security_used",
            FactKind::LogonOffered => "logon_offered",
            FactKind::LogonUsed => "logon_used",
            FactKind::Certificate => "certificate",
            FactKind::Peer => "peer",
            FactKind::Namespace => "namespace",
            FactKind::Translation => "translation",
        }
    }
}

impl fmt::Display for FactKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
