//! UMAS: what Schneider's engineering software and its controllers say to each other within function 90.
//!
//! Nothing is published by the maker; names, layouts and sizes are those that public research on Modicon M340, M580 and
//! Quantum agrees on. What is not known stays as bytes.

mod facts;
mod fields;
mod transfer;
mod wire;

pub use facts::facts;
pub use fields::items;
pub use transfer::{Finished, Held, Transfers};
pub use wire::{act, class, name};

use crate::event::ProtocolError;
use crate::protocol::Reader;

/// A signature of HMAC-SHA256 goes before the inner message.
const SIGNATURE: usize = 32;

/// A request within function 90.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Call<'a> {
    /// Given by the controller with the reservation; zero without.
    pub session: u8,
    pub function: u8,
    pub data: &'a [u8],
    /// It came within a signed message (function 0x38).
    pub signed: bool,
}

/// A response within function 90.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reply<'a> {
    pub session: u8,
    /// [`wire::OK`] or [`wire::FAILED`].
    pub status: u8,
    pub data: &'a [u8],
}

impl<'a> Call<'a> {
    pub fn read(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader::new(body);
        let (session, function) = (reader.u8()?, reader.u8()?);
        if function == wire::SIGNED
            && let Some(inner) = signed(reader.rest())
        {
            return Some(Call { session: inner.0, function: inner.1, data: inner.2, signed: true });
        }
        Some(Call { session, function, data: reader.rest(), signed: false })
    }
}

impl<'a> Reply<'a> {
    pub fn read(body: &'a [u8], call: Option<&Call<'_>>) -> Option<Self> {
        let mut reader = Reader::new(body);
        let (session, status) = (reader.u8()?, reader.u8()?);
        if call.is_some_and(|call| call.signed)
            && let Some(inner) = signed(reader.rest())
        {
            return Some(Reply { session: inner.0, status: inner.1, data: inner.2 });
        }
        Some(Reply { session, status, data: reader.rest() })
    }

    pub const fn is_refusal(&self) -> bool {
        self.status == wire::FAILED
    }

    /// The controller's error number, low byte first where it has two.
    pub fn error(&self) -> Option<ProtocolError> {
        let code = match *self.data {
            [low, high, ..] => u32::from(u16::from_le_bytes([low, high])),
            [code] => u32::from(code),
            [] => 0,
        };
        self.is_refusal().then(|| ProtocolError::new(code, "umas_error"))
    }
}

/// The message within a signed one: a byte, the signature, then as it would be alone.
fn signed(bytes: &[u8]) -> Option<(u8, u8, &[u8])> {
    let mut reader = Reader::new(bytes);
    reader.skip(1 + SIGNATURE)?;
    let [umas, session, function] = reader.array()?;
    (umas == super::wire::UMAS).then_some((session, function, reader.rest()))
}

/// Whether a body looks like a request, and whether like a response.
pub fn shapes(body: &[u8]) -> (bool, bool) {
    match body {
        [_, wire::OK | wire::FAILED, ..] => (false, true),
        [_, function, ..] => (name(*function).is_some(), false),
        _ => (false, false),
    }
}

/// What is wrong with the answer to a call, if anything is.
pub fn flaw(call: &Call<'_>, body: &[u8]) -> Option<&'static str> {
    match Reply::read(body, Some(call)) {
        None => Some("length"),
        Some(Reply { status: wire::FAILED, .. }) => None,
        Some(Reply { status: wire::OK, data, .. }) => {
            (call.function == wire::REPEAT && data != call.data).then_some("echo")
        }
        Some(_) => Some("status"),
    }
}
