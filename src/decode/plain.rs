//! The way that nearly all packets take: Ethernet, whole IPv4, TCP or UDP, with nothing odd about them.
//!
//! By etherparse's header slices one after the other, which is a third of the work of slicing whatever a frame may hold.
//! Gives up at the first thing that needs more care, and has touched nothing then; [`super::link`] reads the frame from its
//! beginning.

use std::net::IpAddr;

use etherparse::{EtherType, Ethernet2HeaderSlice, IpNumber, Ipv4HeaderSlice, TcpHeaderSlice, UdpHeaderSlice};

use super::packet::{Ip, Net, Packet, Tcp, TcpFlags, Transport};
use crate::capture::{Frame, LinkType};
use crate::event::MacAddr;

const ETHERNET: usize = 14;

#[inline]
pub(super) fn read<'a>(frame: &Frame<'a>, packet: &mut Packet<'a>) -> Option<()> {
    if frame.link != LinkType::ETHERNET {
        return None;
    }
    let link = Ethernet2HeaderSlice::from_slice(frame.bytes).ok()?;
    if link.ether_type() != EtherType::IPV4 {
        return None;
    }
    let rest = frame.bytes.get(ETHERNET..)?;
    let header = Ipv4HeaderSlice::from_slice(rest).ok()?;
    let datagram = rest.get(..usize::from(header.total_len()))?;
    if header.is_fragmenting_payload() {
        return None;
    }
    let content = datagram.get(header.slice().len()..)?;
    match header.protocol() {
        IpNumber::TCP => tcp(content, packet)?,
        IpNumber::UDP => udp(content, packet)?,
        _ => return None,
    }
    packet.source_mac = Some(MacAddr(link.source()));
    packet.destination_mac = Some(MacAddr(link.destination()));
    packet.ether_type = EtherType::IPV4.0;
    packet.net = Net::Ip(Ip {
        source: IpAddr::V4(header.source_addr()),
        destination: IpAddr::V4(header.destination_addr()),
        ttl: header.ttl(),
        identification: Some(header.identification()),
        protocol: header.protocol().0,
        fragment: None,
    });
    packet.datagram = datagram;
    Some(())
}

#[inline]
fn tcp<'a>(content: &'a [u8], packet: &mut Packet<'a>) -> Option<()> {
    let header = TcpHeaderSlice::from_slice(content).ok()?;
    packet.payload = content.get(header.slice().len()..)?;
    packet.transport = Transport::Tcp(Tcp {
        source: header.source_port(),
        destination: header.destination_port(),
        sequence: header.sequence_number(),
        acknowledgment: header.acknowledgment_number(),
        flags: TcpFlags(header.slice()[13]),
        window: header.window_size(),
    });
    Some(())
}

#[inline]
fn udp<'a>(content: &'a [u8], packet: &mut Packet<'a>) -> Option<()> {
    let header = UdpHeaderSlice::from_slice(content).ok()?;
    let length = usize::from(header.length());
    // Zero stands for whatever there is; that and lies are for the careful way.
    packet.payload = content.get(header.slice().len()..length)?;
    packet.transport = Transport::Udp { source: header.source_port(), destination: header.destination_port() };
    Some(())
}
