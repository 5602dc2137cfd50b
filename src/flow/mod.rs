//! Conversations: who talks with whom, which side asked, and the bytes of each direction in order.
//!
//! The table is bounded: when it is full the least useful conversation goes first (closed, then unanswered, then
//! unknown, control protocols last), and each eviction is counted. Time is the packet's, never the wall's. The hash is
//! keyed, so that chosen addresses cannot slow the table.
//!
//! The table is generic over the state that the room above keeps per conversation; this room knows no protocol.

mod info;
mod key;
mod lru;
mod table;
mod tcp;
#[cfg(test)]
mod tests;

pub use info::{Data, DirectionSource, FlowInfo, Piece, Worth};
pub use table::{FlowLimits, FlowSink, FlowTable};
pub use tcp::StreamStats;
