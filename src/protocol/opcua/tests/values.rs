//! Built-in types: examples of each, round trips of all.

use proptest::prelude::*;

use super::super::decoder::{Decoder, FaultKind, MAX_DEPTH};
use super::super::names::Names;
use super::super::subject::Subject;
use super::super::wire;
use super::encode::Bytes;
use crate::event::{Fields, Value};

const ROOM: usize = 1000;

fn decoder(bytes: &Bytes) -> Decoder<'_> {
    Decoder::new(&bytes.0).building(ROOM)
}

fn variant(bytes: &Bytes) -> Value {
    let mut decoder = decoder(bytes);
    let variant = decoder.variant().unwrap();
    assert_eq!((decoder.remaining(), decoder.oddity()), (0, None));
    variant.value
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn fields<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    Value::Fields(fields.into_iter().fold(Fields::default(), |fields, (name, value)| fields.with(name, value)))
}

#[test]
fn node_ids_read_as_people_write_them() {
    let guid = Bytes::new().u8(4).raw(&[1, 0]).raw(&[0x91, 0x2b, 0x96, 0x72, 0x75, 0xfa, 0xe6, 0x4a]);
    let forms = [
        (Bytes::new().raw(&[0, 85]), "i=85"),
        (Bytes::new().raw(&[1, 5]).raw(&1025_u16.to_le_bytes()), "ns=5;i=1025"),
        (Bytes::new().raw(&[2, 0, 1]).u32(0xffff_ffff), "ns=256;i=4294967295"),
        (Bytes::new().text_node(2, "Tank 1.Level\x1b"), "ns=2;s=Tank 1.Level\u{fffd}"),
        (guid.raw(&[0x8d, 0x28, 0xb4, 0x04, 0xdc, 0x7d, 0xaf, 0x63]), "ns=1;g=72962b91-fa75-4ae6-8d28-b404dc7daf63"),
        (Bytes::new().raw(&[5, 3, 0]).string(b"M/RbKBs"), "ns=3;b=TS9SYktCcw=="),
    ];
    for (bytes, shown) in forms {
        assert_eq!(decoder(&bytes).node_id().unwrap().to_string(), shown);
    }
    let expanded = Bytes::new().raw(&[0xc0, 85]).string("urn:other").u32(2);
    assert_eq!(decoder(&expanded).expanded_node_id().unwrap().to_string(), "svr=2;nsu=urn:other;i=85");
}

#[test]
fn times_texts_and_codes_are_shown_for_people() {
    assert_eq!(variant(&Bytes::new().u8(wire::DATE_TIME).i64(super::encode::NOW)), text("2026-01-01T08:00:00Z"));
    assert_eq!(variant(&Bytes::new().u8(wire::DATE_TIME).i64(0)), text(""));
    assert_eq!(
        variant(&Bytes::new().u8(wire::LOCALIZED_TEXT).u8(3).string("de").string("Füllstand")),
        text("Füllstand")
    );
    assert_eq!(variant(&Bytes::new().u8(wire::QUALIFIED_NAME).qualified(2, "Level")), text("2:Level"));
    assert_eq!(variant(&Bytes::new().u8(wire::STATUS_CODE).u32(0x8034_0000)), text("BadNodeIdUnknown"));
    assert_eq!(variant(&Bytes::new().u8(wire::STATUS_CODE).u32(0x80ff_0400)), text("0x80ff0400"));
    assert_eq!(variant(&Bytes::new().u8(0)), Value::Null);
}

#[test]
fn known_structures_show_their_fields_and_unknown_ones_their_bytes() {
    let range = Bytes::new().f64(-10.0).f64(50.5);
    let known = Bytes::new().u8(wire::EXTENSION_OBJECT).structure(886, &range);
    let shown = fields([("type", text("Range")), ("low", Value::Float(-10.0)), ("high", Value::Float(50.5))]);
    assert_eq!(variant(&known), shown);
    // A vendor's structure; a standard one that is not spelt out here; a known one that is too short.
    let vendor = Bytes::new().u8(wire::EXTENSION_OBJECT).text_node(4, "Recipe").u8(1).string([1, 2, 3]);
    assert_eq!(variant(&vendor), fields([("type", text("ns=4;s=Recipe")), ("body", Value::bytes(&[1, 2, 3]))]));
    let attributes = Bytes::new().u8(wire::EXTENSION_OBJECT).structure(354, &Bytes::new().u8(9));
    assert_eq!(variant(&attributes), fields([("type", text("ObjectAttributes")), ("body", Value::bytes(&[9]))]));
    let short = Bytes::new().u8(wire::EXTENSION_OBJECT).structure(886, &Bytes::new().u8(9));
    assert_eq!(variant(&short), fields([("type", text("Range")), ("body", Value::bytes(&[9]))]));
    let none = Bytes::new().u8(wire::EXTENSION_OBJECT).raw(&[0, 0, 0]);
    assert_eq!(variant(&none), Value::Null);
}

