use std::collections::VecDeque;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::file::{FileError, FileReader};
use super::{Frame, LinkType, Source};
use crate::event::{FrameRef, Timestamp};

/// Plays captures as if they happened now: one in a loop, others in between when asked for.
///
/// Stands in for an interface in the demo plant; everything behind it is the real engine.
pub struct Reel {
    base: PathBuf,
    control: Arc<ReelControl>,
    capture: u16,
    take: Take,
    takes: u32,
    held: Option<Held>,
    frames: u64,
    position: u64,
}

/// A part of a capture to be played in between.
#[derive(Clone, Debug)]
pub struct Scene {
    pub name: String,
    pub file: PathBuf,
    /// Frames before are left out.
    pub from: Timestamp,
}

/// Asks for scenes.
pub struct ReelControl {
    /// So many times faster than it happened is a scene played.
    speed: f64,
    asked: Mutex<VecDeque<Scene>>,
    running: Mutex<Option<String>>,
}

impl ReelControl {
    /// Plays scenes so many times faster than they happened.
    pub fn new(speed: f64) -> Self {
        ReelControl { speed, asked: Mutex::default(), running: Mutex::default() }
    }

    pub fn ask(&self, scene: Scene) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if !asked.iter().any(|other| other.name == scene.name) {
            asked.push_back(scene);
        }
    }

    /// The scene that is on.
    pub fn running(&self) -> Option<String> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next(&self) -> Option<Scene> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    fn set_running(&self, name: Option<String>) {
        *self.running.lock().unwrap_or_else(PoisonError::into_inner) = name;
    }
}

/// One showing of one capture.
struct Take {
    reader: FileReader,
    from: Timestamp,
    speed: f64,
    /// The first frame's own time, and when it was shown.
    start: Option<(Timestamp, Instant, Timestamp)>,
    /// Moves TCP's numbers: a loop repeats them, and a repetition would rightly be taken for one.
    shift: u32,
    /// The base capture where a scene interrupted it.
    interrupted: Option<Box<Take>>,
}

struct Held {
    bytes: Vec<u8>,
    link: LinkType,
    wire_len: u32,
    due: Instant,
    ts: Timestamp,
}

impl Reel {
    pub fn open(base: &Path, control: Arc<ReelControl>, after: FrameRef) -> Result<Self, FileError> {
        let take = Take::open(base, Timestamp::ZERO, 1, 1.0)?;
        let base = base.to_owned();
        let FrameRef { capture, number: frames, position, .. } = after;
        Ok(Reel { base, control, capture, take, takes: 1, held: None, frames, position })
    }

    fn read(&mut self) -> Result<(), FileError> {
        if self.take.interrupted.is_none()
            && let Some(scene) = self.control.next()
        {
            self.interrupt(&scene)?;
        }
        match self.take.next()? {
            Some(held) => self.held = Some(held),
            None => self.over()?,
        }
        Ok(())
    }

    fn interrupt(&mut self, scene: &Scene) -> Result<(), FileError> {
        self.takes += 1;
        let take = Take::open(&scene.file, scene.from, self.takes, self.control.speed)?;
        let base = std::mem::replace(&mut self.take, take);
        self.take.interrupted = Some(Box::new(base));
        self.control.set_running(Some(scene.name.clone()));
        Ok(())
    }

    /// A scene gives way to what it interrupted; the base capture begins anew.
    fn over(&mut self) -> Result<(), FileError> {
        self.takes += 1;
        self.take = match self.take.interrupted.take() {
            Some(base) => {
                self.control.set_running(None);
                Take { start: None, shift: shift(self.takes), ..*base }
            }
            None => Take::open(&self.base, Timestamp::ZERO, self.takes, 1.0)?,
        };
        Ok(())
    }
}

impl Take {
    fn open(file: &Path, from: Timestamp, number: u32, speed: f64) -> Result<Self, FileError> {
        let reader = FileReader::open(file, 0, 0)?;
        Ok(Take { reader, from, speed, start: None, shift: shift(number), interrupted: None })
    }

    fn next(&mut self) -> Result<Option<Held>, FileError> {
        loop {
            let Some(frame) = self.reader.next_frame()? else { return Ok(None) };
            if frame.at.ts < self.from {
                continue;
            }
            let (first, began, shown) =
                *self.start.get_or_insert_with(|| (frame.at.ts, Instant::now(), Timestamp::now()));
            let offset = frame.at.ts.since(first).div_f64(self.speed);
            let mut bytes = frame.bytes.to_vec();
            shift_tcp(&mut bytes, frame.link, self.shift);
            let (link, wire_len) = (frame.link, frame.wire_len);
            return Ok(Some(Held { bytes, link, wire_len, due: began + offset, ts: shown + offset }));
        }
    }
}

impl Source for Reel {
    #[allow(clippy::disallowed_methods, reason = "this thread plays frames at their time and does nothing else")]
    fn poll(&mut self, timeout: Duration, take: &mut dyn FnMut(&Frame<'_>)) -> io::Result<()> {
        let until = Instant::now() + timeout;
        while Instant::now() < until {
            if self.held.is_none() {
                self.read().map_err(io::Error::other)?;
            }
            let Some(held) = self.held.take() else { continue };
            let now = Instant::now();
            if held.due > now {
                let wait = held.due - now;
                self.held = Some(held);
                thread::sleep(wait.min(until.saturating_duration_since(now)));
                continue;
            }
            self.frames += 1;
            let at = FrameRef { ts: held.ts, number: self.frames, position: self.position, capture: self.capture };
            self.position += held.bytes.len() as u64;
            take(&Frame { at, link: held.link, wire_len: held.wire_len, vlan: None, bytes: &held.bytes });
        }
        Ok(())
    }

    fn drops(&mut self) -> io::Result<u64> {
        Ok(0)
    }
}

/// Far from the shift of every take before: the jump is then no gap and no retransmission, but another stream.
const fn shift(take: u32) -> u32 {
    take.wrapping_mul(0x1357_9bdf)
}

/// Adds to sequence and acknowledgment number of a plain Ethernet, IPv4 and TCP frame. Checksums are left: a monitor behind
/// offloading network cards cannot rely on them anyway.
fn shift_tcp(bytes: &mut [u8], link: LinkType, by: u32) {
    const IP: usize = 14;
    let is_tcp = link == LinkType::ETHERNET
        && bytes.get(12..14) == Some(&[0x08, 0x00])
        && bytes.get(IP + 9) == Some(&6)
        && bytes.get(IP).is_some_and(|byte| byte >> 4 == 4);
    let Some(header) = bytes.get(IP).filter(|_| is_tcp).map(|byte| IP + usize::from(byte & 0x0f) * 4) else { return };
    let acknowledges = bytes.get(header + 13).is_some_and(|flags| flags & 0x10 != 0);
    for (offset, wanted) in [(4, true), (8, acknowledges)] {
        if let Some(number) = bytes.get_mut(header + offset..).and_then(<[u8]>::first_chunk_mut::<4>)
            && wanted
        {
            *number = u32::from_be_bytes(*number).wrapping_add(by).to_be_bytes();
        }
    }
}
