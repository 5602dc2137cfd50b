//! A point that always took what was written to it stays as it is, though orders go on and are acknowledged: what is read is
//! no longer what is there.

use smallvec::SmallVec;

use super::readings::{self, Kind, Reading};
use crate::detect::catalogue::CONTRADICTIONS;
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Class, Finding, Item, Object, Operation, Outcome, Reason, Service, Timestamp, Unit};
use crate::inventory::Address;

/// Spaces (a table, a data block, a node) of all servers into which somebody writes, and the points of one.
const MAX_SPACES: usize = 5_000;
const MAX_POINTS: usize = 64;
/// Values written lately that are remembered: among those that are written all the time, not each one is told.
const WRITTEN: usize = 8;
/// Orders that a point took, before it is expected to.
const TAKEN: u32 = 3;

/// Modbus Application Protocol V1.1b3, sections 6.16 and 6.17: masks are no values, and what is read stands behind what is
/// written.
const MASK_WRITE_REGISTER: u32 = 22;
const READ_WRITE_REGISTERS: u32 = 23;

/// COR-04.
pub struct Orders {
    spaces: Memory<Space, Vec<(u32, Kind, Point)>>,
    left_out: u64,
}

/// A space of one server's unit.
type Space = (Address, Service, u64, u64);

#[derive(Default)]
struct Point {
    /// The latest last.
    written: SmallVec<[(Timestamp, f64); 4]>,
    /// The latest one was not looked at since.
    pending: bool,
    shown: Option<f64>,
    taken: u32,
    ignored: u32,
}

impl Default for Orders {
    fn default() -> Self {
        Orders { spaces: Memory::new(MAX_SPACES), left_out: 0 }
    }
}

impl Detector for Orders {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((_, operation)) = scene.any_operation() else { return };
        if !matches!(operation.outcome, Outcome::Accepted | Outcome::Effective) {
            return;
        }
        match operation.class {
            Class::Write => written_items(operation).for_each(|item| self.write(scene, operation, item)),
            Class::Read | Class::Subscribe => {
                found.extend(operation.items.iter().find_map(|item| self.look(scene, operation, item)));
            }
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.spaces.evicted() + self.left_out
    }
}

impl Orders {
    fn write(&mut self, scene: &Scene<'_>, operation: &Operation, item: &Item) {
        for Reading { space, place, kind, value } in readings::readings(item) {
            let points = self.spaces.entry(at(scene, operation, space), Vec::new);
            if let Some((.., point)) = points.iter_mut().find(|point| (point.0, point.1) == (place, kind)) {
                point.write(scene.event.ts, value);
            } else if points.len() < MAX_POINTS {
                let mut point = Point::default();
                point.write(scene.event.ts, value);
                points.push((place, kind, point));
            } else {
                self.left_out += 1;
            }
        }
    }

    fn look(&mut self, scene: &Scene<'_>, operation: &Operation, item: &Item) -> Option<Finding> {
        let object = item.object.as_ref()?;
        let key = at(scene, operation, object.key().space);
        // Of most of what is read, nothing is ever written.
        self.spaces.get(&key)?;
        let points = self.spaces.entry(key, Vec::new);
        let mut told = None;
        for reading in readings::readings(item) {
            let here = points.iter_mut().find(|point| (point.0, point.1) == (reading.place, reading.kind));
            let Some((.., point)) = here else { continue };
            point.look(scene.event.ts, reading.value);
            if point.taken >= TAKEN && point.ignored >= CONTRADICTIONS.value && told.is_none() {
                told = Some(finding(scene, operation, object, &reading, point.ignored));
            }
        }
        told
    }
}

impl Point {
    fn write(&mut self, ts: Timestamp, value: f64) {
        self.pending |= self.written.last().is_none_or(|(_, last)| *last != value);
        self.written.retain(|(_, other)| *other != value);
        if self.written.len() >= WRITTEN {
            self.written.remove(0);
        }
        self.written.push((ts, value));
    }

    fn look(&mut self, ts: Timestamp, value: f64) {
        let stays = self.shown.replace(value) == Some(value);
        let is_latest = self.written.last().is_some_and(|(_, latest)| *latest == value);
        if !stays || is_latest {
            self.taken = self.taken.saturating_add(u32::from(is_latest && self.pending && !stays));
            self.pending &= !is_latest;
            self.ignored = 0;
            return;
        }
        // What is known is told once in each slot of time: it may have been written again since.
        let on_its_way = |(at, other): &(Timestamp, f64)| *other == value && at.slot() + 1 >= ts.slot();
        if std::mem::take(&mut self.pending) && !self.written.iter().any(on_its_way) {
            self.ignored = self.ignored.saturating_add(1);
        }
    }
}

fn written_items(operation: &Operation) -> impl Iterator<Item = &Item> {
    let is_modbus = operation.items.iter().any(|item| matches!(item.object, Some(Object::Modbus(_))));
    let wanted = match operation.function.code {
        MASK_WRITE_REGISTER if is_modbus => 0,
        READ_WRITE_REGISTERS if is_modbus => 1,
        _ => usize::MAX,
    };
    operation.items.iter().take(wanted)
}

fn at(scene: &Scene<'_>, operation: &Operation, space: u64) -> Space {
    (scene.server(), scene.event.service, operation.unit.as_ref().map_or(0, Unit::key), space)
}

fn finding(scene: &Scene<'_>, operation: &Operation, object: &Object, point: &Reading, ignored: u32) -> Finding {
    let mut finding = scene.operation_finding("COR-04", operation);
    let name = readings::name(object, point);
    finding.act = format!("orders {name}");
    let reason = Reason::new("reason.orders_ignored").with("object", name).with("value", point.value);
    finding.reasons = vec![reason.with("count", ignored)];
    finding
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order each minute and a look half a minute later: how many of the latest were ignored.
    fn ignored(order: impl Fn(u32) -> f64, shown: impl Fn(u32) -> f64) -> (u32, u32) {
        let mut point = Point::default();
        for minute in 0..30 {
            point.write(Timestamp::from_parts(u64::from(minute) * 60, 0), order(minute));
            point.look(Timestamp::from_parts(u64::from(minute) * 60 + 30, 0), shown(minute));
        }
        (point.taken, point.ignored)
    }

    #[test]
    fn a_point_that_took_its_orders_and_then_shows_one_picture_is_told() {
        let (taken, ignored) = ignored(|n| f64::from(n * 7), |n| f64::from(n.min(20) * 7));
        assert!(taken >= TAKEN && ignored >= CONTRADICTIONS.value, "{taken} {ignored}");
    }

    #[test]
    fn one_that_takes_them_late_or_moves_by_itself_is_not() {
        assert_eq!(ignored(f64::from, |n| f64::from(n.saturating_sub(1))).1, 0, "a minute late");
        assert_eq!(ignored(|n| f64::from(n % 2), |_| 1.0).1, 0, "looked at whenever it is on");
        assert_eq!(ignored(f64::from, |n| 500.0 + f64::from(n)).1, 0, "its own way");
        assert_eq!(ignored(|_| 7.0, |n| if n < 5 { 7.0 } else { 3.0 }).1, 0, "one order again and again");
    }

    #[test]
    fn a_register_that_is_free_again_after_each_order_never_took_one() {
        assert_eq!(ignored(|n| f64::from(1 + n % 5), |_| 0.0).0, 0);
    }
}
