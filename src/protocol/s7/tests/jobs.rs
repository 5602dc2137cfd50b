//! S7comm jobs.

use super::bytes::*;
use super::connected;
use super::talk::{Heard, Talk};
use crate::event::{Class, Object, Operation, Outcome, Unit, Value};
use crate::protocol::Reader;
use crate::protocol::s7::address;

const DB: u8 = 0x84;
const SUCCESS: u8 = 0xff;

/// The address that these bytes name, as a person writes it.
fn text(bytes: &[u8]) -> String {
    let places = address::take(&mut Reader::new(bytes)).unwrap();
    places.iter().map(|place| place.object().to_string()).collect::<Vec<_>>().join(" and ")
}

fn address_of(operation: &Operation) -> String {
    operation.items[0].object.as_ref().unwrap().to_string()
}

#[test]
fn addresses_are_written_as_people_write_them() {
    assert_eq!(text(&pointer(1, 1, 10, DB, 0x13)), "DB10.DBX2.3");
    assert_eq!(text(&pointer(2, 1, 10, DB, 0x10)), "DB10.DBB2");
    assert_eq!(text(&pointer(4, 1, 10, DB, 0x10)), "DB10.DBW2");
    assert_eq!(text(&pointer(8, 1, 10, DB, 0x10)), "DB10.DBD2");
    assert_eq!(text(&pointer(4, 1, 0, 0x83, 800)), "MW100");
    assert_eq!(text(&pointer(2, 1, 0, 0x82, 32)), "QB4");
    assert_eq!(text(&pointer(1, 1, 0, 0x81, 7)), "I0.7");
    assert_eq!(text(&pointer(2, 1, 0, 0x80, 8)), "PB1");
    assert_eq!(text(&pointer(0x1c, 1, 0, 0x1c, 5)), "C5");
    assert_eq!(text(&pointer(0x1d, 1, 0, 0x1d, 3)), "T3");
    assert_eq!(text(&pointer(0x1d, 4, 0, 0x1d, 3)), "T3..T6");
    assert_eq!(text(&pointer(2, 40, 10, DB, 0x10)), "P#DB10.DBX2.0 BYTE 40");
    assert_eq!(text(&pointer(4, 8, 0, 0x83, 0)), "P#M0.0 WORD 8");
    assert_eq!(text(&pointer(2, 1, 0, 0x99, 8)), "area_0x99B1");
}

#[test]
fn every_syntax_of_address_is_read() {
    assert_eq!(text(&[0x12, 7, 0xb0, 1, 4, 0, 1, 0, 10]), "P#DB1.DBX10.0 BYTE 4");
    assert_eq!(text(&[0x12, 12, 0xb0, 2, 1, 0, 1, 0, 0, 2, 0, 3, 0, 6]), "DB1.DBB0 and P#DB3.DBX6.0 BYTE 2");
    assert_eq!(text(&[0x12, 8, 0x82, 0x41, 0, 1, 0, 4, 0x7f, 1]), "nck C1 module 0x7f column 1 line 4");
    assert_eq!(text(&[0x12, 10, 0xa2, 0, 0, 0, 0, 0, 2, 58, 0, 1]), "drive parameter 570[1]");
    let symbol = [0x12, 18, 0xb2, 0xff, 0x8a, 0x0e, 0, 7, 0xaa, 0xbb, 0xcc, 0xdd, 0x40, 0, 0, 2, 0x50, 0, 0, 3];
    assert_eq!(text(&symbol), "DB7 symbol 2.3 crc aabbccdd");
    assert_eq!(text(&[0x12, 3, 0x77, 1, 2]), "syntax 0x77 0102");
}

#[test]
fn the_key_of_an_address_is_that_of_its_object() {
    let timers = pointer(0x1d, 4, 0, 0x1d, 3);
    for bytes in [pointer(1, 1, 10, DB, 0x13), pointer(8, 20, 10, DB, 0x10), pointer(4, 1, 9, 0x83, 800), timers] {
        for place in address::take(&mut Reader::new(&bytes)).unwrap() {
            assert_eq!(place.key(), Some(place.object().key()), "{place:?}");
        }
    }
}

