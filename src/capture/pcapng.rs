//! Writes pcapng (draft-ietf-opsawg-pcapng): section header, interface descriptions and enhanced packets, no more.

use super::evidence::KeptFrame;
use super::{LinkType, VlanTag};

/// A pcapng file of kept frames, with nanosecond time stamps. `comment` stands on the section, `act_comment` on each
/// frame of the act itself. Tags that the kernel took out are put back.
pub fn write(frames: &[KeptFrame], comment: &str, act_comment: &str) -> Vec<u8> {
    let mut out = Vec::new();
    let mut section = Vec::new();
    section.extend(0x1a2b_3c4d_u32.to_le_bytes());
    section.extend([1, 0, 0, 0]);
    section.extend(u64::MAX.to_le_bytes());
    option(&mut section, 1, comment.as_bytes());
    option(&mut section, 4, concat!("fengsui ", env!("CARGO_PKG_VERSION")).as_bytes());
    option(&mut section, 0, &[]);
    block(&mut out, 0x0a0d_0d0a, &section);
    let mut links: Vec<LinkType> = frames.iter().map(|frame| frame.link).collect();
    links.sort_by_key(|link| link.0);
    links.dedup();
    for link in &links {
        let mut interface = Vec::new();
        interface.extend((link.0 as u16).to_le_bytes());
        interface.extend([0; 2]);
        interface.extend(0u32.to_le_bytes());
        // if_tsresol: nanoseconds.
        option(&mut interface, 9, &[9]);
        option(&mut interface, 0, &[]);
        block(&mut out, 1, &interface);
    }
    for frame in frames {
        let interface = links.iter().position(|link| *link == frame.link).unwrap_or(0);
        packet(&mut out, interface as u32, frame, act_comment);
    }
    out
}

fn packet(out: &mut Vec<u8>, interface: u32, frame: &KeptFrame, act_comment: &str) {
    let bytes = with_tag(frame);
    let tag_len = (bytes.len() - frame.bytes.len()) as u32;
    let nanos = frame.at.ts.nanos();
    let mut body = Vec::with_capacity(bytes.len() + 32);
    body.extend(interface.to_le_bytes());
    body.extend(((nanos >> 32) as u32).to_le_bytes());
    body.extend((nanos as u32).to_le_bytes());
    body.extend((bytes.len() as u32).to_le_bytes());
    body.extend((frame.wire_len + tag_len).max(bytes.len() as u32).to_le_bytes());
    body.extend(&bytes);
    pad(&mut body);
    if frame.of_act {
        option(&mut body, 1, act_comment.as_bytes());
        option(&mut body, 0, &[]);
    }
    block(out, 6, &body);
}

fn with_tag(frame: &KeptFrame) -> Vec<u8> {
    match (frame.vlan, frame.link) {
        (Some(VlanTag { tci, tpid }), LinkType::ETHERNET) if frame.bytes.len() >= 12 => {
            let (addresses, rest) = frame.bytes.split_at(12);
            [addresses, &tpid.to_be_bytes(), &tci.to_be_bytes(), rest].concat()
        }
        _ => frame.bytes.clone(),
    }
}

fn option(out: &mut Vec<u8>, code: u16, value: &[u8]) {
    let value = &value[..value.len().min(usize::from(u16::MAX))];
    out.extend(code.to_le_bytes());
    out.extend((value.len() as u16).to_le_bytes());
    out.extend(value);
    pad(out);
}

fn pad(out: &mut Vec<u8>) {
    out.resize(out.len().next_multiple_of(4), 0);
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let len = (body.len() + 12) as u32;
    out.extend(kind.to_le_bytes());
    out.extend(len.to_le_bytes());
    out.extend(body);
    out.extend(len.to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::file::FileReader;
    use crate::event::{FrameRef, Timestamp};

    #[test]
    fn our_own_reader_reads_what_we_write_and_tags_are_back() {
        let frame = |number: u64, vlan| KeptFrame {
            at: FrameRef {
                ts: Timestamp::from_nanos(1_700_000_000_123_456_789 + number),
                number,
                ..FrameRef::default()
            },
            link: LinkType::ETHERNET,
            wire_len: 61,
            vlan,
            bytes: (0..61).collect(),
            of_act: number == 2,
        };
        let tag = VlanTag { tci: 0x600a, tpid: 0x8100 };
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("e.pcapng");
        std::fs::write(&path, write(&[frame(1, None), frame(2, Some(tag))], "烽燧 S7-03", "the act")).unwrap();
        let mut reader = FileReader::open(&path, 0, 0).unwrap();
        let first = reader.next_frame().unwrap().unwrap();
        assert_eq!((first.at.ts.nanos(), first.bytes.len()), (1_700_000_000_123_456_790, 61));
        let second = reader.next_frame().unwrap().unwrap();
        assert_eq!((second.bytes.len(), &second.bytes[12..16]), (65, &[0x81, 0x00, 0x60, 0x0a][..]));
        assert!(reader.next_frame().unwrap().is_none());
    }
}
