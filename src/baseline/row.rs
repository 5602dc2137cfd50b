//! What is learnt as rows that a person can name: list, explain, lock, remove.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::stage::Scenario;
use crate::event::{ActId, Evidence, FunctionKey, Service, Timestamp, Vlans};
use crate::inventory::{Address, LinkKey};

/// One table, area or node of one server.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Written {
    pub vlan: Vlans,
    pub server: Address,
    pub service: Service,
    pub unit: u64,
    pub space: u64,
}

/// Where a row was seen first.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Origin {
    pub capture: Arc<str>,
    pub frame: u64,
}

impl Origin {
    pub fn of(evidence: &Evidence) -> Self {
        Origin { capture: Arc::clone(&evidence.capture), frame: evidence.frames.first().copied().unwrap_or(0) }
    }
}

/// Names a row; text form of parts joined by `|`, the same on every box.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RowId {
    Host(Address),
    /// Which cards an IP address may have.
    Cards(Vlans, IpAddr),
    Link(LinkKey),
    Function(LinkKey, u64, FunctionKey),
    /// A space of addresses by its key.
    Object(LinkKey, u64, FunctionKey, u64),
    /// A value by its space and its place in it.
    Value(LinkKey, u64, FunctionKey, u64, u64),
    /// Who writes a space of a server.
    Writers(Written),
    /// How often an operation comes that is always used on the same.
    Rhythm(LinkKey, u64, FunctionKey, ActId),
    Order(LinkKey),
    Volume(LinkKey),
}

impl RowId {
    pub fn scenario(&self) -> Scenario {
        match self {
            RowId::Host(_) => Scenario::Hosts,
            RowId::Cards(..) => Scenario::Addresses,
            RowId::Link(_) => Scenario::Links,
            RowId::Function(..) => Scenario::Functions,
            RowId::Object(..) => Scenario::Objects,
            RowId::Value(..) => Scenario::Values,
            RowId::Writers(_) => Scenario::Writers,
            RowId::Rhythm(..) => Scenario::Rhythm,
            RowId::Order(_) => Scenario::Order,
            RowId::Volume(_) => Scenario::Volume,
        }
    }

    pub fn link(&self) -> Option<&LinkKey> {
        match self {
            RowId::Host(_) | RowId::Cards(..) | RowId::Writers(_) => None,
            RowId::Link(key) | RowId::Order(key) | RowId::Volume(key) | RowId::Function(key, ..) => Some(key),
            RowId::Object(key, ..) | RowId::Value(key, ..) | RowId::Rhythm(key, ..) => Some(key),
        }
    }

    /// Whose behaviour it is about, as far as it names machines.
    pub fn concerns(&self, address: &Address) -> bool {
        match self {
            RowId::Host(host) => host == address,
            RowId::Cards(_, ip) => Address::Ip(*ip) == *address,
            RowId::Writers(written) => written.server == *address,
            other => other.link().is_some_and(|key| key.client == *address || key.server == *address),
        }
    }
}

/// A row for people.
#[derive(Clone, PartialEq, Debug)]
pub struct Row {
    pub id: RowId,
    pub unit: Option<u64>,
    pub function: Option<String>,
    pub object: Option<String>,
    /// What is normal: addresses, cards, values.
    pub normal: String,
    pub count: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub origin: Option<Origin>,
    pub locked: bool,
    /// Of a value: how it went lately, oldest first.
    pub history: Vec<(Timestamp, f64)>,
}

/// Which rows.
#[derive(Clone, Debug, Default)]
pub struct RowQuery {
    pub scenario: Option<Scenario>,
    /// In any text of the row, in lower case; empty for all.
    pub search: String,
    pub locked: bool,
}

/// Why a row was not changed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RowFault {
    Unknown,
    /// Somebody locked it: unlock it first.
    Locked,
}

impl fmt::Display for RowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RowId::Host(address) => write!(f, "host|{address}"),
            RowId::Cards(vlans, ip) => write!(f, "address|{}|{ip}", tags(vlans)),
            RowId::Link(key) => write!(f, "link|{}", Key(key)),
            RowId::Function(key, unit, function) => write!(f, "function|{}|{unit}|{}", Key(key), Fn(*function)),
            RowId::Object(key, unit, function, space) => {
                write!(f, "object|{}|{unit}|{}|{space:x}", Key(key), Fn(*function))
            }
            RowId::Value(key, unit, function, space, place) => {
                write!(f, "value|{}|{unit}|{}|{space:x}|{place:x}", Key(key), Fn(*function))
            }
            RowId::Writers(Written { vlan, server, service, unit, space }) => {
                write!(f, "writers|{}|{server}|{service}|{unit}|{space:x}", tags(vlan))
            }
            RowId::Rhythm(key, unit, function, act) => {
                write!(f, "rhythm|{}|{unit}|{}|{:x}", Key(key), Fn(*function), act.0)
            }
            RowId::Order(key) => write!(f, "order|{}", Key(key)),
            RowId::Volume(key) => write!(f, "volume|{}", Key(key)),
        }
    }
}

