use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};

use crate::baseline::{Baseline, LearningRule};
use crate::inventory::{Inventory, Piece};
use crate::pipeline::{Analyst, Ask};

/// A power cut loses at most so much of what was learnt.
const EVERY: Duration = Duration::from_secs(60);
const BASELINE: &str = "baseline.json";
const INVENTORY: &str = "inventory.json";
const RULES: &str = "rules.sha256";

/// Writes down what was learnt, once a minute and at the end.
pub struct Snapshots {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// What was learnt before the last stop; files that cannot be read are set aside and said, and learning begins anew.
pub fn load(folder: &Path, rule: LearningRule) -> io::Result<(Inventory, Baseline)> {
    let inventory = read(&folder.join(INVENTORY), Inventory::import)?.unwrap_or_default();
    let baseline = read(&folder.join(BASELINE), |bytes| Baseline::import(bytes, rule))?;
    Ok((inventory, baseline.unwrap_or_else(|| Baseline::new(rule))))
}

fn read<T>(path: &Path, import: impl Fn(&[u8]) -> serde_json::Result<T>) -> io::Result<Option<T>> {
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match import(&bytes) {
        Ok(read) => Ok(Some(read)),
        Err(error) => {
            let aside = path.with_extension("damaged.json");
            fs::rename(path, &aside)?;
            tracing::error!(file = %path.display(), aside = %aside.display(), %error, "cannot be read; set aside");
            Ok(None)
        }
    }
}

/// Writes down which rules are in use; true where they were others before.
pub fn replace_rules_digest(folder: &Path, digest: &str) -> io::Result<bool> {
    let path = folder.join(RULES);
    let before = match fs::read_to_string(&path) {
        Ok(before) => Some(before),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    if before.as_deref() == Some(digest) {
        return Ok(false);
    }
    write_whole(&path, digest.as_bytes())?;
    Ok(before.is_some())
}

impl Snapshots {
    pub fn start(line: Sender<Ask>, folder: PathBuf) -> io::Result<Self> {
        let (stop, stopped) = bounded::<()>(1);
        let thread = thread::Builder::new().name("snapshots".into()).spawn(move || {
            loop {
                let last = !matches!(stopped.recv_timeout(EVERY), Err(RecvTimeoutError::Timeout));
                if let Err(error) = save(&line, &folder) {
                    tracing::error!(%error, "what was learnt cannot be written down");
                }
                if last {
                    return;
                }
            }
        })?;
        Ok(Snapshots { stop, thread })
    }

    /// Writes once more, and ends.
    pub fn stop(self) {
        let _ = self.stop.send(());
        if self.thread.join().is_err() {
            tracing::error!("the snapshots' thread had failed");
        }
    }
}

fn save(line: &Sender<Ask>, folder: &Path) -> io::Result<()> {
    let started = Instant::now();
    ask(line, Analyst::check_room);
    write_pieces(line, &folder.join(INVENTORY), |analyst, progress| analyst.inventory().export_piece(progress))?;
    write_pieces(line, &folder.join(BASELINE), |analyst, progress| analyst.baseline().export_piece(progress))?;
    tracing::debug!(ms = started.elapsed().as_millis(), "what was learnt is written down");
    Ok(())
}

/// Asks the analyst; `None` where the engine has stopped.
fn ask<T: Send + 'static>(line: &Sender<Ask>, question: impl FnOnce(&mut Analyst) -> T + Send + 'static) -> Option<T> {
    let (answer, wait) = bounded(1);
    let ask: Ask = Box::new(move |analyst| drop(answer.send(question(analyst))));
    line.send(ask).ok()?;
    wait.recv().ok()
}

/// The old file or the new one, never a half. Between two pieces the engine goes on; where something was taken back
/// meanwhile it begins anew.
fn write_pieces<P: Send + 'static>(
    line: &Sender<Ask>,
    path: &Path,
    piece: fn(&Analyst, Option<P>) -> serde_json::Result<Piece<P>>,
) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = BufWriter::new(fs::File::create(&draft)?);
    let mut progress = None;
    loop {
        let Some(next) = ask(line, move |analyst| piece(analyst, progress)) else { return Ok(()) };
        match next? {
            Piece::More(bytes, rest) => {
                file.write_all(&bytes)?;
                progress = Some(rest);
            }
            Piece::Last(bytes) => {
                file.write_all(&bytes)?;
                break;
            }
            Piece::Stale => {
                file = BufWriter::new(fs::File::create(&draft)?);
                progress = None;
            }
        }
    }
    file.into_inner()?.sync_all()?;
    fs::rename(&draft, path)
}

fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("draft");
    let mut file = fs::File::create(&draft)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&draft, path)
}
