//! S7comm and S7comm-plus, the protocols of Siemens controllers, over ISO on TCP (RFC 1006, ISO 8073 class 0).
//!
//! `cotp`, `tsdu` and `link` carry; `state` is the connection and hands messages to `comm` (S7comm), `plus`
//! (S7comm-plus) or `tls` (what of TLS goes in clear). Of S7comm, `parse`, `address`, `values`, `userdata`, `programmer`, `alarm`, `szl`, `block` and `clock`
//! read bytes; `meaning` (jobs) and `service` (userdata) put what was read into the common tongue, and `act` names what it
//! comes to; `parts` and `transfer` join what came in pieces, `watch` finds the request that a push belongs to; `effect`
//! and `password` judge how an act went; `told` and `known` keep repetition away.

mod act;
mod address;
mod alarm;
mod block;
mod clock;
mod comm;
mod cotp;
mod effect;
mod errors;
mod fault;
mod known;
mod link;
mod meaning;
mod parse;
mod parts;
mod password;
mod plus;
mod probe;
mod programmer;
mod report;
mod service;
mod state;
mod szl;
#[cfg(test)]
mod tests;
mod tls;
mod told;
mod transfer;
mod tsdu;
mod userdata;
mod values;
mod watch;
mod wire;

pub use effect::Commands;
pub use told::Told;

use std::ops::Range;

use super::entry::Entry;
use crate::event::Protocol;

pub const ENTRY: Entry = Entry {
    protocol: Protocol::S7comm,
    title: "S7comm, S7comm-plus",
    ports: &[102],
    ether_types: &[],
    probe: probe::probe,
    open: |_| Box::<state::S7>::default(),
};

/// The places of the code in a block of this kind, as [`crate::event::Artifact`] names it and has its bytes.
pub fn code_of_block(kind: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    match kind {
        "s7_block" => vec![block::code(bytes)],
        "s7_plus_block" => plus::code_of_block(bytes),
        _ => Vec::new(),
    }
}
