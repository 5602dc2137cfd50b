use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use super::{Frame, LinkType, VlanTag};
use crate::event::FrameRef;

/// Frames are kept in pieces of this size; whole pieces are dropped.
const SLAB: usize = 1 << 20;
/// How far around an act packets are looked for.
const REACH_BYTES: u64 = 8 << 20;
const REACH: Duration = Duration::from_secs(30);
/// Packets kept before and after an act, and of a long one in all.
const MARGIN: usize = 32;
const MOST: usize = 512;

/// The last frames of one packet thread, so that an alert can show what came before it.
///
/// Holds the latest `window` bytes of the whole capture's traffic, as far as they came by this thread: positions count
/// all bytes of the capture, so that what is kept does not depend on how many threads share it.
pub struct EvidenceRing {
    slabs: VecDeque<Slab>,
    spare: Option<Slab>,
    window: u64,
}

#[derive(Default)]
struct Slab {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

struct Entry {
    at: FrameRef,
    link: LinkType,
    wire_len: u32,
    vlan: Option<VlanTag>,
    start: usize,
    end: usize,
    /// See [`host_pair`].
    pair: u64,
}

/// Whose frames belong to an act.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    Pair(IpAddr, IpAddr),
    Host(IpAddr),
    /// Only the frames of the act itself.
    Frames,
}

/// Asks for the packets of an act.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EvidenceRequest {
    /// Of the alert.
    pub id: String,
    pub scope: Scope,
    /// The act's first and last frame.
    pub first: FrameRef,
    pub last: FrameRef,
    /// Numbers of all its frames, ascending.
    pub frames: Vec<u64>,
}

/// A frame copied out of the ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct KeptFrame {
    pub at: FrameRef,
    pub link: LinkType,
    pub wire_len: u32,
    pub vlan: Option<VlanTag>,
    pub bytes: Vec<u8>,
    /// One of the act's own frames.
    pub of_act: bool,
}

impl EvidenceRing {
    pub fn new(window: u64) -> Self {
        EvidenceRing { slabs: VecDeque::new(), spare: None, window }
    }

    /// Keeps a frame. `pair` is the [`host_pair`] of its addresses.
    pub fn push(&mut self, frame: &Frame<'_>, pair: u64) {
        let full = self.slabs.back().is_none_or(|slab| slab.bytes.len() + frame.bytes.len() > SLAB);
        if full {
            self.drop_old(frame.at.position);
            let slab = self.spare.take().unwrap_or_default();
            self.slabs.push_back(slab);
        }
        let Some(slab) = self.slabs.back_mut() else { return };
        let start = slab.bytes.len();
        slab.bytes.extend_from_slice(frame.bytes);
        slab.entries.push(Entry {
            at: frame.at,
            link: frame.link,
            wire_len: frame.wire_len,
            vlan: frame.vlan,
            start,
            end: slab.bytes.len(),
            pair,
        });
    }

    /// Whether all that may belong to the act has come by, seen at the frame now in work.
    pub fn is_ripe(&self, request: &EvidenceRequest, now: &FrameRef) -> bool {
        let last = &request.last;
        now.capture != last.capture
            || now.position.saturating_sub(last.position) >= REACH_BYTES
            || now.ts.since(last.ts) >= REACH
    }

    /// The act's frames with those before and after, as far as they came by this thread and are still here.
    pub fn take(&self, request: &EvidenceRequest) -> Vec<KeptFrame> {
        let (first, last) = (&request.first, &request.last);
        let mut kept: Vec<KeptFrame> = Vec::new();
        for (slab, entry) in self.entries_near(first, last) {
            let at = &entry.at;
            let near = at.capture == first.capture
                && first.position.saturating_sub(at.position) <= REACH_BYTES
                && at.position.saturating_sub(last.position) <= REACH_BYTES
                && first.ts.since(at.ts) <= REACH
                && at.ts.since(last.ts) <= REACH;
            if !near {
                continue;
            }
            let of_act = request.frames.binary_search(&at.number).is_ok();
            if of_act || entry.is_in(request.scope, slab) {
                kept.push(entry.copy(slab, of_act));
            }
        }
        trim(&mut kept, first, last);
        kept
    }

    /// Entries of the slabs that may hold something of the act: this is done on the packet thread, while frames wait.
    fn entries_near(&self, first: &FrameRef, last: &FrameRef) -> impl Iterator<Item = (&Slab, &Entry)> {
        let (first, last) = (*first, *last);
        let slabs = self.slabs.iter().filter(move |slab| slab.is_near(&first, &last));
        slabs.flat_map(|slab| slab.entries.iter().map(move |entry| (slab, entry)))
    }

    fn drop_old(&mut self, position: u64) {
        while let Some(last) = self.slabs.front().and_then(|slab| slab.entries.last()) {
            if position.saturating_sub(last.at.position) <= self.window {
                return;
            }
            self.spare = self.slabs.pop_front().map(|mut slab| {
                slab.bytes.clear();
                slab.entries.clear();
                slab
            });
        }
    }
}

impl Slab {
    /// Positions grow within a capture; a slab in which one capture ends and the next begins is looked through.
    fn is_near(&self, first: &FrameRef, last: &FrameRef) -> bool {
        let (Some(begin), Some(end)) = (self.entries.first(), self.entries.last()) else { return false };
        begin.at.capture != end.at.capture
            || begin.at.capture == first.capture
                && first.position.saturating_sub(end.at.position) <= REACH_BYTES
                && begin.at.position.saturating_sub(last.position) <= REACH_BYTES
    }
}

