//! Program blocks inside of objects that are created or explored.

use std::ops::Range;

use sha2::{Digest, Sha256};

use super::leaf::{Leaves, Place};
use super::object::{BlockParts, Objects};
use super::value::{Numbers, Values};
use super::{names, wire};
use crate::event::{Artifact, ProgramBlock, Side, hex};
use crate::protocol::Reader;
use crate::protocol::s7::wire as classic;

/// A block as it was carried, with the hash of what it does.
pub fn artifact(parts: &BlockParts, message: &[u8], from: Side) -> Option<Artifact> {
    let bytes = message.get(parts.whole.clone())?;
    let kind = wire::block_class(parts.class).map_or_else(|| format!("class_{}_", parts.class), ToOwned::to_owned);
    let block = match parts.number {
        Some(number) => format!("{kind}{number}"),
        None => format!("{kind} 0x{:08x}", parts.rid),
    };
    let mut content = Sha256::new();
    for range in &parts.content {
        content.update(message.get(range.clone())?);
    }
    let language = parts.language.and_then(|code| u8::try_from(code).ok());
    let described = ProgramBlock {
        block: block.clone(),
        language: language.and_then(classic::language).unwrap_or("undefined").into(),
        name: parts.name.clone(),
        code_changed: parts.modified.clone(),
        interface_changed: parts.interface_modified.clone(),
        load_length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        protected: parts.protection.clone().is_some_and(|range| is_protected(message.get(range))),
        code_sha256: Some(hex(&content.finalize())),
        ..ProgramBlock::default()
    };
    Some(Artifact {
        kind: "s7_plus_block".into(),
        name: block,
        to_server: from == Side::Client,
        size: bytes.len() as u64,
        complete: true,
        sha256: hex(&Sha256::digest(bytes)),
        block: Some(Box::new(described)),
        comparison: None,
        bytes: bytes.to_vec(),
    })
}

/// The places of what a block does in its object as it was carried.
pub fn code(object: &[u8]) -> Vec<Range<usize>> {
    let mut leaves = Leaves::default();
    let mut objects = Objects::new(&mut leaves);
    // A block may hold further ones: itself ends last.
    let read = objects.all(&mut Reader::new(object));
    let own = read.and_then(|()| objects.blocks.pop()).filter(|block| block.whole == (0..object.len()));
    own.map(|block| block.content).unwrap_or_default()
}

/// The mode of protection, inside of its structure.
fn is_protected(value: Option<&[u8]>) -> bool {
    const MODE: u32 = 3448;
    let mut leaves = Leaves::default();
    let read = value.and_then(|bytes| {
        let place = Place::default().down(names::KNOWHOW_PROTECTED)?;
        Values::new(&mut leaves, Numbers::Variable).value(&mut Reader::new(bytes), &place)
    });
    read.is_some() && leaves.number(MODE).is_some_and(|mode| mode != 0)
}
