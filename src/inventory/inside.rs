use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::link::Address;

/// A range of IP addresses; text form `10.1.0.0/16`, or one address alone.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Range {
    address: IpAddr,
    bits: u8,
}

/// A text that names no range.
#[derive(Debug, thiserror::Error)]
#[error("'{0}' is no range of addresses: one such as 10.1.0.0/16 or a single address is wanted")]
pub struct RangeError(String);

/// Which addresses are the plant's: the private ones, and public ranges that somebody declared to be used inside.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Inside {
    declared: Vec<Range>,
}

impl Inside {
    pub fn new(declared: Vec<Range>) -> Self {
        Inside { declared }
    }

    /// Names a machine of the plant.
    pub fn holds(&self, address: &Address) -> bool {
        let declared = || match address {
            Address::Ip(ip) => self.declared.iter().any(|range| range.holds(*ip)),
            _ => false,
        };
        address.is_machine() && (address.is_inside() || declared())
    }
}

impl Range {
    /// The network of so many bits in which an address lies.
    pub fn around(address: IpAddr, bits: u8) -> Self {
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.min(width);
        let address = match address {
            IpAddr::V4(v4) => IpAddr::V4((v4.to_bits() & mask(32, bits) as u32).into()),
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() & mask(128, bits)).into()),
        };
        Range { address, bits }
    }

    pub fn holds(&self, ip: IpAddr) -> bool {
        ip.is_ipv4() == self.address.is_ipv4() && Range::around(ip, self.bits).address == self.address
    }

    /// How narrow it is: of two ranges that hold an address, the narrower one says more.
    pub fn bits(&self) -> u8 {
        self.bits
    }
}

/// The leading `bits` of a number of `width` bits.
#[allow(clippy::cast_possible_truncation, reason = "callers take the width they asked for")]
fn mask(width: u32, bits: u8) -> u128 {
    let all = if width == 128 { u128::MAX } else { (1 << width) - 1 };
    let free = width - u32::from(bits);
    all & all.checked_shl(free).unwrap_or(0)
}

impl FromStr for Range {
    type Err = RangeError;

    fn from_str(text: &str) -> Result<Self, RangeError> {
        let wrong = || RangeError(text.to_owned());
        let (address, bits) = text.trim().split_once('/').map_or((text.trim(), None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), |bits| bits.parse().map_err(|_| wrong()))?;
        if bits > width {
            return Err(wrong());
        }
        Ok(Range::around(address, bits))
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

impl Serialize for Range {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Range {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_range_is_inside_where_somebody_says_so() {
        let address = |text: &str| Address::Ip(text.parse().unwrap());
        let inside = Inside::new(vec!["203.0.113.77/24".parse().unwrap(), "2001:db8::/32".parse().unwrap()]);
        assert!(inside.holds(&address("203.0.113.9")) && inside.holds(&address("2001:db8:1::1")));
        assert!(!inside.holds(&address("203.0.114.9")) && !inside.holds(&address("224.0.0.1")));
        assert!(!Inside::default().holds(&address("203.0.113.9")) && Inside::default().holds(&address("10.0.0.1")));
    }

    #[test]
    fn texts_of_ranges_read_back_and_wrong_ones_are_refused() {
        let range: Range = "10.1.2.3/16".parse().unwrap();
        assert_eq!(range.to_string(), "10.1.0.0/16");
        assert!("0.0.0.0/0".parse::<Range>().unwrap().holds("8.8.8.8".parse().unwrap()));
        assert_eq!("fe80::1".parse::<Range>().unwrap().to_string(), "fe80::1/128");
        for wrong in ["", "10.1.2.3/33", "10.1.2/24", "10.1.2.3/x", "fe80::/129"] {
            assert!(wrong.parse::<Range>().is_err(), "{wrong}");
        }
    }
}
