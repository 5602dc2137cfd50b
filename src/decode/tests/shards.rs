use super::super::shard;
use super::wire::*;

type Wrap = fn(&[u8]) -> Vec<u8>;

fn between(ends: [[u8; 4]; 2]) -> Vec<u8> {
    ipv4(ends, 6, &tcp(PAYLOAD))
}

fn vxlan(inner: &[u8]) -> Vec<u8> {
    outer(17, &udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &ethernet(0x0800, inner)])))
}

#[test]
fn both_directions_go_to_one_worker_also_in_tags_and_tunnels() {
    let [there, back] = [between([CLIENT, SERVER]), between([SERVER, CLIENT])];
    let wrap: [Wrap; 7] = [
        |packet| ethernet(0x0800, packet),
        |packet| ethernet(0x88a8, &tag(1, 0x8100, &tag(2, 0x0800, packet))),
        |packet| ethernet(0x8847, &join(&[&[0, 1, 0x01, 64], packet])),
        |packet| outer(47, &join(&[&[0, 0, 8, 0], packet])),
        |packet| outer(4, packet),
        vxlan,
        |packet| outer(17, &udp(37008, &join(&[&[1, 0, 0, 1, 1], &ethernet(0x0800, packet)]))),
    ];
    let plain = shard(&frame(&ethernet(0x0800, &there)));
    for wrap in wrap {
        assert_eq!(shard(&frame(&wrap(&there))), plain);
        assert_eq!(shard(&frame(&wrap(&back))), plain);
    }
}

#[test]
fn conversations_in_one_tunnel_are_shared_out() {
    let shards: std::collections::BTreeSet<u32> =
        (0..32).map(|host| shard(&frame(&vxlan(&between([CLIENT, [10, 0, 1, host]])))) % 4).collect();
    assert_eq!(shards.len(), 4);
}

#[test]
fn pieces_of_one_datagram_go_to_one_worker() {
    let segment = tcp(&[0x55; 64]);
    let whole = shard(&frame(&ethernet(0x0800, &between([CLIENT, SERVER]))));
    for (flags, bytes) in [(0x2000, &segment[..40]), (0x0005, &segment[40..])] {
        let piece = ipv4_piece([CLIENT, SERVER], 6, 9, flags, bytes);
        assert_eq!(shard(&frame(&ethernet(0x0800, &piece))), whole);
    }
}
