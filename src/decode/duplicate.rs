use std::hash::{BuildHasher, Hasher};
use std::net::IpAddr;

use foldhash::quality::RandomState;

use super::packet::{Net, Packet};
use crate::event::{Map, Timestamp, Vlans};

/// Nanoseconds between a frame and its copy at most. No stack sends again so soon, but for fast retransmission, and that under
/// another identification.
const WINDOW: u64 = 5_000_000;
/// Copies of one packet that are taken for copies; of a flood of the same packet every further one passes as new.
const MAX_COPIES: u8 = 3;
const WAYS: usize = 4;
const SETS: usize = 512;
/// Host pairs whose packets were seen under two tags.
const MAX_TWINS: usize = 4096;
/// So much of the beginning and the end of a packet stands for all of it.
const HEAD: usize = 96;
const TAIL: usize = 16;

/// Knows a frame that a mirror sends twice, from two ports or on its way in and out.
///
/// A copy is the same IP packet, innermost and byte for byte in its headers (so with its identification, time to live
/// and checksums), within 5 ms; MAC addresses and VLAN tags may differ. Not copies are what a host sent again (another
/// identification, or later) and what a router or relay passed on (another time to live). IPv6 and packets without
/// fragmentation may have no identification: of two equal ones within the window the second tells nothing new.
///
/// Where the copies' tags differ, which of the two comes first may depend on the direction. The tags of the first copy
/// ever are then given to all packets of these two hosts that come with the other ones, so that a conversation stays one.
pub struct Duplicates {
    /// Looked through for every packet: two sets a cache line, apart from what is asked of a copy alone.
    digests: Box<[[u64; WAYS]]>,
    slots: Box<[[Slot; WAYS]]>,
    /// Which slot of each set is to be written next: the oldest.
    next: Box<[u8]>,
    hasher: RandomState,
    twins: Map<Twin, Tags>,
}

/// The two outermost tags; enough for all but three and more, which are left alone.
type Tags = [u16; 2];
/// Two hosts, the lower address first, and the tags that are not the ones to keep.
type Twin = (IpAddr, IpAddr, Tags);

#[derive(Clone, Copy, Default)]
struct Slot {
    at: Timestamp,
    /// `None` where there are more than two.
    tags: Option<Tags>,
    copies: u8,
}

impl Default for Duplicates {
    fn default() -> Self {
        Duplicates {
            digests: vec![[0; WAYS]; SETS].into(),
            slots: vec![[Slot::default(); WAYS]; SETS].into(),
            next: vec![0; SETS].into(),
            hasher: RandomState::default(),
            twins: Map::default(),
        }
    }
}

impl Duplicates {
    /// Is the packet a copy of one just seen? May put right the tags of one that is not.
    pub fn is_copy(&mut self, packet: &mut Packet<'_>, at: Timestamp) -> bool {
        if packet.datagram.is_empty() {
            return false;
        }
        if !self.twins.is_empty() {
            self.put_right(packet);
        }
        let digest = self.digest(packet.datagram);
        let tags = tags(packet);
        let set = digest as usize % SETS;
        let slots = &mut self.slots[set];
        let is_same = |(seen, slot): &(&u64, &mut Slot)| **seen == digest && is_near(slot.at, at);
        let Some((_, slot)) = self.digests[set].iter().zip(slots.iter_mut()).find(is_same) else {
            let oldest = usize::from(self.next[set]) % WAYS;
            self.digests[set][oldest] = digest;
            slots[oldest] = Slot { at, tags, copies: 0 };
            self.next[set] = self.next[set].wrapping_add(1);
            return false;
        };
        if slot.copies == MAX_COPIES {
            (slot.at, slot.copies) = (at, 0);
            return false;
        }
        slot.copies += 1;
        let kept = slot.tags;
        if tags != kept {
            let (Some(tags), Some(kept)) = (tags, kept) else { return false };
            self.remember(packet, tags, kept);
        }
        true
    }

    fn digest(&self, datagram: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        if datagram.len() <= HEAD + TAIL {
            hasher.write(datagram);
        } else {
            hasher.write(&datagram[..HEAD]);
            hasher.write(&datagram[datagram.len() - TAIL..]);
        }
        hasher.finish()
    }

    fn remember(&mut self, packet: &Packet<'_>, tags: Tags, kept: Tags) {
        if let Some((low, high)) = hosts(packet) {
            if self.twins.len() >= MAX_TWINS {
                self.twins.clear();
            }
            self.twins.insert((low, high, tags), kept);
        }
    }

    fn put_right(&self, packet: &mut Packet<'_>) {
        let (Some(tags), Some((low, high))) = (tags(packet), hosts(packet)) else { return };
        if let Some(kept) = self.twins.get(&(low, high, tags)) {
            packet.vlans = kept.iter().copied().filter(|tag| *tag != 0).collect::<Vlans>();
        }
    }
}

fn is_near(a: Timestamp, b: Timestamp) -> bool {
    a.nanos().abs_diff(b.nanos()) <= WINDOW
}

/// Tag 0 carries a priority and names no network.
fn tags(packet: &Packet<'_>) -> Option<Tags> {
    let tag = |i: usize| packet.vlans.get(i).copied().unwrap_or(0);
    (packet.vlans.len() <= 2).then(|| [tag(0), tag(1)])
}

fn hosts(packet: &Packet<'_>) -> Option<(IpAddr, IpAddr)> {
    let Net::Ip(ip) = packet.net else { return None };
    Some((ip.source.min(ip.destination), ip.source.max(ip.destination)))
}
