//! From bytes to a PDU and its parts; pure.

use super::wire::{self, data};
use crate::protocol::Reader;

/// One S7comm PDU.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pdu<'a> {
    pub rosctr: u8,
    pub reference: u16,
    /// Error class and code; only acknowledgements have them.
    pub error: Option<u16>,
    pub parameter: &'a [u8],
    pub data: &'a [u8],
    /// What the header promises over (positive) or under (negative) the bytes that follow it.
    pub missing: isize,
}

impl<'a> Pdu<'a> {
    /// Reads as much as there is; `None` where not even the header is whole.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        reader.skip(1)?;
        let rosctr = reader.u8()?;
        reader.skip(2)?;
        let reference = reader.be16()?;
        let parameter_length = usize::from(reader.be16()?);
        let data_length = usize::from(reader.be16()?);
        let error = if matches!(rosctr, wire::ACK | wire::ACK_DATA) { Some(reader.be16()?) } else { None };
        let missing = (parameter_length + data_length).cast_signed() - reader.remaining().cast_signed();
        let parameter = take_up_to(&mut reader, parameter_length);
        let data = take_up_to(&mut reader, data_length);
        Some(Pdu { rosctr, reference, error, parameter, data, missing })
    }

    /// The function code of a job or of its acknowledgement, where there is one.
    pub fn function(&self) -> Option<u8> {
        self.parameter.first().copied()
    }

    /// The error that the header gives.
    pub fn refused(&self) -> Option<u16> {
        self.error.filter(|error| *error != 0)
    }
}

fn take_up_to<'a>(reader: &mut Reader<'a>, n: usize) -> &'a [u8] {
    reader.take(n.min(reader.remaining())).unwrap_or_default()
}

/// Whether bytes begin an S7comm PDU beyond chance: the identifier, a known kind, lengths that fit.
pub fn is_plausible(bytes: &[u8], more_follows: bool) -> bool {
    let known = bytes.first() == Some(&wire::PROTOCOL) && bytes.get(1).is_some_and(|r| wire::rosctr(*r).is_some());
    known && Pdu::read(bytes).is_some_and(|pdu| pdu.missing <= 0 || more_follows)
}

/// One item of the data part: of a read's answer, a write's request, or userdata.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataItem<'a> {
    pub code: u8,
    /// Transport size of data, see [`wire::data`].
    pub size: u8,
    pub bytes: &'a [u8],
}

impl<'a> DataItem<'a> {
    /// Takes one item off; `None` at the end or where its length says more than there is.
    pub fn take(reader: &mut Reader<'a>) -> Option<Self> {
        let code = reader.u8()?;
        let size = reader.u8()?;
        let length = data::bytes(size, reader.be16()?);
        let bytes = reader.take(length)?;
        // Every item but the last is filled up to an even length.
        if length % 2 == 1 {
            let _ = reader.skip(1);
        }
        Some(DataItem { code, size, bytes })
    }

    /// Takes the single item of a userdata answer off, with what there is of it.
    pub fn take_last(bytes: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(bytes);
        let code = reader.u8()?;
        let size = reader.u8()?;
        let length = data::bytes(size, reader.be16()?);
        Some(DataItem { code, size, bytes: take_up_to(&mut reader, length) })
    }
}

/// Setup communication's fields, the same in request and answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Setup {
    pub calling: u16,
    pub called: u16,
    pub pdu_length: u16,
}

impl Setup {
    /// A length that is missing is zero: who sends so broken a setup is worth knowing.
    pub fn read(parameter: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(parameter);
        reader.skip(2)?;
        Some(Setup { calling: reader.be16()?, called: reader.be16()?, pdu_length: reader.be16().unwrap_or(0) })
    }
}

/// A program invocation or stop: its service, and its argument as on the wire.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Invocation<'a> {
    pub service: &'a [u8],
    pub argument: &'a [u8],
}

impl<'a> Invocation<'a> {
    /// Where the lengths do not fit, a service of a known name is still one.
    pub fn read(parameter: &'a [u8]) -> Option<Self> {
        Self::whole(parameter).or_else(|| {
            wire::BLOCK_SERVICES.iter().find_map(|name| {
                let service = parameter.windows(name.len()).find(|bytes| bytes == name)?;
                Some(Invocation { service, argument: &[] })
            })
        })
    }

    fn whole(parameter: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(parameter);
        let argument = match reader.u8()? {
            wire::PI_SERVICE => {
                reader.skip(7)?;
                let length = reader.be16()?;
                reader.take(usize::from(length))?
            }
            _ => {
                reader.skip(5)?;
                &[]
            }
        };
        let length = reader.u8()?;
        Some(Invocation { service: reader.take(usize::from(length))?, argument })
    }
}

/// The fields that up- and download jobs share: status, transfer, file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TransferJob<'a> {
    pub id: u32,
    pub file: &'a [u8],
    /// Lengths in load memory and of the code, announced with a download.
    pub lengths: Option<(u32, u32)>,
}

impl<'a> TransferJob<'a> {
    pub fn read(parameter: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(parameter);
        reader.skip(4)?;
        let mut job = TransferJob { id: reader.be32()?, ..TransferJob::default() };
        if let Some(length) = reader.u8() {
            job.file = reader.take(usize::from(length))?;
        }
        job.lengths = reader.u8().and_then(|n| announced(reader.take(usize::from(n))?));
        Some(job)
    }
}

/// `1`, then six digits each.
fn announced(text: &[u8]) -> Option<(u32, u32)> {
    Some((digits(text.get(1..7)?)?, digits(text.get(7..13)?)?))
}

fn digits(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The fields of a start upload's answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UploadStarted {
    pub id: u32,
    pub length: Option<u32>,
}

impl UploadStarted {
    pub fn read(parameter: &[u8]) -> Option<Self> {
        let mut reader = Reader::new(parameter);
        reader.skip(4)?;
        let id = reader.be32()?;
        let text = reader.u8().and_then(|n| reader.take(usize::from(n)));
        Some(UploadStarted { id, length: text.and_then(digits) })
    }
}

/// A part of a block in the answer to an upload or download job: the bytes, and whether more follow.
pub fn block_part<'a>(pdu: &Pdu<'a>) -> (&'a [u8], bool) {
    let mut reader = Reader::new(pdu.data);
    let length = reader.be16().map_or(0, usize::from);
    // Always 00 FB.
    let _ = reader.skip(2);
    let more = pdu.parameter.get(1).is_some_and(|status| status & 1 != 0);
    (take_up_to(&mut reader, length), more)
}
