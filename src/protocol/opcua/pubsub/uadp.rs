//! UADP network messages (OPC 10000-14 section 7.2.4.4): the header whole, the data sets as far as needed to be sure of it.

use crate::protocol::opcua::decoder::{Decoded, Decoder, FaultKind};
use crate::protocol::opcua::types::{DateTime, Guid};

const VERSION: u8 = 1;
/// Kinds of PublisherId in the first extended flags.
const STRING_ID: u8 = 4;
/// Data set messages in one network message that are walked over.
const MAX_DATA_SETS: usize = 64;

/// What a network message is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    DataSet,
    DiscoveryProbe,
    DiscoveryAnnouncement,
    Chunk,
}

impl Kind {
    pub const fn name(self) -> &'static str {
        match self {
            Kind::DataSet => "data_set",
            Kind::DiscoveryProbe => "discovery_probe",
            Kind::DiscoveryAnnouncement => "discovery_announcement",
            Kind::Chunk => "chunk",
        }
    }
}

/// Who publishes: a number of one to eight bytes, or a text.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Publisher<'a> {
    Number(u64),
    Text(&'a [u8]),
}

/// The part of a header that stays the same from message to message.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Shape<'a> {
    pub version: u8,
    pub kind: Kind,
    pub publisher: Option<Publisher<'a>>,
    pub data_set_class: Option<Guid>,
    pub writer_group: Option<u16>,
    pub group_version: Option<u32>,
    /// DataSetWriterIds, two bytes each.
    pub writers: &'a [u8],
    pub signed: bool,
    pub encrypted: bool,
    /// SecurityTokenId: which key was used.
    pub key: Option<u32>,
}

/// A network message's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header<'a> {
    pub shape: Shape<'a>,
    pub network_message: Option<u16>,
    pub sequence: Option<u16>,
    pub sent: Option<DateTime>,
}

/// First byte and both extended flags.
#[derive(Clone, Copy)]
struct Flags {
    first: u8,
    one: u8,
    two: u8,
}

impl Flags {
    fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        let first = decoder.u8()?;
        let one = if first & 0x80 == 0 { 0 } else { decoder.u8()? };
        let two = if one & 0x80 == 0 { 0 } else { decoder.u8()? };
        let flags = Flags { first, one, two };
        let is_known = first & 0x0f == VERSION && one & 7 <= STRING_ID && flags.kind().is_some() && two & 0xe0 == 0;
        if is_known { Ok(flags) } else { Err(decoder.fault(FaultKind::UnknownEncoding)) }
    }

    const fn kind(self) -> Option<Kind> {
        match (self.two >> 2 & 7, self.two & 1) {
            (0, 0) => Some(Kind::DataSet),
            (0, _) => Some(Kind::Chunk),
            (1, _) => Some(Kind::DiscoveryProbe),
            (2, _) => Some(Kind::DiscoveryAnnouncement),
            _ => None,
        }
    }
}

/// The header of a network message, and behind it where its payload begins.
pub fn header<'a>(decoder: &mut Decoder<'a>) -> Decoded<Header<'a>> {
    let flags = Flags::read(decoder)?;
    let kind = flags.kind().ok_or_else(|| decoder.fault(FaultKind::UnknownEncoding))?;
    let publisher = if flags.first & 0x10 == 0 { None } else { Some(publisher(decoder, flags.one & 7)?) };
    let data_set_class = if flags.one & 8 == 0 { None } else { Some(decoder.guid()?) };
    let group = if flags.first & 0x20 == 0 { Group::default() } else { Group::read(decoder)? };
    let writers = if flags.first & 0x40 == 0 { &[][..] } else { writers(decoder, kind)? };
    let sent = if flags.one & 0x20 == 0 { None } else { Some(decoder.date_time()?) };
    if flags.one & 0x40 != 0 {
        let _picoseconds = decoder.u16()?;
    }
    if flags.two & 2 != 0 {
        let size = decoder.u16()?;
        let _promoted_fields = decoder.take(size.into())?;
    }
    let security = if flags.one & 0x10 == 0 { Security::default() } else { Security::read(decoder)? };
    let shape = Shape {
        version: VERSION,
        kind,
        publisher,
        data_set_class,
        writer_group: group.id,
        group_version: group.version,
        writers,
        signed: security.flags & 1 != 0,
        encrypted: security.flags & 2 != 0,
        key: security.key,
    };
    Ok(Header { shape, network_message: group.network_message, sequence: group.sequence, sent })
}

/// Whether bytes are a network message beyond doubt: a plain one whose data sets end where it ends, or one whose fields
/// are raw, with all that a header may tell of its group.
pub fn is_certain(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(bytes);
    let Ok(header) = header(&mut decoder) else { return false };
    let shape = header.shape;
    let is_plain = shape.kind == Kind::DataSet && shape.key.is_none() && shape.publisher.is_some();
    let has_whole_group = shape.writer_group.is_some() && shape.group_version.is_some() && header.sequence.is_some();
    is_plain
        && match data_sets(&mut decoder, shape.writers.len() / 2) {
            Ok(Ending::Whole) => true,
            Ok(Ending::Raw) => has_whole_group && header.network_message.is_some(),
            Ok(Ending::Amiss) | Err(_) => false,
        }
}

