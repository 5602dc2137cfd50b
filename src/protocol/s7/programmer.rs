//! Commands of a programming device: variables watched, modified and forced, blocks watched line by line, and the jobs
//! that such requests leave on the controller; pure.

use smallvec::{SmallVec, smallvec};

use super::address::{Memory, Place};
use super::meaning::{Items, item};
use super::parse::DataItem;
use super::userdata::{self, Userdata};
use super::wire::{self, area, size};
use super::{block, values};
use crate::event::{Fields, Item, Object, Value};
use crate::protocol::Reader;

/// The most variables of one table that are taken in.
const MAX_VARIABLES: usize = 256;

/// A command or its result: a length each of parameter and data, and then these.
#[derive(Clone, Copy, Debug)]
struct Command<'a> {
    parameter: &'a [u8],
    data: &'a [u8],
}

impl<'a> Command<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let (parameter, data) = (usize::from(reader.be16()?), usize::from(reader.be16()?));
        Some(Command { parameter: reader.take(parameter)?, data: reader.take(data)? })
    }

    fn word(&self, at: usize) -> Option<u16> {
        self.parameter.get(at..at + 2).map(|word| u16::from_be_bytes([word[0], word[1]]))
    }

    /// When a job takes effect, and how often.
    fn trigger(&self) -> Option<Item> {
        let (kind, frequency, event) = (self.word(2)?, self.word(4)?, self.word(18)?);
        let fields = Fields::default()
            .with("type", Value::UInt(u64::from(kind)))
            .with("frequency", frequency_name(frequency))
            .with("event", event_name(event));
        Some(Item { object: Some(Object::named("trigger")), values: vec![Value::Fields(fields)], ..Item::default() })
    }

    /// The block that is watched: its type and number stand behind the trigger.
    fn block(&self) -> Option<Item> {
        let (kind, number, start) = (self.word(20)?, self.word(22)?, self.word(24)?);
        let name = u8::try_from(kind).ok().and_then(wire::block_type)?;
        let values = vec![Value::Fields(Fields::default().with("start_address", Value::UInt(u64::from(start))))];
        Some(Item { object: Some(block::named_object(name, number)), values, ..Item::default() })
    }
}

/// What a command says, or what comes back from it. `watched` are the variables of the job that a push belongs to.
pub fn items(
    request: Option<&Userdata<'_>>,
    answer: Option<&Userdata<'_>>,
    watched: &[Option<Memory>],
) -> Option<Items> {
    if let Some(request) = request {
        let command = Command::read(request.bytes())?;
        let mut items = asked(request.subfunction, &command)?;
        items.extend(command.trigger());
        if request.subfunction == userdata::READ_JOB_LIST {
            let list = answer.and_then(|answer| Command::read(answer.bytes()));
            items.extend(list.iter().flat_map(|list| jobs(list.data)));
        }
        return Some(items);
    }
    let answer = answer?;
    let result = Command::read(answer.bytes())?;
    match answer.subfunction {
        userdata::VARIABLE_STATUS => variables(result.data, watched),
        userdata::MODIFY_VARIABLE | userdata::FORCE => Some(verdicts(result.data, watched)),
        userdata::READ_JOB_LIST => Some(jobs(result.data)),
        _ => Some(bytes(result.data)),
    }
}

/// The variables that a request names, for the results that follow it.
pub fn watched(request: &Userdata<'_>) -> Option<SmallVec<[Option<Memory>; 8]>> {
    if !matches!(request.subfunction, userdata::VARIABLE_STATUS | userdata::MODIFY_VARIABLE | userdata::FORCE) {
        return None;
    }
    let command = Command::read(request.bytes())?;
    Some(addresses(&mut Reader::new(command.data))?.into_iter().map(Some).collect())
}

fn asked(subfunction: u8, command: &Command<'_>) -> Option<Items> {
    match subfunction {
        userdata::VARIABLE_STATUS => {
            let addresses = addresses(&mut Reader::new(command.data))?;
            Some(addresses.iter().map(|memory| Item::new(Place::Memory(*memory).object())).collect())
        }
        userdata::MODIFY_VARIABLE | userdata::FORCE => modified(command.data),
        userdata::DISABLE_JOB..=userdata::DELETE_JOB | userdata::READ_JOB => Some(jobs(command.data)),
        userdata::READ_JOB_LIST => Some(smallvec![]),
        userdata::BLOCK_STATUS | userdata::BLOCK_STATUS_V2 => Some(command.block().into_iter().collect()),
        _ => Some(bytes(command.data)),
    }
}

