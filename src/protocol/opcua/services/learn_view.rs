//! What View and Attribute services teach about a server's nodes; the decoders stand behind both headers.

use std::fmt::Write;

use super::answered;
use super::attribute::{ReadValueId, read_head, write_value};
use super::view::{Reference, path, targets};
use crate::event::{ObjectKey, Timestamp};
use crate::protocol::opcua::continuations::Going;
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::names::Names;
use crate::protocol::opcua::server::Server;
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::{NodeId, StatusCode};
use crate::protocol::opcua::wire;

/// Browse: what each node's references lead to, and under which name the rest may be asked for.
pub fn browsed(request: &mut Decoder<'_>, response: &mut Decoder<'_>, server: &mut Server) -> Decoded<()> {
    let (_view, _view_time, _view_version) = (request.node_id()?, request.date_time()?, request.u32()?);
    let _max_references = request.u32()?;
    for _ in 0..answered(request, response)? {
        let node = request.node_id()?;
        let _direction = request.u32()?;
        let _reference_type = request.node_id()?;
        let _subtypes = request.boolean()?;
        let (_class_mask, _result_mask) = (request.u32()?, request.u32()?);
        result(response, Some(&node), server)?;
    }
    Ok(())
}

/// BrowseNext: more of what was browsed before.
pub fn browsed_next(request: &mut Decoder<'_>, response: &mut Decoder<'_>, server: &mut Server) -> Decoded<()> {
    let releases = request.boolean()?;
    let asked = request.count()?;
    let mut answers = if releases { 0 } else { response.count()? };
    for _ in 0..asked {
        let point = request.bytes()?.unwrap_or_default();
        let going = server.continuations.get(point).cloned();
        server.continuations.forget(point);
        if answers > 0 {
            answers -= 1;
            let point = result(response, None, server)?;
            if let (Some(point), Some(going)) = (point, going) {
                server.continuations.learn(point, going);
            }
        }
    }
    Ok(())
}

/// One BrowseResult; gives back under what the rest may be asked for.
fn result<'a>(
    response: &mut Decoder<'a>,
    browsed: Option<&NodeId<'_>>,
    server: &mut Server,
) -> Decoded<Option<&'a [u8]>> {
    let _status = response.status()?;
    let point = response.bytes()?.filter(|point| !point.is_empty());
    if let (Some(point), Some(node)) = (point, browsed) {
        server.continuations.learn(point, Going::new(node));
    }
    response.each(|response| {
        let reference = Reference::read(response)?;
        learn_reference(&reference, browsed, &mut server.names);
        Ok(())
    })?;
    Ok(point)
}

fn learn_reference(reference: &Reference<'_>, browsed: Option<&NodeId<'_>>, names: &mut Names) {
    let Some(node) = reference.local() else { return };
    names.learn_browse(node, &reference.browse_name);
    names.learn_display(node, reference.display_name.text.unwrap_or_default());
    let Some(browsed) = browsed.filter(|_| is_hierarchical(&reference.kind)) else { return };
    if reference.is_forward {
        names.learn_parent(node, browsed);
    } else {
        names.learn_parent(browsed, node);
    }
}

/// References that paths are made of (OPC 10000-3 section 7); one that was not told may be any.
fn is_hierarchical(kind: &NodeId<'_>) -> bool {
    // Organizes, HasEventSource, HasProperty, HasComponent, HasNotifier, HasOrderedComponent.
    matches!(kind.standard(), Some(0 | 35 | 36 | 46 | 47 | 48 | 49))
}

/// TranslateBrowsePathsToNodeIds: the end of each path has the name that the path ends with.
pub fn translated(request: &mut Decoder<'_>, response: &mut Decoder<'_>, server: &mut Server) -> Decoded<()> {
    let mut steps = String::new();
    for _ in 0..answered(request, response)? {
        steps.clear();
        let (start, last) = path(request, |name| {
            // Writing to a String does not fail.
            let _ = write!(steps, "/{name}");
        })?;
        let _status = response.status()?;
        targets(response, |_, node, is_whole| {
            if let (Some(node), Some(name), true) = (super::view::local(&node), last, is_whole) {
                server.names.learn_browse(node, &name);
                server.names.learn_path(node, &start, &steps);
            }
        })?;
    }
    Ok(())
}

/// AddNodes: what each new node is called, and where it hangs.
pub fn added(request: &mut Decoder<'_>, response: &mut Decoder<'_>, names: &mut Names) -> Decoded<()> {
    for _ in 0..answered(request, response)? {
        let (parent, reference) = (request.expanded_node_id()?, request.node_id()?);
        let _wanted = request.expanded_node_id()?;
        let (name, _class) = (request.qualified_name()?, request.u32()?);
        let attributes = request.extension_object()?;
        let _type_definition = request.expanded_node_id()?;
        let (status, node) = (response.status()?, response.node_id()?);
        if status.is_bad() || node.is_null() {
            continue;
        }
        names.learn_browse(&node, &name);
        if let Some(display) = attributes.standard().and_then(|(_, body)| display_name(body)) {
            names.learn_display(&node, display);
        }
        if is_hierarchical(&reference) {
            names.learn_parent(&node, &parent.node);
        }
    }
    Ok(())
}

