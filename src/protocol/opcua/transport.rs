//! Messages and chunks of OPC UA Connection Protocol and of UA Secure Conversation (OPC 10000-6 sections 6.7.2 and 7.1.2).

use super::decoder::{Bytes, Decoded, Decoder};
use crate::event::OpcuaLimits;
use crate::protocol::Framing;

/// Message type, chunk type and size.
pub const HEADER: usize = 8;
/// Bytes of one chunk; stacks use 8 to 256 KiB.
pub const MAX_CHUNK: usize = 1 << 20;
/// Bytes of a HEL, ACK, ERR or RHE: their strings may have 4096 bytes, with room for those who break that rule.
const MAX_HANDSHAKE: usize = 1 << 15;
/// Channel id, token id and sequence header behind the message header.
const MIN_SYMMETRIC: usize = HEADER + 16;

#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    Hello,
    Acknowledge,
    Error,
    ReverseHello,
    Open,
    Message,
    Close,
}

/// OPC 10000-6 section 6.7.2.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ChunkType {
    Intermediate,
    Final,
    Abort,
}

impl Kind {
    const ALL: [Kind; 7] =
        [Kind::Message, Kind::Open, Kind::Close, Kind::Hello, Kind::Acknowledge, Kind::Error, Kind::ReverseHello];

    const fn letters(self) -> &'static [u8; 3] {
        match self {
            Kind::Hello => b"HEL",
            Kind::Acknowledge => b"ACK",
            Kind::Error => b"ERR",
            Kind::ReverseHello => b"RHE",
            Kind::Open => b"OPN",
            Kind::Message => b"MSG",
            Kind::Close => b"CLO",
        }
    }

    /// Sent over a secure channel and so in chunks.
    const fn is_secured(self) -> bool {
        matches!(self, Kind::Open | Kind::Message | Kind::Close)
    }

    /// The smallest and largest size that such a message can have.
    const fn sizes(self) -> (usize, usize) {
        match self {
            Kind::Hello => (HEADER + 24, MAX_HANDSHAKE),
            Kind::Acknowledge => (HEADER + 20, MAX_HANDSHAKE),
            Kind::Error | Kind::ReverseHello => (HEADER + 8, MAX_HANDSHAKE),
            Kind::Open => (HEADER + 24, MAX_CHUNK),
            Kind::Message | Kind::Close => (MIN_SYMMETRIC, MAX_CHUNK),
        }
    }
}

/// What a message begins with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Header {
    pub kind: Kind,
    pub chunk: ChunkType,
    pub size: usize,
}

impl Header {
    /// The header, whatever its size says; `None` where no message begins.
    pub fn read(bytes: &[u8]) -> Option<Header> {
        let [a, b, c, chunk, size @ ..] = bytes.first_chunk::<HEADER>()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.letters() == &[*a, *b, *c])?;
        let chunk = chunk_type(kind, *chunk)?;
        Some(Header { kind, chunk, size: u32::from_le_bytes(*size) as usize })
    }

    pub fn is_plausible(&self) -> bool {
        let (min, max) = self.kind.sizes();
        (min..=max).contains(&self.size)
    }
}

fn chunk_type(kind: Kind, letter: u8) -> Option<ChunkType> {
    match letter {
        b'F' => Some(ChunkType::Final),
        b'C' if kind.is_secured() => Some(ChunkType::Intermediate),
        b'A' if kind.is_secured() => Some(ChunkType::Abort),
        _ => None,
    }
}

/// Where the next message ends, by its header.
pub fn frame(bytes: &[u8]) -> Framing {
    if let Some(header) = Header::read(bytes) {
        return if header.is_plausible() { Framing::Message(header.size) } else { Framing::Junk };
    }
    let begins = |kind: Kind| kind.letters().iter().zip(bytes).all(|(want, have)| want == have);
    let fits = |kind: Kind| begins(kind) && bytes.get(3).is_none_or(|letter| chunk_type(kind, *letter).is_some());
    if bytes.len() < HEADER && Kind::ALL.into_iter().any(fits) { Framing::Need(HEADER) } else { Framing::Junk }
}

/// HEL (OPC 10000-6 section 7.1.2.3).
pub fn hello<'a>(decoder: &mut Decoder<'a>) -> Decoded<(OpcuaLimits, Bytes<'a>)> {
    Ok((limits(decoder)?, decoder.string()?))
}

/// The numbers of HEL and ACK (OPC 10000-6 sections 7.1.2.3 and 7.1.2.4).
pub fn limits(decoder: &mut Decoder<'_>) -> Decoded<OpcuaLimits> {
    Ok(OpcuaLimits {
        protocol_version: decoder.u32()?,
        receive_buffer_size: decoder.u32()?,
        send_buffer_size: decoder.u32()?,
        max_message_size: decoder.u32()?,
        max_chunk_count: decoder.u32()?,
    })
}

/// Error and reason: the body of ERR (OPC 10000-6 section 7.1.2.5) and of an abort chunk (section 6.7.3).
pub fn error<'a>(decoder: &mut Decoder<'a>) -> Decoded<(u32, Bytes<'a>)> {
    Ok((decoder.u32()?, decoder.string()?))
}

/// RHE: server URI and endpoint URL (OPC 10000-6 section 7.1.2.6).
pub fn reverse_hello<'a>(decoder: &mut Decoder<'a>) -> Decoded<(Bytes<'a>, Bytes<'a>)> {
    Ok((decoder.string()?, decoder.string()?))
}

/// The security header of OPN (OPC 10000-6 section 6.7.2.3).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asymmetric<'a> {
    /// Zero in a request that opens a new channel.
    pub channel: u32,
    pub policy_uri: &'a [u8],
    pub sender_certificate: &'a [u8],
    /// SHA-1 of the certificate whose key the message is encrypted for.
    pub receiver_thumbprint: &'a [u8],
}

impl<'a> Asymmetric<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        Ok(Asymmetric {
            channel: decoder.u32()?,
            policy_uri: decoder.string()?.unwrap_or_default(),
            sender_certificate: decoder.bytes()?.unwrap_or_default(),
            receiver_thumbprint: decoder.bytes()?.unwrap_or_default(),
        })
    }
}

/// OPC 10000-6 section 6.7.2.5: behind the security header, encrypted where the channel is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sequence {
    pub number: u32,
    pub request: u32,
}

impl Sequence {
    pub fn read(decoder: &mut Decoder<'_>) -> Decoded<Self> {
        Ok(Sequence { number: decoder.u32()?, request: decoder.u32()? })
    }
}
