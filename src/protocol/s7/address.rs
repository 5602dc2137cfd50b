//! Addresses of variables in all their syntaxes, and how a person writes them; pure.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::wire::{area, size, syntax};
use crate::event::{Object, ObjectKey, S7Address};
use crate::protocol::Reader;

/// First byte of every address.
const VARIABLE: u8 = 0x12;
/// Root of a symbolic address in a data block.
const SYMBOLIC_DB: u16 = 0x8a0e;

/// One place in a controller's memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place<'a> {
    Memory(Memory),
    Symbol(Symbol<'a>),
    /// A variable of a numerical control.
    Control(Control),
    /// A drive's parameter.
    Drive {
        number: u16,
        index: u16,
    },
    Other {
        syntax: u8,
        bytes: &'a [u8],
    },
}

/// An S7-ANY pointer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Memory {
    pub area: u8,
    pub db: u16,
    /// Data type, see [`size`].
    pub size: u8,
    pub quantity: u16,
    /// Bits from the area's start; for timers and counters the number.
    pub position: u32,
}

/// The symbolic access of S7-1200 and 1500.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Symbol<'a> {
    pub root: u16,
    pub number: u16,
    /// Checksum of the symbol's name and type.
    pub crc: u32,
    /// Four bytes each: what it is in the first half byte, and the value.
    pub path: &'a [u8],
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Control {
    pub area: u8,
    pub unit: u8,
    pub column: u16,
    pub line: u16,
    pub module: u8,
    pub lines: u8,
}

/// The places that one address of a message names; only the DB read syntax names several.
pub type Places<'a> = SmallVec<[Place<'a>; 1]>;

/// Reads one address off the front.
pub fn take<'a>(reader: &mut Reader<'a>) -> Option<Places<'a>> {
    if reader.u8()? != VARIABLE {
        return None;
    }
    let length = usize::from(reader.u8()?);
    let bytes = reader.take(length)?;
    // Addresses begin at even places, counted from the first.
    if length % 2 == 1 {
        let _ = reader.skip(1);
    }
    let (&syntax, body) = bytes.split_first()?;
    Some(places(syntax, body).unwrap_or_else(|| smallvec![Place::Other { syntax, bytes: body }]))
}

fn places(syntax: u8, body: &[u8]) -> Option<Places<'_>> {
    let mut reader = Reader::new(body);
    Some(match syntax {
        syntax::ANY => smallvec![Place::Memory(any(&mut reader)?)],
        syntax::DB_READ => db_read(&mut reader)?,
        syntax::SYMBOLIC => smallvec![Place::Symbol(symbol(&mut reader)?)],
        syntax::NCK | syntax::NCK_METRIC | syntax::NCK_INCH => smallvec![Place::Control(control(&mut reader)?)],
        syntax::DRIVE => {
            reader.skip(5)?;
            smallvec![Place::Drive { number: reader.be16()?, index: reader.be16()? }]
        }
        _ => return None,
    })
}

fn any(reader: &mut Reader<'_>) -> Option<Memory> {
    let size = reader.u8()?;
    let quantity = reader.be16()?;
    let db = reader.be16()?;
    let area = reader.u8()?;
    let [high, middle, low] = reader.array()?;
    Some(Memory { area, db, size, quantity, position: u32::from_be_bytes([0, high, middle, low]) })
}

/// Several runs of bytes in data blocks under one address.
fn db_read<'a>(reader: &mut Reader<'_>) -> Option<Places<'a>> {
    let count = reader.u8()?;
    (0..count)
        .map(|_| {
            let length = reader.u8()?;
            let (db, start) = (reader.be16()?, reader.be16()?);
            let position = u32::from(start) * 8;
            let (area, size) = (area::DATA_BLOCK, size::BYTE);
            Some(Place::Memory(Memory { area, db, size, quantity: u16::from(length), position }))
        })
        .collect()
}

fn symbol<'a>(reader: &mut Reader<'a>) -> Option<Symbol<'a>> {
    reader.skip(1)?;
    Some(Symbol { root: reader.be16()?, number: reader.be16()?, crc: reader.be32()?, path: reader.rest() })
}

fn control(reader: &mut Reader<'_>) -> Option<Control> {
    let place = reader.u8()?;
    Some(Control {
        area: place >> 5,
        unit: place & 0x1f,
        column: reader.be16()?,
        line: reader.be16()?,
        module: reader.u8()?,
        lines: reader.u8()?,
    })
}

