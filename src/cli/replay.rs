use std::error::Error;
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::summary::Summary;
use super::{complain, rules};
use crate::alert::{Alert, AlertBook, AlertLine, Update};
use crate::baseline::{Baseline, LearningRule};
use crate::capture::file::STANDARD_INPUT;
use crate::capture::filter::Filter;
use crate::capture::folder::EvidenceLimits;
use crate::config::parse_time;
use crate::detect::{self, IndicatorWatch};
use crate::event::{Event, EventLine};
use crate::inventory::Inventory;
use crate::pipeline::{
    Analyst, AnalystOptions, BLOCK_LIMITS, Blocks, Journal, Pace, Progress, Proof, ReplayOptions, WorkerOptions, replay,
};
use crate::signature::Scanner;

/// Bytes of the latest traffic kept for evidence, and what the evidence folder may hold.
const EVIDENCE_WINDOW: u64 = 48 << 20;
const EVIDENCE_LIMITS: EvidenceLimits = EvidenceLimits { quota: 2 << 30, keep: None };

/// Runs captures through the same engine as the wire.
///
/// Reads pcap and pcapng files, plain or compressed by gzip or zstd, or whole folders of them, one after the other as one
/// long capture, with packet time as the clock; the result is the same on every run and for every number of workers.
/// Without --baseline it learns what is normal until nothing new has come for a while (at least 30 s of traffic, and twice
/// as long as news took), then watches; with --learn it learns to the end.
///
/// Exit code 0: everything was read. 1: something was not, and the message says what; whatever could be read was analysed.
///
/// Examples:
///   fengsui replay plant.pcapng --every-operation --events -
///   ssh switch tcpdump -w - | fengsui replay - --summary text
///   fengsui replay monday.pcapng --learn normal.json
///   fengsui replay tuesday.pcapng --baseline normal.json --alerts - --data case/
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Replay {
    /// Capture files, or folders that hold them; `-` is the standard input
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// Look only at frames that pass this filter, in the language of tcpdump, such as 'not host 10.1.1.9'
    #[arg(long, value_name = "EXPRESSION", value_parser = filter)]
    filter: Option<Filter>,
    /// Write events as JSON lines to this file; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write alerts, as they stand at the end, as JSON lines to this file; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    alerts: Option<PathBuf>,
    /// Write each operation, and not only what is new
    #[arg(long)]
    every_operation: bool,
    /// Print what was found, for people or for a script
    #[arg(long, value_name = "FORM")]
    summary: Option<SummaryForm>,
    /// Rule files or folders in place of the shipped rules
    #[arg(long, value_name = "PATH", num_args = 1..)]
    rules: Vec<PathBuf>,
    /// Lists of indicators (STIX 2.1, CSV, MISP) or folders of them to look out for
    #[arg(long, value_name = "PATH", num_args = 1..)]
    indicators: Vec<PathBuf>,
    /// Detections that shall not speak, by their ids
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = detection)]
    detections_off: Vec<String>,
    /// Detections that shall speak though by default they do not, by their ids
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = detection)]
    detections_on: Vec<String>,
    /// Learn to the end, or as long as --learn-for says, and write what was learnt to this file
    #[arg(long, value_name = "FILE")]
    learn: Option<PathBuf>,
    /// Watch against what an earlier run learnt, and learn nothing
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Learn for so long (30s, 10m, 8h, 7d), then watch; without it learning ends by itself
    #[arg(long, value_name = "TIME", conflicts_with = "baseline", value_parser = parse_time)]
    learn_for: Option<Duration>,
    /// Keep alerts, inventory, baseline and evidence packets in this folder
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// As fast as it goes (max), as it happened (real), or so many times faster
    #[arg(long, value_name = "SPEED", default_value = "max", value_parser = pace)]
    speed: Pace,
    /// Packet threads
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64))]
    workers: u16,
}

#[derive(Clone, Copy, ValueEnum)]
enum SummaryForm {
    Text,
    Json,
}

fn detection(id: &str) -> Result<String, String> {
    let known = detect::catalogue::find(id).map(|detection| detection.id.to_owned());
    known.ok_or_else(|| format!("there is no detection {id} in the catalogue"))
}

