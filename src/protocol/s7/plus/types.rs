//! Descriptions of variables: their names, types and who may do what with them.

use super::number;
use crate::event::{Fields, Value, clean_text};
use crate::protocol::Reader;

/// Descriptions of one list that are told.
const MAX_TOLD: usize = 256;
const MAX_NAME: usize = 128;
/// Kinds of description that have accessibility and section: from here on.
const WITH_SECTION: u8 = 4;
/// Numbers that follow in each kind of a single description, but for the last kind.
const NUMBERS: [usize; 7] = [2, 4, 6, 0, 4, 6, 8];
const MANY_DIMENSIONS: u8 = 7;

/// Bytes of where a variable lies, by the kind that stands in the upper four bits of its flags.
const OFFSET_BYTES: [usize; 16] = [104, 4, 12, 20, 68, 32, 48, 96, 4, 12, 20, 68, 32, 48, 96, 40];

/// A single description, as older controllers send them.
pub fn tag(reader: &mut Reader<'_>) -> Option<Value> {
    let kind = reader.u8()?;
    let length = number::unsigned32(reader)? as usize;
    let name = clean_text(reader.take(length)?, MAX_NAME);
    // Of unknown meaning, and the type of the value on the wire.
    reader.skip(2)?;
    let data_type = number::unsigned32(reader)?;
    let flags = reader.be32()?;
    let symbol = number::unsigned32(reader)?;
    // Length of a string, or the structure's number.
    number::unsigned32(reader)?;
    match kind {
        MANY_DIMENSIONS => {
            numbers(reader, 6)?;
            let dimensions = number::unsigned32(reader)?;
            numbers(reader, usize::try_from(dimensions).ok()?.checked_mul(2)?)?;
        }
        kind => numbers(reader, *NUMBERS.get(usize::from(kind)).filter(|count| **count > 0)?)?,
    }
    let mut fields = described(&name, u64::from(data_type)).with("symbol", Value::UInt(u64::from(symbol)));
    if kind >= WITH_SECTION || flags != 0 {
        fields = fields.with("flags", flag_names(&TAG_FLAGS, flags));
    }
    Some(Value::Fields(fields))
}

fn numbers(reader: &mut Reader<'_>, count: usize) -> Option<()> {
    (0..count).try_for_each(|_| number::unsigned32(reader).map(|_| ()))
}

/// Types of all variables of a block. The numbers inside are least byte first.
pub fn type_list(reader: &mut Reader<'_>) -> Option<Value> {
    let (mut told, mut further) = (Vec::new(), 0);
    let mut first = true;
    each_run(reader, |run| {
        if first {
            // A number that only the first run has.
            run.skip(4)?;
            first = false;
        }
        while !run.is_empty() {
            let element = type_element(run)?;
            if told.len() < MAX_TOLD { told.push(element) } else { further += 1 }
        }
        Some(())
    })?;
    Some(list("variables", told, further))
}

fn type_element(run: &mut Reader<'_>) -> Option<Value> {
    let (symbol, crc) = (run.le32()?, run.le32()?);
    let data_type = run.u8()?;
    let flags = run.be16()?;
    run.skip(1)?;
    run.skip(OFFSET_BYTES[usize::from(flags >> 12)])?;
    let fields = Fields::default()
        .with("symbol", Value::UInt(u64::from(symbol)))
        .with("crc", Value::Text(format!("{crc:08x}")))
        .with("type", type_name(u64::from(data_type)))
        .with("flags", flag_names(&LIST_FLAGS, u32::from(flags)));
    Some(Value::Fields(fields))
}

/// Names of all variables of a block, in the order of their types.
pub fn name_list(reader: &mut Reader<'_>) -> Option<Value> {
    let (mut told, mut further) = (Vec::new(), 0);
    each_run(reader, |run| {
        while !run.is_empty() {
            let length = usize::from(run.u8()?);
            let name = Value::text(run.take(length)?, MAX_NAME);
            // Ends the name once more.
            run.skip(1)?;
            if told.len() < MAX_TOLD { told.push(name) } else { further += 1 }
        }
        Some(())
    })?;
    Some(list("names", told, further))
}

/// Runs of bytes, each behind its length; an empty one ends them.
fn each_run(reader: &mut Reader<'_>, mut take: impl FnMut(&mut Reader<'_>) -> Option<()>) -> Option<()> {
    loop {
        let length = usize::from(reader.be16()?);
        if length == 0 {
            return Some(());
        }
        take(&mut Reader::new(reader.take(length)?))?;
    }
}

fn list(name: &'static str, mut told: Vec<Value>, further: usize) -> Value {
    if further > 0 {
        told.push(Value::Text(format!("… {further} more")));
    }
    Value::Fields(Fields::default().with(name, Value::List(told)))
}

fn described(name: &str, data_type: u64) -> Fields {
    Fields::default().with("name", Value::Text(name.to_owned())).with("type", type_name(data_type))
}

/// Rights and properties of a single description.
const TAG_FLAGS: [(u32, &str); 10] = [
    (0x0200_0000, "retain"),
    (0x0080_0000, "hmi_visible"),
    (0x0040_0000, "hmi_read_only"),
    (0x0020_0000, "hmi_cached"),
    (0x0010_0000, "hmi_accessible"),
    (0x0000_4000, "needs_legitimation"),
    (0x0000_2000, "changeable_in_run"),
    (0x0000_0800, "server_only"),
    (0x0000_0400, "client_read_only"),
    (0x0000_0020, "persistent"),
];

/// The same of a list.
const LIST_FLAGS: [(u32, &str); 4] =
    [(0x0800, "hmi_visible"), (0x0400, "hmi_read_only"), (0x0200, "hmi_accessible"), (0x0080, "optimised")];

fn flag_names(names: &[(u32, &'static str)], flags: u32) -> Value {
    let set = names.iter().filter(|(bit, _)| flags & bit != 0);
    Value::List(set.map(|(_, name)| Value::Text((*name).to_owned())).collect())
}

/// The type that a variable has for the programmer.
fn type_name(code: u64) -> Value {
    let name = match code {
        0 => "VOID",
        1 | 40 => "BOOL",
        2 => "BYTE",
        3 => "CHAR",
        4 => "WORD",
        5 => "INT",
        6 => "DWORD",
        7 => "DINT",
        8 => "REAL",
        9 => "DATE",
        10 => "TIME_OF_DAY",
        11 => "TIME",
        12 => "S5TIME",
        13 => "S5COUNT",
        14 => "DATE_AND_TIME",
        16 => "ARRAY",
        17 => "STRUCT",
        19 => "STRING",
        20 => "POINTER",
        22 => "ANY",
        23 => "FB",
        24 => "FC",
        25 => "DB",
        28 => "COUNTER",
        29 => "TIMER",
        30 => "IEC_COUNTER",
        31 => "IEC_TIMER",
        48 => "LREAL",
        49 => "ULINT",
        50 => "LINT",
        51 => "LWORD",
        52 => "USINT",
        53 => "UINT",
        54 => "UDINT",
        55 => "SINT",
        61 => "WCHAR",
        62 => "WSTRING",
        63 => "VARIANT",
        64 => "LTIME",
        65 => "LTOD",
        66 => "LDT",
        67 => "DTL",
        _ => return Value::UInt(code),
    };
    Value::Text(name.to_owned())
}
