//! Which values a point takes: a few, or a range. Counters and heartbeats are recognised and left out.

use std::fmt;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

use super::trail::Trail;
use crate::event::{self, Class, Item, Object, Operation, Timestamp, Value, plain};

/// Distinct values up to which a point takes a few.
const FEW: usize = 8;
/// Samples before a point is judged.
const LEAST_READ: u32 = 8;
const LEAST_WRITTEN: u32 = 4;
/// And before a range is, and what can only be on or off.
const LEAST_RANGE: u32 = 12;
const LEAST_SWITCHED: u32 = 100;
/// And before a value among or near a few others is strange.
const LEAST_FEW: u32 = 30;
/// Samples before a point that only rises is a counter.
const COUNTER_SAMPLES: u32 = 8;
/// Points that one function may have in one space.
const MAX_POINTS: usize = 1 << 16;

/// Points of one space by their place in it, in its order.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Points(Vec<(u64, Point)>);

/// What one value was.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(from = "Packed", into = "Packed")]
pub struct Point {
    pub count: u32,
    pub low: f64,
    pub high: f64,
    pub last: f64,
    /// The largest change from one sample to the next.
    pub step: f64,
    /// Samples that were higher and lower than the one before.
    pub rises: u32,
    pub falls: u32,
    /// All values there were, as long as they were few.
    pub few: SmallVec<[f64; 2]>,
    /// How it went lately, once it has changed.
    pub trail: Option<Box<Trail>>,
}

/// A point without the names of its fields: there are a million of them.
#[derive(Serialize, Deserialize)]
struct Packed(u32, f64, f64, f64, f64, u32, u32, SmallVec<[f64; 2]>);

impl From<Point> for Packed {
    fn from(point: Point) -> Self {
        let Point { count, low, high, last, step, rises, falls, few, .. } = point;
        Packed(count, low, high, last, step, rises, falls, few)
    }
}

impl From<Packed> for Point {
    fn from(packed: Packed) -> Self {
        let Packed(count, low, high, last, step, rises, falls, few) = packed;
        Point { count, low, high, last, step, rises, falls, few, trail: None }
    }
}

/// What a point is, as far as its samples tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// Rises all the time, until it starts anew: what it is says nothing.
    Counter,
    /// Goes to and fro between two values at nearly every sample.
    Heartbeat,
    Few,
    Range,
}

/// A value outside of what a point takes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Strange {
    pub item: usize,
    pub place: u64,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub few: bool,
}

impl Points {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn iter(&self) -> impl Iterator<Item = &(u64, Point)> {
        self.0.iter()
    }

    pub fn get(&self, place: u64) -> Option<&Point> {
        self.find(place).ok().map(|at| &self.0[at].1)
    }

    pub fn remove(&mut self, place: u64) -> bool {
        self.find(place).map(|at| self.0.remove(at)).is_ok()
    }

    /// Takes a sample in. True where it was news: a new point, or a value that would have been strange.
    pub fn learn(&mut self, place: u64, value: f64, least: u32) -> bool {
        match self.find(place) {
            Ok(at) => {
                let point = &mut self.0[at].1;
                let news = point.is_strange(value, least);
                point.add(value);
                news
            }
            Err(_) if self.0.len() >= MAX_POINTS => false,
            Err(at) => {
                self.0.insert(at, (place, Point::new(value)));
                true
            }
        }
    }

    /// Writes down how a point goes, from its first change on and where there is room. True where that began.
    pub fn trace(&mut self, place: u64, ts: Timestamp, value: f64, room: bool) -> bool {
        let Ok(at) = self.find(place) else { return false };
        let point = &mut self.0[at].1;
        let changed = point.low != point.high || point.last != value;
        let begins = point.trail.is_none() && changed && room;
        if begins {
            point.trail = Some(Box::default());
        }
        if let Some(trail) = &mut point.trail {
            trail.add(ts, value);
        }
        begins
    }

    fn find(&self, place: u64) -> Result<usize, usize> {
        self.0.binary_search_by_key(&place, |(place, _)| *place)
    }
}

