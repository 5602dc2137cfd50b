use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::decode::{Ip, Packet, Transport};
use crate::event::{self, MacAddr};

/// A conversation's addresses, the same whichever side sent the packet.
///
/// It is made and looked for with every packet, and so it is few whole numbers: a processor waits when bytes that were written in
/// pieces, as those of an [`IpAddr`] are, are read back as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowKey {
    /// The port of the lower end, that of the higher one and two tags, 16 bits each.
    ports_and_tags: u64,
    /// IANA protocol number; [`FlowKey::ARP`] for ARP, else without IP the EtherType.
    protocol: u16,
    hosts: Hosts,
}

/// The address of the end with the lower (address, port) pair, then the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Hosts {
    V4(u64),
    V6([u64; 4]),
}

impl Hosts {
    fn wide(low: IpAddr, high: IpAddr) -> Self {
        let [low, high] = [low, high].map(|ip| match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
            IpAddr::V6(v6) => v6.to_bits(),
        });
        Hosts::V6([(low >> 64) as u64, low as u64, (high >> 64) as u64, high as u64])
    }

    fn ips(self) -> [IpAddr; 2] {
        match self {
            Hosts::V4(both) => [(both >> 32) as u32, both as u32].map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits))),
            Hosts::V6([a, b, c, d]) => [(a, b), (c, d)]
                .map(|(top, rest)| IpAddr::V6(Ipv6Addr::from_bits(u128::from(top) << 64 | u128::from(rest)))),
        }
    }
}

impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match self.hosts {
            Hosts::V4(both) => state.write_u64(both),
            Hosts::V6(parts) => parts.into_iter().for_each(|part| state.write_u64(part)),
        }
        state.write_u64(self.ports_and_tags);
        state.write_u16(self.protocol);
    }
}

/// Address and port as one number.
fn whole(ip: Ipv4Addr, port: u16) -> u64 {
    u64::from(ip.to_bits()) << 16 | u64::from(port)
}

/// The link-local address that a MAC address makes (RFC 4291 appendix A): only to tell ends without IP apart.
fn stand_in(MacAddr([a, b, c, d, e, f]): MacAddr) -> IpAddr {
    let [high, low] = [[a ^ 2, b, c, 0xff], [0xfe, d, e, f]].map(u32::from_be_bytes);
    IpAddr::V6(Ipv6Addr::from_bits(0xfe80 << 112 | u128::from(high) << 32 | u128::from(low)))
}

impl FlowKey {
    /// Beyond the range of IP protocol numbers.
    pub const ARP: u16 = 0x100;
    /// Below it the field of a frame's type holds a length (IEEE 802.3 section 3.2.6).
    const FIRST_ETHER_TYPE: u16 = 0x600;

    /// The key of an IP packet, and which of its two ends sent it: 0 is `low`.
    #[inline]
    pub fn of(packet: &Packet<'_>, ip: &Ip, by_vlan: bool) -> (FlowKey, usize) {
        let (source, destination) = match packet.transport {
            Transport::Tcp(tcp) => (tcp.source, tcp.destination),
            Transport::Udp { source, destination } => (source, destination),
            Transport::Icmp(_) | Transport::None => (0, 0),
        };
        let vlans = Self::vlans(packet, by_vlan);
        Self::between((ip.source, source), (ip.destination, destination), u16::from(ip.protocol), vlans)
    }

    /// The key of a packet without IP.
    pub fn of_frame(packet: &Packet<'_>, by_vlan: bool) -> (FlowKey, usize) {
        let [source, destination] =
            [packet.source_mac, packet.destination_mac].map(|mac| (stand_in(mac.unwrap_or_default()), 0));
        Self::between(source, destination, packet.ether_type, Self::vlans(packet, by_vlan))
    }

    pub fn vlans(packet: &Packet<'_>, by_vlan: bool) -> [u16; 2] {
        match packet.vlans.as_slice() {
            [] => [0, 0],
            _ if !by_vlan => [0, 0],
            [only] => [*only, 0],
            [outer, inner, further @ ..] => [*outer, further.iter().fold(*inner, |all, tag| all.rotate_left(5) ^ tag)],
        }
    }

    #[inline]
    pub fn between(from: (IpAddr, u16), to: (IpAddr, u16), protocol: u16, vlans: [u16; 2]) -> (FlowKey, usize) {
        let tags = u64::from(vlans[0]) << 16 | u64::from(vlans[1]);
        let ports_and_tags = |low: u64, high: u64| low << 48 | high << 32 | tags;
        if let (IpAddr::V4(source), IpAddr::V4(destination)) = (from.0, to.0) {
            let (from, to) = (whole(source, from.1), whole(destination, to.1));
            let (low, high) = (from.min(to), from.max(to));
            let hosts = Hosts::V4((low >> 16) << 32 | high >> 16);
            let ports_and_tags = ports_and_tags(low & 0xffff, high & 0xffff);
            return (FlowKey { ports_and_tags, protocol, hosts }, usize::from(from > to));
        }
        let is_turned = from > to;
        let (low, high) = if is_turned { (to, from) } else { (from, to) };
        let ports_and_tags = ports_and_tags(low.1.into(), high.1.into());
        (FlowKey { ports_and_tags, protocol, hosts: Hosts::wide(low.0, high.0) }, usize::from(is_turned))
    }

    /// Address and port of both ends, the lower one first.
    pub fn ends(&self) -> [(IpAddr, u16); 2] {
        let [low, high] = self.hosts.ips();
        [(low, (self.ports_and_tags >> 48) as u16), (high, (self.ports_and_tags >> 32) as u16)]
    }

    /// The two outermost tags; further ones are folded into the second. Zero where tags are not to tell networks apart.
    pub fn tags(&self) -> [u16; 2] {
        [(self.ports_and_tags >> 16) as u16, self.ports_and_tags as u16]
    }

    pub fn protocol(&self) -> u16 {
        self.protocol
    }

    /// What names the protocol where there is no IP.
    pub fn ether_type(&self) -> Option<u16> {
        Some(self.protocol).filter(|protocol| *protocol >= Self::FIRST_ETHER_TYPE)
    }

    pub fn transport(&self) -> event::Transport {
        match self.protocol {
            6 => event::Transport::Tcp,
            17 => event::Transport::Udp,
            1 | 58 => event::Transport::Icmp,
            Self::ARP => event::Transport::Arp,
            Self::FIRST_ETHER_TYPE.. => event::Transport::Ethernet,
            _ => event::Transport::Ip,
        }
    }
}
