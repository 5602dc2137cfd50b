//! From files to [`Indicators`]: what is wrong is named, and the rest loads.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::{Indicator, IndicatorKind, Indicators, csv, misp, stix};
use crate::event::{Timestamp, clean_text};

/// The largest list that is read.
const MAX_FILE: u64 = 64 << 20;
/// Indicators in all; each takes about 200 bytes.
const MAX_INDICATORS: usize = 500_000;
/// Faults that are kept of one file; more are counted.
const MAX_FAULTS: usize = 100;
/// Characters kept of what a list says about an indicator.
const MAX_ABOUT: usize = 200;

/// What of a list cannot be used.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IndicatorFault {
    pub file: PathBuf,
    /// Line, object or attribute; empty for the whole file.
    pub place: String,
    pub reason: String,
}

impl fmt::Display for IndicatorFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file.display())?;
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        f.write_str(&self.reason)
    }
}

/// What loading brought.
#[derive(Default, Debug)]
pub struct IndicatorReport {
    pub indicators: Indicators,
    pub faults: Vec<IndicatorFault>,
    /// A whole file could not be read: whoever has an older set keeps it.
    pub is_broken: bool,
}

/// Takes the rows of one list.
pub struct Rows<'a> {
    report: &'a mut IndicatorReport,
    file: &'a Path,
    list: Arc<str>,
    faults: usize,
    full: bool,
    /// For how long an indicator speaks whose list gives a date and no end.
    lifetime: Option<Duration>,
}

/// Loads lists (`.csv`, `.json`), and from folders all that end so. `lifetime` is for indicators whose list says since when
/// they are known, and not until when.
pub fn load(paths: &[PathBuf], lifetime: Option<Duration>) -> IndicatorReport {
    let mut report = IndicatorReport::default();
    for path in paths {
        let files = match files(path) {
            Ok(files) => files,
            Err(error) => {
                report.broken(path, format!("cannot be read: {error}"));
                continue;
            }
        };
        for file in files {
            if let Err(reason) = read(&file, lifetime, &mut report) {
                report.broken(&file, reason);
            }
        }
    }
    report
}

fn files(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir()? {
        let file = entry?.path();
        if file.extension().is_some_and(|ending| ending == "csv" || ending == "json") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn read(file: &Path, lifetime: Option<Duration>, report: &mut IndicatorReport) -> Result<(), String> {
    let size = fs::metadata(file).map_err(|error| format!("cannot be read: {error}"))?.len();
    if size > MAX_FILE {
        return Err(format!("{size} bytes are more than the {MAX_FILE} that a list may have"));
    }
    let bytes = fs::read(file).map_err(|error| format!("cannot be read: {error}"))?;
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut rows = Rows { report, file, list: name.as_str().into(), faults: 0, full: false, lifetime };
    let read = if bytes.trim_ascii_start().starts_with(b"{") || bytes.trim_ascii_start().starts_with(b"[") {
        json(&bytes, &mut rows)
    } else {
        csv::read(&bytes, &mut rows)
    };
    rows.finish();
    read
}

fn json(bytes: &[u8], rows: &mut Rows<'_>) -> Result<(), String> {
    let file: Value = serde_json::from_slice(bytes).map_err(|error| format!("is no JSON: {error}"))?;
    if misp::is(&file) || file.is_array() {
        misp::read(file, rows)
    } else if stix::is(&file) {
        stix::read(file, rows)
    } else {
        Err("is neither a bundle of STIX 2.1 nor an event of MISP".to_owned())
    }
}

impl IndicatorReport {
    fn broken(&mut self, file: &Path, reason: String) {
        self.is_broken = true;
        self.faults.push(IndicatorFault { file: file.to_owned(), place: String::new(), reason });
    }
}

impl Rows<'_> {
    /// Takes what a row names, or why it cannot be read.
    pub fn take(&mut self, place: &str, read: Result<Vec<Indicator>, String>) {
        let indicators = match read {
            Ok(indicators) => indicators,
            Err(reason) => return self.fault(place, reason),
        };
        for indicator in indicators {
            if self.report.indicators.len() >= MAX_INDICATORS {
                if !std::mem::replace(&mut self.full, true) {
                    self.fault(place, format!("from here on left out: {MAX_INDICATORS} indicators are kept"));
                }
                return;
            }
            if let Err(reason) = self.report.indicators.add(indicator, &self.list) {
                self.fault(place, reason);
            }
        }
    }

    pub fn indicator(
        &self,
        kind: IndicatorKind,
        value: &str,
        about: &str,
        expires: Option<Timestamp>,
    ) -> Result<Indicator, String> {
        Ok(Indicator { kind, value: kind.tidy(value)?, about: clean_text(about.as_bytes(), MAX_ABOUT), expires })
    }

    /// When an indicator ends, by what its list says.
    pub fn end(&self, stated: Option<Timestamp>, since: Option<Timestamp>) -> Option<Timestamp> {
        stated.or_else(|| Some(since? + self.lifetime?))
    }

    fn fault(&mut self, place: &str, reason: String) {
        self.faults += 1;
        if self.faults <= MAX_FAULTS {
            let fault = IndicatorFault { file: self.file.to_owned(), place: place.to_owned(), reason };
            self.report.faults.push(fault);
        }
    }

    fn finish(self) {
        if let Some(more) = self.faults.checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
            let reason = format!("{more} further rows cannot be used");
            self.report.faults.push(IndicatorFault { file: self.file.to_owned(), place: String::new(), reason });
        }
    }
}
