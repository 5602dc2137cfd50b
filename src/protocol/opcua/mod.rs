//! OPC UA Binary over TCP (OPC 10000-4, OPC 10000-6); PubSub (OPC 10000-14), and what carries OPC UA beside these.
//!
//! ```text
//! transport   messages and chunks of the connection          handshake, opening   how it and its channels begin
//! chunks      chunks joined to messages                       channel              what a channel's chunks may show
//! decoder     bounded reading; types, variant, structures     services             one walk over each service's body
//! pubsub      headers of PubSub                               web                 HTTP and TLS, recognised
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
mod pubsub;
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
mod web;
mod wire;

use super::Framing;
use super::entry::Entry;
use super::probe::{Probe, Sample};
use super::tls;
use crate::event::{Protocol, Side, Transport};
pub use server::Servers;
use transport::{HEADER, Header, Kind};
use wire::Half;

pub const ENTRY: Entry = Entry {
    protocol: Protocol::OpcUa,
    title: "OPC UA",
    // 4843 is OPC UA over TLS.
    ports: &[4840, 4843],
    ether_types: &[0xb62c],
    probe: |sample| recognise(sample).1,
    open: |sample| match recognise(sample).0 {
        Carrier::Tcp => Box::new(state::OpcUa::default()),
        Carrier::Datagrams => Box::new(pubsub::Datagrams::default()),
        Carrier::Mqtt => Box::new(pubsub::Mqtt::default()),
        Carrier::Http => Box::new(web::Web::default()),
        Carrier::Tls => Box::new(web::Tls::default()),
    },
};

/// What carries OPC UA.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Carrier {
    Tcp,
    Datagrams,
    Mqtt,
    Http,
    Tls,
}

/// The carrier that fits best, and how sure it is.
fn recognise(sample: &Sample<'_>) -> (Carrier, Probe) {
    let bytes = sample.bytes;
    match sample.transport {
        Transport::Udp => (Carrier::Datagrams, pubsub::probe(bytes)),
        Transport::Ethernet => (Carrier::Datagrams, Probe::Certain(None)),
        Transport::Tcp if tls::begins(bytes) => (Carrier::Tls, web::probe_tls(bytes)),
        Transport::Tcp => {
            let fitting = [
                (Carrier::Tcp, probe(bytes)),
                (Carrier::Mqtt, pubsub::probe_mqtt(bytes)),
                (Carrier::Http, web::probe(bytes)),
            ];
            let fits = fitting.into_iter().find(|(_, probe)| *probe != Probe::No);
            fits.unwrap_or((Carrier::Tcp, Probe::No))
        }
        _ => (Carrier::Tcp, Probe::No),
    }
}

/// Three letters, a chunk type and a plausible size make 40 bits: chance is out, on any port.
fn probe(bytes: &[u8]) -> Probe {
    match (transport::frame(bytes), Header::read(bytes)) {
        (Framing::Message(_), Some(header)) => Probe::Certain(role(header, bytes.get(HEADER..).unwrap_or_default())),
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
