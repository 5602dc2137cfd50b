//! A conversation for the parsers' tests: bytes go through flow table and probing, and every event is kept.
#![allow(dead_code, reason = "each protocol's tests use their own part")]

use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;

use super::{Behaviour, Conversation, Sink, registry};
use crate::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::event::{
    Anomaly, EventKind, Fact, FrameRef, FunctionKey, MacAddr, ObjectKey, Operation, Protocol, Session, Side, Timestamp,
};
use crate::flow::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};

const SYN: u8 = 2;
const ACK: u8 = 16;

/// What a conversation may turn out to be.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The servers' port, as the flow table knows it.
    pub port: u16,
    /// Events may be of these.
    pub protocols: &'static [Protocol],
    pub encrypts: bool,
}

/// A TCP connection from 10.0.0.1 to 10.0.0.2, one frame each tenth of a second.
pub struct Talk {
    table: FlowTable<Conversation>,
    pub heard: Heard,
    sequence: [u32; 2],
    frame: u64,
    server_port: u16,
}

/// All that came out of a conversation.
pub struct Heard {
    setting: Setting,
    pub events: Vec<(Protocol, EventKind)>,
    /// Numbers of the frames of each event; the handshake has 1 and 2.
    pub frames: Vec<SmallVec<[u64; 4]>>,
    /// What the cache of the known was asked for.
    pub asked: Vec<Asked>,
    /// Everything asked for is known.
    pub knows_all: bool,
    pub undecoded: usize,
    pub encrypted: usize,
    pub protocol: Option<Protocol>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    pub unit: u64,
    pub function: FunctionKey,
    pub objects: Vec<ObjectKey>,
}

impl Talk {
    /// Every byte is seen.
    pub fn to_port(setting: Setting, server_port: u16) -> Self {
        let mut talk = Self::in_mid_stream(setting, server_port);
        talk.segment(Side::Client, SYN, &[]);
        talk.segment(Side::Server, SYN | ACK, &[]);
        talk
    }

    /// The capture begins when the connection stands.
    pub fn in_mid_stream(setting: Setting, server_port: u16) -> Self {
        let ether_types = registry::ether_types();
        let limits = FlowLimits { server_ports: vec![setting.port], ether_types, ..FlowLimits::default() };
        let heard = Heard {
            setting,
            events: Vec::new(),
            frames: Vec::new(),
            asked: Vec::new(),
            knows_all: false,
            undecoded: 0,
            encrypted: 0,
            protocol: None,
        };
        Talk { table: FlowTable::new(limits), heard, sequence: [1000, 5000], frame: 0, server_port }
    }

    /// No connection: datagrams alone.
    pub fn datagrams(setting: Setting, server_port: u16) -> Self {
        Self::in_mid_stream(setting, server_port)
    }

    pub fn datagram(mut self, from: Side, bytes: &[u8]) -> Self {
        let mut ports = [40_000, self.server_port];
        if from == Side::Server {
            ports.reverse();
        }
        let [source, destination] = ports;
        self.packet(from, 17, Transport::Udp { source, destination }, bytes);
        self
    }

    /// A frame without IP from one MAC address to a group of them.
    pub fn frame(mut self, ether_type: u16, bytes: &[u8]) -> Self {
        let [source_mac, destination_mac] =
            [[2, 0, 0, 0, 0, 1], [1, 0x5e, 0, 0, 0, 0x16]].map(|mac| Some(MacAddr(mac)));
        let packet = Packet { source_mac, destination_mac, ether_type, payload: bytes, ..Packet::default() };
        self.take(&packet);
        self
    }

    pub fn client(self, bytes: impl AsRef<[u8]>) -> Self {
        self.send(Side::Client, bytes.as_ref())
    }

    pub fn server(self, bytes: impl AsRef<[u8]>) -> Self {
        self.send(Side::Server, bytes.as_ref())
    }

    pub fn send(mut self, from: Side, bytes: &[u8]) -> Self {
        self.segment(from, ACK, bytes);
        self
    }

