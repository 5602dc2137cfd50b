//! Whole messages: the head, then what the function says, then numbers and digests that guard it.

use super::body::Body;
use super::leaf::{Leaves, Place};
use super::object::{Objects, START_OBJECT};
use super::parse::Head;
use super::tail::{further_number, more_than_a_tail, qualifier, stream_parts, tail_end};
use super::value::{Numbers, Values};
use super::{names, notification, number, wire};
use crate::event::{Fields, Value};
use crate::protocol::Reader;

/// Addresses of one message that are kept.
const MAX_ADDRESSES: usize = 512;
/// Type of the array's elements that says what is streamed.
const UDINT: u8 = 0x04;
/// Type of the filters of a search.
const STRUCT: u8 = 0x17;

impl Body {
    /// Reads what follows the head; bytes that make no sense are counted and told raw.
    pub fn read(head: &Head, version: u8, message: &[u8]) -> Self {
        let (mut body, rest) = Self::attempt(head, version, message, false);
        // Some put the running number of a response in front of its return value.
        let strange = rest.is_some() || (head.error > 0 && wire::error(head.error) == wire::UNNAMED);
        if strange && version > 1 && matches!(head.opcode, wire::RESPONSE | wire::SHORT_RESPONSE) {
            let (numbered, unread) = Self::attempt(head, version, message, true);
            if unread.is_none() && (rest.is_some() || numbered.error == Some(0)) {
                return numbered;
            }
        }
        let Some(rest) = rest else { return body };
        body.unread = rest.len();
        body.leaves.push(Place::object(head.object.unwrap_or(0), 0).leaf(Value::bytes(rest)));
        body
    }

