use super::super::{MAX_DEPTH, Net, Packet, Transport, TunnelKind, decode};
use super::wire::*;
use crate::capture::{Frame, LinkType, VlanTag};
use crate::event::MacAddr;

/// A frame with the tunnels and tags that a reader should find on it.
struct Case {
    name: &'static str,
    bytes: Vec<u8>,
    tunnels: &'static [(TunnelKind, u32)],
    vlans: &'static [u16],
}

fn case(
    name: &'static str,
    tunnels: &'static [(TunnelKind, u32)],
    vlans: &'static [u16],
    bytes: impl Into<Vec<u8>>,
) -> Case {
    Case { name, bytes: bytes.into(), tunnels, vlans }
}

/// The EtherType of MPLS and a stack entry: label, and whether it is the last.
fn label(label: u32, last: bool, rest: &[u8]) -> Vec<u8> {
    join(&[&(label << 12 | u32::from(last) << 8 | 64).to_be_bytes(), rest])
}

fn gre(flags: u16, carried: u16, optional: &[u8], rest: &[u8]) -> Vec<u8> {
    outer(47, &join(&[&flags.to_be_bytes(), &carried.to_be_bytes(), optional, rest]))
}

/// VLAN 30 and session 5 in ERSPAN's first word.
fn erspan_word(version: u32, flags: u32) -> [u8; 4] {
    (version << 28 | 30 << 16 | flags | 5).to_be_bytes()
}