/// All NodeAttributes begin alike (OPC 10000-4 section 7.24).
fn display_name(attributes: &[u8]) -> Option<&[u8]> {
    let mut decoder = Decoder::new(attributes);
    let _specified = decoder.u32().ok()?;
    decoder.localized_text().ok()?.text
}

/// RegisterNodes: under which id each node may be asked for from now on.
pub fn registered(request: &mut Decoder<'_>, response: &mut Decoder<'_>, server: &mut Server) -> Decoded<()> {
    for _ in 0..answered(request, response)? {
        let node = request.node_id()?;
        server.names.learn_alias(&node, &response.node_id()?);
    }
    Ok(())
}

/// Read: values, names, and the list of namespaces.
pub fn read(
    request: &mut Decoder<'_>,
    response: &mut Decoder<'_>,
    server: &mut Server,
    text: &mut String,
    at: Timestamp,
) -> Decoded<()> {
    read_head(request)?;
    for _ in 0..answered(request, response)? {
        let asked = ReadValueId::read(request)?;
        let data = RawData::read(response)?;
        match asked.attribute {
            wire::VALUE => {
                if asked.node.standard() == Some(wire::NAMESPACE_ARRAY) {
                    learn_namespaces(data.variant, &mut server.names);
                }
                learn_value(&asked, &data, server, text, at);
            }
            wire::DISPLAY_NAME | wire::BROWSE_NAME if !data.status.is_bad() => {
                learn_name(&asked, data.variant, &mut server.names);
            }
            _ => {}
        }
    }
    Ok(())
}

fn learn_value(asked: &ReadValueId<'_>, data: &RawData<'_>, server: &mut Server, text: &mut String, at: Timestamp) {
    if !asked.range.is_empty() {
        return;
    }
    let key = key(asked, text);
    if data.status.is_bad() { server.seen.forget(key) } else { server.seen.learn(key, data.variant, at) }
}

fn key(asked: &ReadValueId<'_>, text: &mut String) -> u64 {
    let ObjectKey { space, .. } = Subject::value(asked.node).key(text);
    space
}

fn learn_name(asked: &ReadValueId<'_>, variant: &[u8], names: &mut Names) {
    let mut decoder = Decoder::new(variant);
    match decoder.u8() {
        Ok(wire::LOCALIZED_TEXT) if asked.attribute == wire::DISPLAY_NAME => {
            if let Ok(name) = decoder.localized_text() {
                names.learn_display(&asked.node, name.text.unwrap_or_default());
            }
        }
        Ok(wire::QUALIFIED_NAME) if asked.attribute == wire::BROWSE_NAME => {
            if let Ok(name) = decoder.qualified_name() {
                names.learn_browse(&asked.node, &name);
            }
        }
        _ => {}
    }
}

fn learn_namespaces(variant: &[u8], names: &mut Names) {
    const STRINGS: u8 = wire::STRING | 0x80;
    let mut decoder = Decoder::new(variant);
    if decoder.u8() != Ok(STRINGS) {
        return;
    }
    let mut number = 0;
    // What could be read before a fault is a list too.
    let _ = decoder.each(|decoder| {
        names.learn_namespace(number, decoder.string()?.unwrap_or_default());
        number += 1;
        Ok(())
    });
}

/// Write: what the server took is what the node holds from now on.
pub fn written(
    request: &mut Decoder<'_>,
    response: &mut Decoder<'_>,
    server: &mut Server,
    text: &mut String,
    at: Timestamp,
) -> Decoded<()> {
    for _ in 0..answered(request, response)? {
        let written = write_value(request)?;
        let data = RawData::read(request)?;
        let status = response.status()?;
        if written.attribute != wire::VALUE || status.is_bad() {
            continue;
        }
        let key = key(&written, text);
        // A part of a list was changed, or bad quality was forced on it: the whole is not known.
        if written.range.is_empty() && !data.status.is_bad() {
            server.seen.learn(key, data.variant, at);
        } else {
            server.seen.forget(key);
        }
    }
    Ok(())
}

/// A DataValue of which only bytes are wanted.
pub struct RawData<'a> {
    /// The Variant as encoded; empty where there is none.
    pub variant: &'a [u8],
    pub status: StatusCode,
}

impl<'a> RawData<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let (bytes, data) = decoder.spanned(Decoder::data_value)?;
        // The variant stands behind the mask, where the mask says so.
        let inside = bytes.get(1..).filter(|_| data.variant.is_some()).unwrap_or_default();
        let variant = Decoder::new(inside).spanned(Decoder::variant).map_or(&[][..], |(variant, _)| variant);
        Ok(RawData { variant, status: data.status })
    }
}
