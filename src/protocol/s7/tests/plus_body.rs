//! S7comm-plus: what messages say.

use super::bytes::*;
use super::plus::{connected, exchange};
use super::talk::Heard;
use crate::event::{Class, EventKind, FactKind, Operation, Outcome, Session, Side};

const EXPLORE: u16 = 0x04bb;
const CREATE_OBJECT: u16 = 0x04ca;
const DELETE_OBJECT: u16 = 0x04d4;
const SET_VARIABLE: u16 = 0x04f2;
const GET_LINK: u16 = 0x0524;
const SET_MULTI: u16 = 0x0542;
const GET_MULTI: u16 = 0x054c;
const INVOKE: u16 = 0x056b;
const SET_STREAMED: u16 = 0x057c;
const GET_STREAMED: u16 = 0x0586;

/// Items as `address = values`.
fn told(operation: &Operation) -> Vec<String> {
    let line = |item: &crate::event::Item| {
        let object = item.object.as_ref().map(ToString::to_string).unwrap_or_default();
        let values = serde_json::to_string(&item.values).unwrap();
        let error = item.error.as_ref().map(|error| format!(" {}", error.name)).unwrap_or_default();
        format!("{object} = {values}{error}")
    };
    operation.items.iter().map(line).collect()
}

fn whole(heard: &Heard) {
    assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0), "{:#?}", heard.anomalies());
}

/// An address by symbol: checksum, block, how many numbers follow, and these.
fn symbol(crc: u32, area: u32, path: &[u32]) -> Vec<u8> {
    let path_bytes: Vec<u8> = path.iter().flat_map(|id| vlq(*id)).collect();
    [vlq(crc), vlq(area), vlq(path.len() as u32), path_bytes].concat()
}

#[test]
fn variables_are_read_with_their_values_and_errors() {
    let addresses =
        [symbol(0xa5e5, 0x8a0e_0006, &[2550, 22]), symbol(0, 52, &[2237, 3486]), symbol(7, 0x52, &[3736, 9])];
    let ask = [&[0, 0, 0, 0, 3, 15][..], &addresses.concat(), &qualifier(), &[0, 0, 0, 0]].concat();
    // Item 1 is an INT of -100, item 2 a DINT of 8, item 3 is not there.
    let answer =
        [&[0][..], &[1, 0, 7, 0xff, 0x9c], &[2, 0, 8, 8], &[0], &[3, 0x83, 0xff, 0x74], &[0], &[5, 0, 0, 0, 0]]
            .concat();
    let heard = exchange(3, GET_MULTI, &ask, &answer);
    whole(&heard);
    let operation = heard.operation();
    assert_eq!(
        told(operation),
        [
            "DB6 symbol 22 = [-100]",
            "cpu_execution_unit.operating_state_information.operating_state = [8]",
            "M symbol 9 = [] object_not_found",
        ]
    );
    assert_eq!((operation.class, operation.outcome), (Class::Read, Outcome::Accepted));
    let fact = heard.facts()[0];
    assert_eq!((fact.kind, fact.value.as_str()), (FactKind::State, "RUN"));
}

#[test]
fn a_read_of_which_every_item_failed_is_refused() {
    let ask = [&[0, 0, 0, 0, 1, 5][..], &symbol(1, 0x8a0e_0001, &[2550, 9]), &qualifier(), &[0, 0, 0, 0]].concat();
    let heard = exchange(2, GET_MULTI, &ask, &[0, 0, 1, 0x83, 0xfe, 0x01, 0, 0, 0, 0, 0]);
    assert_eq!(heard.operation().outcome, Outcome::Refused);
    assert_eq!(heard.operation().error.as_ref().unwrap().name, "invalid_lid");
}

#[test]
fn variables_are_written_with_their_values() {
    let addresses = [symbol(1, 0x8a0e_0001, &[2550, 9]), symbol(2, 0x51, &[3736, 10])].concat();
    let values = [&[1, 0, 0x0e][..], &1.5_f32.to_be_bytes(), &[2, 0, 1, 1]].concat();
    let ask = [&[0, 0, 0, 0, 2, 10][..], &addresses, &values, &[0], &qualifier(), &[0, 0, 0, 0]].concat();
    let heard = exchange(2, SET_MULTI, &ask, &[0, 0, 0, 0, 0, 0]);
    whole(&heard);
    assert_eq!(told(heard.operation()), ["DB1 symbol 9 = [1.5]", "Q symbol 10 = [true]"]);
    assert_eq!(heard.operation().class, Class::Write);
}

