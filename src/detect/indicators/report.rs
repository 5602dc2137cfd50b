//! What loading a list brought, row by row, and what is wrong with it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::{Indicator, IndicatorKind, Indicators};
use crate::event::{Timestamp, clean_text};

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

impl IndicatorReport {
    pub fn broken(&mut self, file: &Path, reason: String) {
        self.is_broken = true;
        self.faults.push(IndicatorFault { file: file.to_owned(), place: String::new(), reason });
    }
}

impl<'a> Rows<'a> {
    /// `list` is what the file is called.
    pub fn new(report: &'a mut IndicatorReport, file: &'a Path, list: &str, lifetime: Option<Duration>) -> Self {
        Rows { report, file, list: list.into(), faults: 0, full: false, lifetime }
    }

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

    pub fn finish(self) {
        if let Some(more) = self.faults.checked_sub(MAX_FAULTS).filter(|more| *more > 0) {
            let reason = format!("{more} further rows cannot be used");
            self.report.faults.push(IndicatorFault { file: self.file.to_owned(), place: String::new(), reason });
        }
    }
}
