//! Projects on their way into the controller or out of it, put together from their blocks.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use smallvec::{SmallVec, smallvec};

use super::{Call, Reply, wire};
use crate::event::{Artifact, FrameRef, hex};
use crate::protocol::Reader;

/// Transfers of one connection at a time; the software has one.
const MAX_OPEN: usize = 2;
/// Bytes kept of one transfer; a large project has a few MiB.
const MAX_BYTES: usize = 4 << 20;
/// Bytes kept of all transfers of a packet thread.
const MAX_HELD: usize = 32 << 20;

#[derive(Debug, Default)]
pub struct Transfers {
    open: VecDeque<Transfer>,
}

/// What the transfers of all connections of a packet thread hold together.
#[derive(Debug, Default)]
pub struct Held {
    bytes: usize,
}

impl Held {
    /// As much may be held in addition.
    pub fn room(&self) -> usize {
        MAX_HELD.saturating_sub(self.bytes)
    }

    /// A connection held so many bytes, and now holds so many.
    pub fn change(&mut self, before: usize, after: usize) {
        self.bytes = (self.bytes + after).saturating_sub(before);
    }
}

#[derive(Debug)]
struct Transfer {
    to_server: bool,
    file: u16,
    bytes: Vec<u8>,
    /// All bytes that came, kept or not.
    size: u64,
    /// The block that must come next; they count from 1.
    next: u16,
    /// A block is missing, or the transfer's beginning was not seen.
    torn: bool,
    frames: SmallVec<[FrameRef; 4]>,
}

/// One block, and how much of it may be kept.
struct Part<'a> {
    block: u16,
    data: &'a [u8],
    room: usize,
}

/// A transfer that is over.
#[derive(Debug)]
pub struct Finished {
    pub artifact: Artifact,
    pub frames: SmallVec<[FrameRef; 4]>,
}

impl Transfers {
    /// Bytes in all that is open.
    pub fn held(&self) -> usize {
        self.open.iter().map(|transfer| transfer.bytes.len()).sum()
    }

    /// A call was answered well. A transfer that ends with it, or that must make room, comes back. What finds no room is
    /// counted and not kept.
    pub fn step(&mut self, call: &Call<'_>, reply: &Reply<'_>, frames: &[FrameRef], room: usize) -> Option<Finished> {
        let to_server = matches!(call.function, wire::BEGIN_DOWNLOAD..=wire::END_DOWNLOAD);
        let mut reader = Reader::new(call.data);
        let file = reader.be16()?;
        match call.function {
            wire::BEGIN_DOWNLOAD | wire::BEGIN_UPLOAD => self.begin(Transfer::new(to_server, file, frames)),
            wire::DOWNLOAD_BLOCK => {
                let (block, length) = (reader.le16()?, reader.le16()?);
                let data = reader.rest();
                let part = Part { block, data: data.get(..length.into()).unwrap_or(data), room };
                self.part(to_server, file, &part, frames)
            }
            wire::UPLOAD_BLOCK => {
                let block = reader.le16()?;
                let mut answer = Reader::new(reply.data);
                answer.skip(2)?;
                let length = answer.le16()?;
                let data = answer.rest();
                let part = Part { block, data: data.get(..length.into()).unwrap_or(data), room };
                self.part(to_server, file, &part, frames)
            }
            wire::END_DOWNLOAD | wire::END_UPLOAD => self.take(to_server, file)?.finish(true, frames),
            _ => None,
        }
    }

    /// The connection is over: what did not end stays in pieces.
    pub fn finish(&mut self) -> impl Iterator<Item = Finished> {
        self.open.drain(..).filter_map(|transfer| transfer.finish(false, &[]))
    }

    fn begin(&mut self, transfer: Transfer) -> Option<Finished> {
        let old = self.take(transfer.to_server, transfer.file);
        let old = old.or_else(|| if self.open.len() >= MAX_OPEN { self.open.pop_front() } else { None });
        self.open.push_back(transfer);
        old?.finish(false, &[])
    }

