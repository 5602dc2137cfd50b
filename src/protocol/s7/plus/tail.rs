//! What stands behind what a message says, or between its parts: routing numbers, running numbers, digests.

use super::leaf::{Leaves, Place};
use super::number;
use super::value::{Numbers, Values};
use crate::protocol::Reader;

/// Attribute that begins the qualifier of many requests: three numbers about routing that are always zero.
const QUALIFIER: u32 = 1256;
/// Bytes of the digest that guards a message, where it stands at its end.
const DIGEST: u8 = 32;
/// Zeros that may end a message.
const MAX_ZEROS: usize = 12;

/// Parts of a stream up to the message's end: how many, their bytes, and what is left.
pub fn stream_parts(mut reader: Reader<'_>) -> Option<(usize, usize, Reader<'_>)> {
    let (mut parts, mut bytes) = (0, 0);
    while tail_end(&mut { reader }).is_none() {
        let length = Some(number::unsigned32(&mut reader)? as usize).filter(|length| *length > 0)?;
        reader.skip(length)?;
        (parts, bytes) = (parts + 1, bytes + length);
    }
    (parts > 0).then_some((parts, bytes, reader))
}

/// A number that some put in front of a list, whose first item has the number one.
pub fn further_number(reader: &mut Reader<'_>) {
    let mut ahead = *reader;
    if reader.rest().first() != Some(&1) && number::unsigned64(&mut ahead).is_some() && ahead.rest().first() == Some(&1)
    {
        *reader = ahead;
    }
}

pub fn qualifier(reader: &mut Reader<'_>) -> Option<()> {
    // Some functions put a zero in front of it, and not every request has one.
    let at = |at: usize| reader.rest().get(at..at + 4) == Some(&QUALIFIER.to_be_bytes());
    let Some(start) = [0, 1].into_iter().find(|start| at(*start)) else { return Some(()) };
    reader.skip(start + 4)?;
    let mut ignored = Leaves::default();
    let mut values = Values::new(&mut ignored, Numbers::Variable);
    loop {
        let id = number::unsigned32(reader)?;
        if id == 0 {
            return Some(());
        }
        values.value(reader, &Place::default())?;
    }
}

/// More bytes than the zeros or the numbers that end a message.
pub fn more_than_a_tail(reader: &Reader<'_>) -> bool {
    reader.rest().iter().skip(1).any(|byte| *byte != 0)
}

/// The message's end: zeros, with a running number before them or a number and a digest in their place.
pub fn tail_end(reader: &mut Reader<'_>) -> Option<()> {
    let zeros = |bytes: &[u8]| bytes.len() <= MAX_ZEROS && bytes.iter().all(|byte| *byte == 0);
    let digest = |bytes: &[u8]| bytes.first() == Some(&DIGEST) && bytes.len() == 1 + usize::from(DIGEST);
    let ends = |bytes: &[u8]| zeros(bytes) || digest(bytes);
    if ends(reader.rest()) {
        return Some(());
    }
    number::unsigned32(reader)?;
    if ends(reader.rest()) {
        return Some(());
    }
    // There may be up to three zeros in front of the number.
    let rest = reader.rest();
    let at = rest.iter().take(4).position(|byte| *byte != 0)?;
    let mut rest = Reader::new(&rest[at..]);
    if digest(rest.rest()) {
        return Some(());
    }
    number::unsigned32(&mut rest)?;
    ends(rest.rest()).then_some(())
}
