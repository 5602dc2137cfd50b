use std::borrow::Cow;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::endpoint::MacAddr;
use super::fact::Side;
use super::mention::Mention;
use super::operation::Outcome;

/// What a single frame below conversations says, or a conversation beside control traffic.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Notice {
    Arp(Arp),
    /// PROFINET DCP: name, address or a reset is given to a device (IEC 61158-6-10, service Set).
    DcpSet {
        options: String,
    },
    /// A name or thumbprint that a conversation beside control traffic told.
    Mention(Mention),
    /// A value of a device is set by SNMP.
    SnmpSet {
        object: String,
    },
    /// A machine offers the network what others rely on.
    Serves(Serving),
    /// Somebody logs on, or tries to.
    LogOn(LogOn),
    /// A file goes by, or an order for another machine to run something.
    Carried(Carried),
    /// So many connections of one client to one port of a server are open.
    Connections {
        open: u32,
    },
    /// The first segment of one side of a connection came from further or nearer than any of its sender before.
    Travelled(Travelled),
}

/// See [`Notice::Travelled`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Travelled {
    pub by: Side,
    /// What is left of the time to live.
    pub ttl: u8,
}

/// See [`Notice::Serves`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Serving {
    pub what: NetworkService,
    /// What it offers: an address, a name, the number of a root bridge.
    pub detail: String,
}

/// What all machines of a network rely on, and what few may do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetworkService {
    /// Gives out addresses (RFC 2131).
    Dhcp,
    /// Answers for names (RFC 1035).
    Dns,
    /// Answers whoever asks all for a name: LLMNR (RFC 4795), NetBIOS (RFC 1002).
    Name,
    /// Calls itself a router of IPv6 (RFC 4861 section 4.2).
    Router,
    /// Claims to be the root of the spanning tree (IEEE 802.1D section 9).
    RootBridge,
    /// Names itself to its neighbours (IEEE 802.1AB).
    Neighbour,
}

impl NetworkService {
    pub const fn name(self) -> &'static str {
        match self {
            NetworkService::Dhcp => "dhcp",
            NetworkService::Dns => "dns",
            NetworkService::Name => "name",
            NetworkService::Router => "router",
            NetworkService::RootBridge => "root_bridge",
            NetworkService::Neighbour => "neighbour",
        }
    }
}

/// See [`Notice::LogOn`]. The secret itself is never kept.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct LogOn {
    /// `ftp`, `telnet`, `http`, `smb`, `snmp`, `vnc`.
    pub service: Cow<'static, str>,
    pub user: Option<String>,
    pub secret: Secret,
    pub outcome: Outcome,
}

/// How somebody proved who he is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Secret {
    /// Not readable on the wire.
    Protected,
    /// Readable for whoever listens.
    Clear,
    /// Readable, and one that makers ship.
    Default,
    /// None was asked for.
    None,
}

/// See [`Notice::Carried`].
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Carried {
    /// What carried it, as [`LogOn::service`]; `tftp`, `dcerpc`, `tcp`.
    pub service: Cow<'static, str>,
    pub name: String,
    pub kind: Cargo,
    pub to_server: bool,
}

/// What a file or an order is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cargo {
    /// Machine code: PE or ELF.
    Program,
    Script,
    /// A project of engineering software.
    Project,
    /// An image that a device takes for its own firmware.
    Firmware,
    /// Another machine is told to run something: services, tasks and management by remote call.
    RemoteOrder,
}

impl Cargo {
    pub const fn name(self) -> &'static str {
        match self {
            Cargo::Program => "program",
            Cargo::Script => "script",
            Cargo::Project => "project",
            Cargo::Firmware => "firmware",
            Cargo::RemoteOrder => "remote_order",
        }
    }
}

/// RFC 826 for Ethernet and IPv4.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Arp {
    /// 1 asks, 2 answers.
    pub operation: u16,
    pub sender_mac: MacAddr,
    pub sender_ip: Ipv4Addr,
    pub target_ip: Ipv4Addr,
}
