//! SNMP 1 and 2c (RFC 1157, RFC 1901): the community, which is all they have for a password, and what is set.

use std::hash::BuildHasher;

use super::{Listener, secret};
use crate::event::{LogOn, Notice, Outcome, Secret, Side};
use crate::protocol::Reader;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 2;
const OCTETS: u8 = 4;
const OBJECT: u8 = 6;
const ANSWER: u8 = 0xa2;
const SET: u8 = 0xa3;
/// Numbers of an object that are shown.
const MAX_PARTS: usize = 32;

#[derive(Default)]
pub struct Snmp {
    hasher: foldhash::quality::RandomState,
    /// The community asked with last, where no answer came yet.
    asked: Option<(u64, Secret)>,
    /// It was told that one was accepted, or is one again and again.
    told: bool,
}

struct Message<'a> {
    community: &'a [u8],
    kind: u8,
    body: &'a [u8],
}

impl Listener for Snmp {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        let Some(message) = read(bytes) else { return };
        let community = self.hasher.hash_one(message.community);
        match from {
            Side::Client => {
                let secret = secret::of_community(message.community);
                let before = self.asked.replace((community, secret));
                if let Some((_, secret)) = before.filter(|(before, _)| *before != community) {
                    // Who knows no better gets no answer, and tries the next one.
                    tell(log_on(secret, Outcome::Refused));
                }
                if message.kind == SET {
                    tell(Notice::SnmpSet { object: object(message.body).unwrap_or_default() });
                }
            }
            Side::Server if message.kind == ANSWER => {
                let asked = self.asked.take().filter(|(asked, _)| *asked == community);
                if let Some((_, secret)) = asked.filter(|_| !std::mem::replace(&mut self.told, true)) {
                    tell(log_on(secret, Outcome::Accepted));
                }
            }
            Side::Server => {}
        }
    }
}

fn log_on(secret: Secret, outcome: Outcome) -> Notice {
    Notice::LogOn(LogOn { service: "snmp".into(), user: None, secret, outcome })
}

fn read(bytes: &[u8]) -> Option<Message<'_>> {
    let mut reader = Reader::new(field(&mut Reader::new(bytes), SEQUENCE)?);
    // 0 is version 1, 1 is version 2c; 3 has passwords of its own.
    if !matches!(field(&mut reader, INTEGER)?, [0 | 1]) {
        return None;
    }
    let community = field(&mut reader, OCTETS)?;
    let kind = *reader.rest().first()?;
    Some(Message { community, kind, body: field(&mut reader, kind)? })
}

/// The first object of the list of values.
fn object(body: &[u8]) -> Option<String> {
    let mut reader = Reader::new(body);
    for _ in 0..3 {
        field(&mut reader, INTEGER)?;
    }
    let mut list = Reader::new(field(&mut reader, SEQUENCE)?);
    let mut first = Reader::new(field(&mut list, SEQUENCE)?);
    let coded = field(&mut first, OBJECT)?;
    let mut parts = Vec::new();
    let mut part = 0_u64;
    for byte in coded {
        part = part << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 && parts.len() < MAX_PARTS {
            parts.push(std::mem::take(&mut part));
        }
    }
    let first = parts.first().map(|first| (first / 40, first % 40))?;
    let rest = parts.iter().skip(1).map(|part| format!(".{part}")).collect::<String>();
    Some(format!("{}.{}{rest}", first.0, first.1))
}

/// One field of ASN.1's basic encoding rules, with this tag.
fn field<'a>(reader: &mut Reader<'a>, tag: u8) -> Option<&'a [u8]> {
    if reader.u8()? != tag {
        return None;
    }
    let length = match reader.u8()? {
        short @ 0..=0x7f => usize::from(short),
        0x81 => usize::from(reader.u8()?),
        0x82 => usize::from(reader.be16()?),
        _ => return None,
    };
    reader.take(length)
}