fn all() -> Vec<Case> {
    use TunnelKind::*;
    let plain = ethernet(0x0800, &packet());
    let tagged = ethernet(0x8100, &tag(10, 0x0800, &packet()));
    let in_udp = |port, header: &[u8], rest: &[u8]| outer(17, &udp(port, &join(&[header, rest])));
    let ppp = join(&[&[0xff, 0x03, 0x00, 0x21], &packet()]);
    let session = u8::try_from(2 + packet().len()).unwrap();
    let gtp = |flags, extra: &[u8], rest: &[u8]| {
        let length = u16::try_from(extra.len() + rest.len()).unwrap().to_be_bytes();
        in_udp(2152, &join(&[&[flags, 0xff], &length, &[0, 0, 0, 77], extra]), rest)
    };
    vec![
        case("plain", &[], &[], plain.clone()),
        case("802.1Q", &[], &[10], tagged.clone()),
        case("802.1ad", &[], &[30, 10], ethernet(0x88a8, &tag(30, 0x8100, &tag(10, 0x0800, &packet())))),
        case("five tags", &[], &[5, 4, 3, 2, 1], {
            let inner = tag(3, 0x8100, &tag(2, 0x8100, &tag(1, 0x0800, &packet())));
            ethernet(0x88a8, &tag(5, 0x9100, &tag(4, 0x8100, &inner)))
        }),
        case("VN-Tag", &[(VnTag, 51)], &[250, 251], {
            let inner = join(&[&[0, 0, 0, 51], &0x8100u16.to_be_bytes(), &tag(251, 0x0800, &packet())]);
            ethernet(0x8100, &tag(250, 0x8926, &inner))
        }),
        case("MPLS", &[(Mpls, 29)], &[], ethernet(0x8847, &label(29, true, &packet()))),
        case("MPLS in a VLAN, two labels", &[(Mpls, 254), (Mpls, 99)], &[7], {
            let stack = label(254, false, &label(99, true, &packet()));
            ethernet(0x8100, &tag(7, 0x8847, &stack))
        }),
        case("MPLS upstream assigned, IPv6", &[(Mpls, 2)], &[], ethernet(0x8848, &label(2, true, &packet_v6()))),
        case("pseudowire with control word", &[(Mpls, 16)], &[10], {
            ethernet(0x8847, &label(16, true, &join(&[&[0, 0, 0, 9], &tagged])))
        }),
        case("pseudowire without control word", &[(Mpls, 16)], &[], ethernet(0x8847, &label(16, true, &plain))),
        case("pseudowire of a station whose address begins with 4", &[(Mpls, 16)], &[], {
            let mut station = plain.clone();
            station[..6].copy_from_slice(&[0x45, 0, 0, 60, 1, 2]);
            ethernet(0x8847, &label(16, true, &station))
        }),
        case("PPPoE", &[(Pppoe, 300), (Ppp, 0)], &[], {
            ethernet(0x8864, &join(&[&[0x11, 0, 1, 44, 0, session], &ppp[2..], b"padding"]))
        }),
        case("GRE", &[(Gre, 0)], &[], gre(0, 0x0800, &[], &packet())),
        case("GRE with all its options", &[(Gre, 9)], &[], {
            gre(0xb000, 0x0800, &[1, 2, 0, 0, 0, 0, 0, 9, 0, 0, 0, 3], &packet())
        }),
        case("GRE with PPP", &[(Gre, 0), (Ppp, 0)], &[], gre(0, 0x880b, &[], &ppp)),
        case("PPTP", &[(Gre, 6), (Ppp, 0)], &[], {
            gre(0x3081, 0x880b, &[0, 64, 0, 6, 0, 0, 0, 1, 0, 0, 0, 1], &join(&[&[0x21], &packet()]))
        }),
        case("GRE with Ethernet", &[(Gre, 0)], &[10], gre(0, 0x6558, &[], &tagged)),
        case("GRE with MPLS", &[(Gre, 0), (Mpls, 21)], &[], gre(0, 0x8847, &[], &label(21, true, &packet()))),
        case("NVGRE", &[(Nvgre, 0x00_1234)], &[], gre(0x2000, 0x6558, &[0, 0x12, 0x34, 0xff], &plain)),
        case("ERSPAN I", &[(Erspan, 0)], &[], gre(0, 0x88be, &[], &plain)),
        case("ERSPAN II, tag taken off", &[(Erspan, 5)], &[30], {
            gre(0x1000, 0x88be, &[0, 0, 0, 1], &join(&[&erspan_word(1, 0), &[0; 4], &plain]))
        }),
        case("ERSPAN II, tag left", &[(Erspan, 5)], &[10], {
            gre(0x1000, 0x88be, &[0, 0, 0, 1], &join(&[&erspan_word(1, 0x1800), &[0; 4], &tagged]))
        }),
        case("ERSPAN III", &[(Erspan, 5)], &[30], {
            gre(0x1000, 0x22eb, &[0, 0, 0, 1], &join(&[&erspan_word(2, 0), &[0; 8], &plain]))
        }),
        case("ERSPAN III with the platform's header and bare IP", &[(Erspan, 5)], &[30], {
            let end = [0, 0, 0, 0, 0, 0, 0x08, 0x01];
            gre(0x1000, 0x22eb, &[0, 0, 0, 1], &join(&[&erspan_word(2, 0), &end, &[0; 8], &packet()]))
        }),
        case("IP in IP", &[(IpInIp, 0)], &[], outer(4, &packet())),
        case("6in4", &[(Ipv6InIp, 0)], &[], outer(41, &packet_v6())),
        case("IPv4 in IPv6", &[(IpInIp, 0)], &[], carrier(0x86dd, &ipv6(4, &packet()))),
        case("VXLAN", &[(Vxlan, 0x00_5001)], &[10], in_udp(4789, &[8, 0, 0, 0, 0, 0x50, 1, 0], &tagged)),
        case("VXLAN on Linux' port with a group policy", &[(Vxlan, 1)], &[], {
            in_udp(8472, &[0x88, 0x48, 0x12, 0x34, 0, 0, 1, 0], &plain)
        }),
        case("Geneve", &[(Geneve, 300)], &[], in_udp(6081, &[0, 0, 0x65, 0x58, 0, 1, 44, 0], &plain)),
        case("Geneve with options, bare IP", &[(Geneve, 300)], &[], {
            in_udp(6081, &[2, 0x40, 0x08, 0x00, 0, 1, 44, 0, 1, 2, 3, 1, 0, 0, 0, 0], &packet())
        }),
        case("GTP-U", &[(Gtp, 77)], &[], gtp(0x30, &[], &packet())),
        case("GTP-U with sequence number", &[(Gtp, 77)], &[], gtp(0x32, &[0, 1, 0, 0xff], &packet())),
        case("GTP-U with two extensions, IPv6", &[(Gtp, 77)], &[], {
            gtp(0x34, &[0, 0, 0, 0x85, 1, 0, 0, 0xc0, 2, 0, 0, 0, 0, 0, 0, 0], &packet_v6())
        }),
        case("TZSP", &[(Tzsp, 0)], &[], in_udp(37008, &[1, 0, 0, 1, 1], &plain)),
        case("TZSP with tags", &[(Tzsp, 0)], &[10], {
            in_udp(37008, &[1, 0, 0, 1, 0, 0x29, 2, 0, 64, 0x3c, 6, 1, 2, 3, 4, 5, 6, 1], &tagged)
        }),
        case("a mirror of a mirror", &[(Vxlan, 1), (Erspan, 5), (Pppoe, 1), (Ppp, 0)], &[30], {
            let pppoe = ethernet(0x8864, &join(&[&[0x11, 0, 0, 1, 0, session], &ppp[2..]]));
            let erspan = gre(0x1000, 0x88be, &[0, 0, 0, 1], &join(&[&erspan_word(1, 0), &[0; 4], &pppoe]));
            in_udp(4789, &[8, 0, 0, 0, 0, 0, 1, 0], &erspan)
        }),
    ]
}

