//! Requests that wait for their answers.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use super::wire::{self, Service};
use crate::event::{FrameRef, Timestamp};

/// Requests that may wait on one connection; clients keep a few Publish requests open beside their own work.
const MAX_OPEN: usize = 256;
/// Bytes of all of them together.
const MAX_BYTES: usize = 8 << 20;
/// A request this long without an answer will get none (packet time), unless its client says to wait longer.
const PATIENCE: Duration = Duration::from_secs(30);
const MAX_PATIENCE: Duration = Duration::from_secs(600);
/// A Publish request waits until there is something to tell.
const PUBLISH_PATIENCE: Duration = Duration::from_secs(86_400);
/// Buffers kept for the next requests, and how large they may be.
const MAX_SPARE: usize = 16;
const MAX_SPARE_BYTES: usize = 16 << 10;

/// A request that waits.
#[derive(Debug)]
pub struct Open {
    pub channel: u32,
    pub request: u32,
    /// Binary encoding id.
    pub code: u32,
    pub service: Option<&'static Service>,
    /// The message body as it was on the wire.
    pub body: Vec<u8>,
    /// Where in it the service's own fields begin.
    pub fields: usize,
    /// Names the session; see `sessions`.
    pub session: u64,
    pub first: FrameRef,
    pub last: FrameRef,
    pub deadline: Timestamp,
    /// Policy name and mode that a request to open a channel asks for.
    pub wanted: Option<Box<(String, Cow<'static, str>)>>,
    /// Bytes were lost since, its answer perhaps among them.
    pub is_doubtful: bool,
}

#[derive(Debug)]
pub struct Pending {
    open: VecDeque<Open>,
    bytes: usize,
    spare: Vec<Vec<u8>>,
    /// Nothing expires before.
    next_deadline: Timestamp,
}

impl Default for Pending {
    fn default() -> Self {
        let never = Timestamp::from_nanos(u64::MAX);
        Pending { open: VecDeque::new(), bytes: 0, spare: Vec::new(), next_deadline: never }
    }
}

/// How long to wait for an answer.
pub fn patience(code: u32, timeout_hint_ms: u32) -> Duration {
    match code {
        wire::PUBLISH => PUBLISH_PATIENCE,
        _ => Duration::from_millis(u64::from(timeout_hint_ms)).clamp(PATIENCE, MAX_PATIENCE),
    }
}

impl Pending {
    /// A copy of a request's body, in a buffer that was used before where there is one.
    pub fn keep(&mut self, body: &[u8]) -> Vec<u8> {
        let mut kept = self.spare.pop().unwrap_or_default();
        kept.extend_from_slice(body);
        kept
    }

    /// Gives a request's buffer back.
    pub fn recycle(&mut self, open: Open) {
        let mut body = open.body;
        if self.spare.len() < MAX_SPARE && body.capacity() <= MAX_SPARE_BYTES {
            body.clear();
            self.spare.push(body);
        }
    }

    pub fn add(&mut self, open: Open) {
        self.next_deadline = self.next_deadline.min(open.deadline);
        self.bytes += open.body.len();
        self.open.push_back(open);
    }

    /// A request that must go because there are too many: the oldest that is no Publish, or else the oldest.
    pub fn overdue(&mut self) -> Option<Open> {
        if self.open.len() <= MAX_OPEN && self.bytes <= MAX_BYTES {
            return None;
        }
        let index = self.open.iter().position(|open| open.code != wire::PUBLISH).unwrap_or(0);
        self.remove(index)
    }

    pub fn take(&mut self, channel: u32, request: u32) -> Option<Open> {
        let index = self.open.iter().position(|open| open.channel == channel && open.request == request)?;
        self.remove(index)
    }

    /// The request to open a channel of this request id: the answer is the first to name the channel.
    pub fn take_opening(&mut self, request: u32) -> Option<Open> {
        let index = self.open.iter().position(|open| open.code == wire::OPEN_CHANNEL && open.request == request)?;
        self.remove(index)
    }

    /// A request whose time is over.
    pub fn expired(&mut self, now: Timestamp) -> Option<Open> {
        if now < self.next_deadline {
            return None;
        }
        if let Some(index) = self.open.iter().position(|open| open.deadline <= now) {
            return self.remove(index);
        }
        let deadlines = self.open.iter().map(|open| open.deadline);
        self.next_deadline = deadlines.min().unwrap_or(Timestamp::from_nanos(u64::MAX));
        None
    }

    /// The oldest of a channel, or of all.
    pub fn next(&mut self, channel: Option<u32>) -> Option<Open> {
        let index = self.open.iter().position(|open| channel.is_none_or(|channel| open.channel == channel))?;
        self.remove(index)
    }

    /// Bytes of the server were lost.
    pub fn doubt(&mut self) {
        self.open.iter_mut().for_each(|open| open.is_doubtful = true);
    }

    fn remove(&mut self, index: usize) -> Option<Open> {
        let open = self.open.remove(index)?;
        self.bytes -= open.body.len();
        Some(open)
    }
}
