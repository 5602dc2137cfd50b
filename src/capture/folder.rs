use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::event::hex;

/// The folder of evidence files, kept under a quota, where the oldest files make room, and not longer than a set time.
pub struct EvidenceFolder {
    path: PathBuf,
    limits: EvidenceLimits,
    used: u64,
    /// Oldest first.
    files: VecDeque<Kept>,
    /// The shortest time that a file was kept which had to make room before its time.
    cut_short: Option<Duration>,
}

/// What the folder may hold.
#[derive(Clone, Copy, Debug)]
pub struct EvidenceLimits {
    /// Bytes.
    pub quota: u64,
    pub keep: Option<Duration>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    written: SystemTime,
    name: String,
    size: u64,
}

impl EvidenceFolder {
    pub fn open(path: &Path, limits: EvidenceLimits) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let mut files = Vec::new();
        for entry in path.read_dir()? {
            let entry = entry?;
            let meta = entry.metadata()?;
            if let (true, Ok(name)) = (meta.is_file(), entry.file_name().into_string()) {
                files.push(Kept { written: meta.modified()?, name, size: meta.len() });
            }
        }
        files.sort();
        let used = files.iter().map(|file| file.size).sum();
        Ok(EvidenceFolder { path: path.to_owned(), limits, used, files: files.into(), cut_short: None })
    }

    /// Names of the files, the oldest first.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(|file| file.name.as_str())
    }

    /// The newest file whose name is one of these.
    pub fn read(&self, is_it: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
        let file = self.files.iter().rev().find(|file| is_it(&file.name))?;
        fs::read(self.path.join(&file.name)).ok()
    }

    /// Could ever hold a file of so many bytes.
    pub fn takes(&self, size: usize) -> bool {
        size as u64 <= self.limits.quota
    }

    /// Removes the oldest files until so many bytes more fit, and gives their names.
    pub fn make_room(&mut self, size: usize) -> Vec<String> {
        let most = self.limits.quota.saturating_sub(size as u64);
        let now = SystemTime::now();
        let mut shortest = self.cut_short;
        let removed = self.remove_while(|folder, oldest| {
            let makes_room = folder.used > most;
            let age = now.duration_since(oldest.written).unwrap_or_default();
            if makes_room && folder.limits.keep.is_some_and(|keep| age < keep) {
                shortest = Some(shortest.map_or(age, |before| before.min(age)));
            }
            makes_room
        });
        self.cut_short = shortest;
        removed
    }

    /// How long a file was kept, and how long it should have been, where one had to make room before its time since the
    /// last call.
    pub fn take_cut_short(&mut self) -> Option<(Duration, Duration)> {
        self.cut_short.take().zip(self.limits.keep)
    }

    /// Bytes that the disk has free, and bytes that the quota still needs, where that is more.
    pub fn shortage(&self) -> Option<(u64, u64)> {
        let disk = rustix::fs::statvfs(&self.path).ok()?;
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let needed = self.limits.quota.saturating_sub(self.used);
        (free < needed).then_some((free, needed))
    }

    /// Removes the files that have been kept for long enough, and gives their names.
    pub fn expire(&mut self, now: SystemTime) -> Vec<String> {
        let Some(keep) = self.limits.keep else { return Vec::new() };
        self.remove_while(|_, oldest| now.duration_since(oldest.written).is_ok_and(|age| age > keep))
    }

    /// Writes a file whole or not at all, and gives its SHA-256. `name` must be a plain file name.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<String> {
        let draft = self.path.join(format!(".{name}.draft"));
        let written = fs::create_dir_all(&self.path).and_then(|()| write_whole(&draft, &self.path.join(name), bytes));
        if let Err(error) = written {
            // Half a file on a full disk is in the way of the next.
            let _ = fs::remove_file(&draft);
            return Err(error);
        }
        let size = bytes.len() as u64;
        self.used += size;
        self.files.push_back(Kept { written: SystemTime::now(), name: name.to_owned(), size });
        Ok(hex(&Sha256::digest(bytes)))
    }

    fn remove_while(&mut self, mut surplus: impl FnMut(&Self, &Kept) -> bool) -> Vec<String> {
        let mut removed = Vec::new();
        while self.files.front().is_some_and(|oldest| surplus(self, oldest)) {
            let Some(Kept { name, size, .. }) = self.files.pop_front() else { break };
            self.used = self.used.saturating_sub(size);
            match fs::remove_file(self.path.join(&name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::error!(file = name, %error, "evidence cannot be removed");
                }
                _ => removed.push(name),
            }
        }
        removed
    }

    /// The file of that name, where there is one; never a path outside of the folder.
    pub fn find(folder: &Path, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        Some(folder.join(name)).filter(|path| plain && path.is_file())
    }
}

fn write_whole(draft: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = fs::File::create(draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(draft, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: EvidenceLimits = EvidenceLimits { quota: 250, keep: Some(Duration::from_secs(3600)) };

    #[test]
    fn the_oldest_file_makes_room_and_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = EvidenceFolder::open(dir.path(), LIMITS).unwrap();
        let mut removed = Vec::new();
        for name in ["a", "b", "c"] {
            removed.extend(folder.make_room(100));
            folder.write(name, &[0; 100]).unwrap();
        }
        assert_eq!(removed, ["a"]);
        let (kept, promised) = folder.take_cut_short().unwrap();
        assert!(kept < promised, "it was to be kept for an hour");
        assert_eq!(folder.take_cut_short(), None, "told once");
        assert!(EvidenceFolder::find(dir.path(), "a").is_none());
        assert!(EvidenceFolder::find(dir.path(), "b").is_some());
        assert!(!folder.takes(300));
        let again = EvidenceFolder::open(dir.path(), LIMITS).unwrap();
        assert_eq!(again.used, 200, "a restart knows what is there");
    }

    #[test]
    fn files_are_kept_for_so_long() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = EvidenceFolder::open(dir.path(), LIMITS).unwrap();
        folder.write("a", b"packets").unwrap();
        let after = |seconds: u64| SystemTime::now() + Duration::from_secs(seconds);
        assert!(folder.expire(after(3500)).is_empty());
        assert_eq!(folder.expire(after(3700)), ["a"]);
        assert_eq!((EvidenceFolder::find(dir.path(), "a"), folder.used), (None, 0));
    }

    #[test]
    fn a_quota_beyond_the_disk_is_a_promise_that_cannot_be_kept() {
        let dir = tempfile::tempdir().unwrap();
        let folder = EvidenceFolder::open(dir.path(), LIMITS).unwrap();
        assert_eq!(folder.shortage(), None);
        let folder = EvidenceFolder::open(dir.path(), EvidenceLimits { quota: u64::MAX, keep: None }).unwrap();
        assert_eq!(folder.shortage().map(|(_, needed)| needed), Some(u64::MAX));
    }

    #[test]
    fn a_file_that_cannot_be_written_leaves_nothing_behind() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("evidence");
        let mut folder = EvidenceFolder::open(&path, LIMITS).unwrap();
        fs::remove_dir(&path).unwrap();
        folder.write("a", b"packets").unwrap();
        assert!(EvidenceFolder::find(&path, "a").is_some(), "a folder that somebody removed is made again");
        fs::create_dir(path.join("b")).unwrap();
        assert!(folder.write("b", b"packets").is_err(), "something else has this name");
        assert!(!path.join(".b.draft").exists());
        assert_eq!(folder.used, 7);
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["../etc/passwd", "", ".", "..", "a/b", ".hidden"] {
            assert_eq!(EvidenceFolder::find(dir.path(), name), None, "{name}");
        }
    }
}
