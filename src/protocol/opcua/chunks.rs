//! Joins the chunks of a message (OPC 10000-6 section 6.7.2).

use std::borrow::Cow;

use super::transport::Kind;
use crate::event::FrameRef;

/// Messages of one direction that may be in progress; stacks send one after the other.
const MAX_MESSAGES: usize = 8;
/// Bytes that one direction may hold of unfinished messages; servers allow 4 MiB a message by default.
const MAX_BYTES: usize = 4 << 20;
/// Chunks of one message; at the smallest buffer of 8 KiB these are 8 MiB.
const MAX_CHUNKS: u32 = 1024;

/// What both sides agreed on for one direction; zero is no limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Agreed {
    pub message_bytes: u32,
    pub chunks: u32,
}

/// Unfinished messages of one direction.
#[derive(Debug, Default)]
pub struct Joiner {
    messages: Vec<Unfinished>,
    bytes: usize,
    /// That there are too many of them is said once.
    said_too_many: bool,
}

#[derive(Debug)]
struct Unfinished {
    key: Key,
    bytes: Vec<u8>,
    /// All bytes that came, also those not kept.
    size: usize,
    chunks: u32,
    first: FrameRef,
    said: Option<Passed>,
}

/// Names a message within one direction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub kind: Kind,
    pub channel: u32,
    pub request: u32,
}

/// A bound that a message passed: one of ours, or one that both sides agreed on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Passed {
    AgreedChunks,
    AgreedBytes,
    Chunks,
    Bytes,
    Messages,
}

impl Passed {
    /// The anomaly's stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Passed::AgreedChunks => "agreed_chunk_count_passed",
            Passed::AgreedBytes => "agreed_message_size_passed",
            Passed::Chunks => "chunk_count_bound_passed",
            Passed::Bytes => "joined_bytes_bound_passed",
            Passed::Messages => "unfinished_messages_bound_passed",
        }
    }
}

/// A message whose last chunk came.
#[derive(Debug)]
pub struct Joined<'a> {
    /// Borrowed where the message is a single chunk.
    pub bytes: Cow<'a, [u8]>,
    /// Bytes that a bound of ours kept us from holding.
    pub missing: usize,
    pub first: FrameRef,
}

impl Joiner {
    /// An intermediate chunk. Says which bound the message passes by it, once for each bound.
    pub fn add(&mut self, key: Key, body: &[u8], at: FrameRef, agreed: Agreed) -> Option<Passed> {
        let mut passed = None;
        let index = self.find(key).unwrap_or_else(|| {
            if self.messages.len() >= MAX_MESSAGES {
                self.drop_at(0);
                let is_news = !std::mem::replace(&mut self.said_too_many, true);
                passed = is_news.then_some(Passed::Messages);
            }
            self.messages.push(Unfinished { key, bytes: Vec::new(), size: 0, chunks: 0, first: at, said: None });
            self.messages.len() - 1
        });
        let held = self.bytes;
        let message = self.messages.get_mut(index)?;
        let kept = message.keep(body, held, agreed);
        self.bytes += kept.0;
        passed.or(kept.1)
    }

    /// The final chunk: the whole message.
    pub fn finish<'a>(
        &mut self,
        key: Key,
        body: &'a [u8],
        at: FrameRef,
        agreed: Agreed,
    ) -> (Joined<'a>, Option<Passed>) {
        let Some(index) = self.find(key) else {
            let is_over = agreed.message_bytes != 0 && body.len() > agreed.message_bytes as usize;
            let joined = Joined { bytes: Cow::Borrowed(body), missing: 0, first: at };
            return (joined, is_over.then_some(Passed::AgreedBytes));
        };
        let mut message = self.drop_at(index);
        let (_, passed) = message.keep(body, self.bytes + message.bytes.len(), agreed);
        let missing = message.size - message.bytes.len();
        (Joined { bytes: Cow::Owned(message.bytes), missing, first: message.first }, passed)
    }

    /// Its sender gave a message up, or a part of it was lost; says how many bytes of it were held.
    pub fn abort(&mut self, key: Key) -> usize {
        self.find(key).map_or(0, |index| self.drop_at(index).bytes.len())
    }

    /// A part of this direction was lost: no unfinished message can become whole. Says how many bytes were held.
    pub fn lose(&mut self) -> usize {
        self.messages.clear();
        std::mem::take(&mut self.bytes)
    }

    /// Whether a message has begun whose further chunks are to be expected.
    pub fn has(&self, key: Key) -> bool {
        self.find(key).is_some()
    }

    fn find(&self, key: Key) -> Option<usize> {
        self.messages.iter().position(|message| message.key == key)
    }

    fn drop_at(&mut self, index: usize) -> Unfinished {
        let message = self.messages.remove(index);
        self.bytes -= message.bytes.len();
        message
    }
}

