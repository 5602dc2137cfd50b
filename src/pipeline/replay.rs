//! Captures through the same engine as the wire, with packet time as the clock.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use super::merge::Merger;
use super::message::{Analyse, Batch, Feedback, Order, Phase};
use super::round::{ROUND_BYTES, Round, Shares};
use super::worker::{Worker, WorkerOptions};
use crate::capture::Frame;
use crate::capture::file::{FileError, FileReader};
use crate::capture::filter::{Filter, Sieve};
use crate::event::{FrameRef, Timestamp};

/// Packet time between ticks.
const TICK: Duration = Duration::from_secs(1);
/// Frames that go to the workers at once.
const ROUND_FRAMES: usize = 2048;
/// One worker sends what it has when so much has gathered, or so many bytes of capture have passed.
const SEND_ITEMS: usize = 512;
const SEND_BYTES: u64 = 2 << 20;
/// Rounds and batches under way; with them the analyst's delay behind the reader is bounded.
const ROUNDS_UNDER_WAY: usize = 8;
const BATCHES_UNDER_WAY: usize = 16;

/// A capture's progress, for whoever waits.
pub trait Progress {
    fn advanced(&mut self, path: &Path, frames: u64, bytes: u64);

    /// Whoever waits has enough: what was read so far is all.
    fn is_cancelled(&self) -> bool {
        false
    }
}

/// How fast packet time passes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Pace {
    Max,
    /// So many times as fast as it happened.
    Times(f64),
}

/// How to replay.
pub struct ReplayOptions {
    pub workers: usize,
    pub pace: Pace,
    /// Frames that do not pass are left out; they keep their numbers.
    pub filter: Option<Filter>,
    pub worker: WorkerOptions,
}

/// Replays files one after the other. What could be read is analysed; the faults of damaged files come back.
///
/// A panic on any of its threads is a bug of ours, and becomes one of the caller's thread: a partial result must not pass for
/// a whole one.
pub fn replay<A: Analyse>(
    files: &[PathBuf],
    options: &ReplayOptions,
    progress: &mut dyn Progress,
    make_analyst: impl FnOnce(Vec<Sender<Feedback>>) -> A,
) -> (A, Vec<FileError>) {
    let workers = options.workers.max(1);
    let (batches, incoming) = bounded::<Batch>(BATCHES_UNDER_WAY);
    let (feedback, ears): (Vec<_>, Vec<_>) = (0..workers).map(|_| unbounded::<Feedback>()).unzip();
    let mut analyst = make_analyst(feedback);
    let failed = AtomicBool::new(false);
    let mut progress = Stoppable { progress, failed: &failed };
    let faults = thread::scope(|scope| {
        let analysis = scope.spawn(|| {
            let ended = catch_unwind(AssertUnwindSafe(|| analyse(&incoming, &mut analyst, workers)));
            failed.store(ended.is_err(), Ordering::Relaxed);
            if ended.is_err() {
                // The workers wait for its last word.
                analyst.hang_up();
            }
            ended
        });
        let mut crew: Box<dyn Crew> = if workers == 1 {
            let ear = ears.into_iter().next().unwrap_or_else(|| unbounded().1);
            let station = Station { index: 0, worker: Worker::new(options.worker.clone()), ear, batches };
            Box::new(Alone { station, sent: 0 })
        } else {
            let (emptied, spare) = unbounded::<Round>();
            let stations = ears.into_iter().enumerate().map(|(index, ear)| {
                let worker = Worker::new(options.worker.clone());
                let station = Station { index, worker, ear, batches: batches.clone() };
                let (rounds, inbox) = bounded::<Round>(ROUNDS_UNDER_WAY);
                let emptied = emptied.clone();
                scope.spawn(move || station.work(&inbox, &emptied));
                rounds
            });
            let team = Team::new(stations.collect(), spare);
            // The analyst stops when the last line to it closes; only the workers may hold one.
            drop(batches);
            Box::new(team)
        };
        let faults = read_all(files, &mut *crew, options, &mut progress);
        crew.finish();
        drop(crew);
        if let Err(panic) = analysis.join().and_then(|ended| ended) {
            resume_unwind(panic);
        }
        faults
    });
    (analyst, faults)
}

