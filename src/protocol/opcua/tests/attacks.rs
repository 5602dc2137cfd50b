//! What is sent to break decoders: each attack is made here, and is an anomaly with a name of its own, told when it comes;
//! nothing is held beyond the bounds, and the next whole message is read.

use super::super::wire;
use super::Line;
use super::encode::{self, Bytes, request, results, write_request};
use crate::event::{Outcome, Side};

/// An attack, by the anomaly that it must be.
struct Attack {
    anomaly: &'static str,
    /// The parts of the connection that it comes in.
    pieces: Vec<Vec<u8>>,
}

/// The channel that attacks use; it is open.
const CHANNEL: u32 = super::CHANNEL;
/// Request id of attacks.
const ID: u32 = 500;

/// A body in a message of one chunk.
fn whole(anomaly: &'static str, body: &Bytes) -> Attack {
    Attack { anomaly, pieces: vec![encode::whole(CHANNEL, 2, ID, body)] }
}

/// A Write of one value to one node.
fn write_of(variant: &Bytes) -> Bytes {
    let node = Bytes::new().text_node(2, "Speed").u32(wire::VALUE).null().u8(1);
    request(wire::WRITE, &Bytes::new().array(&[node.raw(&variant.0)]))
}

/// Something that holds itself, so many times.
fn nested(times: usize, layer: impl Fn(Bytes) -> Bytes) -> Bytes {
    (0..times).fold(Bytes::new().u8(0), |inside, _| layer(inside))
}

fn nestings() -> Vec<Attack> {
    let variants = nested(5_000, |inside| Bytes::new().u8(wire::VARIANT).raw(&inside.0));
    let lists = nested(300, |inside| Bytes::new().u8(wire::VARIANT | 0x80).array(&[inside]));
    let data_values = nested(300, |inside| Bytes::new().u8(wire::DATA_VALUE).u8(1).raw(&inside.0));
    // DiagnosticInfo with an inner one.
    let diagnostics = Bytes::new().u8(25).raw(&[0x40; 5_000]).u8(0);
    // LiteralOperand (597) within LiteralOperand, each in an ExtensionObject.
    let operands = nested(300, |inside| Bytes::new().u8(wire::EXTENSION_OBJECT).structure(597, &inside));
    [variants, lists, data_values, diagnostics, operands]
        .map(|variant| whole("nesting_too_deep", &write_of(&variant)))
        .into()
}

fn lengths() -> Vec<Attack> {
    let list = |kind: u8, count: i32| Bytes::new().u8(kind | 0x80).i32(count);
    let beyond = [
        list(wire::BYTE, i32::MAX),
        list(wire::STRING, 1 << 24),
        Bytes::new().u8(wire::STRING).u32(0x7fff_fff0).raw(b"x"),
        Bytes::new().u8(wire::EXTENSION_OBJECT).standard(597).u8(1).u32(1 << 30),
    ];
    // A matrix whose dimensions multiply beyond any number, and one that does not fit its list.
    let matrix = |dimensions: &[u32]| {
        let list = Bytes::new().u8(wire::BYTE | 0xc0).string([1; 4]);
        dimensions.iter().fold(list.u32(dimensions.len() as u32), |bytes, dimension| bytes.u32(*dimension))
    };
    let beyond = beyond.map(|variant| whole("length_beyond_message", &write_of(&variant)));
    let mut attacks = Vec::from(beyond);
    attacks.push(whole("negative_length", &write_of(&list(wire::BYTE, i32::MIN))));
    attacks.push(whole("dimension_mismatch", &write_of(&matrix(&[0xffff_ffff, 0xffff_ffff, 0xffff_ffff]))));
    attacks.push(whole("dimension_mismatch", &write_of(&matrix(&[3, 3]))));
    attacks.push(whole("body_truncated", &write_of(&Bytes::new().u8(wire::DOUBLE).raw(&[1, 2, 3]))));
    attacks.push(whole("trailing_bytes", &write_of(&Bytes::new().u8(0)).raw(&[0x41; 64])));
    let size = Bytes::new().raw(b"MSGF").u32(0xffff_fff0).raw(&[0; 64]).0;
    attacks.push(Attack { anomaly: "chunk_size_implausible", pieces: vec![size] });
    attacks
}

