use std::collections::VecDeque;
use std::time::Duration;

use super::info::Data;
use super::segment::{Deliver, Incoming, StreamStats};
use super::tail::Tail;
use crate::event::{FrameRef, Timestamp};

/// A jump this far ahead or back is another stream's number, neither a hole nor a retransmission.
pub(super) const MAX_JUMP: i32 = 4 << 20;
/// What is missing is waited for so much packet time, or so many packets of the conversation: until then a mirror with
/// two queues may still bring it.
const PATIENCE: Duration = Duration::from_millis(200);
const PATIENT_PACKETS: u8 = 8;
/// A SYN seen again within this time is the same SYN, whatever happened since.
const SYN_AGAIN: Duration = Duration::from_secs(1);
/// So many held segments are many: from there on small ones that follow each other are joined, and keep the first's frame.
const MANY: usize = 32;
const JOINED_BYTES: usize = 1024;
/// The largest window that needs no scaling: a reset or an end beyond it is nobody's.
const WINDOW: i32 = 65_535;

/// One direction of a connection.
#[derive(Debug, Default)]
pub(super) struct Half {
    /// The next sequence number to be handed on; meaningless before `started`.
    pub next: u32,
    /// Where the bytes that are here without a hole end, handed on or not.
    reach: u32,
    pub started: bool,
    /// The first number, when it was seen, and whether a SYN said so.
    first: u32,
    since: Timestamp,
    by_syn: bool,
    /// Where its sender stood when it last sent no bytes, before the first ones came.
    hint: Option<u32>,
    /// The number behind the FIN.
    end: Option<u32>,
    /// The highest acknowledgment that the receiver gave for this direction.
    acked: Option<u32>,
    /// Since when something is waited for, and packets since.
    waiting: Option<(Timestamp, u8)>,
    /// By sequence number.
    pub pending: VecDeque<Segment>,
    pub pending_bytes: usize,
    pub tail: Tail,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub sequence: u32,
    pub at: FrameRef,
    pub bytes: Vec<u8>,
    /// Bytes after these that a snap length cut off.
    pub missing: u32,
    /// How much of the other direction its sender had: to be handed on after that.
    pub knows: Option<u32>,
}

/// What became of a segment's bytes.
pub(super) enum Place {
    /// The next ones.
    Next,
    /// Some of them are still to come into order.
    Ahead,
    /// All of them were here before.
    Old,
    /// Numbers that have nothing to do with this stream.
    Stranger,
}

impl Segment {
    /// The other one follows without a hole, is small, and waits for nothing else.
    fn takes(&self, next: &Segment) -> bool {
        let len = u32::try_from(self.bytes.len()).unwrap_or(u32::MAX);
        let follows = self.missing == 0 && self.sequence.wrapping_add(len) == next.sequence;
        follows && self.knows == next.knows && self.bytes.len() + next.bytes.len() <= JOINED_BYTES
    }

    fn append(&mut self, next: &Segment) {
        self.bytes.extend_from_slice(&next.bytes);
        self.missing = next.missing;
    }
}

impl Half {
    pub fn start(&mut self, sequence: u32, at: Timestamp, by_syn: bool) {
        (self.next, self.reach, self.first) = (sequence, sequence, sequence);
        (self.since, self.by_syn, self.started) = (at, by_syn, true);
        (self.end, self.waiting) = (None, None);
        self.extend_reach();
    }

    /// A SYN with this number begins another connection, or is the one that is known, seen late or again.
    pub fn is_restarted_by(&self, number: u32, at: Timestamp) -> bool {
        if !self.started {
            let held = self.pending.front().map(|segment| distance(segment.sequence, number));
            return held.is_some_and(|ahead| !(0..=MAX_JUMP).contains(&ahead));
        }
        let age = at.since(self.since);
        if number == self.first {
            return self.next != self.first && age > SYN_AGAIN;
        }
        let late = !self.by_syn && (1..=WINDOW).contains(&distance(self.first, number)) && age <= PATIENCE;
        !late
    }

    /// More than a SYN was seen.
    pub fn has_spoken(&self) -> bool {
        self.started && (self.next != self.first || !self.by_syn)
    }

    pub fn is_finished(&self) -> bool {
        self.end.is_some()
    }

    /// Everything up to the end was handed on.
    pub fn is_done(&self) -> bool {
        self.started && self.end == Some(self.next.wrapping_add(1)) && self.pending.is_empty()
    }

