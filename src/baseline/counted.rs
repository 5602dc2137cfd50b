//! What workers count by themselves. Sums gather here and are entered in their rows when somebody looks: a large plant's rows
//! lie far apart, and each second every one of them would have to be fetched.

use super::beats::{Beat, act_of};
use super::model::Baseline;
use super::tally::{Counted, MAX_COUNTED, Tally};
use crate::event::{BehaviourKey, Class, Event, EventKind, Repeated, Unit};
use crate::inventory::LinkKey;

impl Baseline {
    /// Remembers where to count what a worker will no longer send. False where there is no room to: it must send on.
    pub fn will_count(&mut self, worker: usize, key: BehaviourKey, event: &Event) -> bool {
        let Some(link) = self.index.get(&LinkKey::of(&event.ends, event.service)).copied() else { return true };
        let of = match &event.kind {
            EventKind::Operation(operation) => Counted::Function {
                link,
                unit: operation.unit.as_ref().map_or(0, Unit::key),
                function: operation.function.key(),
                act: act_of(operation),
                writes: operation.class == Class::Write,
            },
            _ => Counted::Link(link),
        };
        let known = &mut self.counted.by_key;
        let full = known.len() >= MAX_COUNTED;
        if let Some(tally) = known.get_mut(&(worker, key)) {
            tally.of = of;
        } else if !full {
            known.insert((worker, key), Tally { of, sum: None });
        } else {
            return false;
        }
        true
    }

    /// Counts what a worker saw and did not send.
    pub fn repeated(&mut self, worker: usize, repeated: &Repeated) {
        let Some(tally) = self.counted.by_key.get_mut(&(worker, repeated.key)) else { return };
        match &mut tally.sum {
            Some(sum) => sum.join(repeated),
            None => {
                tally.sum = Some(*repeated);
                self.counted.open.push((worker, repeated.key));
            }
        }
        let Counted::Function { link, unit, function, act, writes } = tally.of else { return };
        let Repeated { first, last, count, .. } = *repeated;
        self.beats.add(Beat { link, unit, function, act, first, last, count });
        if let Some(pulse) = self.pulses.get_mut(link) {
            pulse.heard = pulse.heard.max(last.ts);
        }
        // Who wrote just now matters to whoever else writes.
        if writes && let Some(row) = self.links.get_mut(link).and_then(|link| link.function_mut(unit, function)) {
            row.last = row.last.max(last.ts);
        }
    }

    /// Enters in their rows what workers counted since the last call, and tells of which link and what it was.
    pub fn settle(&mut self, mut tell: impl FnMut(&LinkKey, Counted, &Repeated)) {
        for key in std::mem::take(&mut self.counted.open) {
            let Some(tally) = self.counted.by_key.get_mut(&key) else { continue };
            let (Some(sum), Counted::Link(at) | Counted::Function { link: at, .. }) = (tally.sum.take(), tally.of)
            else {
                continue;
            };
            let Some(link) = self.links.get_mut(at) else { continue };
            link.last = link.last.max(sum.last.ts);
            if let Counted::Function { unit, function, .. } = tally.of {
                let Some(row) = link.function_mut(unit, function) else { continue };
                row.count += sum.count;
                row.last = row.last.max(sum.last.ts);
            } else {
                link.count += sum.count;
            }
            tell(&link.key, tally.of, &sum);
        }
    }
}
