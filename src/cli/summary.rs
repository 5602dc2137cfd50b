use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::alert::Alert;
use crate::baseline::{Mode, Scenario};
use crate::capture::file::FileError;
use crate::event::{CaptureReport, Lang, Severity};
use crate::pipeline::Analyst;

/// What a replay found, in a few lines.
#[derive(Serialize)]
pub struct Summary {
    v: u32,
    capture: CaptureReport,
    /// Of the bytes given to protocol parsers, those that they could read; 1 where there were none.
    decoded_share: f64,
    assets: usize,
    links: usize,
    /// Operations by protocol and function, as far as the baseline has a row for them.
    functions: BTreeMap<String, u64>,
    learning: BTreeMap<Scenario, Mode>,
    alerts: Vec<AlertRow>,
    faults: Vec<String>,
}

#[derive(Serialize)]
struct AlertRow {
    severity: Severity,
    title: String,
    count: u64,
}

impl Summary {
    pub fn of(analyst: &Analyst, faults: &[FileError]) -> Self {
        let mut functions = BTreeMap::new();
        for link in analyst.baseline().links() {
            for row in &link.functions {
                *functions.entry(format!("{} {}", link.key.service, row.name)).or_default() += row.count;
            }
        }
        let mut alerts: Vec<AlertRow> = analyst.alerts().iter().map(AlertRow::of).collect();
        alerts.sort_by_key(|row| std::cmp::Reverse(row.severity));
        let stage = |scenario| (scenario, analyst.baseline().stage(scenario).mode);
        Summary {
            v: crate::event::SCHEMA_VERSION,
            capture: analyst.health().clone(),
            decoded_share: analyst.health().decoded_share(),
            assets: analyst.inventory().assets().count(),
            links: analyst.inventory().links().count(),
            functions,
            learning: Scenario::ALL.into_iter().map(stage).collect(),
            alerts,
            faults: faults.iter().map(ToString::to_string).collect(),
        }
    }

    pub fn print_json(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self).map_err(io::Error::from)?;
        writeln!(out)
    }

    pub fn print_text(&self, out: &mut dyn Write) -> io::Result<()> {
        let capture = &self.capture;
        writeln!(
            out,
            "{} frames, {} bytes, {} assets, {} links",
            capture.packets, capture.bytes, self.assets, self.links
        )?;
        let unseen = capture.unseen_share() * 100.0;
        writeln!(
            out,
            "not seen: {} of {} acknowledged bytes ({unseen:.2} %), {} frames dropped by the kernel",
            capture.unseen_bytes, capture.acked_bytes, capture.kernel_drops
        )?;
        let decoded = capture.decoded_share() * 100.0;
        writeln!(
            out,
            "decoded: {decoded:.2} % of {} bytes of known protocols, {} bytes not; {} encrypted messages (metadata only)",
            capture.parsed_bytes, capture.undecoded_bytes, capture.encrypted_messages
        )?;
        for (function, count) in &self.functions {
            writeln!(out, "{count:>10}  {function}")?;
        }
        writeln!(out, "{} alerts", self.alerts.len())?;
        for row in &self.alerts {
            writeln!(out, "{:>10}  {} ({} times)", row.severity.name(), row.title, row.count)?;
        }
        Ok(())
    }
}

impl AlertRow {
    fn of(alert: &Alert) -> Self {
        AlertRow { severity: alert.severity, title: alert.title(Lang::En), count: alert.count }
    }
}
