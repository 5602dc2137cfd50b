//! Captures that people bring to be looked at: run through the same engine beside the live one. What comes of them is kept
//! apart, in memory, until it is removed or the box restarts; nothing of it reaches live alerts, assets or learning.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::shelf::Loading;
use super::views::Text;
use crate::alert::{Alert, AlertBook, Update};
use crate::baseline::{Baseline, LearningRule};
use crate::detect::catalogue;
use crate::event::{Event, Timestamp};
use crate::inventory::Inventory;
use crate::pipeline::{
    Analyst, AnalystOptions, Blocks, Journal, Pace, Progress, Proof, ReplayOptions, WorkerOptions, replay,
};

/// Captures kept at one time, and bytes of one.
pub const MAX_STUDIES: usize = 4;
const MAX_CAPTURE: u64 = 2 << 30;
/// Bytes that must stay free on the disk: evidence and store need them.
pub const KEEP_FREE: u64 = 1 << 30;

const NICE: i32 = 15;
/// Characters of why an analysis failed.
const MAX_REASON: usize = 300;

/// All captures that were brought.
pub struct Studies {
    folder: PathBuf,
    all: Mutex<BTreeMap<u64, Arc<Study>>>,
    next: AtomicU64,
    /// One after the other: the wire has the right of way.
    turn: Semaphore,
    cap: u64,
    engine: Engine,
}

/// Takes a capture through the engine: its file, the rules, what the live plant has learnt where it is judged by that.
pub type Engine = fn(&Path, Loading, Option<Vec<u8>>, &mut dyn Progress) -> (Analyst, Vec<Text>);

/// One capture.
pub struct Study {
    pub id: u64,
    pub name: String,
    pub user: String,
    pub size: u64,
    pub started: Timestamp,
    /// Judged by what the live plant has learnt, and not by its own beginning.
    pub against_live: bool,
    pub file: PathBuf,
    bytes: AtomicU64,
    frames: AtomicU64,
    cancelled: AtomicBool,
    phase: Mutex<Phase>,
}

/// How far it has come.
pub enum Phase {
    Waiting,
    Running,
    /// What came of it, and what of the file could not be read.
    Done(Box<Analyst>, Vec<Text>),
    Cancelled,
    /// A bug of ours, in its own words.
    Failed(String),
}

impl Studies {
    /// What an earlier run left is gone: its results were in memory.
    pub fn at(folder: PathBuf) -> std::io::Result<Self> {
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(Studies {
            folder,
            all: Mutex::default(),
            next: AtomicU64::new(0),
            turn: Semaphore::new(1),
            cap: MAX_CAPTURE,
            engine: run,
        })
    }

    pub fn with_engine(self, engine: Engine) -> Self {
        Studies { engine, ..self }
    }

    /// At most so many bytes of one capture.
    pub fn with_cap(self, cap: u64) -> Self {
        Studies { cap, ..self }
    }

