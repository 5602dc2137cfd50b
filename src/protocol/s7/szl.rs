//! System status lists (SZL), as "System and Standard Functions" chapter "System Status Lists" describes them: lists read
//! to items and to facts about the controller; pure.

use std::borrow::Cow;

use super::meaning::Items;
use crate::event::{Class, Fact, FactKind, Item, Object, Side, Value, clean_text};
use crate::protocol::Reader;

/// Partial lists that are read in detail, without the extract's number.
const MODULE: u8 = 0x11;
const COMPONENT: u8 = 0x1c;
const MODES: u8 = 0x24;
/// The PROFIBUS user organisation's number for Siemens.
const SIEMENS: u16 = 42;

/// The most records of one list that are taken in.
const MAX_RECORDS: usize = 1024;

/// A list as answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct List<'a> {
    pub id: u16,
    pub index: u16,
    /// Bytes of one record.
    record: usize,
    records: &'a [u8],
}

/// What is asked for: list and index. Also stands in front of the answer.
pub fn asked(bytes: &[u8]) -> Option<(u16, u16)> {
    let mut reader = Reader::new(bytes);
    Some((reader.be16()?, reader.be16()?))
}

impl<'a> List<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (id, index) = (reader.be16()?, reader.be16()?);
        let record = usize::from(reader.be16()?);
        reader.skip(2)?;
        Some(List { id, index, record, records: reader.rest() })
    }

    /// The list's number without the extract.
    const fn partial(&self) -> u8 {
        (self.id & 0xff) as u8
    }

    fn records(&self) -> impl Iterator<Item = &'a [u8]> {
        self.records.chunks_exact(self.record.max(1)).take(MAX_RECORDS)
    }

    /// Records of lists whose records begin with an index.
    fn indexed(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        self.records().filter_map(|record| {
            let (index, rest) = record.split_first_chunk::<2>()?;
            Some((u16::from_be_bytes(*index), rest))
        })
    }

    fn name(&self) -> String {
        format!("szl 0x{:04x} index {}", self.id, self.index)
    }

    pub fn items(&self) -> Items {
        let listed = |index: u16, values| {
            let name = format!("szl 0x{:04x} index {index}", self.id);
            Item { object: Some(Object::named(name)), values, error: None }
        };
        match self.partial() {
            MODULE => self.indexed().map(|(index, record)| listed(index, module_values(index, record))).collect(),
            COMPONENT => self.indexed().map(|(index, record)| listed(index, component_values(index, record))).collect(),
            MODES => self.records().map(|record| self.item(mode_values(record))).collect(),
            _ => std::iter::once(self.item(self.records().map(Value::bytes).collect())).collect(),
        }
    }

    fn item(&self, values: Vec<Value>) -> Item {
        Item { object: Some(Object::named(self.name())), values, error: None }
    }

    /// What the list says about the controller that answered.
    pub fn facts(&self) -> Vec<Fact> {
        match self.partial() {
            MODULE => self.indexed().flat_map(|(index, record)| self.module_facts(index, record)).collect(),
            COMPONENT => self.indexed().filter_map(|(index, record)| self.component_fact(index, record)).collect(),
            MODES => self.records().filter_map(|record| self.state_fact(record)).collect(),
            _ => Vec::new(),
        }
    }

    fn fact(&self, kind: FactKind, value: String, index: u16, confidence: u8) -> Option<Fact> {
        let source = Cow::Owned(format!("szl 0x{:04x} index {index}", self.id));
        (!value.is_empty()).then_some(Fact { about: Side::Server, kind, value, source, confidence })
    }

    fn module_facts(&self, index: u16, record: &[u8]) -> Vec<Fact> {
        let Some(module) = Module::read(record) else { return Vec::new() };
        let facts = match index {
            1 => [self.fact(FactKind::OrderNumber, module.order_number, index, 95), None],
            6 => [
                self.fact(FactKind::OrderNumber, module.order_number, index, 90),
                self.fact(FactKind::Hardware, module.version[0].to_string(), index, 90),
            ],
            7 => [self.fact(FactKind::Firmware, firmware(module.version), index, 95), None],
            _ => [None, None],
        };
        facts.into_iter().flatten().collect()
    }

    fn component_fact(&self, index: u16, record: &[u8]) -> Option<Fact> {
        let text = clean_text(record, 64);
        match index {
            1 => self.fact(FactKind::Name, text, index, 95),
            2 => self.fact(FactKind::Name, text, index, 80),
            3 => self.fact(FactKind::Name, text, index, 60),
            4 => self.fact(FactKind::Vendor, text, index, 70),
            5 => self.fact(FactKind::Serial, text, index, 95),
            7 => self.fact(FactKind::Model, text, index, 95),
            9 if record.starts_with(&SIEMENS.to_be_bytes()) => {
                self.fact(FactKind::Vendor, "Siemens".to_owned(), index, 95)
            }
            _ => None,
        }
    }

    fn state_fact(&self, record: &[u8]) -> Option<Fact> {
        let state = mode(*record.get(3)? & 0x0f)?;
        self.fact(FactKind::State, state.to_owned(), self.index, 95)
    }
}

