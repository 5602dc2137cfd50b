//! MQTT (3.1, 3.1.1 and 5.0) as far as it carries PubSub: a connection counts as OPC UA once it publishes a network message.

use super::{Carrier, Publishers, json, uadp};
use crate::event::{FrameRef, Protocol, PubSubMessage, Side, clean_text};
use crate::protocol::{Framing, Output, Parser, Probe, Reader};

/// A packet that is looked at; larger ones are passed over.
const MAX_PACKET: usize = 64 << 10;
/// Characters of a topic.
const MAX_TOPIC: usize = 256;

/// Kinds of packets.
const CONNECT: u8 = 1;
const CONNACK: u8 = 2;
const PUBLISH: u8 = 3;
const AUTH: u8 = 15;
/// Protocol names with their length before them.
const NAMES: [&[u8]; 2] = [b"\x00\x04MQTT", b"\x00\x06MQIsdp"];

/// A connection of which a network message was seen.
#[derive(Debug, Default)]
pub struct Mqtt {
    ways: [Way; 2],
    publishers: Publishers,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    held: Vec<u8>,
    first: FrameRef,
    /// Bytes of a large packet still to come.
    pass: usize,
    /// Packets are found again only where a piece holds nothing else.
    is_lost: bool,
}

/// What a PUBLISH carries.
enum Carried<'a> {
    Uadp(&'a [u8]),
    Json(Box<PubSubMessage>),
}

/// Whether a side publishes network messages: after its first packets, or in the midst of a connection.
pub fn probe(bytes: &[u8]) -> Probe {
    let (mut rest, mut begins) = (bytes, false);
    while let Some(first) = rest.first() {
        let kind = first >> 4;
        match frame(rest) {
            Framing::Message(size) if size <= rest.len() => {
                let (packet, later) = rest.split_at(size);
                begins |= begins_connection(packet);
                if kind == PUBLISH {
                    return if carried(packet).is_some() { Probe::Certain(None) } else { Probe::No };
                }
                if !begins {
                    return Probe::No;
                }
                rest = later;
            }
            Framing::Message(_) | Framing::Need(_) if begins || begins_connection(rest) => return Probe::More,
            _ => return Probe::No,
        }
    }
    if begins { Probe::More } else { Probe::No }
}

fn begins_connection(packet: &[u8]) -> bool {
    match packet {
        [0x10, ..] => {
            let name = body(packet).unwrap_or_default();
            NAMES.iter().any(|wanted| name.iter().zip(*wanted).all(|(byte, wanted)| byte == wanted))
        }
        [first, 2 | 3, 0 | 1, ..] => *first == CONNACK << 4,
        _ => false,
    }
}

/// Where the next packet ends (MQTT 5.0 section 2.1).
fn frame(bytes: &[u8]) -> Framing {
    let [first, rest @ ..] = bytes else { return Framing::Need(2) };
    if !(CONNECT..=AUTH).contains(&(first >> 4)) {
        return Framing::Junk;
    }
    match variable(rest) {
        Some((length, used)) => Framing::Message(1 + used + length),
        None if rest.len() < 4 => Framing::Need(bytes.len() + 1),
        None => Framing::Junk,
    }
}

/// A number of one to four bytes, and how many.
fn variable(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut value = 0;
    for (index, byte) in bytes.iter().take(4).enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((value, index + 1));
        }
    }
    None
}

fn body(packet: &[u8]) -> Option<&[u8]> {
    let (_, used) = variable(packet.get(1..)?)?;
    packet.get(1 + used..)
}

fn topic(packet: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(body(packet)?);
    let length = reader.be16()?;
    reader.take(length.into())
}

/// The network message of a PUBLISH.
fn carried(packet: &[u8]) -> Option<Carried<'_>> {
    let mut reader = Reader::new(body(packet)?);
    let length = reader.be16()?;
    let topic = reader.take(length.into())?;
    if packet.first()? & 6 != 0 {
        let _packet_id = reader.be16()?;
    }
    let payload = reader.rest();
    // Version 5 has properties before the payload.
    let after_properties = variable(payload).and_then(|(length, used)| payload.get(used + length..));
    [Some(payload), after_properties].into_iter().flatten().find_map(|payload| network_message(topic, payload))
}

fn network_message<'a>(topic: &[u8], payload: &'a [u8]) -> Option<Carried<'a>> {
    if let Some(mut message) = json::header(payload) {
        message.topic = Some(clean_text(topic, MAX_TOPIC));
        return Some(Carried::Json(Box::new(message)));
    }
    // Topics of the standard's own tree say what is in them (OPC 10000-14 section 7.3.4.7).
    let is_named = topic.starts_with(b"opcua/uadp/");
    (uadp::is_certain(payload) || is_named && uadp::is_likely(payload)).then_some(Carried::Uadp(payload))
}

impl Parser for Mqtt {
    fn protocol(&self) -> Protocol {
        Protocol::OpcUa
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let way = &mut self.ways[usize::from(from == Side::Server)];
        let Some(bytes) = way.take_in(at, bytes) else { return out.undecoded(bytes.len()) };
        let mut held = bytes;
        loop {
            match frame(&held) {
                Framing::Message(size) if size <= held.len() => {
                    let packet: Vec<u8> = held.drain(..size).collect();
                    publish(&mut self.publishers, &packet, from, &[way.first, at], out);
                    way.first = at;
                }
                Framing::Message(size) if size > MAX_PACKET => {
                    way.pass = size - held.len();
                    held.clear();
                }
                Framing::Junk => {
                    out.undecoded(held.len());
                    way.is_lost = true;
                    held.clear();
                }
                Framing::Message(_) | Framing::Need(_) => break,
            }
            if held.is_empty() {
                break;
            }
        }
        way.held = held;
    }

    fn gap(&mut self, from: Side, _: FrameRef, _: u64, out: &mut Output<'_>) {
        let way = &mut self.ways[usize::from(from == Side::Server)];
        out.undecoded(way.held.len());
        *way = Way { is_lost: true, ..Way::default() };
    }

    fn end(&mut self, _: &mut Output<'_>) {}
}

impl Way {
    /// What is to be read now: what was held, with these bytes behind it; `None` where they belong to nothing.
    fn take_in(&mut self, at: FrameRef, bytes: &[u8]) -> Option<Vec<u8>> {
        if self.is_lost && !is_whole(bytes) {
            return None;
        }
        self.is_lost = false;
        let passed = self.pass.min(bytes.len());
        self.pass -= passed;
        if self.held.is_empty() {
            self.first = at;
        }
        let mut held = std::mem::take(&mut self.held);
        held.extend_from_slice(&bytes[passed..]);
        Some(held)
    }
}

/// Whether bytes are packets and nothing else.
fn is_whole(mut bytes: &[u8]) -> bool {
    while let Framing::Message(size) = frame(bytes) {
        match bytes.get(size..) {
            Some([]) => return true,
            Some(rest) => bytes = rest,
            None => return false,
        }
    }
    false
}

fn publish(publishers: &mut Publishers, packet: &[u8], from: Side, frames: &[FrameRef], out: &mut Output<'_>) {
    if packet.first().is_none_or(|first| first >> 4 != PUBLISH) {
        return;
    }
    match carried(packet) {
        Some(Carried::Uadp(bytes)) => {
            publishers.uadp(bytes, &Carrier { transport: "mqtt", topic: topic(packet), from }, frames, out);
        }
        Some(Carried::Json(message)) => publishers.json(*message, from, frames, out),
        None => {}
    }
}
