use std::collections::VecDeque;

use super::info::Worth;

/// Conversations that hold bytes which are not in order yet, the least useful first, and how much all of them hold.
///
/// An entry may have ended, changed its worth or let go since it was listed: whoever takes it out looks.
#[derive(Debug, Default)]
pub(super) struct Holders {
    lists: [VecDeque<u32>; Worth::ALL.len()],
    bytes: usize,
}

impl Holders {
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// A conversation holds so much more or less than before.
    pub fn account(&mut self, before: usize, now: usize) {
        self.bytes = self.bytes.saturating_sub(before) + now;
    }

    pub fn list(&mut self, worth: Worth, index: u32) {
        self.lists[worth as usize].push_back(index);
    }

    /// The least useful one, longest listed, with the worth it had.
    pub fn least(&mut self) -> Option<(Worth, u32)> {
        Worth::ALL.into_iter().find_map(|worth| Some((worth, self.lists[worth as usize].pop_front()?)))
    }

    /// All of them; those that still hold something must be listed again.
    pub fn take(&mut self) -> Vec<u32> {
        self.lists.iter_mut().flat_map(std::mem::take).collect()
    }

    pub fn is_empty(&self) -> bool {
        self.lists.iter().all(VecDeque::is_empty)
    }
}
