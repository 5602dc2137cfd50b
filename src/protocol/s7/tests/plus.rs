//! S7comm-plus: frames, pairing, what goes wrong.

use super::bytes::*;
use super::talk::{Heard, Talk, talk};
use crate::event::{Class, Operation, Outcome, Protocol, Session};

const SET_VARIABLE: u16 = 0x04f2;
const EXPLORE: u16 = 0x04bb;
const INIT_SSL: u16 = 0x05b3;

/// Explores the program: no recursion, one attribute.
const ASK: &[u8] = &[0, 0, 0, 3, 0, 0, 0, 0, 0, 1, 0x81, 0x69, 0, 0, 0, 0];

pub fn connected() -> Talk {
    let called = b"SIMATIC-ROOT-ES";
    talk().client(connect_request(&[6, 0], called)).server(connect_confirm(&[6, 0], called))
}

fn name(operation: &Operation) -> (&str, Option<u8>, Option<u8>) {
    (operation.function.name.as_ref(), operation.function.version, operation.function.opcode)
}

pub fn exchange(version: u8, function: u16, rest: &[u8], result: &[u8]) -> Heard {
    let (request, response) = (plus_request(function, 3, rest), plus_response(function, 3, result));
    connected().client(plus(version, &request)).server(plus(version, &response)).end()
}

/// What an explore answers: no error, the object's number, the object.
fn explored() -> Vec<u8> {
    plus_response(EXPLORE, 3, &[&[0, 0, 0, 0, 3][..], &program_object(), &[0; 4]].concat())
}

fn set(object: u32, attribute: u32, value: &[u8]) -> Vec<u8> {
    [&object.to_be_bytes()[..], &[1], &vlq(attribute), value, &qualifier(), &[0, 0, 0, 0, 0]].concat()
}

#[test]
fn request_and_response_are_one_operation() {
    for version in [1, 2, 3] {
        let talk = connected().client(plus(version, &plus_request(EXPLORE, 3, ASK))).server(plus(version, &explored()));
        let heard = talk.end();
        let operation = heard.operation();
        assert_eq!(name(operation), ("explore", Some(version), Some(0x31)));
        assert_eq!((operation.function.code, operation.outcome), (0x04bb, Outcome::Accepted));
        assert_eq!(heard.protocol, Some(Protocol::S7commPlus));
        assert_eq!(heard.connects()[0].role.as_deref(), Some("es"));
        assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0));
    }
}

#[test]
fn setting_a_variable_of_the_execution_unit_is_control() {
    let control = exchange(3, SET_VARIABLE, &set(0x34, 3000, &[0, 8, 1]), &[0, 0, 0, 0, 0]);
    assert_eq!(control.operation().class, Class::Control);
    assert_eq!(control.operation().items[0].object.as_ref().unwrap().to_string(), "cpu_execution_unit.3000");
    let other = exchange(3, SET_VARIABLE, &set(0x8a0e_0001, 2550, &[0, 8, 1]), &[0, 0, 0, 0, 0]);
    assert_eq!(other.operation().class, Class::Write);
}

#[test]
fn a_negative_return_value_refuses() {
    // 0xffef, 17 below zero, as a number of seven bits a byte.
    let heard = exchange(2, SET_VARIABLE, &set(0x34, 3000, &[0, 8, 1]), &[0x83, 0xff, 0x6f, 0, 0, 0, 0]);
    let operation = heard.operation();
    assert_eq!(operation.outcome, Outcome::Refused);
    assert_eq!(operation.error.as_ref().unwrap().name, "invalid_crc");
}

#[test]
fn a_message_over_three_frames_is_one_and_says_so() {
    let response = explored();
    for version in [2, 3] {
        let heard = connected()
            .client(plus(version, &plus_request(EXPLORE, 3, ASK)))
            .server(plus_part(version, &response[..12]))
            .server(plus_part(version, &response[12..20]))
            .server(plus(version, &response[20..]))
            .end();
        assert_eq!(heard.operation().function.frames, Some(4));
        assert_eq!(heard.undecoded, 0);
    }
}

#[test]
fn a_message_without_end_is_read_up_to_the_bound() {
    let mut talk = connected().client(plus_part(2, &plus_request(EXPLORE, 3, ASK)));
    for _ in 0..180 {
        talk = talk.client(plus_part(2, &[0; 6000]));
    }
    let heard = talk.client(plus(2, &[0])).client(plus(2, &plus_request(EXPLORE, 4, ASK))).end();
    assert_eq!(heard.anomalies()[0].name, "message_too_long");
    assert_eq!(heard.operations().len(), 2);
}

