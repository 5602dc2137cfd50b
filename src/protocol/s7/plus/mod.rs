//! S7comm-plus, the protocol of S7-1200 and 1500: recognised and counted, its functions named and paired.
//!
//! There is no public specification; numbers are those that the field's open drivers and dissectors found.

mod parse;
mod state;
mod wire;

pub use parse::is_plausible;
pub use state::Plus;
pub use wire::{NOTIFICATION, PROTOCOL, REQUEST, RESPONSE};

use parse::{Frame, Head};

/// The opcode of the message that a frame begins, if it begins one.
pub fn opcode(payload: &[u8]) -> Option<u8> {
    Head::read(Frame::read(payload)?.data).map(|head| head.opcode)
}
