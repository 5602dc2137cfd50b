//! Tunnels in UDP: VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281) and TZSP, MikroTik's mirror.
//!
//! A port is no proof. A datagram is taken for a tunnel only where its header and the beginning of what it carries look
//! right; otherwise it stays the plain datagram that it may well be.

use super::inner::{Carried, IPV4, IPV6, Inner, Peeled, be16, be32, ip_type, is_ethernet};
use super::packet::TunnelKind;

const GTP: u16 = 2152;
const VXLAN: u16 = 4789;
/// Linux' first choice, from before there was a standard.
const VXLAN_LINUX: u16 = 8472;
const GENEVE: u16 = 6081;
const TZSP: u16 = 37008;

/// Extension headers and tags that one header may have.
const MAX_PARTS: usize = 32;

pub(super) const fn is_port(destination: u16) -> bool {
    matches!(destination, GTP | VXLAN | VXLAN_LINUX | GENEVE | TZSP)
}

/// `cut`: the capture lacks the datagram's end.
pub(super) fn read(destination: u16, bytes: &[u8], cut: bool) -> Peeled<'_> {
    let (kind, inner) = match destination {
        GTP => (TunnelKind::Gtp, gtp(bytes, cut)),
        VXLAN | VXLAN_LINUX => (TunnelKind::Vxlan, vxlan(bytes)),
        GENEVE => (TunnelKind::Geneve, geneve(bytes)),
        TZSP => (TunnelKind::Tzsp, tzsp(bytes)),
        _ => return Ok(None),
    };
    match inner {
        Header::Tunnel(id, carried, rest) if is_likely(carried, rest) => Ok(Some(Inner::new(kind, id, carried, rest))),
        Header::Tunnel(_, carried, rest) if cut && is_short(carried, rest) => Err(kind.name()),
        Header::Short if cut => Err(kind.name()),
        _ => Ok(None),
    }
}

enum Header<'a> {
    Tunnel(u32, Carried, &'a [u8]),
    /// It ends before its header does.
    Short,
    Other,
}

fn is_likely(carried: Carried, bytes: &[u8]) -> bool {
    match carried {
        Carried::Ethernet => is_ethernet(bytes),
        Carried::EtherType(ether_type) => ip_type(bytes) == Some(ether_type),
    }
}

fn is_short(carried: Carried, bytes: &[u8]) -> bool {
    bytes.len() < if matches!(carried, Carried::Ethernet) { 14 } else { 40 }
}

/// Flags (bit 3: the network is valid), a reserved or policy field, 24 bits of network, a reserved byte.
fn vxlan(bytes: &[u8]) -> Header<'_> {
    let (Some(flags), Some(network)) = (be32(bytes, 0), be32(bytes, 4)) else { return Header::Short };
    // The highest bit says that there is a group policy; then the low half names it, and two bits more are in use.
    let unused = if flags & 0x8000_0000 == 0 { 0x77ff_ffff } else { 0x77b7_0000 };
    if flags & 0x0800_0000 == 0 || flags & unused != 0 || network & 0xff != 0 {
        return Header::Other;
    }
    Header::Tunnel(network >> 8, Carried::Ethernet, &bytes[8..])
}

/// Version 0, length of the options in words, two flags, EtherType, 24 bits of network, a reserved byte.
fn geneve(bytes: &[u8]) -> Header<'_> {
    let (Some(start), Some(network)) = (be32(bytes, 0), be32(bytes, 4)) else { return Header::Short };
    if start & 0xc03f_0000 != 0 || network & 0xff != 0 {
        return Header::Other;
    }
    let carried = match start & 0xffff {
        0x6558 => Carried::Ethernet,
        0x0800 => Carried::EtherType(IPV4),
        0x86dd => Carried::EtherType(IPV6),
        _ => return Header::Other,
    };
    let options = ((start >> 24) & 0x3f) as usize * 4;
    bytes.get(8 + options..).map_or(Header::Short, |rest| Header::Tunnel(network >> 8, carried, rest))
}

/// Version 1, protocol type 1, message 255 (a user's packet), length, endpoint, then optional fields and extensions.
fn gtp(bytes: &[u8], cut: bool) -> Header<'_> {
    let (Some(start), Some(endpoint)) = (be32(bytes, 0), be32(bytes, 4)) else { return Header::Short };
    let length = (start & 0xffff) as usize;
    let behind = bytes.len() - 8;
    if start & 0xf8ff_0000 != 0x30ff_0000 || length < behind || (length > behind && !cut) {
        return Header::Other;
    }
    match gtp_payload(bytes) {
        // What a user sends says by its version what it is.
        Some(rest) => {
            let version = rest.first().map_or(0, |first| first >> 4);
            Header::Tunnel(endpoint, Carried::EtherType(if version == 6 { IPV6 } else { IPV4 }), rest)
        }
        None => Header::Short,
    }
}

/// Behind the optional fields and the chain of extension headers.
fn gtp_payload(bytes: &[u8]) -> Option<&[u8]> {
    if bytes[0] & 7 == 0 {
        return bytes.get(8..);
    }
    let mut rest = bytes.get(12..)?;
    // Without the E flag the field is there but means nothing.
    let mut next = if bytes[0] & 4 == 0 { 0 } else { bytes[11] };
    for _ in 0..MAX_PARTS {
        if next == 0 {
            return Some(rest);
        }
        // Length in words with itself and the next type, which is its last byte; never zero.
        let length = usize::from(*rest.first()?) * 4;
        next = *rest.get(..length)?.last()?;
        rest = &rest[length..];
    }
    None
}

/// Version 1, type 0 (received) or 1, what it carries, then tags up to the one that says end.
fn tzsp(bytes: &[u8]) -> Header<'_> {
    let (Some(start), Some(carried)) = (be16(bytes, 0), be16(bytes, 2)) else { return Header::Short };
    // 1 is Ethernet; the others are wireless.
    if !matches!(start, 0x0100 | 0x0101) || carried != 1 {
        return Header::Other;
    }
    let mut rest = &bytes[4..];
    for _ in 0..MAX_PARTS {
        rest = match rest {
            [0, rest @ ..] => rest,
            [1, rest @ ..] => return Header::Tunnel(0, Carried::Ethernet, rest),
            [_, length, rest @ ..] if rest.len() >= usize::from(*length) => &rest[usize::from(*length)..],
            _ => return Header::Short,
        };
    }
    Header::Other
}
