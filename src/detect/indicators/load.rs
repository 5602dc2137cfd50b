//! From files to [`Indicators`]: what is wrong is named, and the rest loads.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::report::{IndicatorReport, Rows};
use super::{csv, misp, stix};

/// The largest list that is read.
const MAX_FILE: u64 = 64 << 20;

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
    let mut rows = Rows::new(report, file, &name, lifetime);
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
