use std::collections::VecDeque;
use std::path::Path;

use crate::alert::{Alert, Packets};
use crate::capture::evidence::{self, EvidenceRequest, KeptFrame, Scope};
use crate::capture::folder::EvidenceFolder;
use crate::capture::pcapng;
use crate::event::{Event, FindingSource, FrameRef, Map};

/// Answers waited for at one time; in a storm of alerts the later ones go without packets, and say so.
const MAX_WAITING: usize = 256;
/// Events that caused an alert, kept for "this is normal".
const MAX_CAUSES: usize = 20_000;

/// What proves an alert: its packets, and the event that a person may declare normal.
#[derive(Default)]
pub struct Proof {
    folder: Option<EvidenceFolder>,
    waiting: Map<String, Waiting>,
    causes: Map<String, Event>,
    order: VecDeque<String>,
}

/// An evidence file in the making.
struct Waiting {
    /// Workers that have not answered yet.
    answers: usize,
    frames: Vec<KeptFrame>,
    first: FrameRef,
    last: FrameRef,
    comment: String,
    /// Frames of the act, all of which the file should hold.
    act: usize,
}

impl Proof {
    /// Evidence files go to `folder`, as many bytes as it may hold; without one no packets are kept.
    pub fn new(folder: Option<(&Path, u64)>) -> std::io::Result<Self> {
        let folder = folder.map(|(path, quota)| EvidenceFolder::open(path, quota)).transpose()?;
        Ok(Proof { folder, ..Proof::default() })
    }

    /// Remembers what caused a new alert.
    pub fn begin(&mut self, id: &str, alert: &Alert, cause: Option<&Event>) {
        let Some(cause) = cause.filter(|_| alert.learnable) else { return };
        if self.causes.len() >= MAX_CAUSES
            && let Some(oldest) = self.order.pop_front()
        {
            self.causes.remove(&oldest);
        }
        self.causes.insert(id.to_owned(), cause.clone());
        self.order.push_back(id.to_owned());
    }

    pub fn cause(&self, id: &str) -> Option<&Event> {
        self.causes.get(id)
    }

    pub fn forget(&mut self, id: &str) {
        self.causes.remove(id);
        self.order.retain(|known| known != id);
    }

    /// What to ask each of so many workers for; `None` where there is nothing to keep or nowhere to keep it.
    pub fn request(&mut self, alert: &Alert, workers: usize) -> Option<EvidenceRequest> {
        let evidence = &alert.evidence;
        if self.folder.is_none() || evidence.frames.is_empty() || workers == 0 || self.waiting.len() >= MAX_WAITING {
            return None;
        }
        let ip = |party: &Option<crate::alert::Party>| party.as_ref().and_then(|party| party.ip);
        let scope = match (ip(&alert.client), ip(&alert.server)) {
            (Some(a), Some(b)) => Scope::Pair(a, b),
            (Some(one), None) | (None, Some(one)) => Scope::Host(one),
            (None, None) => Scope::Frames,
        };
        let comment = format!("alert {} {}", alert.id, source_name(&alert.source));
        let act = evidence.frames.len();
        let [first, last] = evidence.span;
        let waiting = Waiting { answers: workers, frames: Vec::new(), first, last, comment, act };
        self.waiting.insert(alert.id.clone(), waiting);
        Some(EvidenceRequest { id: alert.id.clone(), scope, first, last, frames: evidence.frames.to_vec() })
    }

    /// Takes one worker's answer; when all have answered the file is written.
    pub fn answer(&mut self, id: &str, frames: Vec<KeptFrame>) -> Option<(String, Packets)> {
        let waiting = self.waiting.get_mut(id)?;
        waiting.frames.extend(frames);
        waiting.answers -= 1;
        if waiting.answers > 0 {
            return None;
        }
        let mut done = self.waiting.remove(id)?;
        evidence::trim(&mut done.frames, &done.first, &done.last);
        let file = format!("{id}.pcapng");
        let bytes = pcapng::write(&done.frames, &format!("fengsui evidence: {}", done.comment), &done.comment);
        match self.folder.as_mut()?.write(&file, &bytes) {
            Ok(sha256) => {
                let complete = done.frames.iter().filter(|frame| frame.of_act).count() == done.act;
                let frames = u32::try_from(done.frames.len()).unwrap_or(u32::MAX);
                Some((id.to_owned(), Packets { file, sha256, frames, complete }))
            }
            Err(error) => {
                tracing::error!(alert = id, %error, "evidence cannot be written");
                None
            }
        }
    }

    pub fn waits_for(&self) -> usize {
        self.waiting.len()
    }
}

fn source_name(source: &FindingSource) -> String {
    match source {
        FindingSource::Detection { id } => id.to_string(),
        FindingSource::Signature { gid, sid, rev, .. } => format!("rule {gid}:{sid}:{rev}"),
        FindingSource::Yara { rule, .. } => format!("yara {rule}"),
    }
}
