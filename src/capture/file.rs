//! pcap and pcapng files, compressed or not, told apart by their magic number and never by their name.

use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use pcap_parser::nom;
use pcap_parser::pcapng::{Block, InterfaceDescriptionBlock, OptionCode};
use pcap_parser::{
    Linktype, PcapError, PcapHeader, parse_block_be, parse_block_le, parse_pcap_frame, parse_pcap_frame_be,
    parse_pcap_frame_modified, parse_pcap_header,
};

use super::compressed::{Compression, Taken, decompress};
use super::{Frame, LinkType};
use crate::event::{FrameRef, Timestamp};

mod fault;

use fault::Damage;
pub use fault::{FileError, Place};

/// Bytes read at once; also the first size of the window.
const READ_SIZE: usize = 1 << 18;
/// Of classic pcap in both byte orders: microseconds, nanoseconds, and the modified form with longer records.
const PCAP_MAGICS: [[u8; 4]; 6] = [
    [0xa1, 0xb2, 0xc3, 0xd4],
    [0xd4, 0xc3, 0xb2, 0xa1],
    [0xa1, 0xb2, 0x3c, 0x4d],
    [0x4d, 0x3c, 0xb2, 0xa1],
    [0xa1, 0xb2, 0xcd, 0x34],
    [0x34, 0xcd, 0xb2, 0xa1],
];
/// The largest record or block that is believed. A length field over this is a lie or no capture at all.
const MAX_BLOCK: usize = 64 << 20;
/// Blocks that are read: section header, interface, simple and enhanced packet; others (statistics, names, vendors' own)
/// are stepped over by their length, and no parser sees them.
const READ_BLOCKS: [u32; 4] = [0x0a0d_0d0a, 1, 3, 6];
/// Interfaces in one pcapng section; more is an attack on memory.
const MAX_INTERFACES: usize = 4096;

/// The name that stands for the standard input.
pub const STANDARD_INPUT: &str = "-";

/// Reads the frames of one capture file in order.
pub struct FileReader {
    path: PathBuf,
    input: Box<dyn Read + Send>,
    window: Window,
    format: Format,
    /// Index given to each frame's [`FrameRef::capture`].
    capture: u16,
    /// Bytes of the input before this file.
    base: u64,
    frames: u64,
    /// Of a compressed file: what was taken from it so far.
    taken: Option<Taken>,
}

enum Format {
    Pcap { link: LinkType, nanos_per_unit: u64, record: RecordParser },
    PcapNg { big_endian: bool, interfaces: Vec<Interface> },
}

type RecordParser =
    for<'a> fn(&'a [u8]) -> nom::IResult<&'a [u8], pcap_parser::LegacyPcapBlock<'a>, PcapError<&'a [u8]>>;

/// A pcapng interface description (section 4.2 of draft-ietf-opsawg-pcapng).
#[derive(Clone, Copy)]
struct Interface {
    link: LinkType,
    /// Time stamp units in a second.
    per_second: u64,
    offset_seconds: i64,
}

impl FileReader {
    /// Opens a file, or the standard input for `-`, and reads its header. `base` is how many bytes of the same input
    /// came before it.
    pub fn open(path: &Path, capture: u16, base: u64) -> Result<Self, FileError> {
        if path == Path::new(STANDARD_INPUT) {
            return Self::open_standard_input(capture, base);
        }
        let open = |error| FileError::Open { path: path.to_owned(), error };
        let file = File::open(path).map_err(open)?;
        if file.metadata().map_err(open)?.is_dir() {
            return Err(open(io::Error::from(io::ErrorKind::IsADirectory)));
        }
        Self::new(path.to_owned(), Box::new(file), capture, base)
    }

    fn open_standard_input(capture: u16, base: u64) -> Result<Self, FileError> {
        let path = PathBuf::from("the standard input");
        let input = io::stdin();
        if input.is_terminal() {
            let error = io::Error::other("it is a terminal: pipe a capture into it");
            return Err(FileError::Open { path, error });
        }
        // Not through the library's own buffer: we read in large pieces.
        match input.as_fd().try_clone_to_owned() {
            Ok(descriptor) => Self::new(path, Box::new(File::from(descriptor)), capture, base),
            Err(error) => Err(FileError::Open { path, error }),
        }
    }

