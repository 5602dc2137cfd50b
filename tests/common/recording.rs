//! A capture in memory: disturbed as mirrors and networks disturb, heard by the engine's packet thread, written to a file.
//!
//! Frames keep the number they had when they were read, so that what was heard can be walked back to the original.
#![allow(dead_code, reason = "each test uses its own part")]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fengsui::alert::{Alert, AlertBook, Update};
use fengsui::baseline::{Baseline, LearningRule};
use fengsui::capture::file::FileReader;
use fengsui::capture::{Frame, LinkType, VlanTag};
use fengsui::decode::{self, Net, Transport};
use fengsui::event::{Event, FrameRef, Map, Timestamp};
use fengsui::inventory::Inventory;
use fengsui::pipeline::{
    Analyst, AnalystOptions, Item, Journal, Pace, Progress, Proof, ReplayOptions, Worker, WorkerOptions, replay,
};
use fengsui::signature::Scanner;

/// Frames in the order in which they come by.
#[derive(Clone, Default)]
pub struct Recording {
    pub frames: Vec<Taken>,
}

/// One frame, owned.
#[derive(Clone)]
pub struct Taken {
    pub ts: Timestamp,
    /// In the capture it was read from.
    pub number: u64,
    pub link: LinkType,
    pub wire_len: u32,
    pub vlan: Option<VlanTag>,
    pub bytes: Vec<u8>,
}

/// Where the parts of a TCP segment lie in an Ethernet frame.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    pub ip: usize,
    pub tcp: usize,
    pub payload: usize,
    pub end: usize,
}

/// Marsaglia's xorshift64: the same disturbance in every run.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Dice(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides.max(1) as u64) as usize
    }
}

impl Recording {
    /// Reads what can be read of a capture.
    pub fn read(path: &Path) -> Self {
        let mut frames = Vec::new();
        let mut reader = FileReader::open(path, 0, 0).unwrap_or_else(|error| panic!("{error}"));
        while let Ok(Some(Frame { at, link, wire_len, vlan, bytes })) = reader.next_frame() {
            frames.push(Taken { ts: at.ts, number: at.number, link, wire_len, vlan, bytes: bytes.to_vec() });
        }
        Recording { frames }
    }

    /// What a packet thread tells of these frames, every operation, in the order it tells it.
    pub fn events(&self) -> Vec<Event> {
        let mut worker = Worker::new(worker_options());
        let (mut events, mut ticked) = (Vec::new(), None);
        for taken in &self.frames {
            let frame = taken.frame();
            let since = *ticked.get_or_insert(taken.ts);
            if taken.ts < since || taken.ts.since(since) >= Duration::from_secs(1) {
                ticked = Some(taken.ts);
                worker.tick(frame.at);
            }
            worker.frame(&frame);
            take(&mut worker, &mut events);
        }
        worker.finish();
        take(&mut worker, &mut events);
        events
    }

    /// The alerts that stand at the end of a replay that learns first.
    pub fn alerts(&self) -> Vec<Alert> {
        self.analyst().alerts().iter().cloned().collect()
    }

    /// What is known at the end of a replay.
    pub fn analyst(&self) -> Analyst {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("recording.pcap");
        self.write(&file);
        let options = ReplayOptions { workers: 1, pace: Pace::Max, filter: None, worker: worker_options() };
        let (analyst, faults) =
            replay(&[file], &options, &mut Quiet, |workers| Analyst::new(analyst_options(), workers, Box::new(Quiet)));
        assert!(faults.is_empty(), "{faults:?}");
        analyst
    }

    /// Writes an Ethernet recording as pcap with nanoseconds.
    pub fn write(&self, path: &Path) {
        let mut file = Vec::new();
        for word in [0xa1b2_3c4d_u32, 4 << 16 | 2, 0, 0, 1 << 18, 1] {
            file.extend(word.to_le_bytes());
        }
        for taken in &self.frames {
            assert!(taken.link == LinkType::ETHERNET && taken.vlan.is_none(), "only plain Ethernet is written");
            let nanos = taken.ts.nanos();
            let (seconds, rest) = ((nanos / 1_000_000_000) as u32, (nanos % 1_000_000_000) as u32);
            for word in [seconds, rest, taken.bytes.len() as u32, taken.wire_len] {
                file.extend(word.to_le_bytes());
            }
            file.extend(&taken.bytes);
        }
        std::fs::write(path, file).unwrap();
    }

    /// Every TCP segment cut into segments of one byte.
    pub fn cut(&self) -> Self {
        Recording { frames: self.frames.iter().flat_map(Taken::cut).collect() }
    }

