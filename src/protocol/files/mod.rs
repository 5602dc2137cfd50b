//! Files that conversations beside control traffic carry, put together for YARA and for lists of hashes: bodies of HTTP
//! messages, what SMB reads and writes, what TFTP sends, and streams that are one file from their first byte on, as FTP and many tools send them.
//!
//! Texts and pictures are left alone. A file has a bound, all files of a packet thread together have one, and what is packed
//! stays packed: a bomb costs as much as its own bytes.

mod http;
mod kind;
mod smb;
mod tftp;

use std::borrow::Cow;

use sha2::{Digest, Sha256};

use crate::event::{Artifact, FrameRef, Side, hex};
use crate::flow::{Data, Piece};

/// Bytes of one file that are kept: what tells a file is at its beginning.
const MAX_FILE: usize = 8 << 20;
/// The same of all files that one packet thread puts together.
const MAX_HELD: usize = 32 << 20;

/// What one conversation carries.
#[derive(Default)]
pub struct Files(State);

#[derive(Default)]
enum State {
    #[default]
    Fresh,
    Http(Box<http::Messages>),
    Smb(Box<smb::Shares>),
    Tftp(Box<tftp::Blocks>),
    Stream(Box<Carving>),
    Over,
}

/// Bytes of unfinished files of one packet thread.
#[derive(Default)]
pub struct HeldFiles(usize);

/// A file that is over, with the frames of its first and last bytes.
pub struct Carved {
    pub artifact: Artifact,
    pub frames: [FrameRef; 2],
}

/// A file on its way.
struct Carving {
    kind: &'static str,
    name: String,
    from: Side,
    bytes: Vec<u8>,
    size: u64,
    /// Bytes that others stand behind and that may still come.
    holes: usize,
    torn: bool,
    frames: [FrameRef; 2],
}

impl Files {
    /// Takes a piece in and gives the files that end with it.
    pub fn piece(&mut self, piece: &Piece<'_>, held: &mut HeldFiles, give: &mut dyn FnMut(Carved)) {
        let before = self.held();
        self.take(piece, MAX_HELD.saturating_sub(held.0), give);
        held.0 = held.0.saturating_sub(before) + self.held();
    }

    /// The conversation is over, and so is what lasts until its end.
    pub fn end(&mut self, held: &mut HeldFiles, give: &mut dyn FnMut(Carved)) {
        held.0 = held.0.saturating_sub(self.held());
        match std::mem::replace(&mut self.0, State::Over) {
            State::Http(messages) => messages.end(give),
            State::Smb(shares) => shares.end(give),
            State::Tftp(blocks) => blocks.end(give),
            State::Stream(carving) => give(carving.finish(true)),
            State::Fresh | State::Over => {}
        }
    }

    fn held(&self) -> usize {
        match &self.0 {
            State::Http(messages) => messages.held(),
            State::Smb(shares) => shares.held(),
            State::Tftp(blocks) => blocks.held(),
            State::Stream(carving) => carving.bytes.len(),
            State::Fresh | State::Over => 0,
        }
    }

    fn take(&mut self, piece: &Piece<'_>, room: usize, give: &mut dyn FnMut(Carved)) {
        if matches!(self.0, State::Fresh) {
            self.0 = begin(piece);
        }
        match (&mut self.0, piece.data) {
            (State::Http(messages), Data::Stream(bytes)) => messages.take(piece, bytes, room, give),
            (State::Http(messages), Data::Gap(length)) => messages.gap(piece.from, length),
            (State::Smb(shares), Data::Stream(bytes)) => shares.take(piece, bytes, room, give),
            (State::Smb(shares), Data::Gap(length)) => shares.gap(piece.from, length),
            (State::Tftp(blocks), Data::Datagram(bytes)) => {
                if let Some(carved) = blocks.take(piece, bytes, room) {
                    give(carved);
                    self.0 = State::Over;
                }
            }
            (State::Stream(carving), Data::Stream(bytes)) if piece.from == carving.from => {
                carving.push(bytes, piece.at, room);
            }
            (State::Stream(carving), Data::Gap(length)) if piece.from == carving.from => carving.lose(length),
            _ => {}
        }
    }
}

fn begin(piece: &Piece<'_>) -> State {
    match piece.data {
        Data::Datagram(bytes) => tftp::begin(piece, bytes).map_or(State::Over, |state| match state {
            tftp::Begin::Wait => State::Fresh,
            tftp::Begin::Data(blocks) => State::Tftp(blocks),
        }),
        Data::Stream(bytes) if http::begins(bytes) => State::Http(Box::default()),
        Data::Stream(bytes) if smb::begins(bytes) => State::Smb(Box::default()),
        Data::Stream(bytes) if kind::is_known(bytes) => {
            State::Stream(Box::new(Carving::new("tcp_stream", String::new(), piece.from, piece.at)))
        }
        Data::Stream(_) | Data::Gap(_) => State::Over,
    }
}

impl Carving {
    fn new(kind: &'static str, name: String, from: Side, at: FrameRef) -> Self {
        Carving { kind, name, from, bytes: Vec::new(), size: 0, holes: 0, torn: false, frames: [at; 2] }
    }

    fn push(&mut self, bytes: &[u8], at: FrameRef, room: usize) {
        self.size += bytes.len() as u64;
        self.frames[1] = at;
        // Behind a hole nothing is where it belongs.
        let room = if self.torn { 0 } else { room.min(MAX_FILE - self.bytes.len()) };
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn lose(&mut self, length: u64) {
        self.size += length;
        self.torn = true;
    }

    fn finish(self, ended: bool) -> Carved {
        let artifact = Artifact {
            kind: Cow::Borrowed(self.kind),
            name: if self.name.is_empty() { self.kind.to_owned() } else { self.name },
            to_server: self.from == Side::Client,
            size: self.size,
            complete: ended && !self.torn && self.holes == 0 && self.size == self.bytes.len() as u64,
            sha256: hex(&Sha256::digest(&self.bytes)),
            block: None,
            comparison: None,
            bytes: self.bytes,
        };
        Carved { artifact, frames: self.frames }
    }
}

#[cfg(test)]
mod tests;
