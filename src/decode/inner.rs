//! What the readers of tunnel headers have in common.

use super::packet::TunnelKind;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
pub(super) const PPP: u16 = 0x880b;
/// MPLS; 0x8848 once meant multicast and is now the same (RFC 5332).
pub(super) const MPLS: u16 = 0x8847;
pub(super) const MPLS_UPSTREAM: u16 = 0x8848;
pub(super) const VN_TAG: u16 = 0x8926;

/// What stands behind a header that was taken off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inner<'a> {
    /// Kind and id; `None` for more VLAN tags.
    pub(super) tunnel: Option<(TunnelKind, u32)>,
    /// A tag that the header holds in place of the frame.
    pub(super) vlan: Option<u16>,
    pub(super) carried: Carried,
    pub(super) bytes: &'a [u8],
    /// The carrier says that it cut the packet off.
    pub(super) cut: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Carried {
    Ethernet,
    EtherType(u16),
}

/// `None`: there is no tunnel, or nothing in it that we could read. An error names the layer whose header is cut or wrong.
pub(super) type Peeled<'a> = Result<Option<Inner<'a>>, &'static str>;

impl<'a> Inner<'a> {
    pub(super) fn new(kind: TunnelKind, id: u32, carried: Carried, bytes: &'a [u8]) -> Self {
        Inner { tunnel: Some((kind, id)), vlan: None, carried, bytes, cut: false }
    }
}

/// EtherTypes that we can open; others leave the carrier to be the packet.
pub(super) const fn is_readable(ether_type: u16) -> bool {
    matches!(ether_type, IPV4 | IPV6 | 0x0806 | 0x8100 | 0x88a8 | 0x9100 | VN_TAG | MPLS | MPLS_UPSTREAM | PPP)
}

/// The EtherType of an IP packet, by its first byte and as far as its lengths make sense.
pub(super) fn ip_type(bytes: &[u8]) -> Option<u16> {
    match bytes.first()? {
        0x45..=0x4f => {
            let header_length = usize::from(bytes[0] & 0xf) * 4;
            let total_length = usize::from(u16::from_be_bytes(*bytes.get(2..)?.first_chunk()?));
            (total_length >= header_length).then_some(IPV4)
        }
        0x60..=0x6f => Some(IPV6),
        _ => None,
    }
}

/// Could these bytes be an Ethernet frame that a station sent? Only kinds of frames that are about are taken for one.
pub(super) fn is_ethernet(bytes: &[u8]) -> bool {
    let Some(header) = bytes.first_chunk::<14>() else { return false };
    let from_group = header[6] & 1 == 1;
    let behind = &bytes[14..];
    let fits = match u16::from_be_bytes([header[12], header[13]]) {
        length @ 3..0x0600 => usize::from(length) <= behind.len(),
        IPV4 => behind.first().is_none_or(|first| first >> 4 == 4),
        IPV6 => behind.first().is_none_or(|first| first >> 4 == 6),
        // 0x88.. and 0x89..: tags, PPPoE, Profinet, EtherCAT, GOOSE, LLDP, MRP, PTP, HSR and their like.
        ether_type => is_readable(ether_type) || matches!(ether_type, 0x8800..=0x89ff | 0x9000),
    };
    fits && !from_group
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().copied().map(u16::from_be_bytes)
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().copied().map(u32::from_be_bytes)
}
