//! Files that SMB 2 and 3 read and write ([MS-SMB2] sections 2.2.13, 2.2.19 to 2.2.22), as far as they are not encrypted.
//!
//! A file is named when it is opened, its parts come in any order that several requests at a time give them, and it is over
//! when it is closed. Each way is a file of its own: what was read and what was written.

use std::collections::VecDeque;

use super::{Carved, Carving, kind};
use crate::event::{FrameRef, Side, clean_text};
use crate::flow::Piece;

/// Type 0 and three bytes of length stand before each message.
const TRANSPORT: usize = 4;
const HEADER: usize = 64;
const MAGIC: &[u8] = b"\xfeSMB";
/// SMB 1 opens what may become SMB 2.
const OLD_MAGIC: &[u8] = b"\xffSMB";
const CREATE: u16 = 5;
const CLOSE: u16 = 6;
const READ: u16 = 8;
const WRITE: u16 = 9;
/// The answer comes later.
const PENDING: u32 = 0x103;
/// Bytes of a message that are kept until they are read: headers and names, and what of data lies among them.
const MAX_HEAD: usize = 1024;
const MAX_NAME: usize = 200;
/// Files open at a time, and requests that wait for their answers.
const MAX_OPEN: usize = 16;
const MAX_WAITING: usize = 64;
/// A part may come before others that lie so much in front of it.
const MAX_AHEAD: u64 = 1 << 20;

type FileId = [u8; 16];

/// One connection.
#[derive(Default)]
pub struct Shares {
    sides: [Half; 2],
    /// Names of files that are being opened, by the number of the request.
    opening: VecDeque<(u64, String)>,
    reading: VecDeque<(u64, FileId, u64)>,
    open: VecDeque<Open>,
}

/// Messages out of one side's bytes.
#[derive(Default)]
struct Half {
    head: Vec<u8>,
    /// Bytes of the message that are still to come.
    left: usize,
    /// What of them is a file's.
    data: Option<Part>,
    /// Where messages begin is not known.
    lost: bool,
}

/// Where the bytes to come belong.
struct Part {
    file: FileId,
    from: Side,
    offset: u64,
    /// Bytes of the message before them.
    skip: usize,
    left: usize,
}

struct Open {
    id: FileId,
    name: String,
    /// What the client wrote, and what the server gave.
    ways: [Way; 2],
}

enum Way {
    Fresh,
    Kept(Carving),
    /// Nothing worth a look.
    Dull,
}

pub fn begins(bytes: &[u8]) -> bool {
    bytes.first() == Some(&0)
        && bytes.get(TRANSPORT..).is_some_and(|b| b.starts_with(MAGIC) || b.starts_with(OLD_MAGIC))
}

impl Shares {
    pub fn take(&mut self, piece: &Piece<'_>, mut bytes: &[u8], mut room: usize, give: &mut dyn FnMut(Carved)) {
        let side = usize::from(piece.from == Side::Server);
        if std::mem::take(&mut self.sides[side].lost) && !begins(bytes) {
            self.sides[side].lost = true;
            return;
        }
        while !bytes.is_empty() {
            let half = &mut self.sides[side];
            if half.left > 0 {
                let (now, later) = bytes.split_at(half.left.min(bytes.len()));
                half.left -= now.len();
                bytes = later;
                let before = self.held();
                self.data(side, now, piece.at, room);
                room = room.saturating_sub(self.held().saturating_sub(before));
                continue;
            }
            let Some(used) = half.gather(bytes) else { return half.lost = true };
            bytes = bytes.get(used..).unwrap_or_default();
            if half.left == 0 && half.is_read() {
                let head = std::mem::take(&mut half.head);
                half.left = length(&head).saturating_sub(head.len() - TRANSPORT);
                let before = self.held();
                self.chain(piece, head.get(TRANSPORT..).unwrap_or_default(), room, give);
                room = room.saturating_sub(self.held().saturating_sub(before));
            }
        }
    }

    /// Within the data of a message only a part of it is missing.
    pub fn gap(&mut self, from: Side, length: u64) {
        let half = &mut self.sides[usize::from(from == Side::Server)];
        let within = usize::try_from(length).ok().filter(|length| *length < half.left);
        let Some(length) = within else {
            *half = Half { lost: true, ..Half::default() };
            return;
        };
        half.left -= length;
        let Some(part) = &mut half.data else { return };
        let of_data = length.saturating_sub(part.skip).min(part.left);
        part.skip = part.skip.saturating_sub(length);
        part.left -= of_data;
        part.offset = part.offset.saturating_add(of_data as u64);
        let (file, way) = (part.file, usize::from(part.from == Side::Server));
        if let Some(Open { ways, .. }) = self.open.iter_mut().find(|open| open.id == file)
            && let Way::Kept(carving) = &mut ways[way]
        {
            carving.holes += of_data;
        }
    }

