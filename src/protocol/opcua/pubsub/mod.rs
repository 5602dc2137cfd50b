//! PubSub (OPC 10000-14): UADP in datagrams and in Ethernet frames, UADP and JSON over MQTT. Headers are decoded; a publisher
//! is told when it is heard first, and again when its header changes.

mod json;
mod mqtt;
mod uadp;

use std::hash::{DefaultHasher, Hash, Hasher};

pub use mqtt::{Mqtt, probe as probe_mqtt};

use super::decoder::Decoder;
use super::oddity::{anomaly, fault};
use crate::event::{FrameRef, Protocol, PubSubMessage, Session, Side, clean_text};
use crate::protocol::{Output, Parser, Probe};
use uadp::{Header, Publisher};

/// Publishers of one conversation, each with its writers, that are remembered.
const MAX_PUBLISHERS: usize = 64;
/// Characters of a publisher's name.
const MAX_NAME: usize = 256;
/// A sequence number this far ahead is rather one that lies behind.
const HALF: u16 = 0x8000;

/// Datagrams of publishers.
#[derive(Debug, Default)]
pub struct Datagrams {
    publishers: Publishers,
}

/// Whether a datagram is a network message. The sender may be any side: who publishes has no client.
pub fn probe(bytes: &[u8]) -> Probe {
    if uadp::is_certain(bytes) {
        Probe::Certain(None)
    } else if uadp::is_likely(bytes) {
        Probe::Likely(None)
    } else {
        Probe::No
    }
}

impl Parser for Datagrams {
    fn protocol(&self) -> Protocol {
        Protocol::OpcUa
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        self.publishers.uadp(bytes, &Carrier { transport: out.flow.transport.name(), topic: None, from }, &[at], out);
    }

    fn gap(&mut self, _: Side, _: FrameRef, _: u64, _: &mut Output<'_>) {}

    fn end(&mut self, _: &mut Output<'_>) {}
}

/// How a message came.
struct Carrier<'a> {
    transport: &'static str,
    topic: Option<&'a [u8]>,
    from: Side,
}

/// What was heard of each publisher.
#[derive(Debug, Default)]
struct Publishers {
    known: Vec<Known>,
    said_too_many: bool,
}

#[derive(Debug)]
struct Known {
    /// A hash of what stays the same in its headers.
    shape: u64,
    sequence: Option<u16>,
    said_back: bool,
}

impl Publishers {
    fn uadp(&mut self, bytes: &[u8], carrier: &Carrier<'_>, frames: &[FrameRef], out: &mut Output<'_>) {
        let header = match uadp::header(&mut Decoder::new(bytes)) {
            Ok(header) => header,
            Err(why) => {
                out.undecoded(bytes.len());
                return out.anomaly(Protocol::OpcUa, fault(why, "a network message", carrier.from), frames);
            }
        };
        if header.shape.encrypted {
            out.encrypted();
        }
        let shape = hash(&(header.shape, carrier.topic));
        if self.is_new(shape, carrier, frames, out) {
            let message = told(&header, carrier, bytes.len());
            out.session(Protocol::OpcUa, Session::PubSub(message), frames);
        }
        self.follow(shape, header.sequence, carrier.from, frames, out);
    }

    fn json(&mut self, message: PubSubMessage, from: Side, frames: &[FrameRef], out: &mut Output<'_>) {
        let carrier = Carrier { transport: "mqtt", topic: None, from };
        let shape = hash(&PubSubMessage { sequence: None, sent: None, bytes: 0, ..message.clone() });
        if self.is_new(shape, &carrier, frames, out) {
            out.session(Protocol::OpcUa, Session::PubSub(message), frames);
        }
    }

    /// Whether a header was not heard before; it is from now on.
    fn is_new(&mut self, shape: u64, carrier: &Carrier<'_>, frames: &[FrameRef], out: &mut Output<'_>) -> bool {
        if self.known.iter().any(|known| known.shape == shape) {
            return false;
        }
        if self.known.len() < MAX_PUBLISHERS {
            self.known.push(Known { shape, sequence: None, said_back: false });
            return true;
        }
        if !std::mem::replace(&mut self.said_too_many, true) {
            let detail = format!("more than {MAX_PUBLISHERS} publishers; no more of them are told");
            out.anomaly(Protocol::OpcUa, anomaly("publishers_bound_passed", 0, detail, carrier.from), frames);
        }
        false
    }

    /// Sequence numbers go up: one that does not was sent again, or comes late.
    fn follow(&mut self, shape: u64, sequence: Option<u16>, from: Side, frames: &[FrameRef], out: &mut Output<'_>) {
        let Some(now) = sequence else { return };
        let Some(known) = self.known.iter_mut().find(|known| known.shape == shape) else { return };
        let Some(before) = known.sequence.replace(now) else { return };
        let step = now.wrapping_sub(before);
        if (step == 0 || step >= HALF) && !std::mem::replace(&mut known.said_back, true) {
            let detail = format!("network message {now} after {before}");
            out.anomaly(Protocol::OpcUa, anomaly("pubsub_sequence_back", 0, detail, from), frames);
        }
    }
}

/// The same in every run.
fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn told(header: &Header<'_>, carrier: &Carrier<'_>, bytes: usize) -> PubSubMessage {
    let shape = header.shape;
    let publisher = |publisher| match publisher {
        Publisher::Number(number) => number.to_string(),
        Publisher::Text(text) => clean_text(text, MAX_NAME),
    };
    PubSubMessage {
        transport: carrier.transport.into(),
        encoding: "uadp".into(),
        version: shape.version,
        message: shape.kind.name().into(),
        publisher_id: shape.publisher.map(publisher),
        data_set_class: shape.data_set_class.map(|class| class.to_string()),
        writer_group: shape.writer_group,
        group_version: shape.group_version,
        network_message: header.network_message,
        sequence: header.sequence,
        writers: shape.writers.chunks_exact(2).map(|id| u16::from_le_bytes([id[0], id[1]])).collect(),
        sent: header.sent.map(|sent| sent.to_string()).filter(|sent| !sent.is_empty()),
        signed: shape.signed,
        encrypted: shape.encrypted,
        key_id: shape.key,
        topic: carrier.topic.map(|topic| clean_text(topic, MAX_NAME)),
        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
    }
}
