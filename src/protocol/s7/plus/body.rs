use std::ops::Range;

use smallvec::SmallVec;

use super::leaf::{Leaves, Place};
use super::object::BlockParts;

/// What a message says.
#[derive(Debug, Default)]
pub struct Body {
    pub leaves: Leaves,
    /// Places that a request asks for or writes to, in the order of their item numbers from 1.
    pub addresses: Vec<Place>,
    /// Item numbers that went wrong, with their errors.
    pub errors: SmallVec<[(u32, i16); 4]>,
    /// Numbers of objects that were made.
    pub created: SmallVec<[u32; 2]>,
    /// What each reference number of a subscription stands for.
    pub references: Vec<(u32, Place)>,
    pub blocks: Vec<BlockParts>,
    /// Where the single value of an answer lies, flags and type included.
    pub value: Range<usize>,
    /// The return value of a response that has its running number in front.
    pub error: Option<i16>,
    /// Bytes that could not be read.
    pub unread: usize,
}
