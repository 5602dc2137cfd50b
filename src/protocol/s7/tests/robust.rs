//! Whatever comes: no panic, and however TCP cuts it the same is said.

use proptest::prelude::*;

use super::bytes::*;
use super::connected;
use super::talk::{Heard, talk};
use crate::event::{EventKind, Side};

/// A conversation with something of everything.
fn script() -> Vec<(Side, Vec<u8>)> {
    let blocks: Vec<u8> = (1..=20_u16).flat_map(|n| [n.to_be_bytes(), [0x22, 1]].concat()).collect();
    let explore = plus_request(0x04bb, 3, &[0, 0, 0, 3, 0, 1, 0, 1, 0, 1, 0x81, 0x69, 0, 0, 0, 0]);
    let explored = plus_response(0x04bb, 3, &[&[0, 0, 0, 0, 3][..], &program_object(), &[0; 4]].concat());
    let client = |bytes| (Side::Client, bytes);
    let server = |bytes| (Side::Server, bytes);
    vec![
        client(connect_request(&[1, 0], &[1, 2])),
        server(connect_confirm(&[1, 0], &[1, 2])),
        client(job(1, &[0xf0, 0, 0, 8, 0, 8, 3, 0xc0])),
        server(ack(1, &[0xf0, 0, 0, 1, 0, 1, 0, 240], &[])),
        client(read(2, &[&pointer(4, 1, 10, 0x84, 16), &pointer(2, 3, 1, 0x84, 80)])),
        server(ack(2, &[4, 2], &[0xff, 4, 0, 16, 0, 7, 0xff, 9, 0, 3, 1, 2, 3])),
        client(write(3, &pointer(5, 1, 10, 0x84, 16), &[0, 4, 0, 16, 0xff, 0x9c])),
        server(ack(3, &[5, 1], &[3])),
        client(ask(4, 4, 1, &[0, 0x11, 0, 0])),
        server(answer(4, 4, 1, &[&[0, 0x11, 0, 0, 0, 28, 0, 1][..], &[b'6'; 28]].concat())),
        client(ask(5, 3, 2, b"08")),
        server(answer_part(5, 3, 2, (0x65, true), &blocks[..50])),
        client(ask(6, 3, 2, &[])),
        server(answer_part(6, 3, 2, (0x65, false), &blocks[50..])),
        client(ask(7, 5, 1, b"abcdefgh")),
        server(answer_error(7, 5, 1, 0xd602)),
        client(invoke(8, b"_INSE", b"\x01\x000800035P")),
        server(refusal(8, 0xd241)),
        client([part(&explore_frame(&explore)[..9]), data(&explore_frame(&explore)[9..])].concat()),
        server([plus_part(2, &explored[..30]), plus(2, &explored[30..])].concat()),
    ]
}

/// A whole S7comm-plus frame without TPKT and COTP.
fn explore_frame(message: &[u8]) -> Vec<u8> {
    plus(2, message)[7..].to_vec()
}

fn play(script: &[(Side, Vec<u8>)], segment: usize) -> Heard {
    let talk = script.iter().fold(talk(), |talk, (from, bytes)| {
        bytes.chunks(segment.max(1)).fold(talk, |talk, bytes| talk.send(*from, bytes))
    });
    talk.end()
}

/// What was said, without how long it took.
fn said(heard: &Heard) -> Vec<EventKind> {
    let timeless = |kind: &EventKind| match kind {
        EventKind::Operation(operation) => {
            let mut operation = operation.clone();
            operation.latency_us = None;
            EventKind::Operation(operation)
        }
        other => other.clone(),
    };
    heard.events.iter().map(|(_, kind)| timeless(kind)).collect()
}

#[test]
fn one_byte_segments_say_the_same_as_whole_ones() {
    let whole = said(&play(&script(), usize::MAX));
    assert_eq!(whole.len(), 13, "{whole:#?}");
    for segment in 1..40 {
        assert_eq!(said(&play(&script(), segment)), whole, "segments of {segment} bytes");
    }
}

#[test]
fn every_prefix_is_survived() {
    let script = script();
    let total: usize = script.iter().map(|(_, bytes)| bytes.len()).sum();
    for cut in 0..total {
        let mut left = cut;
        let prefix = script.iter().map(|(from, bytes)| {
            let taken = left.min(bytes.len());
            left -= taken;
            (*from, bytes[..taken].to_vec())
        });
        play(&prefix.filter(|(_, bytes)| !bytes.is_empty()).collect::<Vec<_>>(), usize::MAX);
    }
}

fn side() -> impl Strategy<Value = Side> {
    prop_oneof![Just(Side::Client), Just(Side::Server)]
}

/// Bytes that look like S7 in front and are anything behind.
fn disguised() -> impl Strategy<Value = Vec<u8>> {
    let fronts = prop_oneof![
        Just(vec![]),
        Just(vec![0x32, 1, 0, 0, 0, 1]),
        Just(vec![0x32, 3, 0, 0, 0, 1]),
        Just(vec![0x32, 7, 0, 0, 0, 1]),
        Just(vec![0x32, 7, 0, 0, 0, 1, 0, 12, 0, 200, 0, 1, 0x12, 8, 0x12]),
        Just(vec![0x72, 1]),
        Just(vec![0x72, 3]),
    ];
    (fronts, prop::collection::vec(any::<u8>(), 0..120)).prop_map(|(front, rest)| data(&[front, rest].concat()))
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_survived(
        pieces in prop::collection::vec((side(), prop::collection::vec(any::<u8>(), 0..200)), 0..12),
    ) {
        pieces.iter().fold(connected(), |talk, (from, bytes)| talk.send(*from, bytes)).end();
    }

    #[test]
    fn arbitrary_messages_are_survived(pieces in prop::collection::vec((side(), disguised()), 0..24)) {
        pieces.iter().fold(connected(), |talk, (from, bytes)| talk.send(*from, bytes)).end();
    }

    #[test]
    fn damaged_messages_are_survived(
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut script = script();
        for (message, byte, value) in damage {
            let message = message.index(script.len());
            let bytes = &mut script[message].1;
            let byte = byte.index(bytes.len());
            bytes[byte] = value;
        }
        play(&script, usize::MAX);
    }

    #[test]
    fn after_junk_the_next_whole_message_is_read(
        junk in prop::collection::vec(any::<u8>().prop_filter("no version byte", |b| *b != 3), 1..60),
    ) {
        let heard = connected().client([junk, job(1, &[0x29])].concat()).end();
        prop_assert_eq!(heard.operation().function.name.as_ref(), "plc_stop");
    }
}
