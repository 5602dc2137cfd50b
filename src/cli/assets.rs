use std::error::Error;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};

use super::complain;
use crate::event::Timestamp;
use crate::inventory::Inventory;
use crate::inventory::table::{self, AssetEntry};

/// The file of a data folder that holds the inventory.
pub const INVENTORY: &str = "inventory.json";

/// Lists the assets of a stopped box's folder, takes them out as a table and in again.
///
/// A running box gives and takes the same tables at /api/v1/assets/table. Exit code 1: some rows were refused, and the
/// message says which and why; the others were taken.
///
/// Examples:
///   fengsui assets list --data /var/lib/fengsui
///   fengsui assets export --data case/ --format csv > assets.csv
///   fengsui assets import --data case/ assets.csv
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Assets {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Prints one line for each asset
    List(Folder),
    /// Prints all assets as a table
    Export {
        #[command(flatten)]
        folder: Folder,
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
    },
    /// Takes a table in; known machines get what it says of them, others are added
    Import {
        #[command(flatten)]
        folder: Folder,
        /// A file that ends in .csv or .json
        table: PathBuf,
    },
}

#[derive(Args)]
struct Folder {
    /// The data folder of a box that does not run, or of 'replay --data'
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Json,
}

impl Assets {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        match self.what {
            What::List(folder) => list(&read(&folder.data)?.table())?,
            What::Export { folder, format } => {
                let rows = read(&folder.data)?.table();
                let bytes = if format == Format::Csv { table::to_csv(&rows)? } else { table::to_json(&rows)? };
                io::stdout().write_all(&bytes)?;
            }
            What::Import { folder, table } => return import(&folder.data, &table),
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(data: &Path) -> Result<Inventory, String> {
    let path = data.join(INVENTORY);
    let shown = path.display();
    let bytes = fs::read(&path).map_err(|e| format!("--data: cannot read {shown}: {e}; name a box's data folder"))?;
    Inventory::import(&bytes).map_err(|e| format!("--data: {shown} is no inventory: {e}"))
}

fn list(rows: &[AssetEntry]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for row in rows {
        let addresses = row.ips.iter().chain(&row.macs).cloned().collect::<Vec<_>>().join(" ");
        let role = row.role.or(row.seen_role).map_or("-", crate::inventory::Role::name);
        let name = [&row.name, &row.host_name, &row.model].into_iter().find(|text| !text.is_empty());
        writeln!(out, "{addresses}\t{role}\t{}\t{}", row.vendor, name.map_or("", String::as_str))?;
    }
    Ok(())
}

fn import(data: &Path, path: &Path) -> Result<ExitCode, Box<dyn Error>> {
    let mut inventory = if data.join(INVENTORY).exists() { read(data)? } else { Inventory::default() };
    let bytes = fs::read(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let rows = if is_csv { table::from_csv(&bytes) } else { table::from_json(&bytes) };
    let rows = rows.map_err(|e| format!("{}: {e}", path.display()))?;
    let imported = inventory.take_table(&rows, "command line", Timestamp::now());
    fs::create_dir_all(data)?;
    fs::write(data.join(INVENTORY), inventory.export()?)?;
    for refused in &imported.refused {
        complain(&format!("{}: row {}: {}", path.display(), refused.row, refused.reason));
    }
    writeln!(
        io::stdout(),
        "{} added, {} changed, {} refused",
        imported.added,
        imported.changed,
        imported.refused.len()
    )?;
    Ok(if imported.refused.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
