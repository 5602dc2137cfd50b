//! S7comm-plus: forms of messages that only some versions and makes have, and acts that are named after the client's role.

use super::bytes::*;
use super::plus::exchange;
use super::talk::{Heard, talk};
use crate::event::{Class, FactKind, Operation};

const CREATE_OBJECT: u16 = 0x04ca;
const SET_VARIABLE: u16 = 0x04f2;
const GET_VARIABLE: u16 = 0x04fc;
const GET_MULTI: u16 = 0x054c;
const GET_STREAMED: u16 = 0x0586;
const BEGIN_SEQUENCE: u16 = 0x0556;
const INVOKE: u16 = 0x056b;
const SET_STREAMED: u16 = 0x057c;

fn whole(heard: &Heard) {
    assert_eq!((heard.undecoded, heard.anomalies().len()), (0, 0), "{:#?}", heard.anomalies());
}

fn told(operation: &Operation) -> Vec<String> {
    let line = |item: &crate::event::Item| {
        let object = item.object.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("{object} = {}", serde_json::to_string(&item.values).unwrap())
    };
    operation.items.iter().map(line).collect()
}

/// What one notification of a version says.
fn notified(version: u8, notification: &[u8]) -> Heard {
    let message = [&[0x33][..], notification].concat();
    talk().server(plus(version, &message)).end()
}

#[test]
fn a_notification_of_the_first_version_has_its_values_elsewhere() {
    let value = [&[0x83, 0, 7, 1, 0][..], &[0x83, 0, 1, 1], &[0], &[0; 4]].concat();
    let heard = notified(1, &[&[0x10, 0, 0, 5, 0, 0, 0, 0][..], &[0x10, 0, 0, 7, 0, 1], &value].concat());
    whole(&heard);
    let values: Vec<_> = heard.operation().items.iter().flat_map(|item| item.values.clone()).collect();
    assert_eq!(serde_json::to_string(&values).unwrap(), "[256,true]");
    // Without values zeros follow.
    whole(&notified(1, &[0x10, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]));
}

#[test]
fn a_notification_of_newer_controllers_may_hold_a_clock_and_a_second_list() {
    // Credit, sequence, no change counted; a clock of six bytes, and the count of changes behind it.
    let head = [0x70, 0, 0, 1, 4, 0, 0, 0, 0, 0, 9, 0x81, 3, 0, 5, 1, 2, 3, 4, 5, 6, 1];
    let nothing = [&head[..], &[0, 0, 0, 0, 0]].concat();
    whole(&notified(3, &nothing));
    let second = [&[0x70, 0, 0, 2, 0, 0][..], &[0x92, 0, 0, 0, 7, 0, 3, 0, 42], &[0, 0, 0, 0, 0]].concat();
    let heard = notified(3, &[&head[..], &[0], &second].concat());
    whole(&heard);
    assert_eq!(told(heard.operation()), ["object 0x70000002.7 = [42]"]);
}

#[test]
fn one_variable_is_asked_for_by_its_object() {
    let ask = [&[0, 0, 0, 0x34, 1, 0x9b, 0x1e][..], &qualifier(), &[0; 4]].concat();
    let heard = exchange(1, GET_VARIABLE, &ask, &[0, 0, 8, 4, 0, 0, 0, 0]);
    whole(&heard);
    assert_eq!(told(heard.operation()), ["cpu_execution_unit.operating_state = [4]"]);
    assert_eq!(heard.operation().function.act.as_deref(), Some("read_state"));
}

#[test]
fn a_variable_may_be_set_by_a_path_with_its_length() {
    // Four numbers: one of the path, a zero with the length of the value, and one more of the path.
    let ask = [&[0x8a, 0x0e, 0, 1, 4, 0x93, 0x76, 0, 2, 9][..], &[0, 7, 0, 5], &qualifier(), &[0; 5]].concat();
    let heard = exchange(2, SET_VARIABLE, &ask, &[0, 0, 0, 0, 0]);
    whole(&heard);
    assert_eq!(told(heard.operation()), ["DB1 symbol 9 = [5]"]);
}

#[test]
fn a_stream_of_several_frames_has_a_length_in_each() {
    let head = [&[0, 0, 0, 0x33, 0x20, 4, 1, 0x9d, 0x29][..], &qualifier(), &[0, 1]].concat();
    let first = [&head[..], &[0, 0x14, 0], &vlq(200), &[7; 200]].concat();
    let part = |length: usize| [&vlq(length as u32)[..], &vec![0x55; length]].concat();
    for number in [&[][..], &[9]] {
        let heard = talk()
            .client(connect_request(&[6, 0], b"SIMATIC-ROOT-ES"))
            .client(plus_part(2, &plus_request(SET_STREAMED, 1, &[&first[..], number].concat())))
            .client(plus_part(2, &part(150)))
            .client(plus(2, &[&part(30)[..], &[0, 0, 0, 0]].concat()))
            .end();
        whole(&heard);
        let last = told(heard.operation()).pop().unwrap_or_default();
        assert!(last.ends_with("[{\"further_parts\":2,\"further_bytes\":180}]"), "{last}");
    }
}

