//! What single frames say below conversations: who claims which address, what is set by PROFINET DCP, who serves the network.

use std::fmt::Write;

use crate::decode::{Net, Packet, Transport};
use crate::event::{Arp, NetworkService, Notice, Serving};
use crate::protocol::beside::serving;
use crate::protocol::dcp::PROFINET;
use crate::protocol::hosts;

/// Frame id of DCP Get and Set; the service, and the type of a request (IEC 61158-6-10 section 4.3).
const GET_SET: [u8; 2] = [0xfe, 0xfd];
const SET: u8 = 4;
const REQUEST: u8 = 0;
/// Frame id, service, type, transaction, response delay and data length.
const HEADER: usize = 12;
const MAX_BLOCKS: usize = 8;

pub fn of(packet: &Packet<'_>) -> Option<Notice> {
    match packet.net {
        Net::Arp(arp) => Some(Notice::Arp(Arp {
            operation: arp.operation,
            sender_mac: arp.sender_mac,
            sender_ip: arp.sender_ip,
            target_ip: arp.target_ip,
        })),
        Net::None if packet.ether_type == PROFINET => dcp_set(packet.payload),
        Net::None if packet.ether_type == hosts::LLDP => {
            let detail = packet.source_mac.map_or_else(String::new, |mac| mac.to_string());
            Some(Notice::Serves(Serving { what: NetworkService::Neighbour, detail }))
        }
        Net::None => serving::root_bridge(packet.destination_mac, packet.payload).map(Notice::Serves),
        Net::Ip(ip) => match packet.transport {
            Transport::Udp { source, .. } => serving::datagram(source, ip.source, packet.payload).map(Notice::Serves),
            Transport::Icmp(icmp) if icmp.v6 && icmp.kind == serving::ROUTER_ADVERTISEMENT => {
                serving::router(ip.source, packet.datagram).map(Notice::Serves)
            }
            _ => None,
        },
    }
}

fn dcp_set(bytes: &[u8]) -> Option<Notice> {
    let asks = bytes.starts_with(&GET_SET) && bytes.get(2..4) == Some(&[SET, REQUEST]);
    let mut rest = bytes.get(HEADER..).filter(|_| asks)?;
    let mut options = String::new();
    for _ in 0..MAX_BLOCKS {
        let [option, suboption, high, low, ..] = *rest else { break };
        if option == 0 {
            break;
        }
        if !options.is_empty() {
            options.push_str(", ");
        }
        match name(option, suboption) {
            Some(name) => options.push_str(name),
            // Writing to a String does not fail.
            None => drop(write!(options, "{option}/{suboption}")),
        }
        let length = usize::from(u16::from_be_bytes([high, low])).next_multiple_of(2);
        rest = rest.get(4 + length..).unwrap_or_default();
    }
    Some(Notice::DcpSet { options })
}

const fn name(option: u8, suboption: u8) -> Option<&'static str> {
    Some(match (option, suboption) {
        (1, 2) => "ip address",
        (2, 2) => "name of station",
        (5, 1) => "start",
        (5, 2) => "stop",
        (5, 3) => "signal",
        (5, 5) => "factory reset",
        (5, 6) => "reset to factory",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_request_tells_what_it_sets_and_nothing_else_does() {
        let set = b"\xfe\xfd\x04\x00\0\0\0\x01\0\0\0\x0c\x02\x02\0\x06\0\x01evil\x05\x06\0\x02\0\0";
        let told = dcp_set(set);
        assert_eq!(told, Some(Notice::DcpSet { options: "name of station, reset to factory".to_owned() }));
        assert_eq!(dcp_set(b"\xfe\xfd\x03\x00\0\0\0\x01\0\0\0\x02\x02\x02"), None, "get");
        assert_eq!(dcp_set(b"\xfe\xfd\x04\x01\0\0\0\x01\0\0\0\x02\x02\x02"), None, "answer");
        for cut in 0..set.len() {
            dcp_set(&set[..cut]);
        }
    }
}