/// An answer to a read of one attribute, with this value.
fn streamed(value: &[u8]) -> Heard {
    let ask = [&[0, 0, 0, 0x31, 0x20, 4, 1, 0x9d, 0x29][..], &qualifier(), &[0, 1, 2, 0, 0, 0, 0]].concat();
    exchange(3, GET_STREAMED, &ask, &[&[0, 0][..], value, &[9, 0, 0, 0, 0]].concat())
}

#[test]
fn every_type_of_value_is_read() {
    let cases: &[(&[u8], &str)] = &[
        (&[0, 0], "[]"),
        (&[0, 1, 1], "[true]"),
        (&[0, 2, 200], "[200]"),
        (&[0, 3, 1, 0], "[256]"),
        (&[0, 4, 0x81, 0], "[128]"),
        (&[0, 5, 0x81, 0x80, 0], "[16384]"),
        (&[0, 6, 0xff], "[-1]"),
        (&[0, 7, 0xff, 0xfe], "[-2]"),
        (&[0, 8, 0x7d], "[-3]"),
        (&[0, 9, 0x7c], "[-4]"),
        (&[0, 0x0a, 0x7f], "[127]"),
        (&[0, 0x0b, 0x80, 0], "[32768]"),
        (&[0, 0x0c, 0, 0, 1, 0], "[256]"),
        (&[0, 0x0d, 0, 0, 0, 0, 0, 0, 1, 0], "[256]"),
        (&[0, 0x0e, 0x3f, 0x8c, 0xcc, 0xcd], "[1.1]"),
        (&[0, 0x0f, 0x40, 4, 0, 0, 0, 0, 0, 0], "[2.5]"),
        (&[0, 0x10, 0x17, 0x97, 0x9c, 0xfe, 0x36, 0x2a, 0, 0], "[\"2023-11-14T22:13:20.000000000Z\"]"),
        (&[0, 0x11, 0x8a, 0], "[1280]"),
        (&[0, 0x12, 0, 0, 0, 3], "[3]"),
        (&[0, 0x13, 0x81, 0x69], "[233]"),
        (&[0, 0x14, 0, 2, 0xab, 0xcd], "[\"abcd\"]"),
        // A blob of a type: eight bytes more and its kind.
        (&[0, 0x14, 5, 0, 0, 0, 0, 0, 0, 0, 1, 3, 1, 0xee], "[\"ee\"]"),
        (&[0, 0x15, 2, b'o', b'k'], "[\"ok\"]"),
        (&[0, 0x16, 5], "[5]"),
        (&[0x10, 2, 3, 1, 2, 3], "[\"010203\"]"),
        (&[0x10, 3, 2, 0, 1, 0, 2], "[[1,2]]"),
        (&[0x20, 4, 2, 1, 0x81, 0], "[[1,128]]"),
        (&[0x10, 0, 0x8f, 0xff, 0xff, 0xff, 0x7f], "[]"),
    ];
    for (value, expected) in cases {
        let heard = streamed(value);
        assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0), "{value:02x?}");
        assert_eq!(told(heard.operation()), [format!("cpu_proxy.identification = {expected}")], "{value:02x?}");
    }
}

#[test]
fn structures_and_sparse_arrays_are_told_member_by_member() {
    let structure = [&[0, 0x17, 0, 0, 0x0d, 0x99][..], &vlq(3486), &[0, 8, 4], &vlq(9000), &[0, 2, 7], &[0]].concat();
    let heard = streamed(&structure);
    whole(&heard);
    assert_eq!(
        told(heard.operation()),
        ["cpu_proxy.identification.operating_state = [4]", "cpu_proxy.identification.9000 = [7]"]
    );
    let sparse = streamed(&[0x40, 3, 5, 0, 1, 0x81, 0, 0, 2, 0]);
    whole(&sparse);
    assert_eq!(told(sparse.operation()), ["cpu_proxy.identification.5 = [1]", "cpu_proxy.identification.128 = [2]"]);
    let packed = [&[0, 0x17, 0x90, 0, 0, 1][..], &[0, 0, 0, 0, 0, 0, 0, 7], &[2, 3, 0xaa, 0xbb, 0xcc]].concat();
    let packed = streamed(&packed);
    whole(&packed);
    assert!(told(packed.operation())[0].contains("\"bytes\":\"aabbcc\""), "{:?}", told(packed.operation()));
}

