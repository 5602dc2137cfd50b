//! MB-07 to MB-10, S7-16: how points are written, whoever may write them.

use std::time::Duration;

use super::catalogue::{BURST_POINTS, COMPETING, TOGGLES};
use super::memory::Memory;
use super::scene::touched;
use super::window::{DistinctWindow, Tally};
use super::{Detector, Scene};
use crate::baseline::{LinkRow, Mode, Scenario};
use crate::event::{
    Class, Finding, Item, Object, ObjectKey, Operation, Outcome, Protocol, Reason, Service, Timestamp, Unit, Value,
};
use crate::inventory::{Address, LinkKey};

const BURST: Duration = Duration::from_secs(10);
const TOGGLE: Duration = Duration::from_secs(60);
const MAX_LINKS: usize = 10_000;
const MAX_POINTS: usize = 100_000;

/// MB-07, MB-08, MB-09, MB-10, S7-16.
pub struct Writes {
    bursts: Memory<(LinkKey, u64), DistinctWindow<ObjectKey>>,
    points: Memory<Place, Written>,
}

/// A point of one server's unit.
type Place = (Address, Service, u64, ObjectKey);

/// What was last written to a point.
struct Written {
    by: Address,
    at: Timestamp,
    value: Vec<Value>,
    before: Option<Vec<Value>>,
    toggles: Tally,
    /// When the baseline was last asked who else writes here.
    asked: Option<Timestamp>,
}

/// The detections of one protocol.
struct Ids {
    first: &'static str,
    burst: &'static str,
    toggle: &'static str,
    competing: &'static str,
}

const fn ids(protocol: Protocol) -> Option<Ids> {
    match protocol {
        Protocol::Modbus => Some(Ids { first: "MB-07", burst: "MB-08", toggle: "MB-09", competing: "MB-10" }),
        Protocol::S7comm => Some(Ids { first: "S7-16", burst: "S7-16", toggle: "S7-16", competing: "S7-16" }),
        Protocol::S7commPlus | Protocol::OpcUa => None,
    }
}

impl Default for Writes {
    fn default() -> Self {
        Writes { bursts: Memory::new(MAX_LINKS), points: Memory::new(MAX_POINTS) }
    }
}

impl Detector for Writes {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((protocol, operation)) = scene.any_operation() else { return };
        let Some(ids) = ids(protocol) else { return };
        if operation.class != Class::Write || !operation.request_seen || operation.outcome == Outcome::Refused {
            return;
        }
        let unit = operation.unit.as_ref().map_or(0, Unit::key);
        found.extend(first_write(scene, operation, unit, ids.first));
        // Heartbeats and redundant pairs are learnt; what they write is still remembered.
        let is_habit = scene.is_habit();
        for item in &operation.items {
            let Some(key) = item.object.as_ref().map(Object::key) else { continue };
            found.extend(self.burst(scene, operation, (unit, key), ids.burst));
            let told = self.point(scene, operation, item, (unit, key), &ids);
            if !is_habit {
                found.extend(told);
            }
        }
    }

    fn evicted(&self) -> u64 {
        self.bursts.evicted() + self.points.evicted()
    }
}

impl Writes {
    fn burst(
        &mut self,
        scene: &Scene<'_>,
        operation: &Operation,
        at: (u64, ObjectKey),
        id: &'static str,
    ) -> Option<Finding> {
        // Who always writes so much is at his daily work.
        if scene.is_habit() {
            return None;
        }
        let capacity = 4 * BURST_POINTS.value as usize;
        let window = self.bursts.entry((scene.link(), at.0), || DistinctWindow::new(BURST, capacity));
        let points = window.add(scene.event.ts, at.1);
        if points < BURST_POINTS.value as usize {
            return None;
        }
        let mut finding = scene.operation_finding(id, operation);
        "write_burst".clone_into(&mut finding.act);
        finding.reasons.push(Reason::new("reason.write_burst").with("count", points));
        Some(finding)
    }

