//! Query services (OPC 10000-4 section 5.10, annex B).

use super::{Visitor, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::structures;
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::wire;

/// ContentFilter by its encoding.
const CONTENT_FILTER: u32 = 588;

/// QueryFirst: each type whose instances are wanted, then what is wanted of them all.
pub fn first(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (_view, _view_time, _view_version) = (decoder.node_id()?, decoder.date_time()?, decoder.u32()?);
    decoder.each(|decoder| {
        let kind = decoder.expanded_node_id()?;
        visitor.object(Subject::whole(kind.node));
        let subtypes = decoder.boolean()?;
        tell(decoder, visitor, || Value::Fields(Fields::default().with("subtypes", Value::Bool(subtypes))));
        decoder.each(|decoder| wanted(decoder, visitor))
    })?;
    tell_structure(decoder, CONTENT_FILTER, visitor)?;
    let (_max_sets, _max_references) = (decoder.u32()?, decoder.u32()?);
    Ok(())
}

/// QueryDataDescription: a path below the type, and an attribute of what stands there.
fn wanted(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let mut steps = String::new();
    let is_building = decoder.is_building();
    super::view::relative_path(decoder, |name| {
        if is_building && steps.len() < crate::protocol::opcua::decoder::MAX_TEXT {
            steps += &format!("/{name}");
        }
    })?;
    let attribute = decoder.u32()?;
    let _range = decoder.string()?;
    tell(decoder, visitor, || {
        let fields = Fields::default().with("path", Value::Text(steps));
        Value::Fields(fields.with("attribute", Value::UInt(u64::from(attribute))))
    });
    Ok(())
}

fn tell_structure(decoder: &mut Decoder<'_>, encoding: u32, visitor: &mut dyn Visitor) -> Decoded<()> {
    match structures::find(encoding) {
        Some(structure) => tell_read(decoder, visitor, |decoder| decoder.nested(|decoder| decoder.fields(structure))),
        None => Ok(()),
    }
}

pub fn next(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _releases = decoder.boolean()?;
    decoder.bytes().map(drop)
}

/// QueryDataSet: an instance, its type and its values.
fn data_set(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (node, kind) = (decoder.expanded_node_id()?, decoder.expanded_node_id()?);
    let has_room = decoder.room() > 0;
    let (_, values) = decoder.list(wire::VARIANT)?;
    if has_room {
        let fields = Fields::default().with("node", Value::Text(node.to_string()));
        let fields = fields.with("type", Value::Text(kind.to_string()));
        visitor.value(Value::Fields(fields.with("values", Value::List(values))));
    }
    Ok(())
}

pub fn found_more(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| data_set(decoder, visitor))?;
    decoder.bytes().map(drop)
}

pub fn found(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    found_more(decoder, visitor)?;
    // ParsingResult: a status for each type and for each of its parts.
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        super::qualities(decoder, visitor)?;
        decoder.skip_diagnostics()
    })?;
    super::diagnostics(decoder, visitor)?;
    // ContentFilterResult.
    decoder.each(|decoder| {
        visitor.quality(decoder.status()?);
        decoder.each(|decoder| decoder.status().map(drop))?;
        decoder.skip_diagnostics()
    })?;
    decoder.skip_diagnostics()
}