    pub fn end(self, give: &mut dyn FnMut(Carved)) {
        self.open.into_iter().for_each(|open| open.finish(false, give));
    }

    pub fn held(&self) -> usize {
        let ways = self.open.iter().flat_map(|open| &open.ways);
        ways.map(|way| if let Way::Kept(carving) = way { carving.bytes.len() } else { 0 }).sum()
    }

    /// The messages of one transport message, one after the other; data that goes on behind what was gathered is the last one's.
    fn chain(&mut self, piece: &Piece<'_>, mut messages: &[u8], room: usize, give: &mut dyn FnMut(Carved)) {
        while messages.starts_with(MAGIC) {
            let next = le32(messages, 20).and_then(|next| usize::try_from(next).ok()).filter(|next| *next >= HEADER);
            let end = next.map_or(messages.len(), |next| next.min(messages.len()));
            self.message(piece, &messages[..end], room, give);
            let Some(rest) = next.and_then(|next| messages.get(next..)) else { return };
            // What did not come whole is not gone on with in the message behind it.
            self.sides[usize::from(piece.from == Side::Server)].data = None;
            messages = rest;
        }
    }

    fn message(&mut self, piece: &Piece<'_>, message: &[u8], room: usize, give: &mut dyn FnMut(Carved)) {
        let Some((command, number)) = le16(message, 12).zip(le64(message, 24)) else { return };
        match (command, piece.from) {
            (CREATE, Side::Client) => {
                let name = name(message).unwrap_or_default();
                push(&mut self.opening, MAX_WAITING, (number, name));
            }
            (_, Side::Server) if le32(message, 8) == Some(PENDING) => {}
            (CREATE, Side::Server) => {
                let Some(place) = self.opening.iter().position(|(asked, _)| *asked == number) else { return };
                let Some((_, name)) = self.opening.remove(place) else { return };
                if le32(message, 8) == Some(0)
                    && let Some(id) = id(message, 64)
                {
                    self.open(id, name, give);
                }
            }
            (READ, Side::Client) => {
                if let Some((id, offset)) = id(message, 16).zip(le64(message, HEADER + 8)) {
                    push(&mut self.reading, MAX_WAITING, (number, id, offset));
                }
            }
            (READ, Side::Server) => {
                let Some(place) = self.reading.iter().position(|(asked, ..)| *asked == number) else { return };
                let Some((_, file, offset)) = self.reading.remove(place) else { return };
                let data = message.get(HEADER + 2).zip(le32(message, HEADER + 4));
                if let Some((skip, left)) = data.filter(|_| le32(message, 8) == Some(0)) {
                    self.part(piece, message, (file, offset), (usize::from(*skip), left), room, give);
                }
            }
            (WRITE, Side::Client) => {
                let place = id(message, 16).zip(le64(message, HEADER + 8));
                let data = le16(message, HEADER + 2).zip(le32(message, HEADER + 4));
                if let Some((place, (skip, left))) = place.zip(data) {
                    self.part(piece, message, place, (usize::from(skip), left), room, give);
                }
            }
            (CLOSE, Side::Client) => {
                let Some(id) = id(message, 8) else { return };
                let Some(place) = self.open.iter().position(|open| open.id == id) else { return };
                self.open.remove(place).into_iter().for_each(|open| open.finish(true, give));
            }
            _ => {}
        }
    }

    fn open(&mut self, id: FileId, name: String, give: &mut dyn FnMut(Carved)) {
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front().into_iter().for_each(|open| open.finish(false, give));
        }
        self.open.push_back(Open { id, name, ways: [Way::Fresh, Way::Fresh] });
    }

    /// Data begins in this message: its file and offset in it, and where it lies in the message and how much it is.
    fn part(
        &mut self,
        piece: &Piece<'_>,
        message: &[u8],
        (file, offset): (FileId, u64),
        (skip, left): (usize, u32),
        room: usize,
        give: &mut dyn FnMut(Carved),
    ) {
        if !self.open.iter().any(|open| open.id == file) {
            // Opened before we listened.
            self.open(file, String::new(), give);
        }
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let side = usize::from(piece.from == Side::Server);
        self.sides[side].data = Some(Part { file, from: piece.from, offset, skip, left });
        self.data(side, message, piece.at, room);
    }

    /// The next bytes of a message that carries data.
    fn data(&mut self, side: usize, bytes: &[u8], at: FrameRef, room: usize) {
        let Some(part) = &mut self.sides[side].data else { return };
        let skipped = part.skip.min(bytes.len());
        part.skip -= skipped;
        let bytes = &bytes[skipped..];
        let bytes = &bytes[..part.left.min(bytes.len())];
        if bytes.is_empty() {
            return;
        }
        let (offset, from, file) = (part.offset, part.from, part.file);
        part.left -= bytes.len();
        part.offset = offset.saturating_add(bytes.len() as u64);
        if let Some(open) = self.open.iter_mut().find(|open| open.id == file) {
            open.put(from, offset, bytes, at, room);
        }
    }
}

