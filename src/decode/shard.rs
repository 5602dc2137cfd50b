use crate::capture::{Frame, LinkType};

/// A number that is the same for both directions of every conversation between two hosts, to share work among
/// workers. Reads only the few bytes it needs; whatever it cannot read goes by its MAC addresses, or all to one worker.
pub fn shard(frame: &Frame<'_>) -> u64 {
    match frame.link {
        LinkType::ETHERNET => ethernet(frame.bytes),
        LinkType::LINUX_SLL => by_type(frame.bytes, 14, 16),
        LinkType::LINUX_SLL2 => by_type(frame.bytes, 0, 20),
        LinkType::NULL | LinkType::LOOP => ip(frame.bytes, 4),
        link if link.is_raw() => ip(frame.bytes, 0),
        _ => None,
    }
    .unwrap_or(0)
}

fn ethernet(bytes: &[u8]) -> Option<u64> {
    by_type(bytes, 12, 14).or_else(|| {
        let (destination, source) = (bytes.get(..6)?, bytes.get(6..12)?);
        Some(mix(word(destination) ^ word(source)))
    })
}

/// EtherType at `at`, what it names at `payload`; VLAN tags are stepped over.
fn by_type(bytes: &[u8], mut at: usize, mut payload: usize) -> Option<u64> {
    for _ in 0..4 {
        match u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?) {
            0x0800 | 0x86dd => return ip(bytes, payload),
            // ARP: sender and target protocol address.
            0x0806 => {
                let arp = bytes.get(payload..payload + 28)?;
                return Some(mix(word(&arp[14..18]) ^ word(&arp[24..28])));
            }
            0x8100 | 0x88a8 | 0x9100 => {
                at = payload + 2;
                payload += 4;
            }
            _ => return None,
        }
    }
    None
}

fn ip(bytes: &[u8], at: usize) -> Option<u64> {
    let header = bytes.get(at..)?;
    let addresses = match header.first()? >> 4 {
        4 => header.get(12..20)?,
        6 => header.get(8..40)?,
        _ => return None,
    };
    let (source, destination) = addresses.split_at(addresses.len() / 2);
    Some(mix(word(source) ^ word(destination)))
}

/// Folds up to 16 bytes into a number.
fn word(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |word: u64, byte| word.rotate_left(8) ^ u64::from(*byte))
}

const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x ^ (x >> 29)
}