/// Until all workers have hung up.
fn analyse<A: Analyse>(incoming: &Receiver<Batch>, analyst: &mut A, workers: usize) {
    let mut merger = Merger::new(workers);
    let mut finished = false;
    for batch in incoming {
        merger.push(batch, analyst);
        if merger.is_complete() && !finished {
            finished = true;
            analyst.finish();
        }
        if finished && analyst.waits_for() == 0 {
            analyst.hang_up();
        }
    }
}

/// Progress that also ends where the analysis has failed.
struct Stoppable<'a> {
    progress: &'a mut dyn Progress,
    failed: &'a AtomicBool,
}

impl Progress for Stoppable<'_> {
    fn advanced(&mut self, path: &Path, frames: u64, bytes: u64) {
        self.progress.advanced(path, frames, bytes);
    }

    fn is_cancelled(&self) -> bool {
        self.failed.load(Ordering::Relaxed) || self.progress.is_cancelled()
    }
}

fn read_all(
    files: &[PathBuf],
    crew: &mut dyn Crew,
    options: &ReplayOptions,
    progress: &mut dyn Progress,
) -> Vec<FileError> {
    let mut faults = Vec::new();
    let sieve = options.filter.clone().map(Sieve::new);
    let mut input =
        Input { crew, clock: Clock::default(), pacer: Pacer::new(options.pace), sieve, before: 0, progress };
    for (index, path) in files.iter().enumerate() {
        let capture = u16::try_from(index).unwrap_or(u16::MAX);
        if let Err(fault) = input.read(path, capture) {
            faults.push(fault);
        }
    }
    faults
}

/// Reads files one after the other as one long capture.
struct Input<'a> {
    crew: &'a mut dyn Crew,
    clock: Clock,
    pacer: Pacer,
    sieve: Option<Sieve>,
    /// Bytes of the files before this one.
    before: u64,
    progress: &'a mut dyn Progress,
}

impl Input<'_> {
    fn read(&mut self, path: &Path, capture: u16) -> Result<(), FileError> {
        let before = self.before;
        let mut reader = FileReader::open(path, capture, before)?;
        let mut frames = 0;
        while let Some(frame) = reader.next_frame()? {
            if let Some(sieve) = &mut self.sieve
                && !sieve.passes(&frame)
            {
                continue;
            }
            self.pacer.wait(frame.at.ts);
            if self.clock.is_due(frame.at.ts) {
                self.crew.tick(frame.at);
            }
            self.before = frame.at.position;
            self.crew.frame(&frame);
            frames += 1;
            if frames % ROUND_FRAMES as u64 == 0 {
                self.progress.advanced(path, frames, reader.consumed());
                if self.progress.is_cancelled() {
                    break;
                }
            }
        }
        self.progress.advanced(path, frames, reader.consumed());
        Ok(())
    }
}

/// Waits until a frame's time has come.
struct Pacer {
    pace: Pace,
    start: Option<(Timestamp, Instant)>,
}

impl Pacer {
    fn new(pace: Pace) -> Self {
        Pacer { pace, start: None }
    }

    #[allow(clippy::disallowed_methods, reason = "this thread has nothing else to do until then")]
    fn wait(&mut self, ts: Timestamp) {
        let Pace::Times(times) = self.pace else { return };
        let (first, began) = *self.start.get_or_insert_with(|| (ts, Instant::now()));
        let due = ts.since(first).div_f64(times);
        if let Some(rest) = due.checked_sub(began.elapsed()) {
            thread::sleep(rest);
        }
    }
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
    fn work(mut self, inbox: &Receiver<Round>, emptied: &Sender<Round>) {
        for mut round in inbox {
            self.round(&round);
            round.clear();
            // At the end nobody takes it any more.
            let _ = emptied.send(round);
        }
        self.finish();
    }

    fn round(&mut self, round: &Round) {
        let mut ticks = round.ticks.iter().peekable();
        for frame in round.frames() {
            while let Some(at) = ticks.next_if(|at| Order::new(**at, Phase::Tick) < Order::new(frame.at, Phase::Frame))
            {
                self.worker.tick(*at);
            }
            self.worker.frame(&frame);
        }
        for at in ticks {
            self.worker.tick(*at);
        }
        self.send(round.upto);
        self.listen();
    }

    /// Ends the input, then answers the analyst until it hangs up.
    fn finish(&mut self) {
        self.worker.finish();
        let end = Order::new(FrameRef::default(), Phase::End);
        self.send(end);
        while let Ok(feedback) = self.ear.recv() {
            self.worker.hear(feedback);
            if self.worker.pending() > 0 {
                self.send(end);
            }
        }
    }

