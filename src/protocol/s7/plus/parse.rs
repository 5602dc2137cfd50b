//! From bytes to frames and the heads of messages; pure.

use super::{number, wire};
use crate::protocol::Reader;

/// Identifier, version, length.
const HEADER: usize = 4;

/// One frame: a message, or a part of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    pub version: u8,
    /// What the length counts, without the digest.
    pub data: &'a [u8],
    /// Guards this frame, from version 3 on.
    pub digest: &'a [u8],
    /// Ends its message. There is no other mark of a fragment than that its trailer is missing.
    pub last: bool,
    /// Bytes that the header promises and that are not there.
    pub missing: usize,
}

impl<'a> Frame<'a> {
    pub fn read(payload: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(payload);
        reader.skip(1)?;
        let version = reader.u8()?;
        if version == wire::KEEP_ALIVE {
            // Two bytes, one of them a counter.
            return Some(Frame { version, data: reader.rest(), digest: &[], last: true, missing: 0 });
        }
        let length = usize::from(reader.be16()?);
        let taken = length.min(reader.remaining());
        let data = reader.take(taken)?;
        let (digest, data) = if version == wire::WITH_DIGEST { split_digest(data) } else { (&[][..], data) };
        let last = !reader.is_empty() || version == wire::SYSTEM_EVENT;
        Some(Frame { version, data, digest, last, missing: length - taken })
    }
}

/// Each frame begins with its digest: a length and so many bytes.
fn split_digest(data: &[u8]) -> (&[u8], &[u8]) {
    let length = data.first().map_or(0, |length| usize::from(*length));
    data.get(1..).and_then(|rest| rest.split_at_checked(length)).unwrap_or_default()
}

/// Whether bytes begin a frame beyond chance: identifier, known version, a length that leaves nothing or just a trailer.
pub fn is_plausible(payload: &[u8]) -> bool {
    let &[identifier, version, high, low, ..] = payload else { return false };
    if identifier != wire::PROTOCOL || !wire::is_version(version) {
        return false;
    }
    let rest = payload.len() - HEADER;
    let length = usize::from(u16::from_be_bytes([high, low]));
    rest == length || rest == length + HEADER || (version == wire::KEEP_ALIVE && rest == 0)
}

/// What stands in front of every message.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Head {
    pub opcode: u8,
    /// Zero in notifications, which have none, and where the head is cut short.
    pub function: u16,
    pub sequence: u16,
    /// Of a request.
    pub session: u32,
    pub flags: u8,
    /// The object that a request names first, for functions that do.
    pub object: Option<u32>,
    /// Error of a response; zero where it went well.
    pub error: i16,
    /// Bytes up to what the function says.
    pub length: usize,
}

impl Head {
    /// Reads as much as there is; `None` where not even the opcode tells what it is.
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let opcode = reader.u8().filter(|opcode| wire::is_opcode(*opcode))?;
        let mut head = Head { opcode, length: data.len(), ..Head::default() };
        let _ = match opcode {
            wire::REQUEST => head.request(&mut reader),
            wire::NOTIFICATION => head.notification(&mut reader),
            _ => head.response(&mut reader),
        };
        // This opcode is rare and its number is not: only with all that belongs to it is it believed.
        let believed = opcode != wire::SHORT_RESPONSE
            || (data.get(1..3) == Some(&[0, 0]) && wire::function(head.function).is_some());
        believed.then_some(head)
    }

    /// The sender wants no answer.
    pub const fn is_one_way(&self) -> bool {
        self.flags & wire::NO_ANSWER != 0
    }

    fn name(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        reader.skip(2)?;
        self.function = reader.be16()?;
        reader.skip(2)?;
        self.sequence = reader.be16()?;
        Some(())
    }

    fn request(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.name(reader)?;
        self.session = reader.be32()?;
        self.flags = reader.u8()?;
        self.length = reader.offset();
        self.object = if wire::names_object(self.function) { reader.be32() } else { None };
        Some(())
    }

    fn response(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.name(reader)?;
        self.flags = reader.u8()?;
        self.length = reader.offset();
        self.error = wire::code(number::unsigned64(reader)?);
        Some(())
    }

    fn notification(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.length = reader.offset();
        self.object = Some(reader.be32()?);
        Some(())
    }
}
