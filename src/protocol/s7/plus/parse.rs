//! From bytes to frames and the heads of messages; pure.

use super::wire;
use crate::protocol::Reader;

/// Identifier, version, length.
const HEADER: usize = 4;

/// One frame: a message, or a part of one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Frame<'a> {
    pub version: u8,
    /// What the length counts, without the digest.
    pub data: &'a [u8],
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
            return Some(Frame { version, data: reader.rest(), last: true, missing: 0 });
        }
        let length = usize::from(reader.be16()?);
        let taken = length.min(reader.remaining());
        let mut data = reader.take(taken)?;
        if version == wire::WITH_DIGEST {
            data = without_digest(data);
        }
        let last = !reader.is_empty() || version == wire::SYSTEM_EVENT;
        Some(Frame { version, data, last, missing: length - taken })
    }
}

/// Each frame begins with its digest: a length and so many bytes.
fn without_digest(data: &[u8]) -> &[u8] {
    let digest = data.first().map_or(0, |length| usize::from(*length));
    data.get(1 + digest..).unwrap_or_default()
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
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub opcode: u8,
    /// Zero in notifications, which have none, and where the head is cut short.
    pub function: u16,
    pub sequence: u16,
    /// Of a request.
    pub session: u32,
    /// The object that a request names first, for functions that do.
    pub object: Option<u32>,
    /// Error of a response; zero where it went well.
    pub error: i16,
}

impl Head {
    /// Reads as much as there is; `None` where not even the opcode tells what it is.
    pub fn read(data: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(data);
        let opcode = reader.u8().filter(|opcode| wire::is_opcode(*opcode))?;
        let mut head = Head { opcode, function: 0, sequence: 0, session: 0, object: None, error: 0 };
        let _ = match opcode {
            wire::REQUEST => head.request(&mut reader),
            wire::RESPONSE => head.response(&mut reader),
            _ => head.notification(&mut reader),
        };
        Some(head)
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
        // Transport flags.
        reader.skip(1)?;
        self.object = if wire::names_object(self.function) { reader.be32() } else { None };
        Some(())
    }

    fn response(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.name(reader)?;
        // Transport flags.
        reader.skip(1)?;
        // The low half word of the return value, as a signed number.
        self.error = ((variable_length(reader)? & 0xffff) as u16).cast_signed();
        Some(())
    }

    fn notification(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        self.object = Some(reader.be32()?);
        Some(())
    }
}

/// An unsigned number of seven bits a byte, most significant first; the ninth byte counts whole.
fn variable_length(reader: &mut Reader<'_>) -> Option<u64> {
    let mut value = 0;
    for _ in 0..8 {
        let byte = reader.u8()?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    reader.u8().map(|byte| value << 8 | u64::from(byte))
}
