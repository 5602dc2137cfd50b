//! TCP reassembly (RFC 9293 section 3.4) as a listener must do it: from wherever the capture begins, through loss,
//! reordering and retransmission, without ever waiting for bytes that will not come.
//!
//! Overlap policy: the bytes seen first win.

use std::time::Duration;

use crate::decode::Tcp;
use crate::event::FrameRef;

use super::info::Data;

/// Bytes of one direction held while a hole is open.
const MAX_PENDING_BYTES: usize = 256 << 10;
/// Segments of one direction held while a hole is open.
const MAX_PENDING_SEGMENTS: usize = 256;
/// A jump this far ahead or back is another stream's number, neither a hole nor a retransmission.
const MAX_JUMP: i32 = 4 << 20;
/// A hole whose bytes the receiver acknowledged is given up after so much packet time, or so many packets of the
/// conversation: until then a mirror with two queues may still bring it.
const HOLE_PATIENCE: Duration = Duration::from_millis(200);
const HOLE_PACKETS: u8 = 8;

/// Sums over all streams, for the capture report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StreamStats {
    /// Stream bytes that their receiver acknowledged while we listened.
    pub acked_bytes: u64,
    /// Of these, bytes that never came by.
    pub unseen_bytes: u64,
    pub retransmitted_segments: u64,
    pub reordered_segments: u64,
    /// Gaps declared because a bound of ours was reached and not because bytes were lost.
    pub bounded_gaps: u64,
}

/// Both directions of one connection. Index 0 and 1 are the ends of the flow key.
#[derive(Debug, Default)]
pub struct Stream {
    halves: [Half; 2],
}

#[derive(Debug, Default)]
struct Half {
    /// The next sequence number wanted; meaningless before `started`.
    next: u32,
    started: bool,
    finished: bool,
    /// The highest acknowledgment that the receiver gave for this direction.
    acked: Option<u32>,
    /// Since when acknowledged bytes are missing, and packets since.
    hole: Option<(FrameRef, u8)>,
    pending: Vec<Segment>,
    pending_bytes: usize,
}

#[derive(Debug)]
struct Segment {
    sequence: u32,
    at: FrameRef,
    bytes: Vec<u8>,
    /// Bytes after these that a snap length cut off.
    missing: u32,
}

/// One TCP segment with what the table knows of it.
pub struct Incoming<'a> {
    /// Which end sent it.
    pub sender: usize,
    pub tcp: Tcp,
    pub payload: &'a [u8],
    pub missing: u32,
    pub at: FrameRef,
}

impl Stream {
    /// Takes a segment in and hands on what is in order: sender, frame, bytes or gap.
    pub fn push(
        &mut self,
        incoming: &Incoming<'_>,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        let Incoming { sender, tcp, at, .. } = *incoming;
        if tcp.flags.ack() {
            self.halves[1 - sender].acknowledge(1 - sender, tcp.acknowledgment, at, stats, deliver);
        }
        let half = &mut self.halves[sender];
        if tcp.flags.syn() {
            half.next = tcp.sequence.wrapping_add(1);
            half.started = true;
            return;
        }
        if !incoming.payload.is_empty() || incoming.missing > 0 {
            half.take(incoming, stats, deliver);
        }
        half.finished |= tcp.flags.fin();
    }

    /// True once both sides said goodbye.
    pub fn is_finished(&self) -> bool {
        self.halves.iter().all(|half| half.finished)
    }

    /// A new connection on the same addresses: a SYN whose number does not continue this stream.
    pub fn is_restarted_by(&self, sender: usize, tcp: &Tcp) -> bool {
        let half = &self.halves[sender];
        tcp.flags.syn() && half.started && half.next != tcp.sequence.wrapping_add(1)
    }

    /// Hands on what is still held, with gaps where bytes never came.
    pub fn flush(&mut self, stats: &mut StreamStats, deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>)) {
        for (sender, half) in self.halves.iter_mut().enumerate() {
            while !half.pending.is_empty() {
                half.give_up_hole(sender, stats, deliver);
            }
        }
    }
}

impl Half {
    fn take(
        &mut self,
        incoming: &Incoming<'_>,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        let Incoming { sender, tcp, payload, missing, at } = *incoming;
        if !self.started {
            // Mid-stream: begin with the first bytes that come by.
            self.started = true;
            self.next = tcp.sequence;
        }
        let ahead = distance(tcp.sequence, self.next);
        if ahead == 0 {
            self.deliver(sender, payload, missing, at, deliver);
            self.drain(sender, deliver);
        } else if ahead.unsigned_abs() > MAX_JUMP.unsigned_abs() {
            self.restart_at(incoming, stats, deliver);
        } else if ahead < 0 {
            stats.retransmitted_segments += 1;
            self.take_overlap(incoming, ahead.unsigned_abs() as usize, deliver);
        } else {
            stats.reordered_segments += 1;
            self.hold(tcp.sequence, payload, missing, at);
            if self.pending_bytes > MAX_PENDING_BYTES || self.pending.len() > MAX_PENDING_SEGMENTS {
                stats.bounded_gaps += 1;
                self.give_up_hole(sender, stats, deliver);
            }
        }
    }

