//! Messages put together from the frames of one direction.

use std::borrow::Cow;

use super::parse::Frame;
use crate::protocol::s7::tsdu::Sent;

/// The longest message put together. A whole program comes in some hundred KiB.
const MAX_MESSAGE: usize = 1 << 20;

/// One direction's message in progress.
#[derive(Debug, Default)]
pub struct Assembly {
    begun: Option<Begun>,
}

#[derive(Debug)]
struct Begun {
    version: u8,
    bytes: Vec<u8>,
    /// Bytes over the bound, which are not kept.
    dropped: usize,
    frames: u32,
    sent: Sent,
}

/// A message, as whole as it was seen.
#[derive(Debug)]
pub struct Message<'a> {
    pub version: u8,
    pub bytes: Cow<'a, [u8]>,
    pub dropped: usize,
    /// Its end was seen.
    pub whole: bool,
    pub frames: u32,
    pub sent: Sent,
}

impl Assembly {
    /// Takes a frame in; gives the message that it ends.
    pub fn push<'a>(&mut self, frame: &Frame<'a>, sent: Sent) -> Option<Message<'a>> {
        if frame.last && self.begun.is_none() {
            let (version, bytes) = (frame.version, Cow::Borrowed(frame.data));
            return Some(Message { version, bytes, dropped: 0, whole: true, frames: 1, sent });
        }
        let begun = self.begun.get_or_insert_with(|| Begun {
            version: frame.version,
            bytes: Vec::new(),
            dropped: 0,
            frames: 0,
            sent,
        });
        let room = MAX_MESSAGE - begun.bytes.len();
        let (kept, dropped) = frame.data.split_at(frame.data.len().min(room));
        begun.bytes.extend_from_slice(kept);
        begun.dropped += dropped.len();
        begun.frames = begun.frames.saturating_add(1);
        begun.sent.last = sent.last;
        if frame.last { self.take(true) } else { None }
    }

    pub fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// The message in progress, where its end will not come.
    pub fn give_up(&mut self) -> Option<Message<'static>> {
        self.take(false)
    }

    fn take<'a>(&mut self, whole: bool) -> Option<Message<'a>> {
        let Begun { version, bytes, dropped, frames, sent } = self.begun.take()?;
        Some(Message { version, bytes: Cow::Owned(bytes), dropped, whole, frames, sent })
    }
}
