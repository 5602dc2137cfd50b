//! From link layer to transport, by etherparse's lax slices: a cut or damaged packet is read as far as it goes.
//!
//! [`decode`] is pure: bytes in, a borrowed [`Packet`] out; no state, no clock. It opens tunnels: what comes out is the
//! innermost packet, and the packet keeps what was around it. [`Defragmenter`] and [`Duplicates`] remember a little, each
//! under a cap; [`shard`] shares frames out to those who decode them.

mod duplicate;
mod fragment;
mod gre;
mod inner;
mod link;
mod mpls;
mod overlay;
mod packet;
mod plain;
mod ppp;
mod shard;
mod tunnel;

#[cfg(test)]
mod tests;

pub use duplicate::Duplicates;
pub use fragment::{Datagram, Defragmenter, Taken};
pub use packet::{Arp, Flaw, Fragment, Icmp, Ip, Net, Packet, Tcp, TcpFlags, Transport, Tunnel, TunnelKind, Tunnels};
pub use shard::shard;
pub use tunnel::{MAX_DEPTH, decode};
