//! GRE (RFC 2784, RFC 2890), PPTP's version 1 (RFC 2637), NVGRE (RFC 7637) and ERSPAN in it.

use super::inner::{Carried, Inner, PPP, Peeled, be16, be32, ip_type, is_readable};
use super::packet::TunnelKind;

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

const TRANSPARENT_ETHERNET: u16 = 0x6558;
const ERSPAN: u16 = 0x88be;
const ERSPAN_III: u16 = 0x22eb;

pub(super) fn read(bytes: &[u8]) -> Peeled<'_> {
    header(bytes).unwrap_or(Err("gre"))
}

fn header(bytes: &[u8]) -> Option<Peeled<'_>> {
    let (flags, carried) = (be16(bytes, 0)?, be16(bytes, 2)?);
    let has = |flag: u16| usize::from(flags & flag != 0) * 4;
    if flags & VERSION > 1 {
        return Some(Ok(None));
    }
    // Source routes (RFC 1701) were given up long ago.
    if flags & ROUTING != 0 {
        return None;
    }
    let checksum = has(CHECKSUM);
    let acknowledgment = if flags & VERSION == 1 { has(ACKNOWLEDGMENT) } else { 0 };
    let rest = bytes.get(4 + checksum + has(KEY) + has(SEQUENCE) + acknowledgment..)?;
    let key = if flags & KEY == 0 { 0 } else { be32(bytes, 4 + checksum)? };
    Some(match carried {
        // Without a sequence number it only acknowledges. The key is payload length and call.
        PPP if flags & VERSION == 1 => Ok((flags & SEQUENCE != 0)
            .then(|| Inner::new(TunnelKind::Gre, key & 0xffff, Carried::EtherType(carried), rest))),
        TRANSPARENT_ETHERNET if flags & KEY != 0 => {
            Ok(Some(Inner::new(TunnelKind::Nvgre, key >> 8, Carried::Ethernet, rest)))
        }
        TRANSPARENT_ETHERNET => Ok(Some(Inner::new(TunnelKind::Gre, key, Carried::Ethernet, rest))),
        ERSPAN if flags & SEQUENCE == 0 => Ok(Some(Inner::new(TunnelKind::Erspan, 0, Carried::Ethernet, rest))),
        ERSPAN | ERSPAN_III => erspan(rest),
        _ if is_readable(carried) => Ok(Some(Inner::new(TunnelKind::Gre, key, Carried::EtherType(carried), rest))),
        _ => Ok(None),
    })
}

/// Type II (version 1 in the header) and III (version 2). Type I has no header at all.
fn erspan(bytes: &[u8]) -> Peeled<'_> {
    erspan_header(bytes).map(Some).ok_or("erspan")
}

fn erspan_header(bytes: &[u8]) -> Option<Inner<'_>> {
    let (word, rest) = (be32(bytes, 0)?, bytes.get(8..)?);
    let (rest, carried) = match word >> 28 {
        1 => (rest, Carried::Ethernet),
        2 => {
            let end = be16(bytes, 10)?;
            // A last bit says that eight bytes of the platform's own follow; frame type 2 is IP without Ethernet.
            let rest = bytes.get(12 + usize::from(end & 1) * 8..)?;
            let ip = if (end >> 10) & 0x1f == 2 { ip_type(rest) } else { None };
            (rest, ip.map_or(Carried::Ethernet, Carried::EtherType))
        }
        _ => return None,
    };
    // The switch may have taken the tag off the frame and put it here.
    let vlan = u16::try_from((word >> 16) & 0x0fff).ok().filter(|vlan| *vlan != 0 && !is_tagged(rest));
    let cut = word & 0x400 != 0;
    Some(Inner { tunnel: Some((TunnelKind::Erspan, word & 0x3ff)), vlan, carried, bytes: rest, cut })
}

fn is_tagged(frame: &[u8]) -> bool {
    matches!(be16(frame, 12), Some(0x8100 | 0x88a8 | 0x9100))
}
