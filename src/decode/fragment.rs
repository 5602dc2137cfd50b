use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use super::packet::{Fragment, Ip, Net, Packet, Tunnels};
use super::tunnel;
use crate::capture::{Frame, LinkType};
use crate::event::{FrameRef, MacAddr, Map, Timestamp, Vlans};

/// Bounds: what is held in all, how many datagrams, the pieces of each, and how long the missing ones are waited for.
const MAX_BYTES: usize = 8 << 20;
const MAX_DATAGRAMS: usize = 4096;
const MAX_PIECES: usize = 2048;
const PATIENCE: Duration = Duration::from_secs(30);
/// What a piece costs beside its bytes.
const PIECE_COST: usize = 64;
/// Largest payload that the length fields of the two versions can name.
const MAX_IPV4: usize = 0xffff - 20;
const MAX_IPV6: usize = 0xffff;

/// Puts IP datagrams together from their fragments (RFC 791, RFC 8200).
///
/// Overlap: the bytes that came first stay, whatever comes later, and an end once stated stands. So do most hosts, not
/// all of them: where later bytes differ the sender is said to contradict itself, as no honest one does. Bounded in
/// bytes, datagrams, pieces and packet time; what is given up, oldest first, is counted.
#[derive(Default)]
pub struct Defragmenter {
    gathering: Map<Key, Gathering>,
    /// Names of the datagrams in the order in which they began.
    order: BTreeMap<u64, Key>,
    serial: u64,
    bytes: usize,
    given_up: u64,
}

/// What came of a fragment.
#[derive(Debug, Default)]
pub struct Taken {
    /// The datagram that it was the last piece of.
    pub whole: Option<Datagram>,
    /// What is wrong with it, as a stable name: `fragment_overlap` where its bytes differ from earlier ones,
    /// `fragment_end` beyond or before the stated end, `fragment_length`, `fragment_too_long`.
    pub fault: Option<&'static str>,
}

/// A datagram put together, with what the frame of its first fragment to arrive said around it.
#[derive(Debug)]
pub struct Datagram {
    source_mac: Option<MacAddr>,
    destination_mac: Option<MacAddr>,
    vlans: Vlans,
    tunnels: Tunnels,
    ether_type: u16,
    /// A plain IP header, then all payload.
    bytes: Vec<u8>,
    /// Of all its frames together.
    pub wire_len: u32,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    id: u32,
    protocol: u8,
    vlans: Vlans,
    /// Of the innermost tunnel.
    tunnel: u32,
}

struct Gathering {
    serial: u64,
    began: Timestamp,
    datagram: Datagram,
    ip: Ip,
    /// Apart from each other, in order.
    pieces: Vec<Piece>,
    held: usize,
    /// Length of the payload, once its last piece was seen.
    end: Option<usize>,
}

struct Piece {
    start: usize,
    bytes: Box<[u8]>,
}

impl Defragmenter {
    /// Takes a fragment in; anything else is not for it.
    pub fn take(&mut self, packet: &Packet<'_>, at: Timestamp, wire_len: u32) -> Taken {
        let Net::Ip(ip @ Ip { fragment: Some(fragment), .. }) = packet.net else { return Taken::default() };
        // Of what the capture cut off nothing can be made.
        if packet.missing > 0 {
            return Taken::default();
        }
        if let Err(fault) = check(&ip, fragment, packet.payload) {
            return Taken { whole: None, fault: Some(fault) };
        }
        let key = Key::of(packet, &ip, fragment.id);
        if !self.gathering.contains_key(&key) {
            self.begin(&key, packet, ip, at);
        }
        let Some(gathering) = self.gathering.get_mut(&key) else { return Taken::default() };
        gathering.datagram.wire_len = gathering.datagram.wire_len.saturating_add(wire_len);
        let before = gathering.cost();
        let fault = gathering.add(fragment, packet.payload);
        self.bytes = self.bytes + gathering.cost() - before;
        if gathering.is_complete() {
            let whole = self.remove(&key).map(Gathering::finish);
            return Taken { whole, fault };
        }
        if gathering.pieces.len() >= MAX_PIECES {
            self.remove(&key);
            self.given_up += 1;
        }
        while self.bytes > MAX_BYTES {
            self.give_up_oldest();
        }
        Taken { whole: None, fault }
    }

    /// Gives up datagrams whose pieces did not come in time.
    pub fn sweep(&mut self, now: Timestamp) {
        while let Some(oldest) = self.order.values().next().and_then(|key| self.gathering.get(key)) {
            // Also a clock that was set back a long way leaves nothing to wait for.
            if now.since(oldest.began) < PATIENCE && oldest.began.since(now) < PATIENCE {
                return;
            }
            self.give_up_oldest();
        }
    }

    /// Datagrams given up since the last call: pieces that never came, or a bound of ours.
    pub fn take_given_up(&mut self) -> u64 {
        std::mem::take(&mut self.given_up)
    }

    /// Gives up all that is not whole: the capture is over.
    pub fn finish(&mut self) {
        while !self.order.is_empty() {
            self.give_up_oldest();
        }
    }

