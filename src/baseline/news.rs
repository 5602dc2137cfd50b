use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::row::RowId;
use crate::event::Timestamp;
use crate::inventory::Address;

/// Rows kept for review, the latest ones.
const MAX_NEWS: usize = 10_000;

/// Something was learnt: for the list that a person reviews.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct News {
    pub ts: Timestamp,
    pub row: RowId,
    /// Who taught it: the client of the act, or the device itself.
    pub by: Address,
    /// A person called it normal, and it was not learnt by itself.
    #[serde(default)]
    pub accepted: bool,
}

/// The latest news, oldest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NewsList(VecDeque<News>);

impl NewsList {
    pub fn push(&mut self, news: News) {
        if self.0.len() >= MAX_NEWS {
            self.0.pop_front();
        }
        self.0.push_back(news);
    }

    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &News> {
        self.0.iter()
    }

    pub fn forget(&mut self, gone: impl Fn(&News) -> bool) {
        self.0.retain(|news| !gone(news));
    }
}
