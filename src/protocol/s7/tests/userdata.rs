//! Userdata.

use super::bytes::*;
use super::connected;
use super::talk::Heard;
use crate::event::{Class, FactKind, Fields, Operation, Outcome, Session, Value};

const CPU: u8 = 4;
const READ_SZL: u8 = 1;

/// A status list: id, index, and its records.
fn list(id: u16, index: u16, records: &[&[u8]]) -> Vec<u8> {
    let length = records.first().map_or(0, |record| record.len()) as u16;
    let head = [id, index, length, records.len() as u16].map(u16::to_be_bytes).concat();
    [head, records.concat()].concat()
}

fn read_list(id: u16, index: u16, records: &[&[u8]]) -> Heard {
    let asked = [id.to_be_bytes(), index.to_be_bytes()].concat();
    let request = ask(1, CPU, READ_SZL, &asked);
    connected().client(request).server(answer(1, CPU, READ_SZL, &list(id, index, records))).end()
}

/// What userdata says of the controller; where it sits was said by the connect.
fn facts(heard: &Heard) -> Vec<(FactKind, &str, &str)> {
    let facts = heard.facts().into_iter().filter(|fact| fact.kind != FactKind::Place);
    facts.map(|fact| (fact.kind, fact.value.as_str(), fact.source.as_ref())).collect()
}

fn text(operation: &Operation, item: usize, value: usize) -> &str {
    match &operation.items[item].values[value] {
        Value::Text(text) => text,
        other => panic!("{other:?} is no text"),
    }
}

/// The named fields of an item's first value.
fn fields(operation: &Operation, item: usize) -> &Fields {
    match &operation.items[item].values[0] {
        Value::Fields(fields) => fields,
        other => panic!("{other:?} has no fields"),
    }
}

#[test]
fn the_module_list_says_order_number_hardware_and_firmware() {
    let record = |index: u8, order: &[u8], version: [u8; 4]| {
        let mut padded = [b' '; 20];
        padded[..order.len()].copy_from_slice(order);
        [&[0, index][..], &padded, &[0, 0xc0], &version].concat()
    };
    let module = record(1, b"6ES7 300-TEST1-0AB0", [0, 4, 0, 1]);
    let hardware = record(6, b"6ES7 300-TEST1-0AB0", [0, 4, 0, 1]);
    let firmware = record(7, b"", [b'V', 3, 2, 6]);
    let heard = read_list(0x0011, 0, &[&module, &hardware, &firmware]);
    assert_eq!(
        facts(&heard),
        [
            (FactKind::OrderNumber, "6ES7 300-TEST1-0AB0", "szl 0x0011 index 1"),
            (FactKind::OrderNumber, "6ES7 300-TEST1-0AB0", "szl 0x0011 index 6"),
            (FactKind::Hardware, "4", "szl 0x0011 index 6"),
            (FactKind::Firmware, "V3.2.6", "szl 0x0011 index 7"),
        ]
    );
    let operation = heard.operation();
    assert_eq!((operation.function.name.as_ref(), operation.class), ("read_szl", Class::Identify));
    assert_eq!((operation.function.szl_id, operation.function.szl_index), (Some(0x0011), Some(0)));
    assert_eq!((operation.function.group, operation.function.subfunction), (Some(4), Some(1)));
}

#[test]
fn the_module_state_list_says_in_which_slot_each_module_sits() {
    let record = |words: [u16; 8]| words.map(u16::to_be_bytes).concat();
    // As a CPU 315 told it, with a card of inputs beside it, an empty slot, and a station on PROFIBUS.
    let cpu = record([0, 0x0200, 0x7fff, 0x00c0, 0x00c0, 0, 0xb402, 0x0011]);
    let card = record([0, 0x0400, 0, 0x9fc3, 0x9fc3, 0, 0xb482, 0x0011]);
    let empty = record([0, 0x0500, 4, 0x9fc3, 0, 0, 0xb404, 0x0011]);
    let far = record([0x0103, 0x0400, 8, 0x9fc3, 0x9fc3, 0, 0xb402, 0x0021]);
    let heard = read_list(0x0d91, 0, &[&cpu, &card, &empty, &far]);
    let told: Vec<_> = heard.facts().into_iter().filter(|fact| fact.source.starts_with("szl")).collect();
    let told: Vec<_> = told.iter().map(|fact| (fact.kind, fact.value.as_str(), fact.confidence)).collect();
    let module = "rack 0 slot 4: type 0x9fc3, address 0";
    assert_eq!(told, [(FactKind::Place, "rack 0 slot 2", 90), (FactKind::Module, module, 85)]);
}

