//! Secure channels of one connection (OPC 10000-4 section 5.6, OPC 10000-6 section 6.7).

use std::borrow::Cow;

use super::decoder::Decoder;
use super::facts::Trait;
use super::posture;
use super::services::{RequestHeader, ResponseHeader};
use super::transport::{ChunkType, Sequence};
use super::wire::{self, Half};
use crate::event::{OpcuaClose, OpcuaTraffic, Side, Timestamp};

/// Channels of one connection; the specification allows one.
const MAX_CHANNELS: usize = 16;

/// What is known of one secure channel.
#[derive(Debug)]
pub struct Channel {
    pub id: u32,
    /// The policy's name; `None` where its opening was not seen.
    pub policy: Option<Box<str>>,
    pub mode: Option<Cow<'static, str>>,
    protection: Protection,
    client: Direction,
    server: Direction,
    discovery_requests: u32,
    other_requests: u32,
    /// Its end was told; what still comes is late.
    is_closed: bool,
    /// A message on it could not be read.
    is_unreadable: bool,
    /// Under which protection it is used was told.
    told_use: bool,
}

#[derive(Debug, Default)]
struct Direction {
    traffic: OpcuaTraffic,
    /// The latest sequence number.
    sequence: Option<u32>,
}

/// How the bodies of chunks are to be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Protection {
    Plain,
    /// Readable, with a signature of so many bytes at the end.
    Signed(usize),
    Encrypted,
    /// Signed with so many bytes, and perhaps encrypted: an encrypted OPN hides the mode.
    SignedAtLeast(usize),
    /// The opening was not seen: plain if it looks so.
    Unknown,
}

/// What is wrong with a chunk's sequence number (OPC 10000-6 section 6.7.2.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SequenceFault {
    Repeated,
    Gap { expected: u32 },
}

/// The channels of one connection.
#[derive(Debug, Default)]
pub struct Channels(Vec<Channel>);

impl Channels {
    pub fn find(&mut self, id: u32) -> Option<&mut Channel> {
        self.0.iter_mut().find(|channel| channel.id == id)
    }

    /// The channel of this id, new where it was unknown; with it the oldest one, where that had to make room.
    pub fn find_or_add(&mut self, id: u32) -> (&mut Channel, Option<Channel>) {
        let mut pushed_out = None;
        let index = self.0.iter().position(|channel| channel.id == id).unwrap_or_else(|| {
            if self.0.len() >= MAX_CHANNELS {
                pushed_out = Some(self.0.remove(0));
            }
            self.0.push(Channel::unseen(id));
            self.0.len() - 1
        });
        (&mut self.0[index], pushed_out)
    }

    /// The next channel whose end was not told.
    pub fn next_open(&mut self) -> Option<&mut Channel> {
        self.0.iter_mut().find(|channel| !channel.is_closed)
    }

    /// Chunks of one side were lost.
    pub fn lose(&mut self, from: Side) {
        self.0.iter_mut().for_each(|channel| channel.lose(from));
    }
}

impl Channel {
    /// A channel whose opening was not seen.
    pub fn unseen(id: u32) -> Self {
        Channel {
            id,
            policy: None,
            mode: None,
            protection: Protection::Unknown,
            client: Direction::default(),
            server: Direction::default(),
            discovery_requests: 0,
            other_requests: 0,
            is_closed: false,
            is_unreadable: false,
            told_use: false,
        }
    }

    /// What OPN says; a renewal says it again. `mode` is `None` where the OPN was encrypted.
    pub fn agree(&mut self, policy_uri: &str, mode: Option<Cow<'static, str>>) {
        let policy = wire::policy_name(policy_uri);
        let signature = wire::signature_bytes(policy);
        self.protection = match mode.as_deref() {
            _ if policy == "None" => Protection::Plain,
            Some("sign") => Protection::Signed(signature),
            Some("sign_and_encrypt") => Protection::Encrypted,
            _ => Protection::SignedAtLeast(signature),
        };
        self.policy = Some(policy.into());
        // A renewal keeps the mode, and hides it as the first OPN did.
        self.mode = mode.or(self.mode.take()).or((policy == "None").then_some(Cow::Borrowed("none")));
    }

    pub const fn is_known(&self) -> bool {
        !matches!(self.protection, Protection::Unknown)
    }

    /// Counts a MSG chunk.
    pub fn count(&mut self, from: Side, chunk: ChunkType, bytes: usize, at: Timestamp) {
        let traffic = &mut self.direction(from).traffic;
        traffic.chunks += 1;
        traffic.bytes += bytes as u64;
        traffic.largest = traffic.largest.max(u32::try_from(bytes).unwrap_or(u32::MAX));
        traffic.first = traffic.first.or(Some(at));
        traffic.last = Some(at);
        traffic.messages += u64::from(chunk == ChunkType::Final);
        traffic.aborted += u64::from(chunk == ChunkType::Abort);
    }

