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

/// Which of so many workers takes a frame: the same one for both directions of a conversation.
pub fn share(frame: &Frame<'_>, workers: usize) -> usize {
    decode::shard(frame) as usize % workers.max(1)
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
