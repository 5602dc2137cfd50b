use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::decode::{Ip, Packet, Transport};
use crate::event::{self, MacAddr};

/// A conversation's addresses, the same whichever side sent the packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct FlowKey {
    /// The lower (address, port) pair first.
    pub low: (IpAddr, u16),
    pub high: (IpAddr, u16),
    /// The two outermost tags; further ones are folded into the second. Zero where tags are not to tell networks apart.
    pub vlans: [u16; 2],
    /// IANA protocol number; [`FlowKey::ARP`] for ARP, else without IP the EtherType.
    pub protocol: u16,
}

/// In few whole words: this runs for every packet.
impl Hash for FlowKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match (self.low.0, self.high.0) {
            (IpAddr::V4(low), IpAddr::V4(high)) => {
                state.write_u64(u64::from(low.to_bits()) << 32 | u64::from(high.to_bits()));
            }
            (low, high) => {
                state.write_u128(wide(low));
                state.write_u128(wide(high));
            }
        }
        state.write_u64(
            u64::from(self.low.1) << 48
                | u64::from(self.high.1) << 32
                | u64::from(self.vlans[0]) << 16
                | u64::from(self.vlans[1]),
        );
        state.write_u16(self.protocol);
    }
}

/// Address and port as one number.
fn whole(ip: Ipv4Addr, port: u16) -> u64 {
    u64::from(ip.to_bits()) << 16 | u64::from(port)
}

fn wide(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
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

    pub fn between(from: (IpAddr, u16), to: (IpAddr, u16), protocol: u16, vlans: [u16; 2]) -> (FlowKey, usize) {
        let in_order = match (from.0, to.0) {
            (IpAddr::V4(a), IpAddr::V4(b)) => whole(a, from.1) <= whole(b, to.1),
            _ => from <= to,
        };
        if in_order {
            (FlowKey { low: from, high: to, vlans, protocol }, 0)
        } else {
            (FlowKey { low: to, high: from, vlans, protocol }, 1)
        }
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
