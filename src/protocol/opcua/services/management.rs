//! Node management services (OPC 10000-4 section 5.8).

use super::{Visitor, tell};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::ExpandedNodeId;
use crate::protocol::opcua::variant::text;
use crate::protocol::opcua::wire;

/// The object is the node asked for; where the server is to choose its id, the parent.
pub fn add_nodes(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let parent = decoder.expanded_node_id()?;
        let reference = decoder.node_id()?;
        let wanted = decoder.expanded_node_id()?;
        let name = decoder.qualified_name()?;
        let class = decoder.u32()?;
        let has_room = decoder.room() > 0;
        let attributes = decoder.structure()?;
        let kind = decoder.expanded_node_id()?;
        visitor.object(Subject::whole(if wanted.node.is_open() { parent.node } else { wanted.node }));
        if has_room {
            visitor.value(Value::Fields(
                Fields::default()
                    .with("parent", Value::Text(parent.to_string()))
                    .with("reference", Value::Text(reference.to_string()))
                    .with("browse_name", Value::Text(name.to_string()))
                    .with("class", Value::Text(wire::node_class(class).into_owned()))
                    .with("type", Value::Text(kind.to_string()))
                    .with("attributes", attributes),
            ));
        }
        Ok(())
    })
}

pub fn added(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let (status, node) = (decoder.status()?, decoder.node_id()?);
        visitor.result(status);
        if !node.is_null() {
            let added = || Value::Fields(Fields::default().with("added", Value::Text(node.to_string())));
            tell(decoder, visitor, added);
        }
        Ok(())
    })?;
    super::diagnostics(decoder, visitor)
}

pub fn delete_nodes(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.object(Subject::whole(decoder.node_id()?));
        let _references_too = decoder.boolean()?;
        Ok(())
    })
}

pub fn add_references(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        reference(decoder, visitor, |decoder| {
            let server = decoder.string()?;
            let target = decoder.expanded_node_id()?;
            let _class = decoder.u32()?;
            Ok((server, target))
        })
    })
}

pub fn delete_references(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        reference(decoder, visitor, |decoder| {
            let target = decoder.expanded_node_id()?;
            let _both_ways = decoder.boolean()?;
            Ok((None, target))
        })
    })
}

/// Source, kind and direction are the same for both services; `rest` reads what follows.
fn reference<'a>(
    decoder: &mut Decoder<'a>,
    visitor: &mut dyn Visitor,
    rest: impl FnOnce(&mut Decoder<'a>) -> Decoded<(Option<&'a [u8]>, ExpandedNodeId<'a>)>,
) -> Decoded<()> {
    let (source, kind, is_forward) = (decoder.node_id()?, decoder.node_id()?, decoder.boolean()?);
    let (server, target) = rest(decoder)?;
    visitor.object(Subject::whole(source));
    tell(decoder, visitor, || {
        let fields = Fields::default()
            .with("reference", Value::Text(kind.to_string()))
            .with("forward", Value::Bool(is_forward))
            .with("target", Value::Text(target.to_string()));
        Value::Fields(if server.is_some() { fields.with("target_server", text(server)) } else { fields })
    });
    Ok(())
}
