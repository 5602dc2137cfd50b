//! From link layer to transport, by etherparse's lax slices: a cut or damaged packet is read as far as it goes.
//!
//! Pure: bytes in, a borrowed [`Packet`] out; no state, no clock. Tunnels and fragments are named, not yet opened.

mod link;
mod packet;
mod shard;

pub use link::decode;
pub use packet::{Arp, Flaw, Icmp, Ip, Net, Packet, Tcp, TcpFlags, Transport};
pub use shard::shard;
