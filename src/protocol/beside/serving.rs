//! What a machine offers the whole network: addresses, names, the way out, the root of the spanning tree.
//!
//! Pure: a frame's payload in, an offer out. Others rely on these offers without any proof, which is why detectors want to know
//! who makes them.

use std::net::{IpAddr, Ipv4Addr};

use crate::event::{MacAddr, NetworkService, Serving, clean_text};
use crate::protocol::Reader;

const DHCP_SERVER: u16 = 67;
const DNS: u16 = 53;
const NETBIOS: u16 = 137;
const LLMNR: u16 = 5355;
/// IEEE 802.1D: the group address of bridges, and how their messages begin after the length.
const BRIDGES: MacAddr = MacAddr([0x01, 0x80, 0xc2, 0, 0, 0]);
const BRIDGE_MESSAGE: &[u8] = &[0x42, 0x42, 3, 0, 0];
/// RFC 4861.
pub const ROUTER_ADVERTISEMENT: u8 = 134;
const MAX_NAME: usize = 100;

/// What a datagram from this port of a server offers.
pub fn datagram(source_port: u16, sender: IpAddr, bytes: &[u8]) -> Option<Serving> {
    let serving = |what, detail| Some(Serving { what, detail });
    match source_port {
        DHCP_SERVER => serving(NetworkService::Dhcp, dhcp(bytes)?.to_string()),
        DNS if is_answer(bytes) => serving(NetworkService::Dns, sender.to_string()),
        LLMNR if is_answer(bytes) => serving(NetworkService::Name, name(bytes.get(12..)?)),
        NETBIOS if is_answer(bytes) => serving(NetworkService::Name, netbios_name(bytes.get(12..)?)?),
        _ => None,
    }
}

/// RFC 4861 section 4.2: a router that is one for longer than no time. Of an IPv6 packet from its header on.
pub fn router(sender: IpAddr, datagram: &[u8]) -> Option<Serving> {
    const HEADER: usize = 40;
    let message = datagram.get(HEADER..).filter(|message| message.first() == Some(&ROUTER_ADVERTISEMENT))?;
    // Type, code, checksum, hop limit, flags, lifetime.
    let lifetime = message.get(6..8)?;
    (lifetime != [0, 0]).then(|| Serving { what: NetworkService::Router, detail: sender.to_string() })
}

/// IEEE 802.1D section 9.3.1: the bridge that the sender holds to be the root.
pub fn root_bridge(destination: Option<MacAddr>, payload: &[u8]) -> Option<Serving> {
    let message = payload.strip_prefix(BRIDGE_MESSAGE).filter(|_| destination == Some(BRIDGES))?;
    let mut reader = Reader::new(message);
    let (_version, kind, _flags) = (reader.u8()?, reader.u8()?, reader.u8());
    // Configuration messages of the plain and of the rapid protocol.
    if !matches!(kind, 0 | 2) {
        return None;
    }
    let priority = reader.be16()?;
    let root = MacAddr(reader.array()?);
    Some(Serving { what: NetworkService::RootBridge, detail: format!("{priority} {root}") })
}

/// RFC 2131: an offer or an acknowledgement, with the router that it names.
fn dhcp(bytes: &[u8]) -> Option<Ipv4Addr> {
    const ANSWER: u8 = 2;
    const FIXED: usize = 236;
    const COOKIE: u32 = 0x6382_5363;
    let mut reader = Reader::new(bytes);
    let fixed = reader.take(FIXED)?;
    if fixed.first() != Some(&ANSWER) || reader.be32()? != COOKIE {
        return None;
    }
    let mut offers = false;
    let mut server = None;
    while let Some(option) = reader.u8().filter(|option| *option != 255) {
        if option == 0 {
            continue;
        }
        let length = reader.u8()?;
        let value = reader.take(usize::from(length))?;
        match (option, value) {
            (53, [2 | 5]) => offers = true,
            (54, &[a, b, c, d]) => server = Some(Ipv4Addr::new(a, b, c, d)),
            _ => {}
        }
    }
    server.filter(|_| offers)
}

/// RFC 1035 section 4.1.1: an answer without error that has answers.
fn is_answer(bytes: &[u8]) -> bool {
    matches!(*bytes, [_, _, flags, code, _, _, high, low, ..] if flags & 0x80 != 0 && code & 0xf == 0 && (high, low) != (0, 0))
}

/// A name without pointers: the question or the first record, as these answers have it.
fn name(mut bytes: &[u8]) -> String {
    let mut labels = Vec::new();
    while let Some((length, rest)) = bytes.split_first().filter(|(length, _)| (1..64).contains(*length)) {
        let Some((label, after)) = rest.split_at_checked(usize::from(*length)) else { break };
        labels.push(clean_text(label, MAX_NAME).to_lowercase());
        bytes = after;
        if labels.len() >= 8 {
            break;
        }
    }
    labels.join(".")
}

/// RFC 1001 section 14.1: two letters a byte; the last byte says what kind of name it is.
fn netbios_name(bytes: &[u8]) -> Option<String> {
    let letters = bytes.strip_prefix(&[32]).and_then(|rest| rest.get(..30))?;
    let half = |letter: u8| letter.checked_sub(b'A').filter(|half| *half < 16);
    let bytes: Option<Vec<u8>> =
        letters.chunks_exact(2).map(|pair| Some(half(pair[0])? << 4 | half(pair[1])?)).collect();
    Some(clean_text(&bytes?, MAX_NAME).to_lowercase())
}