#[test]
fn a_password_in_a_structure_is_not_shown() {
    let token = Bytes::new().string("user").string("mes").string("swordfish").null();
    let shown = variant(&Bytes::new().u8(wire::EXTENSION_OBJECT).structure(324, &token));
    assert_eq!(shown, fields([("type", text("UserNameIdentityToken")), ("body", Value::Null)]));
}

#[test]
fn a_matrix_is_a_list_of_lists() {
    let flat = (1..=6).fold(Bytes::new().u8(wire::INT32 | 0xc0).u32(6), Bytes::i32);
    let row = |numbers: [i64; 3]| Value::List(numbers.map(Value::Int).to_vec());
    let matrix = Value::List(vec![row([1, 2, 3]), row([4, 5, 6])]);
    assert_eq!(variant(&flat.clone().u32(2).u32(2).u32(3)), matrix);
    // Dimensions that do not multiply to the length are told, and the values stay as they came.
    let wrong = flat.u32(2).u32(2).u32(2);
    let mut decoder = decoder(&wrong);
    let value = decoder.variant().unwrap().value;
    assert_eq!(value, Value::List((1..=6).map(Value::Int).collect()));
    assert_eq!(decoder.oddity().unwrap().kind, FaultKind::DimensionMismatch);
}

#[test]
fn nested_variants_are_read_up_to_a_depth() {
    let nested = |depth: usize| (0..depth).fold(Bytes::new(), |bytes, _| bytes.u8(wire::VARIANT)).u8(wire::BYTE).u8(5);
    assert_eq!(variant(&nested(MAX_DEPTH as usize - 1)), Value::UInt(5));
    let bomb = nested(1000);
    let fault = decoder(&bomb).variant().unwrap_err();
    assert_eq!((fault.kind, fault.offset), (FaultKind::NestingTooDeep, MAX_DEPTH as usize));
    // So are lists of lists, and diagnostics within diagnostics.
    let lists = (0..1000).fold(Bytes::new(), |bytes, _| bytes.u8(wire::VARIANT | 0x80).u32(1)).u8(0);
    assert_eq!(decoder(&lists).variant().unwrap_err().kind, FaultKind::NestingTooDeep);
    let diagnostics = Bytes(vec![0x40; 1000]);
    assert_eq!(decoder(&diagnostics).diagnostic_info().unwrap_err().kind, FaultKind::NestingTooDeep);
}

#[test]
fn lengths_that_the_message_cannot_hold_are_refused_before_anything_is_built() {
    for length in [i32::MAX, 1 << 24, 6] {
        let bytes = Bytes::new().u8(wire::BYTE | 0x80).i32(length).raw(&[1, 2, 3, 4, 5]);
        let fault = decoder(&bytes).variant().unwrap_err();
        assert_eq!((fault.kind, fault.offset), (FaultKind::LengthBeyondMessage, 1));
    }
    // -2^31 is no length either; it counts as none and is told.
    let bytes = Bytes::new().u8(wire::BYTE | 0x80).i32(i32::MIN);
    let mut decoder = decoder(&bytes);
    assert_eq!(decoder.variant().unwrap().value, Value::List(Vec::new()));
    assert_eq!(decoder.oddity().unwrap().kind, FaultKind::NegativeLength);
}

#[test]
fn text_that_is_no_utf8_is_kept_and_told() {
    let bytes = Bytes::new().u8(wire::STRING).string([b'a', 0xff, b'b']);
    let mut decoder = decoder(&bytes);
    assert_eq!(decoder.variant().unwrap().value, text("a\u{fffd}b"));
    assert_eq!(decoder.oddity().unwrap().kind, FaultKind::StringNotUtf8);
}

#[test]
fn a_list_longer_than_there_is_room_says_so() {
    let bytes = Bytes::new().u8(wire::BYTE | 0x80).string([7; 100]);
    let mut decoder = Decoder::new(&bytes.0).building(11);
    let Value::List(values) = decoder.variant().unwrap().value else { panic!("no list") };
    assert_eq!((values.len(), values.last()), (11, Some(&text("…"))));
    assert_eq!(decoder.remaining(), 0);
}

#[test]
fn data_values_carry_quality_and_times() {
    let bytes = Bytes::new().u8(0x3f).double(1.5).u32(0x4093_0000).i64(1).raw(&[1, 0]).i64(2).raw(&[2, 0]);
    let mut decoder = decoder(&bytes);
    let data = decoder.data_value().unwrap();
    assert_eq!((data.source_time.unwrap().0, data.server_time.unwrap().0, decoder.remaining()), (1, 2, 0));
    assert!(data.status.is_doubtful() && !data.status.is_bad());
    assert_eq!(data.into_value(), Value::Float(1.5));
}

/// A value as it is encoded and as it is shown.
#[derive(Clone, Debug)]
struct Sample {
    kind: u8,
    encoded: Bytes,
    shown: Value,
}

fn sample(kind: u8, encoded: Bytes, shown: Value) -> Sample {
    Sample { kind, encoded, shown }
}

