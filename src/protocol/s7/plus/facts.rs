//! What controllers and stations say of themselves.

use super::body::Body;
use super::leaf::{Leaf, number};
use super::{names, wire};
use crate::event::{Fact, FactKind, Side, Value, clean_text};
use crate::protocol::s7::szl;

/// The least that identification and maintenance data 0 take (PROFIBUS guideline "Identification & Maintenance").
const IDENTIFICATION_BYTES: usize = 60;
/// The PROFIBUS user organisation's number for Siemens.
const SIEMENS: u16 = 42;

/// Facts in a message that the server sent.
pub fn of_server(body: &Body) -> Vec<Fact> {
    let mut facts = Vec::new();
    for leaf in body.leaves.kept() {
        match (leaf.path.last(), &leaf.value) {
            (Some(&names::SERVER_VERSION), Value::Text(text)) => facts.extend(version(text)),
            (Some(&names::PROJECT_VERSION), Value::Text(text)) => facts.extend(project(text)),
            (Some(&names::PROTECTION_LEVEL), value) => facts.extend(protection(value)),
            _ => facts.extend(state(leaf)),
        }
    }
    facts
}

/// The mode that the execution unit tells. It counts modes as the system status lists do.
pub fn state(leaf: &Leaf) -> Option<Fact> {
    if leaf.path.last() != Some(&names::OPERATING_STATE) {
        return None;
    }
    let code = u8::try_from(number(&leaf.value)?).ok()?;
    let mode = szl::mode(code)?;
    Some(fact(FactKind::State, mode.to_owned(), "s7comm_plus attribute 3486", 95))
}

/// What the answer to a read says, its values at the places that the request named: the mode, the controller's name, the
/// protection that this session feels.
pub fn of_read(leaf: &Leaf) -> Option<Fact> {
    match (leaf.rid, leaf.path.as_slice(), &leaf.value) {
        (wire::CPU_COMMON, [names::NAME], Value::Text(name)) if !name.is_empty() => {
            Some(fact(FactKind::Name, clean_text(name.as_bytes(), 64), "s7comm_plus attribute 233", 85))
        }
        (_, [names::EFFECTIVE_PROTECTION], level) => {
            protection(level).map(|fact| Fact { source: "s7comm_plus attribute 1842".into(), confidence: 50, ..fact })
        }
        _ => state(leaf),
    }
}

/// Facts that a client gives of itself when it opens a session.
pub fn of_client(body: &Body) -> Vec<Fact> {
    let text = |kind, id, source, confidence| {
        let value = body.leaves.text(id);
        (!value.is_empty()).then(|| Fact { about: Side::Client, ..fact(kind, value, source, confidence) })
    };
    [
        text(FactKind::Name, names::SESSION_HOST, "s7comm_plus attribute 298", 80),
        text(FactKind::Product, names::SESSION_APPLICATION, "s7comm_plus attribute 297", 75),
        text(FactKind::Adapter, names::SESSION_ADAPTER, "s7comm_plus attribute 289", 80),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `1;6ES7 214-1AG40-0XB0 ;V4.2`: a number, the order number, the firmware.
fn version(text: &str) -> Vec<Fact> {
    let mut parts = text.split(';').skip(1).map(str::trim);
    let order = parts.next().filter(|part| !part.is_empty());
    let firmware = parts.next().filter(|part| part.starts_with('V'));
    let source = "s7comm_plus attribute 319";
    let order = order.map(|order| fact(FactKind::OrderNumber, clean_text(order.as_bytes(), 32), source, 95));
    let firmware = firmware.map(|version| fact(FactKind::Firmware, clean_text(version.as_bytes(), 32), source, 95));
    order.into_iter().chain(firmware).collect()
}

/// The project's counterpart, `2;798`: what it was made for, or a number of the project.
fn project(text: &str) -> Option<Fact> {
    (!text.is_empty())
        .then(|| fact(FactKind::Project, clean_text(text.as_bytes(), 64), "s7comm_plus attribute 320", 60))
}

fn protection(value: &Value) -> Option<Fact> {
    let level = number(value)?;
    let meaning = match level {
        0 => "none",
        1 => "full access",
        2 => "read access",
        3 => "HMI access",
        4 => "no access",
        _ => "unknown level",
    };
    Some(fact(FactKind::Protection, format!("{level} ({meaning})"), "s7comm_plus attribute 1843", 90))
}

/// Identification and maintenance data, as the attribute's blob carries them: a block header of six bytes, maker, order
/// number, serial number, revisions of hardware and software.
pub fn identification(bytes: &[u8]) -> Vec<Fact> {
    if bytes.len() < IDENTIFICATION_BYTES {
        return Vec::new();
    }
    let source = "s7comm_plus attribute 3753";
    let text = |at: usize, length: usize| clean_text(bytes.get(at..at + length).unwrap_or_default(), length);
    let word = |at: usize| bytes.get(at..at + 2).map_or(0, |word| u16::from_be_bytes([word[0], word[1]]));
    let mut facts = Vec::new();
    if word(6) == SIEMENS {
        facts.push(fact(FactKind::Vendor, "Siemens".to_owned(), source, 95));
    }
    facts.push(fact(FactKind::OrderNumber, text(8, 20), source, 95));
    facts.push(fact(FactKind::Serial, text(28, 16), source, 95));
    facts.push(fact(FactKind::Hardware, word(44).to_string(), source, 90));
    if let Some(&[letter @ b'A'..=b'Z', major, minor, patch]) = bytes.get(46..50) {
        let version = format!("{}{major}.{minor}.{patch}", char::from(letter));
        facts.push(fact(FactKind::Firmware, version, source, 95));
    }
    facts.retain(|fact| !fact.value.is_empty());
    facts
}

fn fact(kind: FactKind, value: String, source: &'static str, confidence: u8) -> Fact {
    Fact { about: Side::Server, kind, value, source: source.into(), confidence }
}

/// Whether a read asks the proxy of the CPU for its identification: only then its answer is one.
pub fn asks_identification(body: &Body) -> bool {
    body.addresses.iter().any(|place| place.rid == wire::CPU_PROXY && place.path.last() == Some(&names::IDENTIFICATION))
}
