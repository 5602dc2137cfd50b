//! What a zone that adapts holds for normal, whichever of its links it was seen on.

use super::intervals::IntervalSet;
use crate::event::{FunctionKey, Map, Service, Set};

/// What was seen anywhere in each adaptive zone.
#[derive(Default)]
pub(super) struct SharedFacts {
    pub services: Set<(usize, Service)>,
    pub functions: Set<(usize, Service, FunctionKey)>,
    pub spaces: Map<(usize, Service, FunctionKey, u64), IntervalSet>,
}
