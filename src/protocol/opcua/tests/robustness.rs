//! Damaged, hostile and cut traffic: bounded, named, and never the end of understanding.

use proptest::prelude::*;

use super::super::decoder::Decoder;
use super::super::items::Items;
use super::super::server::Server;
use super::super::{services, wire};
use super::conversation::{data_change, publish_response, subscribe};
use super::encode::{self, Bytes, request, results, write_request};
use super::{CHANNEL, Line};
use crate::event::{Blame, Outcome, Side};

/// Both sides of a conversation with a bit of everything, in the order in which they spoke.
fn conversation() -> Vec<(Side, Vec<u8>)> {
    let write = write_request(&[("Speed", 120.0)]).0;
    let (head, tail) = write.split_at(50);
    let publish = request(wire::PUBLISH, &Bytes::new().array(&[]));
    vec![
        (Side::Client, encode::hello(super::URL)),
        (Side::Server, encode::acknowledge()),
        (Side::Client, encode::open_request(1, 1, 1)),
        (Side::Server, encode::open_response(CHANNEL, 1, 1)),
        (Side::Client, encode::chunk('C', CHANNEL, 2, 2, head)),
        (Side::Client, encode::chunk('F', CHANNEL, 3, 2, tail)),
        (Side::Server, encode::whole(CHANNEL, 2, 2, &results(676, &[0]))),
        (Side::Client, encode::whole(CHANNEL, 4, 3, &publish)),
        (Side::Server, encode::whole(CHANNEL, 3, 3, &publish_response(811, &data_change(&[(41, 1.0)])))),
        (Side::Client, encode::whole(CHANNEL, 5, 4, &write_request(&[("Speed", 1.0)]))),
        (Side::Server, encode::whole(CHANNEL, 4, 4, &results(676, &[0x803b_0000]))),
        (Side::Client, encode::close(CHANNEL, 6, 5)),
    ]
}

/// Speaks without a clock, so that events can be compared.
fn hear(pieces: &[(Side, &[u8])]) -> Line {
    let mut line = Line::new();
    for (from, bytes) in pieces {
        line.say(*from, bytes);
        line.frame = 1;
    }
    line
}

#[test]
fn the_cut_into_segments_does_not_matter() {
    let whole = conversation();
    let pieces: Vec<_> = whole.iter().map(|(from, bytes)| (*from, &**bytes)).collect();
    let single: Vec<_> = whole.iter().flat_map(|(from, bytes)| bytes.chunks(1).map(|byte| (*from, byte))).collect();
    let (mut whole, mut single) = (hear(&pieces), hear(&single));
    assert_eq!(whole.heard.anomaly_names(), [""; 0]);
    assert_eq!(whole.heard.operations().len(), 5);
    whole.end();
    single.end();
    assert_eq!(whole.heard.understood(), single.heard.understood());
}

#[test]
fn every_beginning_of_a_conversation_tells_the_beginning_of_its_story() {
    let whole = conversation();
    let stream: Vec<(Side, u8)> =
        whole.iter().flat_map(|(from, bytes)| bytes.iter().map(|byte| (*from, *byte))).collect();
    let single: Vec<_> = stream.iter().map(|(from, byte)| (*from, std::slice::from_ref(byte))).collect();
    let story = hear(&single).heard.understood();
    for end in (0..single.len()).step_by(7) {
        let mut line = hear(&single[..end]);
        let told = line.heard.understood();
        assert_eq!(told, story[..told.len()]);
        line.end();
    }
}

#[test]
fn after_junk_the_next_whole_message_is_read_and_the_junk_is_told_once() {
    let mut line = Line::open();
    for _ in 0..5 {
        line.say(Side::Client, b"this is no message, not even nearly one");
    }
    line.exchange(&write_request(&[("Speed", 1.0)]), &results(676, &[0]));
    assert_eq!(line.heard.operation("write").outcome, Outcome::Accepted);
    let [junk] = &*line.heard.anomalies() else { panic!("{:?}", line.heard.anomalies()) };
    assert_eq!((&*junk.name, junk.blame, line.heard.undecoded), ("no_opcua_header", Blame::Client, 195));
}

#[test]
fn a_chunk_of_impossible_size_is_named() {
    let mut line = Line::open();
    line.say(Side::Client, &Bytes::new().raw(b"MSGF").u32(u32::MAX).raw(&[0; 100]).0);
    line.exchange(&write_request(&[("Speed", 1.0)]), &results(676, &[0]));
    assert_eq!(line.heard.anomaly_names(), ["chunk_size_implausible"]);
    assert_eq!(line.heard.operation("write").outcome, Outcome::Accepted);
}

#[test]
fn after_a_loss_reading_goes_on_and_neither_side_is_blamed() {
    let mut line = Line::open();
    let write = encode::whole(CHANNEL, 2, 2, &write_request(&[("Speed", 1.0)]));
    line.say(Side::Client, &write[..30]);
    line.gap(Side::Client, 40);
    line.say(Side::Client, &write[70..]);
    line.request = 10;
    line.exchange(&write_request(&[("Level", 1.0)]), &results(676, &[0]));
    assert_eq!(line.heard.operation("write").outcome, Outcome::Accepted);
    assert!(line.heard.anomalies().iter().all(|anomaly| anomaly.blame == Blame::Capture));
}