impl Replay {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let files = expand(&self.captures)?;
        let names: Arc<[Arc<str>]> = files.iter().map(|file| Arc::from(name(file).as_str())).collect();
        let loaded = rules::load(&self.rules, &Default::default());
        for refusal in &loaded.refusals {
            complain(&format!("rule not loaded: {refusal}"));
        }
        let listed = detect::load_indicators(&self.indicators, None);
        for fault in &listed.faults {
            complain(&format!("indicator not loaded: {fault}"));
        }
        let rules_fault = !loaded.refusals.is_empty() || !listed.faults.is_empty();
        let indicators = IndicatorWatch::new(listed.indicators);
        let options = WorkerOptions {
            flows: Default::default(),
            rules: Arc::new(loaded.set),
            evidence_window: self.data.as_ref().map(|_| EVIDENCE_WINDOW),
            every_operation: self.every_operation,
            every_conversation: self.events.is_some(),
            captures: Arc::clone(&names),
        };
        let analyst = self.analyst_options(loaded.scanner, names)?;
        let lines = Arc::new(Mutex::new(Lines::new(self.events.as_deref())?));
        let journal = Box::new(Arc::clone(&lines));
        let mut bar = Bar::new(&files);
        let replay_options = ReplayOptions {
            workers: usize::from(self.workers),
            pace: self.speed,
            filter: self.filter.clone(),
            worker: options,
        };
        let (analyst, faults) = replay(&files, &replay_options, &mut bar, |workers| {
            let mut analyst = Analyst::new(analyst, workers, journal);
            analyst.look_out_for(indicators);
            analyst
        });
        bar.finish();
        lines.lock().unwrap_or_else(PoisonError::into_inner).finish().map_err(|e| format!("--events: {e}"))?;
        self.write_results(&analyst)?;
        for fault in &faults {
            complain(&fault.to_string());
        }
        if let Some(form) = self.summary {
            let summary = Summary::of(&analyst, &faults);
            match form {
                SummaryForm::Text => summary.print_text(&mut io::stdout())?,
                SummaryForm::Json => summary.print_json(&mut io::stdout())?,
            }
        }
        Ok(if faults.is_empty() && !rules_fault { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    fn analyst_options(&self, scanner: Scanner, captures: Arc<[Arc<str>]>) -> Result<AnalystOptions, Box<dyn Error>> {
        // Who wants what was learnt wants all of it.
        let to_the_end = self.learn.is_some().then_some(Duration::MAX);
        let rule = LearningRule { set: self.learn_for.or(to_the_end), ..LearningRule::SHORT };
        let mut baseline = match &self.baseline {
            None => Baseline::new(rule),
            Some(path) => {
                let bytes = fs::read(path).map_err(|e| format!("--baseline: cannot read {}: {e}", path.display()))?;
                Baseline::import(&bytes, rule).map_err(|e| {
                    format!("--baseline: {} is no baseline: {e}; make one with --learn FILE", path.display())
                })?
            }
        };
        if self.baseline.is_some() {
            baseline.watch(Default::default());
        }
        let evidence = self.data.as_ref().map(|data| data.join("evidence"));
        let proof = Proof::new(evidence.as_deref().map(|path| (path, EVIDENCE_LIMITS)))
            .map_err(|e| format!("--data: the evidence folder cannot be made: {e}"))?;
        let blocks = self.data.as_ref().map(|data| data.join("blocks"));
        let blocks = Blocks::new(blocks.as_deref().map(|path| (path, BLOCK_LIMITS)))
            .map_err(|e| format!("--data: the folder of program blocks cannot be made: {e}"))?;
        let mut alerts = AlertBook::default();
        alerts.quiet_mut().configure(detect::catalogue::silent(&self.detections_off, &self.detections_on));
        Ok(AnalystOptions {
            inventory: Inventory::default(),
            baseline,
            alerts,
            scanner,
            proof,
            blocks,
            every_operation: self.every_operation,
            captures,
        })
    }

    fn write_results(&self, analyst: &Analyst) -> Result<(), Box<dyn Error>> {
        if let Some(path) = &self.alerts {
            let mut out = open(path).map_err(|e| format!("--alerts: {}: {e}", path.display()))?;
            for alert in analyst.alerts().iter() {
                write_line(&mut out, &line(alert))?;
            }
            out.flush()?;
        }
        if let Some(path) = &self.learn {
            write_file(path, &analyst.baseline().export()?)?;
        }
        if let Some(data) = &self.data {
            write_file(&data.join("baseline.json"), &analyst.baseline().export()?)?;
            write_file(&data.join("inventory.json"), &analyst.inventory().export()?)?;
            let mut out = open(&data.join("alerts.jsonl"))?;
            for alert in analyst.alerts().iter() {
                write_line(&mut out, &line(alert))?;
            }
            out.flush()?;
        }
        Ok(())
    }
}

/// Events as JSON lines. After the first error nothing more is written, and the error is told at the end.
struct Lines {
    out: Option<Box<dyn Write + Send>>,
    fault: Option<io::Error>,
}

impl Lines {
    fn new(path: Option<&Path>) -> Result<Self, String> {
        let out = path.map(|path| open(path).map_err(|e| format!("--events: {}: {e}", path.display()))).transpose()?;
        Ok(Lines { out, fault: None })
    }

    fn finish(&mut self) -> io::Result<()> {
        let flushed = self.out.as_mut().map_or(Ok(()), Write::flush);
        match self.fault.take() {
            // Whoever read our output has read enough.
            Some(fault) if fault.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            Some(fault) => Err(fault),
            None => flushed,
        }
    }
}

/// Shared, as the analyst owns its journal and we want the faults at the end.
impl Journal for Arc<Mutex<Lines>> {
    fn event(&mut self, event: &Event) {
        let mut lines = self.lock().unwrap_or_else(PoisonError::into_inner);
        if let Lines { out: Some(out), fault: fault @ None } = &mut *lines {
            *fault = write_line(out, &EventLine(event)).err();
        }
    }

    fn alert(&mut self, _alert: &Alert, _update: &Update) {}
}

fn line(alert: &Alert) -> AlertLine<'_> {
    AlertLine { alert, techniques: detect::techniques(&alert.source) }
}

fn write_line(out: &mut dyn Write, line: &impl serde::Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line).map_err(io::Error::from)?;
    out.write_all(b"\n")
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), String> {
    fs::write(path, bytes).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn open(path: &Path) -> io::Result<Box<dyn Write + Send>> {
    let out: Box<dyn Write + Send> =
        if path == Path::new("-") { Box::new(io::stdout()) } else { Box::new(File::create(path)?) };
    Ok(Box::new(BufWriter::with_capacity(1 << 16, out)))
}

fn name(file: &Path) -> String {
    if file == Path::new(STANDARD_INPUT) {
        return "stdin".to_owned();
    }
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Files as given, folders as the sorted list of what lies in them.
fn expand(captures: &[PathBuf]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for path in captures {
        if path == Path::new(STANDARD_INPUT) || !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = path.read_dir().map_err(|e| format!("cannot read the folder {}: {e}", path.display()))?;
        let mut inside: Vec<PathBuf> =
            entries.filter_map(|entry| entry.ok().map(|e| e.path())).filter(|p| is_capture(p)).collect();
        if inside.is_empty() {
            return Err(format!("the folder {} holds no file that ends in .pcap or .pcapng", path.display()));
        }
        inside.sort();
        files.extend(inside);
    }
    Ok(files)
}

/// In a folder only names tell captures from their labels; a file that is named itself may be called anything.
fn is_capture(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let plain = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(name);
    let ending = plain.rsplit_once('.').map_or("", |(_, ending)| ending);
    path.is_file() && matches!(ending, "pcap" | "pcapng" | "cap" | "dmp")
}

fn filter(text: &str) -> Result<Filter, String> {
    let parsed = Filter::parse(text).map_err(|error| error.to_string())?;
    parsed.ok_or_else(|| "an empty filter keeps everything: leave it out".to_owned())
}

fn pace(text: &str) -> Result<Pace, String> {
    let bad = || format!("'{text}' is no speed: max, real or a number such as 10 is wanted");
    match text {
        "max" => Ok(Pace::Max),
        "real" => Ok(Pace::Times(1.0)),
        _ => text.parse().ok().filter(|n: &f64| n.is_finite() && *n > 0.0).map(Pace::Times).ok_or_else(bad),
    }
}

/// How far a replay has come, for whoever waits at a terminal.
struct Bar {
    bar: ProgressBar,
    done: u64,
    current: (PathBuf, u64),
}

impl Bar {
    fn new(files: &[PathBuf]) -> Self {
        // A pipe has no size, and what is left of it nobody knows.
        let size: Option<u64> =
            files.iter().map(|file| file.metadata().ok().filter(Metadata::is_file).map(|m| m.len())).sum();
        let bar = if io::stderr().is_terminal() { ProgressBar::new(size.unwrap_or(0)) } else { ProgressBar::hidden() };
        let style = match size {
            Some(_) => "{bar:30} {percent:>3} %  {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left  {msg}",
            None => "{spinner} {bytes}, {bytes_per_sec}  {msg}",
        };
        bar.set_style(ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()));
        Bar { bar, done: 0, current: (PathBuf::new(), 0) }
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Bar {
    fn advanced(&mut self, path: &Path, _frames: u64, bytes: u64) {
        if self.current.0 != path {
            self.done += self.current.1;
            self.current.0 = path.to_owned();
            self.bar.set_message(name(path));
        }
        self.current.1 = bytes;
        self.bar.set_position(self.done + bytes);
    }
}
