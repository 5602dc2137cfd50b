//! Function 90, as public research has it.

use super::{Heard, adu, talk};
use crate::event::{Artifact, Class, EventKind, FactKind, Outcome, Side};

fn umas(transaction: u16, body: &[u8]) -> Vec<u8> {
    adu(transaction, 0, &[&[90], body].concat())
}

fn exchange(request: &[u8], response: &[u8]) -> Heard {
    talk().client(umas(1, request)).server(umas(1, response)).end()
}

fn facts(heard: &Heard) -> Vec<(FactKind, &str)> {
    heard.facts().into_iter().map(|fact| (fact.kind, fact.value.as_str())).collect()
}

#[test]
fn a_reservation_names_its_station_and_gives_a_session() {
    let request = [&[0, 0x10, 0x43, 0x4c, 0, 0, 15][..], b"USER-714E74F21B"].concat();
    let heard = exchange(&request, &[0, 0xfe, 7]);
    let wanted = "0 umas_take_plc_reservation program, data \
                  [session 0 station_id 19523 station USER-714E74F21B granted_session 7]: accepted";
    assert_eq!(heard.lines(), [wanted]);
    let function = &heard.operation().function;
    assert_eq!((function.code, function.subfunction, function.act.as_deref()), (90, Some(0x10), Some("go_online")));
    let [fact] = heard.facts()[..] else { panic!("{:?}", heard.facts()) };
    assert_eq!((fact.about, fact.kind, fact.value.as_str()), (Side::Client, FactKind::Name, "USER-714E74F21B"));
    assert_eq!(fact.source, "umas 0x10");
}

#[test]
fn a_controller_that_says_no_refused() {
    let heard = exchange(&[7, 0x41, 0xff, 0], &[7, 0xfd, 0x83, 0x80]);
    assert_eq!(heard.lines(), ["0 umas_stop_plc control, data [session 7 request ff00]: refused umas_error"]);
    assert_eq!(heard.operation().error.as_ref().map(|error| error.code), Some(0x8083));
    assert_eq!(heard.operation().function.act.as_deref(), Some("stop"));
    let heard = exchange(&[7, 0x40, 0xff, 0], &[7, 0xfe]);
    assert_eq!((heard.operation().class, heard.operation().outcome), (Class::Control, Outcome::Accepted));
    assert_eq!(exchange(&[7, 0x40, 0xff, 0], &[7, 0x40]).operation().outcome, Outcome::Mismatched);
}

#[test]
fn the_controller_tells_what_it_is() {
    let mut answer =
        vec![0, 0xfe, 0x0b, 0, 0x0c, 0x30, 0x0b, 0x06, 0x01, 0, 0x40, 1, 3, 0, 0x60, 2, 0x10, 1, 0, 0, 0, 0, 0, 0];
    answer.extend([12]);
    answer.extend(b"BMX P34 2020");
    answer.extend([1, 0x13, 0, 2, 0, 0, 0, 0, 1, 0]);
    let heard = exchange(&[0, 2], &answer);
    assert!(heard.lines()[0].contains("hardware_id 101396492"), "{:?}", heard.lines());
    assert!(heard.lines()[0].ends_with("{address:19,type:2,length:65536}]]: accepted"), "{:?}", heard.lines());
    let wanted = [
        (FactKind::Vendor, "Schneider Electric"),
        (FactKind::Firmware, "2.60"),
        (FactKind::Hardware, "1.10"),
        (FactKind::Product, "BMX P34 2020"),
    ];
    assert_eq!(facts(&heard), wanted);
}

#[test]
fn the_project_has_name_and_checksum_and_the_card_a_type() {
    let heard = exchange(&[0, 3, 0], &[&[0, 0xfe, 1, 2, 0][..], b"Filling\0", &[9, 0]].concat());
    assert_eq!(facts(&heard), [(FactKind::Project, "Filling")]);
    let heard = exchange(&[0, 4], &[0, 0xfe, 1, 0, 0, 4, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0xef, 0xbe, 0xad, 0xde]);
    assert_eq!(facts(&heard), [(FactKind::Project, "checksum deadbeef")]);
    let card = [&[0, 0xfe, 1, 1, 0, 0, 0, 0, 9][..], b"BMXRMS008"].concat();
    assert_eq!(facts(&exchange(&[0, 6], &card)), [(FactKind::Module, "memory card BMXRMS008")]);
}

