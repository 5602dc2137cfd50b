use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use smallvec::SmallVec;

/// An IEEE 802 MAC-48 address; text form `00:1b:1b:aa:bb:cc`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct MacAddr(pub [u8; 6]);

impl MacAddr {
    pub const BROADCAST: MacAddr = MacAddr([0xff; 6]);

    /// The group bit: broadcast and multicast addresses, which never name one machine.
    pub const fn is_group(self) -> bool {
        self.0[0] & 1 == 1
    }

    /// The locally administered bit: virtual machines, randomised Wi-Fi addresses.
    pub const fn is_local(self) -> bool {
        self.0[0] & 2 == 2
    }

    pub fn is_zero(self) -> bool {
        self.0 == [0; 6]
    }

    /// Could be the address of one machine.
    pub fn is_host(self) -> bool {
        !self.is_group() && !self.is_zero()
    }
}

impl fmt::Display for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for MacAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Why a text is no MAC address.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no mac address: six hexadecimal bytes are wanted, such as 00:1b:1b:aa:bb:cc")]
pub struct MacError(String);

impl std::str::FromStr for MacAddr {
    type Err = MacError;
    fn from_str(s: &str) -> Result<Self, MacError> {
        let bad = || MacError(s.to_owned());
        let mut bytes = [0u8; 6];
        let mut parts = s.split([':', '-']);
        for byte in &mut bytes {
            let part = parts.next().filter(|p| p.len() == 2).ok_or_else(bad)?;
            *byte = u8::from_str_radix(part, 16).map_err(|_| bad())?;
        }
        if parts.next().is_some() { Err(bad()) } else { Ok(MacAddr(bytes)) }
    }
}

impl Serialize for MacAddr {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for MacAddr {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d)?.parse().map_err(serde::de::Error::custom)
    }
}

/// One side of a conversation as the wire shows it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// `None` for conversations below IP.
    pub ip: Option<IpAddr>,
    /// Zero where the transport has no ports.
    pub port: u16,
    /// `None` on links without addresses (raw IP, BSD null).
    pub mac: Option<MacAddr>,
}

/// VLAN identifiers from the outermost inwards; empty on an untagged link.
pub type Vlans = SmallVec<[u16; 2]>;

/// The two sides of a conversation: `client` asks, `server` answers.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Ends {
    #[serde(rename = "vlan")]
    pub vlans: Vlans,
    pub client: Endpoint,
    pub server: Endpoint,
}

/// Names one conversation; the same in every run over the same capture. Sixteen hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FlowId(pub u64);

impl fmt::Display for FlowId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for FlowId {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for FlowId {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        u64::from_str_radix(&text, 16).map(FlowId).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mac_text_reads_back_and_bad_text_is_refused() {
        let mac: MacAddr = "00:1B:1b:aa:bb:cc".parse().unwrap();
        assert_eq!(mac.to_string(), "00:1b:1b:aa:bb:cc");
        for bad in ["", "00:1b", "00:1b:1b:aa:bb:cc:dd", "0:1b:1b:aa:bb:cc", "zz:1b:1b:aa:bb:cc"] {
            assert!(bad.parse::<MacAddr>().is_err(), "{bad}");
        }
    }
}
