//! What is under way on a link, second by second: kept together, and apart from what was learnt, which is only fetched when a
//! window ends, another operation follows, or an hour is over.

use smallvec::SmallVec;

use super::order::Latest;
use super::rhythm::Window;
use super::volume::HourSoFar;
use crate::event::{ActId, Timestamp};

#[derive(Clone, Default)]
pub(super) struct Pulse {
    pub latest: Latest,
    pub hour: HourSoFar,
    /// When what a worker counted came last.
    pub heard: Timestamp,
    /// The window of each polled operation, in the order of their ids.
    windows: SmallVec<[(ActId, Window); 1]>,
}

impl Pulse {
    /// The window of an operation; made where it is one that is polled.
    pub fn window(&mut self, act: ActId, is_polled: impl FnOnce() -> bool) -> Option<&mut Window> {
        let at = match self.windows.binary_search_by_key(&act, |(known, _)| *known) {
            Ok(at) => at,
            Err(at) => {
                is_polled().then(|| self.windows.insert(at, (act, Window::default())))?;
                at
            }
        };
        self.windows.get_mut(at).map(|(_, window)| window)
    }
}