impl Unfinished {
    /// Keeps what the bounds allow: how many bytes, and the bound that this chunk passes where none was named before.
    fn keep(&mut self, body: &[u8], held: usize, agreed: Agreed) -> (usize, Option<Passed>) {
        self.size += body.len();
        self.chunks += 1;
        let passed = if self.chunks > MAX_CHUNKS {
            Some(Passed::Chunks)
        } else if held + body.len() > MAX_BYTES {
            Some(Passed::Bytes)
        } else if agreed.chunks != 0 && self.chunks > agreed.chunks {
            Some(Passed::AgreedChunks)
        } else if agreed.message_bytes != 0 && self.size > agreed.message_bytes as usize {
            Some(Passed::AgreedBytes)
        } else {
            None
        };
        let is_ours = matches!(passed, Some(Passed::Chunks | Passed::Bytes));
        // Once a part is left out, what follows would stand at the wrong place.
        let keeps = !is_ours && self.bytes.len() + body.len() == self.size;
        if keeps {
            self.bytes.extend_from_slice(body);
        }
        let news = passed.filter(|passed| self.said.is_none_or(|said| said < *passed));
        self.said = self.said.max(passed);
        (if keeps { body.len() } else { 0 }, news)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { kind: Kind::Message, channel: 1, request: 7 };
    const FREE: Agreed = Agreed { message_bytes: 0, chunks: 0 };

    fn at(number: u64) -> FrameRef {
        FrameRef { number, ..FrameRef::default() }
    }

    #[test]
    fn three_chunks_make_a_message_that_begins_in_the_first_ones_frame() {
        let mut joiner = Joiner::default();
        assert_eq!(joiner.add(KEY, b"ab", at(1), FREE), None);
        assert_eq!(joiner.add(KEY, b"cd", at(2), FREE), None);
        let (joined, passed) = joiner.finish(KEY, b"e", at(3), FREE);
        assert_eq!((&*joined.bytes, joined.missing, joined.first.number, passed), (&b"abcde"[..], 0, 1, None));
        assert_eq!(joiner.bytes, 0);
    }

    #[test]
    fn a_single_chunk_is_not_copied() {
        let (joined, _) = Joiner::default().finish(KEY, b"abc", at(1), FREE);
        assert!(matches!(joined.bytes, Cow::Borrowed(b"abc")));
    }

    #[test]
    fn a_flood_of_chunks_is_bounded_and_named_once() {
        let mut joiner = Joiner::default();
        let chunk = vec![0; 64 << 10];
        let passed: Vec<_> = (0..200).filter_map(|n| joiner.add(KEY, &chunk, at(n), FREE)).collect();
        assert_eq!(passed, [Passed::Bytes]);
        assert_eq!(joiner.bytes, MAX_BYTES);
        let (joined, _) = joiner.finish(KEY, &chunk, at(201), FREE);
        assert_eq!(joined.missing, 201 * chunk.len() - MAX_BYTES);
    }

    #[test]
    fn endless_unfinished_messages_push_the_oldest_out_and_are_named_once() {
        let mut joiner = Joiner::default();
        let passed = (0..100).filter_map(|request| joiner.add(Key { request, ..KEY }, b"x", at(1), FREE)).count();
        assert_eq!((passed, joiner.messages.len(), joiner.bytes), (1, MAX_MESSAGES, MAX_MESSAGES));
    }

    #[test]
    fn what_both_sides_agreed_on_is_checked() {
        let mut joiner = Joiner::default();
        let agreed = Agreed { message_bytes: 3, chunks: 2 };
        assert_eq!(joiner.add(KEY, b"ab", at(1), agreed), None);
        assert_eq!(joiner.add(KEY, b"cd", at(2), agreed), Some(Passed::AgreedBytes));
        assert_eq!(joiner.add(KEY, b"ef", at(3), agreed), None);
        assert_eq!(joiner.finish(KEY, b"abcd", at(4), agreed).0.missing, 0);
    }
}
