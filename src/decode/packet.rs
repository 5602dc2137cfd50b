use std::net::{IpAddr, Ipv4Addr};

use smallvec::SmallVec;

use crate::event::{MacAddr, Vlans};

/// One frame taken apart, borrowed from the capture buffer. Of a frame that carries another packet in a tunnel all but
/// `vlans` and `tunnels` tells of the innermost packet.
#[derive(Clone, Debug, Default)]
pub struct Packet<'a> {
    /// `None` on links without addresses and for a packet out of an IP tunnel that carries no Ethernet: the frame's
    /// addresses are those of the tunnel's ends.
    pub source_mac: Option<MacAddr>,
    pub destination_mac: Option<MacAddr>,
    /// From the outermost tag inwards: first the frame's own, then those of a frame in a tunnel. Together they name the
    /// network that the packet belongs to.
    pub vlans: Vlans,
    /// What was wrapped around the packet, from the outermost inwards.
    pub tunnels: Tunnels,
    pub ether_type: u16,
    pub net: Net,
    pub transport: Transport,
    /// The IP packet from its header to its end, as far as captured; empty without one.
    pub datagram: &'a [u8],
    /// What the transport carries, without link layer padding; without IP what the EtherType names.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire but not captured (snap length).
    pub missing: u32,
    /// Where and why decoding stopped early.
    pub flaw: Option<Flaw>,
}

impl Packet<'_> {
    /// A piece of a larger IP packet.
    pub const fn is_fragment(&self) -> bool {
        matches!(self.net, Net::Ip(Ip { fragment: Some(_), .. }))
    }
}

/// Seldom more than two, and then on the heap.
pub type Tunnels = SmallVec<[Tunnel; 2]>;

/// One header that was taken off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tunnel {
    pub kind: TunnelKind,
    /// What tells one tunnel of its kind from another: MPLS label, VXLAN or Geneve network, GTP endpoint, GRE key, PPPoE or
    /// ERSPAN session, VNTag's source interface. Zero where the kind has none.
    pub id: u32,
    /// Source and destination of the IP packet that carried it.
    pub ends: Option<(IpAddr, IpAddr)>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum TunnelKind {
    VnTag,
    Mpls,
    Pppoe,
    Ppp,
    /// RFC 2784 and PPTP's version 1.
    Gre,
    /// GRE with Ethernet and a key (RFC 7637).
    Nvgre,
    /// ERSPAN type I, II or III, always in GRE.
    Erspan,
    /// IPv4 in IPv4 or IPv6.
    IpInIp,
    /// IPv6 in IPv4 (6in4) or IPv6.
    Ipv6InIp,
    Vxlan,
    Geneve,
    Gtp,
    Tzsp,
}

impl TunnelKind {
    /// Stable, also the layer of a flaw in such a header.
    pub const fn name(self) -> &'static str {
        match self {
            TunnelKind::VnTag => "vntag",
            TunnelKind::Mpls => "mpls",
            TunnelKind::Pppoe => "pppoe",
            TunnelKind::Ppp => "ppp",
            TunnelKind::Gre => "gre",
            TunnelKind::Nvgre => "nvgre",
            TunnelKind::Erspan => "erspan",
            TunnelKind::IpInIp => "ip_in_ip",
            TunnelKind::Ipv6InIp => "ipv6_in_ip",
            TunnelKind::Vxlan => "vxlan",
            TunnelKind::Geneve => "geneve",
            TunnelKind::Gtp => "gtp",
            TunnelKind::Tzsp => "tzsp",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Net {
    #[default]
    None,
    Arp(Arp),
    Ip(Ip),
}

/// RFC 826 for Ethernet and IPv4.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Arp {
    /// 1 asks, 2 answers.
    pub operation: u16,
    pub sender_mac: MacAddr,
    pub sender_ip: Ipv4Addr,
    pub target_mac: MacAddr,
    pub target_ip: Ipv4Addr,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ip {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub ttl: u8,
    /// The number that its sender gave it; IPv6 has none.
    pub identification: Option<u16>,
    /// IANA protocol number of the payload, after extension headers.
    pub protocol: u8,
    /// A piece of a larger datagram, and `payload` is what it holds of it.
    pub fragment: Option<Fragment>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment {
    pub id: u32,
    /// Bytes before this piece.
    pub offset: u16,
    pub more: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Transport {
    #[default]
    None,
    Tcp(Tcp),
    Udp {
        source: u16,
        destination: u16,
    },
    Icmp(Icmp),
}

/// RFC 9293, the fields that reassembly and detectors need.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Tcp {
    pub source: u16,
    pub destination: u16,
    pub sequence: u32,
    pub acknowledgment: u32,
    pub flags: TcpFlags,
    pub window: u16,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TcpFlags(pub u8);

impl TcpFlags {
    pub const fn fin(self) -> bool {
        self.0 & 1 != 0
    }
    pub const fn syn(self) -> bool {
        self.0 & 2 != 0
    }
    pub const fn rst(self) -> bool {
        self.0 & 4 != 0
    }
    pub const fn ack(self) -> bool {
        self.0 & 16 != 0
    }
}

/// ICMP and ICMPv6: type and code as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Icmp {
    pub v6: bool,
    pub kind: u8,
    pub code: u8,
}

impl Icmp {
    pub const fn is_echo_request(self) -> bool {
        if self.v6 { self.kind == 128 } else { self.kind == 8 }
    }

    pub const fn is_unreachable(self) -> bool {
        if self.v6 { self.kind == 1 } else { self.kind == 3 }
    }
}

/// The layer whose header could not be read, as a stable name: `ethernet`, `vlan`, `ipv4`, `tcp`, `link_type`, a
/// [`TunnelKind::name`] … and `depth` where there is more to open than we open.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flaw {
    pub layer: &'static str,
    /// Bytes from the start of the frame.
    pub offset: u32,
}
