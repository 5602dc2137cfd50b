//! What a mirror port carries, counted frame by frame: what `fengsui doctor` judges. Everything is bounded; what is over a
//! bound is counted no more, which changes no share by much.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

use serde::Serialize;

use crate::capture::Frame;
use crate::decode::{self, Duplicates, Ip, Net, Packet, Tcp, Transport};
use crate::event::{MacAddr, Map, Set, Side, Timestamp};
use crate::flow::{FlowInfo, FlowLimits, FlowSink, FlowTable, Piece};

const MAX_CONVERSATIONS: usize = 50_000;
const MAX_HOSTS: usize = 65_536;
const MAX_VLANS: usize = 4096;
/// From so many frames with an acknowledgment on, the other side of a TCP conversation must have answered.
const ENOUGH_ACKS: u32 = 4;

/// Counts frames as they come.
pub struct Survey {
    facts: Facts,
    /// Addresses of the capturing machine: frames to it need no mirror port.
    own: Vec<MacAddr>,
    conversations: Map<Conversation, [u32; 2]>,
    hosts: Set<IpAddr>,
    duplicates: Duplicates,
    /// Puts streams in order, only to see what is missing in them.
    streams: FlowTable<()>,
    swept: Timestamp,
}

/// Both ends, the smaller first.
type Conversation = [(IpAddr, u16); 2];

/// What was counted.
#[derive(Clone, PartialEq, Debug, Default, Serialize)]
pub struct Facts {
    pub frames: u64,
    pub bytes: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
    /// To one machine, and not to the one that captures.
    pub unicast: u64,
    /// To the machine that captures.
    pub to_us: u64,
    /// Broadcast and multicast.
    pub group: u64,
    pub kernel_drops: u64,
    /// Cut by a snap length.
    pub truncated: u64,
    pub undecodable: u64,
    pub copies: u64,
    /// The largest frame; beyond an Ethernet frame's size the network card has joined several.
    pub largest: u32,
    /// Frames by VLAN; 0 stands for those without a tag.
    pub vlans: BTreeMap<u16, u64>,
    /// Machines by network of 256 addresses; of IPv6 by the first 64 bits.
    pub networks: BTreeMap<String, usize>,
    pub protocols: BTreeMap<&'static str, u64>,
    /// TCP conversations of which both directions were seen, and of which one was.
    pub two_sided: usize,
    pub one_sided: usize,
    /// Bytes of TCP that the receiver confirmed, and those of them that never came by here.
    pub acked_bytes: u64,
    pub unseen_bytes: u64,
}

impl Facts {
    /// Of Modbus, S7, OPC UA and their like.
    pub fn speaks_industrial(&self) -> bool {
        INDUSTRIAL.iter().any(|(_, name)| self.protocols.contains_key(name))
            || INDUSTRIAL_TYPES.iter().any(|(_, name)| self.protocols.contains_key(name))
    }

    pub fn seconds(&self) -> f64 {
        self.first.zip(self.last).map_or(0.0, |(first, last)| last.since(first).as_secs_f64())
    }
}

impl Survey {
    pub fn new(own: Vec<MacAddr>) -> Self {
        let limits = FlowLimits { max_flows: MAX_CONVERSATIONS, ..FlowLimits::default() };
        Survey {
            facts: Facts::default(),
            own,
            conversations: Map::default(),
            hosts: Set::default(),
            duplicates: Duplicates::default(),
            streams: FlowTable::new(limits),
            swept: Timestamp::ZERO,
        }
    }

    pub fn frame(&mut self, frame: &Frame<'_>) {
        let mut packet = decode::decode(frame);
        let facts = &mut self.facts;
        facts.frames += 1;
        facts.bytes += u64::from(frame.wire_len);
        facts.first.get_or_insert(frame.at.ts);
        facts.last = Some(facts.last.map_or(frame.at.ts, |last| last.max(frame.at.ts)));
        facts.truncated += u64::from(frame.wire_len as usize > frame.bytes.len());
        facts.undecodable += u64::from(packet.flaw.is_some());
        facts.largest = facts.largest.max(frame.wire_len);
        match packet.destination_mac {
            Some(mac) if mac.is_group() => facts.group += 1,
            Some(mac) if self.own.contains(&mac) => facts.to_us += 1,
            _ => facts.unicast += 1,
        }
        self.vlans(&packet);
        if let Some(name) = protocol(&packet) {
            *self.facts.protocols.entry(name).or_default() += 1;
        }
        if let Net::Ip(ip) = packet.net {
            self.hosts(ip);
            if let Transport::Tcp(tcp) = packet.transport {
                self.conversation(ip, tcp);
            }
        }
        if self.duplicates.is_copy(&mut packet, frame.at.ts) {
            self.facts.copies += 1;
        } else if !packet.is_fragment() {
            self.stream(&packet, frame);
        }
    }

    fn stream(&mut self, packet: &Packet<'_>, frame: &Frame<'_>) {
        self.streams.packet(packet, frame.at, frame.wire_len, &mut Nobody);
        let now = frame.at.ts;
        if now < self.swept || now.since(self.swept).as_secs() > 0 {
            self.swept = now;
            self.streams.sweep(now, &mut Nobody);
        }
    }

    pub fn drops(&mut self, drops: u64) {
        self.facts.kernel_drops += drops;
    }

