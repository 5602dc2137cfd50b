//! Tags between Ethernet and its payload that etherparse leaves to us.

use super::packet::TunnelKind;
use super::tunnel::{Carried, Inner, Peeled, be16, be32};

pub(super) const VN_TAG: u16 = 0x8926;

/// A fourth VLAN tag and those after it, or one behind another header.
pub(super) fn vlan(bytes: &[u8]) -> Peeled<'_> {
    let (Some(control), Some(ether_type)) = (be16(bytes, 0), be16(bytes, 2)) else { return Err("vlan") };
    let carried = Carried::EtherType(ether_type);
    Ok(Some(Inner { tunnel: None, vlan: Some(control & 0x0fff), carried, bytes: &bytes[4..], cut: false }))
}

/// Cisco's VN-Tag (IEEE 802.1BR's ancestor): direction, destination and source interface in four bytes.
pub(super) fn vn_tag(bytes: &[u8]) -> Peeled<'_> {
    let (Some(tag), Some(ether_type)) = (be32(bytes, 0), be16(bytes, 4)) else { return Err("vntag") };
    Ok(Some(Inner::new(TunnelKind::VnTag, tag & 0x0fff, Carried::EtherType(ether_type), &bytes[6..])))
}