#[test]
fn a_read_has_address_and_typed_value() {
    let value = [&[SUCCESS, 7, 0, 4][..], &21.5_f32.to_be_bytes()].concat();
    let heard = connected().client(read(1, &[&pointer(8, 1, 10, DB, 32)])).server(ack(1, &[4, 1], &value)).end();
    let operation = heard.operation();
    assert_eq!((operation.class, operation.outcome), (Class::Read, Outcome::Accepted));
    assert_eq!((operation.request_seen, operation.response_seen), (true, true));
    assert_eq!(operation.latency_us, Some(100_000));
    assert_eq!(address_of(operation), "DB10.DBD4");
    assert_eq!(operation.items[0].values, [Value::Float(21.5)]);
}

#[test]
fn values_take_the_type_of_the_address() {
    let typed = |size: u8, data_size: u8, bytes: &[u8]| {
        let length = u16::try_from(if data_size == 9 { bytes.len() } else { bytes.len() * 8 }).unwrap().to_be_bytes();
        let item = [&[SUCCESS, data_size][..], &length, bytes].concat();
        let quantity = if size == 3 { bytes.len() as u16 } else { 1 };
        let request = read(1, &[&pointer(size, quantity, 1, DB, 0)]);
        let heard = connected().client(request).server(ack(1, &[4, 1], &item)).end();
        heard.operation().items[0].values.clone()
    };
    assert_eq!(typed(1, 9, &[1]), [Value::Bool(true)]);
    assert_eq!(typed(2, 4, &[200]), [Value::UInt(200)]);
    assert_eq!(typed(3, 9, b"PUMP\0\0"), [Value::Text("PUMP".into())]);
    assert_eq!(typed(4, 4, &[1, 2]), [Value::UInt(258)]);
    assert_eq!(typed(5, 4, &[0xff, 0xfe]), [Value::Int(-2)]);
    assert_eq!(typed(7, 4, &[0xff, 0xff, 0xff, 0xff]), [Value::Int(-1)]);
    assert_eq!(typed(8, 4, &1.1_f32.to_be_bytes()), [Value::Float(1.1)]);
    assert_eq!(typed(8, 4, &f32::NAN.to_be_bytes()), [Value::Text("NaN".into())]);
    assert_eq!(typed(9, 4, &[0, 31]), [Value::Text("1990-02-01".into())]);
    assert_eq!(typed(12, 4, &[0x21, 0x23]), [Value::UInt(123_000)]);
    assert_eq!(
        typed(15, 9, &[0x24, 0x02, 0x29, 0x23, 0x59, 0x58, 0x12, 0x34]),
        [Value::Text("2024-02-29T23:59:58.123".into())]
    );
    assert_eq!(typed(0x1c, 9, &[0x01, 0x23]), [Value::UInt(123)]);
    assert_eq!(typed(6, 4, &[1, 2]), [Value::Bytes(crate::event::Hex::new(&[1, 2]))], "bytes that fit no double word");
}

#[test]
fn items_of_odd_length_are_filled_up_but_for_the_last() {
    let request = read(1, &[&pointer(2, 1, 1, DB, 0), &pointer(2, 3, 1, DB, 80), &pointer(4, 1, 0, 0x83, 0)]);
    let items = [&[SUCCESS, 4, 0, 8, 11, 0][..], &[SUCCESS, 9, 0, 3, 1, 2, 3, 0], &[SUCCESS, 4, 0, 16, 0, 42]];
    let heard = connected().client(request).server(ack(1, &[4, 3], &items.concat())).end();
    let values: Vec<_> = heard.operation().items.iter().map(|item| item.values[0].clone()).collect();
    assert_eq!(values, [Value::UInt(11), Value::Bytes(crate::event::Hex::new(&[1, 2, 3])), Value::UInt(42)]);
}