#[test]
fn notifications_and_the_protocols_own_messages_are_told_one_by_one() {
    // Subscription, two fields of unknown use, credit, sequence, then one value by its reference.
    let head = [0x33, 0x10, 0, 0, 0x6a, 4, 0, 0, 0, 0, 0, 1, 1];
    let notification = [&head[..], &[0x92, 0, 0, 0, 7, 0, 7, 3, 0xe9], &[0; 5]].concat();
    let event = data(&[&[0x72, 0xfe, 0, 16][..], &[0, 0, 0, 0, 0, 0, 1, 2], &[0; 8]].concat());
    let alive = data(&[0x72, 0xff, 9, 0]);
    let heard = connected().server(plus(2, &notification)).server(event).server(alive).end();
    let names: Vec<_> = heard.operations().into_iter().map(name).collect();
    assert_eq!(
        names,
        [("notification", Some(2), Some(0x33)), ("system_event", Some(0xfe), None), ("keep_alive", Some(0xff), None)]
    );
    assert!(heard.operations().iter().all(|operation| !operation.request_seen && operation.response_seen));
    assert_eq!(heard.undecoded, 0);
}

#[test]
fn after_tls_was_agreed_on_only_metadata_remain() {
    let hello = data(&[0x16, 3, 1, 0, 200, 1]);
    let heard = connected()
        .client(plus(1, &plus_request(INIT_SSL, 1, &[0; 4])))
        .server(plus(1, &plus_response(INIT_SSL, 1, &[0; 5])))
        .client(hello)
        .server(data(&[0x72, 0x99, 0x11]))
        .end();
    assert_eq!(heard.operation().function.name, "init_ssl");
    assert_eq!(heard.operation().function.act.as_deref(), Some("start_tls"));
    assert_eq!((heard.encrypted, heard.undecoded, heard.anomalies().len()), (2, 0, 0));
}

#[test]
fn what_is_cut_short_is_told_and_the_next_message_read() {
    let cut = data(&[0x72, 2, 0, 99, 0x31]);
    let heard = connected().client(cut).client(plus(2, &plus_request(EXPLORE, 1, ASK))).end();
    assert_eq!(heard.anomalies()[0].name, "frame_cut_short");
    assert_eq!(heard.operation().function.name, "explore");
}

#[test]
fn the_later_frame_of_a_message_not_seen_is_not_taken_for_one() {
    let heard = connected().server(plus(2, &[0x05, 0x31, 0x32])).server(plus(2, &explored())).end();
    assert_eq!(heard.anomalies()[0].name, "no_message_head");
    assert_eq!(heard.operation().function.name, "explore");
}

#[test]
fn a_digest_that_comes_again_was_sent_again() {
    let ask = |sequence| plus(3, &plus_request(EXPLORE, sequence, ASK));
    let heard = connected().client(ask(1)).client(ask(2)).end();
    assert_eq!(heard.anomalies()[0].name, "digest_repeated");
}

#[test]
fn bytes_that_make_no_sense_are_counted_and_told_raw() {
    let heard = exchange(2, EXPLORE, ASK, &[0, 0, 0, 0, 3, 0xa1, 0, 0, 0, 3, 0x93, 0x58, 0, 0, 0xee, 1, 2, 3]);
    assert_eq!(heard.anomalies()[0].name, "body_unreadable");
    assert_eq!(heard.undecoded, 4);
    assert_eq!(heard.operation().outcome, Outcome::Accepted);
}

/// A TLS record.
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, 3][..], &u16::try_from(body.len()).unwrap().to_be_bytes(), body].concat()
}

/// A handshake message: a hello up to and with its extensions.
fn hello(kind: u8, suites: &[u8], extensions: &[u8]) -> Vec<u8> {
    let length = u16::try_from(extensions.len()).unwrap().to_be_bytes();
    let body = [&[3, 3][..], &[7; 32], &[0], suites, &length, extensions].concat();
    [&[kind, 0, 0, body.len() as u8][..], &body].concat()
}

#[test]
fn of_tls_both_hellos_are_told_though_they_come_in_pieces() {
    let name = [&[0, 0, 0, 13, 0, 11, 0, 0, 8][..], b"plc.test"].concat();
    let offered = hello(1, &[0, 4, 0x13, 0x02, 0xc0, 0x30, 1, 0], &[&name[..], &[0, 43, 0, 5, 4, 3, 4, 3, 3]].concat());
    let chosen = hello(2, &[0x13, 0x02, 0], &[0, 43, 0, 2, 3, 4]);
    let client = record(22, &offered);
    let (first, second) = client.split_at(20);
    let server = [record(22, &chosen), record(20, &[1]), record(23, &[9; 40])].concat();
    let talk = talk().client(connect_request(b"\x06\0", b"SIMATIC-ROOT-HMI"));
    let heard = talk.client(data(first)).client(data(second)).server(data(&server)).end();
    let hellos = heard.pick_sessions(|s| if let Session::TlsHello(hello) = s { Some(hello.clone()) } else { None });
    assert_eq!((hellos[0].from_server, hellos[0].version.as_str()), (false, "1.3"));
    assert_eq!(hellos[0].server_name.as_deref(), Some("plc.test"));
    assert_eq!(hellos[0].cipher_suites, ["0x1302", "0xc030"]);
    assert_eq!((hellos[1].from_server, hellos[1].version.as_str()), (true, "1.3"));
    assert_eq!(hellos[1].cipher_suites, ["0x1302"]);
    assert!(hellos[1].certificate.is_none(), "encrypted from here on");
    assert_eq!((heard.encrypted, heard.undecoded), (3, 0));
}
