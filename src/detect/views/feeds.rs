//! What a machine shows is not what it reads.
//!
//! Whoever reads controllers and shows their values to others (a gateway by OPC UA, a concentrator by Modbus), and a controller that shows its registers
//! by OPC UA too, is watched for points that follow others: the same number or scaled, minute by minute. Where one did, it must
//! go on so.

use super::line::Line;
use super::readings::{self, Kind, Reading};
use super::trail::{Sample, Trail};
use crate::detect::catalogue::CONTRADICTIONS;
use crate::detect::memory::Memory;
use crate::detect::{Detector, Scene};
use crate::event::{Class, Finding, Map, Object, Operation, Outcome, Protocol, Reason, Service, Unit};
use crate::inventory::Address;

const MAX_MACHINES: usize = 20_000;
const MAX_GATEWAYS: usize = 32;
/// Points that a gateway reads, and those that it shows.
const MAX_POINTS: usize = 256;
/// Contradictions after which what was learnt is taken for outdated.
const OUTDATED: u32 = 60;

/// COR-04.
pub struct Feeds {
    machines: Memory<Address, Roles>,
    gateways: Memory<Address, Gateway>,
    /// Points for which a gateway had no room.
    left_out: u64,
}

#[derive(Default)]
struct Roles {
    reads: bool,
    shows_nodes: bool,
    shows_registers: bool,
}

#[derive(Default)]
struct Gateway {
    read: Map<Place, (Trail, Source)>,
    shown: Map<Place, Shown>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Place {
    server: Address,
    service: Service,
    unit: u64,
    space: u64,
    place: u32,
    kind: Kind,
}

/// A point that is read, as people call it.
type Source = Box<str>;

#[derive(Default)]
struct Shown {
    trail: Trail,
    follows: Option<Follows>,
}

struct Follows {
    source: Place,
    line: Line,
    contradictions: u32,
    /// The largest distance of these.
    distance: f64,
}

/// What was shown, and what should have been.
struct Told {
    shown: Sample,
    source: (Sample, f64),
    name: Source,
    server: Address,
}

impl Default for Feeds {
    fn default() -> Self {
        Feeds { machines: Memory::new(MAX_MACHINES), gateways: Memory::new(MAX_GATEWAYS), left_out: 0 }
    }
}

impl Detector for Feeds {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((protocol, operation)) = scene.any_operation() else { return };
        let reads = matches!(operation.class, Class::Read | Class::Subscribe);
        if !reads || !matches!(operation.outcome, Outcome::Accepted | Outcome::Effective) {
            return;
        }
        let (client, server) = (scene.client(), scene.server());
        let asks = self.machines.entry(client, Roles::default);
        asks.reads = true;
        if asks.shows_nodes || asks.shows_registers {
            self.read(client, scene, operation);
        }
        let answers = self.machines.entry(server, Roles::default);
        let is_node = protocol == Protocol::OpcUa;
        answers.shows_nodes |= is_node;
        answers.shows_registers |= !is_node;
        match (is_node, answers.shows_nodes, answers.reads || answers.shows_registers) {
            (false, true, _) => self.read(server, scene, operation),
            (_, _, true) if is_node || answers.reads => self.shown(server, scene, operation, found),
            _ => {}
        }
    }

    fn evicted(&self) -> u64 {
        self.machines.evicted() + self.gateways.evicted() + self.left_out
    }
}

impl Feeds {
    fn read(&mut self, gateway: Address, scene: &Scene<'_>, operation: &Operation) {
        let Gateway { read, .. } = self.gateways.entry(gateway, Gateway::default);
        let frame = scene.event.evidence.frames.last().copied().unwrap_or_default();
        for (place, reading, object) in places(scene, operation) {
            if read.len() >= MAX_POINTS && !read.contains_key(&place) {
                self.left_out += 1;
                continue;
            }
            let fresh = || (Trail::default(), readings::name(object, &reading).into());
            read.entry(place).or_insert_with(fresh).0.add(scene.event.ts, reading.value, frame);
        }
    }