    fn send(&mut self, upto: Order) {
        let batch = Batch { worker: self.index, items: self.worker.take(), upto };
        // The analyst is gone only when it failed, and then the whole replay stops.
        let _ = self.batches.send(batch);
    }

    fn listen(&mut self) {
        self.ear.try_iter().for_each(|feedback| self.worker.hear(feedback));
    }
}

/// One worker on the reader's thread: no frame is copied.
struct Alone {
    station: Station,
    /// Position of the frame after which it last sent.
    sent: u64,
}

impl Crew for Alone {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.station.worker.frame(frame);
        let ahead = frame.at.position - self.sent;
        if self.station.worker.pending() >= SEND_ITEMS || ahead >= SEND_BYTES {
            self.sent = frame.at.position;
            self.station.send(Order::new(frame.at, Phase::Frame));
            self.station.listen();
        }
    }

    fn tick(&mut self, at: FrameRef) {
        self.station.worker.tick(at);
        self.station.listen();
    }

    fn finish(&mut self) {
        self.station.finish();
    }
}

/// Several workers, each on its own thread; a conversation always goes to the same one.
struct Team {
    shares: Shares,
    rounds: Vec<Sender<Round>>,
    /// Rounds that are done: their memory is used again, and so no more than those under way are ever made.
    spare: Receiver<Round>,
    next: Vec<Round>,
    frames: usize,
}

impl Team {
    fn new(rounds: Vec<Sender<Round>>, spare: Receiver<Round>) -> Self {
        let next = rounds.iter().map(|_| Round::default()).collect();
        Team { shares: Shares::new(rounds.len()), rounds, spare, next, frames: 0 }
    }

    /// All workers get their round at once, also an empty one: so each says how far it has come.
    fn ship(&mut self, upto: Order) {
        self.frames = 0;
        for (line, round) in self.rounds.iter().zip(&mut self.next) {
            round.upto = upto;
            let empty = self.spare.try_recv().unwrap_or_default();
            let _ = line.send(std::mem::replace(round, empty));
        }
    }
}

impl Crew for Team {
    fn frame(&mut self, frame: &Frame<'_>) {
        let round = &mut self.next[self.shares.owner(frame)];
        round.push(frame);
        self.frames += 1;
        if self.frames >= ROUND_FRAMES || round.size().1 >= ROUND_BYTES {
            self.ship(Order::new(frame.at, Phase::Frame));
        }
    }

    fn tick(&mut self, at: FrameRef) {
        for round in &mut self.next {
            round.ticks.push(at);
        }
    }

    fn finish(&mut self) {
        // The lines close with the crew; each worker then finishes by itself.
        let upto = self.next.iter().filter_map(Round::last).map(|at| Order::new(at, Phase::Frame)).max();
        self.ship(upto.unwrap_or_default());
        self.rounds.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::message::Item;

    /// An analyst with a bug.
    struct Faulty(Vec<Sender<Feedback>>);

    impl Analyse for Faulty {
        #[allow(clippy::panic, reason = "that is the test")]
        fn item(&mut self, _: usize, _: Item) {
            panic!("an analyst with a bug");
        }

        fn finish(&mut self) {}

        fn waits_for(&self) -> usize {
            0
        }

        fn hang_up(&mut self) {
            self.0.clear();
        }
    }

    impl Progress for () {
        fn advanced(&mut self, _: &Path, _: u64, _: u64) {}
    }

    #[test]
    fn a_bug_of_the_analysis_is_one_of_the_caller_and_holds_up_nobody() {
        let files = [Path::new(env!("CARGO_MANIFEST_DIR")).join("pcaps/attack-s7-03.pcapng")];
        for workers in [1, 2] {
            let worker = WorkerOptions {
                flows: Default::default(),
                rules: Default::default(),
                evidence_window: None,
                every_operation: false,
                every_conversation: false,
                captures: [std::sync::Arc::from("test")].into(),
            };
            let options = ReplayOptions { workers, pace: Pace::Max, filter: None, worker };
            let ended = catch_unwind(|| replay(&files, &options, &mut (), Faulty));
            let words = ended.err().and_then(|panic| panic.downcast::<&str>().ok());
            assert_eq!(words.as_deref(), Some(&"an analyst with a bug"));
        }
    }
}