/// The TCP segment that every case carries arrived whole.
fn has_segment(packet: &Packet<'_>) -> bool {
    let Net::Ip(ip) = packet.net else { return false };
    let ends = ip.source == address(CLIENT) && ip.destination == address(SERVER);
    let Transport::Tcp(tcp) = packet.transport else { return false };
    (ends || ip.source.is_ipv6()) && tcp.destination == 502 && packet.payload == PAYLOAD && packet.missing == 0
}

/// The fuzzer begins with these frames, and `tests/shared_link.rs` asks tshark what it sees in them.
#[test]
fn every_encapsulation_is_a_seed_of_the_fuzzer() {
    for Case { name, bytes, .. } in all() {
        check_seed(name, &[&bytes]);
    }
}

#[test]
fn every_encapsulation_is_opened_and_told() {
    for Case { name, bytes, tunnels, vlans } in all() {
        let packet = decode(&frame(&bytes));
        assert!(has_segment(&packet), "{name}: {packet:?}");
        let told: Vec<_> = packet.tunnels.iter().map(|tunnel| (tunnel.kind, tunnel.id)).collect();
        assert_eq!((&told[..], packet.vlans.as_slice(), packet.flaw), (tunnels, vlans, None), "{name}");
    }
}

/// Whatever is cut off: nothing panics, and a packet that cannot be read to its transport says which layer was cut.
#[test]
fn a_frame_cut_at_any_byte_names_its_flaw() {
    for Case { name, bytes, .. } in all() {
        for length in 0..bytes.len() {
            let packet = decode(&cut(&bytes[..length], bytes.len()));
            let read = matches!(packet.transport, Transport::Tcp(_)) && packet.missing > 0;
            // Padding of a short frame is nobody's loss.
            assert!(read || packet.flaw.is_some() || has_segment(&packet), "{name} cut to {length}: {packet:?}");
            let offset = packet.flaw.map_or(0, |flaw| flaw.offset);
            assert!(offset as usize <= length, "{name} cut to {length}: flaw at {offset}");
        }
    }
}

#[test]
fn bytes_that_lie_are_no_reason_to_panic() {
    for Case { name, bytes, .. } in all() {
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut lying = bytes.clone();
                lying[at] = value;
                let packet = decode(&frame(&lying));
                assert!(packet.tunnels.len() <= MAX_DEPTH, "{name}");
            }
        }
    }
}

#[test]
fn what_is_nested_without_end_is_opened_to_a_depth_and_told() {
    let mut tags = packet();
    let mut tunnels = packet();
    let mut labels = label(1, true, &packet());
    for _ in 0..100 {
        tags = tag(1, 0x8100, &tags);
        tunnels = ipv4([CLIENT, SERVER], 4, &tunnels);
        labels = label(1, false, &labels);
    }
    let bombs = [ethernet(0x8100, &tags), ethernet(0x0800, &tunnels), ethernet(0x8847, &labels)];
    for bomb in bombs {
        let packet = decode(&frame(&bomb));
        assert_eq!(packet.flaw.map(|flaw| flaw.layer), Some("depth"));
        assert!(packet.tunnels.len() <= MAX_DEPTH && packet.vlans.len() <= 3 * MAX_DEPTH + 3);
    }
}

