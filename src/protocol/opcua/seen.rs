//! What nodes held when they were last seen, so that a write can be told with the value it replaces.
//!
//! A value is remembered as its bytes, in a buffer that is used again, so that keeping up with known traffic allocates
//! nothing. It is what was seen last and no more: others may have changed it since, unseen. Hence it is always told with
//! the time at which it was seen, and a value whose quality was bad is forgotten.

use super::decoder::Decoder;
use crate::event::{Map, Timestamp, Value};

/// Nodes of one server whose values are remembered; when it is full the earliest known stay.
const MAX_NODES: usize = 4096;
/// Bytes of an ordinary value, and of one that is remembered at all.
const MAX_BYTES: usize = 128;
const MAX_LARGE: usize = 64 << 10;
/// Bytes of all values of one server together that are larger than an ordinary one.
const MAX_ALL_LARGE: usize = 256 << 10;
/// Parts of an old value that are shown.
const MAX_VALUES: usize = 1 << 14;

#[derive(Debug, Default)]
pub struct Seen {
    /// By the key of the node's Value attribute.
    nodes: Map<u64, Held>,
    /// Bytes of values that are larger than an ordinary one.
    large: usize,
}

/// The two latest values that differ.
#[derive(Debug, Default)]
struct Held {
    now: Told,
    before: Told,
}

/// A Variant as on the wire; empty where none is known.
#[derive(Debug, Default)]
struct Told {
    bytes: Vec<u8>,
    first: Timestamp,
    last: Timestamp,
}

impl Seen {
    /// A node held a value, as an encoded Variant.
    pub fn learn(&mut self, node: u64, variant: &[u8], at: Timestamp) {
        let large = larger(variant.len());
        if variant.is_empty() || variant.len() > MAX_LARGE || self.large + large > MAX_ALL_LARGE {
            return self.forget(node);
        }
        if self.nodes.len() >= MAX_NODES && !self.nodes.contains_key(&node) {
            return;
        }
        let held = self.nodes.entry(node).or_default();
        if held.now.bytes == variant {
            held.now.last = held.now.last.max(at);
            return;
        }
        std::mem::swap(&mut held.now, &mut held.before);
        self.large += large;
        self.large -= held.now.forget();
        held.now.bytes.extend_from_slice(variant);
        (held.now.first, held.now.last) = (at, at);
    }

    /// What a node holds is no longer known.
    pub fn forget(&mut self, node: u64) {
        if let Some(held) = self.nodes.get_mut(&node) {
            self.large -= held.now.forget() + held.before.forget();
        }
    }

    /// What the node held before `at`, and when that was last seen. A notification of the new value may have come
    /// before the write that caused it was answered.
    pub fn before(&self, node: u64, at: Timestamp) -> Option<(Value, Timestamp)> {
        self.told(node, at).next()
    }

    /// What the node held before `at` that was not this. A notification may come after the write that caused it.
    pub fn other_before(&self, node: u64, at: Timestamp, this: &Value) -> Option<(Value, Timestamp)> {
        self.told(node, at).find(|(value, _)| value != this)
    }

    fn told(&self, node: u64, at: Timestamp) -> impl Iterator<Item = (Value, Timestamp)> {
        let held = self.nodes.get(&node).into_iter().flat_map(|held| [&held.now, &held.before]);
        held.filter(move |told| !told.bytes.is_empty() && told.first <= at).filter_map(move |told| {
            let variant = Decoder::new(&told.bytes).building(MAX_VALUES).variant().ok()?;
            Some((variant.value, told.last.min(at)))
        })
    }
}

impl Told {
    /// Lets the value go; says how much that gives back of what large values may take. The room of an ordinary one stays.
    fn forget(&mut self) -> usize {
        let large = larger(self.bytes.len());
        if large > 0 {
            self.bytes = Vec::new();
        }
        self.bytes.clear();
        large
    }
}

/// What a value takes of the room for large ones.
const fn larger(bytes: usize) -> usize {
    if bytes > MAX_BYTES { bytes } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn byte(value: u8) -> [u8; 2] {
        [super::super::wire::BYTE, value]
    }

    fn at(second: u64) -> Timestamp {
        Timestamp::from_parts(second, 0)
    }

    #[test]
    fn a_value_is_told_with_when_it_was_last_seen() {
        let mut seen = Seen::default();
        seen.learn(1, &byte(5), at(10));
        seen.learn(1, &byte(5), at(12));
        assert_eq!(seen.before(1, at(20)), Some((Value::UInt(5), at(12))));
        assert_eq!(seen.before(2, at(20)), None);
    }

    #[test]
    fn news_that_came_before_the_answer_does_not_pass_for_the_old_value() {
        let mut seen = Seen::default();
        seen.learn(1, &byte(5), at(10));
        // Written at 20, notified at 21, answered at 22.
        seen.learn(1, &byte(9), at(21));
        assert_eq!(seen.before(1, at(20)), Some((Value::UInt(5), at(10))));
        assert_eq!(seen.before(1, at(30)), Some((Value::UInt(9), at(21))));
        // Told by a notification after the write was answered.
        assert_eq!(seen.other_before(1, at(30), &Value::UInt(9)), Some((Value::UInt(5), at(10))));
    }

    #[test]
    fn what_is_bad_or_large_is_forgotten() {
        let mut seen = Seen::default();
        seen.learn(1, &byte(5), at(10));
        seen.forget(1);
        assert_eq!(seen.before(1, at(20)), None);
        seen.learn(1, &byte(6), at(11));
        seen.learn(1, &[15; MAX_LARGE + 1], at(12));
        assert_eq!(seen.before(1, at(20)), None);
    }

    #[test]
    fn large_values_are_kept_within_bounds() {
        let mut seen = Seen::default();
        // A ByteString of so many bytes.
        let large = |byte: u8| [&[15][..], &30_000_u32.to_le_bytes(), &vec![byte; 30_000]].concat();
        for node in 0..100 {
            seen.learn(node, &large(1), at(10));
            seen.learn(node, &large(2), at(11));
        }
        assert!(seen.before(1, at(20)).is_some());
        assert!(seen.large <= MAX_ALL_LARGE, "{}", seen.large);
        for node in 0..100 {
            seen.learn(node, &byte(1), at(12));
            seen.learn(node, &byte(2), at(13));
        }
        assert_eq!((seen.large, seen.before(99, at(20))), (0, Some((Value::UInt(2), at(13)))));
    }
}
