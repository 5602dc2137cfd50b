use std::net::{IpAddr, Ipv4Addr};

use etherparse::err::Layer;
use etherparse::{
    ArpPacketSlice, EtherType, Ipv6ExtensionSlice, LaxIpv6Slice, LaxLinkExtSlice, LaxNetSlice, LaxSlicedPacket,
    LinkSlice, LinuxSllSlice, TransportSlice,
};

use super::inner::PPP;
use super::packet::{Arp, Flaw, Fragment, Icmp, Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::capture::{Frame, LinkType};
use crate::event::MacAddr;

/// The frame's own packet, whatever is in it.
#[inline]
pub(super) fn read<'a>(frame: &Frame<'a>, packet: &mut Packet<'a>) {
    match frame.link {
        LinkType::ETHERNET => packet.take_ethernet(frame, frame.bytes),
        LinkType::LINUX_SLL => packet.take_sll(frame),
        LinkType::LINUX_SLL2 => packet.take_sll2(frame),
        LinkType::NULL | LinkType::LOOP => packet.take_ip(frame, 4),
        LinkType::PPP | LinkType::PPP_HDLC => packet.take_ether_type(frame, PPP, frame.bytes),
        link if link.is_raw() => packet.take_ip(frame, 0),
        _ => packet.stop("link_type", 0),
    }
}

impl<'a> Packet<'a> {
    pub(super) fn empty(frame: &Frame<'a>) -> Self {
        let mut packet = Packet::default();
        if let Some(tag) = frame.vlan {
            packet.vlans.push(tag.id());
        }
        packet
    }

    pub(super) fn stop(&mut self, layer: &'static str, offset: usize) {
        self.flaw = Some(Flaw { layer, offset: u32::try_from(offset).unwrap_or(u32::MAX) });
    }

    pub(super) fn take_ethernet(&mut self, frame: &Frame<'a>, bytes: &'a [u8]) {
        match LaxSlicedPacket::from_ethernet(bytes) {
            Ok(sliced) => self.take(&sliced, frame),
            Err(_) => self.stop("ethernet", offset_in(frame.bytes, bytes)),
        }
    }

    fn take_sll(&mut self, frame: &Frame<'a>) {
        let Ok(sll) = LinuxSllSlice::from_slice(frame.bytes) else { return self.stop("linux_sll", 0) };
        self.source_mac = mac(sll.sender_address());
        // Bytes 14 and 15 are an EtherType for every kind of interface that carries IP.
        let ether_type = u16::from_be_bytes([frame.bytes[14], frame.bytes[15]]);
        self.take_ether_type(frame, ether_type, &frame.bytes[16..]);
    }

    /// LINKTYPE_LINUX_SLL2: EtherType first, address length at 11, address at 12, payload at 20.
    fn take_sll2(&mut self, frame: &Frame<'a>) {
        let Some(header) = frame.bytes.first_chunk::<20>() else { return self.stop("linux_sll2", 0) };
        self.source_mac = (header[11] == 6).then(|| mac(&header[12..18])).flatten();
        self.take_ether_type(frame, u16::from_be_bytes([header[0], header[1]]), &frame.bytes[20..]);
    }

    pub(super) fn take_ether_type(&mut self, frame: &Frame<'a>, ether_type: u16, bytes: &'a [u8]) {
        self.ether_type = ether_type;
        let sliced = LaxSlicedPacket::from_ether_type(EtherType(ether_type), bytes);
        self.take(&sliced, frame);
    }

    pub(super) fn take_ip(&mut self, frame: &Frame<'a>, offset: usize) {
        let Some(bytes) = frame.bytes.get(offset..) else { return self.stop("null", 0) };
        match LaxSlicedPacket::from_ip(bytes) {
            Ok(sliced) => self.take(&sliced, frame),
            Err(_) => self.stop("ip", offset),
        }
    }

    fn take(&mut self, sliced: &LaxSlicedPacket<'a>, frame: &Frame<'a>) {
        if let Some(LinkSlice::Ethernet2(ethernet)) = &sliced.link {
            self.source_mac = Some(MacAddr(ethernet.source()));
            self.destination_mac = Some(MacAddr(ethernet.destination()));
            self.ether_type = ethernet.ether_type().0;
        }
        for extension in &sliced.link_exts {
            if let LaxLinkExtSlice::Vlan(vlan) = extension {
                self.vlans.push(vlan.vlan_identifier().value());
                self.ether_type = vlan.ether_type().0;
            }
        }
        if let Some((_, layer)) = &sliced.stop_err {
            self.stop(layer_name(*layer), 0);
        }
        self.take_net(sliced, frame.bytes);
        // A length that promises more than the wire carried is a lie, not a loss: no receiver takes such a packet.
        let cut_off = frame.wire_len.saturating_sub(u32::try_from(frame.bytes.len()).unwrap_or(u32::MAX));
        self.missing = self.missing.min(cut_off);
        self.take_transport(sliced);
        if let Some(flaw) = &mut self.flaw {
            flaw.offset = u32::try_from(offset_in(frame.bytes, self.payload)).unwrap_or(u32::MAX);
        }
    }