    /// A segment that begins with `old` bytes already delivered: only what follows them is new.
    fn take_overlap(
        &mut self,
        incoming: &Incoming<'_>,
        old: usize,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        if let Some(new) = incoming.payload.get(old..).filter(|new| !new.is_empty()) {
            self.deliver(incoming.sender, new, incoming.missing, incoming.at, deliver);
            self.drain(incoming.sender, deliver);
        }
    }

    /// Sequence numbers that have nothing to do with ours: the stream goes on from there after a gap of unknown size.
    fn restart_at(
        &mut self,
        incoming: &Incoming<'_>,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        while !self.pending.is_empty() {
            self.give_up_hole(incoming.sender, stats, deliver);
        }
        deliver(incoming.sender, incoming.at, Data::Gap(0));
        self.next = incoming.tcp.sequence;
        self.deliver(incoming.sender, incoming.payload, incoming.missing, incoming.at, deliver);
    }

    fn deliver(
        &mut self,
        sender: usize,
        payload: &[u8],
        missing: u32,
        at: FrameRef,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.next = self.next.wrapping_add(len).wrapping_add(missing);
        if !payload.is_empty() {
            deliver(sender, at, Data::Stream(payload));
        }
        if missing > 0 {
            deliver(sender, at, Data::Gap(u64::from(missing)));
        }
    }

    /// Hands on held segments that have come into order.
    fn drain(&mut self, sender: usize, deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>)) {
        while let Some(segment) = self.pending.first() {
            let ahead = distance(segment.sequence, self.next);
            if ahead > 0 {
                return;
            }
            let segment = self.pending.remove(0);
            self.pending_bytes -= segment.bytes.len();
            if let Some(new) = segment.bytes.get(ahead.unsigned_abs() as usize..) {
                self.deliver(sender, new, segment.missing, segment.at, deliver);
            }
        }
        self.hole = None;
    }

    fn hold(&mut self, sequence: u32, payload: &[u8], missing: u32, at: FrameRef) {
        let place = self.pending.partition_point(|s| distance(s.sequence, sequence) <= 0);
        let twin = place.checked_sub(1).and_then(|i| self.pending.get(i));
        if twin.is_some_and(|s| s.sequence == sequence && s.bytes.len() >= payload.len()) {
            return;
        }
        self.pending_bytes += payload.len();
        self.pending.insert(place, Segment { sequence, at, bytes: payload.to_vec(), missing });
    }

    /// The receiver confirmed everything up to `ack`.
    fn acknowledge(
        &mut self,
        sender: usize,
        ack: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        let progress = self.acked.map_or(0, |before| distance(ack, before));
        if progress > 0 && progress <= MAX_JUMP {
            stats.acked_bytes += u64::from(progress.unsigned_abs());
        }
        if self.acked.is_none() || progress > 0 {
            self.acked = Some(ack);
        }
        if !self.started {
            // Nothing of this direction was ever seen: all that is confirmed passed by unseen.
            stats.unseen_bytes += u64::try_from(progress.clamp(0, MAX_JUMP)).unwrap_or(0);
            return;
        }
        // A FIN takes one number that carries no byte.
        let missing = distance(ack, self.next) - i32::from(self.finished);
        if missing <= 0 || missing > MAX_JUMP {
            self.hole = None;
            return;
        }
        let (since, packets) = self.hole.unwrap_or((at, 0));
        if packets < HOLE_PACKETS && at.ts.since(since.ts) < HOLE_PATIENCE {
            self.hole = Some((since, packets + 1));
            return;
        }
        self.give_up_until(sender, ack, at, stats, deliver);
    }

    /// Declares the bytes up to the next held segment, or up to `ack`, lost.
    fn give_up_until(
        &mut self,
        sender: usize,
        ack: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        self.hole = None;
        while distance(ack, self.next) > 0 {
            let held = self.pending.first().map(|s| s.sequence).filter(|s| distance(ack, *s) > 0);
            let resume = held.unwrap_or(ack);
            self.skip_to(sender, resume, at, stats, deliver);
            self.drain(sender, deliver);
        }
    }

    /// Declares the bytes before the first held segment lost.
    fn give_up_hole(
        &mut self,
        sender: usize,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        if let Some((sequence, at)) = self.pending.first().map(|s| (s.sequence, s.at)) {
            self.skip_to(sender, sequence, at, stats, deliver);
            self.drain(sender, deliver);
        }
    }

    fn skip_to(
        &mut self,
        sender: usize,
        sequence: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut dyn FnMut(usize, FrameRef, Data<'_>),
    ) {
        let lost = u64::try_from(distance(sequence, self.next)).unwrap_or(0);
        if lost > 0 {
            stats.unseen_bytes += lost;
            self.next = sequence;
            deliver(sender, at, Data::Gap(lost));
        }
    }
}

/// Signed distance of sequence numbers, right across the wrap (RFC 9293 section 3.4).
fn distance(to: u32, from: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}