impl Place<'_> {
    /// The key of [`Place::object`], found without building it; `None` for places that only their text names.
    pub fn key(&self) -> Option<ObjectKey> {
        match self {
            Place::Memory(memory) => {
                Some(ObjectKey::s7(memory.area, memory.block().unwrap_or(0), memory.start(), memory.length()))
            }
            _ => None,
        }
    }

    pub fn object(&self) -> Object {
        match self {
            Place::Memory(memory) => Object::S7(memory.address()),
            Place::Symbol(symbol) => Object::named(symbol.text()),
            Place::Control(control) => Object::named(control.text()),
            Place::Drive { number, index } => Object::named(format!("drive parameter {number}[{index}]")),
            Place::Other { syntax, bytes } => {
                let shown = bytes.get(..32).unwrap_or(bytes);
                Object::named(format!("syntax 0x{syntax:02x} {}", crate::event::hex(shown)))
            }
        }
    }

    pub fn memory(&self) -> Option<&Memory> {
        match self {
            Place::Memory(memory) => Some(memory),
            _ => None,
        }
    }
}

impl Memory {
    fn block(&self) -> Option<u16> {
        area::has_blocks(self.area).then_some(self.db)
    }

    fn is_numbered(&self) -> bool {
        area::is_numbered(self.area)
    }

    /// First byte, or the first timer's or counter's number.
    fn start(&self) -> u32 {
        if self.is_numbered() { self.position } else { self.position >> 3 }
    }

    fn bit(&self) -> u8 {
        if self.is_numbered() { 0 } else { (self.position & 7) as u8 }
    }

    /// Bytes touched; for timers and counters their number.
    pub fn length(&self) -> u32 {
        let quantity = u32::from(self.quantity);
        match self.size {
            _ if self.is_numbered() => quantity,
            size::BIT => (u32::from(self.bit()) + quantity).div_ceil(8),
            size => quantity * size::bytes(size),
        }
    }

    fn address(&self) -> S7Address {
        let (area, size) = (self.area, self.size);
        S7Address {
            area: area::name(area).map_or_else(|| format!("area_0x{area:02x}").into(), Cow::Borrowed),
            area_code: area,
            db: self.block(),
            byte: self.start(),
            bit: self.bit(),
            transport_size: size::name(size).map_or_else(|| format!("size_0x{size:02x}").into(), Cow::Borrowed),
            quantity: self.quantity,
            length: self.length(),
            address: self.text(),
        }
    }

    /// `DB10.DBX2.3`, `MW100`, `C5`; more than one element as STEP 7 writes an area pointer: `P#DB10.DBX2.0 BYTE 40`.
    fn text(&self) -> String {
        let (start, bit) = (self.start(), self.bit());
        let known = area::name(self.area);
        let area = known.map_or_else(|| format!("area_0x{:02x}", self.area).into(), Cow::Borrowed);
        if self.is_numbered() {
            let last = start.saturating_add(u32::from(self.quantity).saturating_sub(1));
            return if last > start { format!("{area}{start}..{area}{last}") } else { format!("{area}{start}") };
        }
        // In a data block the letter is that of the block and the width's.
        let prefix = match self.block() {
            Some(db) => format!("{area}{db}.{area}"),
            None => area.into_owned(),
        };
        let bits = if self.block().is_some() { "X" } else { "" };
        if self.quantity != 1 || size::bytes(self.size) > 4 {
            let size = size::name(self.size).unwrap_or("UNKNOWN");
            return format!("P#{prefix}{bits}{start}.{bit} {size} {}", self.quantity);
        }
        match self.size {
            size::BIT => format!("{prefix}{bits}{start}.{bit}"),
            size => {
                let width = match size::bytes(size) {
                    2 => "W",
                    4 => "D",
                    _ => "B",
                };
                let bit = if bit == 0 { String::new() } else { format!(".{bit}") };
                format!("{prefix}{width}{start}{bit}")
            }
        }
    }
}

impl Symbol<'_> {
    /// `DB10 symbol 2.3 crc aabbccdd`: numbers of the symbol in its block, as the controller counts them.
    fn text(&self) -> String {
        let root = match (self.root, self.number) {
            (SYMBOLIC_DB, number) => format!("DB{number}"),
            (0, 0x50) => "I".to_owned(),
            (0, 0x51) => "Q".to_owned(),
            (0, 0x52) => "M".to_owned(),
            (0, 0x53) => "C".to_owned(),
            (0, 0x54) => "T".to_owned(),
            (root, number) => format!("root 0x{root:04x} 0x{number:04x}"),
        };
        let path: Vec<String> = self
            .path
            .chunks_exact(4)
            .take(32)
            .map(|step| (u32::from_be_bytes([step[0], step[1], step[2], step[3]]) & 0x0fff_ffff).to_string())
            .collect();
        format!("{root} symbol {} crc {:08x}", path.join("."), self.crc)
    }
}

impl Control {
    /// `nck C1 module 0x7f column 1 line 4`, after the areas of the control: N (whole), B (mode group), C (channel) …
    fn text(&self) -> String {
        let area = ["N", "B", "C", "A", "T", "V", "H", "M"][usize::from(self.area & 7)];
        let lines = if self.lines > 1 { format!(" lines {}", self.lines) } else { String::new() };
        let Control { unit, module, column, line, .. } = self;
        format!("nck {area}{unit} module 0x{module:02x} column {column} line {line}{lines}")
    }
}
