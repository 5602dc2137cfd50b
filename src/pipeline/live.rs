//! The same engine on wires: one packet thread for each interface, one analyst, until told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, select, unbounded};

use super::analyst::Analyst;
use super::message::{Analyse, Batch, Feedback, Order, Phase};
use super::worker::{Worker, WorkerOptions};
use crate::capture::{self, Engine, OpenError, Source};
use crate::event::{FrameRef, Timestamp};

/// Packet time between ticks, and how long a thread waits for frames at most.
const TICK: Duration = Duration::from_secs(1);
const POLL: Duration = Duration::from_millis(50);
/// Batches under way to the analyst; beyond, workers keep their items, and drop operations when they have too many.
const BATCHES_UNDER_WAY: usize = 256;
const MAX_BACKLOG: usize = 200_000;
/// Before a lost interface is tried again.
const REOPEN_AFTER: Duration = Duration::from_secs(2);

/// A place to listen at: an interface, or whatever stands in for one.
pub struct Port {
    pub name: String,
    pub open: Box<Opener>,
}

/// Opens a port, first and after it failed. The number names it in each frame.
pub type Opener = dyn Fn(u16) -> Result<Box<dyn Source>, OpenError> + Send;

impl Port {
    /// An interface with about `memory` bytes of buffer.
    pub fn interface(name: &str, engine: Engine, memory: usize) -> Self {
        let interface = name.to_owned();
        Port { name: name.to_owned(), open: Box::new(move |number| capture::open(&interface, engine, memory, number)) }
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
        for (index, port) in ports.iter().enumerate() {
            let capture = u16::try_from(index).unwrap_or(u16::MAX);
            sources.push((port.open)(capture)?);
        }
        let (feedback, ears): (Vec<_>, Vec<_>) = ports.iter().map(|_| unbounded::<Feedback>()).unzip();
        let (batches, incoming) = bounded::<Batch>(BATCHES_UNDER_WAY);
        let (asks, asked) = unbounded::<Ask>();
        let stop = Arc::new(AtomicBool::new(false));
        let mut threads = Vec::new();
        let mut states = Vec::new();
        for (index, ((port, source), ear)) in ports.into_iter().zip(sources).zip(ears).enumerate() {
            let state = Arc::new(PortState { interface: port.name.clone(), ..PortState::default() });
            state.up.store(true, Ordering::Relaxed);
            states.push(Arc::clone(&state));
            let name = format!("capture-{}", port.name);
            let listener = Listener {
                index,
                port,
                worker: Worker::new(options.clone()),
                ear,
                batches: batches.clone(),
                state,
                stop: Arc::clone(&stop),
                ticked: Instant::now(),
            };
            threads.push(spawn(&name, move || listener.run(source)));
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

/// One packet thread.
struct Listener {
    index: usize,
    port: Port,
    worker: Worker,
    ear: Receiver<Feedback>,
    batches: Sender<Batch>,
    state: Arc<PortState>,
    stop: Arc<AtomicBool>,
    ticked: Instant,
}

impl Listener {
    fn run(mut self, source: Box<dyn Source>) {
        let mut source = Some(source);
        while !self.stop.load(Ordering::Relaxed) {
            source = match source {
                Some(open) => self.listen(open),
                None => self.reopen(),
            };
        }
        self.worker.finish();
        self.send();
    }

    /// One turn; gives the source back unless it failed.
    fn listen(&mut self, mut source: Box<dyn Source>) -> Option<Box<dyn Source>> {
        let worker = &mut self.worker;
        let mut frames = 0;
        let mut last = Timestamp::ZERO;
        let polled = source.poll(POLL, &mut |frame| {
            worker.frame(frame);
            frames += 1;
            last = frame.at.ts;
        });
        if frames > 0 {
            self.state.frames.fetch_add(frames, Ordering::Relaxed);
            self.state.last_frame.store(last.nanos(), Ordering::Relaxed);
        }
        if self.ticked.elapsed() >= TICK {
            self.ticked = Instant::now();
            let drops = source.drops().unwrap_or(0);
            self.state.kernel_drops.fetch_add(drops, Ordering::Relaxed);
            self.worker.count_drops(drops);
            self.worker.tick_now(Timestamp::now());
        }
        self.send();
        self.ear.try_iter().for_each(|feedback| self.worker.hear(feedback));
        match polled {
            Ok(()) => Some(source),
            Err(error) => {
                self.state.up.store(false, Ordering::Relaxed);
                tracing::warn!(interface = %self.port.name, %error, "capture stopped; trying again");
                None
            }
        }
    }

    #[allow(clippy::disallowed_methods, reason = "there is nothing to capture until the interface is back")]
    fn reopen(&mut self) -> Option<Box<dyn Source>> {
        let until = Instant::now() + REOPEN_AFTER;
        while Instant::now() < until && !self.stop.load(Ordering::Relaxed) {
            thread::sleep(POLL);
        }
        let capture = u16::try_from(self.index).unwrap_or(u16::MAX);
        let source = (self.port.open)(capture).ok()?;
        self.state.up.store(true, Ordering::Relaxed);
        tracing::info!(interface = %self.port.name, "capture goes on");
        Some(source)
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