#[test]
fn the_component_list_says_name_serial_and_model() {
    let record = |index: u8, text: &[u8]| {
        let mut padded = [0; 32];
        padded[..text.len()].copy_from_slice(text);
        [&[0, index][..], &padded].concat()
    };
    let records = [record(1, b"BOILER"), record(5, b"S X-TEST123"), record(7, b"CPU TEST"), record(9, &[0, 42, 0xf6])];
    let records: Vec<&[u8]> = records.iter().map(Vec::as_slice).collect();
    let heard = read_list(0x001c, 0, &records);
    let found: Vec<_> = facts(&heard).into_iter().map(|(kind, value, _)| (kind, value)).collect();
    assert_eq!(
        found,
        [
            (FactKind::Name, "BOILER"),
            (FactKind::Serial, "S X-TEST123"),
            (FactKind::Model, "CPU TEST"),
            (FactKind::Vendor, "Siemens"),
        ]
    );
}

#[test]
fn lists_of_servers_that_leave_lengths_and_indexes_out_are_read_too() {
    let record = |text: &[u8]| [&[0, 0][..], text, &vec![0; 32 - text.len()]].concat();
    let records = [record(b"BOILER"), record(b"CPU"), record(b"PLANT 2")].concat();
    let unnumbered = [&[0, 0x1c, 0, 0, 0, 0, 0, 0][..], &records].concat();
    let request = ask(1, CPU, READ_SZL, &[0, 0x1c, 0, 0]);
    let heard = connected().client(request).server(answer(1, CPU, READ_SZL, &unnumbered)).end();
    let found: Vec<_> = facts(&heard).into_iter().map(|(_, value, source)| (value, source)).collect();
    let source = |index: u8| format!("szl 0x001c index {index}");
    let [first, second, third] = [source(1), source(2), source(3)];
    assert_eq!(found, [("BOILER", first.as_str()), ("CPU", second.as_str()), ("PLANT 2", third.as_str())]);

    // A record that ends before its versions.
    let short = [&[0, 1][..], b"6ES7 300-TEST1-0AB0 ", &[0, 3, 3, 0]].concat();
    let heard = read_list(0x0011, 0, &[&short]);
    assert_eq!(facts(&heard)[0].1, "6ES7 300-TEST1-0AB0");
    assert!(fields(heard.operation(), 0).get("order_number").is_some());
}

#[test]
fn the_mode_list_says_the_state_and_the_one_before() {
    let record = [0x51, 0x44, 0xff, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0x24, 1, 2, 3, 4, 5, 6, 7];
    let heard = read_list(0x0424, 0, &[&record]);
    assert_eq!(facts(&heard), [(FactKind::State, "STOP", "szl 0x0424 index 0")]);
    let fields = fields(heard.operation(), 0);
    assert_eq!(fields.get("mode"), Some(&Value::Text("STOP".into())));
    assert_eq!(fields.get("mode_before"), Some(&Value::Text("RUN".into())));
    assert_eq!(heard.operation().class, Class::Diagnose);
}

#[test]
fn a_list_polled_again_is_news_only_when_it_changed() {
    let record = |mode: u8| [0x51, 0x44, 0xff, mode, 0, 0, 0, 0, 0, 0, 0, 0, 0x24, 1, 2, 3, 4, 5, 6, 7];
    let mut talk = connected();
    talk.heard.knows_all = true;
    for (reference, mode) in [8, 8, 8, 4].into_iter().enumerate() {
        let reference = reference as u16;
        let request = ask(reference, CPU, READ_SZL, &[0x04, 0x24, 0, 0]);
        talk = talk.client(request).server(answer(reference, CPU, READ_SZL, &list(0x0424, 0, &[&record(mode)])));
    }
    let heard = talk.end();
    let states: Vec<_> = facts(&heard).into_iter().map(|(_, state, _)| state).collect();
    assert_eq!(states, ["RUN", "STOP"]);
    assert_eq!(heard.operations().len(), 2);
}

#[test]
fn a_list_that_is_refused_says_why() {
    let request = ask(1, CPU, READ_SZL, &[0x02, 0x32, 0, 4]);
    let heard = connected().client(request).server(answer_error(1, CPU, READ_SZL, 0xd401)).end();
    assert_eq!(heard.operation().outcome, Outcome::Refused);
    assert_eq!(heard.operation().error.as_ref().unwrap().name, "information_function_unavailable");
    assert_eq!(heard.operation().function.szl_id, Some(0x0232));
}

