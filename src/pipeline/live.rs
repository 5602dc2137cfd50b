//! The same engine on wires: one reader for each interface, one or more workers behind it, one analyst, until told to
//! stop.
//!
//! With one worker the reader is that worker, and no frame is copied. With several the reader hands frames on by
//! [`decode::shard`](crate::decode::shard), the same way as a replay does. The kernel could share frames out by itself
//! (PACKET_FANOUT), and this is not used for three reasons. Its hash keeps both directions together for plain flows
//! only: ours knows every tag and tunnel that `decode` knows. Each of its rings would number its own frames, and a
//! frame's number is what evidence is found by. And one reader has little to do: it copies a frame and looks at its
//! addresses, a small part of what the worker behind it has to do.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select, unbounded};

use super::analyst::Analyst;
use super::message::{Analyse, Batch, Feedback, Order, Phase};
use super::round::{ROUND_BYTES, Round, share};
use super::worker::{Worker, WorkerOptions};
use crate::capture::{self, CaptureOptions, Frame, OpenError, Source};
use crate::event::{FrameRef, Timestamp};

/// Packet time between ticks, and how long a thread waits for frames at most.
const TICK: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(50);
/// Batches under way to the analyst; beyond, workers keep their items, and drop operations when they have too many.
const BATCHES_UNDER_WAY: usize = 256;
const MAX_BACKLOG: usize = 200_000;
/// Rounds under way to a worker; when all are, the reader waits, and the kernel's ring takes what comes.
const ROUNDS_UNDER_WAY: usize = 4;
/// Before a lost interface is tried again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);

/// A place to listen at: an interface, or whatever stands in for one.
pub struct Port {
    pub name: String,
    /// Threads that share its frames.
    pub workers: usize,
    pub open: Box<Opener>,
}

/// Opens a port, first and after it failed. Its frames are numbered on from the last one there was.
pub type Opener = dyn Fn(FrameRef) -> Result<Box<dyn Source>, OpenError> + Send;

impl Port {
    pub fn interface(name: &str, options: CaptureOptions, workers: usize) -> Self {
        let interface = name.to_owned();
        let open = move |after| capture::open(&interface, &options, after);
        Port { name: name.to_owned(), workers, open: Box::new(open) }
    }
}

/// Work that is done on the analyst's thread, between events: how other rooms ask it.
pub type Ask = Box<dyn FnOnce(&mut Analyst) + Send>;

/// A running engine. Dropping it does not stop it; call [`Live::stop`].
pub struct Live {
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
    asks: Sender<Ask>,
    states: Vec<Arc<PortState>>,
}

/// What a packet thread says of itself.
#[derive(Debug, Default)]
pub struct PortState {
    pub interface: String,
    pub up: AtomicBool,
    pub frames: AtomicU64,
    pub kernel_drops: AtomicU64,
    /// Nanoseconds since the epoch; zero before the first frame.
    pub last_frame: AtomicU64,
}

impl Live {
    /// Opens all ports, then starts the threads. Nothing runs when one port cannot be opened.
    pub fn start(
        ports: Vec<Port>,
        options: &WorkerOptions,
        make_analyst: impl FnOnce(Vec<Sender<Feedback>>) -> Analyst,
    ) -> Result<Self, OpenError> {
        let mut sources = Vec::new();
        for (port, index) in ports.iter().zip(0..) {
            let before = FrameRef { capture: index, ..FrameRef::default() };
            sources.push(((port.open)(before)?, before));
        }
        let (batches, incoming) = bounded::<Batch>(BATCHES_UNDER_WAY);
        let (asks, asked) = unbounded::<Ask>();
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let mut states = Vec::new();
        let mut feedback = Vec::new();
        for (port, (source, before)) in ports.into_iter().zip(sources) {
            let state = Arc::new(PortState { interface: port.name.clone(), ..PortState::default() });
            state.up.store(true, Ordering::Relaxed);
            states.push(Arc::clone(&state));
            let mut seats = Vec::new();
            for _ in 0..port.workers.max(1) {
                let (line, ear) = unbounded::<Feedback>();
                seats.push(Seat {
                    index: feedback.len(),
                    worker: Worker::new(options.clone()),
                    ear,
                    batches: batches.clone(),
                    stop: Arc::clone(&stop),
                    ticked: Instant::now(),
                });
                feedback.push(line);
            }
            let name = format!("capture-{}", port.name);
            let hands = Hands::of(seats, &mut threads, &port.name);
            let reader = Reader { port, hands, state, stop: Arc::clone(&stop), last: before, counted: Instant::now() };
            threads.push(spawn(&name, move || reader.run(source)));
        }
        drop(batches);
        let analyst = make_analyst(feedback);
        threads.push(spawn("analyst", move || analyse(analyst, &incoming, &asked)));
        Ok(Live { stop, threads, asks, states })
    }