/// Whether bytes look like a network message.
pub fn is_likely(bytes: &[u8]) -> bool {
    let mut decoder = Decoder::new(bytes);
    header(&mut decoder).is_ok_and(|header| header.shape.publisher.is_some()) && decoder.remaining() > 0
}

fn publisher<'a>(decoder: &mut Decoder<'a>, kind: u8) -> Decoded<Publisher<'a>> {
    Ok(match kind {
        0 => Publisher::Number(decoder.u8()?.into()),
        1 => Publisher::Number(decoder.u16()?.into()),
        2 => Publisher::Number(decoder.u32()?.into()),
        3 => Publisher::Number(decoder.u64()?),
        _ => Publisher::Text(decoder.string()?.unwrap_or_default()),
    })
}

fn writers<'a>(decoder: &mut Decoder<'a>, kind: Kind) -> Decoded<&'a [u8]> {
    let count = if kind == Kind::Chunk { 1 } else { decoder.u8()? };
    decoder.take(2 * usize::from(count))
}

#[derive(Clone, Copy, Default)]
struct Group {
    id: Option<u16>,
    version: Option<u32>,
    network_message: Option<u16>,
    sequence: Option<u16>,
}

impl Group {
    fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        let flags = decoder.u8()?;
        if flags & 0xf0 != 0 {
            return Err(decoder.fault(FaultKind::UnknownEncoding));
        }
        Ok(Group {
            id: if flags & 1 == 0 { None } else { Some(decoder.u16()?) },
            version: if flags & 2 == 0 { None } else { Some(decoder.u32()?) },
            network_message: if flags & 4 == 0 { None } else { Some(decoder.u16()?) },
            sequence: if flags & 8 == 0 { None } else { Some(decoder.u16()?) },
        })
    }
}

#[derive(Clone, Copy, Default)]
struct Security {
    flags: u8,
    key: Option<u32>,
}

impl Security {
    fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        let flags = decoder.u8()?;
        if flags & 0xf0 != 0 {
            return Err(decoder.fault(FaultKind::UnknownEncoding));
        }
        let key = Some(decoder.u32()?);
        let nonce = decoder.u8()?;
        decoder.take(nonce.into())?;
        if flags & 4 != 0 {
            let _footer_size = decoder.u16()?;
        }
        Ok(Security { flags, key })
    }
}

/// How a walk over data set messages ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Ending {
    /// Each could be read, and the last one ends with the message.
    Whole,
    /// Fields need a description to be read, and nothing speaks against them.
    Raw,
    Amiss,
}

/// Walks over the data set messages.
fn data_sets(decoder: &mut Decoder<'_>, count: usize) -> Decoded<Ending> {
    if !(1..=MAX_DATA_SETS).contains(&count) {
        return Ok(Ending::Amiss);
    }
    if count == 1 {
        return data_set(decoder);
    }
    let mut sizes = [0; MAX_DATA_SETS];
    for size in &mut sizes[..count] {
        *size = usize::from(decoder.u16()?);
    }
    let mut ending = Ending::Whole;
    for size in &sizes[..count] {
        match data_set(&mut Decoder::new(decoder.take(*size)?))? {
            Ending::Whole => {}
            Ending::Raw => ending = Ending::Raw,
            Ending::Amiss => return Ok(Ending::Amiss),
        }
    }
    Ok(if decoder.remaining() == 0 { ending } else { Ending::Amiss })
}

/// One data set message, to its end (OPC 10000-14 section 7.2.4.5).
fn data_set(decoder: &mut Decoder<'_>) -> Decoded<Ending> {
    let one = decoder.u8()?;
    let two = if one & 0x80 == 0 { 0 } else { decoder.u8()? };
    let (is_valid, encoding, kind) = (one & 1 != 0, one >> 1 & 3, two & 0x0f);
    if !is_valid || two & 0xc0 != 0 || kind > 3 || encoding > 2 {
        return Ok(Ending::Amiss);
    }
    let has = |flags: u8, bit: u8, bytes: usize| if flags & bit == 0 { 0 } else { bytes };
    let rest = has(one, 8, 2) + has(two, 0x10, 8) + has(two, 0x20, 2) + has(one, 0x10, 2);
    decoder.take(rest + has(one, 0x20, 4) + has(one, 0x40, 4))?;
    let is_alive_only = kind == 3 && rest > 0;
    if encoding == 1 && kind != 3 {
        return Ok(if decoder.remaining() > 0 { Ending::Raw } else { Ending::Amiss });
    }
    let fields = if kind == 3 { 0 } else { decoder.u16()? };
    for _ in 0..fields {
        if kind == 1 {
            let _index = decoder.u16()?;
        }
        match encoding {
            0 => decoder.variant().map(drop)?,
            _ => decoder.data_value().map(drop)?,
        }
    }
    let is_whole = decoder.remaining() == 0 && (kind != 3 || is_alive_only);
    Ok(if is_whole { Ending::Whole } else { Ending::Amiss })
}
