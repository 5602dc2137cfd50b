//! Where two versions of a program block's code differ; pure.

use std::ops::Range;

use crate::event::Difference;

/// Runs that are told one by one.
const MAX_RUNS: usize = 16;
/// Equal bytes that do not part a run: instructions are changed as a whole.
const NEAR: usize = 4;

/// A block's bytes and the place of its code in them.
pub struct Code<'a> {
    pub block: &'a [u8],
    pub place: Range<usize>,
}

impl<'a> Code<'a> {
    fn bytes(&self) -> &'a [u8] {
        self.block.get(self.place.clone()).unwrap_or_default()
    }
}

/// What is other in `now` than in `before`; the places are those of `now`.
pub fn difference(before: &Code<'_>, now: &Code<'_>) -> Difference {
    let (old, new) = (before.bytes(), now.bytes());
    let runs = if old.len() == new.len() { changed(old, new) } else { vec![inserted(old, new)] };
    let bytes = runs.iter().map(|run| run.len() as u64).sum();
    let place = |run: &Range<usize>| {
        let first = (now.place.start + run.start) as u64;
        (first, first + (run.len() as u64).saturating_sub(1))
    };
    Difference {
        size: new.len() as u64,
        size_before: old.len() as u64,
        bytes,
        runs: runs.iter().take(MAX_RUNS).map(place).collect(),
        further_runs: runs.len().saturating_sub(MAX_RUNS) as u64,
    }
}

/// Runs of bytes that are not the same, of two pieces of one length.
fn changed(old: &[u8], new: &[u8]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::new();
    let other = old.iter().zip(new).enumerate().filter(|(_, (old, new))| old != new);
    for (at, _) in other {
        match runs.last_mut() {
            Some(run) if at - run.end < NEAR => run.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

/// What lies between the common beginning and the common end, of two pieces of different lengths.
fn inserted(old: &[u8], new: &[u8]) -> Range<usize> {
    let most = old.len().min(new.len());
    let start = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let same = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    start..new.len() - same.min(most - start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(old: &[u8], new: &[u8]) -> Difference {
        // Four bytes of header in front of the code.
        let [old, new] = [old, new].map(|code| [b"head", code].concat());
        let code = |block: &'_ [u8]| 4..block.len();
        difference(&Code { block: &old, place: code(&old) }, &Code { block: &new, place: code(&new) })
    }

    #[test]
    fn bytes_changed_in_place_are_told_by_runs() {
        let difference = told(b"ABCDEFGHIJKLMNOP", b"ABxDyFGHIJKLMNOz");
        assert_eq!(difference.runs, [(6, 8), (19, 19)]);
        assert_eq!((difference.bytes, difference.size, difference.size_before), (4, 16, 16));
    }

    #[test]
    fn of_code_that_grew_the_new_part_is_told() {
        let difference = told(b"ABCDEF", b"ABC123DEF");
        assert_eq!(difference.runs, [(7, 9)]);
        assert_eq!((difference.size_before, difference.size), (6, 9));
        // What is only shorter has no new byte: the place where something is missing.
        let difference = told(b"ABCDEF", b"ABEF");
        assert_eq!((difference.bytes, difference.runs), (0, vec![(6, 6)]));
    }

    #[test]
    fn repetition_is_counted_once() {
        assert_eq!(told(b"AAAA", b"AAAAAA").runs, [(8, 9)]);
    }

    #[test]
    fn many_runs_are_told_up_to_the_bound() {
        let old = vec![0; 800];
        let new: Vec<u8> = (0..800).map(|at| u8::from(at % 8 == 0)).collect();
        let difference = told(&old, &new);
        assert_eq!((difference.runs.len(), difference.further_runs, difference.bytes), (16, 84, 100));
    }
}
