//! TCP reassembly (RFC 9293 section 3.4) as a listener must do it: from wherever the capture begins, through loss,
//! reordering and retransmission, without ever waiting for bytes that will not come.
//!
//! Overlap policy: the bytes seen first win.
//!
//! Both directions are handed on in the order of cause and effect: an answer that acknowledges a request waits until the
//! request has been handed on or is certain to be lost. A mirror may swap them; a protocol parser must not see that.

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
    /// The next sequence number to be handed on; meaningless before `started`.
    next: u32,
    started: bool,
    finished: bool,
    /// The highest acknowledgment that the receiver gave for this direction.
    acked: Option<u32>,
    /// Since when acknowledged bytes are missing, and packets since.
    hole: Option<(FrameRef, u8)>,
    /// By sequence number.
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
    /// How much of the other direction its sender had: to be handed on after that.
    knows: Option<u32>,
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

/// Takes sender, frame, and bytes or gap.
type Deliver<'a> = dyn FnMut(usize, FrameRef, Data<'_>) + 'a;

impl Stream {
    /// Takes a segment in and hands on what is in order.
    pub fn push(&mut self, incoming: &Incoming<'_>, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        let Incoming { sender, tcp, at, .. } = *incoming;
        let knows = tcp.flags.ack().then_some(tcp.acknowledgment);
        let hole = knows.is_some_and(|ack| self.halves[1 - sender].acknowledge(ack, at, stats));
        if tcp.flags.syn() {
            self.halves[sender].start(tcp.sequence.wrapping_add(1));
        } else if !incoming.payload.is_empty() || incoming.missing > 0 {
            self.take(incoming, knows, stats, deliver);
            self.halves[sender].finished |= tcp.flags.fin();
        } else {
            self.halves[sender].finished |= tcp.flags.fin();
        }
        if let (true, Some(ack)) = (hole, knows) {
            self.give_up_until(1 - sender, ack, at, stats, deliver);
        }
        if self.halves.iter().any(|half| !half.pending.is_empty()) {
            self.drain(deliver);
        }
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

    /// Hands on what is still held, in the order it came, with gaps where bytes never did.
    pub fn flush(&mut self, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        loop {
            let first = |half: &Half| half.pending.first().map_or(u64::MAX, |segment| segment.at.number);
            let sender = usize::from(first(&self.halves[1]) < first(&self.halves[0]));
            if self.halves[sender].pending.is_empty() {
                return;
            }
            self.halves[sender].skip_first_hole(sender, stats, deliver);
            self.halves[sender].hand_on_first(sender, deliver);
        }
    }

    fn take(
        &mut self,
        incoming: &Incoming<'_>,
        knows: Option<u32>,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
    ) {
        let Incoming { sender, tcp, payload, missing, at } = *incoming;
        let waits = self.halves[1 - sender].is_behind(knows);
        let half = &mut self.halves[sender];
        if !half.started {
            // Mid-stream: begin with the first bytes that come by.
            half.start(tcp.sequence);
        }
        let ahead = distance(tcp.sequence, half.next);
        if ahead.unsigned_abs() > MAX_JUMP.unsigned_abs() {
            return self.restart_at(incoming, stats, deliver);
        }
        if ahead == 0 && !waits && half.pending.is_empty() {
            return half.hand_on(sender, payload, missing, at, deliver);
        }
        // What a snap length cut off is not there to be repeated: a second copy of the frame brings no more.
        let fresh = if ahead < 0 { payload.get(ahead.unsigned_abs() as usize..).unwrap_or_default() } else { payload };
        if ahead < 0 && fresh.is_empty() {
            stats.retransmitted_segments += 1;
            return;
        }
        stats.retransmitted_segments += u64::from(ahead < 0);
        stats.reordered_segments += u64::from(ahead > 0);
        let sequence = if ahead < 0 { half.next } else { tcp.sequence };
        half.hold(Segment { sequence, at, bytes: fresh.to_vec(), missing, knows });
        while half.pending_bytes > MAX_PENDING_BYTES || half.pending.len() > MAX_PENDING_SEGMENTS {
            stats.bounded_gaps += 1;
            half.skip_first_hole(sender, stats, deliver);
            half.hand_on_first(sender, deliver);
        }
    }

    /// Sequence numbers that have nothing to do with ours: the stream goes on from there after a gap of unknown size.
    fn restart_at(&mut self, incoming: &Incoming<'_>, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        let Incoming { sender, tcp, payload, missing, at } = *incoming;
        self.flush(stats, deliver);
        deliver(sender, at, Data::Gap(0));
        let half = &mut self.halves[sender];
        half.start(tcp.sequence);
        half.hand_on(sender, payload, missing, at, deliver);
    }

    /// Hands on held segments that have come into order, each after what its sender had seen.
    fn drain(&mut self, deliver: &mut Deliver<'_>) {
        loop {
            let ready = (0..2).find(|sender| {
                let half = &self.halves[*sender];
                half.pending.first().is_some_and(|segment| {
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
        self.halves[sender].hole = None;
        // Each turn hands on a segment or closes a hole, so that this ends.
        while distance(ack, self.halves[sender].end_of_held()) > 0 {
            self.drain(deliver);
            let half = &mut self.halves[sender];
            match half.pending.first().map(|segment| segment.sequence).filter(|first| distance(ack, *first) > 0) {
                Some(first) if distance(first, half.next) > 0 => half.skip_to(sender, first, at, stats, deliver),
                Some(_) => half.hand_on_first(sender, deliver),
                None => half.skip_to(sender, ack, at, stats, deliver),
            }
        }
    }
}

impl Half {
    fn start(&mut self, sequence: u32) {
        self.next = sequence;
        self.started = true;
    }

    /// Not everything up to `ack` has been handed on yet, but may still be.
    fn is_behind(&self, ack: Option<u32>) -> bool {
        let behind = ack.map_or(0, |ack| distance(ack, self.next) - i32::from(self.finished));
        self.started && behind > 0 && behind <= MAX_JUMP
    }

    fn hand_on(&mut self, sender: usize, payload: &[u8], missing: u32, at: FrameRef, deliver: &mut Deliver<'_>) {
        let len = u32::try_from(payload.len()).unwrap_or(u32::MAX);
        self.next = self.next.wrapping_add(len).wrapping_add(missing);
        if !payload.is_empty() {
            deliver(sender, at, Data::Stream(payload));
        }
        if missing > 0 {
            deliver(sender, at, Data::Gap(u64::from(missing)));
        }
    }

    /// Hands on the first held segment, as far as it is new.
    fn hand_on_first(&mut self, sender: usize, deliver: &mut Deliver<'_>) {
        if self.pending.is_empty() {
            return;
        }
        let segment = self.pending.remove(0);
        self.pending_bytes -= segment.bytes.len();
        let old = distance(self.next, segment.sequence).max(0).unsigned_abs() as usize;
        if let Some(new) = segment.bytes.get(old..).filter(|new| !new.is_empty() || segment.missing > 0) {
            self.hand_on(sender, new, segment.missing, segment.at, deliver);
        }
    }

    fn hold(&mut self, segment: Segment) {
        let place = self.pending.partition_point(|s| distance(s.sequence, segment.sequence) <= 0);
        let twin = place.checked_sub(1).and_then(|i| self.pending.get(i));
        if twin.is_some_and(|s| s.sequence == segment.sequence && s.bytes.len() >= segment.bytes.len()) {
            return;
        }
        self.pending_bytes += segment.bytes.len();
        self.pending.insert(place, segment);
    }

    /// Where the bytes that are here without a hole end, handed on or not.
    fn end_of_held(&self) -> u32 {
        let mut end = self.next;
        for segment in &self.pending {
            if distance(segment.sequence, end) > 0 {
                break;
            }
            let len = u32::try_from(segment.bytes.len()).unwrap_or(u32::MAX).wrapping_add(segment.missing);
            let segment_end = segment.sequence.wrapping_add(len);
            if distance(segment_end, end) > 0 {
                end = segment_end;
            }
        }
        end
    }

    /// The receiver confirmed everything up to `ack`. True where some of it was missing for so long that it is lost.
    fn acknowledge(&mut self, ack: u32, at: FrameRef, stats: &mut StreamStats) -> bool {
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
            return false;
        }
        // A FIN takes one number that carries no byte.
        let missing = distance(ack, self.end_of_held()) - i32::from(self.finished);
        if missing <= 0 || missing > MAX_JUMP {
            self.hole = None;
            return false;
        }
        let (since, packets) = self.hole.unwrap_or((at, 0));
        self.hole = Some((since, packets.saturating_add(1)));
        packets >= HOLE_PACKETS || at.ts.since(since.ts) >= HOLE_PATIENCE
    }

    /// Declares the bytes before the first held segment lost.
    fn skip_first_hole(&mut self, sender: usize, stats: &mut StreamStats, deliver: &mut Deliver<'_>) {
        if let Some((sequence, at)) = self.pending.first().map(|s| (s.sequence, s.at)) {
            self.skip_to(sender, sequence, at, stats, deliver);
        }
    }

    fn skip_to(
        &mut self,
        sender: usize,
        sequence: u32,
        at: FrameRef,
        stats: &mut StreamStats,
        deliver: &mut Deliver<'_>,
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::decode::TcpFlags;
    use crate::event::Timestamp;

    /// What came out: sender and text, or a gap as `-n`.
    fn run(packets: &[(usize, u32, u32, &str)]) -> (Vec<(usize, String)>, StreamStats) {
        let (mut stream, mut stats, mut out) = (Stream::default(), StreamStats::default(), Vec::new());
        let mut deliver = |sender: usize, _: FrameRef, data: Data<'_>| match data {
            Data::Stream(bytes) | Data::Datagram(bytes) => {
                out.push((sender, String::from_utf8_lossy(bytes).into_owned()));
            }
            Data::Gap(n) => out.push((sender, format!("-{n}"))),
        };
        for (i, (sender, sequence, acknowledgment, payload)) in packets.iter().enumerate() {
            let number = i as u64 + 1;
            let at = FrameRef { ts: Timestamp::from_nanos(number * 1_000_000), number, ..FrameRef::default() };
            let flags = TcpFlags(16 | if payload.starts_with('F') && payload.len() == 1 { 1 } else { 0 });
            let payload = if flags.fin() { "" } else { payload };
            let tcp = Tcp {
                source: 1,
                destination: 2,
                sequence: *sequence,
                acknowledgment: *acknowledgment,
                flags,
                window: 0,
            };
            let incoming = Incoming { sender: *sender, tcp, payload: payload.as_bytes(), missing: 0, at };
            stream.push(&incoming, &mut stats, &mut deliver);
        }
        stream.flush(&mut stats, &mut deliver);
        (out, stats)
    }

    fn text(out: &[(usize, String)]) -> Vec<(usize, &str)> {
        out.iter().map(|(sender, text)| (*sender, text.as_str())).collect()
    }

    #[test]
    fn an_answer_that_overtook_its_question_comes_after_it() {
        let (out, stats) =
            run(&[(0, 100, 500, "ask1"), (1, 500, 108, "answer"), (0, 104, 500, "ask2"), (0, 108, 506, "ask3")]);
        assert_eq!(text(&out), [(0, "ask1"), (0, "ask2"), (1, "answer"), (0, "ask3")]);
        assert_eq!(stats.unseen_bytes, 0);
    }

    #[test]
    fn a_lost_question_is_given_up_and_the_pairs_after_it_stay_pairs() {
        // The packet with 104..108 never comes.
        let mut packets = vec![(0, 100, 500, "ask1"), (1, 500, 108, "ans2")];
        let asks: Vec<(u32, u32)> = (0..10).map(|i| (108 + i * 4, 504 + i * 4)).collect();
        for (ask, answer) in asks {
            packets.push((0, ask, answer, "askN"));
            packets.push((1, answer, ask + 4, "ansN"));
        }
        let (out, stats) = run(&packets);
        let mut wanted = vec![(0, "ask1"), (0, "-4"), (1, "ans2")];
        wanted.extend([(0, "askN"), (1, "ansN")].repeat(10));
        assert_eq!(text(&out), wanted);
        assert_eq!(stats.unseen_bytes, 4);
    }

    #[test]
    fn the_first_copy_of_overlapping_bytes_wins() {
        let (out, stats) = run(&[(0, 10, 0, "abcd"), (0, 12, 0, "XXef"), (0, 10, 0, "YYYY"), (0, 16, 0, "gh")]);
        assert_eq!(text(&out), [(0, "abcd"), (0, "ef"), (0, "gh")]);
        assert_eq!(stats.retransmitted_segments, 2);
    }

    #[test]
    fn numbers_wrap_around() {
        let (out, _) = run(&[(0, u32::MAX - 1, 0, "ab"), (0, 2, 0, "ef"), (0, 0, 0, "cd")]);
        assert_eq!(text(&out), [(0, "ab"), (0, "cd"), (0, "ef")]);
    }

    #[test]
    fn a_stranger_number_starts_anew_and_nothing_waits_for_ever() {
        let (out, _) = run(&[(0, 10, 0, "ab"), (0, 900_000_000, 0, "cd"), (0, 900_000_002, 0, "ef"), (0, 12, 0, "gh")]);
        assert_eq!(text(&out), [(0, "ab"), (0, "-0"), (0, "cd"), (0, "ef"), (0, "-0"), (0, "gh")]);
    }

    proptest! {
        /// Whatever order segments come in, and however often, the bytes come out once and in order.
        #[test]
        fn any_order_gives_the_same_bytes(order in Just((0..12usize).collect::<Vec<_>>()).prop_shuffle(), twice in 0..12usize, start in any::<u32>()) {
            let texts: Vec<String> = (0..12).map(|i| format!("<{i:02}>")).collect();
            let mut packets = vec![(0usize, start, 0u32, "first")];
            for i in order.iter().chain([&twice]) {
                packets.push((0, start.wrapping_add(5 + 4 * *i as u32), 0, texts[*i].as_str()));
            }
            let (out, _) = run(&packets);
            let joined: String = out.into_iter().map(|(_, text)| text).collect();
            prop_assert_eq!(joined, format!("first{}", texts.concat()));
        }

        /// No packets, however strange, make it panic or hand on a byte twice in a row forever.
        #[test]
        fn strange_packets_are_survived(packets in prop::collection::vec((0..2usize, any::<u32>(), any::<u32>(), 0..20usize), 0..60)) {
            let bytes = "0123456789abcdefghij";
            let packets: Vec<_> = packets.into_iter().map(|(s, q, a, n)| (s, q, a, &bytes[..n])).collect();
            let carried: usize = packets.iter().map(|(.., p)| p.len()).sum();
            let (out, _) = run(&packets);
            let delivered: usize = out.iter().filter(|(_, t)| !t.starts_with('-')).map(|(_, t)| t.len()).sum();
            prop_assert!(delivered <= carried);
        }
    }
}
