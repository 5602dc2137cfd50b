//! The short way must see what the careful one sees.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use crate::capture::{Frame, LinkType};
use crate::decode::{Packet, link, plain};
use crate::event::FrameRef;

fn frame(bytes: &[u8], wire_len: usize) -> Frame<'_> {
    let wire_len = u32::try_from(wire_len).unwrap();
    Frame { at: FrameRef::default(), link: LinkType::ETHERNET, wire_len, vlan: None, bytes }
}

fn segment(udp: bool, payload: &[u8]) -> Vec<u8> {
    let ip = PacketBuilder::ethernet2([2; 6], [4; 6]).ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64);
    let mut bytes = Vec::new();
    match udp {
        true => ip.udp(40_000, 4840).write(&mut bytes, payload).unwrap(),
        false => ip.tcp(40_000, 502, 1, 1024).write(&mut bytes, payload).unwrap(),
    }
    bytes
}

#[test]
fn ordinary_packets_take_the_short_way() {
    for udp in [false, true] {
        let bytes = segment(udp, b"12345678");
        let mut packet = Packet::default();
        plain::read(&frame(&bytes, bytes.len()), &mut packet).unwrap();
        assert_eq!(packet.payload, b"12345678");
    }
}

proptest! {
    /// Damaged, cut and padded in any way.
    #[test]
    fn both_ways_agree(
        udp in any::<bool>(),
        payload in prop::collection::vec(any::<u8>(), 0..40),
        damage in prop::collection::vec((0..90usize, any::<u8>()), 0..4),
        cut in 0..100usize,
        padding in 0..8usize,
        beyond in 0..50usize,
    ) {
        let mut bytes = segment(udp, &payload);
        bytes.extend(std::iter::repeat_n(0, padding));
        for (place, value) in damage {
            if let Some(byte) = bytes.get_mut(place) {
                *byte = value;
            }
        }
        bytes.truncate(bytes.len().saturating_sub(cut.saturating_sub(60)));
        let frame = frame(&bytes, bytes.len() + beyond);
        let [mut short, mut careful] = [Packet::empty(&frame), Packet::empty(&frame)];
        if plain::read(&frame, &mut short).is_some() {
            link::read(&frame, &mut careful);
            prop_assert_eq!(format!("{short:?}"), format!("{careful:?}"));
        } else {
            prop_assert_eq!(format!("{short:?}"), format!("{:?}", Packet::empty(&frame)), "given up halfway");
        }
    }
}
