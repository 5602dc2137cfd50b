//! The fields of each function, as an operation's objects and values. Numbers lie low byte first.

use smallvec::{SmallVec, smallvec};

use super::{Call, Reply, wire};
use crate::event::{Fields, Item, Object, Value, clean_text};
use crate::protocol::Reader;

/// Variables, memory banks or records of one message that are told.
const MAX_ITEMS: usize = 64;
/// Characters of a name.
const MAX_NAME: usize = 64;

type Items = SmallVec<[Item; 1]>;

/// What a request and its answer are about. The first item has the session byte and the call's own fields.
pub fn items(call: Option<&Call<'_>>, reply: Option<&Reply<'_>>) -> Items {
    let reply = reply.filter(|reply| reply.status == wire::OK);
    let Some(call) = call else { return reply.map(|reply| smallvec![bytes(reply.data)]).unwrap_or_default() };
    let known = match call.function {
        wire::READ_MEMORY | wire::WRITE_MEMORY => memory(call, reply),
        wire::READ_VARIABLES => read_variables(call, reply),
        wire::WRITE_VARIABLES => write_variables(call),
        _ => None,
    };
    known.unwrap_or_else(|| plain(call, reply))
}

/// A variable in a memory block, or some of its bytes.
fn place(block: u16, offset: u32, length: usize) -> Object {
    Object::named(format!("memory block {block} offset {offset} length {length}"))
}

fn bytes(data: &[u8]) -> Item {
    Item { values: if data.is_empty() { vec![] } else { vec![Value::bytes(data)] }, ..Item::default() }
}

fn number(value: impl Into<u64>) -> Value {
    Value::UInt(value.into())
}

/// Range, block, offset, two bytes nobody knows, and how many bytes; a write has the bytes behind.
fn memory(call: &Call<'_>, reply: Option<&Reply<'_>>) -> Option<Items> {
    let mut reader = Reader::new(call.data);
    reader.u8()?;
    let (block, offset) = (reader.le16()?, reader.le16()?);
    reader.skip(2)?;
    let length = reader.le16()?;
    let data = match (call.function, reply) {
        (wire::WRITE_MEMORY, _) => reader.rest(),
        // Range and the number of bytes that follow.
        (_, Some(reply)) => reply.data.get(3..).unwrap_or_default(),
        _ => &[],
    };
    let object = place(block, offset.into(), length.into());
    Some(smallvec![head(call, vec![]), Item { object: Some(object), ..bytes(data) }])
}

/// One variable of a request.
struct Variable {
    object: Object,
    size: usize,
}

/// Bytes of an element, by the lower half of a reference's first byte.
const fn element_size(index: u8) -> usize {
    match index & 0x0f {
        1 => 1,
        2 => 2,
        3 => 4,
        4 => 8,
        _ => 0,
    }
}

fn read_variables(call: &Call<'_>, reply: Option<&Reply<'_>>) -> Option<Items> {
    let mut reader = Reader::new(call.data);
    let crc = reader.le32()?;
    let count = usize::from(reader.u8()?).min(MAX_ITEMS);
    let variables: Option<Vec<Variable>> = (0..count).map(|_| read_reference(&mut reader)).collect();
    let variables = variables?;
    let mut values = Reader::new(reply.map_or(&[][..], |reply| reply.data));
    let mut items: Items = smallvec![head(call, vec![("project_crc", number(crc))])];
    for Variable { object, size } in variables {
        let value = values.take(size).filter(|value| !value.is_empty());
        items.push(Item { object: Some(object), ..bytes(value.unwrap_or_default()) });
    }
    Some(items)
}

/// Kind and size, block, a constant, base and offset within it, and how many elements where it is a list.
fn read_reference(reader: &mut Reader<'_>) -> Option<Variable> {
    let kind = reader.u8()?;
    let block = reader.le16()?;
    reader.skip(1)?;
    let (base, offset) = (reader.le16()?, reader.u8()?);
    variable(reader, kind, block, u32::from(base) + u32::from(offset))
}

