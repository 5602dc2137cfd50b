//! Frames to packets: link type (one byte), then frames, each after its length (two bytes, big-endian).
//!
//! Whatever the bytes are, nothing panics, tunnels and tags stay under their caps, views stay inside their buffers, and
//! both directions would go to one worker.

use std::time::Duration;

use fengsui::capture::{Frame, LinkType};
use fengsui::decode::{Defragmenter, Duplicates, MAX_DEPTH, Packet, decode, shard};
use fengsui::event::{FrameRef, Timestamp};

const LINKS: [LinkType; 8] = [
    LinkType::ETHERNET,
    LinkType::LINUX_SLL,
    LinkType::LINUX_SLL2,
    LinkType::NULL,
    LinkType::RAW,
    LinkType::PPP,
    LinkType::PPP_HDLC,
    LinkType(147),
];

pub fn run(input: &[u8]) {
    let Some((link, mut rest)) = input.split_first() else { return };
    let link = LINKS[usize::from(*link) % LINKS.len()];
    let mut station = Station::default();
    while let Some((length, behind)) = rest.split_first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (bytes, after) = behind.split_at(length.min(behind.len()));
        // The last frame may be cut off.
        station.take(link, bytes, length);
        rest = after;
    }
    station.defragmenter.finish();
}

#[derive(Default)]
struct Station {
    duplicates: Duplicates,
    defragmenter: Defragmenter,
    now: Timestamp,
}

impl Station {
    fn take(&mut self, link: LinkType, bytes: &[u8], wire_len: usize) {
        self.now = self.now + Duration::from_millis(1);
        let at = FrameRef { ts: self.now, ..FrameRef::default() };
        let frame = Frame { at, link, wire_len: wire_len as u32, vlan: None, bytes };
        let mut packet = decode(&frame);
        check(&packet, bytes);
        assert_eq!(shard(&frame), shard(&frame));
        if !self.duplicates.is_copy(&mut packet, self.now) {
            self.gather(&packet, at, frame.wire_len);
        }
    }

    fn gather(&mut self, packet: &Packet<'_>, at: FrameRef, wire_len: u32) {
        if !packet.is_fragment() {
            return;
        }
        if let Some(datagram) = self.defragmenter.take(packet, at.ts, wire_len).whole {
            let packet = datagram.packet(at);
            assert!(packet.tunnels.len() <= MAX_DEPTH);
            self.gather(&packet, at, datagram.wire_len);
        }
    }
}

fn check(packet: &Packet<'_>, bytes: &[u8]) {
    assert!(packet.tunnels.len() <= MAX_DEPTH);
    assert!(packet.vlans.len() <= 4 * (MAX_DEPTH + 1));
    let frame = bytes.as_ptr_range();
    for part in [packet.payload, packet.datagram] {
        assert!(part.is_empty() || (frame.contains(&part.as_ptr()) && part.as_ptr_range().end <= frame.end));
    }
    if let Some(flaw) = packet.flaw {
        assert!(flaw.offset as usize <= bytes.len());
    }
}
