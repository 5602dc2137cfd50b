//! Every function that is read, both ways; values as the specification's own layout has them.

use super::{Heard, adu, talk};
use crate::event::{FactKind, Side};

/// One request and its response, to unit 7.
fn exchange(request: &[u8], response: &[u8]) -> Heard {
    talk().client(adu(1, 7, request)).server(adu(1, 7, response)).end()
}

fn told(request: &[u8], response: &[u8]) -> String {
    let heard = exchange(request, response);
    assert_eq!(heard.anomalies().len(), 0, "{:?}", heard.anomalies());
    let [line] = &heard.lines()[..] else { panic!("{:?}", heard.lines()) };
    line.clone()
}

#[test]
fn bits_come_lowest_first_and_padding_is_no_value() {
    assert_eq!(
        told(&[1, 0, 19, 0, 10], &[1, 2, 0b1100_1101, 0b0000_0001]),
        "7 read_coils read, coil 19..28 [1 0 1 1 0 0 1 1 1 0]: accepted"
    );
    assert_eq!(
        told(&[2, 0, 0, 0, 3], &[2, 1, 0b1111_1101]),
        "7 read_discrete_inputs read, discrete_input 0..2 [1 0 1]: accepted"
    );
}

#[test]
fn registers_are_big_endian() {
    assert_eq!(
        told(&[3, 0, 107, 0, 2], &[3, 4, 0x02, 0x2b, 0, 100]),
        "7 read_holding_registers read, holding_register 107..108 [555 100]: accepted"
    );
    assert_eq!(told(&[4, 0, 8, 0, 1], &[4, 2, 0, 10]), "7 read_input_registers read, input_register 8 [10]: accepted");
}

#[test]
fn single_writes_tell_the_value_written() {
    assert_eq!(told(&[5, 0, 172, 0xff, 0], &[5, 0, 172, 0xff, 0]), "7 write_single_coil write, coil 172 [1]: accepted");
    assert_eq!(told(&[5, 0, 172, 0, 0], &[5, 0, 172, 0, 0]), "7 write_single_coil write, coil 172 [0]: accepted");
    assert_eq!(
        told(&[6, 0, 40, 5, 220], &[6, 0, 40, 5, 220]),
        "7 write_single_register write, holding_register 40 [1500]: accepted"
    );
}

#[test]
fn multiple_writes_tell_every_value() {
    assert_eq!(
        told(&[15, 0, 19, 0, 3, 1, 0b101], &[15, 0, 19, 0, 3]),
        "7 write_multiple_coils write, coil 19..21 [1 0 1]: accepted"
    );
    assert_eq!(
        told(&[16, 0, 1, 0, 2, 4, 0, 10, 1, 2], &[16, 0, 1, 0, 2]),
        "7 write_multiple_registers write, holding_register 1..2 [10 258]: accepted"
    );
}

#[test]
fn mask_write_has_its_two_masks_as_values() {
    let pdu = [22, 0, 4, 0, 0xf2, 0, 0x25];
    assert_eq!(told(&pdu, &pdu), "7 mask_write_register write, holding_register 4 [242 37]: accepted");
}

#[test]
fn read_write_has_the_written_registers_first() {
    assert_eq!(
        told(&[23, 0, 3, 0, 2, 0, 14, 0, 1, 2, 0, 255], &[23, 4, 0, 254, 10, 205]),
        "7 read_write_multiple_registers write, holding_register 14 [255], holding_register 3..4 [254 2765]: accepted"
    );
}

#[test]
fn diagnostics_are_named_and_those_that_hurt_are_control() {
    assert_eq!(
        told(&[8, 0, 0, 0xa5, 0x37], &[8, 0, 0, 0xa5, 0x37]),
        "7 return_query_data diagnose, data [a537]: accepted"
    );
    assert_eq!(told(&[8, 0, 1, 0, 0], &[8, 0, 1, 0, 0]), "7 restart_communications control, data [0000]: accepted");
    let listen_only = talk().client(adu(1, 7, &[8, 0, 4, 0, 0])).end();
    assert_eq!(listen_only.lines(), ["7 force_listen_only control, data [0000]: attempted (no response)"]);
}