#[test]
fn structures_inside_of_structures_end_at_a_bound() {
    let mut value = vec![0, 0x17, 0, 0, 0, 1];
    for _ in 0..500 {
        value.extend([1, 0, 0x17, 0, 0, 0, 1]);
    }
    let heard = streamed(&value);
    assert_eq!(heard.anomalies()[0].name, "body_unreadable");
}

#[test]
fn an_array_of_more_elements_than_bytes_is_not_believed() {
    let heard = streamed(&[0x10, 0x0e, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0, 0]);
    assert_eq!(heard.anomalies()[0].name, "body_unreadable");
}

fn operating_state(request: u8) -> Vec<u8> {
    [&[0, 0, 0, 0x34, 1, 0x90, 0x77, 0, 8, request][..], &qualifier(), &[0, 4, 0, 0, 0, 0]].concat()
}

fn state_read(sequence: u16, state: u8) -> [Vec<u8>; 2] {
    let ask = [&[0, 0, 0, 0x34, 0x20, 4, 2, 0x91, 0x3d, 0x9b, 0x1e][..], &qualifier(), &[0, 1, 2, 0, 0, 0, 0]].concat();
    let answer = [0, 0, 0, 8, state, 9, 0, 0, 0, 0];
    [plus(2, &plus_request(GET_STREAMED, sequence, &ask)), plus(2, &plus_response(GET_STREAMED, sequence, &answer))]
}

#[test]
fn stop_and_start_are_named_and_their_effect_is_shown() {
    let [ask, running] = state_read(1, 8);
    let [ask_again, stopped] = state_read(3, 4);
    let heard = connected()
        .client(ask)
        .server(running)
        .client(plus(2, &plus_request(SET_VARIABLE, 2, &operating_state(1))))
        .server(plus(2, &plus_response(SET_VARIABLE, 2, &[0, 0, 0, 0, 0])))
        .client(ask_again)
        .server(stopped)
        .client(plus(2, &plus_request(SET_VARIABLE, 4, &operating_state(3))))
        .server(plus(2, &plus_response(SET_VARIABLE, 4, &[0x83, 0xff, 0x7f, 0, 0, 0, 0])))
        .end();
    whole(&heard);
    let acts: Vec<_> =
        heard.operations().into_iter().filter_map(|o| Some((o.function.act.as_deref()?, o.class, o.outcome))).collect();
    let (read, accepted) = (Class::Read, Outcome::Accepted);
    assert_eq!(
        acts,
        [
            ("read_state", read, accepted),
            ("stop", Class::Control, accepted),
            ("read_state", read, accepted),
            ("start", Class::Control, Outcome::Refused)
        ]
    );
    let states: Vec<_> = heard.facts().iter().map(|fact| fact.value.clone()).collect();
    assert_eq!(states, ["RUN", "STOP"]);
    let effects = heard.pick_sessions(|s| if let Session::S7Effect(effect) = s { Some(effect.clone()) } else { None });
    assert_eq!(effects.len(), 1);
    assert_eq!((effects[0].act.as_ref(), effects[0].state.as_str()), ("stop", "STOP"));
}

#[test]
fn a_memory_reset_and_the_clock_are_named() {
    let set = |object: u8, id: u32, value: &[u8]| {
        let ask = [&[0, 0, 0, object, 1][..], &vlq(id), value, &qualifier(), &[0, 0, 0, 0, 0]].concat();
        exchange(2, SET_VARIABLE, &ask, &[0, 0, 0, 0, 0]).operation().clone()
    };
    let reset = set(50, 3748, &[0, 8, 4]);
    assert_eq!((reset.function.act.as_deref(), reset.class), (Some("memory_reset"), Class::Control));
    let clock = set(48, 2421, &[0, 0x10, 0, 0, 0, 0, 0, 0, 0, 1]);
    assert_eq!((clock.function.act.as_deref(), clock.class), (Some("set_clock"), Class::Configure));
}