    /// Reads from any stream; `path` is what messages call it.
    pub fn new(path: PathBuf, input: Box<dyn Read + Send>, capture: u16, base: u64) -> Result<Self, FileError> {
        let format = Format::PcapNg { big_endian: false, interfaces: Vec::new() };
        let window = Window::default();
        let mut reader = FileReader { path, input, window, format, capture, base, frames: 0, taken: None };
        reader.fill(4)?;
        reader.decompress()?;
        reader.fill(24)?;
        reader.read_header()?;
        Ok(reader)
    }

    /// Bytes consumed of the file as it lies on the disk.
    pub fn consumed(&self) -> u64 {
        self.taken.as_ref().map_or(self.window.offset, Taken::bytes)
    }

    /// The next frame; `None` at the end of the file.
    ///
    /// After an error the reader is at its end: what follows a damaged record cannot be trusted.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, FileError> {
        let record = match self.format {
            Format::Pcap { link, nanos_per_unit, record } => self.next_record(link, nanos_per_unit, record)?,
            Format::PcapNg { .. } => self.next_packet_block()?,
        };
        let Some(record) = record else { return Ok(None) };
        self.frames += 1;
        let position = self.base + self.window.offset;
        let at = FrameRef { ts: record.ts, number: self.frames, position, capture: self.capture };
        let bytes = &self.window.buffer[record.start..record.end];
        Ok(Some(Frame { at, link: record.link, wire_len: record.wire_len, vlan: None, bytes }))
    }

    /// Puts a decompressor before a compressed input; what was read of it goes through it first.
    fn decompress(&mut self) -> Result<(), FileError> {
        let Some(compression) = Compression::of(self.window.data()) else { return Ok(()) };
        let head = std::mem::take(&mut self.window);
        let input = std::mem::replace(&mut self.input, Box::new(io::empty()));
        let place = Place { offset: 0, inside: true };
        let (input, taken) = decompress(compression, head.data(), input).map_err(|error| FileError::Read {
            path: self.path.clone(),
            place,
            error,
        })?;
        self.input = input;
        self.taken = Some(taken);
        Ok(())
    }

    fn read_header(&mut self) -> Result<(), FileError> {
        let data = self.window.data();
        if data.len() >= 4 && data[..4] == [0x0a, 0x0d, 0x0d, 0x0a] {
            return Ok(());
        }
        match parse_pcap_header(data) {
            Ok((_, header)) => {
                self.format = legacy_format(&header);
                self.window.consume(header.size());
                Ok(())
            }
            Err(_) if data.is_empty() => Err(FileError::Empty { path: self.path.clone() }),
            // It begins as a capture does, and ends before its header does.
            Err(_) if data.first_chunk().is_some_and(|magic| PCAP_MAGICS.contains(magic)) => Err(self.truncated()),
            Err(_) => {
                let magic = crate::event::hex(&data[..data.len().min(8)]);
                Err(FileError::NotACapture { path: self.path.clone(), magic })
            }
        }
    }

    fn next_record(
        &mut self,
        link: LinkType,
        nanos_per_unit: u64,
        parse: RecordParser,
    ) -> Result<Option<Record>, FileError> {
        loop {
            let data = self.window.data();
            let wanted = match parse(data) {
                Ok((rest, block)) => {
                    let used = data.len() - rest.len();
                    let nanos = u64::from(block.ts_usec).saturating_mul(nanos_per_unit);
                    let end = self.window.start + used;
                    let record = Record {
                        ts: Timestamp::from_parts(u64::from(block.ts_sec), nanos),
                        link,
                        wire_len: block.origlen,
                        start: end - block.data.len(),
                        end,
                    };
                    self.window.consume(used);
                    return Ok(Some(record));
                }
                Err(nom::Err::Incomplete(needed)) => self.wanted(needed),
                Err(_) => return Err(self.damaged(Damage::RecordHeader)),
            };
            if !self.more(wanted)? {
                return Ok(None);
            }
        }
    }

    fn next_packet_block(&mut self) -> Result<Option<Record>, FileError> {
        loop {
            match self.read_block()? {
                BlockOutcome::Packet(record) => return Ok(Some(record)),
                BlockOutcome::Other => {}
                BlockOutcome::Incomplete(wanted) => {
                    if !self.more(wanted)? {
                        return Ok(None);
                    }
                }
            }
        }
    }

    fn read_block(&mut self) -> Result<BlockOutcome, FileError> {
        let Format::PcapNg { big_endian, interfaces } = &mut self.format else { return Ok(BlockOutcome::Other) };
        let data = self.window.data();
        if data.len() < 12 {
            return Ok(BlockOutcome::Incomplete(12));
        }
        if data[..4] == [0x0a, 0x0d, 0x0d, 0x0a] {
            // A section may come in the other byte order than the one before it.
            *big_endian = data[8..12] == [0x1a, 0x2b, 0x3c, 0x4d];
            interfaces.clear();
        }
        let word = |at: usize| {
            let bytes = [data[at], data[at + 1], data[at + 2], data[at + 3]];
            if *big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let (kind, length) = (word(0), word(4) as usize);
        if length < 12 {
            return Err(self.damaged(Damage::ShortBlock));
        }
        if !READ_BLOCKS.contains(&kind) {
            if length > data.len() {
                return Ok(BlockOutcome::Incomplete(length));
            }
            self.window.consume(length);
            return Ok(BlockOutcome::Other);
        }
        let parsed = if *big_endian { parse_block_be(data) } else { parse_block_le(data) };
        let (rest, block) = match parsed {
            Ok(parsed) => parsed,
            Err(nom::Err::Incomplete(needed)) => return Ok(BlockOutcome::Incomplete(self.wanted(needed))),
            Err(_) => return Err(self.damaged(Damage::Block)),
        };
        let used = data.len() - rest.len();
        let base = data.as_ptr() as usize;
        let place = |bytes: &[u8]| {
            let start = bytes.as_ptr() as usize - base + self.window.start;
            (start, start + bytes.len())
        };
        let outcome = match block {
            Block::InterfaceDescription(description) => {
                if interfaces.len() >= MAX_INTERFACES {
                    return Err(self.damaged(Damage::Interfaces));
                }
                interfaces.push(Interface::new(&description, *big_endian));
                BlockOutcome::Other
            }
            Block::EnhancedPacket(packet) => {
                let Some(interface) = interfaces.get(packet.if_id as usize) else {
                    return Err(self.damaged(Damage::UnknownInterface));
                };
                let ticks = u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low);
                let data = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
                let (start, end) = place(data);
                BlockOutcome::Packet(Record {
                    ts: interface.time(ticks),
                    link: interface.link,
                    wire_len: packet.origlen,
                    start,
                    end,
                })
            }
            Block::SimplePacket(packet) => {
                let Some(interface) = interfaces.first() else {
                    return Err(self.damaged(Damage::NoInterface));
                };
                let data = packet.data.get(..packet.origlen as usize).unwrap_or(packet.data);
                let (start, end) = place(data);
                // A simple packet block has no time: it stands at the epoch.
                let ts = Timestamp::ZERO;
                BlockOutcome::Packet(Record { ts, link: interface.link, wire_len: packet.origlen, start, end })
            }
            _ => BlockOutcome::Other,
        };
        self.window.consume(used);
        Ok(outcome)
    }

    /// Bytes the window must hold before another attempt is worth it.
    fn wanted(&self, needed: nom::Needed) -> usize {
        match needed {
            nom::Needed::Size(n) => self.window.data().len().saturating_add(n.get()),
            nom::Needed::Unknown => self.window.data().len() + 1,
        }
    }

    /// Reads until the window holds `wanted` bytes. False at a clean end; an error where the file ends within a record.
    fn more(&mut self, wanted: usize) -> Result<bool, FileError> {
        if wanted > MAX_BLOCK {
            return Err(self.damaged(Damage::Length(wanted)));
        }
        if self.fill(wanted)? {
            return Ok(true);
        }
        if self.window.data().is_empty() {
            return Ok(false);
        }
        Err(self.truncated())
    }

    /// Tries to have `wanted` bytes in the window; false when the file has no more.
    fn fill(&mut self, wanted: usize) -> Result<bool, FileError> {
        self.window.make_room(wanted.max(READ_SIZE));
        while self.window.data().len() < wanted {
            match self.input.read(self.window.space()) {
                Ok(0) => return Ok(false),
                Ok(n) => self.window.end += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.unreadable(error)),
            }
        }
        Ok(true)
    }

    fn unreadable(&self, error: io::Error) -> FileError {
        let path = self.path.clone();
        let offset = self.window.offset + self.window.data().len() as u64;
        match error.kind() {
            // How a decompressor says that its input was cut short.
            io::ErrorKind::UnexpectedEof => self.truncated(),
            _ if self.taken.is_none() => FileError::Read { path, place: Place { offset, inside: false }, error },
            // Reading as such hardly ever fails, and where it does the reason is in the message.
            _ => FileError::Damaged {
                path,
                place: Place { offset, inside: true },
                damage: Damage::Compression(error.to_string()),
            },
        }
    }

    fn truncated(&self) -> FileError {
        FileError::Truncated { path: self.path.clone(), place: self.place() }
    }

    fn damaged(&self, damage: Damage) -> FileError {
        FileError::Damaged { path: self.path.clone(), place: self.place(), damage }
    }

    /// Of the record that is to be read next.
    fn place(&self) -> Place {
        Place { offset: self.window.offset, inside: self.taken.is_some() }
    }
}

