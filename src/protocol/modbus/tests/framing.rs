//! Where messages begin and end, whatever the segments do.

use proptest::prelude::*;

use super::{Heard, MODBUS, Talk, adu, talk};
use crate::event::{Operation, Protocol, Side};

/// Asks for one register, or writes one, and gets it.
fn exchange(transaction: u16, write: bool, value: u8) -> [Vec<u8>; 2] {
    if write {
        [adu(transaction, 1, &[6, 0, 40, 0, value]), adu(transaction, 1, &[6, 0, 40, 0, value])]
    } else {
        [adu(transaction, 1, &[3, 0, 40, 0, 1]), adu(transaction, 1, &[3, 2, 0, value])]
    }
}

fn first() -> Talk {
    let [ask, answer] = exchange(1, false, 1);
    talk().client(ask).server(answer)
}

#[test]
fn one_message_over_three_segments_and_three_in_one() {
    let asks: Vec<Vec<u8>> = (1..=4).map(|t| exchange(t, false, 0)[0].clone()).collect();
    let answers: Vec<Vec<u8>> = (1..=4).map(|t| exchange(t, false, 9)[1].clone()).collect();
    let heard = talk()
        .client(&asks[0][..1])
        .client(&asks[0][1..9])
        .client(&asks[0][9..])
        .server(&answers[0])
        .client(asks[1..].concat())
        .server(answers[1..].concat())
        .end();
    assert_eq!(heard.lines().len(), 4);
    assert_eq!(heard.operation_frames(), [&[3, 5, 6][..], &[7, 8], &[7, 8], &[7, 8]]);
    assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0));
}

#[test]
fn after_junk_the_next_header_is_found_and_the_junk_is_counted() {
    let [ask, answer] = exchange(2, true, 5);
    let junk = [0xff; 11];
    let heard = first().client([&junk[..], &ask].concat()).server(answer).end();
    assert_eq!(heard.lines()[1], "1 write_single_register write, holding_register 40 [5]: accepted");
    assert_eq!(heard.undecoded, junk.len());
    let [anomaly] = heard.anomalies()[..] else { panic!("{:?}", heard.anomalies()) };
    assert_eq!((&*anomaly.name, &*anomaly.detail), ("no_modbus_header", "11 bytes that begin no modbus message"));
}

#[test]
fn a_message_with_a_hole_is_dropped_and_the_next_is_read() {
    let [torn, _] = exchange(2, true, 5);
    let [ask, answer] = exchange(3, true, 6);
    let heard = first().client(&torn[..7]).lost(Side::Client, 5).client(ask).server(answer).end();
    let lines = heard.lines();
    assert_eq!(lines.last().unwrap(), "1 write_single_register write, holding_register 40 [6]: accepted");
    assert_eq!((lines.len(), heard.undecoded), (2, 7));
}

#[test]
fn lengths_beyond_the_specification_belong_to_umas_alone() {
    let long = |function: u8| adu(2, 1, &[&[function], &[0; 600][..]].concat());
    let umas = first().client(long(90)).end();
    assert!(umas.lines()[1].starts_with("1 umas program"), "{:?}", umas.lines());
    assert_eq!(umas.undecoded, 0);
    let other = first().client(long(3)).end();
    assert_eq!(other.lines().len(), 1);
    assert!(other.undecoded > 0 && !other.anomalies().is_empty());
    let longest = first().client(adu(2, 1, &[&[90], &[0; 2000][..]].concat())).end();
    assert_eq!(longest.lines().len(), 1);
}

#[test]
fn modbus_is_known_on_any_port_and_nothing_else_on_its_own() {
    let [ask, answer] = exchange(1, false, 7);
    let elsewhere = Talk::to_port(MODBUS, 20_502).client(ask).server(answer).end();
    assert_eq!((elsewhere.protocol, elsewhere.lines().len()), (Some(Protocol::Modbus), 1));
    let mut web = talk();
    for _ in 0..8 {
        web = web.client(b"GET / HTTP/1.1\r\n\r\n").server(b"HTTP/1.1 200 OK\r\n\r\n");
    }
    let web = web.end();
    assert_eq!((web.protocol, web.events.len()), (None, 0));
}

#[test]
fn in_mid_stream_the_shape_of_a_message_tells_who_asks() {
    let [ask, answer] = exchange(1, false, 7);
    let heard = Talk::in_mid_stream(MODBUS, 20_502).server(answer).client(ask).end();
    let wanted = [
        "1 read_holding_registers read, data [7]: accepted (no request)",
        "1 read_holding_registers read, holding_register 40 []: unanswered (no response)",
    ];
    assert_eq!(heard.lines(), wanted);
}

#[test]
fn an_address_that_looks_like_a_byte_count_does_not_turn_the_sides() {
    // Registers 900 to 1046, more than one request may ask for: the first byte, 3, is the number of those that follow it.
    let heard = Talk::in_mid_stream(MODBUS, 502).client(adu(1, 255, &[4, 3, 0x84, 0, 147])).end();
    let wanted = ["255 read_input_registers read, input_register 900..1046 []: attempted (no response)"];
    assert_eq!(heard.lines(), wanted);
}

/// Operations without the times that other segments bring with them.
fn understood(heard: &Heard) -> Vec<Operation> {
    heard.operations().into_iter().map(|operation| Operation { latency_us: None, ..operation.clone() }).collect()
}

proptest! {
    #[test]
    fn cutting_the_stream_anywhere_gives_the_same_operations(
        exchanges in prop::collection::vec((any::<u16>(), any::<bool>(), any::<u8>()), 1..8),
        sizes in prop::collection::vec(1usize..14, 1..40),
    ) {
        let (mut whole, mut cut) = (talk(), talk());
        let mut sizes = sizes.into_iter().cycle();
        for (transaction, write, value) in exchanges {
            let messages = exchange(transaction, write, value);
            for (from, message) in [Side::Client, Side::Server].into_iter().zip(&messages) {
                whole = whole.send(from, message);
                let mut rest = &message[..];
                while !rest.is_empty() {
                    let (piece, after) = rest.split_at(sizes.next().unwrap().min(rest.len()));
                    cut = cut.send(from, piece);
                    rest = after;
                }
            }
        }
        let (whole, cut) = (whole.end(), cut.end());
        prop_assert_eq!(understood(&cut), understood(&whole));
        prop_assert_eq!((cut.undecoded, cut.anomalies().len()), (0, 0));
    }

    /// Any bytes, also those of messages with bytes turned over, are survived, and every byte is used once at most.
    #[test]
    fn hostile_bytes_are_survived(
        pieces in prop::collection::vec((any::<bool>(), prop::collection::vec(any::<u8>(), 0..60)), 0..20),
        flips in prop::collection::vec((0usize..4, 0usize..16, any::<u8>()), 0..12),
    ) {
        let mut messages = [exchange(1, false, 1), exchange(2, true, 2)].concat();
        for (message, at, byte) in flips {
            if let Some(place) = messages[message].get_mut(at) {
                *place = byte;
            }
        }
        let carried: usize = pieces.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
            + messages.iter().map(Vec::len).sum::<usize>();
        let mut talk = first();
        for (i, message) in messages.iter().enumerate() {
            talk = talk.send(if i % 2 == 0 { Side::Client } else { Side::Server }, message);
        }
        for (client, bytes) in &pieces {
            talk = talk.send(if *client { Side::Client } else { Side::Server }, bytes);
        }
        let heard = talk.end();
        prop_assert!(heard.undecoded <= carried);
        // The shortest message has eight bytes.
        prop_assert!(heard.lines().len() <= 1 + carried / 8);
    }
}
