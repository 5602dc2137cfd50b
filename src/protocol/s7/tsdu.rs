use std::borrow::Cow;

use crate::event::{FrameRef, Side};

/// The longest message put together from data TPDUs; S7 negotiates PDUs of up to 960 bytes, its successor some KiB.
const MAX_TSDU: usize = 64 << 10;

/// Who sent a message, and the frames that carried its first and last byte.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    pub from: Side,
    pub first: FrameRef,
    pub last: FrameRef,
}

/// Puts the messages of one direction together from data TPDUs (ISO 8073 section 6.3).
#[derive(Debug, Default)]
pub struct Joiner {
    held: Vec<u8>,
    first: Option<FrameRef>,
    /// The message passed the bound: skip to its end.
    skipping: bool,
}

#[derive(Debug)]
pub enum Joined<'a> {
    Message(Cow<'a, [u8]>, Sent),
    Unfinished,
    /// So many bytes were thrown away.
    TooLong(usize),
}

impl Joiner {
    pub fn push<'a>(&mut self, bytes: &'a [u8], last: bool, sent: Sent) -> Joined<'a> {
        if self.skipping || self.held.len() + bytes.len() > MAX_TSDU {
            self.skipping = !last;
            return Joined::TooLong(self.lose() + bytes.len());
        }
        if last && self.held.is_empty() {
            return Joined::Message(Cow::Borrowed(bytes), sent);
        }
        self.held.extend_from_slice(bytes);
        let first = *self.first.get_or_insert(sent.first);
        if !last {
            if self.held.is_empty() {
                self.first = None;
            }
            return Joined::Unfinished;
        }
        self.first = None;
        Joined::Message(Cow::Owned(std::mem::take(&mut self.held)), Sent { first, ..sent })
    }

    /// Forgets a message in progress, as a part of it was lost; says how many bytes were held.
    pub fn lose(&mut self) -> usize {
        let lost = self.held.len();
        self.held.clear();
        self.first = None;
        lost
    }
}
