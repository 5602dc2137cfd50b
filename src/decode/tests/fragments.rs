use std::time::Duration;

use super::super::{Datagram, Defragmenter, Net, Taken, Transport, TunnelKind, decode};
use super::wire::*;
use crate::event::{FrameRef, Timestamp};

const MORE: u16 = 0x2000;

/// Feeds frames to a defragmenter, a millisecond apart.
#[derive(Default)]
struct Host {
    defragmenter: Defragmenter,
    now: Timestamp,
}

impl Host {
    fn take(&mut self, bytes: &[u8]) -> Taken {
        self.now = self.now + Duration::from_millis(1);
        self.defragmenter.take(&decode(&frame(bytes)), self.now, u32::try_from(bytes.len()).unwrap())
    }

    /// Takes a piece of datagram `id`, `offset` bytes in.
    fn piece(&mut self, id: u16, offset: usize, more: bool, bytes: &[u8]) -> Taken {
        let flags = u16::try_from(offset / 8).unwrap() | if more { MORE } else { 0 };
        self.take(&ethernet(0x0800, &ipv4_piece([CLIENT, SERVER], 6, id, flags, bytes)))
    }

    fn given_up_after(&mut self, seconds: u64) -> u64 {
        self.now = self.now + Duration::from_secs(seconds);
        self.defragmenter.sweep(self.now);
        self.defragmenter.take_given_up()
    }
}

fn payload(taken: &Taken) -> Option<Vec<u8>> {
    let datagram = taken.whole.as_ref()?;
    let packet = datagram.packet(FrameRef::default());
    assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.destination == 502), "{packet:?}");
    Some(packet.payload.to_vec())
}

/// 48 bytes: a TCP header and 28 bytes of payload.
fn segment() -> Vec<u8> {
    tcp(b"abcdefghijklmnopqrstuvwxyz01")
}

#[test]
fn pieces_in_any_order_become_the_datagram() {
    let segment = segment();
    let pieces = [(0, true, &segment[..16]), (16, true, &segment[16..32]), (32, false, &segment[32..])];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut host = Host::default();
        let mut last = None;
        for index in order {
            let (offset, more, bytes) = pieces[index];
            assert!(last.is_none());
            let taken = host.piece(7, offset, more, bytes);
            assert_eq!(taken.fault, None);
            last = payload(&taken);
        }
        assert_eq!(last.as_deref(), Some(&b"abcdefghijklmnopqrstuvwxyz01"[..]), "{order:?}");
        assert_eq!(host.given_up_after(60), 0);
    }
}

#[test]
fn datagrams_of_other_hosts_numbers_and_networks_are_kept_apart() {
    let segment = segment();
    let mut host = Host::default();
    host.piece(7, 0, true, &segment[..16]);
    assert!(host.piece(8, 16, false, &segment[16..]).whole.is_none());
    let elsewhere = ipv4_piece([SERVER, CLIENT], 6, 7, 2, &segment[16..]);
    assert!(host.take(&ethernet(0x0800, &elsewhere)).whole.is_none());
    let tagged = tag(10, 0x0800, &ipv4_piece([CLIENT, SERVER], 6, 7, 2, &segment[16..]));
    assert!(host.take(&ethernet(0x8100, &tagged)).whole.is_none());
    assert!(host.piece(7, 16, false, &segment[16..]).whole.is_some());
}

#[test]
fn of_overlapping_pieces_the_first_wins_and_a_contradiction_is_told() {
    let segment = segment();
    let mut host = Host::default();
    host.piece(7, 0, true, &segment[..24]);
    assert_eq!(host.piece(7, 16, true, &segment[16..32]).fault, None, "the same bytes again");
    let mut other = segment[16..40].to_vec();
    other[10] ^= 0xff;
    assert_eq!(host.piece(7, 16, true, &other).fault, Some("fragment_overlap"));
    let taken = host.piece(7, 40, false, &segment[40..]);
    assert_eq!(payload(&taken).as_deref(), Some(&b"abcdefghijklmnopqrstuvwxyz01"[..]));
}

/// A piece that reaches over several others fills just the holes.
#[test]
fn a_piece_over_others_fills_the_holes() {
    let segment = segment();
    let mut host = Host::default();
    host.piece(7, 8, true, &segment[8..16]);
    host.piece(7, 24, true, &segment[24..32]);
    host.piece(7, 40, false, &segment[40..]);
    let taken = host.piece(7, 0, true, &segment[..40]);
    assert_eq!(payload(&taken).as_deref(), Some(&b"abcdefghijklmnopqrstuvwxyz01"[..]));
}

#[test]
fn an_end_once_stated_stands() {
    let segment = segment();
    let mut host = Host::default();
    host.piece(7, 40, false, &segment[40..]);
    assert_eq!(host.piece(7, 48, true, &[0; 8]).fault, Some("fragment_end"));
    assert_eq!(host.piece(7, 16, false, &segment[16..32]).fault, Some("fragment_end"));
    assert!(payload(&host.piece(7, 0, true, &segment[..40])).is_some());
    // The same where the early end comes late.
    host.piece(8, 16, true, &segment[16..40]);
    assert_eq!(host.piece(8, 16, false, &segment[16..32]).fault, Some("fragment_end"));
}

#[test]
fn pieces_that_no_host_takes_are_refused() {
    let mut host = Host::default();
    assert_eq!(host.piece(7, 0, true, &[0; 13]).fault, Some("fragment_length"));
    assert_eq!(host.piece(7, 8, true, &[]).fault, Some("fragment_length"));
    assert_eq!(host.piece(7, 65_528, false, &[0; 100]).fault, Some("fragment_too_long"), "ping of death");
    assert_eq!(host.given_up_after(60), 0, "none of them began a datagram");
}

