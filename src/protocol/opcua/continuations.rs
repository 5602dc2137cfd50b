//! Continuation points: what a BrowseNext goes on with (OPC 10000-4 section 7.9).

use std::collections::VecDeque;

use super::types::NodeId;
use crate::event::ObjectKey;

/// Continuation points of one server that are remembered; the oldest makes room.
const MAX_POINTS: usize = 64;
/// Bytes of a continuation point: longer ones are none of ours to keep.
const MAX_BYTES: usize = 1024;

#[derive(Debug, Default)]
pub struct Continuations {
    points: VecDeque<(u64, Going)>,
}

/// What is being browsed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Going {
    pub node: Box<str>,
    pub namespace: u16,
}

impl Continuations {
    pub fn learn(&mut self, point: &[u8], going: Going) {
        if point.is_empty() || point.len() > MAX_BYTES {
            return;
        }
        let key = hash(point);
        self.points.retain(|(known, _)| *known != key);
        if self.points.len() >= MAX_POINTS {
            self.points.pop_front();
        }
        self.points.push_back((key, going));
    }

    pub fn get(&self, point: &[u8]) -> Option<&Going> {
        let key = hash(point);
        self.points.iter().find(|(known, _)| *known == key).map(|(_, going)| going)
    }

    /// A point was used up or let go.
    pub fn forget(&mut self, point: &[u8]) {
        let key = hash(point);
        self.points.retain(|(known, _)| *known != key);
    }
}

impl Going {
    pub fn new(node: &NodeId<'_>) -> Self {
        Going { node: node.to_string().into_boxed_str(), namespace: node.namespace }
    }
}

fn hash(point: &[u8]) -> u64 {
    ObjectKey::text(point, 7).space
}