    fn begin(&mut self, key: &Key, packet: &Packet<'_>, ip: Ip, at: Timestamp) {
        if self.gathering.len() >= MAX_DATAGRAMS {
            self.give_up_oldest();
        }
        self.serial += 1;
        self.order.insert(self.serial, key.clone());
        let datagram = Datagram {
            source_mac: packet.source_mac,
            destination_mac: packet.destination_mac,
            vlans: packet.vlans.clone(),
            tunnels: packet.tunnels.clone(),
            ether_type: packet.ether_type,
            bytes: Vec::new(),
            wire_len: 0,
        };
        let (serial, pieces) = (self.serial, Vec::new());
        let gathering = Gathering { serial, began: at, datagram, ip, pieces, held: 0, end: None };
        self.gathering.insert(key.clone(), gathering);
    }

    fn remove(&mut self, key: &Key) -> Option<Gathering> {
        let gathering = self.gathering.remove(key)?;
        self.order.remove(&gathering.serial);
        self.bytes -= gathering.cost();
        Some(gathering)
    }

    fn give_up_oldest(&mut self) {
        let Some((_, key)) = self.order.pop_first() else { return };
        if self.remove(&key).is_some() {
            self.given_up += 1;
        }
    }
}

/// No host takes such a fragment.
fn check(ip: &Ip, fragment: Fragment, payload: &[u8]) -> Result<(), &'static str> {
    let most = if ip.source.is_ipv4() { MAX_IPV4 } else { MAX_IPV6 };
    if usize::from(fragment.offset) + payload.len() > most {
        return Err("fragment_too_long");
    }
    if payload.is_empty() || (fragment.more && !payload.len().is_multiple_of(8)) {
        return Err("fragment_length");
    }
    Ok(())
}

impl Key {
    fn of(packet: &Packet<'_>, ip: &Ip, id: u32) -> Self {
        Key {
            source: ip.source,
            destination: ip.destination,
            id,
            protocol: ip.protocol,
            vlans: packet.vlans.clone(),
            tunnel: packet.tunnels.last().map_or(0, |tunnel| tunnel.id),
        }
    }
}

impl Gathering {
    fn cost(&self) -> usize {
        self.held + self.pieces.len() * PIECE_COST
    }

    fn is_complete(&self) -> bool {
        self.end == Some(self.held)
    }

    fn add(&mut self, fragment: Fragment, payload: &[u8]) -> Option<&'static str> {
        let start = usize::from(fragment.offset);
        let end = start + payload.len();
        let reached = self.pieces.last().map_or(0, Piece::end);
        let contradicts = match self.end {
            Some(stated) => end > stated || (!fragment.more && end < stated),
            None => !fragment.more && end < reached,
        };
        if contradicts {
            return Some("fragment_end");
        }
        if !fragment.more {
            self.end = Some(end);
        }
        self.fill(start, payload).then_some("fragment_overlap")
    }

    /// Puts bytes where none are yet; says whether those that are there already differ.
    fn fill(&mut self, start: usize, bytes: &[u8]) -> bool {
        let end = start + bytes.len();
        let mut differs = false;
        let mut at = start;
        let mut index = self.pieces.partition_point(|piece| piece.end() <= start);
        while at < end {
            let until = match self.pieces.get(index) {
                Some(there) if there.start <= at => {
                    let until = there.end().min(end);
                    differs |= there.bytes[at - there.start..until - there.start] != bytes[at - start..until - start];
                    until
                }
                next => {
                    let until = next.map_or(end, |next| next.start.min(end));
                    let piece = Piece { start: at, bytes: bytes[at - start..until - start].into() };
                    self.pieces.insert(index, piece);
                    self.held += until - at;
                    until
                }
            };
            at = until;
            index += 1;
        }
        differs
    }

    fn finish(self) -> Datagram {
        let mut datagram = self.datagram;
        datagram.bytes = header(&self.ip, self.held);
        self.pieces.iter().for_each(|piece| datagram.bytes.extend_from_slice(&piece.bytes));
        datagram
    }
}

impl Piece {
    fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

/// An IP header without options and fragmentation; its checksum is left out.
fn header(ip: &Ip, payload: usize) -> Vec<u8> {
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let mut bytes = Vec::with_capacity(40 + payload);
    match (ip.source, ip.destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            bytes.extend([0x45, 0]);
            bytes.extend(length(20 + payload));
            bytes.extend([0, 0, 0, 0, ip.ttl, ip.protocol, 0, 0]);
            bytes.extend(source.octets());
            bytes.extend(destination.octets());
        }
        (source, destination) => {
            bytes.extend([0x60, 0, 0, 0]);
            bytes.extend(length(payload));
            bytes.extend([ip.protocol, ip.ttl]);
            bytes.extend(octets(source));
            bytes.extend(octets(destination));
        }
    }
    bytes
}

fn octets(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => v6.octets(),
    }
}

impl Datagram {
    /// The datagram as if it had come in one frame, tunnels opened.
    pub fn packet(&self, at: FrameRef) -> Packet<'_> {
        let wire_len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let frame = Frame { at, link: LinkType::RAW, wire_len, vlan: None, bytes: &self.bytes };
        let mut packet = Packet {
            source_mac: self.source_mac,
            destination_mac: self.destination_mac,
            vlans: self.vlans.clone(),
            tunnels: self.tunnels.clone(),
            ether_type: self.ether_type,
            ..Packet::default()
        };
        packet.take_ip(&frame, 0);
        tunnel::unwrap(&mut packet, &frame);
        packet
    }
}
