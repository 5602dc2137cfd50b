use std::net::IpAddr;

use super::key::FlowKey;
use crate::event::{Endpoint, Ends, FlowId, FlowReport, FlowState, FrameRef, MacAddr, Side, Transport, Vlans};

/// What is known of one conversation beside its bytes.
#[derive(Clone, Debug)]
pub struct FlowInfo {
    pub id: FlowId,
    pub transport: Transport,
    /// What names the protocol where there is no IP.
    pub ether_type: Option<u16>,
    pub vlans: Vlans,
    pub state: FlowState,
    /// The server ever answered.
    pub answered: bool,
    /// It was answered with a reset.
    pub refused: bool,
    /// What is spoken is settled.
    pub identified: bool,
    /// First and latest frame.
    pub first: FrameRef,
    pub last: FrameRef,
    /// How hard the table clings to it.
    pub worth: Worth,
    /// What it was worth before it closed: somebody may go on after all.
    worth_open: Worth,
    ends: [End; 2],
    client: usize,
    direction: DirectionSource,
}

#[derive(Clone, Copy, Debug)]
struct End {
    ip: IpAddr,
    port: u16,
    mac: Option<MacAddr>,
    packets: u64,
    bytes: u64,
    /// Ever sent anything.
    spoke: bool,
    /// Sent something since the last census.
    heard: bool,
}

/// Why we believe to know which side is the client; later ones outweigh earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DirectionSource {
    /// Whoever was seen first.
    FirstSeen,
    /// One port is a server's.
    Port,
    /// The handshake was seen.
    Handshake,
    /// The protocol's own messages: also a server may open the connection.
    Content,
}

/// In which order a full table lets go; the variants' order is the order of eviction.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Worth {
    Closed,
    /// Nobody answered yet.
    Attempt,
    Datagram,
    Stream,
    /// Speaks a control protocol.
    Control,
}

/// Who was heard of a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Census {
    BothSides,
    OneSide,
}

impl Worth {
    pub const ALL: [Worth; 5] = [Worth::Closed, Worth::Attempt, Worth::Datagram, Worth::Stream, Worth::Control];
}

/// Ordered bytes of one direction, or the fact that some are missing.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    pub from: Side,
    /// The frame that carried the bytes, or after which the loss was certain.
    pub at: FrameRef,
    pub data: Data<'a>,
}

