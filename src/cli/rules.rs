use std::collections::BTreeMap;
use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::json;

use crate::event::hex;
use crate::signature::{self, Refusal, Rule, RuleSet, Scanner, default_variables};

/// Checks or lists rule files.
///
/// Without a path, the shipped rules. A rule that does not load is named with its file, its line and the reason; then the
/// exit code is 1. A rule that loads and is less than its author meant is named with its limit.
///
/// Examples:
///   fengsui rules check /etc/fengsui/rules
///   fengsui rules list --json
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Rules {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// What loads and what does not, per rule with file and line
    Check(Paths),
    /// The rules that load
    List(Paths),
}

#[derive(Args)]
struct Paths {
    /// Rule files (.rules, .yar) or folders
    paths: Vec<PathBuf>,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
    /// A header variable, such as HOME_NET=[10.0.0.0/8]
    #[arg(long = "var", value_name = "NAME=LIST", value_parser = variable)]
    variables: Vec<(String, String)>,
}

/// Rules ready to use, and those that are not.
pub struct Loaded {
    pub set: RuleSet,
    pub scanner: Scanner,
    pub places: Vec<(Arc<Path>, usize)>,
    pub refusals: Vec<Refusal>,
}

/// Loads rule files, or the shipped rules where none is named.
pub fn load(paths: &[PathBuf], variables: &BTreeMap<String, String>) -> Loaded {
    let mut all = default_variables();
    all.extend(variables.iter().map(|(name, list)| (name.clone(), list.clone())));
    let report =
        if paths.is_empty() { signature::load_texts(signature::shipped(), &all) } else { signature::load(paths, &all) };
    let (scanner, yara_refusals) = Scanner::load(&report.yara);
    let refusals = report.refusals.into_iter().chain(yara_refusals).collect();
    Loaded { set: report.set, scanner, places: report.places, refusals }
}

impl Rules {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let (paths, check) = match self.what {
            What::Check(paths) => (paths, true),
            What::List(paths) => (paths, false),
        };
        let loaded = load(&paths.paths, &paths.variables.iter().cloned().collect());
        if loaded.set.rules.is_empty() && loaded.scanner.is_empty() && loaded.refusals.is_empty() {
            let names: Vec<String> = paths.paths.iter().map(|path| path.display().to_string()).collect();
            return Err(format!("no rule in {}: rule files end in .rules or .yar", names.join(", ")).into());
        }
        let mut out = io::stdout().lock();
        if paths.json {
            print_json(&mut out, &loaded, check)?;
        } else {
            print_text(&mut out, &loaded, check)?;
        }
        Ok(if check && !loaded.refusals.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn print_text(out: &mut dyn Write, loaded: &Loaded, check: bool) -> io::Result<()> {
    if check {
        for refusal in &loaded.refusals {
            writeln!(out, "refused  {refusal}")?;
        }
    }
    for (rule, (file, line)) in loaded.set.rules.iter().zip(&loaded.places) {
        let status = if check { status(rule) } else { LOADS };
        write!(out, "{status:<8} {}:{line}: sid {}: {}", file.display(), rule.id.sid, rule.message)?;
        match rule.limits.join("; ") {
            limits if check && !limits.is_empty() => writeln!(out, " ({limits})")?,
            _ => writeln!(out)?,
        }
    }
    let (rules, yara) = (loaded.set.rules.len(), loaded.scanner.len());
    let limited = loaded.set.rules.iter().filter(|rule| !rule.limits.is_empty()).count();
    let with_limit = if limited > 0 { format!(", {limited} of them with a limit") } else { String::new() };
    writeln!(out, "{rules} rules and {yara} yara rules load{with_limit}, {} are refused", loaded.refusals.len())
}

fn print_json(out: &mut dyn Write, loaded: &Loaded, check: bool) -> io::Result<()> {
    if check {
        for Refusal { file, line, sid, reason } in &loaded.refusals {
            let row = json!({ "status": "refused", "file": file, "line": line, "sid": sid, "reason": reason });
            writeln!(out, "{row}")?;
        }
    }
    for (rule, (file, line)) in loaded.set.rules.iter().zip(&loaded.places) {
        let contents: Vec<String> = rule.contents().map(|content| hex(&content.bytes)).collect();
        let row = json!({
            "status": if check { status(rule) } else { LOADS }, "limits": rule.limits, "file": file, "line": line, "gid": rule.id.gid, "sid": rule.id.sid, "rev": rule.id.rev,
            "message": rule.message, "severity": rule.severity, "techniques": rule.techniques,
            "references": rule.references, "contents": contents,
        });
        writeln!(out, "{row}")?;
    }
    Ok(())
}

const LOADS: &str = "loads";

/// Whether a rule does all that its author meant.
fn status(rule: &Rule) -> &'static str {
    if rule.limits.is_empty() { LOADS } else { "limited" }
}

fn variable(text: &str) -> Result<(String, String), String> {
    let (name, list) = text.split_once('=').ok_or_else(|| format!("'{text}' has no '=' between name and list"))?;
    Ok((name.trim_start_matches('$').to_owned(), list.to_owned()))
}
