//! View services (OPC 10000-4 section 5.9).

use std::fmt::Write;

use super::{Visitor, tell};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder, MAX_TEXT};
use crate::protocol::opcua::names::Names;
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::{ExpandedNodeId, LocalizedText, NodeId, QualifiedName, StatusCode};
use crate::protocol::opcua::variant::text;
use crate::protocol::opcua::wire;

/// ReferenceDescription (OPC 10000-4 section 7.30).
struct Reference<'a> {
    kind: NodeId<'a>,
    is_forward: bool,
    node: ExpandedNodeId<'a>,
    browse_name: QualifiedName<'a>,
    display_name: LocalizedText<'a>,
    class: u32,
    type_definition: ExpandedNodeId<'a>,
}

impl<'a> Reference<'a> {
    /// Values within one that is shown.
    const FIELDS: usize = 7;

    fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
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

    fn tell_names(&self, visitor: &mut dyn Visitor) {
        let Some(node) = local(&self.node) else { return };
        match (self.display_name.text, self.browse_name.name) {
            (Some(name), _) if !name.is_empty() => visitor.name(node, name, true),
            (_, Some(name)) => visitor.name(node, name, false),
            _ => {}
        }
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
fn local<'n, 'a>(node: &'n ExpandedNodeId<'a>) -> Option<&'n NodeId<'a>> {
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

pub fn browse_next(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _releases = decoder.boolean()?;
    decoder.each(|decoder| decoder.bytes().map(drop))
}

pub fn browsed(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        let _continuation = decoder.bytes()?;
        decoder.each(|decoder| {
            let reference = Reference::read(decoder)?;
            reference.tell_names(visitor);
            tell(decoder, visitor, || reference.value());
            decoder.spend(Reference::FIELDS);
            Ok(())
        })
    })?;
    decoder.skip_diagnostics()
}

/// One path of TranslateBrowsePathsToNodeIds: where it starts, and the name it ends with.
fn path<'a>(
    decoder: &mut Decoder<'a>,
    mut step: impl FnMut(QualifiedName<'a>),
) -> Decoded<(NodeId<'a>, Option<QualifiedName<'a>>)> {
    let start = decoder.node_id()?;
    let mut last = None;
    decoder.each(|decoder| {
        let _reference_type = decoder.node_id()?;
        let (_inverse, _subtypes) = (decoder.boolean()?, decoder.boolean()?);
        let name = decoder.qualified_name()?;
        step(name);
        last = Some(name);
        Ok(())
    })?;
    Ok((start, last))
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

/// One result of TranslateBrowsePathsToNodeIds behind its status.
fn targets<'a>(decoder: &mut Decoder<'a>, mut target: impl FnMut(&mut Decoder<'a>, ExpandedNodeId<'a>)) -> Decoded<()> {
    decoder.each(|decoder| {
        let node = decoder.expanded_node_id()?;
        let _remaining_path = decoder.u32()?;
        target(decoder, node);
        Ok(())
    })
}

pub fn translated(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        targets(decoder, |decoder, node| {
            tell(decoder, visitor, || Value::Fields(Fields::default().with("target", Value::Text(node.to_string()))));
        })
    })?;
    decoder.skip_diagnostics()
}

/// Learns that the end of each path has the name that the path ends with.
pub fn learn_translated(request: &mut Decoder<'_>, response: &mut Decoder<'_>, names: &mut Names) -> Decoded<()> {
    let asked = request.count()?;
    for _ in 0..response.count()?.min(asked) {
        let (_, last) = path(request, |_| ())?;
        let _status = response.status()?;
        targets(response, |_, node| {
            if let (Some(node), Some(name)) = (local(&node), last.and_then(|last| last.name)) {
                names.learn(node, name, false);
            }
        })?;
    }
    Ok(())
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
