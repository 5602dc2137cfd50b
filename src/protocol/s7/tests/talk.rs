//! A conversation for tests: bytes go through flow table and probing, and every event is kept.

use std::net::{IpAddr, Ipv4Addr};

use crate::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::event::{
    Anomaly, Artifact, CotpConnect, EventKind, Fact, FrameRef, FunctionKey, ObjectKey, Operation, Protocol, S7Setup,
    Session, Side, Timestamp,
};
use crate::flow::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use crate::protocol::{Behaviour, Conversation, Sink};

const SYN: u8 = 2;
const ACK: u8 = 16;

/// A TCP connection to port 102 of which every byte is seen.
pub struct Talk {
    table: FlowTable<Conversation>,
    pub heard: Heard,
    sequence: [u32; 2],
    frame: u64,
    server_port: u16,
}

/// All that came out of a conversation.
#[derive(Default)]
pub struct Heard {
    pub events: Vec<(Protocol, EventKind)>,
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
    pub fn new() -> Self {
        Self::to_port(102)
    }

    pub fn to_port(server_port: u16) -> Self {
        let limits = FlowLimits { server_ports: vec![102], ..FlowLimits::default() };
        let mut talk = Talk {
            table: FlowTable::new(limits),
            heard: Heard::default(),
            sequence: [1000, 5000],
            frame: 0,
            server_port,
        };
        talk.segment(Side::Client, SYN, &[]);
        talk.segment(Side::Server, SYN | ACK, &[]);
        talk
    }

    pub fn client(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.segment(Side::Client, ACK, bytes.as_ref());
        self
    }

    pub fn server(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.segment(Side::Server, ACK, bytes.as_ref());
        self
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
        let address = |n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let mut ends = [(address(1), 40_000), (address(2), self.server_port)];
        let (sequence, acknowledgment) = (self.sequence[end], self.sequence[1 - end]);
        if from == Side::Server {
            ends.swap(0, 1);
        }
        let [(source, source_port), (destination, destination_port)] = ends;
        let packet = Packet {
            ether_type: 0x0800,
            net: Net::Ip(Ip { source, destination, ttl: 64, protocol: 6, fragment: None }),
            transport: Transport::Tcp(Tcp {
                source: source_port,
                destination: destination_port,
                sequence,
                acknowledgment,
                flags: TcpFlags(flags),
                window: 8192,
            }),
            payload: bytes,
            ..Packet::default()
        };
        self.frame += 1;
        // A tenth of a second between frames.
        let at =
            FrameRef { ts: Timestamp::from_nanos(self.frame * 100_000_000), number: self.frame, ..FrameRef::default() };
        self.table.packet(&packet, at, 60, &mut self.heard);
        let length = bytes.len() as u32 + u32::from(flags & SYN != 0);
        self.sequence[end] = sequence.wrapping_add(length);
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

    pub fn artifacts(&self) -> Vec<&Artifact> {
        self.pick(|kind| if let EventKind::Artifact(artifact) = kind { Some(&**artifact) } else { None })
    }

    pub fn connects(&self) -> Vec<&CotpConnect> {
        self.sessions()
            .into_iter()
            .filter_map(|s| if let Session::CotpConnect(c) = s { Some(c) } else { None })
            .collect()
    }

    pub fn setups(&self) -> Vec<&S7Setup> {
        self.sessions().into_iter().filter_map(|s| if let Session::S7Setup(s) = s { Some(s) } else { None }).collect()
    }

    pub fn pick_sessions<T>(&self, pick: impl Fn(&Session) -> Option<T>) -> Vec<T> {
        self.sessions().into_iter().filter_map(pick).collect()
    }

    fn sessions(&self) -> Vec<&Session> {
        self.pick(|kind| if let EventKind::Session(session) = kind { Some(&**session) } else { None })
    }

    fn pick<'a, T>(&'a self, pick: impl Fn(&'a EventKind) -> Option<T>) -> Vec<T> {
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

    fn event(&mut self, _: &FlowInfo, protocol: Protocol, kind: EventKind, _: &[FrameRef]) {
        self.events.push((protocol, kind));
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {
        self.encrypted += 1;
    }
}
