use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::observation::Transport;

/// An application protocol that this monitor can tell by content. One registry line in `protocol` stands behind each.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Protocol {
    Modbus,
    S7comm,
    S7commPlus,
    OpcUa,
}

impl Protocol {
    pub const ALL: [Protocol; 4] = [Protocol::Modbus, Protocol::S7comm, Protocol::S7commPlus, Protocol::OpcUa];

    pub const fn name(self) -> &'static str {
        match self {
            Protocol::Modbus => "modbus",
            Protocol::S7comm => "s7comm",
            Protocol::S7commPlus => "s7comm_plus",
            Protocol::OpcUa => "opcua",
        }
    }
}

/// What is spoken on a link: a protocol known by content, or the transport with the server's port.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Service {
    App(Protocol),
    /// Server port; zero where the transport has none.
    Port(Transport, u16),
}

impl Service {
    pub const fn protocol(self) -> Option<Protocol> {
        match self {
            Service::App(p) => Some(p),
            Service::Port(..) => None,
        }
    }

    /// Speaks a control protocol.
    pub const fn is_ot(self) -> bool {
        matches!(self, Service::App(_))
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Service::App(p) => f.write_str(p.name()),
            Service::Port(t, 0) => f.write_str(t.name()),
            Service::Port(t, port) => write!(f, "{}/{port}", t.name()),
        }
    }
}

/// A text that names no service.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' names no service: a protocol such as modbus, or a transport with a port such as tcp/22, is wanted")]
pub struct ServiceError(String);

impl std::str::FromStr for Service {
    type Err = ServiceError;
    fn from_str(s: &str) -> Result<Self, ServiceError> {
        if let Some(protocol) = Protocol::ALL.into_iter().find(|p| p.name() == s) {
            return Ok(Service::App(protocol));
        }
        let (name, port) = s.split_once('/').unwrap_or((s, "0"));
        let transport = Transport::ALL.into_iter().find(|t| t.name() == name);
        match (transport, port.parse()) {
            (Some(transport), Ok(port)) => Ok(Service::Port(transport, port)),
            _ => Err(ServiceError(s.to_owned())),
        }
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_reads_back_from_its_text() {
        let apps = Protocol::ALL.into_iter().map(Service::App);
        for service in apps.chain([Service::Port(Transport::Tcp, 22), Service::Port(Transport::Icmp, 0)]) {
            assert_eq!(service.to_string().parse::<Service>().unwrap(), service);
        }
        assert!("tcp/99999".parse::<Service>().is_err());
    }
}
