//! TCP reassembly (RFC 9293 section 3.4) as a listener must do it: from wherever the capture begins, through loss,
//! reordering and retransmission, without ever waiting for bytes that will not come.
//!
//! Overlap policy: the bytes seen first win; that the others differ is told.
//!
//! Both directions are handed on in the order of cause and effect: an answer that acknowledges a request waits until the
//! request has been handed on or is certain to be lost. A mirror may swap them; a protocol parser must not see that. Where
//! no SYN was seen, the first bytes wait likewise until it is certain that none before them are still on their way.

use std::time::Duration;

use super::half::{Half, MAX_JUMP, Place, Segment, distance};
use super::info::Data;
use super::segment::{Deliver, Incoming, StreamStats};
use super::voice::{Oddity, Voice};
use crate::decode::Tcp;
use crate::event::{FrameRef, Timestamp};

/// Bytes of one direction held while a hole is open.
const MAX_PENDING_BYTES: usize = 256 << 10;
/// Segments of one direction held while a hole is open.
const MAX_PENDING_SEGMENTS: usize = 256;
/// What is held so long is handed on, whether its receiver ever spoke or not: on a mirror of one direction it never does.
/// Controllers take some seconds before they send again what the network lost.
const HELD_TIME: Duration = Duration::from_secs(10);
/// What a held segment costs beside its bytes.
const SEGMENT_COST: usize = size_of::<Segment>() + 32;

/// Both directions of one connection. Index 0 and 1 are the ends of the flow key.
#[derive(Debug, Default)]
pub struct Stream {
    halves: [Half; 2],
    voices: [Voice; 2],
    reset: bool,
}

impl Stream {
    /// Takes a segment in and hands on what is in order.
    pub fn push(
        &mut self,
        incoming: &Incoming<'_>,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) -> Option<Oddity> {
        let Incoming { sender, tcp, at, .. } = *incoming;
        let knows = tcp.flags.ack().then_some(tcp.acknowledgment);
        let lost = knows.is_some_and(|ack| self.halves[1 - sender].acknowledge(ack, at.ts, stats));
        let odd = if tcp.flags.syn() {
            self.open(sender, &tcp, at.ts);
            None
        } else {
            self.take(incoming, knows, stats, deliver)
        };
        if let (true, Some(ack)) = (lost, knows) {
            self.give_up_until(1 - sender, ack, at, stats, deliver);
        }
        if self.is_holding() {
            self.begin_with_held(at.ts);
            self.drain(deliver);
        }
        odd
    }

    /// True once both sides said goodbye, or one of them hung up and nobody went on.
    pub fn is_over(&self) -> bool {
        self.reset || self.halves.iter().all(Half::is_finished)
    }

    /// A new connection on the same addresses.
    pub fn is_restarted_by(&self, sender: usize, tcp: &Tcp, at: Timestamp) -> bool {
        if !tcp.flags.syn() {
            return false;
        }
        // Whoever connects speaks first: an answer was there before, so it belongs to another connection.
        let answered_before = !tcp.flags.ack() && !self.halves[sender].started && self.halves[1 - sender].has_spoken();
        answered_before || self.halves[sender].is_restarted_by(tcp.sequence.wrapping_add(1), at)
    }

    /// Latest bytes are remembered from now on, so that a second copy of them can be compared.
    pub fn remember(&mut self) {
        self.halves.iter_mut().for_each(|half| half.tail.want());
    }

    /// Both sides said goodbye, and every byte of theirs was handed on: no more will come.
    pub fn is_done(&self) -> bool {
        !self.reset && self.halves.iter().all(Half::is_done)
    }

    /// Gives back the memory that only a connection in progress needs.
    pub fn end(&mut self) {
        self.halves.iter_mut().for_each(|half| half.tail.end());
    }

    /// Memory held for bytes that are not in order yet.
    pub fn held(&self) -> usize {
        self.halves.iter().map(|half| half.pending_bytes + half.pending.len() * SEGMENT_COST).sum()
    }

    pub fn is_holding(&self) -> bool {
        self.halves.iter().any(|half| !half.pending.is_empty())
    }