    /// The sender stands at this number, as a segment without bytes tells.
    pub fn stands_at(&mut self, sequence: u32) {
        if !self.started {
            self.hint = Some(sequence);
        }
    }

    /// The sender said goodbye with a number that it may have.
    pub fn finish(&mut self, sequence: u32) {
        if self.may_send(sequence) {
            self.end = Some(sequence.wrapping_add(1));
        }
    }

    /// A segment of this number may come from the sender now: neither long gone nor beyond any window.
    pub fn may_send(&self, sequence: u32) -> bool {
        let oldest = self.acked.filter(|acked| distance(*acked, self.next) < 0).unwrap_or(self.next);
        !self.started || (distance(sequence, oldest) >= 0 && distance(sequence, self.reach) <= WINDOW)
    }

    pub fn place(&self, sequence: u32, len: usize, missing: u32) -> Place {
        let ahead = distance(sequence, self.next);
        let len = i32::try_from(len).unwrap_or(i32::MAX).saturating_add_unsigned(missing);
        match ahead {
            _ if ahead.unsigned_abs() > MAX_JUMP.unsigned_abs() => Place::Stranger,
            0 if self.pending.is_empty() => Place::Next,
            _ if ahead < 0 && ahead.saturating_add(len) <= 0 => Place::Old,
            _ => Place::Ahead,
        }
    }

    /// Not everything up to `ack` has been handed on yet, but may still be.
    pub fn is_behind(&self, ack: Option<u32>) -> bool {
        let first = || self.pending.front().map(|segment| segment.sequence).or(self.hint);
        let from = if self.started { Some(self.next) } else { first() };
        let behind = ack.zip(from).map_or(0, |(ack, from)| distance(self.without_end(ack), from));
        behind > 0 && behind <= MAX_JUMP
    }

    /// The receiver confirmed everything up to `ack`. True where some of it was missing for so long that it is lost.
    pub fn acknowledge(&mut self, ack: u32, at: Timestamp, stats: &mut StreamStats) -> bool {
        let progress = self.acked.map_or(0, |before| distance(ack, before));
        if progress > 0 && progress <= MAX_JUMP {
            stats.acked_bytes += u64::from(progress.unsigned_abs());
        }
        if self.acked.is_none() || progress > 0 {
            self.acked = Some(ack);
        }
        if let (false, true, Some(hint)) = (self.started, self.pending.is_empty(), self.hint)
            && (1..=MAX_JUMP).contains(&distance(ack, hint))
        {
            // Its receiver has bytes from there on that we have not seen yet.
            self.start(hint, at, false);
        }
        if !self.started {
            if self.pending.is_empty() {
                // Nothing of this direction was ever seen: all that is confirmed passed by unseen.
                stats.unseen_bytes += u64::try_from(progress.clamp(0, MAX_JUMP)).unwrap_or(0);
            }
            return false;
        }
        let missing = distance(self.without_end(ack), self.reach);
        if missing <= 0 || missing > MAX_JUMP {
            self.waiting = None;
            return false;
        }
        self.wait(at, progress > 0)
    }

    /// Something is waited for while a packet comes; true where that was long enough. A packet `counts` where it brings
    /// news: a request in many small segments is no long time.
    fn wait(&mut self, at: Timestamp, counts: bool) -> bool {
        let (since, packets) = self.waiting.unwrap_or((at, 0));
        self.waiting = Some((since, packets.saturating_add(u8::from(counts))));
        packets >= PATIENT_PACKETS || at.since(since) >= PATIENCE
    }

    /// Bytes seen before the first number is sure: begins with them once the receiver has all that came before.
    pub fn begin_with_held(&mut self, at: Timestamp) {
        let Some(first) = self.pending.front().map(|segment| segment.sequence) else { return };
        let sure = self.acked.is_some_and(|acked| (0..=MAX_JUMP).contains(&distance(acked, first)));
        if sure || self.wait(at, true) {
            self.start(first, at, false);
        }
    }

    /// The receiver has all that came before `sequence`, so that it is no risk to begin there.
    pub fn is_sure_of(&self, sequence: u32) -> bool {
        self.acked.is_some_and(|acked| (0..=MAX_JUMP).contains(&distance(acked, sequence)))
    }

    pub fn hand_on(&mut self, sender: usize, payload: &[u8], missing: u32, at: FrameRef, deliver: &mut Deliver<'_>) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.next = self.next.wrapping_add(len).wrapping_add(missing);
        // Whatever was waited for is here.
        self.waiting = None;
        if distance(self.next, self.reach) > 0 {
            self.reach = self.next;
        }
        if !payload.is_empty() {
            self.tail.push(payload);
            deliver(sender, at, Data::Stream(payload));
        }
        if missing > 0 {
            self.tail.clear();
            deliver(sender, at, Data::Gap(u64::from(missing)));
        }
    }

