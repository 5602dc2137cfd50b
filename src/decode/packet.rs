use std::net::{IpAddr, Ipv4Addr};

use crate::event::{MacAddr, Vlans};

/// One frame taken apart, borrowed from the capture buffer.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    pub source_mac: Option<MacAddr>,
    pub destination_mac: Option<MacAddr>,
    /// From the outermost tag inwards.
    pub vlans: Vlans,
    pub ether_type: u16,
    pub net: Net,
    pub transport: Transport,
    /// What the transport carries, without link layer padding.
    pub payload: &'a [u8],
    /// Payload bytes that were on the wire but not captured (snap length).
    pub missing: u32,
    /// Where and why decoding stopped early.
    pub flaw: Option<Flaw>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Net {
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
    /// IANA protocol number of the payload, after extension headers.
    pub protocol: u8,
    /// A piece of a larger datagram; its transport header may be elsewhere.
    pub fragment: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Transport {
    None,
    Tcp(Tcp),
    Udp { source: u16, destination: u16 },
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

/// The layer whose header could not be read, as a stable name: `ethernet`, `vlan`, `ipv4`, `tcp`, `link_type` …
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Flaw {
    pub layer: &'static str,
    /// Bytes from the start of the frame.
    pub offset: u32,
}
