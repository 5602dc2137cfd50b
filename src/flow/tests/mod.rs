//! The table of conversations: one per pair of ends, bounded, and every one it lets go is counted.
#![allow(clippy::too_many_arguments, reason = "a segment is told by all its numbers")]

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use proptest::prelude::*;

use super::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece, Worth};
use crate::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::event::{FlowId, FlowState, FrameRef, Side, Timestamp, Vlans};

const FIN: u8 = 1;
const SYN: u8 = 2;
const RST: u8 = 4;
const ACK: u8 = 16;

type End = (u8, u16);
const CLIENT: End = (1, 40_000);
const SERVER: End = (2, 502);

/// A table of conversations whose state is what was heard in them.
struct Table {
    table: FlowTable<String>,
    log: Log,
    frame: u64,
    now: Timestamp,
}

#[derive(Default)]
struct Log {
    started: u64,
    states: Vec<FlowState>,
    /// Conversations that ended: server port and what was said.
    ended: Vec<(u16, String)>,
    ids: Vec<FlowId>,
    client: Option<IpAddr>,
}

impl FlowSink<String> for Log {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, flow: &mut FlowInfo, _: &mut String) {
        self.started += u64::from(flow.state == FlowState::Attempted);
        self.states.push(flow.state);
        self.ids.push(flow.id);
        self.client = Some(flow.ip(Side::Client));
    }

    fn piece(&mut self, flow: &mut FlowInfo, said: &mut String, piece: Piece<'_>) {
        if let super::Data::Stream(bytes) | super::Data::Datagram(bytes) = piece.data {
            said.push_str(if piece.from == Side::Client { "<" } else { ">" });
            said.push_str(&String::from_utf8_lossy(bytes));
            // As the room above does once it knows a control protocol.
            if bytes == b"control" {
                flow.worth = Worth::Control;
            }
        }
    }

    fn ended(&mut self, flow: &mut FlowInfo, said: &mut String) {
        self.client = Some(flow.ip(Side::Client));
        self.ended.push((flow.port(Side::Server), std::mem::take(said)));
    }
}

impl Table {
    fn new(max_flows: usize) -> Self {
        Self::with(FlowLimits { max_flows, server_ports: vec![502, 44_818], ..FlowLimits::default() })
    }

    fn with(limits: FlowLimits) -> Self {
        let now = Timestamp::from_parts(1_767_254_400, 0);
        Table { table: FlowTable::new(limits), log: Log::default(), frame: 0, now }
    }

    fn tcp(&mut self, from: End, to: End, flags: u8, sequence: u32, payload: &str) {
        self.tagged(from, to, flags, sequence, payload, &[]);
    }

    fn tagged(&mut self, from: End, to: End, flags: u8, sequence: u32, payload: &str, vlans: &[u16]) {
        let flags = TcpFlags(flags);
        let tcp = Tcp { source: from.1, destination: to.1, sequence, acknowledgment: 0, flags, window: 0 };
        self.packet(from, to, 6, Transport::Tcp(tcp), payload, vlans);
    }

    fn udp(&mut self, from: End, to: End, payload: &str) {
        self.packet(from, to, 17, Transport::Udp { source: from.1, destination: to.1 }, payload, &[]);
    }

    fn packet(&mut self, from: End, to: End, protocol: u8, transport: Transport, payload: &str, vlans: &[u16]) {
        let address = |n| IpAddr::V4(Ipv4Addr::new(10, 0, 0, n));
        let packet = Packet {
            vlans: vlans.iter().copied().collect::<Vlans>(),
            ether_type: 0x0800,
            net: Net::Ip(Ip {
                source: address(from.0),
                destination: address(to.0),
                ttl: 64,
                identification: None,
                protocol,
                fragment: None,
            }),
            transport,
            payload: payload.as_bytes(),
            ..Packet::default()
        };
        self.frame += 1;
        self.now = self.now + Duration::from_millis(1);
        let at = FrameRef { ts: self.now, number: self.frame, ..FrameRef::default() };
        self.table.packet(&packet, at, 60, &mut self.log);
    }

    fn limit_held(&mut self, max_held: usize) {
        *self = Table::with(FlowLimits { max_held, ..FlowLimits::default() });
    }

    /// A connection of which both sides spoke.
    fn connect(&mut self, client: End, server: End) {
        self.tcp(client, server, SYN, 10, "");
        self.tcp(server, client, SYN | ACK, 20, "");
    }

    fn after(&mut self, seconds: u64) {
        self.now = self.now + Duration::from_secs(seconds);
        self.table.sweep(self.now, &mut self.log);
    }

    /// Server ports of conversations that ended so far.
    fn ended(&self) -> Vec<u16> {
        self.log.ended.iter().map(|(port, _)| *port).collect()
    }
}

