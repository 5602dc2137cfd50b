use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::run;
use crate::config::{Config, DEFAULT, DEFAULT_RECEIVER, Receiver};
use crate::output::tls;

/// Prints the documented default configuration, or checks one.
///
/// Examples:
///   fengsui config default > /etc/fengsui.toml
///   fengsui config check /etc/fengsui.toml
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every key with its default and what it means
    Default {
        /// The next tier's receiver and not the appliance
        #[arg(long)]
        receiver: bool,
    },
    /// Says what is wrong: key, value and fix
    Check {
        file: PathBuf,
        /// The next tier's receiver and not the appliance
        #[arg(long)]
        receiver: bool,
    },
}

/// All that `run` would stumble over, beside what only shows when it runs.
fn check(file: &Path) -> Result<(), Box<dyn Error>> {
    let config = Config::read(file)?;
    tls::install_provider();
    let (shelf, loading) = run::shelf(&config);
    let refusals: Vec<_> = shelf.refusals(&loading).collect();
    if let Some(first) = refusals.first() {
        let (count, list) = (refusals.len(), "'fengsui rules check' lists them");
        return Err(format!("rules.paths: {count} rules do not load, the first is {first}; {list}").into());
    }
    run::options(&config, shelf, loading, config.capture.interfaces.len())?;
    Ok(())
}

impl ConfigCommand {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let mut out = io::stdout();
        match self.what {
            What::Default { receiver } => {
                let text = if receiver { DEFAULT_RECEIVER } else { DEFAULT };
                out.write_all(text.as_bytes())?;
            }
            What::Check { file, receiver } => {
                if receiver {
                    Receiver::read(&file)?;
                } else {
                    check(&file)?;
                }
                writeln!(out, "{} is right", file.display())?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