fn variable(reader: &mut Reader<'_>, kind: u8, block: u16, offset: u32) -> Option<Variable> {
    let elements = if kind & 0xf0 == 0 { 1 } else { usize::from(reader.le16()?) };
    let size = element_size(kind) * elements;
    Some(Variable { object: place(block, offset, size), size })
}

fn write_variables(call: &Call<'_>) -> Option<Items> {
    let mut reader = Reader::new(call.data);
    let crc = reader.le32()?;
    let count = usize::from(reader.u8()?).min(MAX_ITEMS);
    let mut items: Items = smallvec![head(call, vec![("project_crc", number(crc))])];
    for _ in 0..count {
        let kind = reader.u8()?;
        let (block, base, offset) = (reader.le16()?, reader.le16()?, reader.le16()?);
        let Variable { object, size } = variable(&mut reader, kind, block, u32::from(base) + u32::from(offset))?;
        items.push(Item { object: Some(object), ..bytes(reader.take(size)?) });
    }
    Some(items)
}

fn head(call: &Call<'_>, fields: Vec<(&'static str, Value)>) -> Item {
    let mut all = Fields::default().with("session", number(call.session));
    if call.signed {
        all = all.with("signed", Value::Bool(true));
    }
    all.0.extend(fields.into_iter().map(|(name, value)| (name.into(), value)));
    Item { values: vec![Value::Fields(all)], ..Item::default() }
}

/// A function without objects: its fields on both sides, or their bytes where these are not known.
fn plain(call: &Call<'_>, reply: Option<&Reply<'_>>) -> Items {
    let mut fields = request(call).unwrap_or_else(|| raw("request", call.data));
    if let Some(reply) = reply {
        fields.extend(response(call.function, reply.data).unwrap_or_else(|| raw("response", reply.data)));
    }
    smallvec![head(call, fields)]
}

type Named = Vec<(&'static str, Value)>;

fn raw(name: &'static str, data: &[u8]) -> Named {
    if data.is_empty() { vec![] } else { vec![(name, Value::bytes(data))] }
}

fn request(call: &Call<'_>) -> Option<Named> {
    let mut reader = Reader::new(call.data);
    Some(match call.function {
        wire::INIT_COMM | wire::READ_PROJECT_INFO => vec![("subfunction", number(reader.u8()?))],
        wire::TAKE_RESERVATION => {
            let Reservation { station_id, station } = Reservation::read(call.data)?;
            vec![("station_id", number(station_id)), ("station", Value::Text(station))]
        }
        wire::DATA_DICTIONARY => vec![
            ("record_type", number(reader.le16()?)),
            ("index", number(reader.u8()?)),
            ("hardware_id", number(reader.le32()?)),
            ("block", number(reader.le16()?)),
            ("offset", number(reader.le16()?)),
        ],
        wire::BEGIN_DOWNLOAD => vec![("file", number(reader.be16()?))],
        wire::BEGIN_UPLOAD => vec![("file", number(reader.be16()?)), ("block_size", number(reader.le16()?))],
        wire::DOWNLOAD_BLOCK => vec![
            ("file", number(reader.be16()?)),
            ("block", number(reader.le16()?)),
            ("length", number(reader.le16()?)),
        ],
        wire::UPLOAD_BLOCK | wire::END_DOWNLOAD | wire::END_UPLOAD => {
            vec![("file", number(reader.be16()?)), ("block", number(reader.le16()?))]
        }
        wire::MONITOR => vec![
            ("subfunction", number(reader.u8()?)),
            ("parameter", number(reader.u8()?)),
            ("operations", number(reader.u8()?)),
            ("list", Value::bytes(reader.rest())),
        ],
        _ => return None,
    })
}

fn response(function: u8, data: &[u8]) -> Option<Named> {
    let mut reader = Reader::new(data);
    Some(match function {
        wire::INIT_COMM => {
            let greeting = Greeting::read(data)?;
            vec![
                ("max_frame_size", number(greeting.max_frame_size)),
                ("firmware", number(greeting.firmware)),
                ("internal_code", number(greeting.internal_code)),
                ("host", Value::Text(greeting.host)),
            ]
        }
        wire::READ_ID => identity(&Identity::read(data)?),
        wire::READ_PLC_INFO => {
            reader.skip(3)?;
            let count = usize::from(reader.u8()?).min(MAX_ITEMS);
            let blocks: Vec<Value> = (0..count).map_while(|_| reader.le32()).map(number).collect();
            let mut fields = vec![("blocks", Value::List(blocks))];
            fields.extend(raw("more", reader.rest()));
            fields
        }
        wire::READ_CARD_INFO => vec![("card", Value::Text(card(data)?)), ("response", Value::bytes(data))],
        wire::TAKE_RESERVATION => vec![("granted_session", number(reader.u8()?))],
        wire::UPLOAD_BLOCK => {
            let last = reader.u8()? == 1;
            reader.skip(1)?;
            vec![("last", Value::Bool(last)), ("length", number(reader.le16()?))]
        }
        _ => return None,
    })
}

fn identity(id: &Identity) -> Named {
    let banks = id.banks.iter().map(|(address, kind, length)| {
        let bank = Fields::default().with("address", number(*address)).with("type", number(*kind));
        Value::Fields(bank.with("length", number(*length)))
    });
    vec![
        ("range", number(id.range)),
        ("hardware_id", number(id.hardware_id)),
        ("model", number(id.model)),
        ("com_version", number(id.com_version)),
        ("com_patch", number(id.com_patch)),
        ("internal_version", number(id.internal_version)),
        ("hardware_version", number(id.hardware_version)),
        ("crash_code", number(id.crash_code)),
        ("name", Value::Text(id.name.clone())),
        ("memory_banks", Value::List(banks.collect())),
    ]
}

/// Who asks for the reservation.
pub struct Reservation {
    pub station_id: u32,
    pub station: String,
}

impl Reservation {
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let station_id = reader.le32()?;
        Some(Reservation { station_id, station: text(&mut reader)? })
    }
}

