//! Messages of the protocol itself, which have neither opcode nor function: keep-alives, and events about the connection.

use smallvec::smallvec;

use super::leaf::{Leaves, Place, number};
use super::meaning::plain;
use super::value::{Numbers, Values};
use super::{known, wire};
use crate::event::{Class, Item, Object, Outcome, Value};
use crate::protocol::Reader;
use crate::protocol::s7::meaning::Items;
use crate::protocol::s7::report::{Ending, Reporter};
use crate::protocol::s7::tsdu::Sent;

/// Type of a structure, written in four bytes.
const STRUCTURE: u32 = 0x17;
/// The member that says what went wrong.
const RETURN_VALUE: u32 = 40305;
const MAX_TEXT: usize = 128;

pub fn message(version: u8, data: &[u8], sent: Sent, to: &mut Reporter<'_, '_>) {
    let ending = one_way(sent);
    let event = if version == wire::SYSTEM_EVENT { Some(Event::read(data)) } else { None };
    if let Some(event) = &event {
        to.out.undecoded(event.unread);
    }
    let says_something = event.as_ref().is_some_and(|event| event.items.len() > 1);
    if !says_something && known::own(version, &ending, to) {
        return;
    }
    let name = match version {
        wire::SYSTEM_EVENT => "system_event",
        wire::KEEP_ALIVE => "keep_alive",
        _ => "unknown_version",
    };
    let mut meaning = plain(u32::from(version), name, Class::Session, version);
    meaning.items = event.map(|event| event.items).unwrap_or_default();
    if meaning.items.is_empty() && !data.is_empty() {
        meaning.items = smallvec![Item { object: None, values: vec![Value::bytes(data)], ..Item::default() }];
    }
    to.operation(meaning, &ending);
}

pub fn one_way(sent: Sent) -> Ending {
    Ending { request: None, response: Some(sent), outcome: Outcome::Accepted }
}

/// An event about the connection: four numbers, then nothing, a structure, or text such as `LOGOUT`.
struct Event {
    items: Items,
    unread: usize,
}

impl Event {
    fn read(data: &[u8]) -> Self {
        let mut reader = Reader::new(data);
        let mut event = Event { items: smallvec![], unread: 0 };
        if event.fields(&mut reader).is_none() {
            event.unread = reader.remaining();
        }
        event
    }

    fn fields(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        reader.skip(4)?;
        let confirmed = reader.be32()?;
        reader.skip(8)?;
        self.tell("bytes confirmed", Value::UInt(u64::from(confirmed)));
        let rest = reader.rest();
        if rest.is_empty() {
            return Some(());
        }
        if rest.first_chunk::<4>() != Some(&STRUCTURE.to_be_bytes()) {
            self.tell("message", Value::text(reader.take(rest.len())?, MAX_TEXT));
            return Some(());
        }
        let mut leaves = Leaves::default();
        let read = Values::new(&mut leaves, Numbers::Fixed).value(reader, &Place::default());
        for leaf in leaves.into_kept() {
            let name = if leaf.path.last() == Some(&RETURN_VALUE) { "return value" } else { "value" };
            if let (RETURN_VALUE, Some(code)) = (leaf.path.last().copied().unwrap_or(0), number(&leaf.value)) {
                self.tell("error", Value::Text(wire::error(wire::code(code.cast_unsigned())).to_owned()));
            }
            self.tell(name, leaf.value);
        }
        read
    }

    fn tell(&mut self, name: &'static str, value: Value) {
        self.items.push(Item { object: Some(Object::named(name)), values: vec![value], ..Item::default() });
    }
}
