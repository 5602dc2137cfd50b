//! Conversations: who talks with whom, which side asked, and the bytes of each direction in order.
//!
//! The table is bounded: when it is full the least useful conversation goes first (closed, then unanswered, then
//! unknown, control protocols last), and each eviction is counted. So are the bytes that wait for others before them. Time is the packet's, never the wall's. The hash is
//! keyed, so that chosen addresses cannot slow the table.
//!
//! The table is generic over the state that the room above keeps per conversation; this room knows no protocol.

mod half;
mod holders;
mod info;
mod key;
mod lru;
mod segment;
mod table;
mod tail;
mod tcp;
#[cfg(test)]
mod tests;
mod trend;
mod voice;

pub use info::{Data, DirectionSource, FlowInfo, Piece, Worth};
pub use segment::{Sound, StreamStats};
pub use table::{FlowLimits, FlowSink, FlowTable};
pub use voice::Oddity;
