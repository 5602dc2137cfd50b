use super::inner::{Carried, IPV4, IPV6, Inner, MPLS, MPLS_UPSTREAM, PPP, Peeled, VN_TAG, be16, be32};
use super::link::{self, offset_in};
use super::packet::{Net, Packet, Transport, Tunnel, TunnelKind};
use super::{gre, mpls, overlay, plain, ppp};
use crate::capture::Frame;

/// Headers that are taken off one packet; what lies deeper stays closed, and its flaw says so.
pub const MAX_DEPTH: usize = 16;

/// Takes a frame apart as far as its bytes go, down to the innermost packet.
#[inline(always)]
pub fn decode<'a>(frame: &Frame<'a>) -> Packet<'a> {
    let mut packet = Packet::empty(frame);
    read(frame, &mut packet);
    packet
}

/// Reads into where the packet stays: it is large, and moved it would be read before its last bytes are written.
fn read<'a>(frame: &Frame<'a>, packet: &mut Packet<'a>) {
    if plain::read(frame, packet).is_none() {
        link::read(frame, packet);
    }
    unwrap(packet, frame);
}

/// Opens what is wrapped around the packet. TCP and ICMP, nearly all there is, carry no tunnel.
#[inline]
pub(super) fn unwrap<'a>(packet: &mut Packet<'a>, frame: &Frame<'a>) {
    match packet.transport {
        Transport::Tcp(_) | Transport::Icmp(_) => {}
        Transport::Udp { destination, .. } if !overlay::is_port(destination) => {}
        _ => open(packet, frame),
    }
}

/// Takes headers off until a plain packet is left. Where the inside cannot be read the carrier stays what it was.
#[inline(never)]
fn open<'a>(packet: &mut Packet<'a>, frame: &Frame<'a>) {
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
