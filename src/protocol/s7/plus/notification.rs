//! Notifications: what a controller sends by itself to whoever subscribed.

use super::body::Body;
use super::leaf::{Leaves, Place, number as as_number};
use super::number;
use super::value::{Numbers, Values};
use crate::event::Value;
use crate::protocol::Reader;

/// Codes in front of each value.
const END: u8 = 0x00;
const ERRORS: [u8; 2] = [0x03, 0x13];
const OBJECT: u8 = 0x81;
const PLAIN_VALUE: u8 = 0x83;
const VALUE: u8 = 0x92;
const NUMBERED_VALUE: u8 = 0x9b;
const NUMBER: u8 = 0x9c;

/// Objects of S7-1500 and of S7-1200 from firmware 4 on have numbers from here on, and their notifications more fields.
const NEWER: u32 = 0x7000_0000;
/// Codes in front of a time.
const CLOCKS: [u8; 2] = [0x04, 0x05];
/// What the second field says where values follow.
const WITH_VALUES: u16 = 0x0400;
/// In a reference list an item begins with a number from here on.
const ITEM: i64 = 0x8000_0000;

/// Reads what follows the opcode.
pub fn read(body: &mut Body, reader: &mut Reader<'_>) -> Option<()> {
    let subscription = reader.be32()?;
    let kind = reader.be16()?;
    reader.skip(2)?;
    if kind != WITH_VALUES {
        return (reader.remaining() <= 8).then_some(());
    }
    // A number of unknown use, and how many notifications are still free to send.
    reader.skip(3)?;
    sequence(subscription, reader)?;
    values(subscription, body, reader)?;
    if reader.remaining() > 7 && reader.rest().first() != Some(&0) {
        second_part(body, reader)?;
    }
    Some(())
}

/// The same of the protocol's first version: where there are no values, zeros follow.
pub fn read_first_version(body: &mut Body, reader: &mut Reader<'_>) -> Option<()> {
    let subscription = reader.be32()?;
    reader.skip(4)?;
    if reader.rest().iter().take(4).all(|byte| *byte == 0) {
        return Some(());
    }
    reader.skip(6)?;
    values(subscription, body, reader)
}

/// The running number, and in newer ones how often the subscription was changed, or else a time.
fn sequence(subscription: u32, reader: &mut Reader<'_>) -> Option<()> {
    if subscription > NEWER {
        number::unsigned32(reader)?;
        let clock = reader.rest().get(1).is_some_and(|code| CLOCKS.contains(code)) && reader.remaining() > 9;
        if reader.rest().first()? == &0 && (clock || reader.remaining() > 16) {
            reader.skip(8)?;
        }
        return reader.skip(1);
    }
    reader.skip(1)?;
    // Some have a further number here.
    let known = |code: u8| {
        matches!(code, END | OBJECT | PLAIN_VALUE | VALUE | NUMBERED_VALUE | NUMBER) || ERRORS.contains(&code)
    };
    if !known(*reader.rest().first()?) {
        reader.skip(1)?;
    }
    Some(())
}

fn values(subscription: u32, body: &mut Body, reader: &mut Reader<'_>) -> Option<()> {
    let place = Place::object(subscription, 0);
    loop {
        match reader.u8()? {
            END => return Some(()),
            VALUE => {
                let reference = reader.be32()?;
                value(&mut body.leaves, reader, &place.down(reference)?)?;
            }
            NUMBERED_VALUE => {
                let reference = number::unsigned32(reader)?;
                value(&mut body.leaves, reader, &place.down(reference)?)?;
            }
            PLAIN_VALUE => value(&mut body.leaves, reader, &place)?,
            NUMBER => {
                let reference = reader.be32()?;
                body.leaves.push(place.leaf(Value::UInt(u64::from(reference))));
            }
            OBJECT => body.objects(reader)?,
            code if ERRORS.contains(&code) => {
                let reference = reader.be32()?;
                body.errors.push((reference, i16::from(code)));
            }
            _ => return None,
        }
    }
}

fn value(leaves: &mut Leaves, reader: &mut Reader<'_>, place: &Place) -> Option<()> {
    Values::new(leaves, Numbers::Variable).value(reader, place)
}

/// What another subscription has, such as alarms.
fn second_part(body: &mut Body, reader: &mut Reader<'_>) -> Option<()> {
    let subscription = reader.be32()?;
    reader.skip(2)?;
    values(subscription, body, reader)
}

/// What each reference number of a subscription's list stands for. An item is a number of at least 2³¹, the reference, a
/// number of unknown use, the object, the checksum of the symbol, and the numbers on the way down.
pub fn references(list: &Value) -> Vec<(u32, Place)> {
    let Value::List(list) = list else { return Vec::new() };
    let numbers: Vec<i64> = list.iter().filter_map(as_number).collect();
    // The list's own number, one of unknown use, and the count.
    let items = numbers.get(3..).unwrap_or_default();
    let starts: Vec<usize> = (0..items.len()).filter(|i| begins_item(items, *i)).collect();
    let ends = starts.iter().skip(1).copied().chain([items.len()]);
    starts.iter().zip(ends).filter_map(|(start, end)| reference(&items[*start..end])).collect()
}

/// Reference numbers and objects are large numbers, too: an item has at least five numbers after its first.
fn begins_item(items: &[i64], at: usize) -> bool {
    let before = items[..at].iter().rposition(|n| *n >= ITEM && *n >> 24 == 0x80);
    items[at] >= ITEM && items[at] >> 24 == 0x80 && before.is_none_or(|before| at - before > 5)
}

fn reference(item: &[i64]) -> Option<(u32, Place)> {
    let number = |n: &i64| u32::try_from(*n).ok();
    let [_, reference, _, object, crc, path @ ..] = item else { return None };
    let mut place = Place::object(number(object)?, 0);
    place.crc = number(crc)?;
    for id in path {
        place = place.down(number(id)?)?;
    }
    Some((number(reference)?, place))
}