/// A text that names no row.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' names no row")]
pub struct RowIdError(String);

impl FromStr for RowId {
    type Err = RowIdError;

    fn from_str(text: &str) -> Result<Self, RowIdError> {
        read(text).ok_or_else(|| RowIdError(text.chars().take(200).collect()))
    }
}

impl Serialize for RowId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RowId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

struct Key<'a>(&'a LinkKey);

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LinkKey { vlans, client, server, service } = self.0;
        write!(f, "{}|{client}|{server}|{service}", tags(vlans))
    }
}

struct Fn(FunctionKey);

impl fmt::Display for Fn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let FunctionKey { code, rosctr, group, detail } = self.0;
        write!(f, "{code}.{rosctr}.{group}.{detail}")
    }
}

fn tags(vlans: &Vlans) -> String {
    vlans.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

fn read(text: &str) -> Option<RowId> {
    let mut parts = text.split('|');
    let kind = parts.next()?;
    let id = match kind {
        "host" => RowId::Host(address(parts.next()?)?),
        "address" => RowId::Cards(vlans(parts.next()?)?, parts.next()?.parse().ok()?),
        "writers" => RowId::Writers(Written {
            vlan: vlans(parts.next()?)?,
            server: address(parts.next()?)?,
            service: parts.next()?.parse().ok()?,
            unit: parts.next()?.parse().ok()?,
            space: hex(parts.next()?)?,
        }),
        _ => {
            let key = LinkKey {
                vlans: vlans(parts.next()?)?,
                client: address(parts.next()?)?,
                server: address(parts.next()?)?,
                service: parts.next()?.parse::<Service>().ok()?,
            };
            let mut function = || Some((parts.next()?.parse::<u64>().ok()?, function(parts.next()?)?));
            match kind {
                "link" => RowId::Link(key),
                "order" => RowId::Order(key),
                "volume" => RowId::Volume(key),
                "rhythm" => {
                    let (unit, function) = function()?;
                    RowId::Rhythm(key, unit, function, ActId(hex(parts.next()?)?))
                }
                "function" => function().map(|(unit, function)| RowId::Function(key, unit, function))?,
                "object" => {
                    let (unit, function) = function()?;
                    RowId::Object(key, unit, function, hex(parts.next()?)?)
                }
                "value" => {
                    let (unit, function) = function()?;
                    RowId::Value(key, unit, function, hex(parts.next()?)?, hex(parts.next()?)?)
                }
                _ => return None,
            }
        }
    };
    parts.next().is_none().then_some(id)
}

/// An address as it is written in lists.
pub fn address(text: &str) -> Option<Address> {
    let ip = text.parse().map(Address::Ip).ok();
    ip.or_else(|| text.parse().map(Address::Mac).ok())
}

fn vlans(text: &str) -> Option<Vlans> {
    text.split('.').filter(|tag| !tag.is_empty()).map(|tag| tag.parse().ok()).collect()
}

fn function(text: &str) -> Option<FunctionKey> {
    let mut parts = text.split('.');
    let key = FunctionKey {
        code: parts.next()?.parse().ok()?,
        rosctr: parts.next()?.parse().ok()?,
        group: parts.next()?.parse().ok()?,
        detail: parts.next()?.parse().ok()?,
    };
    parts.next().is_none().then_some(key)
}

fn hex(text: &str) -> Option<u64> {
    u64::from_str_radix(text, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Protocol, Transport};

    #[test]
    fn every_row_is_found_again_by_its_text() {
        let key = |service| LinkKey {
            vlans: Vlans::from_slice(&[10, 20]),
            client: Address::Ip("10.1.1.5".parse().unwrap()),
            server: Address::Mac("00:1b:1b:00:00:01".parse().unwrap()),
            service,
        };
        let modbus = key(Service::App(Protocol::Modbus));
        let function = FunctionKey { code: 43, detail: 14, ..FunctionKey::default() };
        for id in [
            RowId::Host(Address::Ip("fe80::1".parse().unwrap())),
            RowId::Cards(Vlans::new(), "10.1.1.5".parse().unwrap()),
            RowId::Link(key(Service::Port(Transport::Tcp, 22))),
            RowId::Function(modbus.clone(), 1, function),
            RowId::Object(modbus.clone(), 1, function, 1 << 56 | 2),
            RowId::Value(modbus.clone(), 255, function, 1 << 56 | 2, 40 << 16),
            RowId::Writers(Written {
                vlan: Vlans::from_slice(&[10]),
                server: modbus.server,
                service: modbus.service,
                unit: 1,
                space: 1 << 56 | 2,
            }),
            RowId::Rhythm(modbus.clone(), 1, function, ActId(0xfeed)),
            RowId::Order(modbus.clone()),
            RowId::Volume(modbus),
        ] {
            assert_eq!(id.to_string().parse::<RowId>().unwrap(), id);
        }
        for wrong in ["", "host|", "link|1|10.1.1.5", "host|10.1.1.5|x", "planet|x"] {
            assert!(wrong.parse::<RowId>().is_err(), "{wrong}");
        }
    }
}