    /// So many bytes of one side are lost to the capture.
    pub fn lost(mut self, from: Side, bytes: u32) -> Self {
        let end = usize::from(from == Side::Server);
        self.sequence[end] = self.sequence[end].wrapping_add(bytes);
        self
    }

    /// Time passes without a word.
    pub fn wait(mut self, frames: u64) -> Self {
        self.frame += frames;
        self
    }

    pub fn end(mut self) -> Heard {
        self.table.finish(&mut self.heard);
        self.heard
    }

    fn segment(&mut self, from: Side, flags: u8, bytes: &[u8]) {
        let end = usize::from(from == Side::Server);
        let ports = [40_000, self.server_port];
        let (sequence, acknowledgment) = (self.sequence[end], self.sequence[1 - end]);
        let (source, destination) = (ports[end], ports[1 - end]);
        let flags = TcpFlags(flags);
        let tcp = Transport::Tcp(Tcp { source, destination, sequence, acknowledgment, flags, window: 8192 });
        self.packet(from, 6, tcp, bytes);
        let length = bytes.len() as u32 + u32::from(flags.0 & SYN != 0);
        self.sequence[end] = sequence.wrapping_add(length);
    }

    fn packet(&mut self, from: Side, protocol: u8, transport: Transport, payload: &[u8]) {
        let mut ends = [1, 2].map(|n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)));
        if from == Side::Server {
            ends.reverse();
        }
        let [source, destination] = ends;
        let packet = Packet {
            ether_type: 0x0800,
            net: Net::Ip(Ip { source, destination, ttl: 64, identification: None, protocol, fragment: None }),
            transport,
            payload,
            ..Packet::default()
        };
        self.take(&packet);
    }

    fn take(&mut self, packet: &Packet<'_>) {
        self.frame += 1;
        let at =
            FrameRef { ts: Timestamp::from_nanos(self.frame * 100_000_000), number: self.frame, ..FrameRef::default() };
        self.table.packet(packet, at, 60, &mut self.heard);
    }
}

impl Heard {
    pub fn operations(&self) -> Vec<&Operation> {
        self.pick(|kind| if let EventKind::Operation(operation) = kind { Some(&**operation) } else { None })
    }

    /// The only operation.
    pub fn operation(&self) -> &Operation {
        let operations = self.operations();
        assert_eq!(operations.len(), 1, "{operations:#?}");
        operations[0]
    }

    pub fn facts(&self) -> Vec<&Fact> {
        self.pick(|kind| if let EventKind::Identity(fact) = kind { Some(&**fact) } else { None })
    }

    pub fn anomalies(&self) -> Vec<&Anomaly> {
        self.pick(|kind| if let EventKind::Anomaly(anomaly) = kind { Some(&**anomaly) } else { None })
    }

    pub fn pick_sessions<T>(&self, pick: impl Fn(&Session) -> Option<T>) -> Vec<T> {
        self.sessions().into_iter().filter_map(pick).collect()
    }

    pub fn sessions(&self) -> Vec<&Session> {
        self.pick(|kind| if let EventKind::Session(session) = kind { Some(&**session) } else { None })
    }

    pub fn pick<'a, T>(&'a self, pick: impl Fn(&'a EventKind) -> Option<T>) -> Vec<T> {
        self.events.iter().filter_map(|(_, kind)| pick(kind)).collect()
    }
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
        let Behaviour { unit, function, objects, .. } = *behaviour;
        self.asked.push(Asked { unit, function, objects: objects.to_vec() });
        self.knows_all && !behaviour.class.always_crosses()
    }

    fn event(&mut self, _: &FlowInfo, protocol: Protocol, kind: EventKind, frames: &[FrameRef]) {
        assert!(self.setting.protocols.contains(&protocol), "{protocol:?}");
        let mut numbers: SmallVec<[u64; 4]> = frames.iter().map(|frame| frame.number).collect();
        numbers.dedup();
        self.events.push((protocol, kind));
        self.frames.push(numbers);
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {
        assert!(self.setting.encrypts, "this protocol knows no encryption");
        self.encrypted += 1;
    }
}
