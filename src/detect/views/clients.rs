//! What a controller tells one client is not what it tells another.
//!
//! Two clients seldom read a point at the same moment, and values move. So a value counts as contradicted only where another
//! client was told, before it and after it, values on the same side of it, further away than the point ever moves between
//! two looks of one client; and that again and again.

use std::time::Duration;

use super::readings::number;
use crate::detect::catalogue::CONTRADICTIONS;
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Class, Finding, Item, Object, ObjectKey, Outcome, Reason, Service, Timestamp, Unit};
use crate::inventory::Address;

const MAX_POINTS: usize = 50_000;
/// Points of one operation that are compared.
const MAX_COMPARED: usize = 32;
/// Clients of one point that are compared.
const MAX_VIEWS: usize = 4;
/// What another client was told before that is too old to compare with.
const FRESH: Duration = Duration::from_secs(180);
/// So many looks of one client show how much a point moves.
const LOOKS: u32 = 3;

pub struct Views {
    points: Memory<Place, Vec<View>>,
}

/// A point of one server's unit: space and address.
type Place = (Address, Service, u64, u64, u64);

/// What one client was told of a point.
struct View {
    client: Address,
    at: Timestamp,
    value: f64,
    looks: u32,
    /// How far the value ever moved between two looks.
    step: f64,
    /// What another client was told since, and which one that was.
    other: Option<(Address, f64)>,
    contradictions: u32,
}

impl Default for Views {
    fn default() -> Self {
        Views { points: Memory::new(MAX_POINTS) }
    }
}

impl Detector for Views {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((_, operation)) = scene.any_operation() else { return };
        if operation.class != Class::Read || !matches!(operation.outcome, Outcome::Accepted | Outcome::Effective) {
            return;
        }
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        for item in operation.items.iter().take(MAX_COMPARED) {
            let told = self.item(scene, unit, item);
            if let Some((other, mine, theirs)) = told {
                let mut finding = scene.operation_finding("COR-04", operation);
                let object = item.object.as_ref().map(ToString::to_string).unwrap_or_default();
                finding.act = format!("views {object}");
                let reason = Reason::new("reason.views_differ").with("object", object).with("mine", mine);
                finding.reasons = vec![reason.with("theirs", theirs).with("other", other)];
                found.push(finding);
                return;
            }
        }
    }

    fn evicted(&self) -> u64 {
        self.points.evicted()
    }
}

impl Views {
    fn item(&mut self, scene: &Scene<'_>, unit: u64, item: &Item) -> Option<(Address, f64, f64)> {
        let object = item.object.as_ref()?;
        let key = match object {
            // The same bytes may be read as numbers of several types.
            Object::S7(address) => {
                let name = format!("{} {}", address.address, address.transport_size);
                ObjectKey::text(name.as_bytes(), u32::from(address.quantity))
            }
            other => other.key(),
        };
        // Of a table of registers each is a point of its own; elsewhere the value as a whole is.
        let single = !matches!(object, Object::Modbus(_));
        let values = item.values.iter().take(if single { 1 } else { MAX_COMPARED });
        let mut told = None;
        for (at, value) in values.enumerate() {
            let Some(value) = number(value) else { continue };
            let start = u64::from(key.start) + at as u64;
            let place = (scene.server(), scene.event.service, unit, key.space, start);
            let views = self.points.entry(place, Vec::new);
            told = told.or(look(views, scene.client(), scene.event.ts, value));
        }
        told
    }
}

/// One client looks: gives another client, what this one was told, and what that one was, where both cannot be.
fn look(views: &mut Vec<View>, client: Address, at: Timestamp, value: f64) -> Option<(Address, f64, f64)> {
    let fresh = View { client, at, value, looks: 1, step: 0.0, other: None, contradictions: 0 };
    let Some(own) = views.iter().position(|view| view.client == client) else {
        if views.len() < MAX_VIEWS {
            views.push(fresh);
        }
        return None;
    };
    let others = views.iter().filter(|view| view.client != client && view.looks >= LOOKS);
    let step = others.map(|view| view.step).fold(0.0_f64, f64::max);
    let view = &mut views[own];
    if at.since(view.at) > FRESH {
        *view = fresh;
        return None;
    }
    let before = std::mem::replace(&mut view.value, value);
    view.at = at;
    let between = view.other.take();
    let tolerance = view.step.max(step);
    let mut told = None;
    if let Some((other, theirs)) = between.filter(|_| view.looks >= LOOKS) {
        let (low, high) = (before.min(value), before.max(value));
        if theirs < low - tolerance || theirs > high + tolerance {
            view.contradictions += 1;
            told = (view.contradictions >= CONTRADICTIONS.value).then_some((other, value, theirs));
        } else {
            view.contradictions = 0;
        }
    }
    view.step = view.step.max((value - before).abs());
    view.looks = view.looks.saturating_add(1);
    for view in views.iter_mut().filter(|view| view.client != client) {
        view.other = Some((client, value));
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> Timestamp {
        Timestamp::from_parts(second, 0)
    }

    fn client(last: u8) -> Address {
        Address::Ip([10, 1, 1, last].into())
    }

    /// Two clients look in turn at what each is shown.
    fn told(mine: impl Fn(u64) -> f64, theirs: impl Fn(u64) -> f64) -> bool {
        let mut views = Vec::new();
        (0..40).any(|second| {
            let (who, value) = if second % 2 == 0 { (1, mine(second)) } else { (2, theirs(second)) };
            look(&mut views, client(who), at(second), value).is_some()
        })
    }

    #[test]
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    fn two_clients_that_see_one_process_do_not_contradict_each_other() {
        let wave = |second: u64| 500.0 + 100.0 * (second as f64 / 5.0).sin();
        assert!(!told(wave, wave), "it moves while they look");
        assert!(!told(|_| 7.0, |_| 7.0), "it stands still");
        let counter = |second: u64| second as f64;
        assert!(!told(counter, counter), "it only rises");
        let stepped = |second: u64| if second < 20 { 10.0 } else { 90.0 };
        assert!(!told(stepped, stepped), "it jumps once");
    }

    #[test]
    #[allow(clippy::cast_precision_loss, reason = "small numbers")]
    fn one_that_is_shown_another_process_does() {
        let wave = |second: u64| 500.0 + 10.0 * (second as f64 / 5.0).sin();
        assert!(told(wave, |_| 900.0), "a picture from elsewhere");
        assert!(told(|_| 7.0, |_| 8.0), "what stands still for both, at another place");
    }
}