    fn take_net(&mut self, sliced: &LaxSlicedPacket<'a>, whole: &'a [u8]) {
        match &sliced.net {
            None => self.payload = sliced.ether_payload().map_or(&[], |rest| rest.payload),
            Some(LaxNetSlice::Arp(arp)) => self.net = read_arp(arp).map_or(Net::None, Net::Arp),
            Some(LaxNetSlice::Ipv4(ip)) => {
                let header = ip.header();
                self.net = Net::Ip(Ip {
                    source: IpAddr::V4(header.source_addr()),
                    destination: IpAddr::V4(header.destination_addr()),
                    ttl: header.ttl(),
                    identification: Some(header.identification()),
                    protocol: ip.payload().ip_number.0,
                    fragment: ip.payload().fragmented.then(|| Fragment {
                        id: u32::from(header.identification()),
                        offset: header.fragments_offset().value() << 3,
                        more: header.more_fragments(),
                    }),
                });
                self.datagram = span(whole, header.slice(), ip.payload().payload);
                let on_wire = u32::from(header.total_len()).saturating_sub(u32::from(header.ihl()) * 4);
                self.take_ip_payload(ip.payload().payload, on_wire);
            }
            Some(LaxNetSlice::Ipv6(ip)) => {
                let header = ip.header();
                self.net = Net::Ip(Ip {
                    source: IpAddr::V6(header.source_addr()),
                    destination: IpAddr::V6(header.destination_addr()),
                    ttl: header.hop_limit(),
                    identification: None,
                    protocol: ip.payload().ip_number.0,
                    fragment: None,
                });
                self.datagram = span(whole, header.slice(), ip.payload().payload);
                let extensions = u32::try_from(ip.extensions().slice().len()).unwrap_or(0);
                self.take_ip_payload(
                    ip.payload().payload,
                    u32::from(header.payload_length()).saturating_sub(extensions),
                );
                if ip.payload().fragmented {
                    self.take_ipv6_fragment(ip);
                }
            }
        }
    }

    /// What comes after the fragment header is not looked into: in all pieces but the first it is no header.
    fn take_ipv6_fragment(&mut self, ip: &LaxIpv6Slice<'a>) {
        let header = ip.extensions().clone().into_iter().find_map(|extension| match extension {
            Ipv6ExtensionSlice::Fragment(header) if header.is_fragmenting_payload() => Some(header),
            _ => None,
        });
        let (Some(header), Net::Ip(net)) = (header, &mut self.net) else { return };
        net.protocol = header.next_header().0;
        net.fragment = Some(Fragment {
            id: header.identification(),
            offset: header.fragment_offset().value() << 3,
            more: header.more_fragments(),
        });
        let start = offset_in(self.datagram, header.slice()) + header.slice().len();
        self.payload = self.datagram.get(start..).unwrap_or_default();
        self.flaw = None;
    }

    /// `on_wire`: payload bytes by the IP header, zero where a sender left segmentation to its network card.
    fn take_ip_payload(&mut self, payload: &'a [u8], on_wire: u32) {
        self.payload = payload;
        self.missing = on_wire.saturating_sub(u32::try_from(payload.len()).unwrap_or(u32::MAX));
    }

    fn take_transport(&mut self, sliced: &LaxSlicedPacket<'a>) {
        match &sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => {
                self.payload = tcp.payload();
                self.transport = Transport::Tcp(Tcp {
                    source: tcp.source_port(),
                    destination: tcp.destination_port(),
                    sequence: tcp.sequence_number(),
                    acknowledgment: tcp.acknowledgment_number(),
                    flags: TcpFlags(tcp.header_slice()[13]),
                    window: tcp.window_size(),
                });
            }
            Some(TransportSlice::Udp(udp)) => {
                self.payload = udp.payload();
                self.transport = Transport::Udp { source: udp.source_port(), destination: udp.destination_port() };
            }
            Some(TransportSlice::Icmpv4(icmp)) => {
                self.payload = icmp.payload();
                self.transport = Transport::Icmp(Icmp { v6: false, kind: icmp.type_u8(), code: icmp.code_u8() });
            }
            Some(TransportSlice::Icmpv6(icmp)) => {
                self.payload = icmp.payload();
                self.transport = Transport::Icmp(Icmp { v6: true, kind: icmp.type_u8(), code: icmp.code_u8() });
            }
            Some(TransportSlice::Igmp(_)) => {}
            None => self.take_cut_tcp(),
        }
    }

    /// A short snap length may cut a segment within its options: the fixed part of its header is still worth having.
    fn take_cut_tcp(&mut self) {
        let cut = self.missing > 0 && self.flaw.is_some_and(|flaw| flaw.layer == "tcp");
        let Some(header) = self.payload.first_chunk::<20>().filter(|_| cut) else { return };
        let be16 = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let be32 = |at: usize| u32::from(be16(at)) << 16 | u32::from(be16(at + 2));
        let length = usize::from(header[12] >> 4) * 4;
        let cut_options = length.saturating_sub(self.payload.len());
        self.missing = self.missing.saturating_sub(u32::try_from(cut_options).unwrap_or(u32::MAX));
        self.payload = &self.payload[self.payload.len()..];
        self.transport = Transport::Tcp(Tcp {
            source: be16(0),
            destination: be16(2),
            sequence: be32(4),
            acknowledgment: be32(8),
            flags: TcpFlags(header[13]),
            window: be16(14),
        });
    }
}

