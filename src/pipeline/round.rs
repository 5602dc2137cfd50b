//! Frames on their way to one of several workers: copied out of the reader's buffer, many at a time.

use super::message::Order;
use crate::capture::{Frame, LinkType, VlanTag};
use crate::decode;
use crate::event::FrameRef;

/// A round is sent when it holds so many bytes of frames.
pub const ROUND_BYTES: usize = 1 << 20;

/// Frames for one worker.
#[derive(Default)]
pub struct Round {
    bytes: Vec<u8>,
    frames: Vec<Shipped>,
    /// Ends of seconds of packet time, on a replay.
    pub ticks: Vec<FrameRef>,
    /// Nothing before this comes after the round, on a replay.
    pub upto: Order,
    /// Frames that the kernel dropped since the last round, on a wire.
    pub kernel_drops: u64,
}

struct Shipped {
    at: FrameRef,
    link: LinkType,
    wire_len: u32,
    vlan: Option<VlanTag>,
    start: usize,
    end: usize,
}

/// Which of so many workers takes a frame, where each must be able to tell for itself: the same one for both directions
/// of a conversation.
pub fn share(frame: &Frame<'_>, workers: usize) -> usize {
    decode::shard(frame) as usize % workers.max(1)
}

/// Numbers of conversations are told apart by so many of their bits.
const BUCKETS: usize = 1 << 12;
/// What a frame costs whatever its length is, in bytes.
const FRAME_COST: u64 = 256;

/// What was given before counts half after so many frames: who was busy long ago is idle now.
const HALF_LIFE: u32 = 1 << 12;

/// Shares work out from one place: a conversation goes to whoever had the least to do lately when it was first seen, and
/// stays there. A factory has few hosts that talk much, and by chance alone one worker would often get most of them.
pub struct Shares {
    owners: Box<[Option<u8>; BUCKETS]>,
    given: Vec<u64>,
    frames: u32,
}

impl Shares {
    /// Beyond 256 workers the others would get nothing.
    pub fn new(workers: usize) -> Self {
        Shares { owners: Box::new([None; BUCKETS]), given: vec![0; workers.clamp(1, 256)], frames: 0 }
    }

    pub fn owner(&mut self, frame: &Frame<'_>) -> usize {
        let bucket = &mut self.owners[decode::shard(frame) as usize % BUCKETS];
        let owner = usize::from(*bucket.get_or_insert_with(|| idlest(&self.given)));
        self.given[owner] += FRAME_COST + frame.bytes.len() as u64;
        self.frames += 1;
        if self.frames == HALF_LIFE {
            self.frames = 0;
            self.given.iter_mut().for_each(|given| *given /= 2);
        }
        owner
    }
}

fn idlest(given: &[u64]) -> u8 {
    (0..=u8::MAX).zip(given).min_by_key(|(_, given)| **given).map_or(0, |(owner, _)| owner)
}

impl Round {
    pub fn push(&mut self, frame: &Frame<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame.bytes);
        let Frame { at, link, wire_len, vlan, .. } = *frame;
        self.frames.push(Shipped { at, link, wire_len, vlan, start, end: self.bytes.len() });
    }

    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.frames.iter().map(|shipped| {
            let Shipped { at, link, wire_len, vlan, start, end } = *shipped;
            Frame { at, link, wire_len, vlan, bytes: &self.bytes[start..end] }
        })
    }

    pub fn last(&self) -> Option<FrameRef> {
        self.frames.last().map(|shipped| shipped.at)
    }

    /// Frames and their bytes.
    pub fn size(&self) -> (usize, usize) {
        (self.frames.len(), self.bytes.len())
    }

    /// Empties it; its memory stays for the next.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.frames.clear();
        self.ticks.clear();
        self.upto = Order::default();
        self.kernel_drops = 0;
    }
}