/// A count, then six bytes each: area and width, repetition or bit, block, start.
fn addresses(reader: &mut Reader<'_>) -> Option<Vec<Memory>> {
    let count = usize::from(reader.be16()?).min(MAX_VARIABLES);
    (0..count).map(|_| address(reader)).collect()
}

fn address(reader: &mut Reader<'_>) -> Option<Memory> {
    let (kind, repetition) = (reader.u8()?, reader.u8()?);
    let (db, start) = (reader.be16()?, reader.be16()?);
    let area = match kind >> 4 {
        0 => 0x83,
        1 => 0x81,
        2 => 0x82,
        3 => 0x80,
        5 => area::TIMERS,
        6 => area::COUNTERS,
        7 => area::DATA_BLOCK,
        other => other,
    };
    let position = u32::from(start);
    Some(match (kind >> 4, kind & 0x0f) {
        (5, _) => Memory { area, db, size: size::TIMER, quantity: u16::from(repetition), position },
        (6, _) => Memory { area, db, size: size::COUNTER, quantity: u16::from(repetition), position },
        // Of a bit, its place in the byte stands where else the repetition does.
        (_, 0) => {
            let bit = u32::from(repetition & 7);
            Memory { area, db, size: size::BIT, quantity: 1, position: position * 8 + bit }
        }
        (_, width) => {
            let size = match width {
                2 => size::WORD,
                3 => size::DWORD,
                _ => size::BYTE,
            };
            Memory { area, db, size, quantity: u16::from(repetition), position: position * 8 }
        }
    })
}

fn modified(data: &[u8]) -> Option<Items> {
    let mut reader = Reader::new(data);
    let addresses = addresses(&mut reader)?;
    let with_value = |memory: Memory| {
        let values = DataItem::take(&mut reader).map(|data| values::typed(&memory, &data)).unwrap_or_default();
        Item { values, ..Item::new(Place::Memory(memory).object()) }
    };
    Some(addresses.into_iter().map(with_value).collect())
}

/// A count, then a data item for each variable.
fn variables(data: &[u8], watched: &[Option<Memory>]) -> Option<Items> {
    let mut reader = Reader::new(data);
    let count = usize::from(reader.be16()?).min(MAX_VARIABLES);
    let data = (0..count).map_while(|_| DataItem::take(&mut reader));
    Some(data.enumerate().map(|(i, data)| variable(watched.get(i).copied().flatten(), &data)).collect())
}

/// One value that came by itself, at the place that its job watches.
pub fn variable(place: Option<Memory>, data: &DataItem<'_>) -> Item {
    let values = place.map_or_else(|| values::untyped(data), |memory| values::typed(&memory, data));
    item(place.map(|memory| Place::Memory(memory).object()), values, data.code)
}

/// A count, then a return code for each variable.
fn verdicts(data: &[u8], watched: &[Option<Memory>]) -> Items {
    let codes = data.get(2..).unwrap_or_default();
    let count = data.get(1).map_or(0, |count| usize::from(*count)).min(codes.len());
    let place = |i: usize| watched.get(i).copied().flatten().map(|memory| Place::Memory(memory).object());
    codes[..count].iter().enumerate().map(|(i, code)| item(place(i), vec![], *code)).collect()
}

/// Function and number of each job; lists fill up to four bytes each.
fn jobs(data: &[u8]) -> Items {
    let job = |record: &[u8]| {
        let (function, number) = (*record.first()?, *record.get(1)?);
        let name = userdata::function(userdata::PROGRAMMER, function).0.into_owned();
        let values = vec![Value::Text(name), Value::UInt(u64::from(number))];
        Some(Item { values, ..Item::new(Object::named("job")) })
    };
    data.chunks(4).take(MAX_VARIABLES).filter_map(job).collect()
}

fn bytes(data: &[u8]) -> Items {
    if data.is_empty() {
        return smallvec![];
    }
    smallvec![Item { object: None, values: vec![Value::bytes(data)], ..Item::default() }]
}

fn frequency_name(code: u16) -> Value {
    match code {
        0 => Value::Text("every cycle".to_owned()),
        1 => Value::Text("once".to_owned()),
        2 => Value::Text("always".to_owned()),
        other => Value::UInt(u64::from(other)),
    }
}

fn event_name(code: u16) -> Value {
    let name = match code {
        0x0000 => "immediately",
        0x0100 => "system trigger",
        0x0200 => "main cycle start",
        0x0300 => "main cycle end",
        0x0400 => "mode transition RUN to STOP",
        0x0500 => "behind a code address",
        0x0600 => "code address area",
        0x0601 => "code address area with call environment",
        0x0700 => "data address",
        0x0800 => "data address area",
        0x0900 => "local data address",
        _ => return Value::Text(format!("0x{code:04x}")),
    };
    Value::Text(name.to_owned())
}
