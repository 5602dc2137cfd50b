use crate::event::{ActId, Class, FrameRef, FunctionKey, Object, Operation, Timestamp, Unit};

/// What came of each known operation since the last second ended. In which order it was told does not show: of one second
/// the first and the last time and the number remain, whoever counted it.
#[derive(Default)]
pub(super) struct Beats {
    told: Vec<Beat>,
    /// There were more operations than it holds.
    full: bool,
}

/// One operation on one link within a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Beat {
    pub link: usize,
    pub unit: u64,
    pub function: FunctionKey,
    pub act: ActId,
    pub first: Timestamp,
    pub last: FrameRef,
    pub count: u64,
}

/// Operations within one second; beyond, the rest goes uncounted.
const MAX_BEATS: usize = 1 << 19;

impl Beats {
    /// What lies one behind the other is written and read many times as fast as what a hash would spread: it is put
    /// together when the second is over, or when there is no room.
    pub fn add(&mut self, beat: Beat) {
        if self.told.len() >= MAX_BEATS && !self.full {
            self.join();
            self.full = self.told.len() > MAX_BEATS / 2;
        }
        if !self.full {
            self.told.push(beat);
        }
    }

    /// All, link by link in the order of time.
    pub fn take(&mut self) -> Vec<Beat> {
        self.join();
        self.full = false;
        let mut beats = std::mem::take(&mut self.told);
        let of_links = beats.chunk_by_mut(|one, next| one.link == next.link);
        of_links.for_each(|beats| beats.sort_unstable_by_key(|beat| (beat.first, beat.act)));
        beats
    }

    pub fn clear(&mut self) {
        self.told.clear();
    }

    /// One beat for each operation of a link.
    fn join(&mut self) {
        self.told.sort_unstable_by_key(|beat| (beat.link, beat.act));
        self.told.dedup_by(|beat, known| {
            let same = (beat.link, beat.act) == (known.link, known.act);
            if same {
                known.first = known.first.min(beat.first);
                known.last = std::cmp::max_by_key(known.last, beat.last, |at| (at.ts, at.number));
                known.count += beat.count;
            }
            same
        });
    }
}

/// It comes when somebody asks. What a subscription tells comes when values change, now of these points together and now of
/// others: that has no rhythm and no place in a cycle.
pub(super) fn is_asked(operation: &Operation) -> bool {
    operation.class != Class::Subscribe
}

/// What is done, to which objects.
pub(super) fn act_of(operation: &Operation) -> ActId {
    let objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
    ActId::of(operation.unit.as_ref().map_or(0, Unit::key), operation.function.key(), objects)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn beat(act: u64, second: u64, count: u64) -> Beat {
        let ts = Timestamp::from_parts(second, 0);
        let last = FrameRef { ts, number: second, ..FrameRef::default() };
        Beat { link: 0, unit: 1, function: FunctionKey::default(), act: ActId(act), first: ts, last, count }
    }

    #[test]
    fn whoever_counted_it_one_operation_is_one_beat() {
        let mut beats = Beats::default();
        [beat(7, 5, 2), beat(3, 4, 1), beat(7, 1, 10)].into_iter().for_each(|beat| beats.add(beat));
        let joined: Vec<_> =
            beats.take().iter().map(|b| (b.act.0, b.first.seconds(), b.last.number, b.count)).collect();
        assert_eq!(joined, [(7, 1, 5, 12), (3, 4, 4, 1)]);
        assert!(beats.take().is_empty());
    }

    #[test]
    fn a_second_holds_a_bounded_number() {
        let mut beats = Beats::default();
        (0..2 * MAX_BEATS as u64).for_each(|act| beats.add(beat(act, 0, 1)));
        assert_eq!(beats.take().len(), MAX_BEATS);
        (0..2 * MAX_BEATS as u64).for_each(|n| beats.add(beat(n % 2, 0, 1)));
        assert_eq!(
            beats.take().iter().map(|beat| beat.count).sum::<u64>(),
            2 * MAX_BEATS as u64,
            "the same over and over"
        );
    }
}
