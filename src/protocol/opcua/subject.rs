//! What a message acts on, borrowed from the wire: as a key for the cache of the known, or as an object for an event.

use std::fmt::Write;

use super::names::{Description, Names};
use super::types::NodeId;
use super::wire;
use crate::event::{Method, Node, Object, ObjectKey, clean_text};

/// Characters of a URL or name that stands for an object.
const MAX_NAME: usize = 512;

#[derive(Clone, Copy, Debug)]
pub enum Subject<'a> {
    Node { node: NodeId<'a>, attribute: u32 },
    Method { object: NodeId<'a>, method: NodeId<'a> },
    Named(&'a [u8]),
}

impl<'a> Subject<'a> {
    pub const fn whole(node: NodeId<'a>) -> Self {
        Subject::Node { node, attribute: wire::WHOLE_NODE }
    }

    pub const fn value(node: NodeId<'a>) -> Self {
        Subject::Node { node, attribute: wire::VALUE }
    }

    /// The value of a node that says what the server is or how it fares (OPC 10000-5 section 6.3).
    pub fn is_about_server(&self) -> bool {
        let Subject::Node { node, attribute: wire::VALUE } = self else { return false };
        node.standard().is_some_and(wire::is_about_server)
    }

    /// The key of [`Subject::object`], without building it; `text` is only working space.
    pub fn key(&self, text: &mut String) -> ObjectKey {
        text.clear();
        // Writing to a String does not fail.
        let variant = match self {
            Subject::Node { node, attribute } => {
                let _ = write!(text, "{node}");
                *attribute
            }
            Subject::Method { method, .. } => {
                let _ = write!(text, "{method}");
                u32::MAX
            }
            Subject::Named(name) => return Object::named(clean_text(name, MAX_NAME)).key(),
        };
        ObjectKey::text(text.as_bytes(), variant)
    }

    pub fn object(&self, names: &Names) -> Object {
        match self {
            Subject::Node { node, attribute } => node_object(&node.to_string(), node.namespace, *attribute, names),
            Subject::Method { object, method } => {
                let (object, method) = (object.to_string(), method.to_string());
                let (object_name, method_name) = (names.name(&object), names.name(&method));
                Object::Method(Method { object, method, object_name, method_name })
            }
            Subject::Named(name) => Object::named(clean_text(name, MAX_NAME)),
        }
    }
}

/// A node by its text form, with what is known of it.
pub fn node_object(node: &str, namespace: u16, attribute: u32, names: &Names) -> Object {
    let Description { name, path, namespace } = names.describe_text(node, namespace);
    Object::Node(Node { node: node.to_owned(), attribute, name, path, namespace })
}
