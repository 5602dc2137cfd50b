use proptest::prelude::*;

use super::*;
use crate::decode::TcpFlags;
use crate::event::{MacAddr, Timestamp};
use crate::flow::Sound;

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

/// One connection whose segments a test writes down; everything is remembered for comparison.
struct Wire {
    stream: Stream,
    stats: StreamStats,
    now: Timestamp,
    number: u64,
    sound: Option<Sound>,
    to: Option<MacAddr>,
    /// The next IP packet's number.
    identification: Option<u16>,
    /// Sender and text, or a gap as `-n`.
    out: Vec<(usize, String)>,
    odd: Vec<Oddity>,
}

impl Wire {
    fn new() -> Self {
        let mut stream = Stream::default();
        stream.remember();
        let (stats, now, out, odd) = (StreamStats::default(), Timestamp::from_parts(1_000, 0), Vec::new(), Vec::new());
        Wire { stream, stats, now, number: 0, sound: None, to: None, identification: None, out, odd }
    }

    /// Both SYNs are seen; the next numbers are 100 and 500.
    fn connected() -> Self {
        let mut wire = Wire::new();
        wire.segment(0, SYN, 99, 0, "");
        wire.segment(1, SYN | ACK, 499, 100, "");
        wire
    }

    fn say(&mut self, sender: usize, sequence: u32, acknowledgment: u32, text: &str) {
        self.segment(sender, ACK, sequence, acknowledgment, text);
    }

    fn segment(&mut self, sender: usize, flags: u8, sequence: u32, acknowledgment: u32, text: &str) {
        self.number += 1;
        self.now = self.now + Duration::from_millis(1);
        let at = FrameRef { ts: self.now, number: self.number, ..FrameRef::default() };
        let flags = TcpFlags(flags);
        let tcp = Tcp { source: 1, destination: 2, sequence, acknowledgment, flags, window: 0 };
        let (sound, to, identification) = (self.sound, self.to, self.identification);
        self.identification = identification.map(|id| id.wrapping_add(1));
        let payload = text.as_bytes();
        let incoming = Incoming { sender, tcp, payload, missing: 0, at, sound, to, identification };
        let out = &mut self.out;
        let odd = self.stream.push(&incoming, &mut self.stats, &mut |sender, _, data| out.push(told(sender, data)));
        self.odd.extend(odd);
    }

    /// The next packet has this number, and those after it go on from there.
    fn counted_from(&mut self, identification: u16) {
        self.identification = Some(identification);
    }

    /// From now on frames come from this machine, that many hops away from a start of 64, and go to that one.
    fn spoken_by(&mut self, from: u8, hops: u8, to: u8) {
        let mac = |n| MacAddr([2, 0, 0, 0, 0, n]);
        self.sound = Some(Sound { mac: mac(from), ttl: 64 - hops });
        self.to = Some(mac(to));
    }

    fn after(&mut self, time: Duration) {
        self.now = self.now + time;
    }

    /// What came out so far.
    fn told(&self) -> Vec<(usize, &str)> {
        text(&self.out)
    }

    fn flush(&mut self) {
        let out = &mut self.out;
        self.stream.flush(&mut self.stats, &mut |sender, _, data| out.push(told(sender, data)));
    }
}

fn told(sender: usize, data: Data<'_>) -> (usize, String) {
    match data {
        Data::Stream(bytes) | Data::Datagram(bytes) => (sender, String::from_utf8_lossy(bytes).into_owned()),
        Data::Gap(n) => (sender, format!("-{n}")),
    }
}

fn text(out: &[(usize, String)]) -> Vec<(usize, &str)> {
    out.iter().map(|(sender, text)| (*sender, text.as_str())).collect()
}

