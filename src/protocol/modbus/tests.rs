//! Modbus/TCP from segments to events: bytes go through flow table and probing, and every event is kept.

mod framing;
mod functions;
mod pairing;

use crate::event::{EventKind, Operation, Protocol, Value};
use crate::protocol::talk::{Heard, Setting, Talk};

/// A message with its MBAP header; function code first in `pdu`.
fn adu(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    [&transaction.to_be_bytes()[..], &[0, 0], &length.to_be_bytes(), &[unit], pdu].concat()
}

const MODBUS: Setting = Setting { port: 502, protocols: &[Protocol::Modbus], encrypts: false };

/// A connection to port 502 of which every byte is seen.
fn talk() -> Talk {
    Talk::to_port(MODBUS, 502)
}

impl Heard {
    /// Each operation in a line: unit, function, class, objects with values, outcome.
    fn lines(&self) -> Vec<String> {
        self.operations().into_iter().map(line).collect()
    }

    /// Frames of each operation.
    fn operation_frames(&self) -> Vec<&[u64]> {
        let operations =
            self.events.iter().zip(&self.frames).filter(|((_, kind), _)| matches!(kind, EventKind::Operation(_)));
        operations.map(|(_, frames)| frames.as_slice()).collect()
    }
}

fn line(operation: &Operation) -> String {
    let unit = operation.unit.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut line = format!("{unit} {} {}", operation.function.name, json(&operation.class));
    for item in &operation.items {
        let object = item.object.as_ref().map_or("data".to_owned(), ToString::to_string);
        let values: Vec<String> = item.values.iter().map(value).collect();
        line = format!("{line}, {object} [{}]", values.join(" "));
    }
    let seen = match (operation.request_seen, operation.response_seen) {
        (true, true) => "",
        (true, false) => " (no response)",
        (false, true) => " (no request)",
        (false, false) => " (nothing)",
    };
    let error = operation.error.as_ref().map(|error| format!(" {}", error.name)).unwrap_or_default();
    format!("{line}: {}{error}{seen}", json(&operation.outcome))
}

fn value(value: &Value) -> String {
    match value {
        Value::Bool(on) => u8::from(*on).to_string(),
        Value::UInt(n) => n.to_string(),
        Value::Text(text) => text.clone(),
        other => json(other),
    }
}

/// As event lines have it.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap().replace('"', "")
}
