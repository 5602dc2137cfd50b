//! Requests that wait for their answers, and those whose time is over.

use std::collections::VecDeque;
use std::time::Duration;

use smallvec::SmallVec;

use super::parse::Adu;
use crate::event::FrameRef;

/// Requests that may wait for their answers on one connection; real clients have one to sixteen.
const MAX_OPEN: usize = 64;
/// A request this long without an answer will get none (packet time).
const PATIENCE: Duration = Duration::from_secs(30);
/// Two requests of the same number so near each other were sent one behind the other; the second is no repetition.
const PIPELINED: Duration = Duration::from_millis(50);
/// Past requests remembered, to know an answer that comes late or twice.
const MAX_PAST: usize = 8;
/// Buffers kept for the next long requests.
const MAX_SPARE: usize = 4;

type Body = SmallVec<[u8; 16]>;

/// A request that waits for its answer.
#[derive(Debug)]
pub struct Open {
    transaction: u16,
    unit: u8,
    function: u8,
    /// As it was on the wire.
    body: Body,
    /// It has just the fields of its function.
    pub whole: bool,
    pub first: FrameRef,
    pub last: FrameRef,
}

/// What became of a request that waits no more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Past {
    Answered,
    GivenUp,
}

#[derive(Clone, Copy, Debug)]
struct Done {
    transaction: u16,
    unit: u8,
    function: u8,
    asked: FrameRef,
    past: Past,
}

#[derive(Debug, Default)]
pub struct Pending {
    open: VecDeque<Open>,
    done: VecDeque<Done>,
    /// Buffers of requests that are over: the next long one need not allocate.
    spare: Vec<Body>,
}

impl Open {
    pub fn adu(&self) -> Adu<'_> {
        Adu { transaction: self.transaction, unit: self.unit, function: self.function, body: &self.body }
    }

    fn is_asked_by(&self, adu: &Adu<'_>) -> bool {
        self.transaction == adu.transaction && self.unit == adu.unit && self.function == adu.asked()
    }
}

impl Pending {
    /// A request to keep; see [`Pending::overdue`] for those that must go first.
    pub fn open(&mut self, adu: &Adu<'_>, whole: bool, first: FrameRef, last: FrameRef) -> Open {
        let mut body = if adu.body.len() > 16 { self.spare.pop().unwrap_or_default() } else { Body::new() };
        body.clear();
        body.extend_from_slice(adu.body);
        Open { transaction: adu.transaction, unit: adu.unit, function: adu.function, body, whole, first, last }
    }

    pub fn push(&mut self, open: Open) {
        if self.open.capacity() == 0 {
            // Most clients wait for each answer: room for one is enough, in thousands of conversations.
            self.open.reserve_exact(1);
        }
        self.open.push_back(open);
    }

    /// The next request that must be given up before this one is taken in: it waited too long, it is asked anew, or there
    /// are too many.
    pub fn overdue(&mut self, adu: &Adu<'_>, now: FrameRef) -> Option<Open> {
        let front = self.open.front()?;
        let late = now.ts.since(front.last.ts) > PATIENCE || self.open.len() >= MAX_OPEN;
        let asked_anew = |open: &Open| open.is_asked_by(adu) && now.ts.since(open.last.ts) > PIPELINED;
        let index = if late { 0 } else { self.open.iter().position(asked_anew)? };
        self.give_up(index)
    }

    /// The request that an answer belongs to. Where several have its number, the oldest one that it fits.
    pub fn take(&mut self, adu: &Adu<'_>, fits: impl Fn(&Open) -> bool) -> Option<Open> {
        let mut same = (0..self.open.len()).filter(|i| self.open[*i].is_asked_by(adu));
        let first = same.next()?;
        let several = same.next().is_some();
        let index = if several {
            (first..self.open.len()).find(|i| self.open[*i].is_asked_by(adu) && fits(&self.open[*i])).unwrap_or(first)
        } else {
            first
        };
        let open = self.open.remove(index)?;
        self.remember(&open, Past::Answered);
        Some(open)
    }

    /// The oldest request still waiting, when the conversation is over.
    pub fn pop(&mut self) -> Option<Open> {
        self.open.pop_front()
    }

    /// A request of this number waits, though for another unit or function.
    pub fn waits_for_other(&self, adu: &Adu<'_>) -> bool {
        self.open.iter().any(|open| open.transaction == adu.transaction)
    }

    /// A request that an answer would have belonged to earlier, and when it was asked.
    pub fn past(&self, adu: &Adu<'_>) -> Option<(Past, FrameRef)> {
        let is_it =
            |done: &&Done| done.transaction == adu.transaction && done.unit == adu.unit && done.function == adu.asked();
        self.done.iter().rev().find(is_it).map(|done| (done.past, done.asked))
    }

    /// Takes back the buffer of a request that was reported.
    pub fn reuse(&mut self, open: Open) {
        if open.body.spilled() && self.spare.len() < MAX_SPARE {
            self.spare.push(open.body);
        }
    }

    fn give_up(&mut self, index: usize) -> Option<Open> {
        let open = self.open.remove(index)?;
        self.remember(&open, Past::GivenUp);
        Some(open)
    }

    fn remember(&mut self, open: &Open, past: Past) {
        if self.done.len() >= MAX_PAST {
            self.done.pop_front();
        } else if self.done.capacity() == 0 {
            self.done.reserve_exact(MAX_PAST);
        }
        let &Open { transaction, unit, function, last, .. } = open;
        self.done.push_back(Done { transaction, unit, function, asked: last, past });
    }
}
