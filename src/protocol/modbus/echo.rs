//! Whether an answer is the one that its request must have: an echo of what was written, or as much as was asked for.
//!
//! Asked for each answer that goes by, known or not: nothing is allocated here.

use super::parse::{Adu, Request};
use super::pending::Open;
use super::{umas, wire};
use crate::event::ModbusTable;

/// What is wrong with the answer, if anything is. Exceptions fit every request.
pub fn flaw(open: &Open, answer: &Adu<'_>) -> Option<&'static str> {
    // What a server makes of a request that is none is its own matter.
    if answer.is_exception() || !open.whole {
        return None;
    }
    let (asked, body) = (open.adu(), answer.body);
    match &Request::read(&asked) {
        Request::Read(range) => {
            let quantity = usize::from(range.quantity);
            let is_bits = matches!(range.table, ModbusTable::Coil | ModbusTable::DiscreteInput);
            unless(is_count(body, if is_bits { quantity.div_ceil(8) } else { 2 * quantity }), "quantity")
        }
        Request::ReadWrite { read, .. } => unless(is_count(body, 2 * usize::from(read.quantity)), "quantity"),
        Request::WriteSingle { .. } | Request::MaskWrite { .. } => unless(body == asked.body, echo(body, asked.body)),
        Request::WriteMultiple { .. } => {
            let written = asked.body.get(..4).unwrap_or_default();
            unless(body == written, echo(body, written))
        }
        Request::Diagnostic { .. } => diagnostic(asked.body, body),
        Request::Encapsulated { mei, .. } => unless(body.first() == Some(mei), "mei_type"),
        Request::Files(_) if asked.function == wire::WRITE_FILE => unless(body == asked.body, "echo"),
        Request::Umas(call) => umas::flaw(call, body),
        Request::Files(_) | Request::Fifo(_) | Request::Other(_) | Request::Malformed(_) => None,
    }
}

fn unless(fits: bool, flaw: &'static str) -> Option<&'static str> {
    (!fits).then_some(flaw)
}

/// Some devices round a count up, and pad; fewer bytes than asked for, or a count that is none, are wrong.
fn is_count(body: &[u8], wanted: usize) -> bool {
    body.split_first().is_some_and(|(count, data)| usize::from(*count) == wanted && data.len() >= wanted)
}

/// Which part of an echo is wrong: the address, or what stands behind it.
fn echo(body: &[u8], asked: &[u8]) -> &'static str {
    match (body.get(..2), asked.get(..2)) {
        (Some(there), Some(here)) if there == here => "value",
        (Some(_), Some(_)) => "address",
        _ => "length",
    }
}

/// Counters answer with their number; everything else with what was sent.
fn diagnostic(asked: &[u8], body: &[u8]) -> Option<&'static str> {
    let (Some(there), Some(here)) = (body.get(..2), asked.get(..2)) else { return Some("length") };
    if there != here {
        return Some("subfunction");
    }
    let is_echo = matches!(here, [0, 0 | 1 | 3 | 10]);
    unless(!is_echo || body == asked, "echo")
}