/// The answer to the first call of a connection.
pub struct Greeting {
    pub max_frame_size: u16,
    pub firmware: u16,
    pub internal_code: u32,
    pub host: String,
}

impl Greeting {
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let (max_frame_size, firmware) = (reader.le16()?, reader.le16()?);
        reader.skip(4)?;
        let internal_code = reader.le32()?;
        Some(Greeting { max_frame_size, firmware, internal_code, host: text(&mut reader)? })
    }
}

/// What the controller is.
pub struct Identity {
    pub range: u16,
    pub hardware_id: u32,
    pub model: u16,
    pub com_version: u16,
    pub com_patch: u16,
    pub internal_version: u16,
    pub hardware_version: u16,
    pub crash_code: u32,
    pub name: String,
    /// Address, type and length of each.
    pub banks: Vec<(u16, u8, u32)>,
}

impl Identity {
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let (range, hardware_id, model) = (reader.le16()?, reader.le32()?, reader.le16()?);
        let (com_version, com_patch) = (reader.le16()?, reader.le16()?);
        let (internal_version, hardware_version) = (reader.le16()?, reader.le16()?);
        let crash_code = reader.le32()?;
        reader.skip(2)?;
        let name = text(&mut reader)?;
        let count = usize::from(reader.u8().unwrap_or(0)).min(MAX_ITEMS);
        let banks = (0..count).map_while(|_| bank(&mut reader)).collect();
        Some(Identity {
            range,
            hardware_id,
            model,
            com_version,
            com_patch,
            internal_version,
            hardware_version,
            crash_code,
            name,
            banks,
        })
    }
}

fn bank(reader: &mut Reader<'_>) -> Option<(u16, u8, u32)> {
    let (address, kind) = (reader.le16()?, reader.u8()?);
    reader.skip(2)?;
    Some((address, kind, reader.le32()?))
}

/// Type of the memory card, where one is plugged in.
pub fn card(data: &[u8]) -> Option<String> {
    let mut reader = Reader::new(data);
    reader.skip(6)?;
    text(&mut reader).filter(|name| !name.is_empty())
}

/// A length and so many bytes.
fn text(reader: &mut Reader<'_>) -> Option<String> {
    let length = reader.u8()?;
    reader.take(usize::from(length)).map(|bytes| clean_text(bytes, MAX_NAME))
}
