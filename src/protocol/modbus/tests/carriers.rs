//! Messages as a serial line has them, and datagrams: told apart by what they are, on any port.

use super::super::carrier::crc16;
use super::{Heard, MODBUS, Talk, adu};
use crate::event::{Protocol, Session, Side};
use crate::protocol::talk::Talk as Conversation;

pub fn rtu(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let message = [&[unit], pdu].concat();
    [&message[..], &crc16(&message).to_le_bytes()].concat()
}

pub fn ascii(unit: u8, pdu: &[u8]) -> Vec<u8> {
    let message = [&[unit], pdu].concat();
    let lrc = message.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)).wrapping_neg();
    let digits: String = message.iter().chain([&lrc]).map(|byte| format!("{byte:02X}")).collect();
    format!(":{digits}\r\n").into_bytes()
}

fn on_port(port: u16) -> Conversation {
    Talk::to_port(MODBUS, port)
}

fn framing(heard: &Heard) -> Vec<String> {
    heard.pick_sessions(|session| match session {
        Session::ModbusFraming(framing) => Some(format!("{} over {}", framing.framing, framing.transport)),
        _ => None,
    })
}

type Wrap = fn(u8, &[u8]) -> Vec<u8>;

const SERIAL: [(&str, Wrap); 2] = [("rtu", rtu), ("ascii", ascii)];

#[test]
fn rtu_and_ascii_over_tcp_are_read_like_modbus_tcp_on_any_port() {
    for (name, wrap) in SERIAL {
        for port in [502, 4001] {
            let heard = on_port(port)
                .client(wrap(7, &[3, 0, 107, 0, 2]))
                .server(wrap(7, &[3, 4, 0x02, 0x2b, 0, 100]))
                .client(wrap(7, &[6, 0, 40, 5, 220]))
                .server(wrap(7, &[0x86, 2]))
                .end();
            let wanted = [
                "7 read_holding_registers read, holding_register 107..108 [555 100]: accepted",
                "7 write_single_register write, holding_register 40 [1500]: refused illegal_data_address",
            ];
            assert_eq!(heard.lines(), wanted, "{name} on {port}");
            assert_eq!(framing(&heard), [format!("{name} over tcp")]);
            assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0));
            assert!(heard.operations().iter().all(|operation| operation.transaction.is_none()));
        }
    }
}

#[test]
fn serial_messages_may_be_cut_anywhere_and_follow_each_other_in_one_segment() {
    for (name, wrap) in SERIAL {
        let first = [wrap(1, &[3, 0, 0, 0, 1]), wrap(1, &[3, 2, 0, 1])];
        let ask = wrap(1, &[16, 0, 1, 0, 2, 4, 0, 10, 1, 2]);
        let answer = wrap(1, &[16, 0, 1, 0, 2]);
        for cut in 1..ask.len() {
            let talk = on_port(4001).client(&first[0]).server(&first[1]);
            let heard = talk.client(&ask[..cut]).client(&ask[cut..]).server(&answer).end();
            let wanted = "1 write_multiple_registers write, holding_register 1..2 [10 258]: accepted";
            assert_eq!(heard.lines()[1], wanted, "{name} cut at {cut}");
            assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0), "{name} cut at {cut}");
        }
        let [ask, answer] = [[&first[0][..], &ask].concat(), [&first[1][..], &answer].concat()];
        let heard = on_port(4001).client(&first[0]).server(&first[1]).client(ask).server(answer).end();
        assert_eq!(heard.lines().len(), 3, "{name}");
    }
}

#[test]
fn after_damage_the_next_serial_message_is_read() {
    for (name, wrap) in SERIAL {
        let [ask, answer] = [wrap(1, &[3, 0, 0, 0, 1]), wrap(1, &[3, 2, 0, 1])];
        let mut damaged = wrap(1, &[16, 0, 1, 0, 2, 4, 0, 10, 1, 2]);
        damaged[5] ^= 0x10;
        let torn = &wrap(1, &[16, 0, 1, 0, 2, 4, 0, 10, 1, 2])[..6];
        for junk in [&damaged[..], torn, &[0xff; 30]] {
            let talk = on_port(4001).client(&ask).server(&answer).client(junk);
            let heard = talk.client(&ask).server(&answer).end();
            assert_eq!(heard.lines().len(), 2, "{name} {junk:?}: {:?}", heard.lines());
            assert_eq!(heard.undecoded, junk.len(), "{name} {junk:?}");
            assert!(!heard.anomalies().is_empty());
        }
    }
}

#[test]
fn datagrams_hold_whole_messages() {
    let datagrams = |ask: Vec<u8>, answer: Vec<u8>| {
        Talk::datagrams(MODBUS, 502).datagram(Side::Client, &ask).datagram(Side::Server, &answer).end()
    };
    let heard = datagrams(adu(3, 7, &[3, 0, 107, 0, 2]), adu(3, 7, &[3, 4, 0x02, 0x2b, 0, 100]));
    assert_eq!(heard.lines(), ["7 read_holding_registers read, holding_register 107..108 [555 100]: accepted"]);
    assert_eq!((framing(&heard), heard.operations()[0].transaction), (vec!["mbap over udp".to_owned()], Some(3)));
    let heard = datagrams(rtu(7, &[6, 0, 40, 5, 220]), rtu(7, &[6, 0, 40, 5, 220]));
    assert_eq!(heard.lines(), ["7 write_single_register write, holding_register 40 [1500]: accepted"]);
    assert_eq!(framing(&heard), ["rtu over udp"]);
}

#[test]
fn a_datagram_of_something_else_is_nobody_s() {
    let query = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03com\x00\x00\x01\x00\x01";
    let heard = Talk::datagrams(MODBUS, 53).datagram(Side::Client, query).end();
    assert_eq!((heard.protocol, heard.events.len()), (None, 0));
    // A datagram that is cut does not wait for the next.
    let ask = adu(1, 1, &[3, 0, 0, 0, 1]);
    let heard = Talk::datagrams(MODBUS, 502)
        .datagram(Side::Client, &ask)
        .datagram(Side::Client, &ask[..9])
        .datagram(Side::Client, &adu(2, 1, &[3, 0, 9, 0, 1]))
        .end();
    assert_eq!((heard.lines().len(), heard.undecoded, heard.wrongs()), (2, 9, vec!["unfinished_message"]));
    assert_eq!(heard.protocol, Some(Protocol::Modbus));
}

#[test]
fn a_broadcast_on_a_serial_line_waits_for_nobody() {
    let heard = on_port(4001)
        .client(rtu(1, &[3, 0, 0, 0, 1]))
        .server(rtu(1, &[3, 2, 0, 1]))
        .client(rtu(0, &[6, 0, 1, 0, 9]))
        .end();
    let wanted = "0 write_single_register write, holding_register 1 [9]: attempted (no response)";
    assert_eq!(heard.lines()[1], wanted);
}
