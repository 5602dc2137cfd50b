use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use crate::capture;

/// Lists what may be captured on.
///
/// A good capture port is up, has a carrier and no address, and has sent nothing.
///
/// Example: fengsui interfaces --json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Interfaces {
    /// One JSON array
    #[arg(long)]
    json: bool,
}

impl Interfaces {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let interfaces = capture::interfaces();
        let mut out = io::stdout().lock();
        if self.json {
            serde_json::to_writer_pretty(&mut out, &interfaces)?;
            writeln!(out)?;
            return Ok(ExitCode::SUCCESS);
        }
        for interface in interfaces {
            let state = match (interface.up, interface.carrier) {
                (false, _) => "down",
                (true, false) => "no carrier",
                (true, true) => "up",
            };
            let addresses: Vec<String> = interface.addresses.iter().map(ToString::to_string).collect();
            let addresses = if addresses.is_empty() { "no address".to_owned() } else { addresses.join(" ") };
            let sent = interface.sent_frames.map_or_else(String::new, |n| format!("{n} frames sent"));
            writeln!(out, "{:<16} {state:<10} {addresses:<40} {sent}", interface.name)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