    /// What could be read, and the bytes that could not.
    fn attempt<'a>(head: &Head, version: u8, message: &'a [u8], numbered: bool) -> (Self, Option<&'a [u8]>) {
        let mut body = Body::default();
        let mut reader = Reader::new(message);
        let whole = reader.skip(head.length).and_then(|()| {
            if numbered {
                number::unsigned32(&mut reader)?;
                body.error = Some(wire::code(number::unsigned64(&mut { reader })?));
            }
            body.function(head, version, &mut reader)
        });
        let rest = reader.rest();
        let read = whole.is_some() && tail_end(&mut reader).is_some();
        (body, (!read).then_some(rest))
    }

    fn function(&mut self, head: &Head, version: u8, reader: &mut Reader<'_>) -> Option<()> {
        match head.opcode {
            wire::REQUEST => self.request(head.function, version, reader),
            wire::NOTIFICATION if version == 1 => notification::read_first_version(self, reader),
            wire::NOTIFICATION => notification::read(self, reader),
            _ => self.response(head.function, version, reader),
        }
    }

    fn request(&mut self, function: u16, version: u8, reader: &mut Reader<'_>) -> Option<()> {
        match function {
            wire::EXPLORE => self.explore(reader),
            wire::CREATE_OBJECT => self.create(reader),
            wire::DELETE_OBJECT => {
                reader.skip(4)?;
                qualifier(reader)
            }
            wire::SET_VARIABLE => {
                self.set_variable(reader)?;
                self.learn_references();
                qualifier(reader)?;
                reader.skip(1)
            }
            wire::GET_VARIABLE => {
                let object = reader.be32()?;
                let count = number::unsigned32(reader)?;
                self.wanted(object, count, reader)?;
                qualifier(reader)
            }
            wire::SET_MULTI_VARIABLES => self.set_multi(reader),
            wire::GET_MULTI_VARIABLES => {
                self.addressed(reader)?;
                qualifier(reader)
            }
            wire::GET_VAR_SUB_STREAMED | wire::SET_VAR_SUB_STREAMED => self.streamed(function, reader),
            wire::GET_LINK => {
                let object = reader.be32()?;
                let link = number::unsigned32(reader)?;
                self.addresses.push(Place::object(object, 0).down(link)?);
                reader.skip(2)
            }
            wire::BEGIN_SEQUENCE => self.begin_sequence(version, reader),
            wire::END_SEQUENCE => reader.skip(2),
            wire::INVOKE => {
                reader.skip(8)?;
                self.item_values(reader)?;
                reader.skip(1)
            }
            wire::INIT_SSL => Some(()),
            _ => None,
        }
    }

    fn response(&mut self, function: u16, version: u8, reader: &mut Reader<'_>) -> Option<()> {
        number::unsigned64(reader)?;
        match function {
            wire::EXPLORE => {
                // The object that was explored, which some leave out.
                if reader.rest().first() != Some(&START_OBJECT) {
                    reader.skip(4)?;
                }
                // Some controllers put a number before the objects.
                if reader.rest().first() != Some(&START_OBJECT) && more_than_a_tail(reader) {
                    number::unsigned32(reader)?;
                }
                self.objects(reader)
            }
            wire::CREATE_OBJECT => {
                let count = reader.u8()?;
                for _ in 0..count {
                    self.created.push(number::unsigned32(reader)?);
                }
                let has_objects = version == 1 || reader.rest().first() == Some(&START_OBJECT);
                if has_objects { self.objects(reader) } else { Some(()) }
            }
            // Behind the object some tell more of what went wrong.
            wire::DELETE_OBJECT => {
                reader.skip(4)?;
                self.objects(reader)
            }
            wire::GET_VARIABLE => {
                let start = reader.offset();
                self.plain_value(reader)?;
                self.value = start..reader.offset();
                Some(())
            }
            wire::SET_MULTI_VARIABLES => self.item_errors(reader),
            wire::GET_MULTI_VARIABLES => {
                self.item_values(reader)?;
                self.item_errors(reader)
            }
            wire::GET_VAR_SUB_STREAMED => {
                reader.skip(1)?;
                let start = reader.offset();
                self.plain_value(reader)?;
                self.value = start..reader.offset();
                Some(())
            }
            wire::GET_LINK => {
                let count = reader.u8()?;
                for _ in 0..count {
                    self.leaves.push(Place::object(reader.be32()?, 0).leaf(Value::Null));
                }
                Some(())
            }
            // The first version has nothing here.
            wire::BEGIN_SEQUENCE if version == 1 => Some(()),
            wire::BEGIN_SEQUENCE => self.plain_value(reader),
            wire::INVOKE => {
                number::unsigned64(reader)?;
                number::unsigned64(reader)?;
                further_number(reader);
                self.item_values(reader)?;
                reader.skip(1)
            }
            wire::SET_VARIABLE | wire::END_SEQUENCE | wire::INIT_SSL | wire::SET_VAR_SUB_STREAMED | wire::ERROR => {
                Some(())
            }
            _ => None,
        }
    }

    pub fn objects(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut objects = Objects::new(&mut self.leaves);
        let read = objects.all(reader);
        self.blocks.append(&mut objects.blocks);
        read
    }

    fn values(&mut self) -> Values<'_> {
        Values::new(&mut self.leaves, Numbers::Variable)
    }

    /// A value that belongs to what the request names.
    fn plain_value(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.values().value(reader, &Place::default())
    }

    /// The object, the numbers on the way down to its value, and the value. A zero among the numbers comes before a length,
    /// which the value says again.
    fn set_variable(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut place = Place::object(reader.be32()?, 0);
        let mut left = number::unsigned32(reader)?;
        while left > 0 {
            let id = number::unsigned32(reader)?;
            left -= 1;
            if id == 0 {
                number::unsigned32(reader)?;
                left = left.saturating_sub(1);
            } else {
                place = place.down(id)?;
            }
        }
        self.values().value(reader, &place)
    }

    /// Which kind of transaction; from the second version on what it is about: an object's number, or a whole object.
    fn begin_sequence(&mut self, version: u8, reader: &mut Reader<'_>) -> Option<()> {
        reader.skip(1)?;
        if version == 1 {
            return Some(());
        }
        self.plain_value(reader)?;
        // Some have a byte more.
        if reader.rest().first() != Some(&START_OBJECT) && reader.rest().get(1) == Some(&START_OBJECT) {
            reader.skip(1)?;
        }
        self.objects(reader)
    }

    /// Pairs of item number and value, up to the number zero.
    fn item_values(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        loop {
            let item = number::unsigned32(reader)?;
            if item == 0 {
                return Some(());
            }
            self.values().value(reader, &Place::default().down(item)?)?;
        }
    }

    fn item_errors(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        loop {
            let item = number::unsigned32(reader)?;
            if item == 0 {
                return Some(());
            }
            let code = number::unsigned64(reader)?;
            if self.errors.len() < MAX_ADDRESSES {
                self.errors.push((item, wire::code(code)));
            }
        }
    }

    /// What to look at, how deep, and which attributes are wanted.
    fn explore(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let object = reader.be32()?;
        number::unsigned32(reader)?;
        reader.skip(3)?;
        let structures = reader.u8()?;
        for _ in 0..structures {
            // A type without flags; only structures were seen. Some say in front of it how many attributes are wanted.
            let counted = if reader.rest().get(..2).is_some_and(|next| next[0] != STRUCT && next[1] == STRUCT) {
                Some(u16::from(reader.u8()?))
            } else {
                None
            };
            reader.skip(5)?;
            self.members(object, reader)?;
            let count = counted.map_or_else(|| reader.be16(), Some)?;
            self.wanted(object, u32::from(count), reader)?;
        }
        let mut count = number::unsigned32(reader)?;
        // No attribute has the number zero: what was counted are filters.
        if count > 0 && reader.rest().first() == Some(&0) {
            for _ in 0..count {
                self.values().value(reader, &Place::object(object, 0))?;
            }
            count = number::unsigned32(reader)?;
        }
        self.wanted(object, count, reader)?;
        // A number of unknown use, which not all have.
        if more_than_a_tail(reader) { number::unsigned32(reader).map(|_| ()) } else { Some(()) }
    }

    fn members(&mut self, object: u32, reader: &mut Reader<'_>) -> Option<()> {
        loop {
            let id = number::unsigned32(reader)?;
            if id == 0 {
                return Some(());
            }
            self.values().value(reader, &Place::object(object, 0).down(id)?)?;
        }
    }

    fn wanted(&mut self, object: u32, count: u32, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..count {
            let id = number::unsigned32(reader)?;
            self.add_address(Place::object(object, 0).down(id)?);
        }
        if count == 0 && self.addresses.is_empty() {
            self.add_address(Place::object(object, 0));
        }
        Some(())
    }

    fn add_address(&mut self, place: Place) {
        if self.addresses.len() < MAX_ADDRESSES {
            self.addresses.push(place);
        }
    }

    /// Where the objects go, a value of unknown use, and the objects.
    fn create(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        reader.skip(4)?;
        Values::new(&mut Leaves::default(), Numbers::Variable).value(reader, &Place::default())?;
        reader.skip(4)?;
        // From version 2 on there may be a number in between.
        if reader.rest().first()? != &START_OBJECT {
            number::unsigned32(reader)?;
        }
        let read = self.objects(reader);
        self.learn_references();
        read
    }

    fn set_multi(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let count = self.addressed(reader)?;
        for _ in 0..count {
            let item = number::unsigned32(reader)?;
            let index = usize::try_from(item).ok()?.checked_sub(1)?;
            let place = self.addresses.get(index).cloned().map_or_else(|| Place::default().down(item), Some)?;
            self.values().value(reader, &place)?;
        }
        self.learn_references();
        qualifier(reader)
    }

    /// Addresses of single variables, or attributes of one object or link; says how many items there are.
    fn addressed(&mut self, reader: &mut Reader<'_>) -> Option<u32> {
        let object = reader.be32()?;
        let items = number::unsigned32(reader)?;
        let fields = number::unsigned32(reader)?;
        if object == 0 {
            for _ in 0..items {
                let address = address(reader)?;
                self.add_address(address);
            }
        } else {
            for _ in 0..fields {
                let id = number::unsigned32(reader)?;
                self.add_address(Place::object(object, 0).down(id)?);
            }
        }
        Some(items)
    }

    /// An object, its attribute as an array of numbers, for writes the value.
    fn streamed(&mut self, function: u16, reader: &mut Reader<'_>) -> Option<()> {
        let object = reader.be32()?;
        if function == wire::SET_VAR_SUB_STREAMED && reader.rest().get(1) != Some(&UDINT) {
            return self.listed(object, reader);
        }
        if function == wire::GET_VAR_SUB_STREAMED && reader.rest().first_chunk() == Some(&[1, 1]) {
            // One open client asks so for a block: its type and number.
            reader.skip(2)?;
            let place = Place::object(object, 0).down(number::unsigned32(reader)?)?;
            self.addresses.push(place.down(number::unsigned32(reader)?)?);
            return Some(());
        }
        let place = streamed_place(object, reader)?;
        self.addresses.push(place.clone());
        qualifier(reader)?;
        reader.skip(2)?;
        if function == wire::GET_VAR_SUB_STREAMED {
            return Some(());
        }
        // Some write the number of the item in front of its value.
        if reader.rest().first() == Some(&1) {
            reader.skip(1)?;
        }
        self.values().value(reader, &place)?;
        self.further_stream(reader, &place);
        Some(())
    }

    /// What is longer than a frame goes on in the next ones, each part with its length; a running number may stand before.
    fn further_stream(&mut self, reader: &mut Reader<'_>, place: &Place) {
        let mut numbered = *reader;
        let numbered = number::unsigned32(&mut numbered).map(|_| numbered);
        // A wrong beginning fits by chance alone, and then in more and smaller parts.
        let found = [Some(*reader), numbered].into_iter().flatten().filter_map(stream_parts);
        if let Some((parts, bytes, rest)) = found.min_by_key(|(parts, ..)| *parts) {
            let [parts, bytes] = [parts, bytes].map(|n| Value::UInt(n as u64));
            let fields = Fields::default().with("further_parts", parts).with("further_bytes", bytes);
            self.leaves.push(place.leaf(Value::Fields(fields)));
            *reader = rest;
        }
    }

    /// Attributes one by one, then their values by item number.
    fn listed(&mut self, object: u32, reader: &mut Reader<'_>) -> Option<()> {
        let count = number::unsigned32(reader)?;
        for _ in 0..count {
            let id = number::unsigned32(reader)?;
            self.add_address(Place::object(object, 0).down(id)?);
        }
        for _ in 0..count {
            let item = number::unsigned32(reader)?;
            let index = usize::try_from(item).ok()?.checked_sub(1)?;
            let place = self.addresses.get(index)?.clone();
            self.values().value(reader, &place)?;
        }
        qualifier(reader)
    }

    /// A subscription's list says which variable has which reference number.
    fn learn_references(&mut self) {
        let lists = self.leaves.kept().iter().filter(|leaf| leaf.path.last() == Some(&names::REFERENCE_LIST));
        let found: Vec<_> = lists.flat_map(|leaf| notification::references(&leaf.value)).collect();
        self.references.extend(found);
    }
}

/// An array of numbers that lead from the object to what is meant; a zero in front makes it a variable's address.
fn streamed_place(object: u32, reader: &mut Reader<'_>) -> Option<Place> {
    reader.skip(2)?;
    let count = number::unsigned32(reader)?;
    if count >= 4 && reader.rest().first() == Some(&0) {
        return address(reader);
    }
    let mut place = Place::object(object, 0);
    for _ in 0..count {
        place = place.down(number::unsigned32(reader)?)?;
    }
    Some(place)
}

/// Checksum of the symbol, object, how many numbers follow, and these.
fn address(reader: &mut Reader<'_>) -> Option<Place> {
    let crc = number::unsigned32(reader)?;
    let mut place = Place::object(number::unsigned32(reader)?, 0);
    place.crc = crc;
    let count = number::unsigned32(reader)?;
    for _ in 0..count {
        place = place.down(number::unsigned32(reader)?)?;
    }
    Some(place)
}
