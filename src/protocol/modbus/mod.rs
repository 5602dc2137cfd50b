//! Modbus: Modbus Application Protocol V1.1b3 on TCP and UDP (Modbus Messaging on TCP/IP V1.0b), as a serial line has it and
//! carried over either (RTU, ASCII), and Modbus Security, of which the opening can be read.
//!
//! `carrier` cuts messages out of bytes, `parse` reads them, `pending` and `echo` find the request of an answer and whether
//! it fits, `items`, `device` and `points` say what both mean, `report` tells it. `umas` is what Schneider's software says in
//! function 90.

mod carrier;
mod device;
mod echo;
mod items;
mod parse;
mod pending;
mod points;
mod records;
mod report;
mod security;
mod state;
#[cfg(test)]
mod tests;
mod umas;
mod wire;

use super::Framing;
use super::entry::Entry;
use super::probe::{Probe, Sample};
use crate::event::{Protocol, Side, Transport};
use carrier::{Carrier, Room};
use security::Security;

pub use umas::Held;
pub use wire::{DIAGNOSTICS, FORCE_LISTEN_ONLY};

pub const ENTRY: Entry = Entry {
    protocol: Protocol::Modbus,
    title: "Modbus/TCP",
    ports: &[502, 802],
    ether_types: &[],
    probe,
    open: |_| Box::new(state::Modbus::default()),
};

fn probe(sample: &Sample<'_>) -> Probe {
    if sample.transport == Transport::Tcp && Security::begins(sample.bytes) {
        return Probe::OnPort(Security::role(sample.bytes));
    }
    match (sample.transport, recognise(sample.bytes)) {
        (Transport::Tcp, (probe, _)) => probe,
        // A datagram has whole messages or is none of ours.
        (Transport::Udp, (probe @ (Probe::Certain(_) | Probe::Likely(_)), carrier))
            if carrier.is_whole(sample.bytes) =>
        {
            probe
        }
        _ => Probe::No,
    }
}

/// What carries the messages, and how sure that is. An MBAP header has 16 fixed bits and a length, the serial lines'
/// messages have checksums; a body that has just the shape of its function settles it.
fn recognise(bytes: &[u8]) -> (Probe, Carrier) {
    let [mbap, rtu, ascii] = Carrier::ALL.map(|carrier| probe_as(carrier, bytes));
    match (mbap, rtu, ascii) {
        (Probe::Certain(_), ..) => (mbap, Carrier::Mbap),
        (_, Probe::Certain(_), _) => (rtu, Carrier::Rtu),
        (.., Probe::Certain(_)) => (ascii, Carrier::Ascii),
        (Probe::No, _, Probe::More) => (Probe::More, Carrier::Ascii),
        _ => (mbap, Carrier::Mbap),
    }
}

fn probe_as(carrier: Carrier, bytes: &[u8]) -> Probe {
    let mut rest = bytes;
    let mut found = Probe::No;
    let mut room = Room::new();
    loop {
        match carrier.frame(rest) {
            Framing::Junk => return found,
            Framing::Message(len) if len <= rest.len() => {
                let verdict = probe_message(carrier, &rest[..len], &mut room);
                if matches!(verdict, Probe::No | Probe::Certain(_)) {
                    return verdict;
                }
                found = verdict;
                rest = &rest[len..];
                if rest.is_empty() {
                    return found;
                }
            }
            // Anything may begin an RTU message.
            Framing::Need(_) | Framing::Message(_) if carrier == Carrier::Rtu => return found,
            Framing::Need(_) | Framing::Message(_) => return if found == Probe::No { Probe::More } else { found },
        }
    }
}

fn probe_message(carrier: Carrier, bytes: &[u8], room: &mut Room) -> Probe {
    let Some(adu) = carrier.read(bytes, room) else { return Probe::No };
    match parse::shapes(&adu) {
        (true, true) => Probe::Certain(None),
        (true, false) => Probe::Certain(Some(Side::Client)),
        (false, true) => Probe::Certain(Some(Side::Server)),
        (false, false) if adu.asked() != 0 => Probe::Likely(None),
        (false, false) => Probe::No,
    }
}
