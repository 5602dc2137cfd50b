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
        let payload = payload.as_bytes();
        let incoming = Incoming { sender: *sender, tcp, payload, missing: 0, at, sound: None, to: None };
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