    fn point(
        &mut self,
        scene: &Scene<'_>,
        operation: &Operation,
        item: &Item,
        at: (u64, ObjectKey),
        ids: &Ids,
    ) -> Vec<Finding> {
        if item.values.is_empty() {
            return Vec::new();
        }
        let (ts, client) = (scene.event.ts, scene.client());
        let place = (scene.server(), scene.event.service, at.0, at.1);
        let fresh = || Written {
            by: client,
            at: ts,
            value: item.values.clone(),
            before: None,
            toggles: Tally::new(TOGGLE, 4 * TOGGLES.value as usize),
            asked: None,
        };
        let written = self.points.entry(place, fresh);
        let mut found = Vec::new();
        let other = (written.by != client
            && ts.since(written.at).as_secs() <= u64::from(COMPETING.value)
            && written.value != item.values)
            .then_some(written.by);
        if let Some(other) = other.or_else(|| written.habitual_writer(scene, at)) {
            let mut finding = scene.operation_finding(ids.competing, operation);
            "competing_masters".clone_into(&mut finding.act);
            finding.reasons.push(Reason::new("reason.competing").with("other", other));
            finding.reasons.extend(touched(operation));
            found.push(finding);
        }
        let toggles = written.take(ts, client, &item.values);
        if toggles >= TOGGLES.value as usize {
            let mut finding = scene.operation_finding(ids.toggle, operation);
            "toggle".clone_into(&mut finding.act);
            finding.reasons.push(Reason::new("reason.toggles").with("count", toggles));
            finding
                .reasons
                .extend(item.object.as_ref().map(|object| Reason::new("reason.object").with("object", object)));
            found.push(finding);
        }
        found
    }
}

impl Written {
    /// Takes a value in; how often it has gone to and fro lately.
    fn take(&mut self, ts: Timestamp, by: Address, value: &[Value]) -> usize {
        (self.by, self.at) = (by, ts);
        if self.value == value {
            return 0;
        }
        let back = self.before.as_deref() == Some(value);
        self.before = Some(std::mem::replace(&mut self.value, value.to_vec()));
        if back { self.toggles.add(ts) } else { 0 }
    }

    /// Another client writes this point every day, and did so just now; what it wrote is not told any more.
    fn habitual_writer(&mut self, scene: &Scene<'_>, at: (u64, ObjectKey)) -> Option<Address> {
        let ts = scene.event.ts;
        let lately = |then: Timestamp| ts.since(then).as_secs() <= u64::from(COMPETING.value);
        if scene.verdict.deviations.is_empty() || self.asked.is_some_and(lately) {
            return None;
        }
        self.asked = Some(ts);
        let client = scene.client();
        let writes = |link: &&LinkRow| {
            link.key.client != client && rows(link, at).any(|(class, last)| class == Class::Write && lately(last))
        };
        servers_links(scene).find(writes).map(|link| link.key.client)
    }
}

/// A point that was only ever read is written.
fn first_write(scene: &Scene<'_>, operation: &Operation, unit: u64, id: &'static str) -> Option<Finding> {
    if scene.verdict.deviations.is_empty() || scene.baseline.stage(Scenario::Objects).mode != Mode::Watching {
        return None;
    }
    // Of many, the first item is asked for: the baseline is not searched for each.
    let object = operation.items.iter().find_map(|item| item.object.as_ref())?;
    let at = (unit, object.key());
    let classes: Vec<Class> = servers_links(scene).flat_map(|link| rows(link, at)).map(|(class, _)| class).collect();
    if classes.is_empty() || classes.contains(&Class::Write) {
        return None;
    }
    let mut finding = scene.operation_finding(id, operation);
    "first_write".clone_into(&mut finding.act);
    finding.reasons.push(Reason::new("reason.only_read_so_far").with("object", object));
    finding.reasons.extend(touched(operation));
    Some(finding)
}

fn servers_links<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a LinkRow> {
    let (server, service) = (scene.server(), scene.event.service);
    scene.baseline.links_to(server).filter(move |link| link.key.service == service)
}

/// What the functions of a link that touch a point are, and when each was last used.
fn rows(link: &LinkRow, (unit, key): (u64, ObjectKey)) -> impl Iterator<Item = (Class, Timestamp)> {
    let touches = move |space: Option<&crate::baseline::SpaceRow>| {
        space.is_some_and(|space| space.addresses.contains(key.start, key.length))
    };
    let rows = link.functions.iter().filter(move |row| row.unit == unit && touches(row.spaces.get(key.space)));
    rows.map(|row| (row.class, row.last))
}
