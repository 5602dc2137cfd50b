//! PROFINET DCP: what a station answers when it is asked who it is (IEC 61158-6-10, section 4.3).
//!
//! Pure: bytes in, facts out, all about whoever sent them.

use super::reader::Reader;
use crate::event::{Fact, FactKind, Side, clean_text};

pub const PROFINET: u16 = 0x8892;
/// Frame id, service and kind of an answer to Identify.
const IDENTIFIED: [u8; 4] = [0xfe, 0xff, 5, 1];
/// Behind these: transaction, a reserved word, and how many bytes of blocks follow.
const SKIPPED: usize = 6;
const SOURCE: &str = "profinet dcp identify";
/// As PROFIBUS & PROFINET International numbers its members.
const SIEMENS: u16 = 0x002a;
const MAX_BLOCKS: usize = 32;
const MAX_TEXT: usize = 200;

/// What a station says of itself; nothing of any other frame.
pub fn identity(payload: &[u8]) -> Option<Vec<Fact>> {
    let mut reader = Reader::new(payload.strip_prefix(&IDENTIFIED)?);
    reader.skip(SKIPPED)?;
    let length = usize::from(reader.be16()?);
    let mut blocks = Reader::new(reader.take(length)?);
    let mut facts = Vec::new();
    for _ in 0..MAX_BLOCKS {
        let Some((option, value)) = block(&mut blocks) else { break };
        facts.extend(match option {
            (2, 1) => fact(FactKind::Model, &clean_text(value, MAX_TEXT), 80),
            (2, 2) => fact(FactKind::Name, &clean_text(value, MAX_TEXT), 90),
            (2, 3) if value.starts_with(&SIEMENS.to_be_bytes()) => fact(FactKind::Vendor, "Siemens", 90),
            _ => None,
        });
    }
    Some(facts)
}

/// Option and suboption, and what follows the two bytes about the block itself.
fn block<'a>(reader: &mut Reader<'a>) -> Option<((u8, u8), &'a [u8])> {
    let [option, suboption] = reader.be16()?.to_be_bytes();
    let length = usize::from(reader.be16()?);
    let content = reader.take(length)?;
    if length % 2 == 1 {
        // Blocks begin at even places; the last one may end without.
        let _ = reader.skip(1);
    }
    Some(((option, suboption), content.get(2..)?))
}

fn fact(kind: FactKind, value: &str, confidence: u8) -> Option<Fact> {
    let value = value.trim().to_owned();
    (!value.is_empty()).then(|| Fact { about: Side::Client, kind, value, source: SOURCE.into(), confidence })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] = b"\xfe\xff\x05\x01\x01\0\0\x01\0\0\0\x26\
        \x02\x01\0\x08\0\0S7-300\x02\x02\0\x07\0\0press\0\x02\x03\0\x06\0\0\0\x2a\x01\x01\x02\x04\0\x00";

    #[test]
    fn a_station_that_is_asked_says_its_name_and_kind() {
        let facts = identity(ANSWER).unwrap();
        let told: Vec<_> = facts.iter().map(|fact| (fact.kind, fact.value.as_str())).collect();
        assert_eq!(told, [(FactKind::Model, "S7-300"), (FactKind::Name, "press"), (FactKind::Vendor, "Siemens")]);
    }

    #[test]
    fn questions_and_what_is_cut_say_nothing_and_do_no_harm() {
        assert_eq!(identity(b"\xfe\xfe\x05\x00\0\0\0\x01\0\0\0\0"), None);
        assert!((0..ANSWER.len()).all(|cut| identity(&ANSWER[..cut]).is_none()));
    }
}