fn scalar() -> impl Strategy<Value = Sample> {
    let name = "[a-zA-Z0-9.äß]{1,12}";
    prop_oneof![
        any::<bool>().prop_map(|v| sample(wire::BOOLEAN, Bytes::new().u8(v.into()), Value::Bool(v))),
        any::<i8>().prop_map(|v| sample(wire::SBYTE, Bytes::new().raw(&v.to_le_bytes()), Value::Int(v.into()))),
        any::<u8>().prop_map(|v| sample(wire::BYTE, Bytes::new().u8(v), Value::UInt(v.into()))),
        any::<i16>().prop_map(|v| sample(wire::INT16, Bytes::new().raw(&v.to_le_bytes()), Value::Int(v.into()))),
        any::<u16>().prop_map(|v| sample(wire::UINT16, Bytes::new().raw(&v.to_le_bytes()), Value::UInt(v.into()))),
        any::<i32>().prop_map(|v| sample(wire::INT32, Bytes::new().i32(v), Value::Int(v.into()))),
        any::<u32>().prop_map(|v| sample(wire::UINT32, Bytes::new().u32(v), Value::UInt(v.into()))),
        any::<i64>().prop_map(|v| sample(wire::INT64, Bytes::new().i64(v), Value::Int(v))),
        any::<u64>().prop_map(|v| sample(wire::UINT64, Bytes::new().raw(&v.to_le_bytes()), Value::UInt(v))),
        (-1e30_f32..1e30).prop_map(|v| sample(wire::FLOAT, Bytes::new().raw(&v.to_le_bytes()), Value::Float(v.into()))),
        (-1e300..1e300).prop_map(|v| sample(wire::DOUBLE, Bytes::new().f64(v), Value::Float(v))),
        name.prop_map(|v| sample(wire::STRING, Bytes::new().string(&v), Value::Text(v))),
        name.prop_map(|v| sample(wire::XML_ELEMENT, Bytes::new().string(&v), Value::Text(v))),
        any::<Vec<u8>>().prop_map(|v| sample(wire::BYTE_STRING, Bytes::new().string(&v), Value::bytes(&v))),
        name.prop_map(|v| sample(wire::LOCALIZED_TEXT, Bytes::new().localized(&v), Value::Text(v))),
        (1_u16.., name).prop_map(|(ns, v)| {
            sample(wire::QUALIFIED_NAME, Bytes::new().qualified(ns, &v), Value::Text(format!("{ns}:{v}")))
        }),
        (1_u16.., name).prop_map(|(ns, v)| {
            sample(wire::NODE_ID, Bytes::new().text_node(ns, &v), Value::Text(format!("ns={ns};s={v}")))
        }),
        any::<u16>().prop_map(|v| sample(wire::EXPANDED_NODE_ID, Bytes::new().standard(v), text(&format!("i={v}")))),
        Just(sample(wire::STATUS_CODE, Bytes::new().u32(0), text("Good"))),
        Just(sample(wire::DIAGNOSTIC_INFO, Bytes::new().u8(0), Value::List(vec![]))),
    ]
}

proptest! {
    #[test]
    fn every_built_in_type_reads_back(sample in scalar()) {
        prop_assert_eq!(variant(&Bytes::new().u8(sample.kind).raw(&sample.encoded.0)), sample.shown);
    }

    #[test]
    fn arrays_read_back(sample in scalar(), count in 0_usize..20) {
        let elements = vec![sample.encoded; count];
        let bytes = Bytes::new().u8(sample.kind | 0x80).array(&elements);
        prop_assert_eq!(variant(&bytes), Value::List(vec![sample.shown; count]));
    }

    #[test]
    fn variants_in_variants_read_back(samples in prop::collection::vec(scalar(), 0..8)) {
        let inner: Vec<_> = samples.iter().map(|s| Bytes::new().u8(s.kind).raw(&s.encoded.0)).collect();
        let shown = Value::List(samples.into_iter().map(|s| s.shown).collect());
        prop_assert_eq!(variant(&Bytes::new().u8(wire::VARIANT | 0x80).array(&inner)), shown);
    }

    #[test]
    fn walking_takes_the_same_bytes_as_building(bytes in any::<Vec<u8>>()) {
        let (mut walking, mut building) = (Decoder::new(&bytes), Decoder::new(&bytes).building(ROOM));
        let walked = (walking.variant().is_ok(), walking.offset());
        prop_assert_eq!(walked, (building.variant().is_ok(), building.offset()));
    }

    #[test]
    fn the_key_of_a_node_is_that_of_its_object(
        namespace in any::<u16>(),
        identifier in any::<Vec<u8>>(),
        attribute in 0_u32..30,
        form in 0_u8..6,
    ) {
        let head = Bytes::new().u8(form);
        let head = match form {
            0 => head,
            1 => head.u8(namespace as u8),
            _ => head.raw(&namespace.to_le_bytes()),
        };
        let bytes = match form {
            3 | 5 => head.string(&identifier),
            _ => head.raw(&identifier).raw(&[0; 16]),
        };
        let node = decoder(&bytes).node_id().unwrap();
        let (names, mut space) = (Names::default(), "left over".to_owned());
        for subject in [
            Subject::Node { node, attribute },
            Subject::Method { object: node, method: node },
            Subject::Named(&identifier),
        ] {
            prop_assert_eq!(subject.key(&mut space), subject.object(&names).key());
        }
    }
}
