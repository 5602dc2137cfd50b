//! The values of a known act against those that its points take.

use smallvec::SmallVec;

use super::model::{Baseline, Deviation, Verdict};
use super::row::RowId;
use super::stage::Scenario;
use super::values::{self, Sampled, Strange};
use crate::event::{Class, Event, Object, Operation, Outcome, Unit};
use crate::inventory::LinkKey;

/// Points of all links together, and those of which it is written down how they go.
const MAX_POINTS: usize = 2_000_000;
const MAX_TRAILS: usize = 100_000;
/// Reads remembered as sampled.
const MAX_SAMPLED: usize = 1 << 20;

impl Baseline {
    /// Looks at the values of a known act: at those that are read once in a while, at those that are written each time
    /// while anything is learnt, and then at whatever is not one of a few that are always written.
    pub(super) fn values(&mut self, key: &LinkKey, event: &Event, operation: &Operation, verdict: &mut Verdict) {
        let writes = operation.class == Class::Write;
        let reads = matches!(operation.class, Class::Read | Class::Subscribe);
        let failed = matches!(operation.outcome, Outcome::Refused | Outcome::Unsolicited | Outcome::Mismatched);
        if !(writes || reads) || (reads && (failed || !self.is_due(key, event, operation))) {
            return;
        }
        let least = values::least(operation.class);
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let function = operation.function.key();
        let Some(link) = self.index.get(key).copied() else { return };
        let Some(row) = self.links[link].find(unit, function) else { return };
        let late = [key.client, key.server].iter().any(|end| self.late.contains_key(end));
        let learning = late || (self.accepting.is_none() && self.is_open(Scenario::Values, [&key.client, &key.server]));
        for Sampled { item, space, place, value } in values::samples(operation) {
            let room = self.sums.trails < MAX_TRAILS;
            if let Some(space) = self.links[link].functions[row].spaces.get_mut(space).filter(|_| !failed) {
                self.sums.trails += usize::from(space.points.trace(place, event.ts, value, room));
            }
            let space_row = self.links[link].functions[row].spaces.get(space);
            let point = space_row.and_then(|row| row.points.get(place));
            // Whoever counts the known tells one written value from another: one of a few that are written all the time
            // need not be told again.
            verdict.watched |= writes && (learning || !point.is_some_and(|point| point.few.contains(&value)));
            let Some(locked) = space_row.map(|row| row.locked) else { continue };
            let news = point.is_none_or(|point| point.is_strange(value, least));
            // "This is normal" writes what was missing and no more.
            let grows = learning || (self.accepting.is_some() && point.is_some());
            if let (true, false, Some(point)) = (news, grows && !locked, point) {
                let few = matches!(point.kind(), values::Kind::Few | values::Kind::Heartbeat);
                let (low, high) = (point.low, point.high);
                verdict.deviations.push(Deviation::Value(Strange { item, place, value, low, high, few }));
            }
            let full = point.is_none() && self.sums.points >= MAX_POINTS;
            if locked || !grows || (writes && failed) || full {
                continue;
            }
            if news && self.learns(Scenario::Values, event.ts, [&key.client, &key.server]) {
                self.note(RowId::Value(key.clone(), unit, function, space, place), event.ts, key.client);
            }
            if let Some(space) = self.links[link].functions[row].spaces.get_mut(space) {
                let before = space.points.len();
                space.points.learn(place, value, least);
                self.sums.points += space.points.len() - before;
            }
        }
    }

    /// The first read of its kind in a slot of time: the same one in every run, whatever workers hold back.
    fn is_due(&mut self, key: &LinkKey, event: &Event, operation: &Operation) -> bool {
        use std::hash::BuildHasher;
        let objects = operation.items.iter().filter_map(|item| item.object.as_ref()).map(Object::key);
        let objects: SmallVec<[_; 8]> = objects.collect();
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let hash = self.sampled.hasher().hash_one((key, unit, operation.function.key(), objects));
        let slot = event.ts.slot();
        if self.sampled.len() >= MAX_SAMPLED {
            self.sampled.clear();
        }
        let is_due = self.sampled.get(&hash).is_none_or(|last| event.ts.begins_slot_after(*last));
        if is_due {
            self.sampled.insert(hash, slot);
        }
        is_due
    }
}
