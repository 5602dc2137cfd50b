//! The next tier: takes probes' reports by the same protocol and answers by the same document.
//!
//! What is answered as accepted is on disk; what comes twice is a duplicate and changes nothing; what comes too early is
//! answered with the numbers that are missing.

mod ledger;
mod server;

pub use ledger::{Ledger, Received, ReceivedProbe};
pub use server::{ReceiverOptions, openapi, router};
