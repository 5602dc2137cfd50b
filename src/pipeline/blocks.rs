//! The last version of every program block of every controller, so that a block that goes by again can be told from a
//! changed one. The bytes of each version are kept in a folder under a quota; the files' names hold what is compared, so
//! that a restart knows it again. Without a folder the last versions' bytes are kept in memory, under a quota, too.

use std::collections::VecDeque;
use std::io;
use std::path::Path;

use super::difference::{Code, difference};
use crate::capture::folder::{EvidenceFolder, EvidenceLimits};
use crate::event::{Artifact, Comparison, Difference, Ends, Event, EventKind, Map, Timestamp, Versions};
use crate::protocol::s7::code_of_block;

/// Of the folder: some thousand blocks of the largest kind.
pub const BLOCK_LIMITS: EvidenceLimits = EvidenceLimits { quota: 256 << 20, keep: None };
/// Blocks remembered; a plant of a hundred controllers has some ten thousand.
const MAX_BLOCKS: usize = 1 << 16;
/// Characters of a controller's or a block's name that tell it apart.
const MAX_NAME: usize = 40;
const ENDING: &str = ".block";
/// Bytes of blocks that are kept in memory where there is no folder.
const MEMORY: usize = 16 << 20;

/// See the head of this file.
#[derive(Default)]
pub struct Blocks {
    folder: Option<EvidenceFolder>,
    last: Map<Key, Version>,
    /// Those remembered, the longest known first.
    order: VecDeque<Key>,
    /// Bytes in memory.
    held: usize,
}

/// A controller's address and a block's name, as they stand in a file's name.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    controller: String,
    block: String,
}

struct Version {
    seen: Timestamp,
    sha256: String,
    code_sha256: String,
    /// Without a folder, as far as the quota goes; empty otherwise.
    bytes: Vec<u8>,
}

impl Blocks {
    /// Versions go to `folder`; without one the last ones stay in memory.
    pub fn new(folder: Option<(&Path, EvidenceLimits)>) -> io::Result<Self> {
        let folder = folder.map(|(path, limits)| EvidenceFolder::open(path, limits)).transpose()?;
        let mut blocks = Blocks::default();
        for (key, version) in folder.iter().flat_map(EvidenceFolder::names).filter_map(parse) {
            blocks.remember(key, version);
        }
        Ok(Blocks { folder, ..blocks })
    }

    /// Says of a whole block what it is against the last one of its controller and name, and remembers it.
    pub fn compare(&mut self, event: &mut Event) {
        let EventKind::Artifact(artifact) = &mut event.kind else { return };
        let Some(code) = code_hash(artifact) else { return };
        let key = Key { controller: controller(&event.ends), block: file_part(&artifact.name) };
        let (sha256, code_sha256) = (artifact.sha256.clone(), code.to_owned());
        let mut version = Version { seen: event.ts, sha256, code_sha256, bytes: Vec::new() };
        let mut comparison = compared(self.last.get(&key), &version);
        if comparison.versions == Versions::Changed {
            comparison.difference = self.difference(&key, artifact);
        }
        if comparison.versions != Versions::Same {
            self.keep(&key, &mut version, &artifact.bytes);
        } else if let Some(before) = self.last.get_mut(&key) {
            before.seen = version.seen;
            version.bytes = std::mem::take(&mut before.bytes);
            self.held -= version.bytes.len();
        }
        self.remember(key, version);
        artifact.comparison = Some(comparison);
    }

    /// What is other than in the version before, where its bytes are still at hand.
    fn difference(&self, key: &Key, now: &Artifact) -> Option<Difference> {
        let last = self.last.get(key)?;
        let file = || self.folder.as_ref()?.read(|name| is_of(name, key, last));
        let before = if last.bytes.is_empty() { file()? } else { last.bytes.clone() };
        let [before, now] = [&before, &now.bytes].map(|block| Code { block, places: code_of_block(&now.kind, block) });
        Some(difference(&before, &now)).filter(|_| !now.places.is_empty())
    }

    fn remember(&mut self, key: Key, version: Version) {
        self.held += version.bytes.len();
        if let Some(before) = self.last.insert(key.clone(), version) {
            self.held -= before.bytes.len();
            return;
        }
        self.order.push_back(key);
        if self.order.len() > MAX_BLOCKS
            && let Some(oldest) = self.order.pop_front()
            && let Some(forgotten) = self.last.remove(&oldest)
        {
            self.held -= forgotten.bytes.len();
        }
    }

    fn keep(&mut self, key: &Key, version: &mut Version, bytes: &[u8]) {
        if self.folder.is_none() && self.held + bytes.len() <= MEMORY {
            version.bytes = bytes.to_vec();
        }
        let Some(folder) = self.folder.as_mut().filter(|folder| folder.takes(bytes.len())) else { return };
        folder.make_room(bytes.len());
        let name = file_name(key, version);
        if let Err(error) = folder.write(&name, bytes) {
            tracing::error!(file = name, %error, "a program block cannot be kept");
        }
    }
}

fn code_hash(artifact: &Artifact) -> Option<&str> {
    artifact.block.as_ref().filter(|_| artifact.complete)?.code_sha256.as_deref()
}

fn compared(before: Option<&Version>, now: &Version) -> Comparison {
    let versions = match before {
        None => Versions::First,
        Some(before) if before.sha256 == now.sha256 => Versions::Same,
        Some(before) if before.code_sha256 == now.code_sha256 => Versions::SameCode,
        Some(_) => Versions::Changed,
    };
    let (seen, sha256) = before.map(|before| (before.seen, before.sha256.clone())).unzip();
    Comparison { versions, before_seen: seen, before_sha256: sha256, difference: None }
}

