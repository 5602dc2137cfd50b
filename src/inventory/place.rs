//! Where an asset stands: zone and Purdue level, proposed with a reason until a person says it.

use std::net::IpAddr;

use super::asset::Asset;
use super::inside::Range;
use super::role::Role;

/// Bits of the subnets that are proposed as zones, where nobody drew any.
const SUBNET_V4: u8 = 24;
const SUBNET_V6: u8 = 64;

/// A zone or level with where it comes from: the key of a sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal<T> {
    pub value: T,
    pub reason: &'static str,
}

/// What a person said, else the subnet, as long as nobody drew a zone around it.
pub fn zone(asset: &Asset) -> Option<Proposal<String>> {
    if let Some(zone) = &asset.said.zone {
        return Some(Proposal { value: zone.clone(), reason: "place.said" });
    }
    Some(Proposal { value: subnet(asset)?, reason: "place.subnet" })
}

/// The subnet of an asset's first address, with its VLANs.
pub fn subnet(asset: &Asset) -> Option<String> {
    let ip = asset.ips.iter().find(|ip| ip.is_ipv4()).or_else(|| asset.ips.first())?;
    let bits = if matches!(ip, IpAddr::V4(_)) { SUBNET_V4 } else { SUBNET_V6 };
    let subnet = Range::around(*ip, bits);
    let tags: Vec<String> = asset.vlans.iter().map(ToString::to_string).collect();
    Some(if tags.is_empty() { subnet.to_string() } else { format!("{subnet} VLAN {}", tags.join(".")) })
}

/// What a person said, else by its role, else by whether it speaks a control protocol at all.
pub fn level(asset: &Asset) -> Option<Proposal<u8>> {
    if let Some(level) = asset.said.level {
        return Some(Proposal { value: level, reason: "place.said" });
    }
    if let Some(role) = asset.role() {
        return Some(Proposal { value: Role::level(role), reason: "place.role" });
    }
    if asset.serves.iter().any(|service| service.is_ot()) {
        return Some(Proposal { value: 1, reason: "place.serves_control" });
    }
    if asset.uses.iter().any(|service| service.is_ot()) {
        return Some(Proposal { value: 2, reason: "place.uses_control" });
    }
    None
}
