//! Commands of a programming device, effects of acts, alarms. The bytes of the commands are those of public captures.

use super::bytes::*;
use super::connected;
use super::talk::Heard;
use crate::event::{Class, Operation, S7Effect, Session, Value};

const PROGRAMMER: u8 = 1;
const CPU: u8 = 4;

/// Lengths of parameter and data in front of both.
fn command(parameter: &[u8], data: &[u8]) -> Vec<u8> {
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&length(parameter)[..], &length(data), parameter, data].concat()
}

/// A table of variables: once or in every cycle, at the beginning of the main cycle.
fn table(once: u8, data: &[u8]) -> Vec<u8> {
    command(&[0, 0, 0, 1, 0, once, 0, 6, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2, 0], data)
}

fn objects(operation: &Operation) -> Vec<String> {
    operation.items.iter().filter_map(|item| Some(item.object.as_ref()?.to_string())).collect()
}

fn effects(heard: &Heard) -> Vec<S7Effect> {
    heard.pick_sessions(|session| if let Session::S7Effect(effect) = session { Some(effect.clone()) } else { None })
}

#[test]
fn watched_variables_have_their_addresses_in_every_result() {
    let asked = table(0, b"\0\x02\x01\x06\0\0\0\0\x11\x01\0\0\0\x08");
    let values = b"\0\x02\xff\x09\0\x06\x41\x33\x85\x1f\xde\xad\xff\x09\0\x01\x02\0";
    let result = push(PROGRAMMER, 2, &command(&[1, 0, 0, 2], values));
    let heard = connected().client(ask(1, PROGRAMMER, 2, &asked)).server(answer(1, PROGRAMMER, 2, &[])).server(result);
    let heard = heard.end();
    let operations = heard.operations();
    assert_eq!(objects(operations[0]), ["P#M0.0 BYTE 6", "IB8", "trigger"]);
    assert_eq!(objects(operations[1]), ["P#M0.0 BYTE 6", "IB8"]);
    assert_eq!(operations[1].items[1].values, [Value::UInt(2)]);
    assert!(operations.iter().all(|operation| operation.class == Class::Read));
}

#[test]
fn modified_variables_have_their_values_and_then_their_verdicts() {
    let data = b"\0\x03\x03\x01\0\0\0\0\x02\x01\0\0\0\x04\x10\x01\0\0\0\x08\
        \0\x09\0\x04\x41\x33\x85\x1f\0\x09\0\x02\xde\xad\0\x09\0\x01\x01\0";
    let request = ask(1, PROGRAMMER, 8, &table(1, data));
    let verdict = push(PROGRAMMER, 8, &command(&[1, 0, 0, 2], b"\0\x03\xff\xff\x03\0"));
    let heard = connected().client(request).server(answer(1, PROGRAMMER, 8, &[])).server(verdict).end();
    let operations = heard.operations();
    assert_eq!((operations[0].class, operations[0].function.act.as_deref()), (Class::Write, Some("modify")));
    assert_eq!(objects(operations[0]), ["MD0", "MW4", "I8.1", "trigger"]);
    assert_eq!(operations[0].items[1].values, [Value::UInt(0xdead)]);
    assert_eq!(operations[0].items[2].values, [Value::Bool(true)]);
    assert_eq!(objects(operations[1]), ["MD0", "MW4", "I8.1"]);
    let errors: Vec<_> = operations[1].items.iter().map(|i| i.error.as_ref().map(|e| e.name.as_ref())).collect();
    assert_eq!(errors, [None, None, Some("access_denied")]);
}

#[test]
fn a_watched_block_is_named() {
    let parameter = [0, 0, 0, 1, 0, 0, 0, 46, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 6, 0, 0, 8, 0, 1, 0, 0, 0, 16];
    let request = ask(1, PROGRAMMER, 0x13, &command(&parameter, &[0, 1, 0, 3, 0, 0, 0, 1]));
    let heard = connected().client(request).server(answer(1, PROGRAMMER, 0x13, &[])).end();
    assert_eq!(objects(heard.operation()), ["OB1", "trigger"]);
}

#[test]
fn jobs_are_enabled_and_listed_by_function_and_number() {
    let parameter = [0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 0];
    let heard = connected()
        .client(ask(1, PROGRAMMER, 0x0e, &command(&parameter, &[8, 2])))
        .server(answer(1, PROGRAMMER, 0x0e, &[]))
        .client(ask(2, PROGRAMMER, 0x10, &command(&parameter, &[0, 0, 0, 0])))
        .server(answer(2, PROGRAMMER, 0x10, &command(&[1, 0, 0, 1], &[0x10, 3, 0, 0, 0x02, 4, 0, 0])))
        .end();
    let operations = heard.operations();
    let job = |name: &str, number| vec![Value::Text(name.to_owned()), Value::UInt(number)];
    assert_eq!(operations[0].items[0].values, job("modify_variable", 2));
    assert_eq!(objects(operations[1]), ["trigger", "job", "job"]);
    assert_eq!(operations[1].items[2].values, job("variable_status", 4));
}

#[test]
fn commands_of_another_shape_are_shown_as_they_are() {
    let heard = connected().client(ask(1, PROGRAMMER, 8, &[9, 9, 9])).server(answer(1, PROGRAMMER, 8, &[])).end();
    assert_eq!(heard.operation().items[0].values, [Value::bytes(&[9, 9, 9])]);
}

