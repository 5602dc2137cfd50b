use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::{Event, EventKind, Operation, SCHEMA_VERSION};

/// The JSON form of an event: one object a line, keys stable.
///
/// Borrowed, so that writing a line copies nothing.
pub struct EventLine<'a>(pub &'a Event);

impl Serialize for EventLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let event = self.0;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("v", &SCHEMA_VERSION)?;
        map.serialize_entry("ts", &event.ts)?;
        map.serialize_entry("event_type", event_type(&event.kind))?;
        map.serialize_entry("protocol", &event.service)?;
        map.serialize_entry("flow_id", &event.flow)?;
        if !matches!(event.kind, EventKind::Sighting(_) | EventKind::Capture(_)) {
            map.serialize_entry("vlan", &event.ends.vlans)?;
            map.serialize_entry("client", &event.ends.client)?;
            map.serialize_entry("server", &event.ends.server)?;
        }
        kind(&mut map, &event.kind)?;
        map.serialize_entry("evidence", &event.evidence)?;
        map.end()
    }
}

fn event_type(kind: &EventKind) -> &'static str {
    match kind {
        EventKind::Operation(_) => "operation",
        EventKind::Session(_) => "session",
        EventKind::Identity(_) => "identity",
        EventKind::Anomaly(_) => "anomaly",
        EventKind::Artifact(_) => "artifact",
        EventKind::Flow(_) => "flow",
        EventKind::Sighting(_) => "sighting",
        EventKind::Notice(_) => "notice",
        EventKind::Habit(_) => "habit",
        EventKind::Capture(_) => "capture",
    }
}

fn kind<M: SerializeMap>(map: &mut M, kind: &EventKind) -> Result<(), M::Error> {
    match kind {
        EventKind::Operation(o) => operation(map, o),
        EventKind::Session(s) => map.serialize_entry("session", s),
        EventKind::Identity(f) => map.serialize_entry("identity", f),
        EventKind::Anomaly(a) => map.serialize_entry("anomaly", a),
        EventKind::Artifact(a) => map.serialize_entry("artifact", a),
        EventKind::Flow(f) => map.serialize_entry("flow", f),
        EventKind::Sighting(s) => map.serialize_entry("sighting", s),
        EventKind::Notice(n) => map.serialize_entry("notice", n),
        EventKind::Habit(h) => map.serialize_entry("habit", h),
        EventKind::Capture(c) => map.serialize_entry("capture", c),
    }
}

/// `object`, `values` and `sample` are those of the first item; `items` lists all where there is more than one.
fn operation<M: SerializeMap>(map: &mut M, operation: &Operation) -> Result<(), M::Error> {
    let first = operation.items.first();
    map.serialize_entry("unit", &operation.unit)?;
    map.serialize_entry("function", &operation.function)?;
    map.serialize_entry("class", &operation.class)?;
    map.serialize_entry("object", &first.and_then(|item| item.object.as_ref()))?;
    map.serialize_entry("values", first.map_or(&[][..], |item| &item.values))?;
    if let Some(sample) = first.and_then(|item| item.sample.as_deref()) {
        map.serialize_entry("sample", sample)?;
    }
    if let Some(points) = first.map(|item| &item.points).filter(|points| !points.is_empty()) {
        map.serialize_entry("points", points)?;
    }
    if operation.items.len() > 1 {
        map.serialize_entry("items", &operation.items)?;
    }
    map.serialize_entry("outcome", &operation.outcome)?;
    map.serialize_entry("error", &operation.error)?;
    map.serialize_entry("request_seen", &operation.request_seen)?;
    map.serialize_entry("response_seen", &operation.response_seen)?;
    map.serialize_entry("latency_us", &operation.latency_us)?;
    if let Some(transaction) = operation.transaction {
        map.serialize_entry("transaction", &transaction)?;
    }
    if let Some(channel) = &operation.channel {
        map.serialize_entry("channel", channel)?;
    }
    Ok(())
}