#[test]
fn an_item_that_failed_names_its_error_and_the_others_stand() {
    let request = read(1, &[&pointer(4, 1, 99, DB, 0), &pointer(4, 1, 1, DB, 0)]);
    let items = [&[0x0a, 0, 0, 4][..], &[SUCCESS, 4, 0, 16, 0, 7]].concat();
    let heard = connected().client(request).server(ack(1, &[4, 2], &items)).end();
    let operation = heard.operation();
    assert_eq!(operation.outcome, Outcome::Accepted);
    assert_eq!(operation.items[0].error.as_ref().unwrap().name, "object_does_not_exist");
    assert_eq!(operation.items[1].values, [Value::UInt(7)]);
}

#[test]
fn a_write_has_the_value_written_and_is_refused_by_its_item() {
    let request = write(9, &pointer(5, 1, 10, DB, 16), &[0, 4, 0, 16, 0xff, 0x9c]);
    let heard = connected().client(request).server(ack(9, &[5, 1], &[3])).end();
    let operation = heard.operation();
    assert_eq!((operation.class, operation.outcome), (Class::Write, Outcome::Refused));
    assert_eq!(address_of(operation), "DB10.DBW2");
    assert_eq!(operation.items[0].values, [Value::Int(-100)]);
    assert_eq!(operation.error.as_ref().unwrap().name, "access_denied");
}

#[test]
fn a_bit_is_written_as_a_bit() {
    let request = write(1, &pointer(1, 1, 0, 0x82, 0x23), &[0, 3, 0, 1, 1]);
    let heard = connected().client(request).server(ack(1, &[5, 1], &[SUCCESS])).end();
    assert_eq!(address_of(heard.operation()), "Q4.3");
    assert_eq!(heard.operation().items[0].values, [Value::Bool(true)]);
    assert_eq!(heard.operation().outcome, Outcome::Accepted);
}

#[test]
fn an_answer_without_its_question_says_what_it_can() {
    let heard = connected().server(ack(1, &[4, 1], &[SUCCESS, 5, 0, 16, 0xff, 0xff])).end();
    let operation = heard.operation();
    assert_eq!((operation.request_seen, operation.response_seen), (false, true));
    assert_eq!(operation.function.rosctr.as_deref(), Some("ack_data"));
    assert_eq!(operation.items[0].values, [Value::Int(-1)]);
}

#[test]
fn a_question_without_answer_is_told_at_the_end() {
    let one_sided = connected().client(read(1, &[&pointer(2, 1, 1, DB, 0)])).end();
    assert_eq!(one_sided.operation().outcome, Outcome::Attempted);

    let other_answered = connected().client(job(1, &[0x29])).server(ack(1, &[0x29], &[])).client(job(2, &[0x29])).end();
    assert_eq!(other_answered.operations()[1].outcome, Outcome::Unanswered);
}

#[test]
fn setup_is_an_operation_and_a_session_step() {
    let asked = job(1, &[0xf0, 0, 0, 8, 0, 8, 3, 0xc0]);
    let heard = connected().client(asked).server(ack(1, &[0xf0, 0, 0, 1, 0, 1, 0, 240], &[])).end();
    assert_eq!((heard.operation().class, heard.operation().function.code), (Class::Session, 0xf0));
    let setup = heard.setups()[0];
    assert_eq!((setup.max_jobs_calling, setup.pdu_length, setup.granted_pdu_length), (8, 960, Some(240)));
}

fn invoked(service: &[u8], argument: &[u8]) -> Heard {
    connected().client(invoke(1, service, argument)).server(ack(1, &[0x28], &[])).end()
}

