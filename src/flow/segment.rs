use super::info::Data;
use crate::decode::Tcp;
use crate::event::{FrameRef, MacAddr};

/// One TCP segment with what the table knows of it.
pub struct Incoming<'a> {
    /// Which end sent it.
    pub sender: usize,
    pub tcp: Tcp,
    pub payload: &'a [u8],
    pub missing: u32,
    pub at: FrameRef,
    /// How its sender sounds, and to whom the frame went; `None` where the link has no addresses.
    pub sound: Option<Sound>,
    pub to: Option<MacAddr>,
    /// The IP packet's number.
    pub identification: Option<u16>,
}

/// Takes sender, frame, and bytes or gap.
pub(super) type Deliver<'a> = dyn FnMut(usize, FrameRef, Data<'_>) + 'a;

/// What a sender's frames have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Sound {
    pub mac: MacAddr,
    pub ttl: u8,
}

/// Sums over all streams, for the capture report.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StreamStats {
    /// Stream bytes that their receiver acknowledged while we listened.
    pub acked_bytes: u64,
    /// Of these, bytes that never came by.
    pub unseen_bytes: u64,
    pub retransmitted_segments: u64,
    pub reordered_segments: u64,
    /// Gaps declared because a bound of one direction was reached and not because bytes were lost.
    pub bounded_gaps: u64,
    /// Bytes that waited for others before them, and no longer could, as all together held too much.
    pub given_up: u64,
    /// Connections with data that were heard within a minute, and of these how many from one side only.
    pub heard_streams: u64,
    pub one_sided_streams: u64,
}
