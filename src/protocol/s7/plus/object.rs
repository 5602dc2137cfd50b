//! Objects: a number, a class, and attributes, relations, descriptions of variables and further objects inside.

use std::ops::Range;

use super::leaf::{Leaves, Place};
use super::value::{Numbers, Values};
use super::{names, number, types, wire};
use crate::event::Value;
use crate::protocol::Reader;

/// Marks in front of each element.
pub const START_OBJECT: u8 = 0xa1;
const END_OBJECT: u8 = 0xa2;
const ATTRIBUTE: u8 = 0xa3;
const RELATION: u8 = 0xa4;
const START_TAG: u8 = 0xa7;
const END_TAG: u8 = 0xa8;
const TYPE_LIST: u8 = 0xab;
const NAME_LIST: u8 = 0xac;

/// Objects inside of objects; a program has five levels.
const MAX_NESTING: usize = 24;
/// Program blocks of one message that are told by themselves.
const MAX_BLOCKS: usize = 256;

/// Where a program block lies in its message, and what it says of itself.
#[derive(Clone, Debug, Default)]
pub struct BlockParts {
    pub rid: u32,
    pub class: u32,
    pub name: String,
    pub number: Option<i64>,
    pub language: Option<i64>,
    /// The value that says how it is protected.
    pub protection: Option<Range<usize>>,
    pub modified: String,
    pub interface_modified: String,
    /// The whole object.
    pub whole: Range<usize>,
    /// The values of the attributes that make out what it does.
    pub content: Vec<Range<usize>>,
}

/// Reads objects out of a message.
pub struct Objects<'l> {
    pub values: Values<'l>,
    pub blocks: Vec<BlockParts>,
    /// Blocks that are being read, from the outermost inwards.
    open: Vec<BlockParts>,
}

impl<'l> Objects<'l> {
    pub fn new(leaves: &'l mut Leaves) -> Self {
        Objects { values: Values::new(leaves, Numbers::Variable), blocks: Vec::new(), open: Vec::new() }
    }

    /// All objects that stand here, one after the other.
    pub fn all(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        while reader.rest().first() == Some(&START_OBJECT) {
            self.object(reader, 0)?;
        }
        Some(())
    }

    fn object(&mut self, reader: &mut Reader<'_>, depth: usize) -> Option<()> {
        if depth >= MAX_NESTING {
            return None;
        }
        let start = reader.offset();
        reader.skip(1)?;
        let rid = reader.be32()?;
        let class = number::unsigned32(reader)?;
        // Flags of the class; the attribute that this object is a part by, with its flags.
        number::unsigned32(reader)?;
        if number::unsigned32(reader)? != 0 {
            number::unsigned32(reader)?;
        }
        let place = Place::object(rid, class);
        let name = names::class(class).map_or_else(|| format!("class {class}"), ToOwned::to_owned);
        self.values.leaves.push(place.leaf(Value::Text(name)));
        self.open.push(BlockParts { rid, class, whole: start..start, ..BlockParts::default() });
        let read = self.elements(reader, &place, depth);
        let block = self.open.pop();
        if let Some(mut block) = block.filter(|block| is_block(block) && self.blocks.len() < MAX_BLOCKS) {
            block.whole = start..reader.offset();
            self.blocks.push(block);
        }
        read
    }

    /// Up to the object's end. A mark that nobody knows ends it, too: what follows is not read.
    fn elements(&mut self, reader: &mut Reader<'_>, place: &Place, depth: usize) -> Option<()> {
        loop {
            match *reader.rest().first()? {
                START_OBJECT => self.object(reader, depth + 1)?,
                END_OBJECT => return reader.skip(1),
                ATTRIBUTE => {
                    reader.skip(1)?;
                    self.attribute(reader, place)?;
                }
                RELATION => {
                    reader.skip(1)?;
                    let id = number::unsigned32(reader)?;
                    let to = reader.be32()?;
                    self.values.leaves.push(place.down(id)?.leaf(Value::UInt(u64::from(to))));
                }
                START_TAG => {
                    reader.skip(1)?;
                    let tag = types::tag(reader)?;
                    self.values.leaves.push(place.leaf(tag));
                }
                END_TAG => reader.skip(1)?,
                TYPE_LIST => {
                    reader.skip(1)?;
                    let list = types::type_list(reader)?;
                    self.values.leaves.push(place.leaf(list));
                }
                NAME_LIST => {
                    reader.skip(1)?;
                    let list = types::name_list(reader)?;
                    self.values.leaves.push(place.leaf(list));
                }
                _ => return None,
            }
        }
    }

    fn attribute(&mut self, reader: &mut Reader<'_>, place: &Place) -> Option<()> {
        let id = number::unsigned32(reader)?;
        let start = reader.offset();
        self.values.value(reader, &place.down(id)?)?;
        let range = start..reader.offset();
        if let Some(block) = self.open.last_mut() {
            block.learn(id, self.values.leaves.last(), range);
        }
        Some(())
    }
}

impl BlockParts {
    fn learn(&mut self, id: u32, value: Option<&Value>, range: Range<usize>) {
        let number = value.and_then(super::leaf::number);
        let text = || if let Some(Value::Text(text)) = value { text.clone() } else { String::new() };
        match id {
            names::NAME => self.name = text(),
            names::BLOCK_NUMBER => self.number = number,
            names::BLOCK_LANGUAGE => self.language = number,
            names::KNOWHOW_PROTECTED => self.protection = Some(range),
            names::LAST_MODIFIED => self.modified = text(),
            names::INTERFACE_MODIFIED => self.interface_modified = text(),
            _ if wire::is_content(id) => self.content.push(range),
            _ => {}
        }
    }
}

/// A block of the program as it is loaded, and not only a mention of it.
fn is_block(block: &BlockParts) -> bool {
    (wire::block_class(block.class).is_some() || block.number.is_some()) && !block.content.is_empty()
}
