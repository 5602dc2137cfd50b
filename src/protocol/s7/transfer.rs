//! Blocks on their way up or down, put together from the parts that the jobs carry.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use smallvec::{SmallVec, smallvec};

use super::block::{self, Layout};
use super::parse::{Pdu, TransferJob, UploadStarted, block_part};
use super::tsdu::Sent;
use super::wire;
use crate::event::{Artifact, FrameRef, Object, Side, hex};

/// Blocks in progress on one connection; engineering tools move one after the other.
const MAX_OPEN: usize = 4;
/// Bytes kept of one block. The largest that a controller of this family takes is 64 KiB, 512 KiB in the newest.
const MAX_BLOCK: usize = 1 << 20;

#[derive(Debug, Default)]
pub struct Transfers {
    open: VecDeque<Transfer>,
}

#[derive(Debug)]
struct Transfer {
    way: Way,
    file: Vec<u8>,
    to_server: bool,
    bytes: Vec<u8>,
    size: u64,
    /// The block's length where one was announced.
    announced: Option<u32>,
    last_part_seen: bool,
    lost: bool,
    frames: SmallVec<[FrameRef; 4]>,
}

/// A download is known by its file, an upload by the number that the controller gave it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Way {
    Down,
    Up(u32),
}

/// A block that is over, with the frames that carried it.
#[derive(Debug)]
pub struct Finished {
    pub artifact: Artifact,
    pub frames: SmallVec<[FrameRef; 4]>,
}

/// A job with its answer, which went well.
#[derive(Clone, Copy)]
pub struct Step<'a> {
    pub request: (Pdu<'a>, Sent),
    pub response: (Pdu<'a>, Sent),
}

impl Transfers {
    /// Takes an accepted job in; gives back blocks that it ended.
    pub fn step(&mut self, step: &Step<'_>) -> Option<Finished> {
        let (request, sent) = &step.request;
        let job = TransferJob::read(request.parameter).unwrap_or_default();
        match request.function()? {
            wire::REQUEST_DOWNLOAD => {
                let announced = job.lengths.map(|(load, _)| load);
                self.begin(Transfer::new(Way::Down, job.file, sent.from == Side::Client, announced))
            }
            wire::START_UPLOAD => {
                let started = UploadStarted::read(step.response.0.parameter)?;
                self.begin(Transfer::new(Way::Up(started.id), job.file, sent.from == Side::Server, started.length))
            }
            wire::DOWNLOAD_BLOCK => self.part(Way::Down, &job, step),
            wire::UPLOAD => self.part(Way::Up(job.id), &job, step),
            wire::DOWNLOAD_ENDED => self.end(Way::Down, job.file),
            wire::END_UPLOAD => self.end(Way::Up(job.id), b""),
            _ => None,
        }
    }

    /// What an upload's number stands for.
    pub fn uploaded(&self, request: &Pdu<'_>) -> Option<Object> {
        let job = TransferJob::read(request.parameter)?;
        let transfer = self.open.iter().find(|transfer| transfer.is(Way::Up(job.id), b""))?;
        Some(block::file_object(&transfer.file)).filter(|_| !transfer.file.is_empty())
    }

    /// Bytes of the connection were lost: what is in progress stays in pieces.
    pub fn lose(&mut self) {
        self.open.iter_mut().for_each(|transfer| transfer.lost = true);
    }

    /// The connection is over.
    pub fn finish(&mut self) -> impl Iterator<Item = Finished> {
        self.open.drain(..).filter_map(Transfer::finish)
    }

    /// Begins a transfer; the oldest must go where there are too many.
    fn begin(&mut self, transfer: Transfer) -> Option<Finished> {
        let old = self.take(transfer.way, &transfer.file);
        let old = old.or_else(|| if self.open.len() >= MAX_OPEN { self.open.pop_front() } else { None });
        self.open.push_back(transfer);
        old.and_then(Transfer::finish)
    }

    fn part(&mut self, way: Way, job: &TransferJob<'_>, step: &Step<'_>) -> Option<Finished> {
        let mut pushed_out = None;
        if !self.open.iter().any(|transfer| transfer.is(way, job.file)) {
            // Its beginning was not seen. Whether all of it follows shows at the end.
            let to_server = step.request.1.from == Side::Server;
            pushed_out = self.begin(Transfer { lost: true, ..Transfer::new(way, job.file, to_server, None) });
        }
        if let Some(transfer) = self.open.iter_mut().find(|transfer| transfer.is(way, job.file)) {
            transfer.push(&step.response.0, step.response.1);
        }
        pushed_out
    }

    fn end(&mut self, way: Way, file: &[u8]) -> Option<Finished> {
        self.take(way, file)?.finish()
    }

    fn take(&mut self, way: Way, file: &[u8]) -> Option<Transfer> {
        let i = self.open.iter().position(|transfer| transfer.is(way, file))?;
        self.open.remove(i)
    }
}

impl Transfer {
    fn new(way: Way, file: &[u8], to_server: bool, announced: Option<u32>) -> Self {
        Transfer {
            way,
            file: file.to_vec(),
            to_server,
            bytes: Vec::new(),
            size: 0,
            announced,
            last_part_seen: false,
            lost: false,
            frames: smallvec![],
        }
    }

    fn is(&self, way: Way, file: &[u8]) -> bool {
        self.way == way && (way != Way::Down || self.file == file)
    }

    fn push(&mut self, answer: &Pdu<'_>, sent: Sent) {
        let (bytes, more) = block_part(answer);
        self.size += bytes.len() as u64;
        let room = MAX_BLOCK - self.bytes.len();
        self.bytes.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        self.last_part_seen |= !more;
        if self.frames.is_empty() {
            self.frames.push(sent.first);
        }
        self.frames.truncate(1);
        self.frames.push(sent.last);
    }

    fn finish(self) -> Option<Finished> {
        if self.bytes.is_empty() {
            return None;
        }
        let layout = Layout::read(&self.bytes);
        let kept = self.bytes.len() as u64;
        let promised = [layout.as_ref().map(|layout| layout.length), self.announced.map(u64::from)];
        // The block's own length outweighs that something of the connection was lost.
        let whole = if promised == [None; 2] { !self.lost } else { promised.contains(&Some(kept)) };
        let complete = whole && self.last_part_seen && kept == self.size;
        let name = match block::file_object(&self.file) {
            Object::Block(block) => block.block,
            // The file's name was not seen; the block says its own.
            _ if self.file.is_empty() => layout.as_ref().map(|l| l.block.block.clone()).unwrap_or_default(),
            other => other.space_name(),
        };
        // A part of which the header is missing is no block of unknown shape.
        let layout = layout.or_else(|| complete.then(|| Layout::unread(&name, &self.bytes)));
        let artifact = Artifact {
            kind: "s7_block".into(),
            name,
            to_server: self.to_server,
            size: self.size,
            complete,
            sha256: hex(&Sha256::digest(&self.bytes)),
            block: layout.map(|layout| Box::new(described(layout, &self.bytes, complete))),
            comparison: None,
            bytes: self.bytes,
        };
        Some(Finished { artifact, frames: self.frames })
    }
}

/// The block's header, with the hash of its code where the block is whole.
fn described(layout: Layout, bytes: &[u8], complete: bool) -> crate::event::ProgramBlock {
    let Layout { mut block, code, .. } = layout;
    block.code_sha256 = bytes.get(code).filter(|_| complete).map(|code| hex(&Sha256::digest(code)));
    block
}