/// What came out of a connection met in its midst.
fn run(packets: &[(usize, u32, u32, &str)]) -> (Vec<(usize, String)>, StreamStats) {
    let mut wire = Wire::new();
    for (sender, sequence, acknowledgment, text) in packets {
        wire.say(*sender, *sequence, *acknowledgment, text);
    }
    wire.flush();
    (wire.out, wire.stats)
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
fn the_first_copy_of_overlapping_bytes_wins_and_another_is_told() {
    let mut wire = Wire::connected();
    wire.say(0, 100, 500, "abcd");
    wire.say(0, 102, 500, "cdef");
    wire.say(0, 100, 500, "abcd");
    assert_eq!(wire.odd, []);
    wire.say(0, 102, 500, "XXef");
    wire.say(0, 100, 500, "YYYY");
    wire.say(0, 106, 500, "gh");
    assert_eq!(wire.told(), [(0, "abcd"), (0, "ef"), (0, "gh")]);
    assert_eq!(wire.odd, [Oddity::OverlapConflict; 2]);
    assert_eq!(wire.stats.retransmitted_segments, 4);
}

#[test]
fn copies_that_differ_while_they_are_held_are_told_too() {
    let mut wire = Wire::connected();
    wire.say(0, 104, 500, "efgh");
    wire.say(0, 102, 500, "cdef");
    assert_eq!(wire.odd, []);
    wire.say(0, 106, 500, "XX");
    assert_eq!(wire.odd, [Oddity::OverlapConflict]);
    wire.say(0, 100, 500, "ab");
    assert_eq!(wire.told(), [(0, "ab"), (0, "cdef"), (0, "gh")]);
}

#[test]
fn a_keep_alive_is_neither_bytes_nor_a_contradiction() {
    let mut wire = Wire::connected();
    wire.say(0, 100, 500, "abcd");
    wire.say(0, 103, 500, "\0");
    wire.say(0, 103, 500, "");
    wire.say(1, 500, 104, "");
    wire.say(0, 104, 500, "ef");
    assert_eq!(wire.told(), [(0, "abcd"), (0, "ef")]);
    assert_eq!(wire.odd, []);
}

#[test]
fn a_closed_window_is_probed_with_a_byte_that_comes_again() {
    let mut wire = Wire::connected();
    wire.say(0, 100, 500, "abcd");
    for _ in 0..20 {
        wire.say(0, 104, 500, "e");
        wire.say(1, 500, 104, "");
        wire.after(Duration::from_secs(5));
    }
    wire.say(0, 104, 500, "efgh");
    assert_eq!(wire.told(), [(0, "abcd"), (0, "e"), (0, "fgh")]);
    assert_eq!((wire.odd, wire.stats.unseen_bytes), (vec![], 0));
}

#[test]
fn a_capture_that_begins_in_the_midst_waits_for_bytes_that_are_late() {
    // The request, its second part first; the answer confirms both.
    let (out, _) = run(&[(0, 104, 500, "ask2"), (0, 100, 500, "ask1"), (1, 500, 108, "answer")]);
    assert_eq!(text(&out), [(0, "ask1"), (0, "ask2"), (1, "answer")]);
    // The answer first: the request's acknowledgment tells that nothing of the answer came before.
    let (out, _) = run(&[(1, 500, 104, "answer"), (0, 100, 500, "ask1"), (0, 104, 506, "ask2")]);
    assert_eq!(text(&out), [(0, "ask1"), (1, "answer"), (0, "ask2")]);
}

#[test]
fn where_only_one_direction_is_mirrored_nothing_waits_long() {
    let mut wire = Wire::new();
    for i in 0..20 {
        wire.say(0, 100 + 2 * i, 500, "ab");
    }
    assert_eq!(wire.told().len(), 20, "after a few packets the beginning is believed");
    wire.say(0, 142, 500, "cd");
    assert!(wire.stream.is_holding() && !wire.stream.is_overdue(wire.now), "there may come what is missing");
    wire.after(HELD_TIME);
    assert!(wire.stream.is_overdue(wire.now));
    wire.flush();
    assert_eq!(wire.told()[20..], [(0, "-2"), (0, "cd")]);
}

#[test]
fn a_syn_that_comes_late_or_again_is_the_same_connection() {
    let mut wire = Wire::new();
    let syn = |number| Tcp {
        source: 1,
        destination: 2,
        sequence: number,
        acknowledgment: 0,
        flags: TcpFlags(SYN),
        window: 0,
    };
    wire.say(0, 100, 500, "ask");
    assert!(!wire.stream.is_restarted_by(0, &syn(99), wire.now), "late");
    wire.segment(0, SYN, 99, 0, "");
    assert_eq!(wire.told(), [(0, "ask")]);
    assert!(!wire.stream.is_restarted_by(0, &syn(99), wire.now), "again");
    assert!(wire.stream.is_restarted_by(0, &syn(7_000), wire.now), "another number");
    wire.after(Duration::from_secs(5));
    assert!(wire.stream.is_restarted_by(0, &syn(99), wire.now), "a device that always begins with the same number");
    let mut silent = Wire::new();
    silent.segment(0, SYN, 99, 0, "");
    silent.after(Duration::from_secs(5));
    assert!(!silent.stream.is_restarted_by(0, &syn(99), silent.now), "asks again, as nobody answers");
}

#[test]
fn only_a_reset_or_an_end_with_a_possible_number_counts() {
    for number in [99, 100 + 70_000, 3_000_000_000] {
        let mut wire = Wire::connected();
        wire.say(0, 100, 500, "ab");
        wire.segment(0, RST, number, 0, "");
        wire.segment(0, FIN | ACK, number, 500, "");
        wire.segment(1, FIN | ACK, number, 102, "");
        assert!(!wire.stream.is_over(), "{number}");
    }
    let mut wire = Wire::connected();
    wire.say(0, 100, 500, "ab");
    wire.segment(0, RST, 102, 0, "");
    assert!(wire.stream.is_over());
    wire.say(1, 500, 102, "still here");
    assert!(!wire.stream.is_over(), "whom the reset did not reach goes on");
    assert_eq!(wire.told(), [(0, "ab"), (1, "still here")]);
}

#[test]
fn an_end_that_overtook_the_last_bytes_ends_behind_them() {
    let mut wire = Wire::connected();
    wire.segment(0, FIN | ACK, 102, 500, "");
    wire.segment(1, ACK, 500, 103, "");
    wire.say(0, 100, 500, "ab");
    wire.segment(1, FIN | ACK, 500, 103, "");
    assert_eq!((wire.told(), wire.stats.unseen_bytes), (vec![(0, "ab")], 0));
    assert!(wire.stream.is_over());
}

#[test]
fn small_segments_behind_a_hole_are_joined() {
    let mut wire = Wire::connected();
    for i in 1..10_000 {
        wire.say(0, 100 + i, 500, "x");
    }
    let held = wire.stream.halves[0].pending.len();
    assert!(held < 64, "{held}");
    assert_eq!(wire.stats.bounded_gaps, 0);
    wire.say(0, 100, 500, "x");
    let bytes: usize = wire.told().iter().map(|(_, text)| text.len()).sum();
    assert_eq!(bytes, 10_000);
}

#[test]
fn somebody_else_who_speaks_in_a_sender_s_place_is_noticed_once_the_sender_goes_on() {
    let mut wire = Wire::connected();
    wire.spoken_by(1, 0, 2);
    (0..10).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    wire.spoken_by(9, 0, 2);
    wire.say(0, 120, 500, "evil");
    assert_eq!(wire.odd, [], "it may be a standby that took over");
    wire.spoken_by(1, 0, 2);
    wire.after(Duration::from_millis(50));
    wire.say(0, 124, 500, "ab");
    let [Oddity::Injection { known, stranger, .. }] = wire.odd[..] else { panic!("{:?}", wire.odd) };
    assert_eq!((known.mac.0[5], stranger.mac.0[5]), (1, 9));
}

#[test]
fn a_reset_from_elsewhere_is_noticed_when_the_sender_goes_on() {
    let mut wire = Wire::connected();
    wire.spoken_by(1, 0, 2);
    (0..10).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    wire.spoken_by(1, 7, 2);
    wire.segment(0, RST, 120, 0, "");
    wire.spoken_by(1, 0, 2);
    wire.after(Duration::from_millis(50));
    wire.say(0, 120, 500, "ab");
    assert!(matches!(wire.odd[..], [Oddity::Injection { .. }]), "the same address, other hops: {:?}", wire.odd);
}

/// Twenty segments of a sender that counts its packets up to 65535 and on from 0, then a reset with another number, then
/// the sender again from `after`.
fn reset_from(number: u16, after: u16) -> Vec<Oddity> {
    let mut wire = Wire::connected();
    wire.spoken_by(1, 0, 2);
    wire.counted_from(0xfff0);
    (0..20).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    wire.counted_from(number);
    wire.segment(0, RST, 140, 0, "");
    wire.after(Duration::from_millis(50));
    wire.counted_from(after);
    wire.say(0, 140, 500, "ab");
    wire.odd
}

#[test]
fn a_reset_that_is_not_in_the_sender_s_count_of_packets_is_noticed() {
    let [Oddity::Injection { known, stranger, counts }] = reset_from(0x4000, 4)[..] else { panic!("not noticed") };
    assert_eq!((known, counts), (stranger, Some([3, 0x4000])));
}

#[test]
fn a_sender_that_counts_on_from_elsewhere_is_no_second_sender() {
    assert_eq!(reset_from(0x4000, 0x4001), []);
    assert_eq!(reset_from(4, 5), []);
    assert_eq!(reset_from(500, 501), [], "it spoke to others in between");
}

#[test]
fn a_standby_that_takes_over_is_no_second_sender() {
    let mut wire = Wire::connected();
    wire.spoken_by(1, 0, 2);
    (0..10).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    wire.spoken_by(9, 0, 2);
    (10..30).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    wire.spoken_by(1, 0, 2);
    (30..50).for_each(|i| wire.say(0, 100 + 2 * i, 500, "ab"));
    assert_eq!(wire.odd, []);
}

#[test]
fn a_relay_s_second_copy_is_told_with_what_it_changed() {
    let mut wire = Wire::connected();
    for i in 0..6 {
        wire.spoken_by(1, 0, 9);
        wire.say(0, 100 + 4 * i, 500, "read");
        wire.spoken_by(9, 1, 2);
        wire.say(0, 100 + 4 * i, 500, if i == 5 { "rEAD" } else { "read" });
    }
    let changed: Vec<bool> = wire.odd.iter().map(|odd| matches!(odd, Oddity::Relay { changed: true, .. })).collect();
    assert_eq!(changed, [false, false, false, false, false, true], "{:?}", wire.odd);
}

#[test]
fn a_sender_that_sends_again_is_no_relay() {
    let mut wire = Wire::connected();
    wire.spoken_by(1, 0, 2);
    for i in 0..6 {
        wire.say(0, 100 + 4 * i, 500, "read");
        wire.say(0, 100 + 4 * i, 500, "read");
    }
    assert_eq!(wire.odd, []);
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
