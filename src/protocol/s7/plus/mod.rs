//! S7comm-plus, the protocol of S7-1200 and 1500.
//!
//! There is no public specification; numbers are those that the field's open drivers and dissectors found. `parse` reads
//! frames and heads, `assemble` puts messages together, `message` and `notification` read what they say (`object`, `types`,
//! `value`, `blob`, `number`, `tail` below them) into leaves: one value each with its place. `act` names what a request comes to,
//! `facts` and `session` what is said of machines, `block` the program's parts; `meaning` puts it into the common tongue,
//! `known` keeps repetition away, and `state` is the connection.

mod act;
mod assemble;
mod blob;
mod block;
mod body;
mod facts;
mod known;
mod leaf;
mod meaning;
mod message;
mod names;
mod notification;
mod number;
mod object;
mod own;
mod parse;
mod session;
mod state;
mod tail;
mod types;
mod value;
mod wire;

pub use block::code as code_of_block;
pub use parse::is_plausible;
pub use state::Plus;
pub use wire::{NOTIFICATION, PROTOCOL, REQUEST, RESPONSE};

use parse::{Frame, Head};

/// The opcode of the message that a frame begins, if it begins one.
pub fn opcode(payload: &[u8]) -> Option<u8> {
    Head::read(Frame::read(payload)?.data).map(|head| head.opcode)
}
