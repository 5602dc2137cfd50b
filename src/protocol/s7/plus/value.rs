//! Values: flags, a type, and as many bytes as the type takes. Structures become one leaf a member.

use super::leaf::{Leaves, Place};
use super::{blob, names, number};
use crate::event::{Fields, Timestamp, Value};
use crate::protocol::Reader;
use crate::protocol::s7::values;

/// Elements of one array that are told.
const MAX_ELEMENTS: usize = 1024;
/// Characters of one text that are told.
const MAX_TEXT: usize = 1024;
/// Blobs of one message that are unpacked.
const MAX_BLOBS: u16 = 128;

/// Flags in front of the type. An address array is one of numbers that together name places.
const ARRAY: u8 = 0x10;
const ADDRESS_ARRAY: u8 = 0x20;
/// Pairs of key and value, ended by the key zero.
const SPARSE_ARRAY: u8 = 0x40;

/// Types.
const NULL: u8 = 0x00;
const BOOL: u8 = 0x01;
const USINT: u8 = 0x02;
const UINT: u8 = 0x03;
const UDINT: u8 = 0x04;
const ULINT: u8 = 0x05;
const SINT: u8 = 0x06;
const INT: u8 = 0x07;
const DINT: u8 = 0x08;
const LINT: u8 = 0x09;
const BYTE: u8 = 0x0a;
const WORD: u8 = 0x0b;
const DWORD: u8 = 0x0c;
const LWORD: u8 = 0x0d;
const REAL: u8 = 0x0e;
const LREAL: u8 = 0x0f;
const TIMESTAMP: u8 = 0x10;
const TIMESPAN: u8 = 0x11;
const RID: u8 = 0x12;
const AID: u8 = 0x13;
const BLOB: u8 = 0x14;
const WSTRING: u8 = 0x15;
const VARIANT: u8 = 0x16;
const STRUCT: u8 = 0x17;
const S7_STRING: u8 = 0x19;

/// A structure of a type that both sides know is sent as its bytes; a second count follows where this bit is set.
const SECOND_COUNT: u32 = 0x400;

/// How numbers are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbers {
    Variable,
    /// Messages of the protocol itself write four and eight bytes.
    Fixed,
}

/// Reads values into leaves.
pub struct Values<'l> {
    pub leaves: &'l mut Leaves,
    numbers: Numbers,
    /// Blobs that may still be unpacked.
    blobs: u16,
}

impl<'l> Values<'l> {
    pub fn new(leaves: &'l mut Leaves, numbers: Numbers) -> Self {
        Values { leaves, numbers, blobs: MAX_BLOBS }
    }

    /// A value with its flags and type. `None` where it is cut short or of an unknown type; what was read stays told.
    pub fn value(&mut self, reader: &mut Reader<'_>, place: &Place) -> Option<()> {
        if self.numbers == Numbers::Fixed {
            // There flags and type take four bytes.
            reader.skip(2)?;
        }
        let flags = reader.u8()?;
        let kind = reader.u8()?;
        if flags & SPARSE_ARRAY != 0 {
            return self.sparse(reader, kind, place);
        }
        if flags & (ARRAY | ADDRESS_ARRAY) != 0 {
            return self.array(reader, kind, place);
        }
        if kind == STRUCT {
            return self.structure(reader, place);
        }
        let value = self.scalar(reader, kind, place)?;
        self.tell(place, value);
        Some(())
    }

    /// What a key or password holds is never told.
    fn tell(&mut self, place: &Place, value: Value) {
        let secret = place.path.iter().any(|id| names::is_secret(*id));
        let value = if secret { Value::Text("(not kept)".to_owned()) } else { value };
        self.leaves.push(place.leaf(value));
    }

    fn array(&mut self, reader: &mut Reader<'_>, kind: u8, place: &Place) -> Option<()> {
        let count = self.unsigned32(reader)? as usize;
        match kind {
            USINT | BYTE => {
                let bytes = reader.take(count)?;
                self.tell(place, Value::bytes(bytes));
            }
            STRUCT => {
                for index in 0..count {
                    self.structure(reader, &place.down(u32::try_from(index).ok()?)?)?;
                }
            }
            // Takes no bytes, however many there are.
            NULL => self.tell(place, Value::Null),
            _ => {
                let elements = self.elements(reader, kind, count, place)?;
                self.tell(place, elements);
            }
        }
        Some(())
    }

    fn elements(&mut self, reader: &mut Reader<'_>, kind: u8, count: usize, place: &Place) -> Option<Value> {
        let mut values = Vec::with_capacity(count.min(64));
        for index in 0..count {
            let value = self.scalar(reader, kind, place)?;
            if index < MAX_ELEMENTS {
                values.push(value);
            }
        }
        if count > MAX_ELEMENTS {
            values.push(Value::Text(format!("… {} more", count - MAX_ELEMENTS)));
        }
        Some(Value::List(values))
    }

    fn sparse(&mut self, reader: &mut Reader<'_>, kind: u8, place: &Place) -> Option<()> {
        loop {
            let key = self.unsigned32(reader)?;
            if key == 0 {
                return Some(());
            }
            let place = place.down(key)?;
            if kind == STRUCT {
                self.structure(reader, &place)?;
            } else {
                let value = self.scalar(reader, kind, &place)?;
                self.tell(&place, value);
            }
        }
    }