#[test]
fn stop_and_start_are_control() {
    let stop = [&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat();
    let heard = connected().client(job(1, &stop)).server(ack(1, &[0x29], &[])).end();
    let operation = heard.operation();
    assert_eq!((operation.function.name.as_ref(), operation.class), ("plc_stop", Class::Control));
    assert_eq!(operation.function.service.as_deref(), Some("P_PROGRAM"));
    assert_eq!(operation.outcome, Outcome::Accepted);

    let warm = invoked(b"P_PROGRAM", b"");
    assert_eq!((warm.operation().class, warm.operation().items.len()), (Class::Control, 0));
    let cold = invoked(b"P_PROGRAM", b"C ");
    assert_eq!(cold.operation().items[0].values, [Value::Text("C".into())]);
}

#[test]
fn a_refused_stop_says_why() {
    let heard = connected().client(job(1, &[0x29])).server(refusal(1, 0xd241)).end();
    let operation = heard.operation();
    assert_eq!(operation.outcome, Outcome::Refused);
    assert_eq!(operation.error.as_ref().unwrap().name, "not_permitted_at_protection_level");
    assert_eq!(operation.function.answer.as_deref(), Some("ack"));
}

#[test]
fn services_on_blocks_name_the_blocks() {
    let heard = invoked(b"_DELE", b"\x02\x000A00010P0800035P");
    let operation = heard.operation();
    assert_eq!((operation.class, operation.function.service.as_deref()), (Class::Program, Some("_DELE")));
    let blocks: Vec<_> = operation.items.iter().map(|item| item.object.as_ref().unwrap().to_string()).collect();
    assert_eq!(blocks, ["DB10", "OB35"]);
    assert_eq!(invoked(b"_MODU", b"EP").operation().class, Class::Program);
}

#[test]
fn a_service_whose_lengths_do_not_fit_is_still_named() {
    let broken = [&[0x28, 0, 0, 0, 0, 0, 0, 8, 5, 0][..], b"4300007P_DELE"].concat();
    let heard = connected().client(job(1, &broken)).server(ack(1, &[0x28], &[])).end();
    assert_eq!(heard.operation().function.service.as_deref(), Some("_DELE"));
    assert_eq!(heard.operation().function.act.as_deref(), Some("delete_block"));
}

#[test]
fn the_password_of_a_numerical_control_is_not_kept() {
    let heard = invoked(b"_N_LOGIN_", b"\x03010\x06SECRET\0");
    assert!(!format!("{:?}", heard.events).contains("SECRET"));
    let selected = invoked(b"_N_SELECT", b"\x03P01\x0a/_N_MPF_1\0\0");
    assert_eq!(selected.operation().items[0].values[0], Value::Text("P01".into()));
}

/// A download as a controller takes it: the station announces, the controller fetches.
fn download(block: &[u8], parts: usize) -> Heard {
    downloading(block, parts).end()
}

/// The same, and the connection goes on.
pub fn downloading(block: &[u8], parts: usize) -> Talk {
    let file = b"_0800035P";
    let announce = format!("1{:06}{:06}", block.len(), block.len() - 72);
    let request = [&[0x1a, 0, 1, 0, 0, 0, 0, 0, 9][..], file, &[13], announce.as_bytes()].concat();
    let named = |function: u8| [&[function, 0, 0, 0, 0, 0, 0, 0, 9][..], file].concat();
    let mut talk = connected().client(job(1, &request)).server(ack(1, &[0x1a], &[]));
    let chunks: Vec<_> = block.chunks(block.len().div_ceil(parts)).collect();
    for (i, chunk) in chunks.iter().enumerate() {
        let more = u8::from(i + 1 < chunks.len());
        let payload = [&u16::try_from(chunk.len()).unwrap().to_be_bytes()[..], &[0, 0xfb], chunk].concat();
        let reference = 0x100 + i as u16;
        talk = talk.server(job(reference, &named(0x1b))).client(ack(reference, &[0x1b, more], &payload));
    }
    talk.server(job(0x200, &named(0x1c))).client(ack(0x200, &[0x1c], &[]))
}

#[test]
fn a_download_is_put_together_though_the_controller_asks_for_it() {
    let bytes = block(35, &[0x70; 300], 1);
    let heard = download(&bytes, 3);
    let artifact = heard.artifacts()[0];
    assert_eq!((artifact.kind.as_ref(), artifact.name.as_str(), artifact.to_server), ("s7_block", "OB35", true));
    assert_eq!((artifact.size, artifact.complete, &artifact.bytes), (372, true, &bytes));
    let block = artifact.block.as_ref().unwrap();
    assert_eq!((block.author.as_str(), block.family.as_str(), block.name.as_str()), ("ENGINEER", "FURNACE", "HEAT"));
    assert_eq!((block.version.as_str(), block.code_length, block.checksum), ("1.2", 300, 0xabcd));

    let operations = heard.operations();
    assert!(operations.iter().all(|operation| operation.class == Class::Program && operation.response_seen));
    assert!(!operations[0].function.by_server && operations[1].function.by_server);
    assert_eq!(operations[0].items[0].values, [Value::UInt(372), Value::UInt(300)]);
}

#[test]
fn the_hash_of_the_code_is_the_same_whenever_it_was_compiled() {
    let code_hash = |code: &[u8], when| {
        let heard = download(&block(35, code, when), 2);
        let artifact = heard.artifacts()[0];
        (artifact.sha256.clone(), artifact.block.as_ref().unwrap().code_sha256.clone().unwrap())
    };
    let (first, second, changed) = (code_hash(&[7; 40], 1), code_hash(&[7; 40], 2), code_hash(&[8; 40], 1));
    assert_ne!(first.0, second.0);
    assert_eq!(first.1, second.1);
    assert_ne!(first.1, changed.1);
}

#[test]
fn a_block_kept_as_data_has_the_hash_of_the_block_inside() {
    let inside = block(35, &[7; 40], 1);
    // Without the mark; lengths of all and of what follows, which is the block and what was there before.
    let kept = [&inside[..], &[0; 12]].concat();
    let [all, code] = [kept.len() + 36, kept.len()].map(|length| (length as u32).to_be_bytes());
    let header = [&[0, 0, 1, 0, 5, 0x0a, 0, 7][..], &all, &[0; 22], &code[2..]].concat();
    let hash = |bytes: &[u8]| {
        let heard = uploading(bytes);
        let artifact = heard.artifacts()[0];
        assert!(artifact.complete);
        artifact.block.as_ref().unwrap().code_sha256.clone().unwrap()
    };
    assert_eq!(hash(&[header, kept].concat()), hash(&inside));
}

#[test]
fn of_a_block_without_header_all_is_code() {
    let hash = |bytes: &[u8]| uploading(bytes).artifacts()[0].block.as_ref().unwrap().code_sha256.clone();
    assert_eq!(hash(&[1, 2, 3, 4]), Some(crate::event::hex(&<sha2::Sha256 as sha2::Digest>::digest([1, 2, 3, 4]))));
    assert_ne!(hash(&[1, 2, 3, 4]), hash(&[1, 2, 3, 5]));
    // Nor is it where the header does not say how long the code is.
    let mut bytes = block(1, &[1; 28], 1);
    bytes[34..36].fill(0);
    assert_eq!(hash(&bytes), hash(&block(1, &[1; 28], 2)));
}

/// A block that goes up in two parts.
fn uploading(bytes: &[u8]) -> Heard {
    let start = [&[0x1d, 0, 0, 0, 0, 0, 0, 0, 9][..], b"_0800001A"].concat();
    let started = [&[0x1d, 0, 1, 0, 0, 0, 0, 7, 7][..], format!("{:07}", bytes.len()).as_bytes()].concat();
    let chunk = |bytes: &[u8]| [&[0, bytes.len() as u8, 0, 0xfb][..], bytes].concat();
    let (ask, end) = ([0x1e, 0, 0, 0, 0, 0, 0, 7], [0x1f, 0, 0, 0, 0, 0, 0, 7]);
    let (first, second) = bytes.split_at(bytes.len() / 2);
    connected()
        .client(job(1, &start))
        .server(ack(1, &started, &[]))
        .client(job(2, &ask))
        .server(ack(2, &[0x1e, 1], &chunk(first)))
        .client(job(3, &ask))
        .server(ack(3, &[0x1e, 0], &chunk(second)))
        .client(job(4, &end))
        .server(ack(4, &[0x1f], &[]))
        .end()
}

#[test]
fn an_upload_is_put_together_and_its_later_jobs_name_the_block() {
    let bytes = block(1, &[1; 28], 1);
    let heard = uploading(&bytes);
    let artifact = heard.artifacts()[0];
    assert_eq!((artifact.name.as_str(), artifact.to_server, artifact.complete), ("OB1", false, true));
    assert_eq!(artifact.bytes, bytes);
    for operation in heard.operations() {
        assert!(
            matches!(&operation.items[0].object, Some(Object::Block(block)) if block.block == "OB1"),
            "{operation:?}"
        );
    }
}

#[test]
fn a_block_cut_off_is_told_as_incomplete() {
    let start = [&[0x1d, 0, 0, 0, 0, 0, 0, 0, 9][..], b"_0800001A"].concat();
    let started = [&[0x1d, 0, 1, 0, 0, 0, 0, 7, 7][..], b"0000100"].concat();
    let heard = connected()
        .client(job(1, &start))
        .server(ack(1, &started, &[]))
        .client(job(2, &[0x1e, 0, 0, 0, 0, 0, 0, 7]))
        .server(ack(2, &[0x1e, 1], &[0, 2, 0, 0xfb, 0x70, 0x70]))
        .end();
    assert_eq!((heard.artifacts()[0].size, heard.artifacts()[0].complete), (2, false));
}

#[test]
fn the_cache_of_the_known_is_asked_with_the_operations_own_key() {
    let request = || read(1, &[&pointer(4, 1, 10, DB, 16), &pointer(2, 8, 0, 0x83, 0)]);
    let items = [&[SUCCESS, 4, 0, 16, 0, 7][..], &[SUCCESS, 4, 0, 64, 1, 2, 3, 4, 5, 6, 7, 8]].concat();
    let heard = connected().client(request()).server(ack(1, &[4, 2], &items)).end();
    let operation = heard.operation();
    let keys: Vec<_> = operation.items.iter().map(|item| item.object.as_ref().unwrap().key()).collect();
    assert_eq!(heard.asked[0].objects, keys);
    assert_eq!(heard.asked[0].function, operation.function.key());
    assert_eq!(heard.asked[0].unit, operation.unit.as_ref().map_or(0, Unit::key));

    let mut known = connected();
    known.heard.knows_all = true;
    let heard = known.client(request()).server(ack(1, &[4, 2], &items)).end();
    assert!(heard.operations().is_empty());
}

#[test]
fn what_failed_or_controls_is_never_taken_for_known() {
    let mut talk = connected();
    talk.heard.knows_all = true;
    let stop = job(2, &[0x29]);
    let request = read(1, &[&pointer(4, 1, 10, DB, 16)]);
    let heard = talk.client(request).server(ack(1, &[4, 1], &[5, 0, 0, 0])).client(stop).server(ack(2, &[0x29], &[]));
    assert_eq!(heard.end().operations().len(), 2);
}

#[test]
fn unknown_functions_and_kinds_survive() {
    let heard = connected().client(job(1, &[0x77, 1, 2])).server(ack(1, &[0x77], &[])).end();
    assert_eq!(heard.operation().function.name, "function_0x77");
    let server_control = data(&[0x32, 8, 0, 0, 0, 1, 0, 2, 0, 0, 0xab, 0xcd]);
    let heard = connected().client(server_control).end();
    assert_eq!(heard.operation().function.rosctr.as_deref(), Some("rosctr_0x08"));
}

#[test]
fn lengths_that_do_not_fit_are_told_and_what_is_there_is_read() {
    let mut request = read(1, &[&pointer(4, 1, 10, DB, 16)]);
    request[14] += 4;
    let heard = connected().client(request).end();
    assert_eq!(heard.anomalies()[0].name, "length_mismatch");
    assert_eq!(address_of(heard.operation()), "DB10.DBW2");
}
