//! Conversations of every protocol in the registry, and those beside control traffic: one byte picks the server's port, then
//! come records of two bytes (who speaks, how much) and what is said.
//!
//! Whatever is said, nothing panics, what a parser calls unreadable was sent, and it tells no more than was said. The same
//! bytes go to whoever gathers files, names and notices, on any port.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use fengsui::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use fengsui::event::{EventKind, FrameRef, Protocol, Side, Timestamp};
use fengsui::flow::{Data, FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};
use fengsui::protocol::{
    Behaviour, Beside, Conversation, Files, HeldFiles, Names, Shared, Sink, beside::serving, registry,
};

/// A port that no protocol claims: there content alone tells.
const UNKNOWN: u16 = 40_404;
/// Of what is read beside control traffic by its port.
const BESIDE: [u16; 14] = [21, 23, 53, 67, 69, 80, 137, 139, 161, 443, 445, 3389, 5355, 5900];
const SYN: u8 = 2;
const ACK: u8 = 16;
/// Marks of a record's first byte.
const FROM_SERVER: u8 = 1;
const LOST: u8 = 2;
const DATAGRAM: u8 = 4;
const PAUSE: u8 = 8;
/// Bytes of holes in all files together.
const HOLES: usize = 40 << 20;
/// The length's upper bits.
const LONG: u8 = 0xf0;

pub fn run(input: &[u8]) {
    let Some((pick, mut rest)) = input.split_first() else { return };
    let ports = ports();
    let known = pick & 0x80 != 0;
    let mut wire = Wire::new(ports[usize::from(pick & 0x7f) % ports.len()]);
    let mut heard = Heard { knows_all: known, ..Heard::default() };
    wire.tcp(Side::Client, SYN, &[], &mut heard);
    wire.tcp(Side::Server, SYN | ACK, &[], &mut heard);
    while let Some((&[marks, length], behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(marks & LONG) << 4 | usize::from(length);
        let (bytes, after) = behind.split_at(length.min(behind.len()));
        rest = after;
        wire.record(marks, bytes, &mut heard);
    }
    wire.table.finish(&mut heard);
    assert!(heard.undecoded <= wire.sent, "{} bytes unreadable of {}", heard.undecoded, wire.sent);
    // The shortest message of any protocol has four bytes, and each may tell of itself, of what is wrong with it, of
    // what it carried and of what its peer is; lists of items tell of each.
    assert!(heard.events <= 64 + 8 * wire.sent, "{} events of {} bytes", heard.events, wire.sent);
    assert!(heard.told <= 8 + wire.sent, "{} names and notices of {} bytes", heard.told, wire.sent);
    // A part of a shared file may stand a little behind a hole.
    assert!(heard.carried <= HOLES + wire.sent, "files of {} bytes of {}", heard.carried, wire.sent);
}

/// All that the registry knows and one that it does not; `FENGSUI_FUZZ_PORT` alone where one protocol is to be tried.
fn ports() -> &'static [u16] {
    static PORTS: OnceLock<Vec<u16>> = OnceLock::new();
    PORTS.get_or_init(|| match std::env::var("FENGSUI_FUZZ_PORT") {
        Ok(port) => vec![port.parse().expect("FENGSUI_FUZZ_PORT is a port")],
        Err(_) => registry::server_ports().into_iter().chain([UNKNOWN]).chain(BESIDE).collect(),
    })
}

/// What one conversation is, for each of those who listen.
#[derive(Default)]
struct Spoken {
    conversation: Conversation,
    files: Files,
    names: Names,
    beside: Beside,
}

/// One connection, and datagrams between the same ends.
struct Wire {
    table: FlowTable<Spoken>,
    port: u16,
    sequence: [u32; 2],
    number: u64,
    now: Timestamp,
    sent: usize,
}

impl Wire {
    fn new(port: u16) -> Self {
        let limits = FlowLimits { server_ports: registry::server_ports(), ..FlowLimits::default() };
        let now = Timestamp::from_parts(1_767_254_400, 0);
        Wire { table: FlowTable::new(limits), port, sequence: [1000, 5000], number: 0, now, sent: 0 }
    }