impl Point {
    fn new(value: f64) -> Self {
        let few = SmallVec::from_iter([value]);
        Point { count: 1, low: value, high: value, last: value, step: 0.0, rises: 0, falls: 0, few, trail: None }
    }

    fn add(&mut self, value: f64) {
        self.count = self.count.saturating_add(1);
        self.rises += u32::from(value > self.last);
        self.falls += u32::from(value < self.last);
        self.step = self.step.max((value - self.last).abs());
        self.low = self.low.min(value);
        self.high = self.high.max(value);
        self.last = value;
        let known = self.few.contains(&value);
        if !known && !self.few.is_empty() {
            if self.few.len() < FEW {
                self.few.push(value);
            } else {
                self.few = SmallVec::new();
            }
        }
    }

    pub fn kind(&self) -> Kind {
        let changes = self.rises + self.falls;
        if self.few.len() == 2 && self.count >= COUNTER_SAMPLES && changes * 10 >= self.count * 8 {
            Kind::Heartbeat
        } else if self.count > COUNTER_SAMPLES && self.rises * 10 >= self.count * 8 && self.falls * 10 <= self.count {
            Kind::Counter
        } else if !self.few.is_empty() && self.few.len() as u64 * 3 <= u64::from(self.count) {
            Kind::Few
        } else {
            Kind::Range
        }
    }

    /// Not among a few values, or outside of the range by more than a tenth of it and more where it was seen seldom.
    pub fn is_strange(&self, value: f64, least: u32) -> bool {
        let is_switch = [self.low, self.high, value].iter().all(|value| *value == 0.0 || *value == 1.0);
        if self.count < least || (is_switch && self.count < LEAST_SWITCHED) {
            return false;
        }
        match self.kind() {
            Kind::Counter => false,
            Kind::Heartbeat | Kind::Few => {
                // Seen seldom, the next value of a slow signal is one step further.
                let near = self.high - self.low;
                let is_far = !(self.low - near..=self.high + near).contains(&value);
                !self.few.contains(&value) && (is_far || self.count >= LEAST_FEW)
            }
            Kind::Range => {
                let margin = (self.high - self.low) * (0.1 + 4.0 / f64::from(self.count));
                self.count >= LEAST_RANGE && !(self.low - margin..=self.high + margin).contains(&value)
            }
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Counter => write!(f, "counter, {}", plain(self.last)),
            Kind::Heartbeat => write!(f, "heartbeat, {} / {}", plain(self.low), plain(self.high)),
            Kind::Few => {
                let mut few: Vec<f64> = self.few.to_vec();
                few.sort_by(f64::total_cmp);
                f.write_str(&few.iter().copied().map(plain).collect::<Vec<_>>().join(", "))
            }
            Kind::Range => write!(f, "{}..{}", plain(self.low), plain(self.high)),
        }
    }
}

/// So many samples before a point is judged: what is written is rare and always meant.
pub fn least(class: Class) -> u32 {
    if class == Class::Write { LEAST_WRITTEN } else { LEAST_READ }
}

/// A sample on an operation: which item, the space it lies in, its place there, and the value.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sampled {
    pub item: usize,
    pub space: u64,
    pub place: u64,
    pub value: f64,
}

/// Modbus Application Protocol V1.1b3, sections 6.16 and 6.17: masks are no values, and what is read stands behind what is
/// written.
const MASK_WRITE_REGISTER: u32 = 22;
const READ_WRITE_REGISTERS: u32 = 23;

/// All numbers that an operation reads, or of one that writes those that it writes.
pub fn samples(operation: &Operation) -> impl Iterator<Item = Sampled> + '_ {
    let is_modbus = operation.items.iter().any(|item| matches!(item.object, Some(Object::Modbus(_))));
    let wanted = match operation.function.code {
        MASK_WRITE_REGISTER if is_modbus => 0,
        READ_WRITE_REGISTERS if is_modbus => 1,
        _ => usize::MAX,
    };
    operation.items.iter().enumerate().take(wanted).flat_map(|(index, item)| of_item(index, item))
}