#[test]
fn a_sequence_begins_with_an_object_or_its_number() {
    // The first version says only which kind of transaction.
    whole(&exchange(1, BEGIN_SEQUENCE, &[1, 0, 0, 0, 0], &[0, 0, 0, 0, 0]));
    let number = [1, 0, 0x12, 0, 0, 0, 3, 0, 0, 0, 0];
    whole(&exchange(2, BEGIN_SEQUENCE, &number, &[0, 0, 0x12, 0, 0, 0, 3, 0, 0, 0, 0]));
    for more in [&[1][..], &[1, 0]] {
        let ask = [&[1, 0, 1][..], more, &program_object(), &[0; 4]].concat();
        let heard = exchange(2, BEGIN_SEQUENCE, &ask, &[0, 0, 0x12, 0, 0, 0, 3, 0, 0, 0, 0]);
        whole(&heard);
        assert!(told(heard.operation()).contains(&"plc_program.name = [\"PLCProgram\"]".to_owned()));
    }
}

#[test]
fn a_call_answers_with_three_numbers_or_four() {
    let ask = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    for numbers in [&[0, 0, 0][..], &[0, 0, 0, 5]] {
        let answer = [numbers, &[1, 0, 2, 77, 0, 0, 0, 0, 0, 0]].concat();
        let heard = exchange(2, INVOKE, &ask, &answer);
        whole(&heard);
        assert!(told(heard.operation()).iter().any(|item| item.ends_with("[77]")), "{:?}", told(heard.operation()));
    }
}

#[test]
fn places_in_bytes_are_written_as_older_controllers_have_them() {
    let address = |area: u32, path: &[u32]| {
        let steps: Vec<u8> = path.iter().flat_map(|id| vlq(*id)).collect();
        [&[0][..], &vlq(area), &[path.len() as u8], &steps].concat()
    };
    let addresses = [
        address(0x8a0e_0001, &[2550, 3, 4, 8]),
        address(0x8a0e_0001, &[2550, 3, 4, 1]),
        address(0x52, &[3736, 3, 122, 1, 7]),
        address(0x51, &[3736, 3, 2, 4]),
    ];
    let ask = [&[0, 0, 0, 0, 4, 24][..], &addresses.concat(), &qualifier(), &[0; 4]].concat();
    let heard = exchange(2, GET_MULTI, &ask, &[0, 0, 0, 0, 0, 0, 0]);
    whole(&heard);
    let places: Vec<_> = told(heard.operation()).iter().map(|item| item.trim_end_matches(" = []").to_owned()).collect();
    assert_eq!(places, ["P#DB1.DBX4.0 BYTE 8", "DB1.DBB4", "M122.7", "P#Q2.0 BYTE 4"]);
}

#[test]
fn the_name_of_the_controller_and_what_a_session_may_are_facts() {
    let ask = [&[0, 0, 0, 50, 0x20, 4, 1, 0x81, 0x69][..], &qualifier(), &[0, 1, 2, 0, 0, 0, 0]].concat();
    let heard = exchange(3, GET_STREAMED, &ask, &[&[0, 0][..], &text("PRESS_2"), &[9, 0, 0, 0, 0]].concat());
    let fact = heard.facts()[0];
    assert_eq!((fact.kind, fact.value.as_str()), (FactKind::Name, "PRESS_2"));
    let ask = [&[0, 0, 3, 0x8c, 0x20, 4, 1, 0x8e, 0x32][..], &qualifier(), &[0, 1, 2, 0, 0, 0, 0]].concat();
    let heard = exchange(3, GET_STREAMED, &ask, &[0, 0, 0, 4, 3, 9, 0, 0, 0, 0]);
    let fact = heard.facts()[0];
    assert_eq!((fact.kind, fact.value.as_str(), fact.confidence), (FactKind::Protection, "3 (HMI access)", 50));
}

/// A read of one variable of a data block, and then a subscription, by a client that called this name.
fn panel_like(called: &[u8]) -> Vec<(String, Option<String>, Class)> {
    let address = [&[0][..], &vlq(0x8a0e_0006), &[2, 0x93, 0x76, 22]].concat();
    let read = [&[0, 0, 0, 0, 1, 5][..], &address, &qualifier(), &[0; 4]].concat();
    let subscription = object(0x7fff_c001, 1001, &[attribute(233, &text("Subscription_1"))]);
    let create = [&[0, 0, 3, 0x8c, 0, 4, 0, 0, 0, 0, 0][..], &subscription, &[0; 4]].concat();
    let heard = talk()
        .client(connect_request(&[6, 0], called))
        .server(connect_confirm(&[6, 0], called))
        .client(plus(2, &plus_request(GET_MULTI, 1, &read)))
        .server(plus(2, &plus_response(GET_MULTI, 1, &[0, 1, 0, 7, 0, 5, 0, 0, 0, 0, 0, 0])))
        .client(plus(2, &plus_request(CREATE_OBJECT, 2, &create)))
        .server(plus(2, &plus_response(CREATE_OBJECT, 2, &[0, 1, 0x87, 0x80, 0x80, 0x80, 1, 0, 0, 0, 0])))
        .end();
    whole(&heard);
    let owned = |text: &Option<std::borrow::Cow<'static, str>>| text.as_deref().map(ToOwned::to_owned);
    let operations = heard.operations().into_iter();
    operations.map(|o| (owned(&o.function.act).unwrap_or_default(), owned(&o.function.role), o.class)).collect()
}

#[test]
fn what_a_panel_reads_is_named_so() {
    let act = |act: &str, role: &str, class| (act.to_owned(), Some(role.to_owned()), class);
    let panel = panel_like(b"SIMATIC-ROOT-HMI");
    assert_eq!(panel, [act("hmi_read", "hmi", Class::Read), act("hmi_subscribe", "hmi", Class::Subscribe)]);
    let other = panel_like(b"SIMATIC-ROOT-OTHER");
    assert_eq!(other, [act("read_variables", "other", Class::Read), act("subscribe", "other", Class::Subscribe)]);
}
