//! What rules remember of one conversation: the bytes that one side sent last, and marks.

use smallvec::SmallVec;

use super::bits::Marks;
use crate::event::Side;

/// Bytes that are remembered.
pub const MAX_RUN: usize = 512;

/// Most messages of the field have no more bytes.
const COMMON: usize = 48;

/// Takes no more than a pointer as long as no rule concerns the conversation.
#[derive(Default)]
pub struct FlowMemory(Option<Box<Memory>>);

#[derive(Default)]
pub(super) struct Memory {
    pub run: Run,
    pub marks: Marks,
}

/// Bytes that one side sent since the other one spoke, without a gap.
#[derive(Default)]
pub(super) struct Run {
    from: Option<Side>,
    bytes: SmallVec<[u8; COMMON]>,
    /// Its first bytes are not remembered.
    cut: bool,
}

impl FlowMemory {
    /// Bytes are missing: what was before is not joined with what comes.
    pub fn gap(&mut self) {
        if let Some(memory) = &mut self.0 {
            memory.run.forget();
        }
    }

    pub(super) fn get(&mut self) -> &mut Memory {
        self.0.get_or_insert_default()
    }
}

impl Run {
    /// What the same side sent before, and whether that is all since the other one spoke.
    pub fn before(&self, from: Side) -> Option<(&[u8], bool)> {
        (self.from == Some(from) && !self.bytes.is_empty()).then_some((&self.bytes[..], !self.cut))
    }

    pub fn add(&mut self, from: Side, bytes: &[u8]) {
        if self.from != Some(from) {
            self.forget();
            self.from = Some(from);
        }
        if self.bytes.len() + bytes.len() > MAX_RUN {
            self.cut = true;
            let kept = MAX_RUN.saturating_sub(bytes.len());
            drop(self.bytes.drain(..self.bytes.len().saturating_sub(kept)));
        }
        self.bytes.extend_from_slice(&bytes[bytes.len().saturating_sub(MAX_RUN)..]);
    }

    fn forget(&mut self) {
        self.bytes.clear();
        (self.from, self.cut) = (None, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_side_and_a_gap_end_a_run() {
        let mut memory = FlowMemory::default();
        memory.gap();
        let run = |memory: &mut FlowMemory, from| memory.get().run.before(from).map(|(b, whole)| (b.to_vec(), whole));
        memory.get().run.add(Side::Client, b"ab");
        memory.get().run.add(Side::Client, b"c");
        assert_eq!(run(&mut memory, Side::Client), Some((b"abc".to_vec(), true)));
        assert_eq!(run(&mut memory, Side::Server), None);
        memory.get().run.add(Side::Server, b"x");
        assert_eq!(run(&mut memory, Side::Client), None);
        memory.gap();
        assert_eq!(run(&mut memory, Side::Server), None);
    }

    #[test]
    fn a_run_is_bounded_and_knows_that_it_is_cut() {
        let mut run = Run::default();
        run.add(Side::Client, &[1; MAX_RUN]);
        assert_eq!(run.before(Side::Client).map(|(b, whole)| (b.len(), whole)), Some((MAX_RUN, true)));
        run.add(Side::Client, b"ab");
        let (bytes, whole) = run.before(Side::Client).unwrap();
        assert!(bytes.len() == MAX_RUN && bytes.ends_with(b"\x01ab") && !whole);
        run.add(Side::Client, &[2; 70_000]);
        assert_eq!(run.before(Side::Client), Some((&[2; MAX_RUN][..], false)));
        assert!(run.bytes.capacity() <= 2 * MAX_RUN);
    }
}
