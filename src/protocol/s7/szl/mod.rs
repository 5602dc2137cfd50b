//! System status lists (SZL), as "System and Standard Functions" chapter "System Status Lists" describes them: lists read
//! to items and to facts about the controller; pure.

mod record;

pub use record::diagnostic;

use std::borrow::Cow;

use super::meaning::Items;
use crate::event::{Class, Fact, FactKind, Fields, Item, Object, Side, Value, clean_text};
use crate::protocol::Reader;

/// Partial lists that are read in detail, without the extract's number.
const MODULE: u8 = 0x11;
const COMPONENT: u8 = 0x1c;
/// Bytes of one component, and the indexes in the order in which controllers tell them.
const COMPONENT_RECORD: usize = 34;
const COMPONENT_ORDER: [u16; 10] = [1, 2, 3, 4, 5, 7, 8, 9, 10, 11];
const MODULE_STATE: u8 = 0x91;
/// Of its records: racks of one controller; how S7-400 and S7-300 modules in them are marked; a module that is plugged; no
/// address, and the type that such a module has where it is the CPU.
const MAX_RACKS: u16 = 22;
const IN_RACK: u16 = 1;
const PLUGGED: u16 = 2;
const NO_ADDRESS: u16 = 0x7fff;
const CPU: u16 = 0x00c0;
const MODES: u8 = 0x24;
const STATUS: u8 = 0x32;
/// Of the status list, the record that tells how the controller is protected.
const PROTECTION: u16 = 4;
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
        let record = match usize::from(reader.be16()?) {
            // Some servers leave the length out.
            0 if id & 0xff == u16::from(COMPONENT) => COMPONENT_RECORD,
            length => length,
        };
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

    /// Records of lists whose records begin with an index; where a server leaves it out, it is that of the place.
    fn indexed(&self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let components = self.partial() == COMPONENT;
        self.records().enumerate().filter_map(move |(place, record)| {
            let (index, rest) = record.split_first_chunk::<2>()?;
            let index = match u16::from_be_bytes(*index) {
                0 if components => *COMPONENT_ORDER.get(place)?,
                index => index,
            };
            Some((index, rest))
        })
    }

    fn name(&self) -> String {
        format!("szl 0x{:04x} index {}", self.id, self.index)
    }

    /// One item a record where the records are known, and otherwise their bytes.
    pub fn items(&self) -> Items {
        let known = |record: &'a [u8]| Some((record::fields(self.partial(), record)?, record));
        let records: Option<Vec<_>> = self.records().map(known).collect();
        match records.filter(|records| !records.is_empty()) {
            Some(records) => records.into_iter().map(|(fields, record)| self.record_item(fields, record)).collect(),
            None => std::iter::once(self.item(self.raw())).collect(),
        }
    }

    /// The bytes of each record; those of all where no record can be so short.
    fn raw(&self) -> Vec<Value> {
        if self.record < 2 { vec![Value::bytes(self.records)] } else { self.records().map(Value::bytes).collect() }
    }

    fn record_item(&self, fields: Fields, record: &[u8]) -> Item {
        let own =
            record.first_chunk().map(|index| u16::from_be_bytes(*index)).filter(|_| fields.get("index").is_some());
        let index = own.unwrap_or(self.index);
        let object = Object::named(format!("szl 0x{:04x} index {index}", self.id));
        Item { object: Some(object), values: vec![Value::Fields(fields)], ..Item::default() }
    }

    fn item(&self, values: Vec<Value>) -> Item {
        Item { object: Some(Object::named(self.name())), values, ..Item::default() }
    }

    /// What the list says about the controller that answered.
    pub fn facts(&self) -> Vec<Fact> {
        match self.partial() {
            MODULE => self.indexed().flat_map(|(index, record)| self.module_facts(index, record)).collect(),
            COMPONENT => self.indexed().filter_map(|(index, record)| self.component_fact(index, record)).collect(),
            MODULE_STATE => self.records().filter_map(|record| self.seat(record)).collect(),
            MODES => self.records().filter_map(|record| self.state_fact(record)).collect(),
            STATUS => self.indexed().flat_map(|(index, record)| self.protection_facts(index, record)).collect(),
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
                self.fact(FactKind::Hardware, module.version.map_or_else(String::new, |v| v[0].to_string()), index, 90),
            ],
            7 => [
                self.fact(FactKind::Firmware, module.version.and_then(record::firmware).unwrap_or_default(), index, 95),
                None,
            ],
            _ => [None, None],
        };
        facts.into_iter().flatten().collect()
    }

    /// In which slot the controller or a module beside it sits. What hangs on its networks has a place of another kind, and
    /// sub-slots are parts of one module.
    fn seat(&self, record: &[u8]) -> Option<Fact> {
        let mut reader = Reader::new(record);
        let [rack, slot, address, _, kind, _, state, area] = {
            let mut words = [0; 8];
            for word in &mut words {
                *word = reader.be16()?;
            }
            words
        };
        let [slot, part] = slot.to_be_bytes();
        if rack >= MAX_RACKS || area >> 4 & 7 > IN_RACK || state & PLUGGED == 0 || slot == 0 || part > 0 {
            return None;
        }
        let place = format!("rack {rack} slot {slot}");
        match (kind, address) {
            (CPU, NO_ADDRESS) => self.fact(FactKind::Place, place, self.index, 90),
            (_, NO_ADDRESS) => self.fact(FactKind::Module, format!("{place}: type 0x{kind:04x}"), self.index, 85),
            _ => self.fact(FactKind::Module, format!("{place}: type 0x{kind:04x}, address {address}"), self.index, 85),
        }
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

    /// Level of protection in force, and the mode selector's position.
    fn protection_facts(&self, index: u16, record: &[u8]) -> Vec<Fact> {
        let word = |at: usize| record.get(at..at + 2).map(|word| u16::from_be_bytes([word[0], word[1]]));
        let (Some(level), Some(selector), PROTECTION) = (word(4), word(6), index) else { return Vec::new() };
        let meaning = match level {
            1 => " (full access)",
            2 => " (read access)",
            3 => " (no access)",
            _ => "",
        };
        let selector = record::mode_selector(u64::from(selector)).unwrap_or_default().to_owned();
        let level = if level == 0 { String::new() } else { format!("{level}{meaning}") };
        [self.fact(FactKind::Protection, level, index, 95), self.fact(FactKind::KeySwitch, selector, index, 95)]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// A record of the module identification list.
struct Module {
    order_number: String,
    /// Of hardware or firmware; some servers end their records before it.
    version: Option<[u16; 2]>,
}

impl Module {
    fn read(record: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(record);
        let order_number = clean_text(reader.take(20)?, 20);
        let version = reader.skip(2).and_then(|()| Some([reader.be16()?, reader.be16()?]));
        Some(Module { order_number, version })
    }
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
