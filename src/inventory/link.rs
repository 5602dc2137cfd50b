use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::event::{Class, Ends, FunctionKey, MacAddr, Operation, Service, Timestamp, Vlans};

/// Who talks to whom by what: the client's port does not count.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct LinkKey {
    #[serde(rename = "vlan")]
    pub vlans: Vlans,
    pub client: Address,
    pub server: Address,
    pub service: Service,
}

/// A side of a link: its IP address, or below IP its MAC address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Address {
    Ip(IpAddr),
    Mac(MacAddr),
    Unknown,
}

impl Address {
    pub fn of(ip: Option<IpAddr>, mac: Option<MacAddr>) -> Self {
        ip.map(Address::Ip).or(mac.map(Address::Mac)).unwrap_or(Address::Unknown)
    }
}

impl Address {
    /// Could name one machine: no group, no wildcard.
    pub fn is_machine(&self) -> bool {
        match self {
            Address::Ip(ip) => is_machine(*ip),
            Address::Mac(mac) => mac.is_host(),
            Address::Unknown => false,
        }
    }

    /// A machine of the plant's own networks, not of the internet.
    pub fn is_inside(&self) -> bool {
        self.is_machine()
            && match self {
                Address::Ip(IpAddr::V4(ip)) => {
                    let carrier_grade = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
                    ip.is_private() || ip.is_link_local() || ip.is_loopback() || carrier_grade
                }
                Address::Ip(IpAddr::V6(ip)) => ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_loopback(),
                Address::Mac(_) | Address::Unknown => true,
            }
    }
}

fn is_machine(ip: IpAddr) -> bool {
    let broadcast = matches!(ip, IpAddr::V4(v4) if v4.is_broadcast() || v4.octets()[0] == 0);
    !ip.is_unspecified() && !ip.is_multicast() && !broadcast
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Address::Ip(ip) => ip.fmt(f),
            Address::Mac(mac) => mac.fmt(f),
            Address::Unknown => f.write_str("-"),
        }
    }
}

impl LinkKey {
    pub fn of(ends: &Ends, service: Service) -> Self {
        LinkKey {
            vlans: ends.vlans.clone(),
            client: Address::of(ends.client.ip, ends.client.mac),
            server: Address::of(ends.server.ip, ends.server.mac),
            service,
        }
    }

    /// Links to groups of machines are no links of the plant's map.
    pub fn is_between_machines(&self) -> bool {
        self.client.is_machine() && self.server.is_machine()
    }
}

/// What was counted of a link.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinkRecord {
    pub first: Timestamp,
    pub last: Timestamp,
    pub conversations: u64,
    pub packets: u64,
    pub bytes: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub functions: Vec<FunctionRecord>,
}

/// A function that was used on a link.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct FunctionRecord {
    /// See [`Unit::key`](crate::event::Unit::key).
    pub unit: u64,
    pub function: FunctionKey,
    pub name: String,
    pub class: Class,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
}

/// Functions kept of one link: somebody who tries them all must not fill memory.
const MAX_FUNCTIONS: usize = 256;

impl LinkRecord {
    pub fn new(first: Timestamp, last: Timestamp) -> Self {
        LinkRecord { first, last, conversations: 0, packets: 0, bytes: 0, functions: Vec::new() }
    }

    /// Takes in what was counted beside it.
    pub fn add(&mut self, other: &LinkRecord) {
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.conversations += other.conversations;
        self.packets += other.packets;
        self.bytes += other.bytes;
    }

    pub fn function(&mut self, unit: u64, function: FunctionKey) -> Option<&mut FunctionRecord> {
        self.functions.iter_mut().find(|known| known.unit == unit && known.function == function)
    }

    /// Counts an operation; true where its function is new and there was room for it.
    pub fn operation(&mut self, unit: u64, operation: &Operation, ts: Timestamp, room: bool) -> bool {
        self.last = self.last.max(ts);
        let key = operation.function.key();
        if let Some(known) = self.function(unit, key) {
            known.count += 1;
            known.last = known.last.max(ts);
            return false;
        }
        let room = room && self.functions.len() < MAX_FUNCTIONS;
        if room {
            let (name, class) = (operation.function.name.to_string(), operation.class);
            self.functions.push(FunctionRecord { unit, function: key, name, class, count: 1, first: ts, last: ts });
        }
        room
    }
}