    fn shown(&mut self, gateway: Address, scene: &Scene<'_>, operation: &Operation, found: &mut Vec<Finding>) {
        let Gateway { read, shown } = self.gateways.entry(gateway, Gateway::default);
        let frame = scene.event.evidence.frames.last().copied().unwrap_or_default();
        for (place, reading, object) in places(scene, operation) {
            if shown.len() >= MAX_POINTS && !shown.contains_key(&place) {
                self.left_out += 1;
                continue;
            }
            let point = shown.entry(place).or_default();
            let before = point.trail.last();
            if !point.trail.add(scene.event.ts, reading.value, frame) {
                continue;
            }
            // Whoever is asked first in a slot, when the next one begins both were.
            let told = before.and_then(|sample| point.judge(sample, read));
            // Of many points of one answer that lie, the first is named.
            if let Some(told) = told.filter(|_| found.iter().all(|finding| !finding.act.starts_with("feeds"))) {
                found.push(finding(scene, operation, object, told));
            }
        }
    }
}

impl Shown {
    fn judge(&mut self, shown: Sample, read: &Map<Place, (Trail, Source)>) -> Option<Told> {
        let Some(follows) = &mut self.follows else {
            self.follows = source_of(&self.trail, read);
            return None;
        };
        let (trail, name) = read.get(&follows.source)?;
        let source = trail.at(shown.slot)?;
        let distance = follows.line.distance(source.value, shown.value);
        if !follows.line.contradicts(source.value, shown.value) {
            follows.line.allow(if follows.contradictions > 0 { follows.distance } else { distance });
            (follows.contradictions, follows.distance) = (0, 0.0);
            return None;
        }
        follows.contradictions += 1;
        follows.distance = follows.distance.max(distance);
        if follows.contradictions < CONTRADICTIONS.value {
            return None;
        }
        let source = (source, follows.line.of(source.value));
        let told = Told { shown, source, name: name.clone(), server: follows.source.server };
        if follows.contradictions >= OUTDATED {
            (self.follows, self.trail) = (None, Trail::default());
        }
        Some(told)
    }
}

/// The point that another one follows most closely.
fn source_of(trail: &Trail, read: &Map<Place, (Trail, Source)>) -> Option<Follows> {
    if !trail.is_lively() {
        return None;
    }
    let line = |(place, (source, _)): (&Place, &(Trail, Source))| {
        let line = source.is_lively().then(|| Line::through(source.beside(trail)))??;
        Some(Follows { source: *place, line, contradictions: 0, distance: 0.0 })
    };
    read.iter().filter_map(line).min_by(|a, b| a.line.misfit().total_cmp(&b.line.misfit()))
}

fn places<'a>(
    scene: &Scene<'_>,
    operation: &'a Operation,
) -> impl Iterator<Item = (Place, Reading, &'a Object)> + use<'a> {
    let (server, service) = (scene.server(), scene.event.service);
    let unit = operation.unit.as_ref().map_or(0, Unit::key);
    let items = operation.items.iter().filter_map(|item| Some((item, item.object.as_ref()?)));
    items.flat_map(move |(item, object)| {
        readings::readings(item).into_iter().map(move |reading| {
            let Reading { space, place, kind, .. } = reading;
            (Place { server, service, unit, space, place, kind }, reading, object)
        })
    })
}

fn finding(scene: &Scene<'_>, operation: &Operation, object: &Object, told: Told) -> Finding {
    let mut finding = scene.operation_finding("COR-04", operation);
    finding.act = format!("feeds {object}");
    let Told { shown, source: (source, expected), name, server } = told;
    finding.evidence.join([shown.frame, source.frame]);
    let reason = Reason::new("reason.feed_differs").with("object", object).with("shown", shown.value);
    let reason = reason.with("source", name).with("server", server).with("held", source.value);
    finding.reasons = vec![reason.with("expected", rounded(expected))];
    finding
}

/// As many digits as people read.
fn rounded(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