    pub fn facts(mut self) -> Facts {
        for ip in &self.hosts {
            *self.facts.networks.entry(network(*ip)).or_default() += 1;
        }
        for sides in self.conversations.values() {
            match sides {
                [0, acks] | [acks, 0] => self.facts.one_sided += usize::from(*acks >= ENOUGH_ACKS),
                _ => self.facts.two_sided += 1,
            }
        }
        self.streams.finish(&mut Nobody);
        let stats = self.streams.take_stats();
        (self.facts.acked_bytes, self.facts.unseen_bytes) = (stats.acked_bytes, stats.unseen_bytes);
        self.facts
    }

    fn vlans(&mut self, packet: &Packet<'_>) {
        let vlans = &mut self.facts.vlans;
        let id = packet.vlans.first().copied().unwrap_or(0);
        if vlans.len() < MAX_VLANS || vlans.contains_key(&id) {
            *vlans.entry(id).or_default() += 1;
        }
    }

    fn hosts(&mut self, ip: Ip) {
        for host in [ip.source, ip.destination] {
            let real = !host.is_multicast() && !host.is_unspecified() && host != IpAddr::V4(Ipv4Addr::BROADCAST);
            if real && self.hosts.len() < MAX_HOSTS {
                self.hosts.insert(host);
            }
        }
    }

    /// Only what says that the sender hears the other side: a scan that nobody answers is no fault of the mirror.
    fn conversation(&mut self, ip: Ip, tcp: Tcp) {
        if !tcp.flags.ack() || tcp.flags.rst() {
            return;
        }
        let (from, to) = ((ip.source, tcp.source), (ip.destination, tcp.destination));
        let (key, side) = if from <= to { ([from, to], 0) } else { ([to, from], 1) };
        if self.conversations.len() < MAX_CONVERSATIONS || self.conversations.contains_key(&key) {
            self.conversations.entry(key).or_default()[side] += 1;
        }
    }
}

/// Who wants none of the bytes.
struct Nobody;

impl FlowSink<()> for Nobody {
    fn heard(&mut self, _: &FlowInfo, _: Side) {}

    fn changed(&mut self, _: &mut FlowInfo, (): &mut ()) {}

    fn piece(&mut self, _: &mut FlowInfo, (): &mut (), _: Piece<'_>) {}

    fn ended(&mut self, _: &mut FlowInfo, (): &mut ()) {}
}

fn network(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => format!("{}/64", std::net::Ipv6Addr::from_bits(v6.to_bits() >> 64 << 64)),
    }
}

/// By well-known port: a hint for people, and enough to say what kind of network this is.
const INDUSTRIAL: [(u16, &str); 13] = [
    (502, "Modbus"),
    (102, "S7"),
    (4840, "OPC UA"),
    (44818, "EtherNet/IP"),
    (2222, "EtherNet/IP"),
    (20000, "DNP3"),
    (2404, "IEC 104"),
    (47808, "BACnet"),
    (9600, "FINS"),
    (5007, "MELSEC"),
    (1911, "Fox"),
    (34964, "PROFINET"),
    (789, "Crimson"),
];
const INDUSTRIAL_TYPES: [(u16, &str); 5] =
    [(0x8892, "PROFINET"), (0x88a4, "EtherCAT"), (0x88b8, "GOOSE"), (0x88ba, "Sampled Values"), (0x88ab, "POWERLINK")];
const OFFICE: [(u16, &str); 14] = [
    (80, "HTTP"),
    (443, "HTTPS"),
    (53, "DNS"),
    (5353, "mDNS"),
    (67, "DHCP"),
    (123, "NTP"),
    (161, "SNMP"),
    (22, "SSH"),
    (23, "Telnet"),
    (21, "FTP"),
    (445, "SMB"),
    (137, "NetBIOS"),
    (3389, "RDP"),
    (5900, "VNC"),
];
const OFFICE_TYPES: [(u16, &str); 3] = [(0x0806, "ARP"), (0x88cc, "LLDP"), (0x88e3, "MRP")];

fn protocol(packet: &Packet<'_>) -> Option<&'static str> {
    let ports = match packet.transport {
        Transport::Tcp(tcp) => [tcp.source, tcp.destination],
        Transport::Udp { source, destination } => [source, destination],
        Transport::Icmp(_) => return Some("ICMP"),
        Transport::None => [0, 0],
    };
    let known = |table: &[(u16, &'static str)], number: u16| table.iter().find(|(n, _)| *n == number).map(|(_, n)| *n);
    let by_port = |port: u16| known(&INDUSTRIAL, port).or_else(|| known(&OFFICE, port));
    let by_type = || known(&INDUSTRIAL_TYPES, packet.ether_type).or_else(|| known(&OFFICE_TYPES, packet.ether_type));
    by_port(ports[1]).or_else(|| by_port(ports[0])).or_else(by_type)
}

/// How many networks, VLANs or protocols are named to a person.
pub fn most_of<K: Clone + Ord>(counts: &BTreeMap<K, impl Copy + Ord>, most: usize) -> Vec<K> {
    let mut ranked: Vec<_> = counts.iter().map(|(key, count)| (*count, key.clone())).collect();
    ranked.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    ranked.into_iter().take(most).map(|(_, key)| key).collect()
}