fn session_request() -> Vec<u8> {
    let inside = [
        attribute(233, &text("ServerSession_1")),
        attribute(289, &text("1:::6.0::TCP/IP -> Plant Adapter")),
        attribute(297, &text("Engineering V1")),
        attribute(298, &text("ENG-PC")),
        attribute(299, &[0, 4, 1]),
    ];
    [&[0, 0, 1, 0x1d, 0, 4, 0, 0, 0, 0, 0][..], &object(211, 287, &inside), &[0; 4]].concat()
}

fn session_answer() -> Vec<u8> {
    let version = [
        &[0, 0x17, 0, 0, 1, 0x3a][..],
        &vlq(319),
        &text("1;6ES7 999-1AA00-0XB0 ;V9.1"),
        &vlq(320),
        &text("2;77"),
        &[0],
    ]
    .concat();
    let created = [vlq(0x38c), vlq(0x380)].concat();
    let inside = [attribute(303, &[0x10, 2, 3, 1, 2, 3]), attribute(306, &version)];
    [&[0, 2][..], &created, &object(288, 287, &inside), &[0; 4]].concat()
}

#[test]
fn a_session_says_who_opens_it_and_what_the_controller_is() {
    let heard = exchange(1, CREATE_OBJECT, &session_request(), &session_answer());
    whole(&heard);
    assert_eq!(heard.operation().function.act.as_deref(), Some("go_online"));
    let sessions = heard.pick_sessions(|s| if let Session::S7PlusSession(s) = s { Some(s.clone()) } else { None });
    let session = &sessions[0];
    assert_eq!((session.host.as_str(), session.application.as_str()), ("ENG-PC", "Engineering V1"));
    assert_eq!((session.session_id, session.accepted, session.role.as_deref()), (Some(0x38c), Some(true), Some("es")));
    assert_eq!(session.server_version, "1;6ES7 999-1AA00-0XB0 ;V9.1");
    let facts: Vec<_> = heard.facts().iter().map(|f| (f.about, f.kind, f.value.as_str())).collect();
    assert!(facts.contains(&(Side::Server, FactKind::OrderNumber, "6ES7 999-1AA00-0XB0")), "{facts:?}");
    assert!(facts.contains(&(Side::Server, FactKind::Firmware, "V9.1")));
    assert!(facts.contains(&(Side::Server, FactKind::Project, "2;77")));
    assert!(facts.contains(&(Side::Client, FactKind::Name, "ENG-PC")));
    assert!(facts.contains(&(Side::Client, FactKind::Adapter, "1:::6.0::TCP/IP -> Plant Adapter")));
}

#[test]
fn identification_data_become_facts() {
    let mut bytes = [0, 0x20, 0, 0x38, 1, 0, 0, 42].to_vec();
    bytes.extend(b"6ES7 999-1AA00-0XB0 ");
    bytes.extend(b"S X-123456789012");
    bytes.extend([0, 5, b'V', 4, 3, 1]);
    bytes.resize(60, 0);
    let heard = streamed(&blob(&bytes));
    whole(&heard);
    let facts: Vec<_> = heard.facts().iter().map(|f| (f.kind, f.value.clone())).collect();
    assert!(facts.contains(&(FactKind::Serial, "S X-123456789012".to_owned())), "{facts:?}");
    assert!(facts.contains(&(FactKind::Hardware, "5".to_owned())));
    assert!(facts.contains(&(FactKind::Firmware, "V4.3.1".to_owned())));
}

fn download(code: &[u8], modified: &[u8]) -> Heard {
    let protection =
        [&[0, 0x17, 0, 0, 0x0d, 0x77][..], &vlq(3448), &[0, 0x0b, 0, 1], &vlq(3449), &[0x10, 2, 2, 9, 9], &[0]]
            .concat();
    let inside = [
        attribute(233, &text("Main")),
        attribute(2453, &[&[0, 5][..], modified].concat()),
        attribute(2521, &[0, 3, 0, 1]),
        attribute(2523, &[0, 3, 0, 4]),
        attribute(2524, &protection),
        attribute(2580, &blob(code)),
    ];
    let ask = [&[0, 0, 0, 3, 0, 4, 0, 0, 0, 0, 0][..], &object(0x8a32_0001, 2647, &inside), &[0; 4]].concat();
    exchange(2, CREATE_OBJECT, &ask, &[0, 0, 0, 0, 0, 0])
}

