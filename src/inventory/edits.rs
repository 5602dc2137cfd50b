//! What was done to assets, with what it takes to take it back.

use std::collections::{BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::asset::AssetId;
use super::role::RoleGuess;
use super::said::Said;
use crate::event::{FactKind, Service, Timestamp};

/// Edits that can still be taken back.
const MAX_EDITS: usize = 1000;

/// What was done to assets, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Edits {
    last: u64,
    pub(super) done: VecDeque<Edit>,
}

/// One thing done to assets.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Edit {
    pub number: u64,
    pub ts: Timestamp,
    /// Who did it; `None` where a rule did.
    pub user: Option<String>,
    pub act: Act,
    #[serde(default)]
    pub undone: bool,
}

/// What an [`Edit`] did, with what it takes to take it back.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Act {
    Merge {
        into: AssetId,
        from: AssetId,
        /// Facts that came with the second.
        facts: Vec<(FactKind, String)>,
        roles: Vec<RoleGuess>,
        /// When the first one was seen first and last until then.
        seen: [Timestamp; 2],
        serves: BTreeSet<Service>,
        uses: BTreeSet<Service>,
    },
    Split {
        from: AssetId,
        into: AssetId,
    },
    Say {
        asset: AssetId,
        before: Box<Said>,
    },
}

/// Why an edit was not done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EditFault {
    /// There is no such asset or edit.
    Unknown,
    /// An asset cannot be merged with itself, or be split from all or none of its addresses.
    Pointless,
    /// It was taken back before.
    Undone,
    /// What it made has been changed since: take that back first.
    Later,
    /// The inventory is full.
    Full,
    /// A text is too long, or a level does not exist.
    Unfit,
}

impl Edits {
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &Edit> {
        self.done.iter()
    }

    pub(super) fn note(&mut self, ts: Timestamp, user: Option<&str>, act: Act) -> u64 {
        self.last += 1;
        if self.done.len() >= MAX_EDITS {
            self.done.pop_front();
        }
        self.done.push_back(Edit { number: self.last, ts, user: user.map(str::to_owned), act, undone: false });
        self.last
    }
}