/// Where a frame lies in the window, and what its header said.
struct Record {
    ts: Timestamp,
    link: LinkType,
    wire_len: u32,
    start: usize,
    end: usize,
}

enum BlockOutcome {
    Packet(Record),
    Other,
    Incomplete(usize),
}

fn legacy_format(header: &PcapHeader) -> Format {
    let record: RecordParser = if header.is_modified_format() {
        parse_pcap_frame_modified
    } else if header.is_bigendian() {
        parse_pcap_frame_be
    } else {
        parse_pcap_frame
    };
    let link = link_type(header.network);
    Format::Pcap { link, nanos_per_unit: if header.is_nanosecond_precision() { 1 } else { 1000 }, record }
}

impl Interface {
    fn new(description: &InterfaceDescriptionBlock<'_>, big_endian: bool) -> Self {
        let mut interface =
            Interface { link: link_type(description.linktype), per_second: 1_000_000, offset_seconds: 0 };
        for option in &description.options {
            match (option.code, option.value.as_ref()) {
                (OptionCode::IfTsresol, [resolution, ..]) => interface.per_second = units_per_second(*resolution),
                (OptionCode::IfTsoffset, value) => interface.offset_seconds = seconds(value, big_endian),
                _ => {}
            }
        }
        interface
    }

    fn time(&self, ticks: u64) -> Timestamp {
        let seconds = (ticks / self.per_second).saturating_add_signed(self.offset_seconds);
        let fraction = u128::from(ticks % self.per_second) * 1_000_000_000 / u128::from(self.per_second);
        Timestamp::from_parts(seconds, u64::try_from(fraction).unwrap_or(0))
    }
}

