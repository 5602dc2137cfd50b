use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sha2::{Digest, Sha256};

use super::address::{Sets, Variables};
use super::bits::HostMarks;
use super::compile::compile;
use super::groups::Groups;
use super::requests::Requests;
use super::rule::Rule;
use super::rule_id::RuleId;
use super::syntax;
use crate::event::{Map, hex};

/// The largest rule file that is read.
const MAX_FILE: u64 = 64 << 20;

/// All rules that loaded, ready to be searched for.
#[derive(Default)]
pub struct RuleSet {
    pub rules: Vec<Rule>,
    /// Rules on payloads.
    pub(super) payload: Groups,
    /// Rules on single TCP segments.
    pub(super) segments: Groups,
    /// Rules on decoded Modbus requests.
    pub(super) modbus: Requests,
    /// Rules on decoded S7comm and S7comm-plus.
    pub(super) s7: Vec<usize>,
    /// Rules on decoded OPC UA.
    pub(super) opcua: Vec<usize>,
    /// Some rule sets marks or asks for them.
    pub(super) has_marks: bool,
    /// What `xbits` set, for all workers; asked only where a rule matches but for them.
    pub(super) host_marks: Mutex<HostMarks>,
}

/// A rule, or a whole file, that did not load.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Refusal {
    pub file: PathBuf,
    /// 0 for the whole file.
    pub line: usize,
    pub sid: Option<u32>,
    pub reason: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        if let Some(sid) = self.sid {
            write!(f, "sid {sid}: ")?;
        }
        f.write_str(&self.reason)
    }
}

/// A rule file in memory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleText {
    /// Where it comes from; its ending tells rules from YARA.
    pub name: PathBuf,
    pub text: String,
}

/// What loading brought.
#[derive(Default)]
pub struct LoadReport {
    pub set: RuleSet,
    /// File and line of each rule of the set.
    pub places: Vec<(Arc<Path>, usize)>,
    pub refusals: Vec<Refusal>,
    /// YARA files found on the way; the scanner loads them.
    pub yara: Vec<RuleText>,
    /// SHA-256 over names and texts of all files.
    pub digest: String,
}

/// Loads rule files, and from folders all that end in `.rules`, `.yar` or `.yara`.
pub fn load(paths: &[PathBuf], variables: &Variables) -> LoadReport {
    let (texts, unreadable) = read_texts(paths);
    let mut report = load_texts(texts, variables);
    report.refusals.splice(0..0, unreadable);
    report
}

/// Reads rule files and folders without loading them; what cannot be read is named.
pub fn read_texts(paths: &[PathBuf]) -> (Vec<RuleText>, Vec<Refusal>) {
    let mut unreadable = Vec::new();
    let mut texts = Vec::new();
    for path in paths {
        match files(path).and_then(|files| files.into_iter().map(read).collect::<io::Result<Vec<_>>>()) {
            Ok(read) => texts.extend(read),
            Err(error) => {
                let reason = format!("cannot be read: {error}");
                unreadable.push(Refusal { file: path.clone(), line: 0, sid: None, reason });
            }
        }
    }
    (texts, unreadable)
}

/// Loads rules that are in memory already.
pub fn load_texts(texts: Vec<RuleText>, variables: &Variables) -> LoadReport {
    let mut report = LoadReport { digest: digest(&texts), ..LoadReport::default() };
    let mut seen = Map::default();
    let mut sets = Sets::new(variables);
    for text in texts {
        if has_extension(&text.name, &["yar", "yara"]) {
            report.yara.push(text);
        } else {
            report.load(&text, &mut sets, &mut seen);
        }
    }
    report.set.prepare();
    report
}

fn digest(texts: &[RuleText]) -> String {
    let mut hasher = Sha256::new();
    for RuleText { name, text } in texts {
        for part in [name.as_os_str().as_encoded_bytes(), text.as_bytes()] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    hex(&hasher.finalize())
}

fn files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in path.read_dir()? {
        let file = entry?.path();
        if has_extension(&file, &["rules", "yar", "yara"]) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn has_extension(path: &Path, wanted: &[&str]) -> bool {
    path.extension().and_then(|e| e.to_str()).is_some_and(|e| wanted.contains(&e))
}

/// Rule files of the field are not always UTF-8 in their comments.
fn read(path: PathBuf) -> io::Result<RuleText> {
    let size = fs::metadata(&path)?.len();
    if size > MAX_FILE {
        return Err(io::Error::other(format!("{size} bytes are more than the {MAX_FILE} that a rule file may have")));
    }
    let text = String::from_utf8_lossy(&fs::read(&path)?).into_owned();
    Ok(RuleText { name: path, text })
}

impl LoadReport {
    fn load(&mut self, text: &RuleText, sets: &mut Sets<'_>, seen: &mut Map<RuleId, usize>) {
        let file: Arc<Path> = text.name.as_path().into();
        for rule in syntax::rules(&text.text) {
            let raw = match rule {
                Ok(raw) => raw,
                Err(error) => {
                    self.refuse(&text.name, error.line, None, error.reason);
                    continue;
                }
            };
            let sid = raw.options.iter().find(|o| o.name == "sid").and_then(|o| o.value.as_deref()?.parse().ok());
            match compile(&raw, sets) {
                Err(reason) => self.refuse(&text.name, raw.line, sid, reason),
                Ok(rule) => self.add(&file, raw.line, rule, seen),
            }
        }
    }

    fn refuse(&mut self, file: &Path, line: usize, sid: Option<u32>, reason: String) {
        self.refusals.push(Refusal { file: file.to_owned(), line, sid, reason });
    }

    fn add(&mut self, path: &Arc<Path>, line: usize, rule: Rule, seen: &mut Map<RuleId, usize>) {
        let name = RuleId { rev: 0, ..rule.id };
        if let Some((file, first)) = seen.get(&name).and_then(|index| self.places.get(*index)) {
            let reason = format!("the number is taken by {}:{first}", file.display());
            return self.refuse(path, line, Some(rule.id.sid), reason);
        }
        seen.insert(name, self.places.len());
        self.set.rules.push(rule);
        self.places.push((Arc::clone(path), line));
    }
}

impl RuleSet {
    fn prepare(&mut self) {
        let (mut payload, mut segments) = (Vec::new(), Vec::new());
        for (index, rule) in self.rules.iter().enumerate() {
            if let Some(condition) = &rule.modbus {
                self.modbus.add(index, condition);
            } else if rule.s7.is_some() {
                self.s7.push(index);
            } else if rule.opcua.is_some() {
                self.opcua.push(index);
            } else if rule.is_of_segments() {
                segments.push(index);
            } else {
                payload.push(index);
            }
        }
        self.has_marks = self.rules.iter().any(|rule| !rule.bits.is_empty());
        self.payload = Groups::build(&self.rules, &payload);
        self.segments = Groups::build(&self.rules, &segments);
    }
}
