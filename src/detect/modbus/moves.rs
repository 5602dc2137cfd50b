//! MB-06: how a value moves is not as it was: it jumps within its range, or one that never stood still does.
//!
//! Values are looked at once in each slot of time, in learning as in watching, so that both see the same moves. A range that
//! was learnt holds the jump; whoever plays back a picture of before holds the rest.

use crate::baseline::{Kind, Mode, Point, Sampled, Scenario, place_name, samples};
use crate::detect::catalogue::{JUMP, STILL};
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Class, Finding, FunctionKey, Operation, Outcome, Protocol, Reason, Timestamp, Unit};
use crate::inventory::LinkKey;

const MAX_POINTS: usize = 50_000;
/// Points of one operation that are followed.
const MAX_FOLLOWED: usize = 32;
/// So many looks tell how a point moves.
const LEAST_LOOKS: u32 = 12;
/// Looks further apart than so many slots say nothing about a step.
const NEIGHBOURS: u64 = 2;
/// Of a hundred looks at a value that never stands still so many may have found it where it was.
const SELDOM: u32 = 5;

pub struct Moves {
    seen: Memory<Place, Seen>,
}

/// A point as one client reads it: unit, function, space and place.
type Place = (LinkKey, u64, FunctionKey, u64, u64);

struct Seen {
    slot: u64,
    value: f64,
    /// Looks in a row that found it unmoved.
    still: u32,
}

impl Default for Moves {
    fn default() -> Self {
        Moves { seen: Memory::new(MAX_POINTS) }
    }
}

impl Detector for Moves {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some(operation) = scene.operation(Protocol::Modbus) else { return };
        let shows = operation.class == Class::Read && operation.outcome == Outcome::Accepted;
        if !shows || scene.baseline.stage(Scenario::Values).mode == Mode::Learning {
            return;
        }
        let link = scene.link();
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        let Some(row) = scene.baseline.link(&link).and_then(|row| row.function(unit, operation.function.key())) else {
            return;
        };
        let mut told = [false; 2];
        for sample in samples(operation).take(MAX_FOLLOWED) {
            let point = row.spaces.get(sample.space).and_then(|space| space.points.get(sample.place));
            let Some(point) = point.filter(|point| point.count >= LEAST_LOOKS && point.kind() == Kind::Range) else {
                continue;
            };
            let place = (link.clone(), unit, operation.function.key(), sample.space, sample.place);
            let fresh = || Seen { slot: scene.event.ts.slot(), value: sample.value, still: 0 };
            let odd = self.seen.entry(place, fresh).look(scene.event.ts, sample.value, point);
            let Some(odd) = odd.filter(|odd| !std::mem::replace(&mut told[odd.number()], true)) else { continue };
            found.extend(finding(scene, operation, &sample, &odd));
        }
    }

    fn evicted(&self) -> u64 {
        self.seen.evicted()
    }
}

#[derive(PartialEq, Debug)]
enum Odd {
    Still { looks: u32 },
    Jump { from: f64, step: f64 },
}

impl Odd {
    fn number(&self) -> usize {
        usize::from(matches!(self, Odd::Jump { .. }))
    }
}

impl Seen {
    fn look(&mut self, ts: Timestamp, value: f64, point: &Point) -> Option<Odd> {
        if !ts.begins_slot_after(self.slot) {
            return None;
        }
        let apart = ts.slot().abs_diff(std::mem::replace(&mut self.slot, ts.slot()));
        let from = std::mem::replace(&mut self.value, value);
        self.still = if value.to_bits() == from.to_bits() { self.still + 1 } else { 0 };
        if self.still >= STILL.value && never_stands_still(point) {
            return Some(Odd::Still { looks: self.still });
        }
        let far = (value - from).abs() > point.step * f64::from(JUMP.value);
        (far && apart <= NEIGHBOURS).then_some(Odd::Jump { from, step: point.step })
    }
}

fn never_stands_still(point: &Point) -> bool {
    let changes = point.count.saturating_sub(1);
    let stood = changes.saturating_sub(point.rises.saturating_add(point.falls));
    u64::from(stood) * 100 <= u64::from(changes) * u64::from(SELDOM)
}

fn finding(scene: &Scene<'_>, operation: &Operation, sample: &Sampled, odd: &Odd) -> Option<Finding> {
    let object = operation.items.get(sample.item)?.object.as_ref()?;
    let mut finding = scene.operation_finding("MB-06", operation);
    finding.learnable = false;
    let place = format!("{} {}", object.space_name(), place_name(sample.place));
    let (act, reason) = match odd {
        Odd::Still { looks } => ("still", Reason::new("reason.value_still").with("count", looks)),
        Odd::Jump { from, step } => ("jump", Reason::new("reason.value_jump").with("before", from).with("step", step)),
    };
    finding.act = format!("{act} {}", object.space_name());
    finding.reasons = vec![reason.with("object", place).with("value", sample.value)];
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::baseline::Points;

    fn point(values: impl IntoIterator<Item = f64>) -> Point {
        let mut points = Points::default();
        values.into_iter().for_each(|value| _ = points.learn(0, value, 8));
        points.get(0).unwrap().clone()
    }

    /// What is said of values that are seen minute by minute.
    fn odd(point: &Point, values: impl IntoIterator<Item = f64>) -> Vec<Odd> {
        let mut seen = Seen { slot: 0, value: 100.0, still: 0 };
        let minutes = values.into_iter().zip(1..);
        minutes.filter_map(|(value, minute)| seen.look(Timestamp::from_parts(60 * minute, 0), value, point)).collect()
    }

    #[test]
    fn a_value_that_never_stood_still_does() {
        let noisy = point((0..40).map(|n| 100.0 + f64::from(n * 7 % 11)));
        assert_eq!(odd(&noisy, [103.0; 6]), [Odd::Still { looks: 5 }]);
        assert_eq!(odd(&noisy, [103.0, 103.0, 103.0, 103.0, 104.0, 104.0]), []);
        let lazy = point((0..40).map(|n| 100.0 + f64::from(n / 2 * 7 % 11)));
        assert_eq!(odd(&lazy, [103.0; 20]), [], "it always stood still now and then");
    }

    #[test]
    fn a_value_jumps_further_than_it_ever_moved() {
        let slow = point((0..40).map(|n| 100.0 + 5.0 * f64::from(if n < 20 { n } else { 40 - n })));
        assert_eq!(odd(&slow, [105.0, 110.0, 190.0, 195.0]), [Odd::Jump { from: 110.0, step: 5.0 }]);
        assert_eq!(odd(&slow, [105.0, 118.0, 131.0]), [], "not so far");
    }
}