impl Half {
    /// Takes what of the bytes belongs to the head of a message; `None` where there is none.
    fn gather(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut used = 0;
        if self.head.len() < TRANSPORT {
            used = bytes.len().min(TRANSPORT - self.head.len());
            self.head.extend_from_slice(&bytes[..used]);
            if self.head.first() == Some(&0x85) && self.head.len() == TRANSPORT {
                // NetBIOS keeps its session alive.
                self.head.clear();
            }
            if self.head.first().is_some_and(|kind| *kind != 0) {
                return None;
            }
            if self.head.len() < TRANSPORT {
                return Some(used);
            }
        }
        let wanted = (TRANSPORT + length(&self.head)).min(MAX_HEAD) - self.head.len();
        let taken = wanted.min(bytes.len() - used);
        self.head.extend_from_slice(&bytes[used..used + taken]);
        let magic = &self.head[TRANSPORT..];
        let is_ours =
            [MAGIC, OLD_MAGIC, b"\xfdSMB", b"\xfcSMB"].iter().any(|one| magic.starts_with(&one[..magic.len().min(4)]));
        is_ours.then_some(used + taken)
    }

    /// As much of the message was gathered as is to be.
    fn is_read(&self) -> bool {
        self.head.len() >= TRANSPORT && self.head.len() >= (TRANSPORT + length(&self.head)).min(MAX_HEAD)
    }
}

impl Open {
    fn put(&mut self, from: Side, offset: u64, bytes: &[u8], at: FrameRef, room: usize) {
        let way = &mut self.ways[usize::from(from == Side::Server)];
        if matches!(way, Way::Fresh) {
            let near = offset <= MAX_AHEAD;
            *way = if near { Way::Kept(Carving::new("smb_file", self.name.clone(), from, at)) } else { Way::Dull };
        }
        if offset == 0 && !kind::is_file(bytes) {
            *way = Way::Dull;
        }
        if let Way::Kept(carving) = way {
            carving.put(offset, bytes, at, room);
        }
    }

    fn finish(self, ended: bool, give: &mut dyn FnMut(Carved)) {
        for way in self.ways {
            if let Way::Kept(carving) = way
                && kind::is_file(&carving.bytes)
            {
                give(carving.finish(ended));
            }
        }
    }
}

impl Carving {
    /// Puts a part where it belongs; a hole before it may be filled later.
    fn put(&mut self, offset: u64, bytes: &[u8], at: FrameRef, room: usize) {
        let here = self.bytes.len() as u64;
        if offset == here {
            return self.push(bytes, at, room);
        }
        self.frames[1] = at;
        let Ok(start) = usize::try_from(offset) else { return };
        if offset > here {
            let missing = start.saturating_sub(self.bytes.len());
            if offset - here > MAX_AHEAD
                || missing.saturating_add(bytes.len()) > room.min(super::MAX_FILE - self.bytes.len())
            {
                return self.lose(bytes.len() as u64);
            }
            self.size += (missing + bytes.len()) as u64;
            self.holes += missing;
            self.bytes.resize(start, 0);
            self.bytes.extend_from_slice(bytes);
            return;
        }
        let Some(there) = self.bytes.get_mut(start..) else { return };
        let (again, new) = bytes.split_at(bytes.len().min(there.len()));
        there[..again.len()].copy_from_slice(again);
        self.holes = self.holes.saturating_sub(again.len());
        if !new.is_empty() {
            self.push(new, at, room);
        }
    }
}

/// Of a message, as its transport says.
fn length(head: &[u8]) -> usize {
    match *head {
        [_, a, b, c, ..] => usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c),
        _ => 0,
    }
}

fn push<T>(waiting: &mut VecDeque<T>, most: usize, one: T) {
    if waiting.len() >= most {
        waiting.pop_front();
    }
    waiting.push_back(one);
}

/// What is opened, from the last part of its path on.
fn name(message: &[u8]) -> Option<String> {
    let (offset, length) = le16(message, HEADER + 44).zip(le16(message, HEADER + 46))?;
    let bytes = message.get(usize::from(offset)..)?;
    let bytes = &bytes[..bytes.len().min(usize::from(length))];
    let units: Vec<u16> = bytes.chunks_exact(2).take(MAX_NAME).map(|p| u16::from_le_bytes([p[0], p[1]])).collect();
    Some(clean_text(String::from_utf16_lossy(&units).as_bytes(), MAX_NAME))
}

fn id(message: &[u8], at: usize) -> Option<FileId> {
    message.get(HEADER + at..)?.first_chunk().copied()
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn le64(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}
