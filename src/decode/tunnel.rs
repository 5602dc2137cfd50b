use super::link::offset_in;
use super::packet::{Net, Packet, Transport, Tunnel, TunnelKind};
use super::{gre, mpls, overlay, ppp};
use crate::capture::Frame;

/// Headers that are taken off one packet; what lies deeper stays closed, and its flaw says so.
pub const MAX_DEPTH: usize = 16;

pub(super) const IPV4: u16 = 0x0800;
pub(super) const IPV6: u16 = 0x86dd;
pub(super) const PPP: u16 = 0x880b;
/// MPLS; 0x8848 once meant multicast and is now the same (RFC 5332).
pub(super) const MPLS: u16 = 0x8847;
const MPLS_UPSTREAM: u16 = 0x8848;
const VN_TAG: u16 = 0x8926;

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

/// Takes headers off until a plain packet is left. Where the inside cannot be read the carrier stays what it was.
#[inline(never)]
pub(super) fn open<'a>(packet: &mut Packet<'a>, frame: &Frame<'a>) {
    for _ in packet.tunnels.len()..MAX_DEPTH {
        if packet.flaw.is_some() {
            return;
        }
        let inner = match peel(packet) {
            Ok(Some(inner)) => inner,
            Ok(None) => return,
            Err(layer) => return packet.stop(layer, offset_in(frame.bytes, packet.payload)),
        };
        let opened = enter(packet, &inner, frame);
        if opened.net == Net::None && opened.flaw.is_some() && packet.net != Net::None {
            packet.flaw = opened.flaw;
            return;
        }
        *packet = opened;
    }
    if packet.flaw.is_none() && matches!(peel(packet), Ok(Some(_))) {
        packet.stop("depth", offset_in(frame.bytes, packet.payload));
    }
}

fn peel<'a>(packet: &Packet<'a>) -> Peeled<'a> {
    let bytes = packet.payload;
    match packet.net {
        Net::None => match packet.ether_type {
            // Of one header etherparse reads three tags.
            tag @ (0x8100 | 0x88a8 | 0x9100) => {
                let carried = Carried::EtherType(tag);
                Ok(Some(Inner { tunnel: None, vlan: None, carried, bytes, cut: false }))
            }
            VN_TAG => vn_tag(bytes),
            MPLS | MPLS_UPSTREAM => mpls::read(bytes),
            0x8864 => ppp::over_ethernet(bytes),
            PPP => ppp::read(bytes),
            _ => Ok(None),
        },
        Net::Ip(ip) if ip.fragment.is_none() => match packet.transport {
            Transport::Udp { destination, .. } => overlay::read(destination, bytes, packet.missing > 0),
            Transport::None => match ip.protocol {
                4 => Ok(Some(Inner::new(TunnelKind::IpInIp, 0, Carried::EtherType(IPV4), bytes))),
                41 => Ok(Some(Inner::new(TunnelKind::Ipv6InIp, 0, Carried::EtherType(IPV6), bytes))),
                47 => gre::read(bytes),
                137 => mpls::read(bytes),
                _ => Ok(None),
            },
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// Cisco's VN-Tag, before IEEE 802.1BR: direction, destination and source interface in four bytes.
fn vn_tag(bytes: &[u8]) -> Peeled<'_> {
    let (Some(tag), Some(ether_type)) = (be32(bytes, 0), be16(bytes, 4)) else { return Err("vntag") };
    Ok(Some(Inner::new(TunnelKind::VnTag, tag & 0x0fff, Carried::EtherType(ether_type), &bytes[6..])))
}

fn enter<'a>(packet: &Packet<'a>, inner: &Inner<'a>, frame: &Frame<'a>) -> Packet<'a> {
    let mut opened = Packet { vlans: packet.vlans.clone(), tunnels: packet.tunnels.clone(), ..Packet::default() };
    let ends = match packet.net {
        Net::Ip(ip) => Some((ip.source, ip.destination)),
        _ => {
            (opened.source_mac, opened.destination_mac) = (packet.source_mac, packet.destination_mac);
            None
        }
    };
    opened.tunnels.extend(inner.tunnel.map(|(kind, id)| Tunnel { kind, id, ends }));
    opened.vlans.extend(inner.vlan);
    // Of a packet that its carrier cut off any number of bytes may be missing.
    let frame = if inner.cut { &Frame { wire_len: u32::MAX, ..*frame } } else { frame };
    match inner.carried {
        Carried::Ethernet => opened.take_ethernet(frame, inner.bytes),
        Carried::EtherType(ether_type) => opened.take_ether_type(frame, ether_type, inner.bytes),
    }
    opened
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
