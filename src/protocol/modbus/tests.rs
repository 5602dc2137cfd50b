//! Modbus/TCP from segments to events: bytes go through flow table and probing, and every event is kept.

mod framing;
mod functions;
mod pairing;

use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;

use crate::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::event::{
    Anomaly, EventKind, Fact, FrameRef, FunctionKey, ObjectKey, Operation, Protocol, Side, Timestamp, Value,
};
use crate::flow::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use crate::protocol::{Behaviour, Conversation, Sink};

const SYN: u8 = 2;
const ACK: u8 = 16;

/// A message with its MBAP header; function code first in `pdu`.
fn adu(transaction: u16, unit: u8, pdu: &[u8]) -> Vec<u8> {
    let length = u16::try_from(pdu.len() + 1).unwrap();
    [&transaction.to_be_bytes()[..], &[0, 0], &length.to_be_bytes(), &[unit], pdu].concat()
}

/// A TCP connection from 10.0.0.1 to 10.0.0.2, one frame each tenth of a second.
struct Talk {
    table: FlowTable<Conversation>,
    heard: Heard,
    sequence: [u32; 2],
    frame: u64,
    port: u16,
}

/// All that came out of a conversation.
#[derive(Default)]
struct Heard {
    /// Events with the numbers of their frames; the handshake has 1 and 2.
    events: Vec<(EventKind, SmallVec<[u64; 4]>)>,
    /// What the cache of the known was asked for.
    asked: Vec<(FunctionKey, Vec<ObjectKey>)>,
    knows_all: bool,
    undecoded: usize,
    protocol: Option<Protocol>,
}

impl Talk {
    fn new() -> Self {
        Self::to_port(502)
    }

    fn to_port(port: u16) -> Self {
        let mut talk = Self::in_mid_stream(port);
        talk.segment(Side::Client, SYN, &[]);
        talk.segment(Side::Server, SYN | ACK, &[]);
        talk
    }

    /// The capture begins when the connection stands.
    fn in_mid_stream(port: u16) -> Self {
        let limits = FlowLimits { server_ports: vec![502], ..FlowLimits::default() };
        Talk { table: FlowTable::new(limits), heard: Heard::default(), sequence: [1000, 5000], frame: 0, port }
    }

    fn client(self, bytes: impl AsRef<[u8]>) -> Self {
        self.send(Side::Client, bytes.as_ref())
    }

    fn server(self, bytes: impl AsRef<[u8]>) -> Self {
        self.send(Side::Server, bytes.as_ref())
    }

    fn send(mut self, from: Side, bytes: &[u8]) -> Self {
        self.segment(from, ACK, bytes);
        self
    }

    /// So many bytes of one side are lost to the capture.
    fn lost(mut self, from: Side, bytes: u32) -> Self {
        let end = usize::from(from == Side::Server);
        self.sequence[end] = self.sequence[end].wrapping_add(bytes);
        self
    }

    fn wait_seconds(mut self, seconds: u64) -> Self {
        self.frame += seconds * 10;
        self
    }

    fn end(mut self) -> Heard {
        self.table.finish(&mut self.heard);
        self.heard
    }

    fn segment(&mut self, from: Side, flags: u8, payload: &[u8]) {
        let end = usize::from(from == Side::Server);
        let address = |n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let mut ends = [(address(1), 40_000), (address(2), self.port)];
        if from == Side::Server {
            ends.swap(0, 1);
        }
        let [(source, source_port), (destination, destination_port)] = ends;
        let tcp = Tcp {
            source: source_port,
            destination: destination_port,
            sequence: self.sequence[end],
            acknowledgment: self.sequence[1 - end],
            flags: TcpFlags(flags),
            window: 8192,
        };
        let packet = Packet {
            ether_type: 0x0800,
            net: Net::Ip(Ip { source, destination, ttl: 64, protocol: 6, fragment: None }),
            transport: Transport::Tcp(tcp),
            payload,
            ..Packet::default()
        };
        self.frame += 1;
        let ts = Timestamp::from_nanos(self.frame * 100_000_000);
        let at = FrameRef { ts, number: self.frame, ..FrameRef::default() };
        self.table.packet(&packet, at, 60, &mut self.heard);
        let length = payload.len() as u32 + u32::from(flags & SYN != 0);
        self.sequence[end] = self.sequence[end].wrapping_add(length);
    }
}

impl Heard {
    fn operations(&self) -> Vec<&Operation> {
        self.pick(|kind| if let EventKind::Operation(operation) = kind { Some(&**operation) } else { None })
    }

    /// Each operation in a line: unit, function, class, objects with values, outcome.
    fn lines(&self) -> Vec<String> {
        self.operations().into_iter().map(line).collect()
    }

    /// Frames of each operation.
    fn frames(&self) -> Vec<&[u64]> {
        let operations = self.events.iter().filter(|(kind, _)| matches!(kind, EventKind::Operation(_)));
        operations.map(|(_, frames)| frames.as_slice()).collect()
    }

    fn facts(&self) -> Vec<&Fact> {
        self.pick(|kind| if let EventKind::Identity(fact) = kind { Some(&**fact) } else { None })
    }

    fn anomalies(&self) -> Vec<&Anomaly> {
        self.pick(|kind| if let EventKind::Anomaly(anomaly) = kind { Some(&**anomaly) } else { None })
    }

    fn pick<'a, T>(&'a self, pick: impl Fn(&'a EventKind) -> Option<T>) -> Vec<T> {
        self.events.iter().filter_map(|(kind, _)| pick(kind)).collect()
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

impl FlowSink<Conversation> for Heard {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, _: &mut Conversation) {}

    fn piece(&mut self, flow: &mut FlowInfo, conversation: &mut Conversation, piece: Piece<'_>) {
        conversation.piece(flow, &piece, self);
        self.protocol = conversation.protocol();
    }

    fn ended(&mut self, flow: &mut FlowInfo, conversation: &mut Conversation) {
        conversation.end(flow, self);
    }
}

impl Sink for Heard {
    fn known(&mut self, _: &FlowInfo, behaviour: &Behaviour<'_>) -> bool {
        self.asked.push((behaviour.function, behaviour.objects.to_vec()));
        self.knows_all && !behaviour.class.always_crosses()
    }

    fn event(&mut self, _: &FlowInfo, protocol: Protocol, kind: EventKind, frames: &[FrameRef]) {
        assert_eq!(protocol, Protocol::Modbus);
        let mut numbers: SmallVec<[u64; 4]> = frames.iter().map(|frame| frame.number).collect();
        numbers.dedup();
        self.events.push((kind, numbers));
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {
        unreachable!("Modbus/TCP knows no encryption");
    }
}
