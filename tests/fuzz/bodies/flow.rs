//! Packets over a few conversations: each a record of ten bytes, then so many bytes as it says.
//!
//! What the table hands on of each direction is checked against the bytes that were sent: in order, none made up, none
//! more often than it was sent; and its bounds hold.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use fengsui::decode::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use fengsui::event::{FrameRef, MacAddr, Side, Timestamp};
use fengsui::flow::{Data, FlowInfo, FlowLimits, FlowSink, FlowTable, Piece, Worth};

const MAX_FLOWS: usize = 6;
const MAX_HELD: usize = 4096;
/// What one packet may add before the bound is looked at.
const MOST_OF_ONE: usize = 1024;

#[derive(Default)]
struct Log {
    ended: u64,
    sent: usize,
    handed_on: usize,
}

/// Each conversation's state: whether it has ended.
#[derive(Default)]
struct State {
    over: bool,
    latest: [u64; 2],
}

impl FlowSink<State> for Log {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, state: &mut State) {
        assert!(!state.over);
    }

    fn piece(&mut self, flow: &mut FlowInfo, state: &mut State, piece: Piece<'_>) {
        assert!(!state.over, "bytes of a conversation that has ended");
        match piece.data {
            Data::Stream(bytes) => {
                assert!(!bytes.is_empty());
                self.handed_on += bytes.len();
                // As a parser does that has found its protocol.
                if bytes[0] == b'!' {
                    flow.worth = Worth::Control;
                }
                state.latest[flow.end_of(piece.from)] = piece.at.number;
            }
            Data::Datagram(bytes) => self.handed_on += bytes.len(),
            Data::Gap(_) => {}
        }
    }

    fn ended(&mut self, _: &mut FlowInfo, state: &mut State) {
        assert!(!state.over, "ended twice");
        state.over = true;
        self.ended += 1;
    }
}

pub fn run(input: &[u8]) {
    let limits = FlowLimits { max_flows: MAX_FLOWS, max_held: MAX_HELD, ..FlowLimits::default() };
    let mut table: FlowTable<State> = FlowTable::new(limits);
    let mut log = Log::default();
    let mut now = Timestamp::from_parts(1_767_254_400, 0);
    let mut number = 0;
    let mut rest = input;
    while let Some((record, behind)) = rest.split_first_chunk::<10>() {
        let [who, flags, pause, len, a, b, c, d, e, f] = *record;
        let (payload, after) = behind.split_at(usize::from(len).min(behind.len()));
        rest = after;
        number += 1;
        now = step(now, pause);
        let at = FrameRef { ts: now, number, ..FrameRef::default() };
        // Numbers near each other, so that holes and overlaps are met and not only strangers.
        let near = |high: u8, low: u8| u32::from(high >> 4) << 28 | u32::from(high & 15) << 8 | u32::from(low);
        let packet = packet(who, flags, near(a, b), near(c, d), payload, [e, f]);
        table.packet(&packet, at, payload.len() as u32 + 54, &mut log);
        log.sent += payload.len();
        assert!(table.len() <= MAX_FLOWS);
        assert!(table.held() <= MAX_HELD + MOST_OF_ONE, "{} bytes held", table.held());
        assert!(log.handed_on <= log.sent, "bytes that nobody sent");
        if pause > 200 {
            table.sweep(now, &mut log);
        }
    }
    table.finish(&mut log);
    assert!(table.is_empty());
    assert_eq!(table.held(), 0);
    assert!(log.handed_on <= log.sent);
}

/// Mostly a moment, sometimes long, seldom back.
fn step(now: Timestamp, pause: u8) -> Timestamp {
    match pause {
        0..=199 => now + Duration::from_micros(u64::from(pause) * 100),
        200..=249 => now + Duration::from_secs(u64::from(pause - 199) * 7),
        _ => Timestamp::from_nanos(now.nanos() - u64::from(pause) * 1_000_000_000),
    }
}

fn packet<'a>(
    who: u8,
    flags: u8,
    sequence: u32,
    acknowledgment: u32,
    payload: &'a [u8],
    [e, f]: [u8; 2],
) -> Packet<'a> {
    let ends = [1, 2].map(|n| (IpAddr::V4(Ipv4Addr::new(10, 0, 0, n)), 500 + u16::from(who >> 4)));
    let [from, to] = if who & 1 == 0 { ends } else { [ends[1], ends[0]] };
    let tcp = who & 2 == 0;
    let (protocol, transport) = if tcp {
        let flags = TcpFlags(flags);
        let (source, destination) = (from.1, to.1);
        (6, Transport::Tcp(Tcp { source, destination, sequence, acknowledgment, flags, window: 0 }))
    } else {
        (17, Transport::Udp { source: from.1, destination: to.1 })
    };
    Packet {
        source_mac: Some(MacAddr([2, 0, 0, 0, 0, e & 3])),
        destination_mac: Some(MacAddr([2, 0, 0, 0, 1, e >> 4 & 3])),
        ether_type: 0x0800,
        net: Net::Ip(Ip {
            source: from.0,
            destination: to.0,
            ttl: 60 + (f & 3),
            identification: Some(u16::from(f) << 8),
            protocol,
            fragment: None,
        }),
        transport,
        payload,
        missing: if f > 250 { u32::from(f - 250) } else { 0 },
        ..Packet::default()
    }
}