fn of_item(index: usize, item: &Item) -> SmallVec<[Sampled; 8]> {
    let mut found = SmallVec::new();
    let Some(object) = item.object.as_ref().filter(|_| item.error.is_none()) else { return found };
    let key = object.key();
    let mut push = |place, value: f64| {
        if value.is_finite() {
            found.push(Sampled { item: index, space: key.space, place, value });
        }
    };
    if !item.points.is_empty() {
        // Registers as they were put together to numbers.
        item.points.iter().for_each(|point| push(u64::from(point.address) << 16 | reading(point), point.value));
        return found;
    }
    let first = match object {
        Object::S7(address) => u64::from(address.byte) << 16 | u64::from(address.bit) << 12,
        _ => u64::from(key.start) << 16,
    };
    // Registers and coils are counted one by one, elements elsewhere within their object.
    let stride = if matches!(object, Object::Modbus(_)) { 1 << 16 } else { 1 };
    let mut place = first;
    for value in &item.values {
        if let Some(number) = number(value) {
            push(place, number);
        }
        place += stride;
    }
    found
}

/// What the registers were taken for, above a place's own bits: taken for something else, they are another point, for
/// which nothing is learnt yet.
fn reading(point: &event::Point) -> u64 {
    (point.kind as u64) << 44 | point.order.map_or(0, |order| order as u64 + 1) << 48
}

#[allow(clippy::cast_precision_loss, reason = "what is beyond 2^53 is no process value")]
fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(on) => Some(f64::from(u8::from(*on))),
        Value::UInt(number) => Some(*number as f64),
        Value::Int(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

/// Where in its space a value lies, as people write it.
pub fn place_name(place: u64) -> String {
    match (place >> 16 & 0xfff_ffff, place >> 12 & 0xf, place & 0xfff) {
        (start, 0, 0) => start.to_string(),
        (start, bit, 0) => format!("{start}.{bit}"),
        (start, bit, index) => format!("{start}.{bit}[{index}]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(samples: impl IntoIterator<Item = f64>) -> Point {
        let mut points = Points::default();
        samples.into_iter().for_each(|value| _ = points.learn(0, value, LEAST_READ));
        points.get(0).unwrap().clone()
    }

    #[test]
    fn a_few_values_are_told_from_a_range() {
        let few = point((0..40).map(|n| f64::from(n / 4 % 3 * 10)));
        assert_eq!((few.kind(), few.to_string().as_str()), (Kind::Few, "0, 10, 20"));
        assert!(few.is_strange(15.0, LEAST_READ) && !few.is_strange(20.0, LEAST_READ));
        let range = point((0..40).map(|n| 20.0 + f64::from(n * 7 % 23) / 10.0));
        assert_eq!(range.kind(), Kind::Range);
        assert!(!range.is_strange(22.3, LEAST_READ) && range.is_strange(23.0, LEAST_READ));
    }

    #[test]
    fn counters_and_heartbeats_are_left_out() {
        let counter = point((0..60).map(|n| f64::from(n * 3 % 100)));
        assert_eq!(counter.kind(), Kind::Counter);
        assert!(!counter.is_strange(65_535.0, LEAST_READ));
        let heartbeat = point((0..40).map(|n| f64::from(n % 2)));
        assert_eq!(heartbeat.kind(), Kind::Heartbeat);
        assert!(!heartbeat.is_strange(1.0, LEAST_READ) && heartbeat.is_strange(7.0, LEAST_READ));
    }

    #[test]
    fn nothing_is_said_of_what_was_hardly_seen() {
        assert!(!point([1.0, 1.0, 1.0]).is_strange(99.0, LEAST_READ));
        assert!(point([1.0; 4]).is_strange(99.0, LEAST_WRITTEN));
        assert!(!point((0..10).map(f64::from)).is_strange(99.0, LEAST_WRITTEN), "a range of ten samples");
        assert!(!point([0.0; 50]).is_strange(1.0, LEAST_WRITTEN), "a switch");
    }
}
