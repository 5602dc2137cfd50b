//! What the tests of rules on decoded operations ask about.

use crate::event::{Class, Function, Item, Operation, Outcome};

/// A request that was answered well.
pub fn accepted(function: Function, class: Class, items: impl IntoIterator<Item = Item>) -> Operation {
    Operation {
        unit: None,
        function,
        class,
        items: items.into_iter().collect(),
        outcome: Outcome::Accepted,
        error: None,
        request_seen: true,
        response_seen: true,
        latency_us: None,
        transaction: None,
        channel: None,
    }
}
