use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::endpoint::MacAddr;
use super::mention::Mention;

/// What a single frame below conversations says.
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