#[derive(Clone, Copy, Debug)]
pub enum Data<'a> {
    Stream(&'a [u8]),
    Datagram(&'a [u8]),
    /// So many bytes of the stream were not captured.
    Gap(u64),
}

impl FlowInfo {
    pub(super) fn new(key: &FlowKey, sender: usize, vlans: Vlans, at: FrameRef) -> Self {
        let end = |(ip, port)| End { ip, port, mac: None, packets: 0, bytes: 0, spoke: false, heard: false };
        let transport = key.transport();
        FlowInfo {
            id: flow_id(key, at),
            transport,
            ether_type: key.ether_type(),
            vlans,
            state: FlowState::Attempted,
            answered: false,
            refused: false,
            identified: false,
            first: at,
            last: at,
            worth: Worth::Attempt,
            worth_open: Worth::Attempt,
            ends: key.ends().map(end),
            client: sender,
            direction: DirectionSource::FirstSeen,
        }
    }

    pub fn ends(&self) -> Ends {
        let endpoint = |e: &End| Endpoint { ip: self.with_ip(e), port: e.port, mac: e.mac };
        Ends {
            vlans: self.vlans.clone(),
            client: endpoint(self.end(Side::Client)),
            server: endpoint(self.end(Side::Server)),
        }
    }

    /// Tells the side from others; where the conversation has no IP, it is made of the MAC address.
    pub fn ip(&self, side: Side) -> IpAddr {
        self.end(side).ip
    }

    pub fn real_ip(&self, side: Side) -> Option<IpAddr> {
        self.with_ip(self.end(side))
    }

    pub fn port(&self, side: Side) -> u16 {
        self.end(side).port
    }

    pub fn mac(&self, side: Side) -> Option<MacAddr> {
        self.end(side).mac
    }

    pub fn spoke(&self, side: Side) -> bool {
        self.end(side).spoke
    }

    pub fn direction(&self) -> DirectionSource {
        self.direction
    }

    /// States which side is the client; ignored when something stronger said so before.
    pub fn learn_client(&mut self, is_client: Side, why: DirectionSource) {
        if why < self.direction {
            return;
        }
        if is_client == Side::Server {
            self.client = 1 - self.client;
        }
        self.direction = why;
    }

    /// The conversation so far.
    pub fn report(&self) -> FlowReport {
        let (client, server) = (self.end(Side::Client), self.end(Side::Server));
        FlowReport {
            state: self.state,
            transport: self.transport,
            answered: self.answered,
            refused: self.refused,
            identified: self.identified,
            client_packets: client.packets,
            client_bytes: client.bytes,
            server_packets: server.packets,
            server_bytes: server.bytes,
        }
    }

    /// Which of the two ends plays a side now. Ends are numbered for the flow's life; sides may turn.
    pub fn end_of(&self, side: Side) -> usize {
        if side == Side::Client { self.client } else { 1 - self.client }
    }

    pub fn side_of(&self, end: usize) -> Side {
        if end == self.client { Side::Client } else { Side::Server }
    }

    /// Both sides, or a reset, say that it is over; or somebody goes on although it was. True where this closes it.
    pub(super) fn close(&mut self, over: bool) -> bool {
        let closed = self.worth == Worth::Closed;
        if over && !closed {
            (self.worth_open, self.worth) = (self.worth, Worth::Closed);
        } else if closed && !over && self.state != FlowState::Refused {
            self.worth = self.worth_open;
        }
        over && !closed
    }

    /// Who of a connection with data was heard since the last call: both sides, only one, or `None`.
    pub(super) fn take_census(&mut self) -> Option<Census> {
        let [one, other] = self.ends.each_mut().map(|end| std::mem::take(&mut end.heard));
        if self.transport != Transport::Tcp || !self.answered || !(one || other) {
            return None;
        }
        Some(if one && other { Census::BothSides } else { Census::OneSide })
    }

    /// Counts a frame; true where the sender's MAC address is not the one known of it.
    pub(super) fn count(&mut self, sender: usize, at: FrameRef, wire_len: u32, macs: [Option<MacAddr>; 2]) -> bool {
        self.last = at;
        let [source, destination] = macs;
        let receiver = &mut self.ends[1 - sender];
        if receiver.mac.is_none() {
            // Without IP a group's MAC address is all that names the receivers.
            receiver.mac = destination.filter(|mac| mac.is_host() || self.ether_type.is_some());
        }
        let end = &mut self.ends[sender];
        end.packets += 1;
        end.bytes += u64::from(wire_len);
        end.heard = true;
        let first_word = !end.spoke;
        end.spoke = true;
        let moved = end.mac != source;
        end.mac = source;
        moved || first_word
    }

    fn with_ip(&self, end: &End) -> Option<IpAddr> {
        Some(end.ip).filter(|_| self.ether_type.is_none())
    }

    fn end(&self, side: Side) -> &End {
        &self.ends[self.end_of(side)]
    }
}

/// The same conversation of the same capture has the same name in every run: only its key and first frame go in.
fn flow_id(key: &FlowKey, at: FrameRef) -> FlowId {
    let mut hash = mix(at.ts.nanos() ^ at.number.rotate_left(40));
    for (ip, port) in key.ends() {
        let bits = match ip {
            IpAddr::V4(v4) => u128::from(v4.to_bits()),
            IpAddr::V6(v6) => v6.to_bits(),
        };
        hash = mix(hash ^ (bits as u64));
        hash = mix(hash ^ ((bits >> 64) as u64) ^ u64::from(port));
    }
    let [outer, inner] = key.tags().map(u64::from);
    FlowId(mix(hash ^ u64::from(key.protocol()) ^ outer << 16 ^ inner << 32))
}

/// The finaliser of SplitMix64: every input bit moves every output bit.
const fn mix(x: u64) -> u64 {
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
