//! Addresses and networks, found by one look for each length of prefix that any list uses.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Listed;
use crate::event::Map;

#[derive(Default, Debug)]
pub struct Networks {
    listed: Map<(IpAddr, u8), Listed>,
    /// Lengths of prefixes in use; one address is the longest.
    lengths: BTreeSet<u8>,
}

impl Networks {
    /// Where the entry of a network stands.
    pub fn place(&mut self, address: IpAddr, bits: u8) -> &mut Listed {
        self.lengths.insert(bits);
        self.listed.entry((masked(address, bits), bits)).or_default()
    }

    /// The narrowest network around an address that is wanted.
    pub fn find(&self, ip: IpAddr, wanted: impl Fn(&Listed) -> bool) -> Option<&Listed> {
        let width = width(ip);
        let lengths = self.lengths.iter().rev().filter(|bits| **bits <= width);
        lengths.filter_map(|bits| self.listed.get(&(masked(ip, *bits), *bits))).find(|listed| wanted(listed))
    }
}

/// An address, or a network as `10.0.0.0/8`. Whole families of addresses are no indicator.
pub fn parse(text: &str) -> Result<(IpAddr, u8), String> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.trim().parse().map_err(|_| format!("'{text}' is no address or network"))?;
    let bits = match bits {
        None => width(address),
        Some(bits) => bits
            .parse()
            .ok()
            .filter(|bits| (8..=width(address)).contains(bits))
            .ok_or_else(|| format!("'{text}' has no prefix length of 8 to {}", width(address)))?,
    };
    Ok((address, bits))
}

const fn width(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

fn masked(ip: IpAddr, bits: u8) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            Ipv4Addr::from_bits(ip.to_bits() & mask).into()
        }
        IpAddr::V6(ip) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            Ipv6Addr::from_bits(ip.to_bits() & mask).into()
        }
    }
}