    /// Frames that lie within a few milliseconds of each other, mixed in groups of so many.
    ///
    /// Where a connection is met in its midst, its first frames stay in order: what came before them nobody can know.
    pub fn mixed(&self, group: usize, dice: &mut Dice) -> Self {
        const NEAR: Duration = Duration::from_millis(5);
        let mut frames = self.frames.clone();
        let mut met = Map::default();
        let mut start = 0;
        while start < frames.len() {
            let first = frames[start].ts;
            let near = |taken: &&Taken| taken.ts >= first && taken.ts.since(first) < NEAR;
            let len = frames[start..].iter().take(group).take_while(near).count().max(1);
            if self.meets_connection(&mut met, start..start + len) {
                start += len;
                continue;
            }
            let times: Vec<Timestamp> = frames[start..start + len].iter().map(|taken| taken.ts).collect();
            for i in (1..len).rev() {
                frames.swap(start + i, start + dice.roll(i + 1));
            }
            frames[start..start + len].iter_mut().zip(times).for_each(|(taken, ts)| taken.ts = ts);
            start += len;
        }
        Recording { frames }
    }

    /// Among these frames are some of the first of a connection that began before, or datagrams: without numbers their order
    /// is all that tells an answer from what nobody asked for.
    fn meets_connection(&self, met: &mut Map<[Vec<u8>; 2], u32>, frames: Range<usize>) -> bool {
        const FIRST: u32 = 4;
        let mut meets = false;
        for taken in &self.frames[frames] {
            let Some(layout) = taken.layout() else {
                meets |= taken.bytes.get(12..14) == Some(&[8, 0]) && taken.bytes.get(23) == Some(&17);
                continue;
            };
            let seen = met.entry(taken.ends(&layout)).or_default();
            *seen = if taken.is_syn(&layout) { FIRST } else { *seen + 1 };
            meets |= *seen < FIRST;
        }
        meets
    }

    /// Every frame twice in a row, as two mirrored ports give it.
    pub fn doubled(&self) -> Self {
        let frames = self.frames.iter().flat_map(|taken| [taken.clone(), taken.clone()]).collect();
        Recording { frames }
    }

    /// Some TCP segments behind the SYN sent again, up to so many frames and a second later.
    pub fn resent(&self, one_in: usize, later: usize, dice: &mut Dice) -> Self {
        let mut frames = Vec::new();
        let mut due: VecDeque<(usize, Taken)> = VecDeque::new();
        for (i, taken) in self.frames.iter().enumerate() {
            frames.push(taken.clone());
            while due.front().is_some_and(|(when, _)| *when <= i) {
                let (_, again) = due.pop_front().unwrap();
                if taken.ts.since(again.ts) < Duration::from_secs(1) {
                    frames.push(Taken { ts: taken.ts, ..again });
                }
            }
            if taken.layout().is_some_and(|layout| !taken.is_syn(&layout)) && dice.roll(one_in) == 0 {
                let mut again = taken.clone();
                again.renumber_ip(0x7777);
                due.push_back((i + 1 + dice.roll(later), again));
            }
        }
        Recording { frames }
    }

    /// One in so many frames never came.
    pub fn lossy(&self, one_in: usize, dice: &mut Dice) -> Self {
        Recording { frames: self.frames.iter().filter(|_| dice.roll(one_in) != 0).cloned().collect() }
    }
}

/// Wants to know nothing.
struct Quiet;

impl Progress for Quiet {
    fn advanced(&mut self, _: &Path, _: u64, _: u64) {}
}

impl Journal for Quiet {
    fn event(&mut self, _: &Event) {}
    fn alert(&mut self, _: &Alert, _: &Update) {}
}

/// An engine that tells all and keeps nothing.
pub fn analyst_options() -> AnalystOptions {
    AnalystOptions {
        inventory: Inventory::default(),
        baseline: Baseline::new(LearningRule::SHORT),
        alerts: AlertBook::default(),
        scanner: Scanner::default(),
        blocks: Default::default(),
        proof: Proof::new(None).unwrap(),
        every_operation: true,
        captures: Arc::new([Arc::from("recording")]),
    }
}

pub fn worker_options() -> WorkerOptions {
    WorkerOptions {
        flows: Default::default(),
        rules: Arc::default(),
        evidence_window: None,
        every_operation: true,
        every_conversation: true,
        captures: Arc::new([Arc::from("recording")]),
    }
}

fn take(worker: &mut Worker, events: &mut Vec<Event>) {
    events.extend(worker.take().into_iter().filter_map(|sent| match sent.item {
        Item::Event { event, .. } => Some(*event),
        _ => None,
    }));
}

