//! Where two versions of a program block's code differ; pure.

use std::ops::Range;

use crate::event::Difference;

/// Runs that are told one by one.
const MAX_RUNS: usize = 16;
/// Equal bytes that do not part a run: instructions are changed as a whole.
const NEAR: usize = 4;

/// A block's bytes and the places of its code in them.
pub struct Code<'a> {
    pub block: &'a [u8],
    pub places: Vec<Range<usize>>,
}

impl<'a> Code<'a> {
    fn parts(&self) -> impl Iterator<Item = (usize, &'a [u8])> {
        self.places.iter().map(|place| (place.start, self.block.get(place.clone()).unwrap_or_default()))
    }

    fn size(&self) -> u64 {
        self.parts().map(|(_, part)| part.len() as u64).sum()
    }
}

/// What is other in `now` than in `before`, part by part; the places are those of `now`. Where one has more parts than the
/// other, only the sizes are told.
pub fn difference(before: &Code<'_>, now: &Code<'_>) -> Difference {
    let comparable = before.places.len() == now.places.len();
    let pairs = before.parts().zip(now.parts()).filter(|_| comparable);
    let runs: Vec<Range<usize>> = pairs.flat_map(|((_, old), (start, new))| differing(start, old, new)).collect();
    let place = |run: &Range<usize>| (run.start as u64, run.end.saturating_sub(1).max(run.start) as u64);
    Difference {
        size: now.size(),
        size_before: before.size(),
        bytes: runs.iter().map(|run| run.len() as u64).sum(),
        runs: runs.iter().take(MAX_RUNS).map(place).collect(),
        further_runs: runs.len().saturating_sub(MAX_RUNS) as u64,
    }
}

/// Runs in a part that begins at `start`.
fn differing(start: usize, old: &[u8], new: &[u8]) -> Vec<Range<usize>> {
    let mut runs = if old.len() == new.len() { changed(old, new) } else { vec![inserted(old, new)] };
    runs.iter_mut().for_each(|run| *run = start + run.start..start + run.end);
    runs
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
        let [old, new] = [&old, &new].map(|block| Code { block, places: one(4..block.len()) });
        difference(&old, &new)
    }

    fn one(place: Range<usize>) -> Vec<Range<usize>> {
        std::iter::once(place).collect()
    }

    #[test]
    fn each_part_is_compared_with_its_own() {
        let (old, new) = (b"..AB..CD", b"..ABX.CE");
        let before = Code { block: old, places: vec![2..4, 6..8] };
        let now = Code { block: new, places: vec![2..5, 6..8] };
        assert_eq!(difference(&before, &now).runs, [(4, 4), (7, 7)]);
        let parts_lost = difference(&before, &Code { block: new, places: one(2..5) });
        assert_eq!((parts_lost.runs.len(), parts_lost.size_before, parts_lost.size), (0, 4, 3));
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
