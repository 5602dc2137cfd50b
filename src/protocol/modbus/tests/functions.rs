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
fn unknown_functions_keep_their_bytes() {
    assert_eq!(told(&[100, 1], &[100, 2]), "7 unknown diagnose, data [02]: accepted");
    assert_eq!(told(&[41, 1], &[0xa9, 1]), "7 multiple_function_codes program, data [01]: refused illegal_function");
    assert_eq!(told(&[43, 13, 0, 1], &[43, 13, 0, 2]), "7 canopen_general_reference write, data [0d0002]: accepted");
}

#[test]
fn functions_without_a_request_s_fields_tell_their_answer_s() {
    assert_eq!(told(&[7], &[7, 0x6d]), "7 read_exception_status diagnose, data [exception_status 109]: accepted");
    assert_eq!(
        told(&[11], &[11, 0xff, 0xff, 1, 8]),
        "7 get_comm_event_counter diagnose, data [status 65535 event_count 264]: accepted"
    );
    assert_eq!(
        told(&[12], &[12, 11, 0, 0, 1, 8, 1, 0x21, 0x20, 0, 4, 0xc0, 0x41]),
        "7 get_comm_event_log diagnose, data [status 0 event_count 264 message_count 289 events \
         [32,communications_restarted,entered_listen_only,received broadcast,sent read_exception]]: accepted"
    );
    assert_eq!(
        told(&[17], &[17, 3, 9, 0xff, 0x55]),
        "7 report_server_id identify, data [server_id 09 running 1 additional 55]: accepted"
    );
}

#[test]
fn a_queue_is_named_by_its_register() {
    let wanted = "7 read_fifo_queue read, holding_register 1246 [440 4740]: accepted";
    assert_eq!(told(&[24, 4, 0xde], &[24, 0, 6, 0, 2, 1, 0xb8, 0x12, 0x84]), wanted);
}

#[test]
fn file_records_are_told_group_by_group() {
    assert_eq!(
        told(
            &[20, 14, 6, 0, 4, 0, 1, 0, 2, 6, 0, 3, 0, 9, 0, 2],
            &[20, 12, 5, 6, 0x0d, 0xfe, 0, 0x20, 5, 6, 0x33, 0xcd, 0, 0x40],
        ),
        "7 read_file_record read, file 4 record 1..2 [3582 32], file 3 record 9..10 [13261 64]: accepted"
    );
    let write = [21, 13, 6, 0, 4, 0, 7, 0, 3, 6, 0xaf, 4, 0xbe, 0x10, 0x0d];
    assert_eq!(told(&write, &write), "7 write_file_record write, file 4 record 7..9 [1711 1214 4109]: accepted");
}

#[test]
fn every_diagnostic_has_its_name_and_counters_their_number() {
    for (subfunction, name) in [
        (2, "return_diagnostic_register"),
        (11, "return_bus_message_count"),
        (12, "return_bus_communication_error_count"),
        (13, "return_bus_exception_error_count"),
        (14, "return_server_message_count"),
        (15, "return_server_no_response_count"),
        (16, "return_server_nak_count"),
        (17, "return_server_busy_count"),
        (18, "return_bus_character_overrun_count"),
    ] {
        let field = if subfunction == 2 { "diagnostic_register" } else { "count" };
        let wanted = format!("7 {name} diagnose, data [{field} 258]: accepted");
        assert_eq!(told(&[8, 0, subfunction, 0, 0], &[8, 0, subfunction, 1, 2]), wanted);
    }
    for (subfunction, name) in
        [(3, "change_ascii_input_delimiter"), (10, "clear_counters"), (20, "clear_overrun_counter")]
    {
        let pdu = [8, 0, subfunction, 0, 0];
        assert_eq!(told(&pdu, &pdu), format!("7 {name} control, data [0000]: accepted"));
    }
}

#[test]
fn an_identification_in_parts_is_joined_with_its_last() {
    let part = |more: u8, next: u8, id: u8, text: &[u8]| {
        [&[43, 14, 1, 1, more, next, 1, id, u8::try_from(text.len()).unwrap()], text].concat()
    };
    let heard = talk()
        .client(adu(1, 7, &[43, 14, 1, 0]))
        .server(adu(1, 7, &part(0xff, 1, 0, b"Maker")))
        .client(adu(2, 7, &[43, 14, 1, 1]))
        .server(adu(2, 7, &part(0xff, 2, 1, b"X-1")))
        .client(adu(3, 7, &[43, 14, 1, 2]))
        .server(adu(3, 7, &part(0, 0, 2, b"V2")))
        .end();
    let lines = heard.lines();
    assert_eq!(lines[0], "7 read_device_identification identify, object_0 [Maker]: accepted");
    let wanted = "7 read_device_identification identify, object_0 [Maker], object_1 [X-1], object_2 [V2]: accepted";
    assert_eq!((lines.len(), &*lines[2]), (3, wanted));
    assert_eq!(heard.facts().len(), 3);
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
    let [fact, state] = heard.facts()[..] else { panic!("{:?}", heard.facts()) };
    assert_eq!((fact.kind, fact.value.as_str(), &*fact.source), (FactKind::Product, "TSXETG100", "modbus 17"));
    assert_eq!((state.kind, state.value.as_str()), (FactKind::State, "run"));
    assert!(fact.confidence < 90 && state.confidence < 90);
    assert_eq!(exchange(&[17], &[17, 4, 1, 0x77, 2, 3]).facts().len(), 0);
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