#[test]
fn both_directions_are_one_conversation_and_the_one_who_connects_is_the_client() {
    for [client, server] in [[CLIENT, SERVER], [SERVER, CLIENT]] {
        let mut t = Table::new(10);
        t.connect(client, server);
        t.tcp(client, server, ACK, 11, "ask");
        t.tcp(server, client, ACK, 21, "answer");
        assert_eq!(t.table.len(), 1);
        assert_eq!(t.log.client, Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, client.0))));
        t.table.finish(&mut t.log);
        assert_eq!(t.log.ended, [(server.1, "<ask>answer".to_owned())]);
        assert!(t.table.is_empty());
    }
}

#[test]
fn other_vlans_ports_and_transports_are_other_conversations() {
    let mut t = Table::new(10);
    for vlans in [&[][..], &[10], &[20], &[10, 20]] {
        t.tagged(CLIENT, SERVER, SYN, 10, "", vlans);
        t.tagged(SERVER, CLIENT, SYN | ACK, 20, "", vlans);
    }
    t.tcp((1, 40_001), SERVER, SYN, 10, "");
    t.udp(CLIENT, SERVER, "x");
    assert_eq!(t.table.len(), 6);
}

/// A mirror that shows the two directions under different tags, or with and without.
#[test]
fn with_tags_left_out_of_the_key_they_part_nobody() {
    let mut t = Table::with(FlowLimits { by_vlan: false, ..FlowLimits::default() });
    t.tagged(CLIENT, SERVER, SYN, 10, "", &[10]);
    t.tagged(SERVER, CLIENT, SYN | ACK, 20, "", &[20]);
    t.tagged(CLIENT, SERVER, ACK, 11, "", &[]);
    assert_eq!(t.table.len(), 1);
}

/// Three tags and more are told apart too.
#[test]
fn a_third_tag_parts_conversations() {
    let mut t = Table::new(10);
    for third in [1, 2] {
        t.tagged(CLIENT, SERVER, SYN, 10, "", &[30, 20, third]);
    }
    assert_eq!(t.table.len(), 2);
}

#[test]
fn without_a_handshake_the_server_s_port_tells_who_asks() {
    let cases = [
        ((1, 40_000), (2, 502), 1, "a known protocol's port"),
        ((1, 502), (2, 40_000), 2, "the same, the server speaks first"),
        ((1, 44_818), (2, 80), 2, "a known port outweighs a low one"),
        ((1, 80), (2, 40_000), 2, "a port below 1024"),
        ((1, 40_000), (2, 50_000), 1, "neither: the first to speak"),
    ];
    for (from, to, client, why) in cases {
        let mut t = Table::new(10);
        t.tcp(from, to, ACK, 10, "x");
        assert_eq!(t.log.client, Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, client))), "{why}");
    }
}

#[test]
fn a_connection_goes_from_attempted_to_established_or_refused() {
    let mut t = Table::new(10);
    t.connect(CLIENT, SERVER);
    t.tcp((1, 40_001), SERVER, SYN, 10, "");
    t.tcp(SERVER, (1, 40_001), RST | ACK, 0, "");
    use FlowState::{Attempted, Established, Refused};
    assert_eq!(t.log.states, [Attempted, Established, Attempted, Refused]);
}

#[test]
fn the_same_ends_connected_anew_are_a_new_conversation() {
    let mut t = Table::new(10);
    t.connect(CLIENT, SERVER);
    t.tcp(CLIENT, SERVER, ACK, 11, "old");
    t.tcp(CLIENT, SERVER, SYN, 77_777, "");
    assert_eq!((t.table.len(), t.ended()), (1, vec![502]));
    assert_ne!(t.log.ids.first(), t.log.ids.last());
}

#[test]
fn a_full_table_lets_the_least_useful_go_first_and_counts_it() {
    let mut t = Table::new(5);
    t.connect((1, 11001), (2, 9001));
    t.tcp((1, 11001), (2, 9001), ACK, 11, "control");
    t.connect((1, 11002), (2, 9002));
    t.udp((1, 11003), (2, 9003), "ask");
    t.udp((2, 9003), (1, 11003), "answer");
    t.tcp((1, 11004), (2, 9004), SYN, 10, "");
    t.connect((1, 11005), (2, 9005));
    t.tcp((1, 11005), (2, 9005), FIN | ACK, 11, "");
    t.tcp((2, 9005), (1, 11005), FIN | ACK, 21, "");
    assert_eq!((t.table.len(), t.ended()), (5, vec![]));
    for port in 0..5 {
        t.connect((3, 2000 + port), (2, 8000));
    }
    // Closed, attempted, datagram; then of the two kinds of streams the one that speaks no control protocol.
    assert_eq!(t.ended(), [9005, 9004, 9003, 9002, 8000]);
    assert_eq!(t.table.len(), 5);
    assert_eq!(t.table.take_evicted(), [1, 1, 1, 2, 0]);
    assert_eq!(t.table.take_evicted(), [0; 5], "counted once");
}

