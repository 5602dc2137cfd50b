use crate::event::{ActId, FunctionKey, Map, Object, Operation, Repeated, Timestamp, Unit};

/// A link by its index, or a function on it: where a worker's counts belong.
#[derive(Clone, Copy)]
pub enum Counted {
    Link(usize),
    Function(usize, u64, FunctionKey, ActId),
}

/// What came of each known operation since the last second ended. In which order it was told does not show: of one second
/// the first and the last time and the number remain, whoever counted it.
#[derive(Default)]
pub(super) struct Beats(Map<(usize, ActId), Beat>);

/// One operation on one link within a second.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Beat {
    pub link: usize,
    pub unit: u64,
    pub function: FunctionKey,
    pub act: ActId,
    pub first: Timestamp,
    pub last: Timestamp,
    pub count: u64,
}

/// Operations within one second; beyond, the rest goes uncounted.
const MAX_BEATS: usize = 1 << 19;

impl Beats {
    pub fn repeated(&mut self, counted: Counted, repeated: &Repeated) {
        if let Counted::Function(link, unit, function, act) = counted {
            let Repeated { first, last, count, .. } = *repeated;
            self.add(Beat { link, unit, function, act, first, last, count });
        }
    }

    pub fn add(&mut self, beat: Beat) {
        let full = self.0.len() >= MAX_BEATS;
        if let Some(known) = self.0.get_mut(&(beat.link, beat.act)) {
            known.first = known.first.min(beat.first);
            known.last = known.last.max(beat.last);
            known.count += beat.count;
        } else if !full {
            self.0.insert((beat.link, beat.act), beat);
        }
    }

    /// All, link by link in the order of time.
    pub fn take(&mut self) -> Vec<Beat> {
        let mut beats: Vec<Beat> = self.0.drain().map(|(_, beat)| beat).collect();
        beats.sort_unstable_by_key(|beat| (beat.link, beat.first, beat.act));
        beats
    }

    pub fn clear(&mut self) {
        self.0.clear();
    }
}

/// What is done, to which objects.
pub(super) fn act_of(operation: &Operation) -> ActId {
    let objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
    ActId::of(operation.unit.as_ref().map_or(0, Unit::key), operation.function.key(), objects)
}
