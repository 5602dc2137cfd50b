//! Examples: bytes, and what they say.

mod bytes;
mod carrier;
mod jobs;
mod plus;
mod plus_body;
mod plus_forms;
mod programmer;
mod robust;
mod talk;
mod userdata;

use bytes::{connect_confirm, connect_request};
use talk::{Talk, talk};

/// A connection of a programming device to rack 0, slot 2.
fn connected() -> Talk {
    talk().client(connect_request(&[1, 0], &[1, 2])).server(connect_confirm(&[1, 0], &[1, 2]))
}
