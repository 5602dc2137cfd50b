//! Captures through the same engine as the wire, with packet time as the clock.

use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::merge::Merger;
use super::message::{Analyse, Batch, Feedback, Order, Phase};
use super::worker::{Worker, WorkerOptions};
use crate::capture::file::{FileError, FileReader};
use crate::capture::{Frame, LinkType, VlanTag};
use crate::decode;
use crate::event::{FrameRef, Timestamp};

/// Packet time between ticks.
const TICK: Duration = Duration::from_secs(1);
/// Frames and bytes that go to the workers at once.
const ROUND_FRAMES: usize = 4096;
const ROUND_BYTES: usize = 1 << 20;
/// Rounds and batches under way; with them the analyst's delay behind the reader is bounded.
const ROUNDS_UNDER_WAY: usize = 4;
const BATCHES_UNDER_WAY: usize = 8;

/// A capture's progress, for whoever waits.
pub trait Progress {
    fn advanced(&mut self, path: &Path, frames: u64, bytes: u64);
}

/// Replays files one after the other. What could be read is analysed; the faults of damaged files come back.
pub fn replay<A: Analyse>(
    files: &[PathBuf],
    workers: usize,
    options: &WorkerOptions,
    progress: &mut dyn Progress,
    make_analyst: impl FnOnce(Vec<Sender<Feedback>>) -> A,
) -> (A, Vec<FileError>) {
    let workers = workers.max(1);
    let (batches, incoming) = bounded::<Batch>(BATCHES_UNDER_WAY);
    let (feedback, ears): (Vec<_>, Vec<_>) = (0..workers).map(|_| unbounded::<Feedback>()).unzip();
    let mut analyst = make_analyst(feedback);
    let faults = thread::scope(|scope| {
        let analysis = scope.spawn(|| {
            let mut merger = Merger::new(workers);
            for batch in incoming {
                merger.push(batch, &mut analyst);
            }
        });
        let mut crew: Box<dyn Crew> = if workers == 1 {
            let ear = ears.into_iter().next().unwrap_or_else(|| unbounded().1);
            Box::new(Alone(Station { index: 0, worker: Worker::new(options.clone()), ear, batches }))
        } else {
            let stations = ears.into_iter().enumerate().map(|(index, ear)| {
                let worker = Worker::new(options.clone());
                let station = Station { index, worker, ear, batches: batches.clone() };
                let (rounds, inbox) = bounded::<Round>(ROUNDS_UNDER_WAY);
                scope.spawn(move || station.work(&inbox));
                rounds
            });
            let team = Team::new(stations.collect());
            // The analyst stops when the last line to it closes; only the workers may hold one.
            drop(batches);
            Box::new(team)
        };
        let faults = read_all(files, &mut *crew, progress);
        crew.finish();
        drop(crew);
        // A panic there is a bug of ours; it has been printed, and its partial result must not pass for a whole one.
        if analysis.join().is_err() {
            std::process::abort();
        }
        faults
    });
    (analyst, faults)
}

fn read_all(files: &[PathBuf], crew: &mut dyn Crew, progress: &mut dyn Progress) -> Vec<FileError> {
    let mut faults = Vec::new();
    let mut clock = Clock::default();
    for (index, path) in files.iter().enumerate() {
        let capture = u16::try_from(index).unwrap_or(u16::MAX);
        if let Err(fault) = read_file(path, capture, crew, &mut clock, progress) {
            faults.push(fault);
        }
    }
    faults
}

fn read_file(
    path: &Path,
    capture: u16,
    crew: &mut dyn Crew,
    clock: &mut Clock,
    progress: &mut dyn Progress,
) -> Result<(), FileError> {
    let mut reader = FileReader::open(path, capture)?;
    let mut frames = 0;
    while let Some(frame) = reader.next_frame()? {
        if clock.is_due(frame.at.ts) {
            crew.tick(frame.at);
        }
        crew.frame(&frame);
        frames += 1;
        if frames % ROUND_FRAMES as u64 == 0 {
            progress.advanced(path, frames, reader.offset());
        }
    }
    progress.advanced(path, frames, reader.offset());
    Ok(())
}

/// When the next second of packet time is over. Time that jumps back starts the clock anew.
#[derive(Default)]
struct Clock {
    last: Option<Timestamp>,
}

impl Clock {
    fn is_due(&mut self, now: Timestamp) -> bool {
        match self.last {
            Some(last) if now >= last && now.since(last) < TICK => false,
            Some(_) => {
                self.last = Some(now);
                true
            }
            None => {
                self.last = Some(now);
                false
            }
        }
    }
}