    /// Something has been held for so long that what it waits for will not come.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        let first = |half: &Half| half.pending.front().map(|segment| segment.at.ts);
        self.halves.iter().filter_map(first).any(|since| now < since || now.since(since) >= HELD_TIME)
    }

    /// Hands on what is still held, in the order it came, with gaps where bytes never did.
    pub fn flush(&mut self, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        loop {
            let first = |half: &Half| half.pending.front().map_or(u64::MAX, |segment| segment.at.number);
            let sender = usize::from(first(&self.halves[1]) < first(&self.halves[0]));
            if self.halves[sender].pending.is_empty() {
                return;
            }
            self.halves[sender].skip_first_hole(sender, stats, deliver);
            self.halves[sender].hand_on_first(sender, deliver);
        }
    }

    fn open(&mut self, sender: usize, tcp: &Tcp, at: Timestamp) {
        self.reset = false;
        let half = &mut self.halves[sender];
        if !half.started {
            half.start(tcp.sequence.wrapping_add(1), at, true);
        }
    }

    /// The first bytes of a direction whose beginning was not seen.
    fn begin_with_held(&mut self, at: Timestamp) {
        for half in self.halves.iter_mut().filter(|half| !half.started) {
            half.begin_with_held(at);
        }
    }

    fn take(
        &mut self,
        incoming: &Incoming<'_>,
        knows: Option<u32>,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) -> Option<Oddity> {
        let Incoming { sender, tcp, payload, missing, at, .. } = *incoming;
        if carries_stranger(&self.halves[sender], incoming) {
            // What is held belongs to another stream of numbers: this one begins behind it.
            self.flush(stats, deliver);
        }
        let half = &mut self.halves[sender];
        let carries = !payload.is_empty() || missing > 0;
        let behind = tcp.sequence.wrapping_add(u32::try_from(payload.len()).unwrap_or(0)).wrapping_add(missing);
        let ends = (tcp.flags.fin() || tcp.flags.rst()) && half.may_send(tcp.sequence);
        if tcp.flags.fin() {
            half.finish(behind);
        }
        self.reset |= tcp.flags.rst() && ends;
        if !carries {
            half.stands_at(tcp.sequence);
            return self.voices[sender].hear(incoming, &Place::Next, ends, false);
        }
        if tcp.flags.rst() {
            // Words beside a reset are no part of the stream (RFC 9293 section 3.5.3).
            return None;
        }
        if !half.started && !half.is_sure_of(tcp.sequence) {
            self.voices[sender].hear(incoming, &Place::Ahead, true, false);
            self.hold(incoming, knows, stats, deliver);
            return None;
        }
        if !half.started {
            half.start(tcp.sequence, at.ts, false);
        }
        let place = half.place(tcp.sequence, payload.len(), missing);
        let conflict = !matches!(place, Place::Next) && contradicts(half, incoming);
        let fresh = matches!(place, Place::Next | Place::Ahead) && half.may_send(tcp.sequence);
        self.reset &= !fresh;
        let odd = self.voices[sender].hear(incoming, &place, fresh, conflict);
        match place {
            Place::Next if !self.halves[1 - sender].is_behind(knows) => {
                self.halves[sender].hand_on(sender, payload, missing, at, deliver);
            }
            Place::Next | Place::Ahead => self.hold(incoming, knows, stats, deliver),
            Place::Old => stats.retransmitted_segments += 1,
            Place::Stranger => self.restart_at(incoming, stats, deliver),
        }
        odd.or(conflict.then_some(Oddity::OverlapConflict))
    }

    /// Keeps a segment until what comes before it is here or certain to be lost.
    fn hold(
        &mut self,
        incoming: &Incoming<'_>,
        knows: Option<u32>,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) {
        let Incoming { sender, tcp, payload, missing, at, .. } = *incoming;
        let half = &mut self.halves[sender];
        let ahead = if half.started { distance(tcp.sequence, half.next) } else { 0 };
        stats.retransmitted_segments += u64::from(ahead < 0);
        stats.reordered_segments += u64::from(ahead > 0);
        // What a snap length cut off is not there to be repeated: a second copy of the frame brings no more.
        let old = if ahead < 0 { (ahead.unsigned_abs() as usize).min(payload.len()) } else { 0 };
        let sequence = tcp.sequence.wrapping_add(u32::try_from(old).unwrap_or(0));
        half.hold(Segment { sequence, at, bytes: payload[old..].to_vec(), missing, knows });
        while half.pending_bytes > MAX_PENDING_BYTES || half.pending.len() > MAX_PENDING_SEGMENTS {
            stats.bounded_gaps += 1;
            half.skip_first_hole(sender, stats, deliver);
            half.hand_on_first(sender, deliver);
        }
    }

    /// Sequence numbers that have nothing to do with ours: the stream goes on from there after a gap of unknown size.
    fn restart_at(&mut self, incoming: &Incoming<'_>, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        let Incoming { sender, tcp, payload, missing, at, .. } = *incoming;
        self.flush(stats, deliver);
        deliver(sender, at, Data::Gap(0));
        let half = &mut self.halves[sender];
        half.tail.clear();
        half.start(tcp.sequence, at.ts, false);
        half.hand_on(sender, payload, missing, at, deliver);
    }

    /// Hands on held segments that have come into order, each after what its sender had seen.
    fn drain(&mut self, deliver: &mut Deliver<'_>) {
        loop {
            let ready = (0..2).find(|sender| {
                let half = &self.halves[*sender];
                half.started
                    && half.pending.front().is_some_and(|segment| {
                        distance(segment.sequence, half.next) <= 0 && !self.halves[1 - sender].is_behind(segment.knows)
                    })
            });
            let Some(sender) = ready else { return };
            self.halves[sender].hand_on_first(sender, deliver);
        }
    }

    /// Declares what is missing up to `ack` lost.
    fn give_up_until(
        &mut self,
        sender: usize,
        ack: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) {
        // Each turn hands on a segment or closes a hole, so that this ends.
        while self.halves[sender].lacks(ack) {
            self.drain(deliver);
            let front = self.halves[sender].pending.front().map(|segment| (segment.sequence, segment.knows));
            let half = &mut self.halves[sender];
            let ack = half.without_end(ack);
            match front.filter(|(first, _)| distance(ack, *first) > 0) {
                Some((first, _)) if distance(first, half.next) > 0 => half.skip_to(sender, first, at, stats, deliver),
                Some((_, knows)) => {
                    // It waits for the other side, whose hole is the older one.
                    self.skip_until(1 - sender, knows, at, stats, deliver);
                    self.halves[sender].hand_on_first(sender, deliver);
                }
                None => half.skip_to(sender, ack, at, stats, deliver),
            }
        }
    }

    /// Hands on everything up to `ack`, with gaps for what is missing.
    fn skip_until(
        &mut self,
        sender: usize,
        ack: Option<u32>,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) {
        let half = &mut self.halves[sender];
        while let Some(ack) = ack.filter(|ack| half.started && half.is_behind(Some(*ack))) {
            let ack = half.without_end(ack);
            match half.pending.front().map(|segment| segment.sequence).filter(|first| distance(ack, *first) > 0) {
                Some(first) => {
                    half.skip_to(sender, first, at, stats, deliver);
                    half.hand_on_first(sender, deliver);
                }
                None => half.skip_to(sender, ack, at, stats, deliver),
            }
        }
    }
}

/// Bytes whose number has nothing to do with those that wait for the beginning to be sure.
fn carries_stranger(half: &Half, incoming: &Incoming<'_>) -> bool {
    let waits_at = half.pending.front().filter(|_| !half.started && !incoming.payload.is_empty());
    waits_at
        .is_some_and(|first| distance(incoming.tcp.sequence, first.sequence).unsigned_abs() > MAX_JUMP.unsigned_abs())
}

/// A second copy of bytes, handed on or held, has other content. One byte before the next is a keep-alive, whose byte means
/// nothing (RFC 9293 section 3.8.4).
fn contradicts(half: &Half, incoming: &Incoming<'_>) -> bool {
    let back = distance(half.next, incoming.tcp.sequence);
    if back == 1 && incoming.payload.len() == 1 {
        return false;
    }
    let handed_on =
        (1..=MAX_JUMP).contains(&back) && half.tail.contradicts(back.unsigned_abs() as usize, incoming.payload);
    handed_on || half.contradicts_held(incoming)
}

#[cfg(test)]
#[path = "tests/tcp.rs"]
mod tests;
