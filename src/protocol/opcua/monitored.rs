//! Which node stands behind a notification: clients number what they watch, and notifications carry only the number.

use super::names::Names;
use super::subject::Subject;
use super::types::NodeId;
use crate::event::{Map, Node, Object, ObjectKey};

/// Items that one conversation remembers; those that come later stay without a name.
const MAX_ITEMS: usize = 1 << 14;

/// Learnt from CreateMonitoredItems, by the client's handle.
#[derive(Debug, Default)]
pub struct Monitored {
    items: Map<(u32, u32), Item>,
    /// The client's handle by the server's id of the item.
    handles: Map<(u32, u32), u32>,
    text: String,
}

/// What a client watches.
#[derive(Debug)]
pub struct Item {
    pub key: ObjectKey,
    node: Box<str>,
    attribute: u32,
}

impl Item {
    pub fn object(&self, names: &Names) -> Object {
        let name = names.by_text(&self.node);
        Object::Node(Node { node: self.node.to_string(), attribute: self.attribute, name })
    }
}

impl Monitored {
    /// False where the bound kept it from being remembered.
    pub fn learn(&mut self, subscription: u32, handle: u32, id: u32, node: &NodeId<'_>, attribute: u32) -> bool {
        if self.items.len() >= MAX_ITEMS || self.handles.len() >= MAX_ITEMS {
            return false;
        }
        let key = Subject::Node { node: *node, attribute }.key(&mut self.text);
        let item = Item { key, node: self.text.as_str().into(), attribute };
        self.items.insert((subscription, handle), item);
        self.handles.insert((subscription, id), handle);
        true
    }

    pub fn get(&self, subscription: u32, handle: u32) -> Option<&Item> {
        self.items.get(&(subscription, handle))
    }

    /// By the server's id.
    pub fn by_id(&self, subscription: u32, id: u32) -> Option<&Item> {
        let handle = self.handles.get(&(subscription, id))?;
        self.get(subscription, *handle)
    }

    /// The client gave an item another handle.
    pub fn rename(&mut self, subscription: u32, id: u32, handle: u32) {
        let Some(known) = self.handles.get_mut(&(subscription, id)) else { return };
        let before = std::mem::replace(known, handle);
        if let Some(item) = self.items.remove(&(subscription, before)) {
            self.items.insert((subscription, handle), item);
        }
    }

    pub fn forget(&mut self, subscription: u32, id: u32) {
        if let Some(handle) = self.handles.remove(&(subscription, id)) {
            self.items.remove(&(subscription, handle));
        }
    }

    pub fn forget_subscription(&mut self, subscription: u32) {
        self.items.retain(|(of, _), _| *of != subscription);
        self.handles.retain(|(of, _), _| *of != subscription);
    }
}
