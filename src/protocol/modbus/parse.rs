//! From bytes to fields; pure. Every shape is that of the Modbus Application Protocol V1.1b3, section 6.

use super::umas;
use super::wire::{self, EXCEPTION, MAX_LENGTH, MAX_UMAS_LENGTH, MBAP_PREFIX};
use crate::event::{ModbusRange, ModbusTable, ObjectKey, Value};
use crate::protocol::{Framing, Reader};

/// One message, without what its carrier put around it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Adu<'a> {
    /// Zero on a serial line.
    pub transaction: u16,
    pub unit: u8,
    pub function: u8,
    /// What follows the function code.
    pub body: &'a [u8],
}

impl<'a> Adu<'a> {
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let transaction = reader.be16()?;
        reader.skip(4)?;
        Some(Adu { transaction, unit: reader.u8()?, function: reader.u8()?, body: reader.rest() })
    }

    /// The function asked for, also in an exception.
    pub const fn asked(&self) -> u8 {
        self.function & !EXCEPTION
    }

    pub const fn is_exception(&self) -> bool {
        self.function & EXCEPTION != 0
    }
}

/// Where the next message ends, by MBAP's length field.
pub fn frame(bytes: &[u8]) -> Framing {
    // A protocol identifier other than zero is no Modbus, however few bytes there are.
    if bytes.iter().skip(2).take(2).any(|byte| *byte != 0) {
        return Framing::Junk;
    }
    let Some(&[.., high, low]) = bytes.first_chunk::<MBAP_PREFIX>() else { return Framing::Need(MBAP_PREFIX) };
    let length = u16::from_be_bytes([high, low]);
    match (length, bytes.get(7)) {
        (2..=MAX_LENGTH, _) => Framing::Message(MBAP_PREFIX + length as usize),
        (3..=MAX_UMAS_LENGTH, None) => Framing::Need(8),
        (3..=MAX_UMAS_LENGTH, Some(&wire::UMAS)) => Framing::Message(MBAP_PREFIX + length as usize),
        _ => Framing::Junk,
    }
}