#[test]
fn an_answer_in_parts_is_read_when_it_is_whole() {
    let blocks: Vec<u8> = (1..=20_u16).flat_map(|n| [n.to_be_bytes(), [0x22, 1]].concat()).collect();
    let follow = ask(2, 3, 2, &[]);
    let heard = connected()
        .client(ask(1, 3, 2, b"08"))
        .server(answer_part(1, 3, 2, (0x65, true), &blocks[..50]))
        .client(follow)
        .server(answer_part(2, 3, 2, (0x65, false), &blocks[50..]))
        .end();
    let operations = heard.operations();
    assert_eq!((operations[0].function.name.as_ref(), operations[0].items[0].values.len()), ("list_blocks_of_type", 0));
    let blocks = &operations[1].items[0].values;
    assert_eq!(blocks.len(), 20);
    assert_eq!(serde_json::to_string(&blocks[19]).unwrap(), r#"{"number":20,"flags":34,"language":"stl"}"#);
}

#[test]
fn blocks_are_counted_listed_and_described() {
    let heard = connected().client(ask(1, 3, 1, &[])).server(answer(1, 3, 1, b"08\0\x030A\0\x11")).end();
    let counts: Vec<_> =
        heard.operation().items.iter().map(|item| (item.object.clone(), item.values.clone())).collect();
    assert_eq!(counts[1].0.as_ref().unwrap().to_string(), "DB");
    assert_eq!(counts[1].1, [Value::UInt(17)]);

    let whole = block(35, &[1; 28], 3_600_000);
    let info = [&[1, 0, 0, 74, 0x22, 0][..], &whole[..36], &whole[64..]].concat();
    let heard = connected().client(ask(1, 3, 3, b"0800035A")).server(answer(1, 3, 3, &info)).end();
    let operation = heard.operation();
    assert_eq!(operation.items[0].object.as_ref().unwrap().to_string(), "OB35");
    let info = fields(operation, 0);
    assert_eq!(info.get("language"), Some(&Value::Text("stl".into())));
    assert_eq!(info.get("author"), Some(&Value::Text("ENGINEER".into())));
    assert_eq!(info.get("code_changed"), Some(&Value::Text("2006-06-06T01:00:00.000".into())));
}

#[test]
fn a_clock_is_read_and_set() {
    let time = [0, 0x19, 0x24, 0x02, 0x29, 0x12, 0x30, 0x00, 0x00, 0x05];
    let heard = connected().client(ask(1, 7, 1, &[])).server(answer(1, 7, 1, &time)).end();
    assert_eq!((heard.operation().class, text(heard.operation(), 0, 0)), (Class::Diagnose, "2024-02-29T12:30:00.000"));
    let heard = connected().client(ask(1, 7, 2, &time)).server(answer(1, 7, 2, &[])).end();
    assert_eq!((heard.operation().class, text(heard.operation(), 0, 0)), (Class::Configure, "2024-02-29T12:30:00.000"));
}

#[test]
fn of_a_password_only_the_verdict_is_kept() {
    // "toor", as an engineering tool masked it.
    let password = b"\x21\x3a\x1b\x1d\x6e\x68\x1b\x1d";
    let wrong = connected().client(ask(1, 5, 1, password)).server(answer_error(1, 5, 1, 0xd602)).end();
    let operation = wrong.operation();
    assert_eq!((operation.class, operation.outcome), (Class::Configure, Outcome::Refused));
    assert_eq!(operation.error.as_ref().unwrap().name, "wrong_password");
    assert_eq!(operation.function.act.as_deref(), Some("log_in"));
    let right = connected().client(ask(1, 5, 1, password)).server(answer(1, 5, 1, &[])).end();
    assert_eq!(right.operation().outcome, Outcome::Accepted);
    let unanswered = connected().client(ask(1, 5, 1, password)).end();
    let mut hashes = Vec::new();
    for (heard, accepted) in [(wrong, Some(false)), (right, Some(true)), (unanswered, None)] {
        assert!(heard.operation().items.is_empty());
        let told = format!("{:?}", heard.events);
        assert!(!told.contains("toor") && !told.contains("213a1b1d"));
        let judged = heard.pick_sessions(|s| if let Session::S7Password(p) = s { Some(p.clone()) } else { None });
        assert_eq!((judged[0].weak, judged[0].accepted), (Some(true), accepted));
        hashes.push(judged[0].keyed_hash.clone());
    }
    assert!(hashes.iter().all(|hash| *hash == hashes[0]), "the same password on three connections");
}

#[test]
fn a_push_of_the_mode_is_a_fact() {
    let heard = connected().server(push(0, 0, &[0; 4])).end();
    let operation = heard.operation();
    assert_eq!((operation.function.name.as_ref(), operation.request_seen), ("mode_transition", false));
    assert_eq!(operation.function.userdata_type, Some(0));
    assert_eq!(facts(&heard), [(FactKind::State, "STOP", "mode transition")]);
}

#[test]
fn a_subscription_has_its_addresses_and_first_values() {
    let request = [&[0, 1, 1, 10][..], &pointer(4, 1, 20, 0x84, 16)].concat();
    let heard = connected().client(ask(1, 2, 1, &request)).server(answer(1, 2, 1, &[0, 1, 0xff, 4, 0, 16, 1, 0])).end();
    let item = &heard.operation().items[0];
    assert_eq!(item.object.as_ref().unwrap().to_string(), "DB20.DBW2");
    assert_eq!(item.values, [Value::UInt(256)]);
    assert_eq!(heard.operation().class, Class::Subscribe);
}

#[test]
fn an_answer_to_another_function_is_not_taken_for_this_ones() {
    let heard = connected().client(ask(1, CPU, READ_SZL, &[0, 0x11, 0, 0])).server(answer(1, 3, 1, b"08\0\x03")).end();
    let seen: Vec<_> = heard.operations().iter().map(|o| (o.request_seen, o.response_seen)).collect();
    assert_eq!(seen, [(false, true), (true, false)]);
}

#[test]
fn the_protection_list_says_level_and_selector() {
    let mut record = [0; 40];
    record[..12].copy_from_slice(&[0, 4, 0, 1, 0, 3, 0, 2, 0, 2, 0, 2]);
    let heard = read_list(0x0232, 4, &[&record]);
    assert_eq!(
        facts(&heard),
        [
            (FactKind::Protection, "2 (read access)", "szl 0x0232 index 4"),
            (FactKind::KeySwitch, "RUN-P", "szl 0x0232 index 4"),
        ]
    );
    let fields = fields(heard.operation(), 0);
    assert_eq!(fields.get("parameter"), Some(&Value::UInt(3)));
    assert_eq!(fields.get("startup_switch"), Some(&Value::Text("WRST".into())));
}

#[test]
fn the_diagnostic_buffer_tells_its_entries() {
    let time = [0x24, 0x01, 0x02, 0x12, 0x03, 0x04, 0x12, 0x34];
    let entry = |event: [u8; 2]| [&event[..], &[0xff, 0x84, 0x80, 0x01, 0, 1, 0, 0, 0, 2], &time].concat();
    let (stop, reset) = (entry([0x43, 0x04]), entry([0x43, 0x0e]));
    let heard = read_list(0x00a0, 2, &[&stop, &reset]);
    assert_eq!(heard.operation().items.len(), 2);
    let fields = fields(heard.operation(), 0);
    assert_eq!(fields.get("event"), Some(&Value::Text("0x4304".into())));
    assert_eq!(fields.get("class"), Some(&Value::Text("mode transition".into())));
    assert_eq!(fields.get("time"), Some(&Value::Text("2024-01-02T12:03:04.123".into())));
}

#[test]
fn an_answer_in_one_part_may_have_a_number() {
    let blocks = [[0, 1, 0x22, 5], [0, 9, 0x22, 5]].concat();
    let request = ask(1, 3, 2, b"0A");
    let heard = connected().client(request).server(answer_part(1, 3, 2, (0x23, false), &blocks)).end();
    assert_eq!(heard.operation().items[0].values.len(), 2);
}

#[test]
fn the_checksums_of_the_protection_list_come_low_byte_first() {
    let mut record = [0; 40];
    record[..8].copy_from_slice(&[0, 4, 0, 1, 0, 3, 0, 3]);
    record[16..20].copy_from_slice(&[0x58, 0x01, 0x6b, 0x42]);
    let heard = read_list(0x0132, 4, &[&record]);
    let fields = fields(heard.operation(), 0);
    assert_eq!(fields.get("ken_ver1_hw"), Some(&Value::UInt(0x0158)));
    assert_eq!(fields.get("ken_ver2_hw"), Some(&Value::UInt(0x426b)));
}
