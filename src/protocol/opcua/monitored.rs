//! Which node stands behind a notification: clients number what they watch, and notifications carry only the number.

use std::collections::VecDeque;

use super::names::Names;
use super::subject::{self, Subject};
use super::types::NodeId;
use crate::event::{Map, Object, ObjectKey};

/// Items of one server that are remembered; the oldest subscription makes room.
const MAX_ITEMS: usize = 1 << 14;
/// Subscriptions of one server that are remembered.
const MAX_SUBSCRIPTIONS: usize = 256;
/// Fields of an event whose names are remembered.
pub const MAX_COLUMNS: usize = 64;

/// Learnt from CreateMonitoredItems, by the client's handle.
#[derive(Debug, Default)]
pub struct Monitored {
    items: Map<(u32, u32), Item>,
    /// The client's handle by the server's id of the item.
    handles: Map<(u32, u32), u32>,
    /// In the order in which they were first heard of.
    subscriptions: VecDeque<u32>,
    text: String,
}

/// What a client watches.
#[derive(Debug)]
pub struct Item {
    pub key: ObjectKey,
    /// All of the node's Value attribute.
    pub is_whole_value: bool,
    /// See [`Subject::is_about_server`].
    pub is_about_server: bool,
    /// What the fields of an event are called.
    pub columns: Box<[Box<str>]>,
    node: Box<str>,
    namespace: u16,
    attribute: u32,
}

/// What CreateMonitoredItems says of one item.
pub struct Wanted<'a> {
    pub node: NodeId<'a>,
    pub attribute: u32,
    pub is_part: bool,
    pub columns: Box<[Box<str>]>,
}

impl Item {
    pub fn object(&self, names: &Names) -> Object {
        subject::node_object(&self.node, self.namespace, self.attribute, names)
    }
}

impl Monitored {
    pub fn learn(&mut self, subscription: u32, handle: u32, id: u32, wanted: Wanted<'_>) {
        if !self.subscriptions.contains(&subscription) {
            self.subscriptions.push_back(subscription);
        }
        while self.is_full()
            && let Some(oldest) = self.subscriptions.pop_front()
        {
            self.forget_items(oldest);
        }
        let Wanted { node, attribute, is_part, columns } = wanted;
        let subject = Subject::Node { node, attribute };
        let (key, is_about_server) = (subject.key(&mut self.text), subject.is_about_server());
        let is_whole_value = attribute == super::wire::VALUE && !is_part;
        let text = self.text.as_str().into();
        let item =
            Item { key, is_whole_value, is_about_server, columns, node: text, namespace: node.namespace, attribute };
        self.items.insert((subscription, handle), item);
        self.handles.insert((subscription, id), handle);
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
        self.subscriptions.retain(|known| *known != subscription);
        self.forget_items(subscription);
    }

    fn forget_items(&mut self, subscription: u32) {
        self.items.retain(|(of, _), _| *of != subscription);
        self.handles.retain(|(of, _), _| *of != subscription);
    }

    fn is_full(&self) -> bool {
        self.items.len() >= MAX_ITEMS || self.handles.len() >= MAX_ITEMS || self.subscriptions.len() > MAX_SUBSCRIPTIONS
    }
}
