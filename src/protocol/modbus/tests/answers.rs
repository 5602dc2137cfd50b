//! Answers that are not those of their requests, and messages in the midst of damage.

use super::{adu, talk};
use crate::event::Outcome;

/// Request, answer, and which part of it does not fit.
const WRONG: [(&[u8], &[u8], &str); 9] = [
    (&[3, 0, 1, 0, 2], &[3, 2, 0, 1], "quantity"),
    (&[1, 0, 1, 0, 9], &[1, 1, 0xff], "quantity"),
    (&[5, 0, 1, 0xff, 0], &[5, 0, 1, 0, 0], "value"),
    (&[6, 0, 1, 0, 2], &[6, 0, 2, 0, 2], "address"),
    (&[16, 0, 1, 0, 1, 2, 0, 9], &[16, 0, 1, 0, 2], "value"),
    (&[22, 0, 4, 0, 0xf2, 0, 0x25], &[22, 0, 4, 0, 0xf2, 0, 0x26], "value"),
    (&[8, 0, 0, 1, 2], &[8, 0, 0, 1, 3], "echo"),
    (&[8, 0, 11, 0, 0], &[8, 0, 12, 0, 0], "subfunction"),
    (&[43, 14, 1, 0], &[43, 13, 1, 1, 0, 0, 0], "mei_type"),
];

#[test]
fn an_answer_that_does_not_fit_is_mismatched_and_told() {
    for (ask, answer, part) in WRONG {
        let heard = talk().client(adu(1, 7, ask)).server(adu(1, 7, answer)).end();
        assert_eq!(heard.operation().outcome, Outcome::Mismatched, "{ask:?}");
        assert!(heard.operation().latency_us.is_some());
        let [anomaly] = heard.anomalies()[..] else { panic!("{:?}", heard.anomalies()) };
        assert_eq!(anomaly.name, "mismatched_response");
        assert!(anomaly.detail.starts_with(&format!("the {part} of the answer")), "{}", anomaly.detail);
    }
}

#[test]
fn a_wrong_answer_is_never_taken_for_known() {
    let mut talk = talk();
    talk.heard.knows_all = true;
    let heard = talk.client(adu(1, 1, &[6, 0, 1, 0, 2])).server(adu(1, 1, &[6, 0, 1, 0, 3])).end();
    assert_eq!((heard.lines().len(), heard.asked.len()), (1, 0));
}

#[test]
fn requests_of_one_number_sent_at_once_are_answered_in_their_order() {
    let asks = [adu(0, 1, &[3, 0, 1, 0, 1]), adu(0, 1, &[3, 0, 5, 0, 2])].concat();
    let answers = [adu(0, 1, &[3, 2, 0, 9]), adu(0, 1, &[3, 4, 0, 7, 0, 8])].concat();
    let heard = talk().client(&asks).server(answers).end();
    let wanted = [
        "1 read_holding_registers read, holding_register 1 [9]: accepted",
        "1 read_holding_registers read, holding_register 5..6 [7 8]: accepted",
    ];
    assert_eq!(heard.lines(), wanted);
    // The other way round, the quantity tells.
    let answers = [adu(0, 1, &[3, 4, 0, 7, 0, 8]), adu(0, 1, &[3, 2, 0, 9])].concat();
    let heard = talk().client(asks).server(answers).end();
    assert_eq!(heard.lines(), [wanted[1], wanted[0]]);
}

#[test]
fn a_broadcast_has_no_answer_and_a_device_that_calls_itself_unit_0_has() {
    let write = adu(2, 0, &[6, 0, 1, 0, 9]);
    let heard = talk().client(adu(1, 1, &[7])).server(adu(1, 1, &[7, 0])).client(&write).end();
    assert!(heard.lines()[1].ends_with("attempted (no response)"), "{:?}", heard.lines());
    let heard = talk().client(&write).server(&write).end();
    assert_eq!(heard.lines(), ["0 write_single_register write, holding_register 1 [9]: accepted"]);
}

#[test]
fn after_a_message_that_never_ends_the_next_segment_is_read() {
    let [ask, answer] = [adu(1, 1, &[3, 0, 1, 0, 1]), adu(1, 1, &[3, 2, 0, 9])];
    // Its length counts bytes that were never sent.
    let mut endless = adu(2, 1, &[16, 0, 1, 0, 1, 2, 0, 9]);
    endless[5] = 200;
    let talk = talk().client(&ask).server(&answer).client(&endless);
    let heard = talk.client(&ask).server(&answer).client(&ask).server(&answer).end();
    assert_eq!(heard.lines().len(), 3, "{:?}", heard.lines());
    assert_eq!((heard.undecoded, heard.wrongs()), (endless.len(), vec!["unfinished_message"]));
}

#[test]
fn what_the_registers_hold_is_guessed_with_the_operation() {
    let float = 21.5f32.to_be_bytes();
    let mut answer = vec![3, 6];
    answer.extend(float);
    answer.extend([0, 7]);
    let heard = talk().client(adu(1, 1, &[3, 0, 40, 0, 3])).server(adu(1, 1, &answer)).end();
    let points = serde_json::to_string(&heard.operation().items[0].points).unwrap();
    let wanted = r#"[{"address":40,"type":"f32","order":"abcd","value":21.5,"confidence":55},{"address":42,"type":"u16","value":7.0,"confidence":40}]"#;
    assert_eq!(points, wanted);
}