    /// The structure's number, then members until the number zero.
    fn structure(&mut self, reader: &mut Reader<'_>, place: &Place) -> Option<()> {
        let id = reader.be32()?;
        if is_packed(id) {
            let packed = self.packed(reader, id)?;
            self.tell(place, packed);
            return Some(());
        }
        loop {
            let member = self.unsigned32(reader)?;
            if member == 0 {
                return Some(());
            }
            self.value(reader, &place.down(member)?)?;
        }
    }

    fn packed(&mut self, reader: &mut Reader<'_>, id: u32) -> Option<Value> {
        let interface = be64(reader)?;
        let flags = self.unsigned32(reader)?;
        let mut count = self.unsigned32(reader)?;
        if flags & SECOND_COUNT != 0 {
            count = self.unsigned32(reader)?;
        }
        let bytes = reader.take(count as usize)?;
        let fields = Fields::default()
            .with("type", Value::Text(format!("0x{id:08x}")))
            .with("interface", Value::UInt(interface))
            .with("bytes", Value::bytes(bytes));
        Some(Value::Fields(fields))
    }

    fn scalar(&mut self, reader: &mut Reader<'_>, kind: u8, place: &Place) -> Option<Value> {
        let attribute = place.path.last().copied().unwrap_or(0);
        Some(match kind {
            NULL => Value::Null,
            BOOL => Value::Bool(reader.u8()? != 0),
            USINT | BYTE => Value::UInt(u64::from(reader.u8()?)),
            UINT | WORD => Value::UInt(u64::from(reader.be16()?)),
            UDINT | AID => Value::UInt(u64::from(self.unsigned32(reader)?)),
            ULINT => {
                let number = self.unsigned64(reader)?;
                if names::is_time(attribute) { time(number) } else { Value::UInt(number) }
            }
            SINT => Value::Int(i64::from(reader.u8()?.cast_signed())),
            INT => Value::Int(i64::from(reader.be16()?.cast_signed())),
            DINT => Value::Int(i64::from(self.signed32(reader)?)),
            LINT | TIMESPAN => Value::Int(self.signed64(reader)?),
            DWORD | RID => Value::UInt(u64::from(reader.be32()?)),
            LWORD => Value::UInt(be64(reader)?),
            REAL => values::real(f32::from_bits(reader.be32()?)),
            LREAL => float(f64::from_bits(be64(reader)?)),
            TIMESTAMP => time(be64(reader)?),
            VARIANT => Value::UInt(u64::from(self.unsigned32(reader)?)),
            BLOB => self.blob(reader)?,
            WSTRING | S7_STRING => {
                let length = self.unsigned32(reader)? as usize;
                Value::text(reader.take(length)?, MAX_TEXT)
            }
            _ => return None,
        })
    }

    /// A root number; where that stands for a type, eight bytes and the kind of blob; then length and bytes.
    fn blob(&mut self, reader: &mut Reader<'_>) -> Option<Value> {
        let root = self.unsigned32(reader)?;
        if root > 1 {
            reader.skip(9)?;
        }
        let length = self.unsigned32(reader)? as usize;
        let bytes = reader.take(length)?;
        if self.blobs == 0 {
            return Some(Value::bytes(bytes));
        }
        self.blobs -= 1;
        Some(blob::value(bytes))
    }

    pub fn unsigned32(&self, reader: &mut Reader<'_>) -> Option<u32> {
        match self.numbers {
            Numbers::Variable => number::unsigned32(reader),
            Numbers::Fixed => reader.be32(),
        }
    }

    fn unsigned64(&self, reader: &mut Reader<'_>) -> Option<u64> {
        match self.numbers {
            Numbers::Variable => number::unsigned64(reader),
            Numbers::Fixed => be64(reader),
        }
    }

    fn signed32(&self, reader: &mut Reader<'_>) -> Option<i32> {
        match self.numbers {
            Numbers::Variable => number::signed32(reader),
            Numbers::Fixed => reader.be32().map(u32::cast_signed),
        }
    }

    fn signed64(&self, reader: &mut Reader<'_>) -> Option<i64> {
        match self.numbers {
            Numbers::Variable => number::signed64(reader),
            Numbers::Fixed => be64(reader).map(u64::cast_signed),
        }
    }
}

/// Ranges of structures whose members both sides know: system types and those of blocks.
const fn is_packed(id: u32) -> bool {
    (id > 0x9000_0000 && id < 0x9fff_ffff) || (id > 0x0200_0000 && id < 0x02ff_ffff)
}

fn be64(reader: &mut Reader<'_>) -> Option<u64> {
    reader.array().map(u64::from_be_bytes)
}

/// Nanoseconds since 1970, UTC.
fn time(nanoseconds: u64) -> Value {
    if nanoseconds == 0 { Value::UInt(0) } else { Value::Text(Timestamp::from_nanos(nanoseconds).to_string()) }
}

/// JSON knows no NaN and no infinity.
fn float(value: f64) -> Value {
    if value.is_finite() { Value::Float(value) } else { Value::Text(value.to_string()) }
}