#[test]
fn memory_and_variables_are_objects_with_their_bytes() {
    let heard = exchange(&[0, 0x20, 1, 48, 0, 4, 0, 0, 0, 3, 0], &[0, 0xfe, 1, 3, 0, 7, 8, 9]);
    let wanted =
        "0 umas_read_memory_block read, data [session 0], memory block 48 offset 4 length 3 [070809]: accepted";
    assert_eq!(heard.lines(), [wanted]);
    let heard = exchange(&[0, 0x21, 1, 48, 0, 4, 0, 0, 0, 2, 0, 0xaa, 0xbb], &[0, 0xfe]);
    let wanted =
        "0 umas_write_memory_block write, data [session 0], memory block 48 offset 4 length 2 [aabb]: accepted";
    assert_eq!(heard.lines(), [wanted]);
    // A word of block 51, and a list of three longs of block 52.
    let read = [0, 0x22, 1, 2, 3, 4, 2, 2, 51, 0, 1, 16, 0, 4, 0x13, 52, 0, 1, 0, 1, 0, 3, 0];
    let answer = [&[0, 0xfe, 5, 6][..], &[9; 12]].concat();
    let wanted = "0 umas_read_variables read, data [session 0 project_crc 67305985], \
                  memory block 51 offset 20 length 2 [0506], \
                  memory block 52 offset 256 length 12 [090909090909090909090909]: accepted";
    assert_eq!(exchange(&read, &answer).lines(), [wanted]);
    let write = [0, 0x23, 1, 2, 3, 4, 1, 2, 51, 0, 16, 0, 4, 0, 0x12, 0x34];
    let wanted = "0 umas_write_variables write, data [session 0 project_crc 67305985], \
                  memory block 51 offset 20 length 2 [1234]: accepted";
    assert_eq!(exchange(&write, &[0, 0xfe]).lines(), [wanted]);
}

#[test]
fn a_signed_message_is_read_like_the_one_within() {
    let sign = |inner: &[u8], outer: u8| [&[0, outer, 1][..], &[0x5e; 32], &[90], inner].concat();
    let heard = exchange(&sign(&[9, 0x41, 0xff, 0], 0x38), &sign(&[9, 0xfe], 0xfe));
    assert_eq!(heard.lines(), ["0 umas_stop_plc control, data [session 9 signed 1 request ff00]: accepted"]);
}

fn artifacts(heard: &Heard) -> Vec<&Artifact> {
    heard.pick(|kind| if let EventKind::Artifact(artifact) = kind { Some(&**artifact) } else { None })
}

#[test]
fn a_project_into_the_controller_is_put_together_and_a_block_sent_twice_counts_once() {
    let ok: &[u8] = &[1, 0xfe];
    let block = |number: u8, data: &[u8]| {
        let length = u8::try_from(data.len()).unwrap();
        [&[1, 0x31, 0, 1, number, 0, length, 0], data].concat()
    };
    let steps = [vec![1, 0x30, 0, 1], block(1, b"APX one "), block(2, b"two "), block(2, b"two "), block(3, b"three")];
    let mut talk = talk();
    for (i, step) in steps.iter().chain([&vec![1, 0x32, 0, 1, 3, 0]]).enumerate() {
        talk = talk.client(umas(i as u16, step)).server(umas(i as u16, ok));
    }
    let heard = talk.end();
    let [artifact] = artifacts(&heard)[..] else { panic!("{:?}", artifacts(&heard)) };
    assert_eq!(artifact.bytes, b"APX one two three");
    assert_eq!((&*artifact.kind, &*artifact.name), ("umas_strategy", "APX file 1"));
    assert_eq!((artifact.to_server, artifact.complete, artifact.size), (true, true, 17));
    assert!(heard.operations().iter().all(|operation| operation.function.act.as_deref() == Some("download")));
}

#[test]
fn a_project_out_of_the_controller_whose_block_is_missing_is_not_complete() {
    let ask = |function: u8, rest: &[u8]| [&[1, function, 0, 1], rest].concat();
    let part = |last: u8, data: &[u8]| [&[1, 0xfe, last, 1, u8::try_from(data.len()).unwrap(), 0], data].concat();
    let whole = [
        (ask(0x33, &[0xfb, 0]), vec![1, 0xfe]),
        (ask(0x34, &[1, 0]), part(0, b"APB a")),
        (ask(0x34, &[2, 0]), part(1, b"b")),
        (ask(0x35, &[2, 0]), vec![1, 0xfe]),
    ];
    for (missing, complete, bytes) in
        [(None, true, &b"APB ab"[..]), (Some(1), false, b"b"), (Some(3), false, b"APB ab")]
    {
        let mut talk = talk();
        for (i, (ask, answer)) in whole.iter().enumerate().filter(|(i, _)| Some(*i) != missing) {
            talk = talk.client(umas(i as u16, ask)).server(umas(i as u16, answer));
        }
        let heard = talk.end();
        let [artifact] = artifacts(&heard)[..] else { panic!("{:?}", artifacts(&heard)) };
        assert_eq!((artifact.to_server, artifact.complete, &artifact.bytes[..]), (false, complete, bytes));
    }
}

#[test]
fn every_function_has_a_name_of_its_own_and_unknown_ones_keep_their_bytes() {
    let mut names: Vec<_> = (0..=255).filter_map(super::super::umas::name).collect();
    assert!(names.len() > 50);
    names.sort_unstable();
    let all = names.len();
    names.dedup();
    assert_eq!(names.len(), all);
    let heard = exchange(&[0, 0x99, 1, 2], &[0, 0xfe, 3]);
    assert_eq!(heard.lines(), ["0 umas_unknown program, data [session 0 request 0102 response 03]: accepted"]);
}
