//! View services (OPC 10000-4 section 5.9).

use std::fmt::Write;

use super::{Visitor, tell};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder, MAX_TEXT};
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::{ExpandedNodeId, LocalizedText, NodeId, QualifiedName, StatusCode};
use crate::protocol::opcua::variant::text;
use crate::protocol::opcua::wire;

/// ReferenceDescription (OPC 10000-4 section 7.30).
pub struct Reference<'a> {
    pub kind: NodeId<'a>,
    pub is_forward: bool,
    node: ExpandedNodeId<'a>,
    pub browse_name: QualifiedName<'a>,
    pub display_name: LocalizedText<'a>,
    class: u32,
    type_definition: ExpandedNodeId<'a>,
}

impl<'a> Reference<'a> {
    /// Values within one that is shown.
    const FIELDS: usize = 7;

    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        Ok(Reference {
            kind: decoder.node_id()?,
            is_forward: decoder.boolean()?,
            node: decoder.expanded_node_id()?,
            browse_name: decoder.qualified_name()?,
            display_name: decoder.localized_text()?,
            class: decoder.u32()?,
            type_definition: decoder.expanded_node_id()?,
        })
    }

    /// The node, where it lies in the server itself.
    pub fn local(&self) -> Option<&NodeId<'a>> {
        local(&self.node)
    }

    fn value(&self) -> Value {
        Value::Fields(
            Fields::default()
                .with("node", Value::Text(self.node.to_string()))
                .with("browse_name", Value::Text(self.browse_name.to_string()))
                .with("display_name", text(self.display_name.text))
                .with("class", Value::Text(wire::node_class(self.class).into_owned()))
                .with("reference", Value::Text(self.kind.to_string()))
                .with("forward", Value::Bool(self.is_forward))
                .with("type", Value::Text(self.type_definition.to_string())),
        )
    }
}

/// The node, where it lies in the server itself.
pub fn local<'n, 'a>(node: &'n ExpandedNodeId<'a>) -> Option<&'n NodeId<'a>> {
    (node.server == 0 && node.namespace_uri.is_none()).then_some(&node.node)
}

pub fn browse(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (_view, _view_time, _view_version) = (decoder.node_id()?, decoder.date_time()?, decoder.u32()?);
    let _max_references = decoder.u32()?;
    decoder.each(|decoder| {
        visitor.object(Subject::whole(decoder.node_id()?));
        let _direction = decoder.u32()?;
        let _reference_type = decoder.node_id()?;
        let _subtypes = decoder.boolean()?;
        let (_class_mask, _result_mask) = (decoder.u32()?, decoder.u32()?);
        Ok(())
    })
}

pub fn browse_next(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let releases = decoder.boolean()?;
    decoder.each(|decoder| {
        visitor.continuation(decoder.bytes()?.unwrap_or_default());
        if releases {
            tell(decoder, visitor, || Value::Fields(Fields::default().with("releases", Value::Bool(true))));
        }
        Ok(())
    })
}

pub fn browsed(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        let _continuation = decoder.bytes()?;
        decoder.each(|decoder| {
            let reference = Reference::read(decoder)?;
            tell(decoder, visitor, || reference.value());
            decoder.spend(Reference::FIELDS);
            Ok(())
        })
    })?;
    super::diagnostics(decoder, visitor)
}

/// One path of TranslateBrowsePathsToNodeIds: where it starts, and the name it ends with.
pub fn path<'a>(
    decoder: &mut Decoder<'a>,
    step: impl FnMut(QualifiedName<'a>),
) -> Decoded<(NodeId<'a>, Option<QualifiedName<'a>>)> {
    let start = decoder.node_id()?;
    Ok((start, relative_path(decoder, step)?))
}

/// RelativePath (OPC 10000-4 section 7.31); gives its last name.
pub fn relative_path<'a>(
    decoder: &mut Decoder<'a>,
    mut step: impl FnMut(QualifiedName<'a>),
) -> Decoded<Option<QualifiedName<'a>>> {
    let mut last = None;
    decoder.each(|decoder| {
        let _reference_type = decoder.node_id()?;
        let (_inverse, _subtypes) = (decoder.boolean()?, decoder.boolean()?);
        let name = decoder.qualified_name()?;
        step(name);
        last = Some(name);
        Ok(())
    })?;
    Ok(last)
}

pub fn translate(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let mut steps = String::new();
        let is_building = decoder.is_building();
        let (start, _) = path(decoder, |name| {
            if is_building && steps.len() < MAX_TEXT {
                // Writing to a String does not fail.
                let _ = write!(steps, "/{name}");
            }
        })?;
        visitor.object(Subject::whole(start));
        tell(decoder, visitor, || Value::Fields(Fields::default().with("path", Value::Text(steps))));
        Ok(())
    })
}

/// One result of TranslateBrowsePathsToNodeIds behind its status; `target` also hears whether the whole path leads there.
pub fn targets<'a>(
    decoder: &mut Decoder<'a>,
    mut target: impl FnMut(&mut Decoder<'a>, ExpandedNodeId<'a>, bool),
) -> Decoded<()> {
    decoder.each(|decoder| {
        let node = decoder.expanded_node_id()?;
        let remaining_path = decoder.u32()?;
        target(decoder, node, remaining_path == u32::MAX);
        Ok(())
    })
}

pub fn translated(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        targets(decoder, |decoder, node, _| {
            tell(decoder, visitor, || Value::Fields(Fields::default().with("target", Value::Text(node.to_string()))));
        })
    })?;
    super::diagnostics(decoder, visitor)
}

/// RegisterNodes and UnregisterNodes.
pub fn nodes(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.object(Subject::whole(decoder.node_id()?));
        Ok(())
    })
}

/// RegisterNodes: under which id each node may be asked for from now on.
pub fn registered(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let node = decoder.node_id()?;
        visitor.result(StatusCode::GOOD);
        tell(decoder, visitor, || Value::Text(node.to_string()));
        Ok(())
    })
}