    fn record(&mut self, marks: u8, bytes: &[u8], heard: &mut Heard) {
        let from = if marks & FROM_SERVER == 0 { Side::Client } else { Side::Server };
        if marks & PAUSE != 0 {
            self.now = self.now + std::time::Duration::from_secs(40);
        }
        if marks & DATAGRAM != 0 {
            let transport = match from {
                Side::Client => Transport::Udp { source: 40_000, destination: self.port },
                Side::Server => Transport::Udp { source: self.port, destination: 40_000 },
            };
            self.packet(from, 17, transport, bytes, heard);
        } else if marks & LOST != 0 {
            let end = usize::from(from == Side::Server);
            self.sequence[end] = self.sequence[end].wrapping_add(bytes.len() as u32);
        } else {
            self.tcp(from, ACK, bytes, heard);
        }
    }

    fn tcp(&mut self, from: Side, flags: u8, bytes: &[u8], heard: &mut Heard) {
        let end = usize::from(from == Side::Server);
        let ports = [40_000, self.port];
        let (sequence, acknowledgment) = (self.sequence[end], self.sequence[1 - end]);
        let (source, destination) = (ports[end], ports[1 - end]);
        let flags = TcpFlags(flags);
        let transport = Transport::Tcp(Tcp { source, destination, sequence, acknowledgment, flags, window: 8192 });
        self.sequence[end] = sequence.wrapping_add(bytes.len() as u32 + u32::from(flags.0 & SYN != 0));
        self.packet(from, 6, transport, bytes, heard);
    }

    fn packet(&mut self, from: Side, protocol: u8, transport: Transport, payload: &[u8], heard: &mut Heard) {
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
        self.number += 1;
        self.now = self.now + std::time::Duration::from_millis(10);
        let at = FrameRef { ts: self.now, number: self.number, ..FrameRef::default() };
        self.sent += payload.len();
        self.table.packet(&packet, at, payload.len() as u32 + 54, heard);
    }
}

#[derive(Default)]
struct Heard {
    knows_all: bool,
    events: usize,
    undecoded: usize,
    shared: Shared,
    held_files: HeldFiles,
    /// Names, notices and bytes of files.
    told: usize,
    carried: usize,
}

impl FlowSink<Spoken> for Heard {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, _: &mut Spoken) {}

    fn piece(&mut self, flow: &mut FlowInfo, spoken: &mut Spoken, piece: Piece<'_>) {
        spoken.names.piece(flow, &piece, &mut |_| self.told += 1);
        spoken.beside.piece(flow, &piece, &mut |_| self.told += 1);
        spoken.files.piece(&piece, &mut self.held_files, &mut |file| self.carried += file.artifact.bytes.len());
        if let (Data::Datagram(bytes), Side::Server) = (piece.data, piece.from) {
            let address = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
            self.told += usize::from(serving::datagram(flow.port(Side::Server), address, bytes).is_some());
        }
        spoken.conversation.piece(flow, &piece, self);
    }

    fn ended(&mut self, flow: &mut FlowInfo, spoken: &mut Spoken) {
        spoken.files.end(&mut self.held_files, &mut |file| self.carried += file.artifact.bytes.len());
        spoken.conversation.end(flow, self);
    }
}

impl Sink for Heard {
    fn known(&mut self, _: &FlowInfo, behaviour: &Behaviour<'_>) -> bool {
        self.knows_all && !behaviour.class.always_crosses()
    }

    fn event(&mut self, _: &FlowInfo, _: Protocol, _: EventKind, _: &[FrameRef]) {
        self.events += 1;
    }

    fn undecoded(&mut self, bytes: usize) {
        self.undecoded += bytes;
    }

    fn encrypted(&mut self) {}

    fn shared(&mut self) -> Option<&mut Shared> {
        Some(&mut self.shared)
    }
}
