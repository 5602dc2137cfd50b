//! Modbus/TCP: Modbus Application Protocol V1.1b3 over Modbus Messaging on TCP/IP V1.0b.

mod parse;
mod state;
#[cfg(test)]
mod tests;
mod wire;

use super::Framing;
use super::entry::Entry;
use super::probe::{Probe, Sample};
use crate::event::{Protocol, Side, Transport};

pub use wire::{DIAGNOSTICS, FORCE_LISTEN_ONLY};

pub const ENTRY: Entry = Entry {
    protocol: Protocol::Modbus,
    title: "Modbus/TCP",
    ports: &[502],
    probe,
    open: || Box::new(state::Modbus::default()),
};

/// MBAP alone has 16 fixed bits and a length; a body that has just the shape of its function settles it.
fn probe(sample: &Sample<'_>) -> Probe {
    if sample.transport != Transport::Tcp {
        return Probe::No;
    }
    let mut rest = sample.bytes;
    let mut found = Probe::No;
    loop {
        match parse::frame(rest) {
            Framing::Junk => return found,
            Framing::Need(_) => return if found == Probe::No { Probe::More } else { found },
            Framing::Message(len) if len > rest.len() => return if found == Probe::No { Probe::More } else { found },
            Framing::Message(len) => {
                let verdict = probe_message(&rest[..len]);
                if matches!(verdict, Probe::No | Probe::Certain(_)) {
                    return verdict;
                }
                found = verdict;
                rest = &rest[len..];
                if rest.is_empty() {
                    return found;
                }
            }
        }
    }
}

fn probe_message(bytes: &[u8]) -> Probe {
    let Some(adu) = parse::Adu::read(bytes) else { return Probe::No };
    match parse::shapes(adu.function, adu.body) {
        (true, true) => Probe::Certain(None),
        (true, false) => Probe::Certain(Some(Side::Client)),
        (false, true) => Probe::Certain(Some(Side::Server)),
        (false, false) if adu.asked() != 0 => Probe::Likely(None),
        (false, false) => Probe::No,
    }
}
