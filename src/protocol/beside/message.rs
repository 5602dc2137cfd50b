//! Lines and heads of messages out of pieces of a stream, none longer than its bound.

/// Gathers lines; what is longer than the bound is cut there and the rest of that line is lost.
pub struct Lines {
    line: Vec<u8>,
    most: usize,
}

impl Lines {
    pub fn new(most: usize) -> Self {
        Lines { line: Vec::new(), most }
    }

    pub fn take(&mut self, bytes: &[u8], each: &mut dyn FnMut(&[u8])) {
        for part in bytes.split_inclusive(|byte| *byte == b'\n' || *byte == b'\r') {
            let (text, ended) = match part.split_last() {
                Some((b'\n' | b'\r', text)) => (text, true),
                _ => (part, false),
            };
            let room = self.most.saturating_sub(self.line.len());
            self.line.extend_from_slice(&text[..text.len().min(room)]);
            if ended && !self.line.is_empty() {
                each(&self.line);
                self.line.clear();
            }
        }
    }

    /// What stands there without an end yet.
    pub fn rest(&self) -> &[u8] {
        &self.line
    }
}

/// Gathers the first bytes of each message of a stream whose messages say how long they are.
#[derive(Default)]
pub struct Heads {
    head: Vec<u8>,
    /// Bytes of the message in work that are still to come and not kept.
    skip: usize,
}

/// Bytes kept of one message.
const MOST: usize = 1024;

impl Heads {
    /// `length` gives how long the message that bytes begin with is in all; `None` where more of them are needed. False where
    /// the stream makes no sense.
    pub fn take(&mut self, mut bytes: &[u8], length: fn(&[u8]) -> Option<usize>, each: &mut dyn FnMut(&[u8])) -> bool {
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            if bytes.is_empty() {
                return true;
            }
            let Some(whole) = self.length(&mut bytes, length) else { return true };
            if whole == 0 {
                return false;
            }
            let wanted = whole.min(MOST).saturating_sub(self.head.len());
            let taken = wanted.min(bytes.len());
            self.head.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if taken < wanted {
                return true;
            }
            each(&self.head);
            self.skip = whole.saturating_sub(self.head.len());
            self.head.clear();
        }
    }

    /// Takes byte after byte until the message's length is known.
    fn length(&mut self, bytes: &mut &[u8], length: fn(&[u8]) -> Option<usize>) -> Option<usize> {
        loop {
            if let Some(whole) = length(&self.head) {
                return Some(whole);
            }
            let (first, rest) = bytes.split_first()?;
            self.head.push(*first);
            *bytes = rest;
        }
    }
}
