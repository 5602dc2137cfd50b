//! What a controller sends by itself belongs to a request made before, which alone says which variables it is about.

use std::collections::VecDeque;

use smallvec::SmallVec;

use super::address::{self, Memory};
use super::userdata::{self, Userdata};
use super::{meaning, programmer};
use crate::protocol::Reader;

/// Jobs remembered of one connection; a controller has some tens at most.
const MAX_JOBS: usize = 64;
/// Variables remembered of one job.
const MAX_VARIABLES: usize = 256;

/// The variables of one job, in the order of the request.
pub type Watched = SmallVec<[Option<Memory>; 8]>;

#[derive(Debug, Default)]
pub struct Watches {
    jobs: VecDeque<(Name, Watched)>,
}

/// Group, function, and the number that the controller gave the job with its answer.
type Name = (u8, u8, u8);

impl Watches {
    /// A request was answered: from now on results may come.
    pub fn remember(&mut self, request: &Userdata<'_>, answer: &Userdata<'_>) {
        let watched = match (request.group, request.subfunction) {
            (userdata::PROGRAMMER, _) => programmer::watched(request),
            (userdata::CYCLIC, userdata::CYCLIC_TRANSFER | userdata::CHANGE_DRIVEN) => cyclic(request),
            _ => None,
        };
        let Some(watched) = watched.filter(|watched| watched.len() <= MAX_VARIABLES) else { return };
        let name = (request.group, request.subfunction, answer.sequence);
        self.jobs.retain(|(known, _)| *known != name);
        if self.jobs.len() >= MAX_JOBS {
            self.jobs.pop_front();
        }
        self.jobs.push_back((name, watched));
    }

    /// What a message that came by itself is about.
    pub fn of(&self, push: &Userdata<'_>) -> Watched {
        let name = (push.group, push.subfunction, push.sequence);
        self.jobs.iter().find(|(known, _)| *known == name).map(|(_, watched)| watched.clone()).unwrap_or_default()
    }
}

/// A count, the interval's unit and factor, then the addresses.
fn cyclic(request: &Userdata<'_>) -> Option<Watched> {
    let mut reader = Reader::new(request.bytes());
    let count = usize::from(reader.be16()?).min(meaning::MAX_ITEMS);
    reader.skip(2)?;
    let places = (0..count).map_while(|_| address::take(&mut reader));
    Some(places.flatten().map(|place| place.memory().copied()).collect())
}
