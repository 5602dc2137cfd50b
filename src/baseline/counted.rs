//! What workers count by themselves. Sums gather here and are entered in their rows when somebody looks: a large plant's rows
//! lie far apart, and each second every one of them would have to be fetched.

use super::beats::{Beat, act_of, is_asked};
use super::model::Baseline;
use super::tally::{Counted, NOWHERE};
use crate::event::{BehaviourKey, Class, Event, EventKind, Repeated, Unit};
use crate::inventory::LinkKey;

impl Baseline {
    /// Remembers where to count what a worker will no longer send, and gives the number that it is to be named by. `None`
    /// where there is no room to: it must send on.
    pub fn will_count(&mut self, worker: usize, key: BehaviourKey, event: &Event) -> Option<u32> {
        let Some(link) = self.index.get(&LinkKey::of(&event.ends, event.service)).copied() else {
            return Some(NOWHERE);
        };
        let of = match &event.kind {
            EventKind::Operation(operation) => Counted::Function {
                link,
                unit: operation.unit.as_ref().map_or(0, Unit::key),
                function: operation.function.key(),
                act: is_asked(operation).then(|| act_of(operation)),
                writes: operation.class == Class::Write,
            },
            _ => Counted::Link(link),
        };
        self.counted.number(worker, key, of)
    }

    /// Counts what a worker saw and did not send.
    pub fn repeated(&mut self, repeated: &Repeated) {
        let Some(of) = self.counted.add(repeated) else { return };
        let Counted::Function { link, unit, function, act, writes } = of else { return };
        let Repeated { first, last, count, .. } = *repeated;
        if let Some(act) = act {
            self.beats.add(Beat { link, unit, function, act, first, last, count });
        }
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
        for (of, sum) in self.counted.take() {
            let (Counted::Link(at) | Counted::Function { link: at, .. }) = of;
            let Some(link) = self.links.get_mut(at) else { continue };
            link.last = link.last.max(sum.last.ts);
            if let Counted::Function { unit, function, .. } = of {
                let Some(row) = link.function_mut(unit, function) else { continue };
                row.count += sum.count;
                row.last = row.last.max(sum.last.ts);
            } else {
                link.count += sum.count;
            }
            tell(&link.key, of, &sum);
        }
    }
}
