//! Read Device Identification and Report Server ID: facts about the device, and answers that come in parts.

use super::parse::Identification;
use crate::event::{Fact, FactKind, Side, clean_text};

/// Characters of a value.
pub const MAX_TEXT: usize = 255;
/// Objects of one identification: they are numbered by a byte.
const MAX_OBJECTS: usize = 256;

/// The parts of an identification that goes on in the next answer.
#[derive(Debug, Default)]
pub struct Parts {
    of: Option<(u8, u8)>,
    objects: Vec<(u8, Vec<u8>)>,
}

impl Parts {
    /// Takes an answer of a unit in. Once the last part has come, all objects in the order in which they came.
    pub fn join(&mut self, unit: u8, answer: &Identification<'_>) -> Option<Vec<(u8, Vec<u8>)>> {
        let of = Some((unit, answer.code));
        if self.of != of {
            self.objects.clear();
        }
        if self.objects.is_empty() && !answer.more_follows {
            return None;
        }
        self.of = of;
        for (id, value) in &answer.objects {
            let known = self.objects.iter().position(|(known, _)| known == id);
            match known {
                Some(i) => self.objects[i].1 = value.to_vec(),
                None if self.objects.len() < MAX_OBJECTS => self.objects.push((*id, value.to_vec())),
                None => {}
            }
        }
        if answer.more_follows {
            return None;
        }
        self.of = None;
        Some(std::mem::take(&mut self.objects))
    }
}

/// What an object says of its device.
pub fn fact(id: u8, value: &[u8]) -> Option<Fact> {
    let kind = match id {
        0 => FactKind::Vendor,
        1 => FactKind::OrderNumber,
        2 => FactKind::Firmware,
        3 => FactKind::Url,
        4 => FactKind::Product,
        5 => FactKind::Model,
        6 => FactKind::Name,
        _ => return None,
    };
    let value = clean_text(value, MAX_TEXT);
    let source = format!("modbus 43/14 object {id}").into();
    Some(Fact { about: Side::Server, kind, value, source, confidence: 95 }).filter(|fact| !fact.value.is_empty())
}

/// A server id by its parts: what identifies the device, whether it runs, and what else its maker tells.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerId<'a> {
    pub id: &'a [u8],
    pub running: Option<bool>,
    pub additional: &'a [u8],
}

impl<'a> ServerId<'a> {
    /// The layout is the maker's own (section 6.13). Two are usual: a byte, the run indicator and text; or text and the run
    /// indicator at the end.
    pub fn read(data: &'a [u8]) -> Self {
        let running = |byte: u8| match byte {
            0xff => Some(true),
            0 => Some(false),
            _ => None,
        };
        match data {
            [_, indicator, additional @ ..] if running(*indicator).is_some() => {
                ServerId { id: &data[..1], running: running(*indicator), additional }
            }
            [id @ .., indicator] if running(*indicator).is_some() => {
                ServerId { id, running: running(*indicator), additional: &[] }
            }
            _ => ServerId { id: data, running: None, additional: &[] },
        }
    }

    /// Only readable text is a fact, and no sure one.
    pub fn facts(&self) -> Vec<Fact> {
        let fact = |kind, value: String, confidence| Fact {
            about: Side::Server,
            kind,
            value,
            source: "modbus 17".into(),
            confidence,
        };
        let bytes = if self.additional.is_empty() { self.id } else { self.additional };
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| (0x20..0x7f).contains(byte)).collect();
        let readable = text.len() >= 4 && text.len() * 2 > bytes.len();
        let product = readable.then(|| fact(FactKind::Product, clean_text(text.trim_ascii(), MAX_TEXT), 60));
        let state = self.running.map(|running| if running { "run" } else { "stop" });
        product.into_iter().chain(state.map(|state| fact(FactKind::State, state.to_owned(), 50))).collect()
    }
}