    /// The chunk's readable part behind the sequence header; `None` where it cannot be read. `goes_on` tells whether
    /// this chunk continues a message that was readable before.
    pub fn open<'a>(&mut self, chunk: &'a [u8], goes_on: impl Fn(u32) -> bool) -> Option<(Sequence, &'a [u8])> {
        let mut decoder = Decoder::new(chunk);
        let sequence = Sequence::read(&mut decoder).ok()?;
        let body = decoder.rest();
        let looks_plain = || looks_plain(body) || goes_on(sequence.request);
        match self.protection {
            Protection::Plain => Some((sequence, body)),
            Protection::Signed(bytes) => Some((sequence, without_signature(body, bytes))),
            Protection::Encrypted => None,
            Protection::SignedAtLeast(bytes) => {
                let is_plain = looks_plain();
                self.mode = Some(Cow::Borrowed(if is_plain { "sign" } else { "sign_and_encrypt" }));
                if is_plain {
                    self.protection = Protection::Signed(bytes);
                }
                is_plain.then(|| (sequence, without_signature(body, bytes)))
            }
            Protection::Unknown => looks_plain().then_some((sequence, body)),
        }
    }

    /// Checks a chunk's sequence number against the one before it.
    pub fn follow(&mut self, from: Side, number: u32) -> Option<SequenceFault> {
        let before = self.direction(from).sequence.replace(number)?;
        // Close to its end the number starts again at any small one.
        let wraps = before > u32::MAX - 1024 && number < 1024;
        match number {
            number if number == before.wrapping_add(1) || wraps => None,
            number if number == before => Some(SequenceFault::Repeated),
            _ => Some(SequenceFault::Gap { expected: before.wrapping_add(1) }),
        }
    }

    /// Chunks of one side were lost: the next sequence number may be any.
    pub fn lose(&mut self, from: Side) {
        self.direction(from).sequence = None;
    }

    /// Counts a service request; those that open and close the channel itself do not count.
    pub fn count_request(&mut self, service: u32) {
        match service {
            wire::OPEN_CHANNEL | wire::CLOSE_CHANNEL => {}
            service if wire::is_discovery(service) => self.discovery_requests += 1,
            _ => self.other_requests += 1,
        }
    }

    /// A message that cannot be read; a request among them may be any.
    pub fn count_unreadable(&mut self, from: Side) {
        self.is_unreadable = true;
        self.other_requests += u32::from(from == Side::Client);
    }

    /// Policy and mode, once both are known and the channel is used.
    pub fn take_use(&mut self) -> Option<Trait> {
        let (policy, mode) = (self.policy.as_deref()?, self.mode.as_ref()?);
        let was_told = std::mem::replace(&mut self.told_use, true);
        (!was_told).then(|| posture::used(policy, mode))
    }

    /// The channel is over: what is to be said of it, once.
    pub fn close(&mut self) -> Option<OpcuaClose> {
        let was_closed = std::mem::replace(&mut self.is_closed, true);
        (!was_closed).then(|| OpcuaClose { channel: true, ..self.so_far() })
    }

    /// What went over the channel by now.
    pub fn so_far(&self) -> OpcuaClose {
        OpcuaClose {
            announced: false,
            channel_id: self.id,
            channel: false,
            discovery_requests: self.discovery_requests,
            other_requests: self.other_requests,
            policy: self.policy.as_deref().map(str::to_owned),
            error: None,
            reason: None,
            client: self.client.traffic,
            server: self.server.traffic,
            mode: self.mode.clone(),
            encrypted: self.is_unreadable,
        }
    }

    fn direction(&mut self, from: Side) -> &mut Direction {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

fn without_signature(body: &[u8], bytes: usize) -> &[u8] {
    body.get(..body.len().saturating_sub(bytes)).unwrap_or_default()
}

/// Whether bytes begin a readable service message; cipher text passes for one once in billions.
pub fn looks_plain(body: &[u8]) -> bool {
    begins_service(body).is_some()
}

/// The kind of service message that begins here, where its header is plausible too.
pub fn begins_service(body: &[u8]) -> Option<Half> {
    let mut decoder = Decoder::new(body);
    let half = decoder.node_id().ok()?.standard().and_then(wire::half)?;
    let is_plausible = match half {
        Half::Request(_) => RequestHeader::read(&mut decoder).ok()?.is_plausible(),
        Half::Response(_) | Half::Fault => ResponseHeader::read(&mut decoder).ok()?.is_plausible(),
    };
    is_plausible.then_some(half)
}