#[test]
fn bombs_are_named_when_they_come_and_the_next_message_is_read() {
    let variant = |bytes: Bytes| {
        let node = Bytes::new().text_node(2, "Speed").u32(wire::VALUE).null().u8(1);
        request(wire::WRITE, &Bytes::new().array(&[node.raw(&bytes.0)]))
    };
    let nested = (0..1000).fold(Bytes::new(), |bytes, _| bytes.u8(wire::VARIANT)).u8(0);
    let bombs = [
        (variant(nested), "nesting_too_deep"),
        (variant(Bytes::new().u8(wire::BYTE | 0x80).u32(0x7fff_ffff)), "length_beyond_message"),
        (variant(Bytes::new().u8(wire::BYTE | 0x80).i32(i32::MIN)), "negative_length"),
        (variant(Bytes::new().u8(wire::STRING).string([0xff, 0xfe])), "string_not_utf8"),
        (variant(Bytes::new().u8(wire::INT32).raw(&[1, 2])), "body_truncated"),
        (variant(Bytes::new().u8(40)), "unknown_encoding"),
        (variant(Bytes::new().u8(0)).raw(&[1, 2, 3]), "trailing_bytes"),
        (Bytes::new().standard(673).u8(0xff), "unknown_encoding"),
    ];
    for (bomb, name) in bombs {
        let mut line = Line::open();
        line.ask(&bomb);
        assert_eq!(line.heard.anomaly_names(), [name]);
        assert_eq!(line.heard.anomalies()[0].blame, Blame::Client);
        line.exchange(&write_request(&[("Level", 1.0)]), &results(676, &[0]));
        assert_eq!(line.heard.operation("write").outcome, Outcome::Accepted);
        assert_eq!(line.heard.anomalies().len(), 1, "{name}");
    }
}

#[test]
fn floods_of_chunks_requests_and_channels_are_bounded_and_told() {
    let mut line = Line::open();
    for sequence in 2..400 {
        line.say(Side::Client, &encode::chunk('C', CHANNEL, sequence, 2, &[0; 20_000]));
    }
    assert_eq!(line.heard.anomaly_names(), ["joined_bytes_bound_passed"]);
    let mut line = Line::open();
    for _ in 0..1000 {
        line.ask(&write_request(&[("Speed", 1.0)]));
    }
    assert_eq!(line.heard.anomaly_names(), ["too_many_open_requests"]);
    assert_eq!(line.heard.operations().len(), 1 + 1000 - 256);
    let mut line = Line::new();
    for channel in 0..100 {
        line.say(Side::Client, &encode::whole(channel, 1, 1, &write_request(&[])));
    }
    line.end();
    assert_eq!(line.heard.anomaly_names(), ["too_many_channels"; 84]);
    assert_eq!(line.heard.sessions().len(), 100);
}

/// Small changes behind a good handshake: a byte replaced, bytes left out.
fn damaged() -> impl Strategy<Value = Vec<(Side, Vec<u8>)>> {
    let change = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>(), 0_usize..20);
    prop::collection::vec(change, 1..6).prop_map(|changes| {
        let mut pieces = conversation();
        for (piece, place, byte, less) in changes {
            let (_, bytes) = &mut pieces[4 + piece.index(8)];
            let place = place.index(bytes.len().max(1));
            if let Some(hit) = bytes.get_mut(place) {
                *hit = byte;
            }
            let end = bytes.len().saturating_sub(less).max(place);
            bytes.truncate(end);
        }
        pieces
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn segments_of_any_size_tell_the_same(cuts in prop::collection::vec(1_usize..60, 1..40)) {
        let whole = conversation();
        let pieces: Vec<_> = whole.iter().map(|(from, bytes)| (*from, &**bytes)).collect();
        let mut cuts = cuts.into_iter().cycle();
        let mut cut = Vec::new();
        for (from, mut bytes) in pieces.iter().copied() {
            while !bytes.is_empty() {
                let (head, tail) = bytes.split_at(cuts.next().unwrap().min(bytes.len()));
                cut.push((from, head));
                bytes = tail;
            }
        }
        prop_assert_eq!(hear(&pieces).heard.understood(), hear(&cut).heard.understood());
    }

    #[test]
    fn damage_never_stops_reading(pieces in damaged()) {
        let mut line = Line::new();
        pieces.iter().for_each(|(from, bytes)| line.say(*from, bytes));
        line.gap(Side::Client, 1);
        line.gap(Side::Server, 1);
        subscribe(&mut line);
        line.exchange(&write_request(&[("After", 1.0)]), &results(676, &[0]));
        let last = line.heard.operation("write");
        prop_assert_eq!(last.items[0].object.as_ref().unwrap().to_string(), "ns=2;s=After");
        line.end();
    }

    #[test]
    fn any_bytes_are_read_without_harm(pieces in prop::collection::vec((any::<bool>(), any::<Vec<u8>>()), 0..8)) {
        let mut line = Line::open();
        for (from_client, bytes) in pieces {
            let from = if from_client { Side::Client } else { Side::Server };
            line.say(from, &bytes);
            line.say(from, &encode::whole(CHANNEL, 2, 2, &Bytes(bytes)));
        }
        line.end();
    }

    #[test]
    fn any_fields_of_any_service_are_walked_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let server = Server::default();
        for service in wire::SERVICES {
            let mut items = Items::new(&server, &[]);
            let _ = services::request(service.request, &mut Decoder::new(&bytes).building(100), &mut items);
            items.turn();
            let _ = services::response(service.request, &mut Decoder::new(&bytes).building(100), &mut items);
            let _ = services::response(service.request, &mut Decoder::new(&bytes), &mut ());
        }
    }
}
