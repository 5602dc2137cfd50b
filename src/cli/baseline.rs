use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::baseline::{Baseline, LearningRule, Policy, Row, RowFault, RowId, RowQuery};

/// Lists what was learnt, row by row, and takes rows out.
///
/// Works on the baseline of a stopped box's folder or on a file of 'replay --learn'; a running box has the same at
/// /api/v1/baseline.
///
/// Examples:
///   fengsui baseline list normal.json --search 10.1.1.5
///   fengsui baseline remove normal.json 'host|10.1.1.66'
///   fengsui baseline forget normal.json 10.1.1.66
///   fengsui baseline join normal.json other-box.json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct BaselineCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints each row: its name, what is normal, how often and since when
    List {
        file: PathBuf,
        /// Only rows with this text in addresses, protocol, function or object
        #[arg(long, default_value = "")]
        search: String,
    },
    /// Forgets a row with all that hangs on it
    Remove { file: PathBuf, row: String },
    /// Forgets a device with all that it taught
    Forget { file: PathBuf, address: String },
    /// Takes over what another box learnt
    Join { file: PathBuf, other: PathBuf },
}

impl BaselineCommand {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self.what {
            What::List { file, search } => {
                let query = RowQuery { search: search.to_lowercase(), ..RowQuery::default() };
                let baseline = read(&file)?;
                let (_, rows) = baseline.rows(&query, 0, usize::MAX);
                rows.iter().try_for_each(|row| print(row, baseline.policy()))?;
            }
            What::Remove { file, row } => {
                let mut baseline = read(&file)?;
                let id: RowId = row.parse().map_err(|e| format!("{e}: 'fengsui baseline list' prints their names"))?;
                baseline.remove(&id).map_err(|fault| match fault {
                    RowFault::Unknown => format!("'{row}' is not in {}", file.display()),
                    RowFault::Locked => format!("'{row}' is locked; unlock it in the console first"),
                })?;
                write(&file, &baseline)?;
            }
            What::Forget { file, address } => {
                let mut baseline = read(&file)?;
                let device = crate::baseline::address(&address);
                let device = device.ok_or_else(|| format!("'{address}' is neither an IP nor a MAC address"))?;
                writeln!(io::stdout(), "{} rows forgotten", baseline.forget(&device))?;
                write(&file, &baseline)?;
            }
            What::Join { file, other } => {
                let mut baseline = read(&file)?;
                writeln!(io::stdout(), "{} rows taken over", baseline.take_over(read(&other)?))?;
                write(&file, &baseline)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(file: &Path) -> Result<Baseline, String> {
    let bytes = fs::read(file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
    Baseline::import(&bytes, LearningRule::PLANT)
        .map_err(|e| format!("{} is no baseline: {e}; make one with 'fengsui replay --learn'", file.display()))
}

fn write(file: &Path, baseline: &Baseline) -> Result<(), Box<dyn Error>> {
    let draft = file.with_extension("draft");
    fs::write(&draft, baseline.export()?)?;
    Ok(fs::rename(&draft, file)?)
}

/// Times by the plant's clock.
fn print(row: &Row, policy: &Policy) -> io::Result<()> {
    let lock = if row.locked { " locked" } else { "" };
    let [first, last] = [row.first, row.last].map(|ts| ts.by_clock(policy.minutes_ahead(ts)));
    writeln!(io::stdout(), "{}\t{}\t{}\t{first}\t{last}{lock}", row.id, row.normal, row.count)
}
