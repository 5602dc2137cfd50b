//! OPC UA Binary over TCP (OPC 10000-4, OPC 10000-6).
//!
//! ```text
//! transport   messages and chunks of the connection          handshake, opening   how it and its channels begin
//! chunks      chunks joined to messages                       channel              what a channel's chunks may show
//! decoder     bounded reading; types, variant, structures     services             one walk over each service's body
//! state       bytes to messages                               talk                 requests to answers (exchange), told by report
//! ```
//!
//! Plain and signed channels are read whole; of encrypted ones, and of those whose opening was not seen and that look
//! encrypted, only metadata is told, and none is invented.

mod certificate;
mod channel;
mod chunks;
mod codes;
mod continuations;
mod decoder;
mod description;
mod diagnostics;
mod exchange;
mod facts;
mod handshake;
mod items;
mod learn;
mod message;
mod monitored;
mod names;
mod oddity;
mod opening;
mod pending;
mod posture;
mod report;
mod schema;
mod seen;
mod server;
mod services;
mod session_events;
mod sessions;
mod standard_nodes;
mod state;
mod status_codes;
mod structure;
mod structures;
mod subject;
mod talk;
#[cfg(test)]
mod tests;
mod transport;
mod types;
mod variant;
mod wire;

use super::Framing;
use super::entry::Entry;
use super::probe::{Probe, Sample};
use crate::event::{Protocol, Side, Transport};
pub use server::Servers;
use transport::{HEADER, Header, Kind};
use wire::Half;

pub const ENTRY: Entry = Entry {
    protocol: Protocol::OpcUa,
    title: "OPC UA",
    ports: &[4840],
    probe,
    open: || Box::new(state::OpcUa::default()),
};

/// Three letters, a chunk type and a plausible size make 40 bits: chance is out, on any port.
fn probe(sample: &Sample<'_>) -> Probe {
    if sample.transport != Transport::Tcp {
        return Probe::No;
    }
    match (transport::frame(sample.bytes), Header::read(sample.bytes)) {
        (Framing::Message(_), Some(header)) => {
            Probe::Certain(role(header, sample.bytes.get(HEADER..).unwrap_or_default()))
        }
        (Framing::Need(_), _) => Probe::More,
        _ => Probe::No,
    }
}

/// The role of whoever sent a message, where the message tells.
fn role(header: Header, body: &[u8]) -> Option<Side> {
    // Channel and token id, sequence header.
    let plain = || body.get(16..).and_then(channel::begins_service);
    match header.kind {
        Kind::Hello => Some(Side::Client),
        Kind::Acknowledge | Kind::Error | Kind::ReverseHello => Some(Side::Server),
        Kind::Close => Some(Side::Client),
        Kind::Open => None,
        Kind::Message => plain().map(|half| match half {
            Half::Request(_) => Side::Client,
            Half::Response(_) | Half::Fault => Side::Server,
        }),
    }
}
