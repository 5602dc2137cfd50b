use super::overlay;
use super::packet::{Net, Packet};
use super::tunnel::decode;
use crate::capture::fanout::between;
use crate::capture::{Frame, LinkType};

/// A number that is the same for both directions of every conversation between two hosts, to share work among workers.
///
/// Plain TCP, UDP and ICMP are told by the few bytes that matter. Whatever else comes is decoded, and goes by the hosts of
/// its innermost packet, so that a conversation in a tunnel is treated as one outside. All pieces of a datagram go by the
/// hosts that it stands between: of a tunnel in pieces, by the tunnel's ends. What has no IP goes by its MAC addresses.
pub fn shard(frame: &Frame<'_>) -> u32 {
    let plain = match frame.link {
        LinkType::ETHERNET => by_type(frame.bytes, 12, 14),
        LinkType::LINUX_SLL => by_type(frame.bytes, 14, 16),
        LinkType::LINUX_SLL2 => by_type(frame.bytes, 0, 20),
        LinkType::NULL | LinkType::LOOP => ip(frame.bytes, 4),
        link if link.is_raw() => ip(frame.bytes, 0),
        _ => None,
    };
    plain.unwrap_or_else(|| by_packet(&decode(frame)))
}

#[inline(never)]
fn by_packet(packet: &Packet<'_>) -> u32 {
    let address = |ip| match ip {
        std::net::IpAddr::V4(v4) => word(&v4.octets()),
        std::net::IpAddr::V6(v6) => word(&v6.octets()),
    };
    match packet.net {
        Net::Ip(ip) => between(address(ip.source), address(ip.destination)),
        Net::Arp(arp) => between(word(&arp.sender_ip.octets()), word(&arp.target_ip.octets())),
        Net::None => {
            let [source, destination] =
                [packet.source_mac, packet.destination_mac].map(|mac| mac.map_or(0, |mac| word(&mac.0)));
            between(source, destination)
        }
    }
}

/// EtherType at `at`, what it names at `payload`; VLAN tags are stepped over.
fn by_type(bytes: &[u8], mut at: usize, mut payload: usize) -> Option<u32> {
    for _ in 0..4 {
        match u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?) {
            0x0800 | 0x86dd => return ip(bytes, payload),
            0x8100 | 0x88a8 | 0x9100 => {
                at = payload + 2;
                payload += 4;
            }
            _ => return None,
        }
    }
    None
}

/// `None` for what may hold another packet.
fn ip(bytes: &[u8], at: usize) -> Option<u32> {
    let header = bytes.get(at..)?;
    let (addresses, protocol, length) = match header.first()? >> 4 {
        4 => (header.get(12..20)?, header[9], usize::from(header[0] & 0xf) * 4),
        6 => (header.get(8..40)?, header[6], 40),
        _ => return None,
    };
    match protocol {
        1 | 6 | 58 => {}
        17 => {
            let destination = header.get(length + 2..)?.first_chunk().copied().map(u16::from_be_bytes)?;
            if overlay::is_port(destination) {
                return None;
            }
        }
        _ => return None,
    }
    let (source, destination) = addresses.split_at(addresses.len() / 2);
    Some(between(word(source), word(destination)))
}

/// Folds up to 16 bytes into a number; four are the number itself.
fn word(bytes: &[u8]) -> u32 {
    let folded = bytes.iter().fold(0, |word: u64, byte| word.rotate_left(8) ^ u64::from(*byte));
    (folded ^ folded >> 32) as u32
}
