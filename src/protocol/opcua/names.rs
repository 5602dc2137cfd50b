//! What nodes are called, as far as this conversation has shown it.

use std::fmt::Write;

use super::codes;
use super::types::NodeId;
use crate::event::{Map, ObjectKey, clean_text};

/// Nodes whose names one conversation remembers; when it is full the earliest known stay.
const MAX_NAMES: usize = 4096;
/// Characters of a name.
const MAX_NAME: usize = 128;

/// Learnt from Browse, Translate and Read; the standard's own nodes are known beforehand.
#[derive(Debug, Default)]
pub struct Names {
    /// By a hash of the node's text: a wrong name after a chosen collision would only be cosmetic.
    names: Map<u64, Box<str>>,
    text: String,
}

impl Names {
    /// A name that a node was given. A better one (the display name) replaces a worse one.
    pub fn learn(&mut self, node: &NodeId<'_>, name: &[u8], is_better: bool) {
        if name.is_empty() || node.standard().is_some_and(|id| codes::standard_node(id).is_some()) {
            return;
        }
        let key = self.key(node);
        let is_known = self.names.contains_key(&key);
        if is_known && !is_better || !is_known && self.names.len() >= MAX_NAMES {
            return;
        }
        if self.names.get(&key).is_none_or(|known| known.as_bytes() != name) {
            self.names.insert(key, clean_text(name, MAX_NAME).into_boxed_str());
        }
    }

    pub fn get(&self, node: &NodeId<'_>) -> Option<String> {
        self.by_text(&node.to_string())
    }

    /// By the node's text form.
    pub fn by_text(&self, node: &str) -> Option<String> {
        let standard = node.strip_prefix("i=").and_then(|number| number.parse().ok()).and_then(codes::standard_node);
        standard.or_else(|| self.names.get(&hash(node)).map(AsRef::as_ref)).map(str::to_owned)
    }

    fn key(&mut self, node: &NodeId<'_>) -> u64 {
        self.text.clear();
        // Writing to a String does not fail.
        let _ = write!(self.text, "{node}");
        hash(&self.text)
    }
}

fn hash(node: &str) -> u64 {
    ObjectKey::text(node.as_bytes(), 0).space
}