#[test]
fn a_stop_is_effective_when_the_mode_shows_it() {
    let stop = [&[0x29, 0, 0, 0, 0, 0, 9][..], b"P_PROGRAM"].concat();
    let talk = || connected().client(job(1, &stop)).server(ack(1, &[0x29], &[]));
    let pushed = talk().server(push(0, 0, &[0; 4])).end();
    assert_eq!(pushed.operations()[0].function.act.as_deref(), Some("stop"));
    let shown = &effects(&pushed)[0];
    assert_eq!(
        (shown.act.as_ref(), shown.state.as_str(), shown.shown_by.as_ref()),
        ("stop", "STOP", "mode transition")
    );

    let record = [0x51, 0x44, 0xff, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0x24, 1, 2, 3, 4, 5, 6, 7];
    let list = [&[0x04, 0x24, 0, 0, 0, 20, 0, 1][..], &record].concat();
    let read = talk().client(ask(2, CPU, 1, &[0x04, 0x24, 0, 0])).server(answer(2, CPU, 1, &list)).end();
    assert_eq!(effects(&read)[0].shown_by, "szl 0x0424 index 0");

    let still_running = talk().server(push(0, 2, &[0; 4])).end();
    assert_eq!(effects(&still_running), []);
    let refused = connected().client(job(1, &stop)).server(refusal(1, 0xd241)).server(push(0, 0, &[0; 4])).end();
    assert_eq!(effects(&refused), [], "stopped, but not by this");
}

#[test]
fn a_download_is_effective_when_its_blocks_are_linked_in() {
    let link = invoke(0x300, b"_INSE", b"\x01\x000800035P");
    let heard = super::jobs::downloading(&block(35, &[0x70; 300], 1), 3).client(link).server(ack(0x300, &[0x28], &[]));
    let heard = heard.end();
    let shown = &effects(&heard)[0];
    assert_eq!((shown.act.as_ref(), shown.state.as_str()), ("download", "OB35"));

    let link = invoke(1, b"_INSE", b"\x01\x000800001P");
    let not_loaded = connected().client(link).server(ack(1, &[0x28], &[])).end();
    assert_eq!(effects(&not_loaded), []);
    assert_eq!(not_loaded.operation().function.act.as_deref(), Some("activate_block"));
}

const TIME: [u8; 8] = [0x24, 0x01, 0x02, 0x12, 0x03, 0x04, 0x12, 0x34];

fn fields(operation: &Operation, item: usize) -> String {
    serde_json::to_string(&operation.items[item].values[0]).unwrap()
}

#[test]
fn an_alarm_has_its_states_its_time_and_its_text() {
    let object = [0x12, 10, 0x16, 2, 0x60, 0, 0, 1, 1, 2, 3, 4];
    let values = [&[0xff, 4, 0, 16, 0x12, 0x34][..], &[0xff, 9, 0, 4], b"PUMP"].concat();
    let heard = connected().server(push(CPU, 0x12, &[&TIME[..], &[0, 1], &object, &values].concat())).end();
    assert_eq!(objects(heard.operation()), ["alarm 0x60000001"]);
    assert_eq!(
        fields(heard.operation(), 0),
        r#"{"event_state":1,"state":2,"acknowledged_going":3,"acknowledged_coming":4,"values":["1234","PUMP"],"time":"2024-01-02T12:03:04.123"}"#
    );
}

#[test]
fn who_subscribes_to_messages_says_to_which_and_in_whose_name() {
    let request = ask(1, CPU, 2, b"\x81\0HmiRtm  \x09\0");
    let heard = connected().client(request).server(answer(1, CPU, 2, &[2, 0, 9, 1, 0])).end();
    assert_eq!(
        fields(heard.operation(), 0),
        r#"{"events":["mode_transition","alarms"],"user":"HmiRtm","alarm_service":"ALARM_S initiate","result":2}"#
    );
}

#[test]
fn alarms_are_acknowledged_and_asked_for() {
    let acknowledge = ask(1, CPU, 0x0b, &[9, 1, 0x12, 8, 0x19, 0, 0x60, 0, 0, 2, 5, 6]);
    let heard = connected().client(acknowledge).server(answer(1, CPU, 0x0b, &[9, 1, 0x0a])).end();
    let operation = heard.operation();
    assert_eq!((operation.class, operation.function.act.as_deref()), (Class::Configure, Some("acknowledge_alarm")));
    assert_eq!(operation.items[0].error.as_ref().unwrap().name, "object_does_not_exist");

    let asked = ask(1, CPU, 0x13, &[0, 1, 0x12, 8, 0x1a, 0, 1, 0x34, 0, 0, 0, 4]);
    let states = [0, 0, 4, 0x60, 0, 0, 3, 0, 1, 2, 3];
    let alarm = [&states[..], &TIME, &[0xff, 4, 0, 16, 0x12, 0x34], &TIME, &[0, 0, 0, 0]].concat();
    let pending = [&[0, 1, 0xff, 9, 0, alarm.len() as u8 + 1, alarm.len() as u8][..], &alarm].concat();
    let heard = connected().client(asked).server(answer(1, CPU, 0x13, &pending)).end();
    assert_eq!(objects(heard.operation()), ["alarms of type ALARM_S", "alarm 0x60000003"]);
    assert!(fields(heard.operation(), 1).contains(r#""coming":"2024-01-02T12:03:04.123","coming_value":"1234""#));
}

#[test]
fn a_diagnostic_message_is_an_entry_of_the_buffer() {
    let entry = [&[0x43, 0x03, 0xff, 0x84, 0, 1, 0, 2, 0, 0, 0, 3][..], &TIME].concat();
    let heard = connected().server(push(CPU, 3, &entry)).end();
    assert!(fields(heard.operation(), 0).starts_with(r#"{"event":"0x4303","class":"mode transition","name":"STOP by"#));
}