/// A record of the module identification list.
struct Module {
    order_number: String,
    kind: u16,
    /// Of hardware or firmware.
    version: [u16; 2],
}

impl Module {
    fn read(record: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let order_number = clean_text(reader.take(20)?, 20);
        Some(Module { order_number, kind: reader.be16()?, version: [reader.be16()?, reader.be16()?] })
    }
}

fn module_values(index: u16, record: &[u8]) -> Vec<Value> {
    let Some(module) = Module::read(record) else { return vec![Value::bytes(record)] };
    let version = match index {
        7 | 0x81 => Value::Text(firmware(module.version)),
        _ => Value::UInt(u64::from(module.version[0])),
    };
    vec![Value::Text(module.order_number), Value::UInt(u64::from(module.kind)), version]
}

/// A letter, and three numbers: `V3.2.6`.
fn firmware(version: [u16; 2]) -> String {
    let [[letter, major], [minor, patch]] = version.map(u16::to_be_bytes);
    match letter {
        b'A'..=b'Z' => format!("{}{major}.{minor}.{patch}", char::from(letter)),
        _ => String::new(),
    }
}

fn component_values(index: u16, record: &[u8]) -> Vec<Value> {
    match (index, record) {
        (9, &[high, low, a, b, ..]) => {
            vec![
                Value::UInt(u64::from(u16::from_be_bytes([high, low]))),
                Value::UInt(u64::from(u16::from_be_bytes([a, b]))),
            ]
        }
        _ => vec![Value::text(record, 64)],
    }
}

/// The mode that was gone to, and the one before.
fn mode_values(record: &[u8]) -> Vec<Value> {
    let Some(modes) = record.get(3) else { return vec![Value::bytes(record)] };
    [modes & 0x0f, modes >> 4]
        .map(|code| mode(code).map_or(Value::UInt(u64::from(code)), |mode| Value::Text(mode.to_owned())))
        .to_vec()
}

/// Operating modes of the mode list (identification of the mode transition).
pub const fn mode(code: u8) -> Option<&'static str> {
    Some(match code {
        0x1 => "STOP (update)",
        0x2 => "STOP (memory reset)",
        0x3 => "STOP (self initialisation)",
        0x4 => "STOP",
        0x5 => "STARTUP (cold restart)",
        0x6 => "STARTUP (warm restart)",
        0x7 => "STARTUP (hot restart)",
        0x8 => "RUN",
        0x9 => "RUN (redundant)",
        0xa => "HOLD",
        0xb => "LINK-UP",
        0xc => "UPDATE",
        0xd => "DEFECT",
        0xe => "SELF-TEST",
        0xf => "NO POWER",
        _ => return None,
    })
}

/// Lists that say what a controller is, and not how it fares.
pub const fn class(id: u16) -> Class {
    match id & 0xff {
        0x00 | 0x11..=0x1c | 0x31 => Class::Identify,
        _ => Class::Diagnose,
    }
}
