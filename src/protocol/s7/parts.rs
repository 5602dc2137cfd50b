use std::borrow::Cow;
use std::collections::VecDeque;

use super::userdata::Userdata;
use crate::event::Side;

/// Answers in progress on one connection; a client asks for the next part before it asks for anything else.
const MAX_OPEN: usize = 4;
/// The longest answer put together; a full diagnostic buffer has some tens of KiB.
const MAX_ANSWER: usize = 64 << 10;

/// Puts answers together that came in several parts, each asked for by itself.
#[derive(Debug, Default)]
pub struct Parts {
    open: VecDeque<Answer>,
}

#[derive(Debug)]
struct Answer {
    from: Side,
    group: u8,
    subfunction: u8,
    reference: u8,
    bytes: Vec<u8>,
}

/// What a message holds of an answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Share<'a> {
    /// All of it.
    Whole(Cow<'a, [u8]>),
    /// All of it, with the parts before this one.
    Joined(Vec<u8>),
    /// Its beginning.
    First(&'a [u8]),
    /// A part that makes no sense by itself.
    Later,
}

impl<'a> Share<'a> {
    /// The whole answer, where this message ends it.
    pub fn complete(&self) -> Option<&[u8]> {
        match self {
            Share::Whole(bytes) => Some(bytes),
            Share::Joined(bytes) => Some(bytes),
            Share::First(_) | Share::Later => None,
        }
    }

    /// The answer's first bytes, where this message begins it.
    pub fn beginning(&self) -> Option<&[u8]> {
        match self {
            Share::Whole(bytes) => Some(bytes),
            Share::First(bytes) => Some(bytes),
            Share::Joined(_) | Share::Later => None,
        }
    }
}

impl Parts {
    /// `begins` where the message is known to answer a first question; a controller may number an answer in one part, too.
    pub fn take<'a>(&mut self, from: Side, message: &Userdata<'a>, begins: bool) -> Share<'a> {
        let Some((reference, more)) = message.part else { return Share::Whole(Cow::Borrowed(message.bytes())) };
        let belongs = |answer: &Answer| {
            let name = (answer.group, answer.subfunction, answer.reference);
            answer.from == from && name == (message.group, message.subfunction, reference)
        };
        let Some(i) = self.open.iter().position(belongs) else {
            return match (more, begins) {
                (true, _) => self.begin(from, message, reference),
                (false, true) => Share::Whole(Cow::Borrowed(message.bytes())),
                (false, false) => Share::Later,
            };
        };
        let Some(mut answer) = self.open.remove(i) else { return Share::Later };
        if answer.bytes.len() + message.bytes().len() > MAX_ANSWER {
            return Share::Later;
        }
        answer.bytes.extend_from_slice(message.bytes());
        if !more {
            return Share::Joined(answer.bytes);
        }
        self.open.push_back(answer);
        Share::Later
    }

    fn begin<'a>(&mut self, from: Side, message: &Userdata<'a>, reference: u8) -> Share<'a> {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front();
        }
        let (group, subfunction) = (message.group, message.subfunction);
        self.open.push_back(Answer { from, group, subfunction, reference, bytes: message.bytes().to_vec() });
        Share::First(message.bytes())
    }

    /// Bytes of one side were lost: what it was answering cannot be put together any more.
    pub fn lose(&mut self, from: Side) {
        self.open.retain(|answer| answer.from != from);
    }
}
