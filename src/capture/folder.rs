use std::collections::VecDeque;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sha2::{Digest, Sha256};

use crate::event::hex;

/// The folder of evidence files, kept under a quota: the oldest files make room.
pub struct EvidenceFolder {
    path: PathBuf,
    quota: u64,
    used: u64,
    /// Oldest first.
    files: VecDeque<(PathBuf, u64)>,
}

impl EvidenceFolder {
    pub fn open(path: &Path, quota: u64) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let mut files: Vec<(SystemTime, PathBuf, u64)> = Vec::new();
        for entry in path.read_dir()? {
            let entry = entry?;
            let meta = entry.metadata()?;
            if meta.is_file() {
                files.push((meta.modified()?, entry.path(), meta.len()));
            }
        }
        files.sort();
        let used = files.iter().map(|(.., size)| size).sum();
        let files = files.into_iter().map(|(_, path, size)| (path, size)).collect();
        Ok(EvidenceFolder { path: path.to_owned(), quota, used, files })
    }

    /// Writes a file whole or not at all, and gives its SHA-256. `name` must be a plain file name.
    pub fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<String> {
        let size = bytes.len() as u64;
        if size > self.quota {
            return Err(io::Error::other(format!("{size} bytes are more than the whole evidence quota")));
        }
        while self.used + size > self.quota {
            let Some((oldest, freed)) = self.files.pop_front() else { break };
            fs::remove_file(&oldest)?;
            self.used -= freed;
        }
        let path = self.path.join(name);
        let draft = self.path.join(format!(".{name}.draft"));
        let mut file = fs::File::create(&draft)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        self.used += size;
        self.files.push_back((path, size));
        Ok(hex(&Sha256::digest(bytes)))
    }

    /// The file of that name, where there is one; never a path outside of the folder.
    pub fn find(folder: &Path, name: &str) -> Option<PathBuf> {
        let plain = !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\', '\0']);
        Some(folder.join(name)).filter(|path| plain && path.is_file())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_file_makes_room() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = EvidenceFolder::open(dir.path(), 250).unwrap();
        for name in ["a", "b", "c"] {
            folder.write(name, &[0; 100]).unwrap();
        }
        assert!(EvidenceFolder::find(dir.path(), "a").is_none());
        assert!(EvidenceFolder::find(dir.path(), "b").is_some());
        assert!(folder.write("d", &[0; 300]).unwrap_err().to_string().contains("quota"));
        let again = EvidenceFolder::open(dir.path(), 250).unwrap();
        assert_eq!(again.used, 200, "a restart knows what is there");
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["../etc/passwd", "", ".", "..", "a/b", ".hidden"] {
            assert_eq!(EvidenceFolder::find(dir.path(), name), None, "{name}");
        }
    }
}
