use serde::{Deserialize, Serialize};

use super::object::{ObjectKey, fnv1a, fnv1a_on};
use super::operation::FunctionKey;

/// How often, in which order or how much the known came, where that is not as it was: what no single message shows.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(tag = "habit", rename_all = "snake_case")]
pub enum Habit {
    /// A polled operation came in another rhythm; the times are of one poll to the next.
    Rhythm { act: Act, usual_us: u64, seen_us: u64 },
    /// An operation followed one that it never followed.
    Order { act: Act, after: Act },
    /// More or fewer operations on a link than in this hour of the week.
    Volume { hour: u8, low: u64, high: u64, count: u64 },
}

/// One operation on the objects it is always used on.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Act {
    /// See [`Unit::key`](super::Unit::key).
    pub unit: u64,
    pub function: FunctionKey,
    pub id: ActId,
    /// Function and object, as people read them.
    pub name: String,
}

/// Names an operation on its objects within a link; the same on every box and after every restart.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ActId(pub u64);

impl ActId {
    pub fn of(unit: u64, function: FunctionKey, objects: impl IntoIterator<Item = ObjectKey>) -> Self {
        let FunctionKey { code, rosctr, group, detail } = function;
        let start = fnv1a(&unit.to_be_bytes(), code);
        let start = fnv1a_on(start, &[rosctr, group, (detail >> 8) as u8, detail as u8]);
        let on = |hash, ObjectKey { space, start, length }| {
            let place = u64::from(start) << 32 | u64::from(length);
            fnv1a_on(fnv1a_on(hash, &space.to_be_bytes()), &place.to_be_bytes())
        };
        ActId(objects.into_iter().fold(start, on))
    }
}
