//! Objects and values of an operation: from the request what is touched, from the answer what was read.

use smallvec::{SmallVec, smallvec};

use super::device::{MAX_TEXT, ServerId};
use super::parse::{self, Adu, Identification, Request};
use super::{umas, wire};
use crate::event::{Fields, Item, ModbusRange, ModbusTable, Object, Value};
use crate::protocol::Reader;

pub type Items = SmallVec<[Item; 1]>;

/// Of a request and its answer; `answer` is no exception.
pub fn items(asked: &Request<'_>, function: u8, answer: Option<&Adu<'_>>) -> Items {
    match asked {
        Request::Read(range) => smallvec![item(*range, answer.map_or(vec![], |adu| read_values(*range, adu)))],
        Request::WriteSingle { range, value } => smallvec![written(*range, *value)],
        Request::WriteMultiple { range, data } => {
            smallvec![item(*range, parse::values(range.table, data, Some(range.quantity)))]
        }
        Request::MaskWrite { range, and, or } => {
            smallvec![item(*range, vec![Value::UInt(u64::from(*and)), Value::UInt(u64::from(*or))])]
        }
        Request::ReadWrite { read, write, data } => smallvec![
            item(*write, parse::words(data)),
            item(*read, answer.map_or(vec![], |adu| read_values(*read, adu)))
        ],
        Request::Encapsulated { mei: wire::MEI_DEVICE_IDENTIFICATION, data } => identification(data, answer),
        Request::Diagnostic { subfunction, data } => diagnostic(*subfunction, data, answer),
        Request::Files(groups) => files(function, groups, answer),
        Request::Fifo(address) => smallvec![item(parse::fifo(*address), answer.map_or(vec![], queue))],
        Request::Umas(call) => {
            umas::items(Some(call), answer.and_then(|adu| umas::Reply::read(adu.body, Some(call))).as_ref())
        }
        Request::Encapsulated { data, .. } | Request::Other(data) | Request::Malformed(data) => {
            answer.and_then(status).unwrap_or_else(|| other(answer.map_or(*data, |adu| adu.body)))
        }
    }
}

/// An answer whose question was not seen: reads do not repeat their address, writes do.
pub fn unasked(adu: &Adu<'_>) -> Items {
    let Some(table) = parse::table(adu.function) else { return unasked_other(adu) };
    match adu.function {
        wire::READ_COILS..=wire::READ_INPUT_REGISTERS => {
            let data = adu.body.get(1..).unwrap_or_default();
            smallvec![Item { values: parse::values(table, data, None), ..Item::default() }]
        }
        _ => match Request::read(adu) {
            Request::WriteSingle { range, value } => smallvec![written(range, value)],
            _ => match *adu.body {
                [a, b, c, d] => {
                    let (address, quantity) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                    smallvec![item(ModbusRange { table, address, quantity }, vec![])]
                }
                _ => smallvec![],
            },
        },
    }
}

fn unasked_other(adu: &Adu<'_>) -> Items {
    match adu.function {
        wire::ENCAPSULATED_INTERFACE => identification(&[], Some(adu)),
        wire::READ_FIFO => smallvec![Item { values: queue(adu), ..Item::default() }],
        wire::READ_WRITE_REGISTERS => {
            smallvec![Item { values: parse::words(adu.body.get(1..).unwrap_or_default()), ..Item::default() }]
        }
        wire::MASK_WRITE_REGISTER => items(&Request::read(adu), adu.function, Some(adu)),
        wire::UMAS => umas::items(None, umas::Reply::read(adu.body, None).as_ref()),
        _ => status(adu).unwrap_or_else(|| other(adu.body)),
    }
}

fn item(range: ModbusRange, values: Vec<Value>) -> Item {
    Item { object: Some(Object::Modbus(range)), values, ..Item::default() }
}

/// What function 5 or 6 writes; a coil is 0xFF00 or 0 on the wire.
fn written(range: ModbusRange, value: u16) -> Item {
    let coil = range.table == ModbusTable::Coil;
    item(range, vec![if coil { Value::Bool(value == 0xff00) } else { Value::UInt(u64::from(value)) }])
}

fn other(data: &[u8]) -> Items {
    if data.is_empty() { smallvec![] } else { smallvec![bare(data)] }
}

fn bare(data: &[u8]) -> Item {
    Item { values: vec![Value::bytes(data)], ..Item::default() }
}

fn fields(fields: Fields) -> Item {
    Item { values: vec![Value::Fields(fields)], ..Item::default() }
}

fn number(n: u16) -> Value {
    Value::UInt(u64::from(n))
}

/// Data of a read response: a byte count, then bits or registers.
fn read_values(range: ModbusRange, adu: &Adu<'_>) -> Vec<Value> {
    adu.body.get(1..).map_or(vec![], |data| parse::values(range.table, data, Some(range.quantity)))
}