impl Taken {
    pub fn frame(&self) -> Frame<'_> {
        let at = FrameRef { ts: self.ts, number: self.number, position: 0, capture: 0 };
        Frame { at, link: self.link, wire_len: self.wire_len, vlan: self.vlan, bytes: &self.bytes }
    }

    /// The parts of a whole TCP segment in plain Ethernet, with tags or without; `None` for anything else.
    pub fn layout(&self) -> Option<Layout> {
        let packet = decode::decode(&self.frame());
        let (Net::Ip(_), Transport::Tcp(_)) = (packet.net, packet.transport) else { return None };
        if self.link != LinkType::ETHERNET || packet.missing > 0 {
            return None;
        }
        let mut ip = 14;
        while matches!(self.bytes.get(ip - 2..ip)?, [0x81, 0x00] | [0x88, 0xa8]) {
            ip += 4;
        }
        let header = match (self.bytes.get(ip - 2..ip)?, self.bytes.get(ip)? >> 4) {
            ([0x08, 0x00], 4) => usize::from(self.bytes[ip] & 15) * 4,
            ([0x86, 0xdd], 6) => 40,
            _ => return None,
        };
        let tcp = ip + header;
        let payload = tcp + usize::from(self.bytes.get(tcp + 12)? >> 4) * 4;
        let end = payload + packet.payload.len();
        (self.bytes.get(payload..end)? == packet.payload).then_some(Layout { ip, tcp, payload, end })
    }

    fn cut(&self) -> Vec<Taken> {
        let layout = self.layout().filter(|layout| layout.end - layout.payload > 1 && !self.is_syn(layout));
        let Some(layout) = layout else { return vec![self.clone()] };
        (layout.payload..layout.end).map(|byte| self.piece(&layout, byte..byte + 1)).collect()
    }

    /// The segment with only these of its bytes.
    pub fn piece(&self, layout: &Layout, bytes: Range<usize>) -> Taken {
        let mut piece = self.clone();
        piece.bytes.truncate(layout.payload);
        piece.bytes.extend(&self.bytes[bytes.clone()]);
        let skipped = (bytes.start - layout.payload) as u32;
        piece.set_sequence(layout, self.sequence(layout).wrapping_add(skipped));
        if bytes.end < layout.end {
            // FIN comes with the last byte.
            piece.bytes[layout.tcp + 13] &= !1;
        }
        piece.fix_length(layout);
        piece
    }

    /// Both ends, the same whoever sent it.
    fn ends(&self, layout: &Layout) -> [Vec<u8>; 2] {
        let len = if self.bytes[layout.ip] >> 4 == 4 { 4 } else { 16 };
        let addresses = layout.ip + if len == 4 { 12 } else { 8 };
        let end = |i: usize| {
            let (ip, port) = (addresses + i * len, layout.tcp + i * 2);
            [&self.bytes[ip..ip + len], &self.bytes[port..port + 2]].concat()
        };
        let mut ends = [end(0), end(1)];
        ends.sort();
        ends
    }

    pub fn ports(&self, layout: &Layout) -> [u16; 2] {
        [0, 2].map(|at| u16::from_be_bytes([self.bytes[layout.tcp + at], self.bytes[layout.tcp + at + 1]]))
    }

    pub fn payload(&self, layout: &Layout) -> &[u8] {
        &self.bytes[layout.payload..layout.end]
    }

    pub fn is_syn(&self, layout: &Layout) -> bool {
        self.bytes[layout.tcp + 13] & 2 != 0
    }

    pub fn sequence(&self, layout: &Layout) -> u32 {
        u32::from_be_bytes(self.bytes[layout.tcp + 4..layout.tcp + 8].try_into().unwrap())
    }

    pub fn set_sequence(&mut self, layout: &Layout, sequence: u32) {
        self.bytes[layout.tcp + 4..layout.tcp + 8].copy_from_slice(&sequence.to_be_bytes());
    }

    /// The IP header's length field made true again.
    pub fn fix_length(&mut self, layout: &Layout) {
        let v4 = self.bytes[layout.ip] >> 4 == 4;
        let (at, from) = if v4 { (layout.ip + 2, layout.ip) } else { (layout.ip + 4, layout.ip + 40) };
        let len = u16::try_from(self.bytes.len() - from).unwrap();
        self.bytes[at..at + 2].copy_from_slice(&len.to_be_bytes());
        self.wire_len = self.bytes.len() as u32;
    }

    /// Another IPv4 identification: sent again by the host, not copied by a switch.
    fn renumber_ip(&mut self, change: u16) {
        let Some(layout) = self.layout().filter(|layout| self.bytes[layout.ip] >> 4 == 4) else { return };
        let id = &mut self.bytes[layout.ip + 4..layout.ip + 6];
        let new = u16::from_be_bytes([id[0], id[1]]) ^ change;
        id.copy_from_slice(&new.to_be_bytes());
    }
}