    /// Hands on the first held segment, as far as it is new.
    pub fn hand_on_first(&mut self, sender: usize, deliver: &mut Deliver<'_>) {
        let Some(segment) = self.pending.pop_front() else { return };
        self.pending_bytes -= segment.bytes.len();
        let old = distance(self.next, segment.sequence).max(0).unsigned_abs() as usize;
        let new = segment.bytes.get(old..).unwrap_or_default();
        let whole = segment.bytes.len() + segment.missing as usize;
        if !new.is_empty() || old < whole {
            let missing = u32::try_from(whole - old.max(segment.bytes.len())).unwrap_or(0);
            self.hand_on(sender, new, missing, segment.at, deliver);
        }
    }

    pub fn hold(&mut self, segment: Segment) {
        let place = self.pending.partition_point(|s| distance(s.sequence, segment.sequence) <= 0);
        let twin = place.checked_sub(1).and_then(|i| self.pending.get(i));
        if twin.is_some_and(|s| s.sequence == segment.sequence && s.bytes.len() >= segment.bytes.len()) {
            return;
        }
        self.pending_bytes += segment.bytes.len();
        let many = self.pending.len() >= MANY;
        match place.checked_sub(1).and_then(|i| self.pending.get_mut(i)).filter(|before| many && before.takes(&segment))
        {
            Some(before) => before.append(&segment),
            None => self.pending.insert(place, segment),
        }
        if self.started {
            self.extend_reach();
        }
    }

    /// Held bytes differ from those that an incoming segment has in their place.
    pub fn contradicts_held(&self, incoming: &Incoming<'_>) -> bool {
        self.pending.iter().any(|held| {
            let ahead = distance(incoming.tcp.sequence, held.sequence);
            let (ours, theirs) = if ahead >= 0 {
                (held.bytes.get(ahead as usize..), Some(incoming.payload))
            } else {
                (Some(&held.bytes[..]), incoming.payload.get(ahead.unsigned_abs() as usize..))
            };
            let (ours, theirs) = (ours.unwrap_or_default(), theirs.unwrap_or_default());
            ours.iter().zip(theirs).any(|(ours, theirs)| ours != theirs)
        })
    }

    /// Declares the bytes before the first held segment lost.
    pub fn skip_first_hole(&mut self, sender: usize, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        let Some((sequence, at)) = self.pending.front().map(|s| (s.sequence, s.at)) else { return };
        if self.started {
            self.skip_to(sender, sequence, at, stats, deliver);
        } else {
            self.start(sequence, at.ts, false);
        }
    }

    pub fn skip_to(
        &mut self,
        sender: usize,
        sequence: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) {
        let lost = u64::try_from(distance(sequence, self.next)).unwrap_or(0);
        if lost == 0 {
            return;
        }
        stats.unseen_bytes += lost;
        (self.next, self.reach, self.waiting) = (sequence, sequence, None);
        self.extend_reach();
        self.tail.clear();
        deliver(sender, at, Data::Gap(lost));
    }

    /// Something acknowledged up to here is neither handed on nor held.
    pub fn lacks(&self, ack: u32) -> bool {
        distance(self.without_end(ack), self.reach) > 0
    }

    /// An acknowledgment without the number that FIN takes and that carries no byte.
    pub fn without_end(&self, ack: u32) -> u32 {
        if self.end.is_some_and(|end| distance(ack, end) >= 0) { ack.wrapping_sub(1) } else { ack }
    }

    fn extend_reach(&mut self) {
        let from = self.pending.partition_point(|s| distance(s.sequence, self.reach) <= 0).saturating_sub(1);
        for segment in self.pending.range(from.min(self.pending.len())..) {
            if distance(segment.sequence, self.reach) > 0 {
                break;
            }
            let len = u32::try_from(segment.bytes.len()).unwrap_or(u32::MAX).wrapping_add(segment.missing);
            let end = segment.sequence.wrapping_add(len);
            if distance(end, self.reach) > 0 {
                self.reach = end;
            }
        }
    }
}

/// Signed distance of sequence numbers, right across the wrap (RFC 9293 section 3.4).
pub(super) fn distance(to: u32, from: u32) -> i32 {
    to.wrapping_sub(from).cast_signed()
}
