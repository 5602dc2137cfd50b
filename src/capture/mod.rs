//! Frames from a wire or from a file, and the last seconds of them kept as evidence.
//!
//! Every engine gives the same [`Frame`]: bytes, outer VLAN tag, kernel time in ns, interface, original length. Nothing
//! here ever sends: no function writes to a capture socket. The ring is the one file of this project with `unsafe`.

mod compressed;
mod condition;
pub mod evidence;
pub mod fanout;
pub mod file;
pub mod filter;
pub mod folder;
mod open;
pub mod pcapng;
mod pnet_engine;
pub mod reel;
mod ring;

pub use condition::Condition;
pub use open::{CaptureOptions, Engine, Interface, OpenError, interfaces, open};

use std::io;
use std::time::Duration;

use crate::event::FrameRef;

/// One frame as captured, borrowed from the engine's buffer.
#[derive(Clone, Copy, Debug)]
pub struct Frame<'a> {
    /// Time, number within its capture, and which capture.
    pub at: FrameRef,
    pub link: LinkType,
    /// Length on the wire; larger than `bytes` where a snap length cut the frame.
    pub wire_len: u32,
    /// The outermost tag where the kernel took it out of the bytes.
    pub vlan: Option<VlanTag>,
    pub bytes: &'a [u8],
}

/// An engine that captures live.
pub trait Source: Send {
    /// Waits for frames at most `timeout` long (some engines use their own time) and hands over what has come. An error
    /// means that the interface is gone or down: the source is to be opened anew.
    fn poll(&mut self, timeout: Duration, take: &mut dyn FnMut(&Frame<'_>)) -> io::Result<()>;

    /// Frames that the kernel dropped since the last call because our buffer was full.
    fn drops(&mut self) -> io::Result<u64>;
}

/// An 802.1Q or 802.1ad tag that came beside the bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct VlanTag {
    /// Priority, drop eligibility and identifier as on the wire.
    pub tci: u16,
    /// 0x8100 or 0x88a8.
    pub tpid: u16,
}

impl VlanTag {
    pub const fn id(self) -> u16 {
        self.tci & 0x0fff
    }
}

/// A LINKTYPE_ number of the pcap registry (tcpdump.org/linktypes.html).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LinkType(pub u32);

impl LinkType {
    pub const NULL: LinkType = LinkType(0);
    pub const ETHERNET: LinkType = LinkType(1);
    pub const PPP: LinkType = LinkType(9);
    pub const PPP_HDLC: LinkType = LinkType(50);
    pub const RAW: LinkType = LinkType(101);
    pub const LOOP: LinkType = LinkType(108);
    pub const LINUX_SLL: LinkType = LinkType(113);
    pub const IPV4: LinkType = LinkType(228);
    pub const IPV6: LinkType = LinkType(229);
    pub const LINUX_SLL2: LinkType = LinkType(276);

    /// BSD's DLT_RAW, which some writers put into files as it stands on their system.
    pub const fn is_raw(self) -> bool {
        matches!(self.0, 12 | 14 | 101 | 228 | 229)
    }
}