fn mac(bytes: &[u8]) -> Option<MacAddr> {
    <[u8; 6]>::try_from(bytes).ok().map(MacAddr)
}

fn read_arp(arp: &ArpPacketSlice<'_>) -> Option<Arp> {
    let ip = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from);
    Some(Arp {
        operation: arp.operation().0,
        sender_mac: mac(arp.sender_hw_addr())?,
        sender_ip: ip(arp.sender_protocol_addr())?,
        target_mac: mac(arp.target_hw_addr())?,
        target_ip: ip(arp.target_protocol_addr())?,
    })
}

/// Where `part` begins in `whole`; both are views of the same buffer. Zero for what is no part of it.
pub(super) fn offset_in(whole: &[u8], part: &[u8]) -> usize {
    let offset = (part.as_ptr() as usize).wrapping_sub(whole.as_ptr() as usize);
    if offset <= whole.len() { offset } else { 0 }
}

/// From the beginning of one part to the end of a later one.
fn span<'a>(whole: &'a [u8], first: &[u8], last: &[u8]) -> &'a [u8] {
    let (start, end) = (offset_in(whole, first), offset_in(whole, last) + last.len());
    whole.get(start..end).unwrap_or_default()
}

fn layer_name(layer: Layer) -> &'static str {
    match layer {
        Layer::VlanHeader => "vlan",
        Layer::IpHeader | Layer::IpAuthHeader => "ip",
        Layer::Ipv4Header | Layer::Ipv4Packet => "ipv4",
        Layer::Ipv6Header | Layer::Ipv6Packet | Layer::Ipv6ExtHeader | Layer::Ipv6HopByHopHeader => "ipv6",
        Layer::UdpHeader | Layer::UdpPayload => "udp",
        Layer::TcpHeader => "tcp",
        Layer::Icmpv4 | Layer::Icmpv4Timestamp | Layer::Icmpv4TimestampReply => "icmp",
        Layer::Icmpv6 => "icmpv6",
        Layer::Arp => "arp",
        _ => "ethernet",
    }
}

#[cfg(test)]
mod tests {
    use super::super::decode;
    use super::*;
    use crate::event::FrameRef;

    /// A TCP segment with a payload of eight bytes.
    fn segment() -> Vec<u8> {
        let packet = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let mut bytes = Vec::new();
        packet.tcp(40_000, 502, 1, 1024).write(&mut bytes, b"12345678").unwrap();
        bytes
    }

    fn payload_and_missing(bytes: &[u8], wire_len: usize) -> (&[u8], u32) {
        let wire_len = u32::try_from(wire_len).unwrap();
        let packet = decode(&Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan: None, bytes });
        (packet.payload, packet.missing)
    }

    #[test]
    fn what_a_snap_length_cut_off_is_counted() {
        let whole = segment();
        assert_eq!(payload_and_missing(&whole, whole.len()), (&b"12345678"[..], 0));
        assert_eq!(payload_and_missing(&whole[..whole.len() - 3], whole.len()), (&b"12345"[..], 3));
    }

    #[test]
    fn a_segment_cut_within_its_options_is_still_a_segment() {
        let packet = etherparse::PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
        let packet = packet.tcp(40_000, 502, 7, 1024).options_raw(&[1; 12]).unwrap();
        let mut bytes = Vec::new();
        packet.write(&mut bytes, b"12345678").unwrap();
        let wire_len = u32::try_from(bytes.len()).unwrap();
        let bytes = &bytes[..14 + 20 + 22];
        let frame = Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan: None, bytes };
        let packet = decode(&frame);
        let Transport::Tcp(tcp) = packet.transport else { panic!("{packet:?}") };
        assert_eq!((tcp.source, tcp.destination, tcp.sequence), (40_000, 502, 7));
        assert_eq!((packet.payload, packet.missing, packet.flaw.map(|flaw| flaw.layer)), (&b""[..], 8, Some("tcp")));
    }

    #[test]
    fn a_length_that_promises_more_than_the_wire_carried_hides_nothing_behind_it() {
        let mut lying = segment();
        // Total length of the IPv4 header.
        lying[16..18].copy_from_slice(&60_000u16.to_be_bytes());
        assert_eq!(payload_and_missing(&lying, lying.len()), (&b"12345678"[..], 0));
    }

    #[test]
    fn padding_of_the_link_is_no_payload() {
        let mut padded = segment();
        padded.extend([0; 6]);
        assert_eq!(payload_and_missing(&padded, padded.len()), (&b"12345678"[..], 0));
    }
}