#[test]
fn the_largest_datagram_there_is_in_the_smallest_pieces_that_we_take() {
    let segment = tcp(&[0x55; 65_515 - 20]);
    let mut host = Host::default();
    let mut whole = None;
    for (index, piece) in segment.chunks(64).enumerate() {
        whole = host.piece(7, index * 64, (index + 1) * 64 < segment.len(), piece).whole;
    }
    let datagram: Datagram = whole.unwrap();
    assert_eq!(datagram.packet(FrameRef::default()).payload, &segment[20..]);
}

#[test]
fn what_never_becomes_whole_is_given_up_and_counted() {
    let mut host = Host::default();
    host.piece(7, 0, true, &[0; 64]);
    assert_eq!(host.given_up_after(29), 0);
    assert_eq!(host.given_up_after(1), 1);
    assert!(host.piece(7, 64, false, &[0; 8]).whole.is_none(), "its other half came too late");
    assert_eq!(host.given_up_after(31), 1);
}

/// Bombs: many first pieces, many tiny pieces, much of each. What is held stays bounded, and honest datagrams still work.
#[test]
fn floods_of_pieces_are_bounded() {
    let mut host = Host::default();
    for id in 0..20_000 {
        host.piece(id, 8, true, &[0; 8]);
    }
    assert!(host.defragmenter.take_given_up() >= 15_000);
    for id in 0..20_000 {
        host.piece(id, 8, true, &[0; 1400]);
    }
    assert!(host.defragmenter.take_given_up() >= 12_000);
    for index in 0..8000 {
        host.piece(7, index * 16, true, &[0; 8]);
        if index * 16 + 16 > 65_000 {
            break;
        }
    }
    assert!(host.defragmenter.take_given_up() >= 1, "more holes than any sender makes");
    let segment = segment();
    host.piece(30_000, 0, true, &segment[..16]);
    assert!(host.piece(30_000, 16, false, &segment[16..]).whole.is_some());
}

/// The transport header may be split (RFC 1858's tiny first fragment): whole again, it is read.
#[test]
fn a_tiny_first_piece_hides_no_header() {
    let segment = segment();
    let mut host = Host::default();
    host.piece(7, 0, true, &segment[..8]);
    assert!(payload(&host.piece(7, 8, false, &segment[8..])).is_some());
}

#[test]
fn ipv6_fragments_and_their_continuations_that_look_like_headers() {
    // The second piece begins with bytes that would be a lying extension header, were it one.
    let options = [6, 0, 1, 4, 0, 0, 0, 0];
    let payload = join(&[&options, &tcp(&[60, 255, 0, 0, 60, 255, 0, 0])]);
    let piece = |offset: u16, more: u16, bytes: &[u8]| {
        let fragment = join(&[&[60, 0], &(offset | more).to_be_bytes(), &[0, 0, 0, 9], bytes]);
        ethernet(0x86dd, &ipv6(44, &fragment))
    };
    let mut host = Host::default();
    let second = piece(24, 0, &payload[24..]);
    let decoded = decode(&frame(&second));
    assert_eq!((decoded.payload, decoded.flaw, decoded.is_fragment()), (&payload[24..], None, true));
    host.take(&second);
    let first = piece(0, 1, &payload[..24]);
    let whole = host.take(&first).whole.unwrap();
    let packet = whole.packet(FrameRef::default());
    assert!(matches!(packet.transport, Transport::Tcp(tcp) if tcp.destination == 502), "{packet:?}");
    assert_eq!(packet.payload, [60, 255, 0, 0, 60, 255, 0, 0]);
    check_seed("pieces of IPv6", &[&second, &first]);
}

/// Full frames do not fit into a tunnel: then the tunnel's own packets come in pieces.
#[test]
fn a_tunnel_in_pieces_is_opened_once_whole() {
    let vxlan = udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 9, 0], &ethernet(0x0800, &packet())]));
    let ends = [[192, 0, 2, 1], [192, 0, 2, 2]];
    let mut host = Host::default();
    let first = carrier(0x0800, &ipv4_piece(ends, 17, 3, MORE, &vxlan[..64]));
    assert!(host.take(&first).whole.is_none());
    let last = carrier(0x0800, &ipv4_piece(ends, 17, 3, 8, &vxlan[64..]));
    let whole = host.take(&last).whole.unwrap();
    let packet = whole.packet(FrameRef::default());
    let Net::Ip(ip) = packet.net else { panic!("{packet:?}") };
    assert_eq!((ip.source, packet.payload), (address(CLIENT), PAYLOAD));
    assert_eq!((packet.tunnels[0].kind, packet.tunnels[0].id), (TunnelKind::Vxlan, 9));
    assert_eq!(whole.wire_len as usize, first.len() + last.len());
    check_seed("pieces of a tunnel", &[&first, &last]);
}

#[test]
fn what_a_snap_length_cut_off_is_no_piece() {
    let bytes = ethernet(0x0800, &ipv4_piece([CLIENT, SERVER], 6, 7, MORE, &[0; 64]));
    let mut host = Host::default();
    let taken = host.defragmenter.take(&decode(&cut(&bytes[..60], bytes.len())), Timestamp::ZERO, 60);
    assert!(taken.whole.is_none() && taken.fault.is_none());
}
