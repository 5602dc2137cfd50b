use std::collections::VecDeque;
use std::hash::BuildHasher;

use super::service::Halves;
use super::userdata;

/// Lists remembered of one connection; engineering tools read about twenty when they go online.
const MAX_LISTS: usize = 64;

/// What the controller's status lists said before, so that a list read every second is news only when it changed.
#[derive(Debug, Default)]
pub struct Told {
    hasher: foldhash::quality::RandomState,
    /// List and index, with a hash of what it said.
    lists: VecDeque<((u16, u16), u64)>,
}

impl Told {
    /// Whether this says something about the controller that was not said before on this connection.
    pub fn is_news(&mut self, halves: &Halves<'_>) -> bool {
        if halves.answer().is_some_and(|answer| answer.group == userdata::MODE_TRANSITION) {
            return true;
        }
        if !halves.is(userdata::CPU, userdata::READ_SZL) {
            return false;
        }
        let Some((bytes, name)) = halves.complete().and_then(|bytes| Some((bytes, super::szl::asked(bytes)?))) else {
            return false;
        };
        let hash = self.hasher.hash_one(bytes);
        match self.lists.iter_mut().find(|(list, _)| *list == name) {
            Some((_, before)) if *before == hash => false,
            Some((_, before)) => {
                *before = hash;
                true
            }
            None => {
                if self.lists.len() >= MAX_LISTS {
                    self.lists.pop_front();
                }
                self.lists.push_back((name, hash));
                true
            }
        }
    }
}