#[test]
fn functions_without_fields_keep_their_bytes() {
    assert_eq!(told(&[7], &[7, 0x6d]), "7 read_exception_status diagnose, data [6d]: accepted");
    assert_eq!(told(&[24, 0, 9], &[24, 0, 4, 0, 1, 1, 2]), "7 read_fifo_queue read, data [000400010102]: accepted");
    assert_eq!(told(&[90, 0, 2], &[90, 0, 0xfe, 1]), "7 umas program, data [00fe01]: accepted");
    assert_eq!(told(&[100, 1], &[100, 2]), "7 unknown diagnose, data [02]: accepted");
}

#[test]
fn device_identification_gives_items_and_facts() {
    let objects = [
        (0, "Schneider Electric"),
        (1, "TM221CE40T"),
        (2, "V1.6"),
        (3, "http://se.com"),
        (4, "M221"),
        (5, "Controller"),
        (6, "Pump 3"),
    ];
    let mut response = vec![43, 14, 3, 0x83, 0, 0, 8];
    for (id, text) in objects {
        response.extend([id, text.len() as u8]);
        response.extend(text.as_bytes());
    }
    // An object of the maker's own.
    response.extend([0x80, 1, b'x']);
    let heard = exchange(&[43, 14, 3, 0], &response);
    assert!(heard.lines()[0].starts_with("7 read_device_identification identify, object_0 [Schneider Electric], "));
    assert!(heard.lines()[0].ends_with(", object_128 [x]: accepted"), "{}", heard.lines()[0]);
    let facts: Vec<_> = heard.facts().into_iter().map(|fact| (fact.kind, fact.value.as_str())).collect();
    let wanted = [
        (FactKind::Vendor, "Schneider Electric"),
        (FactKind::OrderNumber, "TM221CE40T"),
        (FactKind::Firmware, "V1.6"),
        (FactKind::Url, "http://se.com"),
        (FactKind::Product, "M221"),
        (FactKind::Model, "Controller"),
        (FactKind::Name, "Pump 3"),
    ];
    assert_eq!(facts, wanted);
    assert!(heard.facts().iter().all(|fact| fact.about == Side::Server && fact.confidence > 90));
    assert_eq!(heard.facts()[1].source, "modbus 43/14 object 1");
}

#[test]
fn an_identification_that_ends_early_gives_what_is_whole() {
    let heard = exchange(&[43, 14, 1, 0], &[43, 14, 1, 1, 0, 0, 3, 0, 2, b'A', b'B', 1, 200, b'C']);
    assert_eq!(heard.lines(), ["7 read_device_identification identify, object_0 [AB]: accepted"]);
    assert_eq!(heard.facts().len(), 1);
}

#[test]
fn a_readable_server_id_is_an_unsure_fact_and_other_bytes_are_none() {
    let readable = [&[17, 11][..], b"\x01TSXETG100", &[0xff]].concat();
    let heard = exchange(&[17], &readable);
    assert!(heard.lines()[0].starts_with("7 report_server_id identify"), "{:?}", heard.lines());
    let [fact] = heard.facts()[..] else { panic!("{:?}", heard.facts()) };
    assert_eq!((fact.kind, fact.value.as_str(), &*fact.source), (FactKind::Product, "TSXETG100", "modbus 17"));
    assert!(fact.confidence < 90);
    assert_eq!(exchange(&[17], &[17, 4, 1, 0xff, 2, 3]).facts().len(), 0);
}

#[test]
fn exceptions_refuse_and_are_named() {
    let names = [
        (1, "illegal_function"),
        (2, "illegal_data_address"),
        (3, "illegal_data_value"),
        (4, "server_device_failure"),
        (6, "server_device_busy"),
        (10, "gateway_path_unavailable"),
        (11, "gateway_target_failed_to_respond"),
        (99, "unknown_exception"),
    ];
    for (code, name) in names {
        let wanted = format!("7 write_single_register write, holding_register 40 [7]: refused {name}");
        assert_eq!(told(&[6, 0, 40, 0, 7], &[0x86, code]), wanted);
    }
    // A refused question about identity tells nothing.
    assert_eq!(exchange(&[43, 14, 1, 0], &[0xab, 1]).facts().len(), 0);
}

#[test]
fn a_request_that_does_not_fit_its_function_is_told_and_kept() {
    let heard = exchange(&[3, 0, 1], &[0x83, 3]);
    let [anomaly] = heard.anomalies()[..] else { panic!("{:?}", heard.anomalies()) };
    assert_eq!((&*anomaly.layer, &*anomaly.name), ("modbus", "length_mismatch"));
    assert_eq!(heard.lines(), ["7 read_holding_registers read, data [0001]: refused illegal_data_value"]);
}