/// Anything may be sent to a tunnel's port.
#[test]
fn a_plain_datagram_on_a_tunnels_port_stays_what_it_is() {
    let texts: [&[u8]; 5] = [b"", b"hello", &[0; 64], &[0xff; 64], b"\x08\0\0\0\0\0\x01\0 and then no frame at all"];
    for port in [2152, 4789, 6081, 8472, 37008] {
        for text in texts {
            let bytes = outer(17, &udp(port, text));
            let packet = decode(&frame(&bytes));
            assert_eq!(packet.transport, Transport::Udp { source: 49_999, destination: port });
            assert_eq!((packet.payload, packet.tunnels.len(), packet.flaw), (text, 0, None));
        }
    }
}

/// A tunnel whose inside cannot be read is still a conversation of its two ends.
#[test]
fn a_carrier_stays_visible_where_its_inside_is_broken() {
    let broken = [outer(47, &[0, 0, 8, 0, 0x21, 0, 0]), outer(4, b"no packet"), gre(0, 0x88be, &[], b"no frame")];
    for bytes in broken {
        let packet = decode(&frame(&bytes));
        let Net::Ip(ip) = packet.net else { panic!("{packet:?}") };
        assert_eq!((ip.source, packet.tunnels.len()), (address([192, 0, 2, 1]), 0));
        assert!(packet.flaw.is_some());
    }
    // Nothing is wrong with what we just cannot read.
    let unknown = gre(0, 0x2000, &[], b"Cisco's own");
    assert_eq!(decode(&frame(&unknown)).flaw, None);
}

#[test]
fn addresses_are_those_of_the_stations_not_of_the_tunnels_ends() {
    let macs = |bytes: &[u8]| {
        let packet = decode(&frame(bytes));
        (packet.source_mac, packet.destination_mac)
    };
    let stations = (Some(MacAddr([4; 6])), Some(MacAddr([2; 6])));
    assert_eq!(macs(&gre(0, 0x6558, &[], &ethernet(0x0800, &packet()))), stations);
    assert_eq!(macs(&ethernet(0x8847, &label(29, true, &packet()))), stations);
    assert_eq!(macs(&gre(0, 0x0800, &[], &packet())), (None, None));
    let packet = packet();
    let bytes = outer(4, &packet);
    let ends = decode(&frame(&bytes)).tunnels[0].ends;
    assert_eq!(ends, Some((address([192, 0, 2, 1]), address([192, 0, 2, 2]))));
}

/// The kernel gives the outermost tag beside the bytes.
#[test]
fn a_tag_beside_the_bytes_is_the_outermost() {
    let bytes = ethernet(0x8100, &tag(10, 0x0800, &packet()));
    let vlan = Some(VlanTag { tci: 0x6000 | 30, tpid: 0x88a8 });
    let packet = decode(&Frame { vlan, ..frame(&bytes) });
    assert_eq!(packet.vlans.as_slice(), [30, 10]);
}

/// ERSPAN says when a switch cut the frame: then bytes are missing though the carrier is whole.
#[test]
fn what_the_mirror_cut_off_is_missing() {
    let plain = ethernet(0x0800, &packet());
    let (kept, lost) = plain.split_at(plain.len() - 3);
    let mirrored = |flags| gre(0x1000, 0x88be, &[0, 0, 0, 1], &join(&[&erspan_word(1, flags), &[0; 4], kept]));
    assert_eq!(decode(&frame(&mirrored(0x400))).missing as usize, lost.len());
    assert_eq!(decode(&frame(&mirrored(0))).missing, 0);
}

#[test]
fn serial_links_carry_ppp() {
    let bytes = join(&[&[0xff, 0x03, 0x00, 0x21], &packet()]);
    for link in [LinkType::PPP, LinkType::PPP_HDLC] {
        let packet = decode(&Frame { link, ..frame(&bytes) });
        assert!(has_segment(&packet), "{packet:?}");
    }
}
