//! What archives hold, for rules about bytes: members of ZIP files (APPNOTE 6.3.10 section 4.3) and what gzip packed, also
//! within each other. All that one file gives costs no more than one bound.

use std::io::Read;

use flate2::{Decompress, FlushDecompress, Status};
use memchr::memmem;

/// Bytes that one carried file may unpack to in all, and of one member.
const MAX_ALL: usize = 32 << 20;
const MAX_MEMBER: usize = 8 << 20;
const MAX_MEMBERS: usize = 200;
/// Archives within archives.
const MAX_DEPTH: usize = 3;

const LOCAL: &[u8] = b"PK\x03\x04";
const LOCAL_LENGTH: usize = 30;
const GZIP: &[u8] = b"\x1f\x8b\x08";
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;
const MAX_NAME: usize = 100;

/// Gives each member with its name until `each` has enough. Members whose method is another, or that need a password, are left
/// out.
pub fn unpack(bytes: &[u8], each: &mut dyn FnMut(&str, &[u8]) -> bool) {
    Unpacking { left: MAX_ALL, members: MAX_MEMBERS, each }.archive(bytes, "", 0);
}

struct Unpacking<'a> {
    left: usize,
    members: usize,
    each: &'a mut dyn FnMut(&str, &[u8]) -> bool,
}

/// Where the packed bytes of a member lie.
struct Member<'a> {
    name: String,
    method: u16,
    is_open: bool,
    /// As far as the archive goes; how many of them belong to it is known only where its head says so.
    packed: &'a [u8],
    length: Option<usize>,
}

impl Unpacking<'_> {
    fn archive(&mut self, bytes: &[u8], path: &str, depth: usize) {
        if depth >= MAX_DEPTH {
        } else if bytes.starts_with(GZIP) {
            let mut content = Vec::new();
            // What is damaged or cut is looked at as far as it goes.
            let _ = flate2::read::MultiGzDecoder::new(bytes).take(self.room() as u64).read_to_end(&mut content);
            self.member(&content, &format!("{path}gzip"), depth);
        } else if bytes.starts_with(LOCAL) {
            self.zip(bytes, path, depth);
        }
    }

    fn zip(&mut self, bytes: &[u8], path: &str, depth: usize) {
        let mut rest = bytes;
        while let Some(member) = Member::read(rest) {
            let (content, used) = member.unpack(self.room());
            let name = format!("{path}{}", member.name);
            if member.is_open && !self.member(&content, &name, depth) {
                return;
            }
            let behind = member.packed.get(used..).unwrap_or_default();
            let Some(next) = memmem::find(behind, LOCAL) else { return };
            rest = &behind[next..];
        }
    }

    fn room(&self) -> usize {
        self.left.min(MAX_MEMBER)
    }

    /// False where it is enough.
    fn member(&mut self, content: &[u8], path: &str, depth: usize) -> bool {
        if self.members == 0 || self.left == 0 {
            return false;
        }
        self.members -= 1;
        self.left -= content.len().min(self.left);
        if !content.is_empty() && !(self.each)(path, content) {
            self.members = 0;
            return false;
        }
        self.archive(content, &format!("{path}/"), depth + 1);
        self.members > 0 && self.left > 0
    }
}

impl<'a> Member<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let head = bytes.get(..LOCAL_LENGTH).filter(|head| head.starts_with(LOCAL))?;
        let word = |at: usize| u16::from_le_bytes([head[at], head[at + 1]]);
        let (name, extra) = (usize::from(word(26)), usize::from(word(28)));
        let text = bytes.get(LOCAL_LENGTH..LOCAL_LENGTH + name)?;
        let length = u32::from_le_bytes([head[18], head[19], head[20], head[21]]);
        // Where it stands behind the bytes, or does not fit into 32 bits, the head holds none of them.
        let length = usize::try_from(length).ok().filter(|length| !matches!(length, 0 | 0xffff_ffff));
        Some(Member {
            name: crate::event::clean_text(text, MAX_NAME),
            method: word(8),
            is_open: word(6) & ENCRYPTED == 0,
            packed: bytes.get(LOCAL_LENGTH + name + extra..)?,
            length,
        })
    }

    /// The content, as far as there is room for it, and how many bytes were packed.
    fn unpack(&self, room: usize) -> (Vec<u8>, usize) {
        let packed = &self.packed[..self.length.unwrap_or(usize::MAX).min(self.packed.len())];
        match self.method {
            _ if !self.is_open => (Vec::new(), self.length.unwrap_or(0)),
            STORED => {
                (packed[..self.length.unwrap_or(0).min(packed.len()).min(room)].to_vec(), self.length.unwrap_or(0))
            }
            DEFLATED => inflate(packed, room),
            _ => (Vec::new(), self.length.unwrap_or(0)),
        }
    }
}