    /// The line on which other rooms ask the analyst; what is asked after it stopped gets no answer.
    pub fn line(&self) -> Sender<Ask> {
        self.asks.clone()
    }

    pub fn ports(&self) -> &[Arc<PortState>] {
        &self.states
    }

    /// Ends capture, lets the analyst finish what was captured, and waits for all threads.
    pub fn stop(self) {
        self.stop.store(true, Ordering::Relaxed);
        drop(self.asks);
        for thread in self.threads {
            if thread.join().is_err() {
                tracing::error!("a thread of the engine had failed");
            }
        }
    }
}

#[allow(clippy::expect_used, reason = "without threads there is nothing to go on with")]
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> JoinHandle<()> {
    thread::Builder::new().name(name.to_owned()).spawn(work).expect("the system gives a thread")
}

fn analyse(mut analyst: Analyst, incoming: &Receiver<Batch>, asks: &Receiver<Ask>) {
    let mut asks_open = true;
    let never = crossbeam_channel::never();
    loop {
        let asked = if asks_open { asks } else { &never };
        select! {
            recv(incoming) -> batch => match batch {
                Ok(batch) => batch.items.into_iter().for_each(|sent| analyst.item(batch.worker, sent.item)),
                // All packet threads have ended.
                Err(_) => break,
            },
            recv(asked) -> ask => match ask {
                Ok(ask) => ask(&mut analyst),
                Err(_) => asks_open = false,
            },
        }
    }
    analyst.finish();
}

/// Takes frames from one interface, for as long as there is one.
struct Reader {
    port: Port,
    hands: Hands,
    state: Arc<PortState>,
    stop: Arc<AtomicBool>,
    last: FrameRef,
    counted: Instant,
}

impl Reader {
    fn run(mut self, source: Box<dyn Source>) {
        let mut source = Some(source);
        while !self.stop.load(Ordering::Relaxed) {
            source = match source {
                Some(open) => self.read(open),
                None => self.reopen(),
            };
        }
        if let Some(source) = &mut source {
            self.count_drops(&mut **source);
        }
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let (frames, kernel_drops) = (count(&self.state.frames), count(&self.state.kernel_drops));
        tracing::info!(interface = %self.port.name, frames, kernel_drops, "capture ended");
        self.hands.finish();
    }

    /// One turn; gives the source back unless it failed.
    fn read(&mut self, mut source: Box<dyn Source>) -> Option<Box<dyn Source>> {
        let Reader { hands, last, .. } = self;
        let before = last.number;
        let polled = source.poll(POLL, &mut |frame| {
            hands.frame(frame);
            *last = frame.at;
        });
        if self.last.number > before {
            self.state.frames.fetch_add(self.last.number - before, Ordering::Relaxed);
            self.state.last_frame.store(self.last.ts.nanos(), Ordering::Relaxed);
        }
        if self.counted.elapsed() >= TICK {
            self.counted = Instant::now();
            self.count_drops(&mut *source);
        }
        self.hands.turn();
        match polled {
            Ok(()) => Some(source),
            Err(error) => {
                // What was lost until now is known only to the socket that goes.
                self.count_drops(&mut *source);
                self.state.up.store(false, Ordering::Relaxed);
                tracing::warn!(interface = %self.port.name, %error, "capture stopped; trying again");
                None
            }
        }
    }

    fn count_drops(&mut self, source: &mut dyn Source) {
        let drops = source.drops().unwrap_or(0);
        self.state.kernel_drops.fetch_add(drops, Ordering::Relaxed);
        self.hands.count_drops(drops);
    }

    #[allow(clippy::disallowed_methods, reason = "there is nothing to capture until the interface is back")]
    fn reopen(&mut self) -> Option<Box<dyn Source>> {
        let until = Instant::now() + REOPEN_AFTER;
        while Instant::now() < until && !self.stop.load(Ordering::Relaxed) {
            thread::sleep(POLL);
            self.hands.turn();
        }
        let source = (self.port.open)(self.last).ok()?;
        self.state.up.store(true, Ordering::Relaxed);
        tracing::info!(interface = %self.port.name, "capture goes on");
        Some(source)
    }
}

/// Whoever takes frames from the reader: one worker on its thread, or several on their own.
enum Hands {
    One(Box<Seat>),
    Many(Team),
}

