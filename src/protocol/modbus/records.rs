//! Files that functions 20 and 21 carry record by record (Modbus Application Protocol V1.1b3, sections 6.14 and 6.15), put
//! together for YARA and for lists of hashes.
//!
//! Nothing says where a file ends: it is over when its records begin anew, when others need its room, and with the
//! connection. What is read again and again is told once as long as it stays the same.

use std::collections::VecDeque;

use sha2::{Digest, Sha256};
use smallvec::{SmallVec, smallvec};

use super::parse::FileGroup;
use super::umas::Finished;
use crate::event::{Artifact, FrameRef, hex};

/// Files of one connection at a time, and those of which it is remembered what they held.
const MAX_OPEN: usize = 4;
const MAX_TOLD: usize = 32;
/// Bytes kept of one file: all records that their numbers allow.
const MAX_BYTES: usize = 2 << 16;
/// Fewer bytes are no file that is worth a look.
const LEAST: usize = 32;

#[derive(Debug, Default)]
pub struct Records {
    open: VecDeque<File>,
    told: VecDeque<(Key, [u8; 32])>,
}

/// Which file, and which way it goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key {
    pub unit: u8,
    pub file: u16,
    pub to_server: bool,
}

#[derive(Debug)]
struct File {
    key: Key,
    bytes: Vec<u8>,
    size: u64,
    /// The record that comes next.
    next: u32,
    /// Its beginning was not seen, records are shorter than they should be, or more came than finds room.
    torn: bool,
    frames: SmallVec<[FrameRef; 4]>,
}

impl Records {
    /// Bytes in all that is open.
    pub fn held(&self) -> usize {
        self.open.iter().map(|file| file.bytes.len()).sum()
    }

    /// Records went by; files that are over with them come back.
    pub fn step(&mut self, key: Key, group: &FileGroup<'_>, frames: &[FrameRef], room: usize) -> Option<Finished> {
        let record = u32::from(group.record);
        let goes_on = self.open.iter_mut().find(|file| file.key == key);
        if let Some(file) = goes_on
            && (file.next == record || file.next == record + u32::from(group.length))
        {
            // The last records may come twice.
            if file.next == record {
                file.push(group, frames, room);
            }
            return None;
        }
        let place = self.open.iter().position(|file| file.key == key);
        let place = place.or_else(|| (self.open.len() >= MAX_OPEN).then_some(0));
        let old = place.and_then(|place| self.open.remove(place));
        let mut file = File::new(key, record, frames);
        file.push(group, frames, room);
        self.open.push_back(file);
        old.and_then(|old| self.tell(old))
    }

    /// The connection is over, and with it all that it carried.
    pub fn finish(&mut self) -> Vec<Finished> {
        let open = std::mem::take(&mut self.open);
        open.into_iter().filter_map(|file| self.tell(file)).collect()
    }

    fn tell(&mut self, file: File) -> Option<Finished> {
        if file.bytes.len() < LEAST {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(&file.bytes).into();
        if self.told.contains(&(file.key, hash)) {
            return None;
        }
        if self.told.len() >= MAX_TOLD {
            self.told.pop_front();
        }
        self.told.push_back((file.key, hash));
        let artifact = Artifact {
            kind: "modbus_file".into(),
            name: format!("unit {} file {}", file.key.unit, file.key.file),
            to_server: file.key.to_server,
            size: file.size,
            complete: !file.torn && file.size == file.bytes.len() as u64,
            sha256: hex(&hash),
            block: None,
            comparison: None,
            bytes: file.bytes,
        };
        Some(Finished { artifact, frames: file.frames })
    }
}

impl File {
    /// Some count records from 0, some from 1.
    fn new(key: Key, record: u32, frames: &[FrameRef]) -> Self {
        let frames = frames.first().map(|first| smallvec![*first]).unwrap_or_default();
        File { key, bytes: Vec::new(), size: 0, next: record, torn: record > 1, frames }
    }

    fn push(&mut self, group: &FileGroup<'_>, frames: &[FrameRef], room: usize) {
        self.next += u32::from(group.length);
        // An answer may hold less than was asked for.
        self.torn |= group.data.len() != 2 * usize::from(group.length);
        self.size += group.data.len() as u64;
        let room = room.min(MAX_BYTES - self.bytes.len());
        self.bytes.extend_from_slice(group.data.get(..room).unwrap_or(group.data));
        self.frames.truncate(1);
        self.frames.extend(frames.last().copied());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: Key = Key { unit: 1, file: 4, to_server: true };

    fn group(record: u16, data: &[u8]) -> FileGroup<'_> {
        FileGroup { reference: 6, file: 4, record, length: data.len() as u16 / 2, data }
    }

    fn step(records: &mut Records, record: u16, data: &[u8]) -> Option<(Vec<u8>, bool)> {
        let told = records.step(KEY, &group(record, data), &[], 1000);
        told.map(|told| (told.artifact.bytes, told.artifact.complete))
    }

    #[test]
    fn records_in_a_row_are_one_file_until_they_begin_anew() {
        let mut records = Records::default();
        assert!(step(&mut records, 0, &[1; 40]).is_none());
        assert!(step(&mut records, 20, &[2; 40]).is_none());
        assert!(step(&mut records, 20, &[2; 40]).is_none(), "the same once more");
        let whole = [[1; 40], [2; 40]].concat();
        assert_eq!(step(&mut records, 0, &[1; 40]), Some((whole, true)));
        assert!(step(&mut records, 20, &[2; 40]).is_none());
        assert!(step(&mut records, 0, &[3; 40]).is_none(), "it stayed the same, and is told once");
        let told = records.finish();
        assert_eq!((told.len(), told[0].artifact.bytes.len(), records.held()), (1, 40, 0));
    }

    #[test]
    fn what_begins_in_its_midst_or_finds_no_room_is_not_whole_and_what_is_tiny_is_no_file() {
        let mut records = Records::default();
        step(&mut records, 7, &[1; 40]);
        assert!(!records.finish()[0].artifact.complete);
        step(&mut records, 0, &[1; 20]);
        assert!(records.finish().is_empty());
        records.step(KEY, &FileGroup { length: 40, ..group(0, &[2; 40]) }, &[], 1000);
        assert!(!records.finish()[0].artifact.complete, "half of each record");
        let mut records = Records::default();
        records.step(KEY, &group(0, &[5; 100]), &[], 40);
        let artifact = &records.finish()[0].artifact;
        assert_eq!((artifact.bytes.len(), artifact.size, artifact.complete), (40, 100, false));
        for file in 0..20 {
            records.step(Key { file, ..KEY }, &group(0, &[5; 100]), &[], 1000);
        }
        assert_eq!((records.open.len(), records.held()), (MAX_OPEN, MAX_OPEN * 100));
    }
}