/// Unpacks until the end, damage or the bound; says how much was read.
fn inflate(packed: &[u8], room: usize) -> (Vec<u8>, usize) {
    const STEP: usize = 1 << 16;
    let mut state = Decompress::new(false);
    let mut content = Vec::new();
    loop {
        let used = usize::try_from(state.total_in()).unwrap_or(usize::MAX);
        let step = STEP.min(room - content.len());
        if step == 0 {
            return (content, used);
        }
        content.reserve_exact(step);
        let before = (used, content.len());
        let status = state.decompress_vec(packed.get(used..).unwrap_or_default(), &mut content, FlushDecompress::None);
        content.truncate(room);
        let now = (usize::try_from(state.total_in()).unwrap_or(usize::MAX), content.len());
        if !matches!(status, Ok(Status::Ok)) || now == before {
            return (content, now.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder};
    use proptest::prelude::*;

    use super::*;

    fn deflated(content: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn gzipped(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    /// A member; `length` false leaves it to what stands behind it, as whoever writes a stream does.
    fn member(name: &str, method: u16, content: &[u8], length: bool) -> Vec<u8> {
        let packed = if method == DEFLATED { deflated(content) } else { content.to_vec() };
        let size = if length { packed.len() as u32 } else { 0 };
        let flags: u16 = if length { 0 } else { 8 };
        let mut all = [LOCAL, &[20, 0], &flags.to_le_bytes(), &method.to_le_bytes(), &[0; 8]].concat();
        all.extend([size.to_le_bytes(), (content.len() as u32).to_le_bytes()].concat());
        all.extend([name.len() as u8, 0, 0, 0]);
        all.extend(name.bytes());
        all.extend(packed);
        if !length {
            all.extend(b"PK\x07\x08descriptor..");
        }
        all
    }

    fn unpacked(bytes: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut all = Vec::new();
        unpack(bytes, &mut |name, content| {
            all.push((name.to_owned(), content.to_vec()));
            true
        });
        all
    }

    #[test]
    fn members_are_given_however_they_were_packed() {
        let inner = gzipped(b"the innermost");
        let archive = [
            member("stored.txt", STORED, b"as it is", true),
            member("folder/packed.exe", DEFLATED, b"MZ, and more of it", false),
            member("log.gz", STORED, &inner, true),
            member("strange", 99, b"xxx", true),
            member("last", DEFLATED, b"last", true),
        ]
        .concat();
        let found = unpacked(&archive);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["stored.txt", "folder/packed.exe", "log.gz", "log.gz/gzip", "last"]);
        assert_eq!((&found[1].1[..], &found[3].1[..]), (&b"MZ, and more of it"[..], &b"the innermost"[..]));
        assert_eq!(unpacked(b"no archive"), []);
    }

    #[test]
    fn a_bomb_costs_its_share_and_no_more() {
        let zeros = vec![0; 64 << 20];
        let one = member("zeros", DEFLATED, &zeros, true);
        let count = |bytes: &[u8]| unpacked(bytes).iter().map(|(_, content)| content.len()).collect::<Vec<_>>();
        assert_eq!(count(&one), [MAX_MEMBER]);
        assert_eq!(count(&gzipped(&zeros)), [MAX_MEMBER]);
        let many = one.repeat(1000);
        assert_eq!(count(&many).iter().sum::<usize>(), MAX_ALL);
        let small = member("small", STORED, b"x", true).repeat(5000);
        assert_eq!(count(&small).len(), MAX_MEMBERS);
        let nested = (0..10).fold(one, |inner, _| member("next.zip", DEFLATED, &inner.repeat(3), true));
        assert!(count(&nested).iter().sum::<usize>() <= MAX_ALL && count(&nested).len() <= MAX_MEMBERS);
        let deepest = unpacked(&nested).iter().map(|(name, _)| name.matches('/').count()).max();
        assert_eq!(deepest, Some(MAX_DEPTH - 1));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(
            cut in 0usize..400, at in 0usize..400, byte: u8, tail in prop::collection::vec(any::<u8>(), 0..60),
        ) {
            let mut bytes = [member("a", DEFLATED, &[7; 300], false), member("b", STORED, b"text", true)].concat();
            if let Some(place) = bytes.get_mut(at) {
                *place = byte;
            }
            bytes.truncate(cut);
            bytes.extend(tail);
            let _ = unpacked(&bytes);
            let _ = unpacked(&[GZIP, &bytes].concat());
        }
    }
}