/// Whoever takes frames from the reader: one worker on the same thread, or several on their own.
trait Crew {
    fn frame(&mut self, frame: &Frame<'_>);
    fn tick(&mut self, at: FrameRef);
    fn finish(&mut self);
}

/// A worker with its lines to and from the analyst.
struct Station {
    index: usize,
    worker: Worker,
    ear: Receiver<Feedback>,
    batches: Sender<Batch>,
}

impl Station {
    fn work(mut self, inbox: &Receiver<Round>) {
        for round in inbox {
            self.round(&round);
        }
        self.finish();
    }

    fn round(&mut self, round: &Round) {
        let mut ticks = round.ticks.iter().peekable();
        for shipped in &round.frames {
            while let Some(at) =
                ticks.next_if(|at| Order::new(**at, Phase::Tick) < Order::new(shipped.at, Phase::Frame))
            {
                self.worker.tick(*at);
            }
            self.worker.frame(&shipped.frame(&round.bytes));
        }
        for at in ticks {
            self.worker.tick(*at);
        }
        self.send(round.upto);
        self.listen();
    }

    fn finish(&mut self) {
        self.worker.finish();
        self.send(Order::new(FrameRef::default(), Phase::End));
    }

    fn send(&mut self, upto: Order) {
        let batch = Batch { worker: self.index, items: self.worker.take(), upto };
        // The analyst is gone only when it failed, and then the whole replay stops.
        let _ = self.batches.send(batch);
    }

    fn listen(&mut self) {
        for feedback in self.ear.try_iter() {
            match feedback {
                Feedback::Learn(keys) => self.worker.learn(keys),
                Feedback::Forget => self.worker.forget(),
            }
        }
    }
}

/// One worker on the reader's thread: no frame is copied.
struct Alone(Station);

impl Crew for Alone {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.0.worker.frame(frame);
        if self.0.worker.pending() >= 512 {
            self.0.send(Order::new(frame.at, Phase::Frame));
            self.0.listen();
        }
    }

    fn tick(&mut self, at: FrameRef) {
        self.0.worker.tick(at);
        self.0.listen();
    }

    fn finish(&mut self) {
        self.0.finish();
    }
}

/// Several workers, each on its own thread; a conversation always goes to the same one.
struct Team {
    rounds: Vec<Sender<Round>>,
    next: Vec<Round>,
    frames: usize,
}

/// Frames for one worker, copied out of the reader's window.
#[derive(Default)]
struct Round {
    bytes: Vec<u8>,
    frames: Vec<Shipped>,
    ticks: Vec<FrameRef>,
    upto: Order,
}

struct Shipped {
    at: FrameRef,
    link: LinkType,
    wire_len: u32,
    vlan: Option<VlanTag>,
    start: usize,
    end: usize,
}

impl Shipped {
    fn frame<'a>(&self, bytes: &'a [u8]) -> Frame<'a> {
        let bytes = &bytes[self.start..self.end];
        Frame { at: self.at, link: self.link, wire_len: self.wire_len, vlan: self.vlan, bytes }
    }
}

impl Team {
    fn new(rounds: Vec<Sender<Round>>) -> Self {
        let next = rounds.iter().map(|_| Round::default()).collect();
        Team { rounds, next, frames: 0 }
    }

    /// All workers get their round at once, also an empty one: so each says how far it has come.
    fn ship(&mut self, upto: Order) {
        self.frames = 0;
        for (line, round) in self.rounds.iter().zip(&mut self.next) {
            round.upto = upto;
            let _ = line.send(std::mem::take(round));
        }
    }
}

impl Crew for Team {
    fn frame(&mut self, frame: &Frame<'_>) {
        let share = decode::shard(frame) % self.next.len() as u64;
        let round = &mut self.next[usize::try_from(share).unwrap_or(0)];
        let start = round.bytes.len();
        round.bytes.extend_from_slice(frame.bytes);
        let (at, end) = (frame.at, round.bytes.len());
        round.frames.push(Shipped { at, link: frame.link, wire_len: frame.wire_len, vlan: frame.vlan, start, end });
        self.frames += 1;
        if self.frames >= ROUND_FRAMES || end >= ROUND_BYTES {
            self.ship(Order::new(at, Phase::Frame));
        }
    }

    fn tick(&mut self, at: FrameRef) {
        for round in &mut self.next {
            round.ticks.push(at);
        }
    }

    fn finish(&mut self) {
        // The lines close with the crew; each worker then finishes by itself.
        let upto = self.next.iter().flat_map(|round| round.frames.last()).map(|s| Order::new(s.at, Phase::Frame)).max();
        self.ship(upto.unwrap_or_default());
        self.rounds.clear();
    }
}
