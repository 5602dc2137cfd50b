//! Filter expressions against a frame: the expression up to a zero byte, then the frame.
//!
//! Whatever the bytes are, nothing panics, programs end, and a program says the same of a frame and of its negation's
//! opposite as far as the frame is long enough to be judged.

use fengsui::capture::filter::{Filter, Sieve};
use fengsui::capture::{Frame, LinkType};
use fengsui::event::FrameRef;

const LINKS: [LinkType; 6] =
    [LinkType::ETHERNET, LinkType::LINUX_SLL, LinkType::LINUX_SLL2, LinkType::NULL, LinkType::RAW, LinkType(147)];

pub fn run(input: &[u8]) {
    let end = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (text, bytes) = input.split_at(end);
    let Ok(Ok(Some(filter))) = std::str::from_utf8(text).map(Filter::parse) else { return };
    let negated = Filter::parse(&format!("not ({filter})")).ok().flatten().map(Sieve::new);
    let mut sieve = Sieve::new(filter);
    // Long enough for every header that a filter looks at.
    let mut whole = bytes.to_vec();
    whole.resize(whole.len().max(256), 0);
    for link in LINKS {
        let at = FrameRef::default();
        sieve.passes(&Frame { at, link, wire_len: bytes.len() as u32, vlan: None, bytes });
    }
    let mut negated = negated;
    for link in LINKS {
        let frame = Frame { at: FrameRef::default(), link, wire_len: 256, vlan: None, bytes: &whole };
        let passes = sieve.passes(&frame);
        if let Some(negated) = &mut negated {
            assert_ne!(passes, negated.passes(&frame));
        }
    }
}
