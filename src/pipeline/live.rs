//! The same engine on wires: readers and workers for each interface, one analyst, until told to stop.
//!
//! With one worker the reader is that worker, and no frame is copied. With several each has its own ring, among which the
//! kernel shares out the frames (`capture::fanout`); what its program cannot tell (a tunnel's inside, IPv6) a worker hands
//! on to whose it is by [`decode::shard`](crate::decode::shard), the same rule as a replay's. An engine that cannot share
//! out has one reader, which hands on everything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};

use super::analyst::Analyst;
use super::hands::{Hands, POLL, Seat, TICK, spawn};
use super::message::{Analyse, Batch, Feedback};
use super::worker::{Worker, WorkerOptions};
use crate::capture::fanout::Fanout;
use crate::capture::{self, CaptureOptions, Engine, OpenError, Source};
use crate::event::FrameRef;

/// Batches under way to the analyst; beyond, workers keep their items, and drop operations when they have too many.
const BATCHES_UNDER_WAY: usize = 256;
/// Before a lost interface is tried again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);

/// A place to listen at: an interface, or whatever stands in for one.
pub struct Port {
    pub name: String,
    /// Threads that share its frames.
    pub workers: usize,
    /// It may be opened by each of them, and shares its frames out by itself.
    pub shares_out: bool,
    pub open: Arc<Opener>,
}

/// Opens a port, first and after it failed. Its frames are numbered on from the last one there was.
pub type Opener = dyn Fn(FrameRef, Option<&Arc<Fanout>>) -> Result<Box<dyn Source>, OpenError> + Send + Sync;

impl Port {
    pub fn interface(name: &str, mut options: CaptureOptions, workers: usize) -> Self {
        let interface = name.to_owned();
        let shares_out = options.engine == Engine::Ring && workers > 1;
        if shares_out {
            // All rings together take what the interface may.
            options.memory /= workers;
        }
        let open = move |after, fanout: Option<&Arc<Fanout>>| capture::open(&interface, &options, after, fanout);
        Port { name: name.to_owned(), workers, shares_out, open: Arc::new(open) }
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
    /// Threads that read it, and those of them whose ring was lost.
    readers: AtomicUsize,
    lost: AtomicUsize,
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
            let fanout = port.shares_out.then(Arc::<Fanout>::default);
            let rings = if port.shares_out { port.workers } else { 1 };
            let open = || (port.open)(before, fanout.as_ref());
            sources.push((before, (0..rings).map(|_| open()).collect::<Result<Vec<_>, _>>()?, fanout));
        }
        let (batches, incoming) = bounded::<Batch>(BATCHES_UNDER_WAY);
        let (asks, asked) = unbounded::<Ask>();
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let mut states = Vec::new();
        let mut feedback = Vec::new();
        for (port, (before, sources, fanout)) in ports.into_iter().zip(sources) {
            let mut seats = Vec::new();
            for _ in 0..port.workers.max(1) {
                let (line, ear) = unbounded::<Feedback>();
                let worker = Worker::new(options.clone());
                seats.push(Seat::new(feedback.len(), worker, ear, batches.clone(), Arc::clone(&stop)));
                feedback.push(line);
            }
            let readers = AtomicUsize::new(sources.len());
            let state = Arc::new(PortState { interface: port.name.clone(), readers, ..PortState::default() });
            state.up.store(true, Ordering::Relaxed);
            states.push(Arc::clone(&state));
            let hands =
                if fanout.is_some() { Hands::peers(seats) } else { vec![Hands::of(seats, &mut threads, &port.name)] };
            for (number, (source, hands)) in sources.into_iter().zip(hands).enumerate() {
                let reader = Reader {
                    name: port.name.clone(),
                    open: Arc::clone(&port.open),
                    fanout: fanout.clone(),
                    hands,
                    state: Arc::clone(&state),
                    stop: Arc::clone(&stop),
                    last: before,
                    counted: Instant::now(),
                };
                threads.push(spawn(&format!("capture-{}-{number}", port.name), move || reader.run(source)));
            }
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
                Ok(ask) => {
                    analyst.settle();
                    ask(&mut analyst);
                }
                Err(_) => asks_open = false,
            },
        }
    }
    analyst.finish();
}

/// Takes frames from one interface, or its part of them, for as long as there is one.
struct Reader {
    name: String,
    open: Arc<Opener>,
    fanout: Option<Arc<Fanout>>,
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
        if self.state.readers.fetch_sub(1, Ordering::AcqRel) == 1 {
            let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
            let (frames, kernel_drops) = (count(&self.state.frames), count(&self.state.kernel_drops));
            tracing::info!(interface = %self.name, frames, kernel_drops, "capture ended");
        }
        self.hands.finish();
    }

    /// One turn; gives the source back unless it failed.
    fn read(&mut self, mut source: Box<dyn Source>) -> Option<Box<dyn Source>> {
        let Reader { hands, last, .. } = self;
        let mut frames = 0;
        let polled = source.poll(hands.patience(), &mut |frame| {
            hands.frame(frame);
            *last = frame.at;
            frames += 1;
        });
        if frames > 0 {
            self.state.frames.fetch_add(frames, Ordering::Relaxed);
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
                if self.state.lost.fetch_add(1, Ordering::AcqRel) == 0 {
                    self.state.up.store(false, Ordering::Relaxed);
                    tracing::warn!(interface = %self.name, %error, "capture stopped; trying again");
                }
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
        let source = (self.open)(self.last, self.fanout.as_ref()).ok()?;
        if self.state.lost.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.state.up.store(true, Ordering::Relaxed);
            tracing::info!(interface = %self.name, "capture goes on");
        }
        Some(source)
    }
}
