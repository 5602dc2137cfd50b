//! Names of the standard's numbers, looked up in the generated tables.

use std::borrow::Cow;

use super::standard_nodes::{ENCODINGS, STANDARD_NODES};
use super::status_codes::STATUS_CODES;
use crate::event::ProtocolError;

fn find(table: &'static [(u32, &'static str)], code: u32) -> Option<&'static str> {
    let index = table.binary_search_by_key(&code, |(known, _)| *known).ok()?;
    table.get(index).map(|(_, name)| *name)
}

/// The symbolic name; the low half holds flags that are no part of it (OPC 10000-4 section 7.39).
pub fn status_name(code: u32) -> Cow<'static, str> {
    match find(STATUS_CODES, code & 0xffff_0000) {
        Some(name) => Cow::Borrowed(name),
        None => Cow::Owned(format!("0x{code:08x}")),
    }
}

pub fn error(code: u32) -> ProtocolError {
    ProtocolError::new(code, status_name(code))
}

/// The name of a node of namespace 0.
pub fn standard_node(id: u32) -> Option<&'static str> {
    find(STANDARD_NODES, id)
}

/// The name of a structure by its binary encoding's node.
pub fn encoding(id: u32) -> Option<&'static str> {
    find(ENCODINGS, id)
}
