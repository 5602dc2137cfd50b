//! PPP (RFC 1661, RFC 1662) and PPPoE (RFC 2516).

use super::inner::{Carried, IPV4, IPV6, Inner, MPLS, PPP, Peeled, be16};
use super::packet::TunnelKind;

/// With or without address and control field, the protocol in one byte or two.
pub(super) fn read(bytes: &[u8]) -> Peeled<'_> {
    let bytes = bytes.strip_prefix(&[0xff, 0x03]).unwrap_or(bytes);
    let (protocol, rest) = match bytes {
        [odd, rest @ ..] if odd & 1 == 1 && !rest.is_empty() => (u16::from(*odd), rest),
        [high, low, rest @ ..] => (u16::from_be_bytes([*high, *low]), rest),
        _ => return Err("ppp"),
    };
    let ether_type = match protocol {
        0x0021 => IPV4,
        0x0057 => IPV6,
        0x0281 | 0x0283 => MPLS,
        // PPP's own talk, or compressed.
        _ => return Ok(None),
    };
    Ok(Some(Inner::new(TunnelKind::Ppp, 0, Carried::EtherType(ether_type), rest)))
}

/// The session stage: version and type 1, code 0.
pub(super) fn over_ethernet(bytes: &[u8]) -> Peeled<'_> {
    let (Some(start), Some(session), Some(length)) = (be16(bytes, 0), be16(bytes, 2), be16(bytes, 4)) else {
        return Err("pppoe");
    };
    if start != 0x1100 {
        return Ok(None);
    }
    let rest = &bytes[6..];
    let rest = &rest[..usize::from(length).min(rest.len())];
    Ok(Some(Inner::new(TunnelKind::Pppoe, u32::from(session), Carried::EtherType(PPP), rest)))
}
