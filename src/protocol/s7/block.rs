//! Program blocks: the names by which they travel, and their headers; pure.

use std::ops::Range;

use super::clock::since_1984;
use super::wire;
use crate::event::{Block, Object, ProgramBlock, clean_text};
use crate::protocol::Reader;

/// Lengths of the parts before and after the code.
const HEADER: usize = 36;
const FOOTER: usize = 36;
const MAGIC: [u8; 2] = *b"pp";
/// Stands where the mark would in the headers of some servers.
const UNMARKED: [u8; 2] = [0, 0];
/// Flags of a header.
const LINKED: u8 = 0x01;
const STANDARD: u8 = 0x02;
const NON_RETAIN: u8 = 0x08;

/// A block's file name: `_`, two digits of type, five of number, one letter of the memory it lies in; `OB1` for people.
pub fn file_object(file: &[u8]) -> Object {
    let text = clean_text(file, 64);
    match name(file.get(1..8).unwrap_or_default()) {
        Some(block) => Object::Block(Block { block, file: text }),
        None => Object::named(text),
    }
}

/// A block by two digits of type and five of number, as block info and program invocations name it.
pub fn numbered_object(text: &[u8]) -> Object {
    let file = clean_text(text, 64);
    match text.get(..7).and_then(name) {
        Some(block) => Object::Block(Block { block, file }),
        None => Object::named(file),
    }
}

/// A block by the name of its type and its number.
pub fn named_object(kind: &str, number: u16) -> Object {
    Object::Block(Block { block: format!("{kind}{number}"), file: String::new() })
}

fn name(digits: &[u8]) -> Option<String> {
    let (kind, number) = digits.split_at_checked(2)?;
    let kind = type_of(kind)?;
    let number: u32 = std::str::from_utf8(number.get(..5)?).ok()?.parse().ok()?;
    Some(format!("{kind}{number}"))
}

/// A block type by its two hexadecimal digits.
pub fn type_of(digits: &[u8]) -> Option<&'static str> {
    let code = u8::from_str_radix(std::str::from_utf8(digits.get(..2)?).ok()?, 16).ok()?;
    wire::block_type(code)
}

/// Where the parts of a whole block lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    pub block: ProgramBlock,
    /// The code part's place in the block.
    pub code: Range<usize>,
    /// Bytes that the block says it has, all told.
    pub length: u64,
}

impl Layout {
    /// Reads a block as it was carried.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let outer = Self::at(bytes, is_whole)?;
        // Some servers keep a block with its header as if it were code, and put a header of their own in front.
        let kept = bytes.get(outer.code.clone()).filter(|code| code.starts_with(&MAGIC));
        match kept.and_then(|code| Self::at(code, |_, _| true)).filter(|inner| inner.length <= outer.code.len() as u64)
        {
            Some(inner) => {
                let code = outer.code.start + inner.code.start..outer.code.start + inner.code.end;
                Some(Layout { block: inner.block, code, length: outer.length })
            }
            None => Some(outer),
        }
    }

    /// Reads the block that begins here. One without the mark of a header is believed where `fits` says so.
    fn at(bytes: &[u8], fits: impl Fn(&ProgramBlock, &[u8]) -> bool) -> Option<Self> {
        let mut block = header(bytes.get(..HEADER)?)?;
        let marked = bytes.starts_with(&MAGIC);
        if !marked && !fits(&block, bytes) {
            return None;
        }
        let length = usize::try_from(block.load_length).ok()?;
        let end = length.saturating_sub(FOOTER);
        // Where the header says nothing of the code, it is all between header and footer.
        let code_end = if block.code_length == 0 { end } else { HEADER + usize::from(block.code_length) };
        let code = HEADER..code_end.max(HEADER);
        // Some blocks end with their code.
        if let Some(end) = bytes.get(end..length).filter(|_| end >= code.end) {
            footer(&mut block, end);
        }
        Some(Layout { length: u64::from(block.load_length), block, code })
    }

    /// A block whose header nobody can read: all of it counts as code.
    pub fn unread(name: &str, bytes: &[u8]) -> Self {
        let load_length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let block = ProgramBlock {
            block: name.to_owned(),
            language: wire::language_name(0),
            load_length,
            ..ProgramBlock::default()
        };
        Layout { block, code: 0..bytes.len(), length: u64::from(load_length) }
    }
}

/// The code's place in a block as it was carried.
pub fn code(bytes: &[u8]) -> Range<usize> {
    let layout = Layout::read(bytes).unwrap_or_else(|| Layout::unread("", bytes));
    if layout.code.end <= bytes.len() { layout.code } else { 0..bytes.len() }
}

/// A header without its mark says truly how long the block is, of which type, and how long its code.
fn is_whole(block: &ProgramBlock, bytes: &[u8]) -> bool {
    let code_end = HEADER + usize::from(block.code_length);
    bytes.first_chunk() == Some(&UNMARKED)
        && u64::from(block.load_length) == bytes.len() as u64
        && code_end <= bytes.len()
        && wire::block_type(bytes[5]).is_some()
}

/// What block info answers: header and footer without the code between them.
pub fn info(bytes: &[u8]) -> Option<ProgramBlock> {
    let head = bytes.get(..HEADER).filter(|head| head.starts_with(&MAGIC))?;
    let mut block = header(head)?;
    footer(&mut block, bytes.get(HEADER..HEADER + FOOTER)?);
    Some(block)
}

fn header(bytes: &[u8]) -> Option<ProgramBlock> {
    let mut reader = Reader::new(bytes);
    // The mark, and a version.
    reader.skip(3)?;
    let flags = reader.u8()?;
    let language = reader.u8()?;
    let kind = reader.u8()?;
    let number = reader.be16()?;
    let load_length = reader.be32()?;
    let security = reader.be32()?;
    let code_changed = since_1984(reader.array()?);
    let interface_changed = since_1984(reader.array()?);
    let (interface_length, additional_length) = (reader.be16()?, reader.be16()?);
    Some(ProgramBlock {
        block: wire::block_type(kind).map_or_else(|| format!("type_0x{kind:02x}_{number}"), |t| format!("{t}{number}")),
        language: wire::language_name(language),
        load_length,
        protected: security == 3,
        linked: flags & LINKED != 0,
        standard: flags & STANDARD != 0,
        non_retain: flags & NON_RETAIN != 0,
        code_changed,
        interface_changed,
        interface_length,
        additional_length,
        local_length: reader.be16()?,
        code_length: reader.be16()?,
        ..ProgramBlock::default()
    })
}

fn footer(block: &mut ProgramBlock, bytes: &[u8]) {
    let mut reader = Reader::new(bytes);
    let mut text = || reader.take(8).map(|text| clean_text(text, 8)).unwrap_or_default();
    block.author = text();
    block.family = text();
    block.name = text();
    if let Some([version, _, high, low]) = reader.array() {
        block.version = format!("{}.{}", version >> 4, version & 0x0f);
        block.checksum = u16::from_be_bytes([high, low]);
    }
}