/// if_tsresol: the high bit chooses powers of two over powers of ten. A power over the range of u64 is no clock that
/// exists and counts as nanoseconds.
fn units_per_second(resolution: u8) -> u64 {
    let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(u32::from(resolution & 0x7f)).unwrap_or(1_000_000_000)
}

fn seconds(value: &[u8], big_endian: bool) -> i64 {
    let Some(bytes) = value.first_chunk::<8>() else { return 0 };
    if big_endian { i64::from_be_bytes(*bytes) } else { i64::from_le_bytes(*bytes) }
}

/// The upper four bits of a pcap file's field carry the length of a frame check sequence.
fn link_type(link: Linktype) -> LinkType {
    LinkType(u32::from_ne_bytes(link.0.to_ne_bytes()) & 0x0fff_ffff)
}

/// The part of the file in memory: `buffer[start..end]` is not consumed yet.
#[derive(Default)]
struct Window {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Place of `start` in the file.
    offset: u64,
}

impl Window {
    fn data(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    fn space(&mut self) -> &mut [u8] {
        &mut self.buffer[self.end..]
    }

    fn consume(&mut self, n: usize) {
        self.start += n;
        self.offset += n as u64;
    }

    /// Moves what is left to the front and has the buffer hold at least `capacity` bytes.
    fn make_room(&mut self, capacity: usize) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < capacity {
            self.buffer.resize(capacity, 0);
        }
    }
}

#[cfg(test)]
mod tests;