impl Hands {
    fn of(seats: Vec<Seat>, threads: &mut Vec<JoinHandle<()>>, port: &str) -> Self {
        match <[Seat; 1]>::try_from(seats) {
            Ok([seat]) => Hands::One(Box::new(seat)),
            Err(seats) => Hands::Many(Team::new(seats, threads, port)),
        }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        match self {
            Hands::One(seat) => seat.worker.frame(frame),
            Hands::Many(team) => team.frame(frame),
        }
    }

    /// After each poll, also when nothing has come.
    fn turn(&mut self) {
        match self {
            Hands::One(seat) => seat.turn(),
            Hands::Many(team) => team.ship(),
        }
    }

    fn count_drops(&mut self, drops: u64) {
        match self {
            Hands::One(seat) => seat.worker.count_drops(drops),
            Hands::Many(team) => team.drops += drops,
        }
    }

    fn finish(self) {
        match self {
            Hands::One(seat) => seat.finish(),
            // The lines close with the team; each worker then finishes by itself.
            Hands::Many(mut team) => team.ship(),
        }
    }
}

/// Several workers on their own threads.
struct Team {
    rounds: Vec<Sender<Round>>,
    next: Vec<Round>,
    /// Rounds that were worked through: their memory serves again.
    spent: Receiver<Round>,
    drops: u64,
}

impl Team {
    fn new(seats: Vec<Seat>, threads: &mut Vec<JoinHandle<()>>, port: &str) -> Self {
        let next = seats.iter().map(|_| Round::default()).collect();
        let (back, spent) = bounded(seats.len() * ROUNDS_UNDER_WAY);
        let mut rounds = Vec::new();
        for (number, seat) in seats.into_iter().enumerate() {
            let (line, inbox) = bounded(ROUNDS_UNDER_WAY);
            rounds.push(line);
            let back = back.clone();
            threads.push(spawn(&format!("worker-{port}-{number}"), move || seat.work(&inbox, &back)));
        }
        Team { rounds, next, spent, drops: 0 }
    }

    fn frame(&mut self, frame: &Frame<'_>) {
        let place = share(frame, self.next.len());
        let round = &mut self.next[place];
        round.push(frame);
        if round.size().1 >= ROUND_BYTES {
            self.send(place);
        }
    }

    fn ship(&mut self) {
        for place in 0..self.next.len() {
            let (frames, _) = self.next[place].size();
            if frames > 0 || (place == 0 && self.drops > 0) {
                self.send(place);
            }
        }
    }

    /// Waits while the worker has enough to do: what it cannot take in time, the kernel drops and counts.
    fn send(&mut self, place: usize) {
        let empty = self.spent.try_recv().unwrap_or_default();
        let mut round = std::mem::replace(&mut self.next[place], empty);
        if place == 0 {
            round.kernel_drops = std::mem::take(&mut self.drops);
        }
        // A worker is gone only when it failed; there is nobody left to tell.
        let _ = self.rounds[place].send(round);
    }
}

/// A worker with its lines to and from the analyst.
struct Seat {
    index: usize,
    worker: Worker,
    ear: Receiver<Feedback>,
    batches: Sender<Batch>,
    stop: Arc<AtomicBool>,
    ticked: Instant,
}

impl Seat {
    /// On a thread of its own, until the reader ends.
    fn work(mut self, inbox: &Receiver<Round>, back: &Sender<Round>) {
        loop {
            match inbox.recv_timeout(POLL) {
                Ok(mut round) => {
                    round.frames().for_each(|frame| self.worker.frame(&frame));
                    self.worker.count_drops(round.kernel_drops);
                    round.clear();
                    let _ = back.try_send(round);
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            self.turn();
        }
        self.finish();
    }

    fn turn(&mut self) {
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            self.worker.tick_now(Timestamp::now());
        }
        self.send();
        self.ear.try_iter().for_each(|feedback| self.worker.hear(feedback));
    }

    fn finish(mut self) {
        self.worker.finish();
        self.send();
    }

    /// Sends what there is, or keeps it while the analyst is behind.
    fn send(&mut self) {
        if self.worker.pending() == 0 {
            return;
        }
        if self.batches.is_full() && !self.stop.load(Ordering::Relaxed) {
            self.worker.shed(MAX_BACKLOG);
            return;
        }
        let upto = Order::new(FrameRef::default(), Phase::Frame);
        let batch = Batch { worker: self.index, items: self.worker.take(), upto };
        // The analyst is gone only when it failed; there is nobody left to tell.
        let _ = self.batches.send(batch);
    }
}
