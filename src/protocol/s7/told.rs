use std::hash::BuildHasher;
use std::net::IpAddr;

use super::service::Halves;
use super::userdata;
use crate::event::{Map, Side};
use crate::flow::FlowInfo;

/// Lists of all controllers together; when there are more it starts anew, which costs speed and nothing else.
const MAX_LISTS: usize = 16_384;

/// What the controllers' status lists said before, so that a list read every second, or at every connection, is news only
/// when it changed.
#[derive(Debug, Default)]
pub struct Told {
    hasher: foldhash::quality::RandomState,
    /// A hash of what each list said.
    lists: Map<Place, u64>,
}

/// A controller, by address and tags, with a list and its index.
type Place = (IpAddr, u64, (u16, u16));

impl Told {
    /// Whether this says something about the controller that was not said before.
    pub fn is_news(&mut self, halves: &Halves<'_>, flow: &FlowInfo) -> bool {
        if halves.answer().is_some_and(|answer| answer.group == userdata::MODE_TRANSITION) {
            return true;
        }
        if !halves.is(userdata::CPU, userdata::READ_SZL) {
            return false;
        }
        let Some((bytes, name)) = halves.complete().and_then(|bytes| Some((bytes, super::szl::asked(bytes)?))) else {
            return false;
        };
        if self.lists.len() >= MAX_LISTS {
            self.lists.clear();
        }
        let hash = self.hasher.hash_one(bytes);
        let place = (flow.ip(Side::Server), self.hasher.hash_one(&flow.vlans), name);
        self.lists.insert(place, hash) != Some(hash)
    }
}