#[test]
fn a_scan_cannot_push_out_the_plant() {
    let mut t = Table::new(10);
    for n in 0..5 {
        t.connect((1, 1000 + n), SERVER);
        t.tcp((1, 1000 + n), SERVER, ACK, 11, "control");
    }
    for port in 0..1000 {
        t.tcp((9, 30_000 + port), (2, port + 1000), SYN, 10, "");
    }
    assert_eq!(t.table.len(), 10);
    assert_eq!(t.table.take_evicted(), [0, 995, 0, 0, 0]);
    assert!(!t.ended().contains(&502));
}

#[test]
fn a_reset_that_did_not_reach_ends_nothing() {
    let mut t = Table::new(10);
    t.connect(CLIENT, SERVER);
    t.tcp(CLIENT, SERVER, ACK, 11, "control");
    t.tcp(CLIENT, SERVER, RST, 2_000_000, "");
    t.after(60);
    assert_eq!(t.ended(), [0; 0], "a number beyond any window");
    t.tcp(CLIENT, SERVER, RST, 18, "");
    t.tcp(CLIENT, SERVER, ACK, 18, "on");
    t.after(60);
    assert_eq!(t.ended(), [0; 0], "a possible one, but both go on");
    t.tcp(CLIENT, SERVER, RST, 20, "");
    t.after(6);
    assert_eq!(t.log.ended, [(502, "<control<on".to_owned())]);
}

#[test]
fn what_all_conversations_hold_is_bounded_and_the_least_useful_let_go_first() {
    let mut t = Table::new(1000);
    t.limit_held(64 << 10);
    let held = "x".repeat(1000);
    t.connect((1, 1000), SERVER);
    t.tcp((1, 1000), SERVER, ACK, 11, "control");
    t.tcp((1, 1000), SERVER, ACK, 28, "after a hole");
    for port in 0..200 {
        t.connect((3, 2000 + port), (2, 8000));
        t.tcp((3, 2000 + port), (2, 8000), ACK, 15, &held);
    }
    let given_up = t.table.take_stats().given_up;
    assert!(given_up > 100_000, "{given_up}");
    t.tcp((1, 1000), SERVER, ACK, 18, "fills hole");
    t.table.finish(&mut t.log);
    let control = t.log.ended.iter().find(|(port, _)| *port == 502).map(|(_, said)| said.as_str());
    assert_eq!(control, Some("<control<fills hole<after a hole"), "it waited on");
}

#[test]
fn the_silent_end_after_a_time_that_depends_on_what_they_are() {
    let mut t = Table::new(10);
    t.tcp((1, 11001), (2, 9001), SYN, 10, "");
    t.udp((1, 11002), (2, 9002), "ask");
    t.udp((2, 9002), (1, 11002), "answer");
    t.connect((1, 11003), (2, 9003));
    t.connect((1, 11004), (2, 9004));
    t.tcp((1, 11004), (2, 9004), ACK, 11, "control");
    t.connect((1, 11005), (2, 9005));
    t.tcp((2, 9005), (1, 11005), RST, 21, "");
    for (seconds, over) in [(6, 9005), (30, 9001), (120, 9002), (3600, 9003), (86_400, 9004)] {
        t.after(seconds);
        assert_eq!(t.ended().last(), Some(&over));
    }
    assert_eq!((t.ended().len(), t.table.take_evicted()), (5, [0; 5]), "none of them for want of room");
}

#[test]
fn a_conversation_that_goes_on_stays() {
    let mut t = Table::new(10);
    t.connect(CLIENT, SERVER);
    for i in 0..10 {
        t.after(3000);
        t.tcp(CLIENT, SERVER, ACK, 11 + i, "x");
    }
    assert_eq!(t.ended(), [0; 0]);
}

#[test]
fn a_clock_set_back_does_not_make_conversations_immortal() {
    let mut t = Table::new(10);
    t.tcp(CLIENT, SERVER, SYN, 10, "");
    t.after(1);
    t.now = Timestamp::from_parts(1_700_000_000, 0);
    t.after(0);
    t.after(31);
    assert_eq!(t.ended(), [502]);
}

proptest! {
    /// Whatever comes, the table keeps its bound, and each conversation that began ends once.
    #[test]
    fn the_bound_holds_and_nothing_is_lost_count_of(
        packets in prop::collection::vec((0u8..6, 0u16..6, 0u8..6, 0u16..6, any::<u8>(), any::<u32>(), 0u64..40), 0..300),
        max in 1usize..12,
    ) {
        let mut t = Table::new(max);
        for (from, from_port, to, to_port, flags, sequence, pause) in packets {
            t.tcp((from, from_port), (to, to_port), flags, sequence, "x");
            prop_assert!(t.table.len() <= max);
            if pause > 30 {
                t.after(pause);
            }
        }
        prop_assert_eq!(t.log.started, (t.log.ended.len() + t.table.len()) as u64);
        t.table.finish(&mut t.log);
        prop_assert_eq!(t.log.started, t.log.ended.len() as u64);
    }
}
