//! MPLS (RFC 3032): one label at a time; what the last one carries is nowhere said and must be told by its looks.

use super::inner::{Carried, IPV4, Inner, MPLS, Peeled, be16, be32, ip_type, is_ethernet};
use super::packet::TunnelKind;

/// No IP packet and no Ethernet frame is shorter.
const SHORTEST: usize = 20;

pub(super) fn read(bytes: &[u8]) -> Peeled<'_> {
    let Some(entry) = be32(bytes, 0) else { return Err("mpls") };
    let rest = &bytes[4..];
    let (carried, rest) = match entry & 0x100 {
        0 => (Carried::EtherType(MPLS), rest),
        _ if rest.len() < SHORTEST => return Err("mpls"),
        _ => guess(rest),
    };
    Ok(Some(Inner::new(TunnelKind::Mpls, entry >> 12, carried, rest)))
}

/// IP by its version; else an Ethernet pseudowire (RFC 4448), whose control word begins with four zero bits. Also a MAC
/// address can begin with 4 or 6: then the checksum, or which of the two makes sense, decides.
fn guess(bytes: &[u8]) -> (Carried, &[u8]) {
    let ethernet = is_ethernet(bytes);
    if let Some(ip) = ip_type(bytes)
        && (!ethernet || if ip == IPV4 { has_checksum(bytes) } else { has_length(bytes) })
    {
        return (Carried::EtherType(ip), bytes);
    }
    if bytes.first().is_some_and(|first| first >> 4 == 0)
        && let Some(behind) = bytes.get(4..)
        && is_ethernet(behind)
    {
        return (Carried::Ethernet, behind);
    }
    // EtherType 0 names nothing: the label is kept, what it carries is not read.
    (if ethernet { Carried::Ethernet } else { Carried::EtherType(0) }, bytes)
}

/// Does the length of this IPv6 packet name just what is there?
fn has_length(bytes: &[u8]) -> bool {
    be16(bytes, 4).is_some_and(|length| 40 + usize::from(length) == bytes.len())
}

/// Is the checksum of this IPv4 header right (RFC 1071)?
fn has_checksum(bytes: &[u8]) -> bool {
    let length = usize::from(bytes[0] & 0xf) * 4;
    let Some(header) = bytes.get(..length) else { return false };
    let sum: u32 = header.chunks_exact(2).map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]]))).sum();
    (sum & 0xffff) + (sum >> 16) == 0xffff
}