fn texts() -> Vec<Attack> {
    let bad = [0x41, 0xff, 0xfe, 0xc0, 0x80];
    let value = Bytes::new().u8(wire::STRING).string(bad);
    let name = Bytes::new().u8(wire::QUALIFIED_NAME).qualified(0, "").raw(&[]);
    let node = request(
        wire::WRITE,
        &Bytes::new().array(&[Bytes::new().u8(3).raw(&[2, 0]).string(bad).u32(wire::VALUE).null().u8(1).raw(&name.0)]),
    );
    let encodings = [Bytes::new().u8(40), Bytes::new().u8(wire::EXTENSION_OBJECT).standard(597).u8(9)];
    let mut attacks = vec![whole("string_not_utf8", &write_of(&value)), whole("string_not_utf8", &node)];
    attacks.extend(encodings.map(|variant| whole("unknown_encoding", &write_of(&variant))));
    attacks
}

/// A logon with a chain of certificates.
fn logon(chain: &[u8]) -> Bytes {
    let application = Bytes::new().string("urn:x").null().localized("x").u32(1).null().null().null();
    let fields = Bytes::new().raw(&application.0).null().string(super::URL).string("s").null().string(chain);
    request(wire::CREATE_SESSION, &fields.f64(1000.0).u32(0))
}

/// The same by the user.
fn logon_of_user(chain: &[u8]) -> Bytes {
    let token = Bytes::new().string("certificate").string(chain);
    let signature = Bytes::new().null().null();
    let fields = Bytes::new().raw(&signature.0).array(&[]).array(&[]).structure(327, &token).raw(&signature.0);
    request(wire::ACTIVATE_SESSION, &fields)
}

fn certificates() -> Vec<Attack> {
    let one = encode::certificate();
    let again = [one, one].concat();
    let made = |n: u32| rcgen::generate_simple_self_signed(vec![format!("line{n}")]).unwrap().cert.der().to_vec();
    let many: Vec<u8> = (0..20).flat_map(made).collect();
    let cut = [one, &[0x30, 0x82, 0xff, 0xff, 0x00]].concat();
    vec![
        whole("certificate_chain_loop", &logon(&again)),
        whole("certificate_chain_loop", &logon_of_user(&again)),
        whole("certificate_chain_too_long", &logon(&many)),
        whole("certificate_malformed", &logon(&cut)),
        whole("certificate_too_large", &logon(&vec![0x30; 100_000])),
    ]
}

fn chunks() -> Vec<Attack> {
    let flood = |count: u32, size: usize, id: fn(u32) -> u32| {
        (0..count).map(|n| encode::chunk('C', CHANNEL, 2 + n, id(n), &vec![0; size])).collect::<Vec<_>>()
    };
    let abort = Bytes::new().u32(0x8080_0000).string("too large");
    let mut aborted = flood(3, 100, |_| ID);
    aborted.push(encode::chunk('A', CHANNEL, 5, ID, &abort.0));
    vec![
        Attack { anomaly: "joined_bytes_bound_passed", pieces: flood(400, 20_000, |_| ID) },
        Attack { anomaly: "chunk_count_bound_passed", pieces: flood(5_000, 1, |_| ID) },
        Attack { anomaly: "unfinished_messages_bound_passed", pieces: flood(2_000, 10, |n| ID + n) },
        Attack { anomaly: "message_aborted", pieces: aborted },
    ]
}

fn attacks() -> Vec<Attack> {
    [nestings(), lengths(), texts(), certificates(), chunks()].into_iter().flatten().collect()
}

#[test]
fn each_attack_is_an_anomaly_with_its_name_and_the_next_message_is_read() {
    for (number, attack) in attacks().into_iter().enumerate() {
        let mut line = Line::open();
        attack.pieces.iter().for_each(|piece| line.say(Side::Client, piece));
        let last = 1 + attack.pieces.len() as u32;
        line.say(Side::Client, &encode::whole(CHANNEL, last + 1, 9_000, &write_request(&[("After", 1.0)])));
        line.say(Side::Server, &encode::whole(CHANNEL, 2, 9_000, &results(676, &[0])));
        let names = line.heard.anomaly_names();
        assert_eq!(names, [attack.anomaly], "attack {number}");
        assert_eq!(line.heard.operation("write").outcome, Outcome::Accepted, "attack {number}");
    }
}

#[test]
fn attacks_one_after_the_other_are_bounded_and_all_told() {
    let mut line = Line::open();
    let mut wanted = Vec::new();
    for round in 0..10 {
        for attack in attacks() {
            attack.pieces.iter().for_each(|piece| line.say(Side::Client, piece));
            // What was left unfinished is over.
            line.gap(Side::Client, 1);
            if round == 0 {
                wanted.push(attack.anomaly);
            }
        }
    }
    let names = line.heard.anomaly_names();
    for anomaly in wanted {
        assert!(names.contains(&anomaly), "{anomaly}");
    }
    line.end();
}
