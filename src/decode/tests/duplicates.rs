use std::time::Duration;

use super::super::{Duplicates, decode};
use super::wire::*;
use crate::event::{Timestamp, Vlans};

#[derive(Default)]
struct Mirror {
    duplicates: Duplicates,
    now: Timestamp,
}

impl Mirror {
    fn after(&mut self, micros: u64) -> &mut Self {
        self.now = self.now + Duration::from_micros(micros);
        self
    }

    fn is_copy(&mut self, bytes: &[u8]) -> bool {
        self.tags(bytes).is_none()
    }

    /// The tags with which a packet goes on; `None` for a copy.
    fn tags(&mut self, bytes: &[u8]) -> Option<Vlans> {
        let mut packet = decode(&frame(bytes));
        (!self.duplicates.is_copy(&mut packet, self.now)).then_some(packet.vlans)
    }
}

fn segment(id: u16, payload: &[u8]) -> Vec<u8> {
    ethernet(0x0800, &ipv4_piece([CLIENT, SERVER], 6, id, 0x4000, &tcp(payload)))
}

fn reply(id: u16) -> Vec<u8> {
    ipv4_piece([SERVER, CLIENT], 6, id, 0x4000, &tcp(b"reply"))
}

fn request(id: u16) -> Vec<u8> {
    ipv4_piece([CLIENT, SERVER], 6, id, 0x4000, &tcp(b"request"))
}

fn tagged(vlan: u16, packet: &[u8]) -> Vec<u8> {
    ethernet(0x8100, &tag(vlan, 0x0800, packet))
}

#[test]
fn the_same_frame_again_within_the_window_is_a_copy() {
    let mut mirror = Mirror::default();
    assert!(!mirror.is_copy(&segment(1, PAYLOAD)));
    assert!(mirror.after(80).is_copy(&segment(1, PAYLOAD)));
    // Another port's MAC addresses and padding change nothing.
    let mut elsewhere = segment(1, PAYLOAD);
    elsewhere[..12].fill(6);
    elsewhere.extend([0; 6]);
    assert!(mirror.after(80).is_copy(&elsewhere));
}

#[test]
fn what_a_host_sends_again_is_no_copy() {
    let mut mirror = Mirror::default();
    assert!(!mirror.is_copy(&segment(1, PAYLOAD)));
    assert!(!mirror.after(80).is_copy(&segment(2, PAYLOAD)), "sent again, numbered anew");
    assert!(!mirror.after(5_001).is_copy(&segment(1, PAYLOAD)), "not numbered, but later");
    assert!(!mirror.is_copy(&segment(1, b"87654321")), "other bytes under the same number");
}

#[test]
fn a_router_on_the_way_is_not_hidden() {
    let mut mirror = Mirror::default();
    let mut routed = segment(1, PAYLOAD);
    assert!(!mirror.is_copy(&routed));
    routed[14 + 8] -= 1;
    assert!(!mirror.after(80).is_copy(&routed));
}

/// Only the beginning and the end of a large packet are looked at: the rest is under the checksum.
#[test]
fn large_packets_are_compared_by_both_ends() {
    let mut mirror = Mirror::default();
    let mut payload = [0x55; 1400];
    assert!(!mirror.is_copy(&segment(1, &payload)));
    payload[1399] = 0;
    assert!(!mirror.is_copy(&segment(1, &payload)));
    assert!(mirror.is_copy(&segment(1, &payload)));
}

/// A flood of one and the same packet is no mirror's doing.
#[test]
fn of_many_equal_packets_some_pass() {
    let mut mirror = Mirror::default();
    let passed = (0..1000).filter(|_| !mirror.after(10).is_copy(&segment(1, PAYLOAD))).count();
    assert_eq!(passed, 250);
}

/// In at an access port untagged, out at a trunk: the order turns with the direction, and yet it stays one conversation.
#[test]
fn a_conversation_mirrored_with_and_without_its_tag_keeps_the_first_tags() {
    let mut mirror = Mirror::default();
    assert_eq!(mirror.tags(&ethernet(0x0800, &request(1))).as_deref(), Some(&[][..]));
    assert_eq!(mirror.tags(&tagged(10, &request(1))), None);
    assert_eq!(mirror.tags(&tagged(10, &reply(1))).as_deref(), Some(&[][..]));
    assert_eq!(mirror.tags(&ethernet(0x0800, &reply(1))), None);
    // Tags that never carried the same packets stay what they are.
    assert_eq!(mirror.tags(&tagged(20, &reply(2))).as_deref(), Some(&[20][..]));
    let others = ipv4_piece([CLIENT, [10, 0, 0, 9]], 6, 1, 0, &tcp(PAYLOAD));
    assert_eq!(mirror.tags(&tagged(10, &others)).as_deref(), Some(&[10][..]));
}

#[test]
fn frames_without_ip_are_never_copies() {
    let mut mirror = Mirror::default();
    let profinet = ethernet(0x8892, &[0x80; 40]);
    assert!(!mirror.is_copy(&profinet) && !mirror.is_copy(&profinet));
}
