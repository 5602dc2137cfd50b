//! Which response answers which request.

use super::{Heard, adu, talk};
use crate::event::{Class, FunctionKey, ModbusTable, ObjectKey};

fn read(transaction: u16, address: u8) -> Vec<u8> {
    adu(transaction, 1, &[3, 0, address, 0, 1])
}

fn answer(transaction: u16, value: u8) -> Vec<u8> {
    adu(transaction, 1, &[3, 2, 0, value])
}

#[test]
fn a_client_may_use_one_transaction_number_for_ever() {
    let mut talk = talk();
    for i in 0..3 {
        talk = talk.client(read(0, i)).server(answer(0, 10 + i));
    }
    let wanted =
        [0, 1, 2].map(|i| format!("1 read_holding_registers read, holding_register {i} [{}]: accepted", 10 + i));
    assert_eq!(talk.end().lines(), wanted);
}

#[test]
fn a_number_asked_again_while_open_leaves_the_first_unanswered() {
    let heard = talk().client(read(5, 1)).client(read(5, 2)).server(answer(5, 9)).end();
    assert_eq!(
        heard.lines(),
        [
            "1 read_holding_registers read, holding_register 1 []: attempted (no response)",
            "1 read_holding_registers read, holding_register 2 [9]: accepted",
        ]
    );
}

#[test]
fn pipelined_requests_find_their_answers_in_any_order() {
    let asks = [read(1, 1), read(2, 2), read(3, 3)].concat();
    let answers = [answer(3, 30), answer(1, 10), answer(2, 20)].concat();
    let heard = talk().client(asks).server(answers).end();
    let wanted =
        [3, 1, 2].map(|i| format!("1 read_holding_registers read, holding_register {i} [{}]: accepted", 10 * i));
    assert_eq!(heard.lines(), wanted);
}

#[test]
fn unit_and_function_belong_to_the_pair() {
    let heard = talk()
        .client(adu(1, 1, &[3, 0, 1, 0, 1]))
        .server(adu(1, 2, &[3, 2, 0, 9]))
        .server(adu(1, 1, &[4, 2, 0, 9]))
        .end();
    assert_eq!(
        heard.lines(),
        [
            "2 read_holding_registers read, data [9]: accepted (no request)",
            "1 read_input_registers read, data [9]: accepted (no request)",
            "1 read_holding_registers read, holding_register 1 []: unanswered (no response)",
        ]
    );
}

#[test]
fn latency_is_from_the_request_s_last_frame_to_the_response_s_first() {
    let (ask, answer) = (read(1, 1), answer(1, 2));
    let heard = talk().client(&ask[..5]).client(&ask[5..]).server(&answer[..8]).server(&answer[8..]).end();
    assert_eq!(heard.operations()[0].latency_us, Some(100_000));
    assert_eq!(heard.operation_frames(), [[3, 4, 5, 6]]);
}

#[test]
fn a_late_answer_does_not_find_the_request_that_was_given_up() {
    let heard =
        talk().client(read(1, 1)).wait(310).client(read(2, 2)).server(answer(2, 20)).server(answer(1, 10)).end();
    assert_eq!(
        heard.lines(),
        [
            "1 read_holding_registers read, holding_register 1 []: attempted (no response)",
            "1 read_holding_registers read, holding_register 2 [20]: accepted",
            "1 read_holding_registers read, data [10]: accepted (no request)",
        ]
    );
}

#[test]
fn an_answer_given_twice_answers_once() {
    let heard = talk().client(read(1, 1)).server(answer(1, 10)).server(answer(1, 10)).end();
    assert_eq!(
        heard.lines(),
        [
            "1 read_holding_registers read, holding_register 1 [10]: accepted",
            "1 read_holding_registers read, data [10]: accepted (no request)",
        ]
    );
}

#[test]
fn an_answer_whose_question_was_not_seen_tells_what_it_repeats() {
    // The capture begins behind the questions.
    let heard = talk()
        .server(adu(1, 1, &[5, 0, 172, 0xff, 0]))
        .server(adu(2, 1, &[16, 0, 1, 0, 2]))
        .server(adu(3, 1, &[1, 1, 0b101]))
        .end();
    assert_eq!(
        heard.lines(),
        [
            "1 write_single_coil write, coil 172 [1]: accepted (no request)",
            "1 write_multiple_registers write, holding_register 1..2 []: accepted (no request)",
            "1 read_coils read, data [1 0 1 0 0 0 0 0]: accepted (no request)",
        ]
    );
}

#[test]
fn only_a_server_that_spoke_before_can_leave_a_request_unanswered() {
    let silent = talk().client(read(1, 1)).end();
    assert_eq!(silent.lines(), ["1 read_holding_registers read, holding_register 1 []: attempted (no response)"]);
    let fell_silent = talk().client(read(1, 1)).server(answer(1, 1)).client(read(2, 2)).end();
    let last = "1 read_holding_registers read, holding_register 2 []: unanswered (no response)";
    assert_eq!(fell_silent.lines()[1], last);
}

#[test]
fn open_requests_are_bounded_and_none_is_forgotten() {
    let mut talk = talk();
    for i in 0..100 {
        talk = talk.client(read(i, 1));
    }
    assert_eq!(talk.heard.lines().len(), 100 - 64, "the oldest are given up");
    assert_eq!(talk.end().lines().len(), 100);
}

#[test]
fn known_reads_make_no_event_but_refusals_and_control_always_do() {
    let mut talk = talk();
    talk.heard.knows_all = true;
    let heard = talk
        .client(adu(1, 1, &[23, 0, 3, 0, 2, 0, 14, 0, 1, 2, 0, 255]))
        .server(adu(1, 1, &[23, 4, 0, 254, 10, 205]))
        .client(read(2, 9))
        .server(adu(2, 1, &[0x83, 2]))
        .client(adu(3, 1, &[8, 0, 1, 0, 0]))
        .server(adu(3, 1, &[8, 0, 1, 0, 0]))
        .end();
    assert_eq!(heard.lines().len(), 2, "{:?}", heard.lines());
    assert_eq!(heard.operations()[1].class, Class::Control);
    let register = |address, quantity| ObjectKey::modbus(ModbusTable::HoldingRegister, address, quantity);
    assert_eq!(asked(&heard, 0), (FunctionKey::code(23), vec![register(14, 1), register(3, 2)]));
    assert_eq!(asked(&heard, 1), (FunctionKey { detail: 1, ..FunctionKey::code(8) }, vec![]));
    assert_eq!(heard.asked.len(), 2, "a refusal is never asked for");
}

/// What the cache of the known was asked for the `index`th time.
fn asked(heard: &Heard, index: usize) -> (FunctionKey, Vec<ObjectKey>) {
    (heard.asked[index].function, heard.asked[index].objects.clone())
}