/// The fields of a request, as far as they could be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Request<'a> {
    Read(ModbusRange),
    /// The value as on the wire: 0xFF00 or 0 for a coil.
    WriteSingle {
        range: ModbusRange,
        value: u16,
    },
    WriteMultiple {
        range: ModbusRange,
        data: &'a [u8],
    },
    MaskWrite {
        range: ModbusRange,
        and: u16,
        or: u16,
    },
    ReadWrite {
        read: ModbusRange,
        write: ModbusRange,
        data: &'a [u8],
    },
    Diagnostic {
        subfunction: u16,
        data: &'a [u8],
    },
    /// Encapsulated interface: MEI type and what follows.
    Encapsulated {
        mei: u8,
        data: &'a [u8],
    },
    /// Read or write of file records: their groups, one after the other.
    Files(&'a [u8]),
    /// The queue's pointer address.
    Fifo(u16),
    Umas(umas::Call<'a>),
    /// A function without fields, or one whose fields are not read.
    Other(&'a [u8]),
    /// Too short for its function's fields.
    Malformed(&'a [u8]),
}

impl<'a> Request<'a> {
    /// Of a message with more or fewer bytes than its function has, the fields that are there all the same.
    pub fn read(adu: &Adu<'a>) -> Self {
        let whole = Self::fields(adu.function, adu.body, false);
        whole.or_else(|| Self::fields(adu.function, adu.body, true)).unwrap_or(Request::Malformed(adu.body))
    }

    /// Whether a message has just the fields of its function.
    pub fn is_whole(adu: &Adu<'a>) -> bool {
        Self::fields(adu.function, adu.body, false).is_some()
    }

    fn fields(function: u8, body: &'a [u8], lax: bool) -> Option<Self> {
        let counted = |reader: &mut Reader<'a>| {
            let count = usize::from(reader.u8()?);
            reader.take(if lax { count.min(reader.remaining()) } else { count })
        };
        let mut reader = Reader::new(body);
        let request = match function {
            wire::READ_COILS..=wire::READ_INPUT_REGISTERS => {
                let table = table(function)?;
                Request::Read(ModbusRange { table, address: reader.be16()?, quantity: reader.be16()? })
            }
            wire::WRITE_SINGLE_COIL | wire::WRITE_SINGLE_REGISTER => {
                let range = ModbusRange { table: table(function)?, address: reader.be16()?, quantity: 1 };
                Request::WriteSingle { range, value: reader.be16()? }
            }
            wire::WRITE_MULTIPLE_COILS | wire::WRITE_MULTIPLE_REGISTERS => {
                let range = ModbusRange { table: table(function)?, address: reader.be16()?, quantity: reader.be16()? };
                Request::WriteMultiple { range, data: counted(&mut reader)? }
            }
            wire::MASK_WRITE_REGISTER => {
                let range = ModbusRange { table: ModbusTable::HoldingRegister, address: reader.be16()?, quantity: 1 };
                Request::MaskWrite { range, and: reader.be16()?, or: reader.be16()? }
            }
            wire::READ_WRITE_REGISTERS => {
                let table = ModbusTable::HoldingRegister;
                let read = ModbusRange { table, address: reader.be16()?, quantity: reader.be16()? };
                let write = ModbusRange { table, address: reader.be16()?, quantity: reader.be16()? };
                Request::ReadWrite { read, write, data: counted(&mut reader)? }
            }
            wire::DIAGNOSTICS => return Some(Request::Diagnostic { subfunction: reader.be16()?, data: reader.rest() }),
            wire::ENCAPSULATED_INTERFACE => {
                return Some(Request::Encapsulated { mei: reader.u8()?, data: reader.rest() });
            }
            wire::READ_FILE | wire::WRITE_FILE => Request::Files(counted(&mut reader)?),
            wire::READ_FIFO => Request::Fifo(reader.be16()?),
            wire::READ_EXCEPTION_STATUS | wire::EVENT_COUNTER | wire::EVENT_LOG | wire::REPORT_SERVER_ID => {
                Request::Other(body)
            }
            wire::UMAS => return Some(umas::Call::read(body).map_or(Request::Other(body), Request::Umas)),
            _ => return Some(Request::Other(body)),
        };
        (lax || reader.is_empty()).then_some(request)
    }

    /// What the request touches: the written part first.
    pub fn ranges(&self) -> (Option<ModbusRange>, Option<ModbusRange>) {
        match self {
            Request::Read(range)
            | Request::WriteSingle { range, .. }
            | Request::WriteMultiple { range, .. }
            | Request::MaskWrite { range, .. } => (Some(*range), None),
            Request::ReadWrite { read, write, .. } => (Some(*write), Some(*read)),
            Request::Fifo(address) => (Some(fifo(*address)), None),
            _ => (None, None),
        }
    }

    pub fn subfunction(&self) -> Option<u16> {
        match self {
            Request::Diagnostic { subfunction, .. } => Some(*subfunction),
            Request::Encapsulated { mei, .. } => Some(u16::from(*mei)),
            Request::Umas(call) => Some(u16::from(call.function)),
            _ => None,
        }
    }
}

/// The register whose number names a queue (section 6.18).
pub const fn fifo(address: u16) -> ModbusRange {
    ModbusRange { table: ModbusTable::HoldingRegister, address, quantity: 1 }
}

/// The key by which baseline and cache know a range.
pub const fn key(range: ModbusRange) -> ObjectKey {
    ObjectKey::modbus(range.table, range.address, range.quantity)
}

/// The table that a function reads or writes.
pub const fn table(function: u8) -> Option<ModbusTable> {
    match function {
        wire::READ_COILS | wire::WRITE_SINGLE_COIL | wire::WRITE_MULTIPLE_COILS => Some(ModbusTable::Coil),
        wire::READ_DISCRETE_INPUTS => Some(ModbusTable::DiscreteInput),
        wire::READ_HOLDING_REGISTERS | wire::WRITE_SINGLE_REGISTER | wire::WRITE_MULTIPLE_REGISTERS => {
            Some(ModbusTable::HoldingRegister)
        }
        wire::READ_INPUT_REGISTERS => Some(ModbusTable::InputRegister),
        _ => None,
    }
}

/// Whether a message has the shape of its function's request, and whether that of its response.
pub fn shapes(adu: &Adu<'_>) -> (bool, bool) {
    let (function, body) = (adu.function, adu.body);
    let counted = |counts: &[u8]| counts.first().is_some_and(|n| *n as usize == counts.len() - 1);
    // A register has two bytes: an odd count is part of an address.
    let registers = |counts: &[u8]| counted(counts) && counts.len() % 2 == 1;
    match function {
        wire::READ_COILS | wire::READ_DISCRETE_INPUTS => (is_read_request(function, body), counted(body)),
        wire::READ_HOLDING_REGISTERS | wire::READ_INPUT_REGISTERS => (is_read_request(function, body), registers(body)),
        wire::WRITE_SINGLE_COIL => {
            let fits = matches!(body, [_, _, 0 | 0xff, 0]);
            (fits, fits)
        }
        wire::WRITE_SINGLE_REGISTER => (body.len() == 4, body.len() == 4),
        wire::WRITE_MULTIPLE_COILS | wire::WRITE_MULTIPLE_REGISTERS => {
            (body.len() > 5 && counted(&body[4..]), body.len() == 4)
        }
        wire::MASK_WRITE_REGISTER => (body.len() == 6, body.len() == 6),
        wire::READ_WRITE_REGISTERS => (body.len() > 9 && counted(&body[8..]), registers(body)),
        wire::DIAGNOSTICS => (body.len() >= 4, body.len() >= 4),
        wire::REPORT_SERVER_ID => (body.is_empty(), counted(body)),
        wire::ENCAPSULATED_INTERFACE => (body.len() == 3, body.len() > 5),
        wire::READ_EXCEPTION_STATUS => (body.is_empty(), body.len() == 1),
        wire::EVENT_COUNTER => (body.is_empty(), matches!(body, [0 | 0xff, 0 | 0xff, _, _])),
        wire::EVENT_LOG => (body.is_empty(), counted(body)),
        wire::READ_FILE => (counted(body) && file_groups(body) && body.len() % 7 == 1, counted(body)),
        wire::WRITE_FILE => {
            let fits = counted(body) && file_groups(body);
            (fits, fits)
        }
        wire::READ_FIFO => {
            let bytes = body.first_chunk().map(|count| usize::from(u16::from_be_bytes(*count)));
            (body.len() == 2, body.len() > 3 && bytes == Some(body.len() - 2))
        }
        wire::UMAS => umas::shapes(body),
        // Some devices pad their exceptions.
        function if function & EXCEPTION != 0 => (false, matches!(body, [1..=11] | [1..=11, 0])),
        _ => (false, false),
    }
}

fn file_groups(body: &[u8]) -> bool {
    body.get(1) == Some(&wire::FILE_REFERENCE)
}

/// Quantities within section 6's limits tell a read request from a response that happens to be as long.
fn is_read_request(function: u8, body: &[u8]) -> bool {
    let &[_, _, high, low] = body else { return false };
    let quantity = u16::from_be_bytes([high, low]);
    let most = if function <= wire::READ_DISCRETE_INPUTS { 2000 } else { 125 };
    (1..=most).contains(&quantity)
}

/// Values of a response's or request's data bytes, for the table they belong to.
pub fn values(table: ModbusTable, data: &[u8], quantity: Option<u16>) -> Vec<Value> {
    match table {
        ModbusTable::Coil | ModbusTable::DiscreteInput => {
            let count = quantity.map_or(data.len() * 8, usize::from).min(data.len() * 8);
            (0..count).map(|i| Value::Bool(data[i / 8] >> (i % 8) & 1 == 1)).collect()
        }
        ModbusTable::HoldingRegister | ModbusTable::InputRegister => words(data),
    }
}

pub fn words(data: &[u8]) -> Vec<Value> {
    data.chunks_exact(2).map(|word| Value::UInt(u64::from(u16::from_be_bytes([word[0], word[1]])))).collect()
}

/// A group of file records in a request (section 6.14, 6.15).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FileGroup<'a> {
    pub reference: u8,
    pub file: u16,
    pub record: u16,
    /// In registers.
    pub length: u16,
    /// What is written; empty in a read.
    pub data: &'a [u8],
}

/// The groups of a request, as far as they are whole.
pub fn file_groups_of(function: u8, bytes: &[u8]) -> impl Iterator<Item = FileGroup<'_>> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let reference = reader.u8()?;
        let (file, record, length) = (reader.be16()?, reader.be16()?, reader.be16()?);
        let data = if function == wire::WRITE_FILE { reader.take(2 * usize::from(length))? } else { &[] };
        Some(FileGroup { reference, file, record, length, data })
    })
}

/// The data of each group in the response to a read.
pub fn file_answers(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut reader = Reader::new(bytes);
    std::iter::from_fn(move || {
        let length = reader.u8()?;
        // The length counts the reference type.
        reader.take(usize::from(length)).map(|group| group.get(1..).unwrap_or_default())
    })
}

/// A Read Device Identification response (section 6.21) as far as it is whole.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Identification<'a> {
    /// 1 basic, 2 regular, 3 extended, 4 one object.
    pub code: u8,
    pub conformity: u8,
    pub more_follows: bool,
    pub next_object: u8,
    pub objects: Vec<(u8, &'a [u8])>,
}

impl<'a> Identification<'a> {
    /// Of the bytes behind the MEI type.
    pub fn read(data: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let [code, conformity, more, next_object, count] = reader.array()?;
        let mut objects = Vec::new();
        for _ in 0..count {
            let Some(id) = reader.u8() else { break };
            let Some(value) = reader.u8().and_then(|len| reader.take(len as usize)) else { break };
            objects.push((id, value));
        }
        Some(Identification { code, conformity, more_follows: more != 0, next_object, objects })
    }
}