#[test]
fn a_block_that_is_loaded_is_an_artifact_whose_code_hash_ignores_its_time() {
    let hash = |heard: &Heard| {
        whole(heard);
        assert_eq!(heard.operation().function.act.as_deref(), Some("download"));
        let artifact = heard.artifacts()[0];
        assert_eq!((artifact.name.as_str(), artifact.to_server, artifact.complete), ("OB1", true, true));
        let block = artifact.block.as_ref().unwrap();
        assert_eq!((block.language.as_ref(), block.name.as_str(), block.protected), ("scl", "Main", true));
        (block.code_sha256.clone().unwrap(), artifact.sha256.clone())
    };
    let first = hash(&download(&[1, 2, 3], &[0x81, 0]));
    let later = hash(&download(&[1, 2, 3], &[0x82, 0]));
    let changed = hash(&download(&[1, 2, 4], &[0x81, 0]));
    assert_eq!(first.0, later.0);
    assert_ne!(first.1, later.1);
    assert_ne!(first.0, changed.0);
}

#[test]
fn passwords_and_what_is_made_of_them_are_never_told() {
    let secret = b"PlainSecret99";
    let ask =
        [&[0, 0, 3, 0x8c, 0x20, 4, 1][..], &vlq(1846), &qualifier(), &[0, 1], &blob(secret), &[1, 0, 0, 0, 0]].concat();
    let login = exchange(2, SET_STREAMED, &ask, &[0, 0, 0, 0, 0]);
    assert_eq!(login.operation().function.act.as_deref(), Some("log_in"));
    assert_eq!(login.operation().class, Class::Configure);
    whole(&login);
    for heard in [login, download(&[1], &[1])] {
        for (_, kind) in &heard.events {
            let EventKind::Operation(operation) = kind else { continue };
            let line = serde_json::to_string(&operation.items).unwrap();
            assert!(!line.contains("PlainSecret99") && !line.contains("506c61696e"), "{line}");
            assert!(!line.contains("0909"), "the password of a block's protection: {line}");
        }
    }
}

#[test]
fn a_subscription_gives_its_values_their_names() {
    // The list's number, one of unknown use, the count; then each item.
    let list = [0x8001_0000, 0, 1, 0x8004_0003, 7, 0, 0x8a0e_0002, 0xabcd, 2550, 9];
    let list: Vec<u8> =
        [&[0x20, 4, list.len() as u8][..], &list.iter().flat_map(|n| vlq(*n)).collect::<Vec<_>>()].concat();
    let subscription = object(0x7fff_c001, 1001, &[attribute(1048, &list), attribute(1049, &[0, 4, 0x83, 0x74])]);
    let create = [&[0, 0, 3, 0x8c, 0, 4, 0, 0, 0, 0, 0][..], &subscription, &[0; 4]].concat();
    let created = [&[0, 1][..], &vlq(0x7000_0c9b), &[6, 0, 0, 0, 0]].concat();
    let push = [
        0x33, 0x70, 0, 0x0c, 0x9b, 4, 0, 0, 0, 0, 0, 0, 5, 1, 0x92, 0, 0, 0, 7, 0, 7, 0, 42, 0x13, 0, 0, 0, 8, 0, 0, 0,
        0,
    ];
    let heard = connected()
        .client(plus(2, &plus_request(CREATE_OBJECT, 3, &create)))
        .server(plus(2, &plus_response(CREATE_OBJECT, 3, &created)))
        .server(plus(2, &push))
        .end();
    whole(&heard);
    let operations = heard.operations();
    assert_eq!(operations[0].class, Class::Subscribe);
    let pushed = told(operations[1]);
    assert_eq!(pushed[0], "DB2 symbol 9 = [42]");
    assert!(pushed[1].contains("object 0x70000c9b"), "{pushed:?}");
}

