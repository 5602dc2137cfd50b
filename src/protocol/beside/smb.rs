//! SMB 2 and 3 ([MS-SMB2]), as far as it is not encrypted: log-ons, names of files and pipes, first bytes of what is written.

use super::message::Heads;
use super::{Listener, cargo, rpc};
use crate::event::{Cargo, Carried, LogOn, Notice, Outcome, Secret, Side, clean_text};

/// Of the transport below: type 0 and three bytes of length.
const TRANSPORT: usize = 4;
const HEADER: usize = 64;
const MAGIC: &[u8] = b"\xfeSMB";
const ANSWER: u8 = 1;
/// Commands.
const SESSION_SETUP: u16 = 1;
const CREATE: u16 = 5;
const WRITE: u16 = 9;
/// Status codes: none, more to come, and what refuses a name or a password.
const MORE: u32 = 0xc000_0016;
const REFUSED: [u32; 6] = [0xc000_006d, 0xc000_006a, 0xc000_0064, 0xc000_0072, 0xc000_0234, 0xc000_0022];
const MAX_NAME: usize = 200;

#[derive(Default)]
pub struct Smb {
    heads: [Heads; 2],
    user: Option<String>,
    /// The file or pipe opened last.
    name: String,
    broken: bool,
}

impl Listener for Smb {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        if self.broken {
            return;
        }
        let mut messages = Vec::new();
        let side = usize::from(from == Side::Server);
        self.broken = !self.heads[side].take(bytes, length, &mut |head| messages.push(head.to_vec()));
        for message in messages {
            self.message(from, message.get(TRANSPORT..).unwrap_or_default(), tell);
        }
    }
}

/// Zero where bytes are no such message.
fn length(bytes: &[u8]) -> Option<usize> {
    match *bytes {
        [0, a, b, c, ..] => Some(TRANSPORT + (usize::from(a) << 16 | usize::from(b) << 8 | usize::from(c))),
        // A session of NetBIOS begins with messages of its own, and is kept alive by them.
        [0x81..=0x85, _, b, c, ..] => Some(TRANSPORT + (usize::from(b) << 8 | usize::from(c))),
        [1..=0x80 | 0x86.., ..] => Some(0),
        _ => None,
    }
}

impl Smb {
    fn message(&mut self, from: Side, message: &[u8], tell: &mut dyn FnMut(Notice)) {
        if !message.starts_with(MAGIC) {
            return;
        }
        let Some((command, status)) = le16(message, 12).zip(le32(message, 8)) else { return };
        let answers = message.get(16).is_some_and(|flags| flags & ANSWER != 0);
        match (command, from) {
            (SESSION_SETUP, Side::Client) => self.user = user(message).or(self.user.take()),
            (SESSION_SETUP, Side::Server) if answers => self.answered(status, tell),
            (CREATE, Side::Client) => self.opened(message, tell),
            (WRITE, Side::Client) => self.written(message, tell),
            _ => {}
        }
    }

    fn answered(&mut self, status: u32, tell: &mut dyn FnMut(Notice)) {
        let outcome = match status {
            0 => Outcome::Accepted,
            MORE => return,
            status if REFUSED.contains(&status) => Outcome::Refused,
            _ => return,
        };
        let user = self.user.take();
        let secret = if user.is_some() { Secret::Protected } else { Secret::None };
        tell(Notice::LogOn(LogOn { service: "smb".into(), user, secret, outcome }));
    }

    fn opened(&mut self, message: &[u8], tell: &mut dyn FnMut(Notice)) {
        let field = |at| le16(message, HEADER + at).map(usize::from);
        let Some((offset, length)) = field(44).zip(field(46)) else { return };
        let Some(name) = message.get(offset..offset + length) else { return };
        self.name = utf16(name);
        if let Some(what) = rpc::pipe(&self.name) {
            tell(carried(what.to_owned(), Cargo::RemoteOrder));
        }
    }

    fn written(&mut self, message: &[u8], tell: &mut dyn FnMut(Notice)) {
        // Only what a file begins with tells.
        if le32(message, HEADER + 8) != Some(0) || le32(message, HEADER + 12) != Some(0) {
            return;
        }
        let data = le16(message, HEADER + 2).and_then(|offset| message.get(usize::from(offset)..)).unwrap_or_default();
        if let Some(kind) = cargo::by_content(data).or_else(|| cargo::by_name(&self.name)) {
            tell(carried(self.name.clone(), kind));
        }
    }
}

fn carried(name: String, kind: Cargo) -> Notice {
    Notice::Carried(Carried { service: "smb".into(), name, kind, to_server: true })
}

/// The name in the third message of NTLM ([MS-NLMP] section 2.2.1.3).
fn user(message: &[u8]) -> Option<String> {
    const SIGNATURE: &[u8] = b"NTLMSSP\0\x03\0\0\0";
    let start = message.windows(SIGNATURE.len()).position(|window| window == SIGNATURE)?;
    let ntlm = &message[start..];
    let (length, offset) = (le16(ntlm, 36)?, le32(ntlm, 40)?);
    let offset = usize::try_from(offset).ok()?;
    let name = utf16(ntlm.get(offset..offset.checked_add(usize::from(length))?)?);
    (!name.is_empty()).then_some(name)
}

fn utf16(bytes: &[u8]) -> String {
    let units: Vec<u16> =
        bytes.chunks_exact(2).take(MAX_NAME).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    clean_text(String::from_utf16_lossy(&units).as_bytes(), MAX_NAME)
}

fn le16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|pair| u16::from_le_bytes(*pair))
}

fn le32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|four| u32::from_le_bytes(*four))
}