fn controller(ends: &Ends) -> String {
    let server = &ends.server;
    let address = server.ip.map(|ip| ip.to_string()).or_else(|| server.mac.map(|mac| mac.to_string()));
    file_part(&address.unwrap_or_default())
}

/// Letters, digits and dots; whatever else a name holds must not lead out of the folder.
fn file_part(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    name.chars().take(MAX_NAME).map(plain).collect()
}

/// `nanoseconds_controller_block_code-hash_hash.block`.
fn file_name(key: &Key, version: &Version) -> String {
    let Version { seen, sha256, code_sha256, .. } = version;
    format!("{:020}_{}_{}_{code_sha256}_{sha256}{ENDING}", seen.nanos(), key.controller, key.block)
}

fn parse(name: &str) -> Option<(Key, Version)> {
    let parts: Vec<&str> = name.strip_suffix(ENDING)?.split('_').collect();
    let &[seen, controller, block, code, sha256] = parts.as_slice() else { return None };
    let seen = Timestamp::from_nanos(seen.parse().ok()?);
    let key = Key { controller: controller.to_owned(), block: block.to_owned() };
    let (sha256, code_sha256) = (sha256.to_owned(), code.to_owned());
    Some((key, Version { seen, sha256, code_sha256, bytes: Vec::new() }))
}

/// Whether a file is of this block in this version, whenever it was seen.
fn is_of(name: &str, key: &Key, version: &Version) -> bool {
    parse(name).is_some_and(|(other, of)| other == *key && of.sha256 == version.sha256)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::event::{Endpoint, Evidence, ProgramBlock, Protocol, Service, Vlans, hex};

    const LIMITS: EvidenceLimits = EvidenceLimits { quota: 100, keep: None };

    /// A block of a controller whose last number is given: what surrounds its code, and the code.
    fn block(controller: u8, second: u64, around: u8, code: u8) -> Event {
        let block = ProgramBlock { code_sha256: Some(hex(&[code; 32])), ..ProgramBlock::default() };
        let artifact = Artifact {
            kind: "s7_block".into(),
            name: "OB1".to_owned(),
            to_server: true,
            size: 40,
            complete: true,
            sha256: hex(&[around, code]),
            block: Some(Box::new(block)),
            comparison: None,
            bytes: vec![code; 40],
        };
        let end = |number, port| Endpoint { ip: Some([10, 0, 0, number].into()), port, mac: None };
        Event {
            ts: Timestamp::from_nanos(second * 1_000_000_000),
            service: Service::App(Protocol::S7comm),
            flow: None,
            ends: Ends { vlans: Vlans::new(), client: end(200, 40000), server: end(controller, 102) },
            kind: EventKind::Artifact(Box::new(artifact)),
            evidence: Evidence::default(),
        }
    }

    fn comparison(blocks: &mut Blocks, mut event: Event) -> Comparison {
        blocks.compare(&mut event);
        let EventKind::Artifact(artifact) = event.kind else { panic!("it was an artifact") };
        artifact.comparison.expect("a whole block is compared")
    }

    #[test]
    fn a_new_timestamp_is_no_change_and_other_code_is() {
        let mut blocks = Blocks::default();
        let said = [(1, 1), (1, 1), (2, 1), (3, 2), (2, 1)]
            .into_iter()
            .zip(1..)
            .map(|((around, code), second)| comparison(&mut blocks, block(1, second, around, code)).versions);
        let expected = [Versions::First, Versions::Same, Versions::SameCode, Versions::Changed, Versions::Changed];
        assert_eq!(said.collect::<Vec<_>>(), expected);
        // Another controller's OB1 is another block.
        assert_eq!(comparison(&mut blocks, block(2, 9, 9, 9)).versions, Versions::First);
    }

    #[test]
    fn a_part_of_a_block_is_not_compared() {
        let mut event = block(1, 1, 1, 1);
        let EventKind::Artifact(artifact) = &mut event.kind else { panic!("it is an artifact") };
        artifact.complete = false;
        Blocks::default().compare(&mut event);
        assert!(matches!(&event.kind, EventKind::Artifact(artifact) if artifact.comparison.is_none()));
    }

    #[test]
    fn versions_are_kept_under_the_quota_and_known_after_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Blocks::new(Some((dir.path(), LIMITS))).unwrap();
        let mut blocks = open();
        for (second, code) in [(1, 1), (2, 2), (3, 3), (4, 3)] {
            comparison(&mut blocks, block(1, second, 0, code));
        }
        let files: Vec<_> =
            dir.path().read_dir().unwrap().map(|file| file.unwrap().metadata().unwrap().len()).collect();
        assert_eq!(files, [40, 40], "the oldest of three made room, what came again is kept once");
        let again = comparison(&mut open(), block(1, 5, 0, 2));
        assert_eq!(again.versions, Versions::Changed);
        assert_eq!(again.before_sha256, Some(hex(&[0, 3])));
        assert_eq!(again.before_seen, Some(Timestamp::from_nanos(3_000_000_000)));
        assert!(again.before_seen.unwrap().since(Timestamp::ZERO) == Duration::from_secs(3));
    }

    #[test]
    fn names_from_the_wire_lead_nowhere() {
        assert_eq!(file_part("../../etc/passwd_1"), "..-..-etc-passwd-1");
        assert_eq!(file_part("FB 0x00000001"), "FB-0x00000001");
    }
}
