use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;

use super::complain;
use crate::event::EventLine;
use crate::pipeline::{Analyse, Item, Progress, WorkerOptions, replay};

/// Runs captures through the same engine as the wire.
///
/// Reads pcap and pcapng files, or whole folders of them, with packet time as the clock; the result is the same on every
/// run and for every number of workers.
///
/// Example: fengsui replay plant.pcapng --every-operation --events -
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Replay {
    /// Capture files, or folders that hold them
    #[arg(required = true, value_name = "CAPTURE")]
    captures: Vec<PathBuf>,
    /// Write events as JSON lines to this file; `-` is the standard output
    #[arg(long, value_name = "FILE")]
    events: Option<PathBuf>,
    /// Write each operation, and not only what is new
    #[arg(long)]
    every_operation: bool,
    /// Packet threads
    #[arg(long, default_value_t = 1, value_name = "N")]
    workers: usize,
}

impl Replay {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let files = expand(&self.captures)?;
        let names = files.iter().map(|file| Arc::from(name(file).as_str())).collect();
        let options =
            WorkerOptions { flows: Default::default(), every_operation: self.every_operation, captures: names };
        let events = self.events.as_deref().map(open).transpose()?;
        let (mut analyst, faults) = replay(&files, self.workers, &options, &mut Silent, |_| Lines { events });
        if let Some(events) = &mut analyst.events {
            events.flush()?;
        }
        for fault in &faults {
            complain(&fault.to_string());
        }
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

struct Lines {
    events: Option<Box<dyn Write + Send>>,
}

impl Analyse for Lines {
    fn item(&mut self, _worker: usize, item: Item) {
        if let (Item::Event { event, .. }, Some(out)) = (item, &mut self.events) {
            let written = serde_json::to_writer(&mut *out, &EventLine(&event)).map_err(io::Error::from);
            let _ = written.and_then(|()| out.write_all(b"\n"));
        }
    }
}

struct Silent;

impl Progress for Silent {
    fn advanced(&mut self, _: &Path, _: u64, _: u64) {}
}

fn open(path: &Path) -> io::Result<Box<dyn Write + Send>> {
    if path == Path::new("-") {
        return Ok(Box::new(BufWriter::with_capacity(1 << 16, io::stdout())));
    }
    Ok(Box::new(BufWriter::with_capacity(1 << 16, File::create(path)?)))
}

fn name(file: &Path) -> String {
    file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Files as given, folders as the sorted list of what lies in them.
fn expand(captures: &[PathBuf]) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in captures {
        if path.is_dir() {
            let mut inside: Vec<PathBuf> =
                path.read_dir()?.filter_map(|entry| entry.ok().map(|e| e.path())).filter(|p| p.is_file()).collect();
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}
