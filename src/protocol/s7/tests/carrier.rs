//! TPKT, COTP, probing.

use super::bytes::*;
use super::connected;
use super::talk::{talk, talk_to};
use crate::event::{Blame, Protocol, Session, Side, Unit};
use crate::protocol::s7::cotp;

/// What an MMS client of IEC 61850 sends first after its connect.
const MMS_CONNECT: &[u8] = &[0x0d, 0xb2, 0x05, 0x06, 0x13, 0x01, 0x00, 0x16, 0x01, 0x02];

#[test]
fn a_connect_says_role_rack_and_slot() {
    let heard = connected().end();
    let connect = heard.connects()[0];
    assert_eq!((connect.source_tsap.as_str(), connect.destination_tsap.as_str()), ("0100", "0102"));
    assert_eq!((connect.role.as_deref(), connect.rack, connect.slot), (Some("pg"), Some(0), Some(2)));
    assert_eq!((connect.tpdu_size, connect.source_reference), (Some(1024), 20));
    assert_eq!(connect.accepted, Some(true));
}

#[test]
fn tsaps_are_read_as_people_write_them() {
    let read = |tsap: &[u8]| (cotp::tsap_text(tsap), cotp::tsap_meaning(tsap).role, cotp::tsap_meaning(tsap).rack_slot);
    assert_eq!(read(&[2, 0x23]), ("0223".to_owned(), Some("op"), Some((1, 3))));
    assert_eq!(read(&[3, 0]), ("0300".to_owned(), Some("basic"), Some((0, 0))));
    assert_eq!(read(&[0x10, 2]), ("1002".to_owned(), None, Some((0, 2))));
    assert_eq!(read(b"SIMATIC-ROOT-ES"), ("SIMATIC-ROOT-ES".to_owned(), Some("es"), None));
    assert_eq!(read(b"SIMATIC-ROOT-HMI"), ("SIMATIC-ROOT-HMI".to_owned(), Some("hmi"), None));
    assert_eq!(read(b"MW"), ("MW".to_owned(), None, None));
    assert_eq!(read(&[0, 1]), ("0001".to_owned(), None, None));
}

#[test]
fn a_refused_connect_names_the_reason() {
    let heard = talk().client(connect_request(&[1, 0], &[1, 5])).server(disconnect(3)).end();
    let connect = heard.connects()[0];
    assert_eq!((connect.slot, connect.accepted), (Some(5), Some(false)));
    assert_eq!(connect.error.as_ref().map(|error| error.name.as_ref()), Some("address_unknown"));
}

#[test]
fn who_ends_a_standing_connection_is_told() {
    let heard = connected().client(disconnect(0x80)).end();
    let ended = |s: &Session| if let Session::CotpDisconnect(ended) = s { Some(ended.clone()) } else { None };
    let ended = heard.pick_sessions(ended);
    assert_eq!((ended.len(), ended[0].from_server, ended[0].reason.name.as_ref()), (1, false, "normal_disconnect"));
    assert_eq!(heard.connects()[0].accepted, Some(true));
}

#[test]
fn a_connect_nobody_answers_is_told_at_the_end() {
    let heard = talk().client(connect_request(&[1, 0], &[1, 2])).end();
    assert_eq!(heard.connects()[0].accepted, None);
}

#[test]
fn operations_carry_rack_and_slot_of_the_connect() {
    let heard = connected().client(job(1, &[0x29])).server(ack(1, &[0x29], &[])).end();
    assert_eq!(heard.operation().unit, Some(Unit::RackSlot { rack: 0, slot: 2 }));
}

#[test]
fn a_message_in_three_data_tpdus_is_joined() {
    let whole = read(7, &[&pointer(2, 1, 1, 0x84, 0)]);
    let payload = &whole[7..];
    let heard =
        connected().client(part(&payload[..3])).client(part(&payload[3..11])).client(data(&payload[11..])).end();
    assert_eq!(heard.operation().function.name, "read_var");
    assert_eq!(heard.undecoded, 0);
}

#[test]
fn an_endless_message_is_dropped_and_told() {
    let mut talk = connected();
    for _ in 0..20 {
        talk = talk.client(part(&[0x32; 4000]));
    }
    let heard = talk.client(data(&[])).client(job(1, &[0x29])).end();
    assert_eq!(heard.anomalies()[0].name, "message_too_long");
    assert_eq!(heard.operation().function.name, "plc_stop");
}

#[test]
fn other_users_of_iso_on_tcp_are_no_s7() {
    let mms = talk().client(connect_request(&[0, 0], &[0, 1])).server(connect_confirm(&[0, 0], &[0, 1]));
    let heard = mms.client(data(MMS_CONNECT)).server(data(MMS_CONNECT)).end();
    assert_eq!((heard.protocol, heard.events.len()), (None, 0));

    // A remote desktop's connect request carries a cookie and no TSAP.
    let cookie = b"Cookie: mstshash=operator\r\n";
    let fields = [&[0xe0, 0, 0, 0, 0, 0][..], cookie].concat();
    let desktop = tpkt(&[&[fields.len() as u8][..], &fields].concat());
    let heard = talk_to(3389).client(desktop).server(tpkt(&[6, 0xd0, 0, 0, 0x12, 0x34, 0])).end();
    assert_eq!((heard.protocol, heard.events.len()), (None, 0));
}

#[test]
fn s7_is_found_on_any_port_by_its_messages() {
    let heard = talk_to(10102).client(job(1, &[0x29])).end();
    assert_eq!(heard.protocol, Some(Protocol::S7comm));
    assert_eq!(heard.operation().function.name, "plc_stop");
}

#[test]
fn a_capture_that_begins_in_the_midst_of_a_message_is_read_from_the_next_one() {
    let tail = &read(1, &[&pointer(2, 1, 1, 0x84, 0)])[9..];
    let heard = talk().client([tail, &job(2, &[0x29])].concat()).end();
    assert_eq!(heard.operation().function.name, "plc_stop");
    assert_eq!(heard.undecoded, tail.len());
    assert_eq!(heard.anomalies()[0].blame, Blame::Capture);
}

#[test]
fn after_a_loss_the_next_whole_message_is_read() {
    let first = read(1, &[&pointer(2, 1, 1, 0x84, 0)]);
    let talk = connected().client(&first[..10]).lost(Side::Client, first.len() as u32 - 10);
    let heard = talk.client(job(2, &[0x29])).server(ack(2, &[0x29], &[])).wait(20).client(job(3, &[0x29])).end();
    let names: Vec<_> = heard.operations().iter().map(|operation| operation.function.name.clone()).collect();
    assert!(names.contains(&"plc_stop".into()), "{names:?}");
    assert_eq!(heard.undecoded, 10);
}

#[test]
fn junk_between_messages_is_the_senders_fault() {
    let heard = connected().client([&b"GET / HTTP"[..], &job(1, &[0x29])].concat()).end();
    assert_eq!(heard.operation().function.name, "plc_stop");
    assert_eq!(heard.undecoded, 10);
}