/// Values of a FIFO queue: bytes, count, then registers.
fn queue(adu: &Adu<'_>) -> Vec<Value> {
    adu.body.get(4..).map_or(vec![], parse::words)
}

/// Answers of functions whose requests have no fields: what they say of the device.
fn status(adu: &Adu<'_>) -> Option<Items> {
    let mut reader = Reader::new(adu.body);
    let told = match adu.function {
        wire::READ_EXCEPTION_STATUS => {
            let outputs = reader.u8()?;
            Fields::default().with("exception_status", number(outputs.into()))
        }
        wire::EVENT_COUNTER => {
            Fields::default().with("status", number(reader.be16()?)).with("event_count", number(reader.be16()?))
        }
        wire::EVENT_LOG => {
            reader.u8()?;
            let counts = Fields::default().with("status", number(reader.be16()?));
            let counts = counts.with("event_count", number(reader.be16()?));
            let counts = counts.with("message_count", number(reader.be16()?));
            counts.with("events", Value::List(reader.rest().iter().map(|event| logged(*event)).collect()))
        }
        wire::REPORT_SERVER_ID => {
            reader.u8()?;
            let server = ServerId::read(reader.rest());
            let told = Fields::default().with("server_id", Value::bytes(server.id));
            let told = told.with("running", server.running.map_or(Value::Null, Value::Bool));
            told.with("additional", Value::bytes(server.additional))
        }
        _ => return None,
    };
    Some(smallvec![fields(told)])
}

/// An entry of the event log (section 6.10): what was received or sent, or that the device began anew.
fn logged(event: u8) -> Value {
    let flags: &[(u8, &str)] = match event {
        0 => return Value::Text("communications_restarted".to_owned()),
        4 => return Value::Text("entered_listen_only".to_owned()),
        0x80.. => &[(0x02, "error"), (0x10, "overrun"), (0x20, "listen_only"), (0x40, "broadcast")],
        0x40.. => &[
            (0x01, "read_exception"),
            (0x02, "abort_exception"),
            (0x04, "busy_exception"),
            (0x08, "nak_exception"),
            (0x10, "write_timeout"),
            (0x20, "listen_only"),
        ],
        _ => return Value::UInt(u64::from(event)),
    };
    let way = if event < 0x80 { "sent" } else { "received" };
    let set = flags.iter().filter(|(flag, _)| event & flag != 0).map(|(_, name)| *name);
    Value::Text(std::iter::once(way).chain(set).collect::<Vec<_>>().join(" "))
}

/// Counters tell a number; the others repeat what they were sent.
fn diagnostic(subfunction: u16, data: &[u8], answer: Option<&Adu<'_>>) -> Items {
    let answered = answer.and_then(|adu| adu.body.get(2..));
    let word = answered.and_then(|data| data.first_chunk()).map(|word| u16::from_be_bytes(*word));
    let name = match subfunction {
        2 => "diagnostic_register",
        11..=18 => "count",
        _ => return other(answered.unwrap_or(data)),
    };
    match word {
        Some(word) => smallvec![fields(Fields::default().with(name, number(word)))],
        None => other(answered.unwrap_or(data)),
    }
}

/// One item a group: `file 4 record 1`.
fn files(function: u8, groups: &[u8], answer: Option<&Adu<'_>>) -> Items {
    let mut answers = parse::file_answers(answer.and_then(|adu| adu.body.get(1..)).unwrap_or_default());
    let groups = parse::file_groups_of(function, groups).map(|group| {
        let data = if function == wire::WRITE_FILE { group.data } else { answers.next().unwrap_or_default() };
        let last = u32::from(group.record) + u32::from(group.length).saturating_sub(1);
        let records = if group.length < 2 { group.record.to_string() } else { format!("{}..{last}", group.record) };
        let object = Object::named(format!("file {} record {records}", group.file));
        Item { values: parse::words(data), ..Item::new(object) }
    });
    groups.collect()
}

/// The objects of an answer; of a request without one, which are asked for.
fn identification(asked: &[u8], answer: Option<&Adu<'_>>) -> Items {
    let Some(adu) = answer else {
        let &[code, object, ..] = asked else { return other(asked) };
        let told = Fields::default().with("read_code", number(code.into())).with("object", number(object.into()));
        return smallvec![fields(told)];
    };
    match adu.body.split_first() {
        Some((&wire::MEI_DEVICE_IDENTIFICATION, data)) => match Identification::read(data) {
            Some(found) => found.objects.iter().map(|(id, value)| device_object(*id, value)).collect(),
            None => other(data),
        },
        Some((_, data)) => other(data),
        None => smallvec![],
    }
}

pub fn device_object(id: u8, value: &[u8]) -> Item {
    Item { values: vec![Value::text(value, MAX_TEXT)], ..Item::new(Object::named(format!("object_{id}"))) }
}