    pub fn cap(&self) -> u64 {
        self.cap
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn all(&self) -> Vec<Arc<Study>> {
        self.lock().values().rev().map(Arc::clone).collect()
    }

    pub fn get(&self, id: u64) -> Option<Arc<Study>> {
        self.lock().get(&id).map(Arc::clone)
    }

    pub fn new_id(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// `None` where there are too many already.
    pub fn add(&self, study: Study) -> Option<Arc<Study>> {
        let mut all = self.lock();
        if all.len() >= MAX_STUDIES {
            return None;
        }
        let study = Arc::new(study);
        all.insert(study.id, Arc::clone(&study));
        Some(study)
    }

    pub fn is_full(&self) -> bool {
        self.lock().len() >= MAX_STUDIES
    }

    /// Stops it where it runs, and forgets it with its file.
    pub fn remove(&self, id: u64) -> bool {
        let Some(study) = self.lock().remove(&id) else { return false };
        study.cancel();
        let _ = std::fs::remove_file(&study.file);
        true
    }

    /// Runs a capture when its turn has come.
    pub async fn run(&self, study: Arc<Study>, loading: Loading, normal: Option<Vec<u8>>) {
        let Ok(_turn) = self.turn.acquire().await else { return };
        if study.cancelled.load(Ordering::Relaxed) {
            return study.set(Phase::Cancelled);
        }
        study.set(Phase::Running);
        let (work, engine) = (Arc::clone(&study), self.engine);
        let phase = in_background(move || work.work(engine, loading, normal)).await;
        study.set(phase.unwrap_or_else(|why| {
            tracing::error!(capture = %study.name, %why, "looking at a capture failed");
            Phase::Failed(why)
        }));
    }

    /// One capture through the engine, for what is to be known at once. Waits for no turn: whoever asks holds one.
    pub async fn test<P: Progress + Send + 'static>(
        &self,
        study: Arc<Study>,
        loading: Loading,
        mut progress: P,
    ) -> Result<(Analyst, P), String> {
        let engine = self.engine;
        in_background(move || (engine(&study.file, loading, None, &mut progress).0, progress)).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Study>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Study {
    pub fn new(id: u64, name: String, user: String, size: u64, against_live: bool, file: PathBuf) -> Self {
        Study {
            id,
            name,
            user,
            size,
            started: Timestamp::now(),
            against_live,
            file,
            bytes: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            phase: Mutex::new(Phase::Waiting),
        }
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Frames and bytes read so far.
    pub fn read(&self) -> (u64, u64) {
        (self.frames.load(Ordering::Relaxed), self.bytes.load(Ordering::Relaxed))
    }

    pub fn with_phase<T>(&self, look: impl FnOnce(&Phase) -> T) -> T {
        look(&self.phase.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn set(&self, phase: Phase) {
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = phase;
    }

    fn work(&self, engine: Engine, loading: Loading, normal: Option<Vec<u8>>) -> Phase {
        let (analyst, faults) = engine(&self.file, loading, normal, &mut Watcher(self));
        if self.cancelled.load(Ordering::Relaxed) {
            return Phase::Cancelled;
        }
        Phase::Done(Box::new(analyst), faults)
    }
}

/// Work on a thread of its own that gives way to all others: live packets come first. An error says why there is no answer; a
/// panic takes nothing else with it.
async fn in_background<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (answer, wait) = tokio::sync::oneshot::channel();
    let run = move || {
        // On Linux this is the thread's own, and threads that it starts inherit it. Without it the work is only less polite.
        let _ = rustix::process::setpriority_process(None, NICE);
        let _ = answer.send(catch_unwind(AssertUnwindSafe(work)).map_err(|panic| words(&*panic)));
    };
    std::thread::Builder::new().name("study".to_owned()).spawn(run).map_err(|error| error.to_string())?;
    wait.await.map_err(|error| error.to_string())?
}

/// What a panic says.
fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("panic").chars().take(MAX_REASON).collect()
}

/// One capture through an engine of its own.
fn run(file: &Path, loading: Loading, normal: Option<Vec<u8>>, progress: &mut dyn Progress) -> (Analyst, Vec<Text>) {
    let mut faults = Vec::new();
    let baseline = match normal.map(|bytes| Baseline::import(&bytes, LearningRule::SHORT)) {
        Some(Ok(mut baseline)) => {
            baseline.watch(Timestamp::ZERO);
            baseline
        }
        Some(Err(error)) => {
            let error = [("error", error.to_string())];
            faults.push(Text::of(|lang| lang.say("analysis.fault.baseline", &error)));
            Baseline::new(LearningRule::SHORT)
        }
        None => Baseline::new(LearningRule::SHORT),
    };
    let mut alerts = AlertBook::default();
    alerts.quiet_mut().configure(catalogue::silent(&[], &[]));
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let captures: Arc<[Arc<str>]> = Arc::from([Arc::from(name.as_str())]);
    let options = AnalystOptions {
        inventory: Inventory::default(),
        baseline,
        alerts,
        scanner: loading.scanner,
        proof: Proof::default(),
        blocks: Blocks::default(),
        every_operation: false,
        captures: Arc::clone(&captures),
    };
    let worker = WorkerOptions {
        flows: Default::default(),
        rules: Arc::new(loading.report.set),
        evidence_window: None,
        every_operation: false,
        every_conversation: false,
        captures,
    };
    let replayed = ReplayOptions { workers: 1, pace: Pace::Max, filter: None, worker };
    let files = [file.to_owned()];
    let (analyst, unread) =
        replay(&files, &replayed, progress, |workers| Analyst::new(options, workers, Box::new(Nobody)));
    // Whoever brought it knows it by another name.
    let shown = |text: String| text.replace(&file.display().to_string(), &name);
    faults.extend(unread.iter().map(|fault| Text::of(|lang| shown(fault.say(lang)))));
    (analyst, faults)
}

/// Tells how far the replay has come, and stops it.
struct Watcher<'a>(&'a Study);

impl Progress for Watcher<'_> {
    fn advanced(&mut self, _path: &Path, frames: u64, bytes: u64) {
        self.0.frames.store(frames, Ordering::Relaxed);
        self.0.bytes.store(bytes, Ordering::Relaxed);
    }

    fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }
}

/// Results are read at the end.
struct Nobody;

impl Journal for Nobody {
    fn event(&mut self, _event: &Event) {}

    fn alert(&mut self, _alert: &Alert, _update: &Update) {}
}
