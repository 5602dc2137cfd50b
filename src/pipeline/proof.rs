use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::time::SystemTime;

use crate::alert::{Alert, Packets, PacketsLost};
use crate::capture::evidence::{self, EvidenceRequest, KeptFrame, Scope};
use crate::capture::folder::{EvidenceFolder, EvidenceLimits};
use crate::capture::pcapng;
use crate::event::{Event, FindingSource, FrameRef, Map, SensorFault};

/// Answers waited for at one time; in a storm of alerts the later ones go without packets, and say so.
const MAX_WAITING: usize = 256;
/// Events that caused an alert, kept for "this is normal".
const MAX_CAUSES: usize = 20_000;

/// What proves an alert: its packets, and the event that a person may declare normal.
#[derive(Default)]
pub struct Proof {
    folder: Option<EvidenceFolder>,
    waiting: Map<String, Waiting>,
    /// Up to which frame the packets of an alert were asked for: one that goes on may be asked for anew.
    asked: Map<String, FrameRef>,
    causes: Map<String, Event>,
    order: VecDeque<String>,
    /// The disk was short of room when that was last looked at.
    short: bool,
}

/// What became of an alert's packets.
pub type Kept = (String, Result<Packets, PacketsLost>);

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
    /// Evidence files go to `folder`; without one no packets are kept.
    pub fn new(folder: Option<(&Path, EvidenceLimits)>) -> io::Result<Self> {
        let folder = folder.map(|(path, limits)| EvidenceFolder::open(path, limits)).transpose()?;
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
    pub fn request(&mut self, alert: &Alert, workers: usize) -> Result<Option<EvidenceRequest>, PacketsLost> {
        let evidence = &alert.evidence;
        if self.folder.is_none() || evidence.frames.is_empty() || workers == 0 {
            return Ok(None);
        }
        let [first, last] = evidence.span;
        if self.waiting.contains_key(&alert.id) || self.asked.get(&alert.id) == Some(&last) {
            return Ok(None);
        }
        if self.waiting.len() >= MAX_WAITING {
            return Err(PacketsLost::TooManyAtOnce);
        }
        let ip = |party: &Option<crate::alert::Party>| party.as_ref().and_then(|party| party.ip);
        let scope = match (ip(&alert.client), ip(&alert.server)) {
            (Some(a), Some(b)) => Scope::Pair(a, b),
            (Some(one), None) | (None, Some(one)) => Scope::Host(one),
            (None, None) => Scope::Frames,
        };
        let comment = format!("alert {} {}", alert.id, source_name(&alert.source));
        let act = evidence.frames.len();
        if self.asked.len() >= MAX_CAUSES {
            self.asked.clear();
        }
        self.asked.insert(alert.id.clone(), last);
        let waiting = Waiting { answers: workers, frames: Vec::new(), first, last, comment, act };
        self.waiting.insert(alert.id.clone(), waiting);
        Ok(Some(EvidenceRequest { id: alert.id.clone(), scope, first, last, frames: evidence.frames.to_vec() }))
    }

    /// Takes one worker's answer. When all have answered the file is written: gives what became of it, and of older files
    /// that made room.
    pub fn answer(&mut self, id: &str, frames: Vec<KeptFrame>) -> Vec<Kept> {
        let Some(waiting) = self.waiting.get_mut(id) else { return Vec::new() };
        waiting.frames.extend(frames);
        waiting.answers -= 1;
        if waiting.answers > 0 {
            return Vec::new();
        }
        let (Some(mut done), Some(folder)) = (self.waiting.remove(id), &mut self.folder) else { return Vec::new() };
        evidence::trim(&mut done.frames, &done.first, &done.last);
        let bytes = pcapng::write(&done.frames, &format!("fengsui evidence: {}", done.comment), &done.comment);
        if !folder.takes(bytes.len()) {
            return vec![(id.to_owned(), Err(PacketsLost::Quota))];
        }
        let removed = folder.make_room(bytes.len());
        let mut kept: Vec<Kept> = lost(removed, PacketsLost::Quota);
        let file = format!("{id}.pcapng");
        let written = folder.write(&file, &bytes).map_err(|error| {
            tracing::error!(alert = id, %error, "evidence cannot be written");
            why(&error)
        });
        let complete = done.frames.iter().filter(|frame| frame.of_act).count() == done.act;
        let frames = u32::try_from(done.frames.len()).unwrap_or(u32::MAX);
        kept.push((id.to_owned(), written.map(|sha256| Packets { file, sha256, frames, complete })));
        kept
    }

    /// Removes evidence that has been kept for long enough.
    pub fn expire(&mut self, now: SystemTime) -> Vec<Kept> {
        self.folder.as_mut().map_or_else(Vec::new, |folder| lost(folder.expire(now), PacketsLost::Expired))
    }

    /// Why evidence cannot be kept as promised, since the last call.
    pub fn faults(&mut self) -> Vec<SensorFault> {
        let Some(folder) = &mut self.folder else { return Vec::new() };
        let shortage = folder.shortage();
        let was_short = std::mem::replace(&mut self.short, shortage.is_some());
        let short = shortage.filter(|_| !was_short).map(|(free, needed)| SensorFault::DiskShort { free, needed });
        let early = folder.take_cut_short().map(|(kept, promised)| SensorFault::KeptTooShort { kept, promised });
        short.into_iter().chain(early).collect()
    }

    pub fn waits_for(&self) -> usize {
        self.waiting.len()
    }
}

/// Alerts whose files are no more.
fn lost(files: Vec<String>, why: PacketsLost) -> Vec<Kept> {
    let alerts = files.into_iter().filter_map(|file| Some(file.strip_suffix(".pcapng")?.to_owned()));
    alerts.map(|id| (id, Err(why))).collect()
}

fn why(error: &io::Error) -> PacketsLost {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => PacketsLost::DiskFull,
        _ => PacketsLost::NotWritable,
    }
}

fn source_name(source: &FindingSource) -> String {
    match source {
        FindingSource::Detection { id } => id.to_string(),
        FindingSource::Signature { gid, sid, rev, .. } => format!("rule {gid}:{sid}:{rev}"),
        FindingSource::Yara { rule, .. } => format!("yara {rule}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_from_a_folder_that_cannot_be_written_to() {
        assert_eq!(why(&io::Error::from(io::ErrorKind::StorageFull)), PacketsLost::DiskFull);
        assert_eq!(why(&io::Error::from(io::ErrorKind::NotADirectory)), PacketsLost::NotWritable);
    }
}