    fn part(&mut self, to_server: bool, file: u16, part: &Part<'_>, frames: &[FrameRef]) -> Option<Finished> {
        let mut made_room = None;
        if !self.open.iter().any(|transfer| transfer.is(to_server, file)) {
            made_room = self.begin(Transfer { torn: true, next: part.block, ..Transfer::new(to_server, file, frames) });
        }
        if let Some(transfer) = self.open.iter_mut().find(|transfer| transfer.is(to_server, file)) {
            transfer.push(part, frames);
        }
        made_room
    }

    fn take(&mut self, to_server: bool, file: u16) -> Option<Transfer> {
        let index = self.open.iter().position(|transfer| transfer.is(to_server, file))?;
        self.open.remove(index)
    }
}

impl Transfer {
    fn new(to_server: bool, file: u16, frames: &[FrameRef]) -> Self {
        let frames = frames.first().map(|first| smallvec![*first]).unwrap_or_default();
        Transfer { to_server, file, bytes: Vec::new(), size: 0, next: 1, torn: false, frames }
    }

    fn is(&self, to_server: bool, file: u16) -> bool {
        self.to_server == to_server && self.file == file
    }

    /// The software sends some blocks twice: the second is none.
    fn push(&mut self, part: &Part<'_>, frames: &[FrameRef]) {
        let Part { block, data, room } = *part;
        if block.wrapping_add(1) == self.next && self.size > 0 {
            return;
        }
        self.torn |= block != self.next;
        self.next = block.wrapping_add(1);
        self.size += data.len() as u64;
        let room = room.min(MAX_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(data.get(..room).unwrap_or(data));
        self.frames.truncate(1);
        self.frames.extend(frames.last().copied());
    }

    fn finish(mut self, ended: bool, frames: &[FrameRef]) -> Option<Finished> {
        if self.bytes.is_empty() {
            return None;
        }
        self.frames.extend(frames.last().copied());
        // Projects begin with three letters that name their kind.
        let kind = match self.bytes.get(..3) {
            Some(b"APX") => "APX ",
            Some(b"APB") => "APB ",
            _ => "",
        };
        let artifact = Artifact {
            kind: "umas_strategy".into(),
            name: format!("{kind}file {}", self.file),
            to_server: self.to_server,
            size: self.size,
            complete: ended && !self.torn && self.size == self.bytes.len() as u64,
            sha256: hex(&Sha256::digest(&self.bytes)),
            block: None,
            bytes: self.bytes,
            comparison: None,
        };
        Some(Finished { artifact, frames: self.frames })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_is_counted_and_not_kept() {
        let ok = Reply { session: 1, status: wire::OK, data: &[] };
        let mut transfers = Transfers::default();
        let mut step =
            |function, data, room| transfers.step(&Call { session: 1, function, data, signed: false }, &ok, &[], room);
        assert!(step(wire::BEGIN_DOWNLOAD, &[0, 1], 3).is_none());
        assert!(step(wire::DOWNLOAD_BLOCK, &[0, 1, 1, 0, 5, 0, 1, 2, 3, 4, 5], 3).is_none());
        let artifact = step(wire::END_DOWNLOAD, &[0, 1, 1, 0], 3).unwrap().artifact;
        assert_eq!((&artifact.bytes[..], artifact.size, artifact.complete), (&[1, 2, 3][..], 5, false));
    }

    #[test]
    fn all_connections_of_a_packet_thread_share_one_bound() {
        let mut held = Held::default();
        held.change(0, MAX_HELD - 10);
        assert_eq!(held.room(), 10);
        held.change(MAX_HELD - 10, MAX_HELD);
        assert_eq!(held.room(), 0);
        held.change(MAX_HELD, 0);
        assert_eq!(held.room(), MAX_HELD);
    }
}