impl Entry {
    fn is_in(&self, scope: Scope, slab: &Slab) -> bool {
        match scope {
            Scope::Pair(a, b) => self.pair == host_pair(a, b),
            Scope::Host(ip) => slab.bytes.get(self.start..self.end).is_some_and(|bytes| mentions(bytes, ip)),
            Scope::Frames => false,
        }
    }

    fn copy(&self, slab: &Slab, of_act: bool) -> KeptFrame {
        let bytes = slab.bytes.get(self.start..self.end).unwrap_or_default().to_vec();
        KeptFrame { at: self.at, link: self.link, wire_len: self.wire_len, vlan: self.vlan, bytes, of_act }
    }
}

/// Puts frames in order and leaves those nearest to the act, whichever thread they came from.
pub fn trim(frames: &mut Vec<KeptFrame>, first: &FrameRef, last: &FrameRef) {
    frames.sort_by_key(|frame| (frame.at.capture, frame.at.number));
    let first = frames.partition_point(|frame| frame.at.number < first.number);
    let last = frames.partition_point(|frame| frame.at.number <= last.number);
    frames.truncate(last.saturating_add(MARGIN));
    let mut between = 0;
    let mut place = 0;
    frames.retain(|frame| {
        place += 1;
        let inside = place > first && place <= last;
        between += usize::from(inside);
        place > first.saturating_sub(MARGIN) && (!inside || frame.of_act || between <= MOST)
    });
}

/// The same number for both directions between two hosts; zero stands for frames without IP.
pub fn host_pair(a: IpAddr, b: IpAddr) -> u64 {
    let fold = |ip: IpAddr| match ip {
        IpAddr::V4(v4) => u64::from(v4.to_bits()),
        IpAddr::V6(v6) => (v6.to_bits() >> 64) as u64 ^ v6.to_bits() as u64,
    };
    let (a, b) = (fold(a), fold(b));
    (a ^ b).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ a.wrapping_add(b)
}

/// The address stands somewhere in the headers: good enough to gather a scan's frames, which have many far ends.
fn mentions(bytes: &[u8], ip: IpAddr) -> bool {
    let headers = &bytes[..bytes.len().min(96)];
    match ip {
        IpAddr::V4(v4) => headers.windows(4).any(|window| window == v4.octets()),
        IpAddr::V6(v6) => headers.windows(16).any(|window| window == v6.octets()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Timestamp;

    const A: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const B: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));
    const C: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 3));

    fn ring(frames: u64, size: usize, window: u64) -> EvidenceRing {
        let mut ring = EvidenceRing::new(window);
        let bytes = vec![0x55; size];
        for number in 1..=frames {
            let frame = Frame {
                at: at(number, size as u64),
                link: LinkType::ETHERNET,
                wire_len: 60,
                vlan: None,
                bytes: &bytes,
            };
            ring.push(&frame, if number % 2 == 0 { host_pair(A, B) } else { host_pair(A, C) });
        }
        ring
    }

    fn at(number: u64, size: u64) -> FrameRef {
        FrameRef { ts: Timestamp::from_parts(number / 100, 0), number, position: number * size, capture: 0 }
    }

    fn request(frames: &[u64], size: u64) -> EvidenceRequest {
        let (first, last) = (at(frames[0], size), at(frames[frames.len() - 1], size));
        EvidenceRequest { id: "a".into(), scope: Scope::Pair(B, A), first, last, frames: frames.to_vec() }
    }

    #[test]
    fn an_act_comes_with_the_frames_of_its_pair_before_and_after() {
        let kept = ring(1000, 100, 1 << 30).take(&request(&[500, 502], 100));
        let numbers: Vec<u64> = kept.iter().map(|f| f.at.number).collect();
        assert_eq!((numbers[0], *numbers.last().unwrap()), (500 - 64, 502 + 64));
        assert!(numbers.iter().all(|n| n % 2 == 0), "the other pair's frames stay out");
        assert_eq!(kept.iter().filter(|f| f.of_act).count(), 2);
    }

    #[test]
    fn old_frames_leave_and_memory_is_bounded() {
        let ring = ring(100_000, 1000, 8 << 20);
        let held: usize = ring.slabs.iter().map(|slab| slab.bytes.len()).sum();
        assert!(held <= (8 << 20) + 2 * SLAB, "{held}");
        assert!(ring.take(&request(&[500], 1000)).iter().all(|frame| !frame.of_act), "frame 500 is gone");
    }

    #[test]
    fn a_request_is_ripe_when_what_comes_after_has_come() {
        let ring = ring(1, 100, 1 << 30);
        let request = request(&[990], 100);
        let later = |seconds: u64, bytes: u64| FrameRef {
            ts: request.last.ts + Duration::from_secs(seconds),
            position: request.last.position + bytes,
            ..request.last
        };
        assert!(!ring.is_ripe(&request, &later(1, 1000)));
        assert!(ring.is_ripe(&request, &later(31, 1000)));
        assert!(ring.is_ripe(&request, &later(1, 9 << 20)));
    }
}