#[test]
fn the_other_functions_are_read_to_their_end() {
    let links = exchange(
        2,
        GET_LINK,
        &[0, 0, 0, 0x31, 0x91, 0x5e, 0, 0, 0, 0, 0, 0],
        &[0, 2, 0, 0, 0, 0x32, 0, 0, 0, 0x33, 0, 0, 0, 0],
    );
    whole(&links);
    assert_eq!(told(links.operation())[0], "cpu_common = []");
    let begin = [&[2, 0, 1, 0][..], &object(0x7fff_c001, 1700, &[]), &[0; 4]].concat();
    whole(&exchange(2, 0x0556, &begin, &[0, 0, 0x12, 0x10, 0, 0, 0x6a, 0, 0, 0, 0]));
    whole(&exchange(2, 0x0560, &[0, 1, 0, 0, 0, 0], &[0, 0, 0, 0, 0]));
    let invoke = [0, 0, 0, 0x34, 0, 0, 0, 5, 1, 0, 2, 7, 0, 0, 0, 0, 0, 0];
    whole(&exchange(2, INVOKE, &invoke, &[0, 0, 0, 1, 0, 2, 8, 0, 0, 0, 0, 0, 0]));
    let delete = [&[0x8a, 0x32, 0, 1, 0][..], &qualifier(), &[0, 0, 0, 0]].concat();
    let deleted = exchange(2, DELETE_OBJECT, &delete, &[0, 0x8a, 0x32, 0, 1, 0, 0, 0, 0]);
    whole(&deleted);
    assert_eq!(deleted.operation().function.act.as_deref(), Some("delete_block"));
    assert_eq!(told(deleted.operation()), ["OB1 = []"]);
}

#[test]
fn names_and_types_of_a_blocks_variables_are_told() {
    let names = [&[0xac][..], &[0, 6, 4, b't', b'a', b'n', b'k', 0, 0, 0]].concat();
    let element = [&9_u32.to_le_bytes()[..], &0xabcd_u32.to_le_bytes(), &[5], &[0x8a, 0x40], &[0], &[0; 4]].concat();
    let types = [&[0xab][..], &(element.len() as u16 + 4).to_be_bytes(), &[1, 0, 0, 0x90], &element, &[0, 0]].concat();
    let tag = [
        &[0xa7][..],
        &[4, 3, b'M', b'W', b'0', 0, 0x0b, 4],
        &0x0090_0000_u32.to_be_bytes(),
        &[9, 0],
        &[0, 0, 4, 4],
        &[0xa8],
    ]
    .concat();
    let explored = [&[0, 0, 0, 0, 3][..], &object(0x9200_0001, 511, &[names, types, tag]), &[0; 4]].concat();
    let heard = exchange(2, EXPLORE, &[0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], &explored);
    whole(&heard);
    let lines = told(heard.operation()).join("\n");
    assert!(lines.contains(r#""names":["tank"]"#), "{lines}");
    assert!(lines.contains(r#""type":"INT","flags":["hmi_visible","hmi_accessible"]"#), "{lines}");
    assert!(
        lines.contains(r#""name":"MW0","type":"WORD","symbol":9,"flags":["hmi_visible","hmi_accessible"]"#),
        "{lines}"
    );
}

#[test]
fn a_connection_that_ends_in_an_error_says_so() {
    let structure = [
        &[0, 0, 0, 0x17, 0, 0, 0x9d, 0x7a][..],
        &40305_u32.to_be_bytes(),
        &[0, 0, 0, 9],
        &(-17_i64).to_be_bytes(),
        &[0; 4],
    ]
    .concat();
    let payload = [&[0; 16][..], &structure].concat();
    let event = data(&[&[0x72, 0xfe, 0, payload.len() as u8][..], &payload].concat());
    let farewell = data(&[&[0x72, 0xfe, 0, 22][..], &[0; 16], b"LOGOUT"].concat());
    let heard = connected().server(event).server(farewell).end();
    assert_eq!(heard.undecoded, 0);
    let lines = heard.operations().iter().flat_map(|operation| told(operation)).collect::<Vec<_>>().join("\n");
    assert!(lines.contains("invalid_crc") && lines.contains("LOGOUT"), "{lines}");
}
