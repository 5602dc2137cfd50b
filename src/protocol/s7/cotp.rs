//! TPKT (RFC 1006 section 6) and the transport PDUs of ISO 8073 class 0 (section 13); pure.

use crate::protocol::{Framing, Reader};

const VERSION: u8 = 3;
const TPKT_HEADER: usize = 4;
/// Enough to see version, length, and which TPDU it is.
const ENOUGH: usize = 7;
/// The largest TPDU that ISO 8073 negotiates, with its headers. A longer claim is no TPKT.
pub const MAX_TPKT: usize = TPKT_HEADER + 8192 + 64;

const EXPEDITED: u8 = 0x10;
const EXPEDITED_ACKNOWLEDGE: u8 = 0x20;
const REJECT: u8 = 0x50;
const ACKNOWLEDGE: u8 = 0x60;
const ERROR: u8 = 0x70;
const DISCONNECT_REQUEST: u8 = 0x80;
const DISCONNECT_CONFIRM: u8 = 0xc0;
const CONNECT_CONFIRM: u8 = 0xd0;
const CONNECT_REQUEST: u8 = 0xe0;
const DATA: u8 = 0xf0;

/// Parameters of the variable part (section 13.3.4).
const TPDU_SIZE: u8 = 0xc0;
const CALLING_TSAP: u8 = 0xc1;
const CALLED_TSAP: u8 = 0xc2;
/// The bit of a data TPDU that ends its message.
const END_OF_MESSAGE: u8 = 0x80;

/// A transport PDU, as far as it concerns us.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tpdu<'a> {
    ConnectRequest(Connect<'a>),
    ConnectConfirm(Connect<'a>),
    DisconnectRequest { reason: u8 },
    Data { last: bool, bytes: &'a [u8] },
    Expedited(&'a [u8]),
    Error { cause: u8 },
    Other(u8),
}

/// The fields of a connect request or confirm.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Connect<'a> {
    pub source_reference: u16,
    pub class: u8,
    pub calling_tsap: &'a [u8],
    pub called_tsap: &'a [u8],
    pub tpdu_size: Option<u32>,
}

/// Where the next TPKT ends. What does not look like a TPKT with a transport PDU inside is junk, so that a lost stream is
/// found again.
pub fn frame(bytes: &[u8]) -> Framing {
    let wrong = |at: usize, fits: fn(u8) -> bool| bytes.get(at).is_some_and(|byte| !fits(*byte));
    if wrong(0, |b| b == VERSION) || wrong(1, |b| b == 0) || wrong(5, is_tpdu) {
        return Framing::Junk;
    }
    let Some(&[_, _, high, low, indicator, ..]) = bytes.first_chunk::<ENOUGH>() else { return Framing::Need(ENOUGH) };
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < ENOUGH || indicator < 2 || length <= TPKT_HEADER + usize::from(indicator) {
        return Framing::Junk;
    }
    Framing::Message(length)
}

const fn is_tpdu(code: u8) -> bool {
    matches!(
        code,
        EXPEDITED
            | EXPEDITED_ACKNOWLEDGE
            | REJECT
            | ACKNOWLEDGE
            | ERROR
            | DISCONNECT_REQUEST
            | DISCONNECT_CONFIRM
            | CONNECT_CONFIRM
            | CONNECT_REQUEST
            | DATA
    )
}

impl<'a> Tpdu<'a> {
    /// Reads a whole TPKT.
    pub fn read(tpkt: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(tpkt);
        reader.skip(TPKT_HEADER)?;
        let indicator = reader.u8()?;
        let header = reader.take(usize::from(indicator))?;
        let (&code, fields) = header.split_first()?;
        Some(match code {
            CONNECT_REQUEST => Tpdu::ConnectRequest(Connect::read(fields)?),
            CONNECT_CONFIRM => Tpdu::ConnectConfirm(Connect::read(fields)?),
            DISCONNECT_REQUEST => Tpdu::DisconnectRequest { reason: *fields.get(4)? },
            DATA => Tpdu::Data { last: fields.last()? & END_OF_MESSAGE != 0, bytes: reader.rest() },
            EXPEDITED => Tpdu::Expedited(reader.rest()),
            ERROR => Tpdu::Error { cause: *fields.get(2)? },
            other => Tpdu::Other(other),
        })
    }
}

impl<'a> Connect<'a> {
    fn read(fields: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(fields);
        reader.skip(2)?;
        let mut connect = Connect { source_reference: reader.be16()?, class: reader.u8()? >> 4, ..Connect::default() };
        while let Some(code) = reader.u8() {
            let Some(value) = reader.u8().and_then(|length| reader.take(usize::from(length))) else { break };
            match code {
                TPDU_SIZE => connect.tpdu_size = value.first().filter(|n| (7..=13).contains(*n)).map(|n| 1 << n),
                CALLING_TSAP => connect.calling_tsap = value,
                CALLED_TSAP => connect.called_tsap = value,
                _ => {}
            }
        }
        Some(connect)
    }
}

/// Reasons of a disconnect request (section 13.5.3).
pub const fn disconnect_reason(reason: u8) -> &'static str {
    match reason {
        0 => "not_specified",
        1 => "congestion",
        2 => "session_not_attached",
        3 => "address_unknown",
        0x80 => "normal_disconnect",
        0x81 => "remote_congestion",
        0x82 => "negotiation_failed",
        0x83 => "duplicate_source_reference",
        0x84 => "mismatched_references",
        0x85 => "protocol_error",
        0x87 => "reference_overflow",
        0x88 => "connection_refused_on_network",
        0x8a => "header_length_invalid",
        _ => "unknown_reason",
    }
}

/// What a TSAP says by Siemens' convention of two bytes: who connects, and to which rack and slot.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TsapMeaning {
    pub role: Option<&'static str>,
    pub rack_slot: Option<(u8, u8)>,
}

/// The names by which S7-1200 and 1500 are called.
const SYMBOLIC: &[u8] = b"SIMATIC-ROOT-";

/// Reads a called TSAP. One that keeps no convention of Siemens' means nothing.
pub fn tsap_meaning(tsap: &[u8]) -> TsapMeaning {
    if let Some(rest) = tsap.strip_prefix(SYMBOLIC) {
        let role = match rest {
            b"ES" => "es",
            b"HMI" => "hmi",
            _ => "other",
        };
        return TsapMeaning { role: Some(role), rack_slot: None };
    }
    let &[kind, place] = tsap else { return TsapMeaning::default() };
    let rack_slot = Some((place >> 5, place & 0x1f));
    match kind {
        1 => TsapMeaning { role: Some("pg"), rack_slot },
        2 => TsapMeaning { role: Some("op"), rack_slot },
        3 => TsapMeaning { role: Some("basic"), rack_slot },
        // Connection resources of configured connections between controllers.
        0x10..=0xdf if !is_text(tsap) => TsapMeaning { role: None, rack_slot },
        _ => TsapMeaning::default(),
    }
}

/// Called by a name that only S7comm-plus uses.
pub fn is_plus(tsap: &[u8]) -> bool {
    tsap.starts_with(SYMBOLIC)
}

/// A TSAP as people write it: text where it is text, hexadecimal otherwise.
pub fn tsap_text(tsap: &[u8]) -> String {
    if is_text(tsap) { String::from_utf8_lossy(tsap).into_owned() } else { crate::event::hex(tsap) }
}

fn is_text(tsap: &[u8]) -> bool {
    !tsap.is_empty() && tsap.iter().all(u8::is_ascii_graphic)
}
