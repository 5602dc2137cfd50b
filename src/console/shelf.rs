//! Where the rules in use come from: those of the configuration or the shipped ones, and beside them the files that
//! people brought through the console. Loading them anew replaces all at once.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::views::Text;
use crate::signature::{self, LoadReport, Refusal, RuleText, Scanner, default_variables};

/// Rule files that people may bring, and bytes of each.
pub const MAX_FILES: usize = 100;
pub const MAX_FILE: usize = 16 << 20;

/// The sources of the rules and what was loaded from them last.
pub struct RuleShelf {
    sources: Mutex<Sources>,
    /// Of the files that people brought.
    folder: PathBuf,
    listing: Mutex<Arc<Listing>>,
}

#[derive(Clone)]
struct Sources {
    /// The shipped rules where there is none.
    paths: Vec<PathBuf>,
    variables: BTreeMap<String, String>,
}

/// Rules ready to use, and those that are not.
pub struct Loading {
    pub report: LoadReport,
    pub scanner: Scanner,
}

/// What is in use, for people.
#[derive(Default)]
pub struct Listing {
    pub rules: Vec<ListedRule>,
    pub refusals: Vec<Refusal>,
}

/// A rule in use.
pub struct ListedRule {
    /// `gid:sid`, or the name of a YARA rule.
    pub name: String,
    pub revision: u32,
    pub message: Text,
    pub severity: Option<crate::event::Severity>,
    pub techniques: Vec<String>,
    pub classtype: Option<String>,
    pub limits: Vec<String>,
    pub file: String,
    pub line: usize,
    /// A person brought it.
    pub brought: bool,
}

impl RuleShelf {
    pub fn new(paths: Vec<PathBuf>, variables: BTreeMap<String, String>, folder: PathBuf) -> Self {
        RuleShelf { sources: Mutex::new(Sources { paths, variables }), folder, listing: Mutex::default() }
    }

    /// Takes other sources, as a changed configuration names them, if all of theirs loads; else the old ones stay.
    pub fn take_sources(
        &self,
        paths: Vec<PathBuf>,
        variables: BTreeMap<String, String>,
    ) -> Result<Loading, Vec<Refusal>> {
        let old = self.put_sources(Sources { paths, variables });
        let loading = self.load();
        let refusals: Vec<Refusal> = self.refusals(&loading).cloned().collect();
        if refusals.is_empty() {
            return Ok(loading);
        }
        self.put_sources(old);
        Err(refusals)
    }

    /// What of the configuration's own rules does not load; of a file that somebody brought that was said then.
    pub fn refusals<'a>(&self, loading: &'a Loading) -> impl Iterator<Item = &'a Refusal> {
        loading.report.refusals.iter().filter(|refusal| !refusal.file.starts_with(&self.folder))
    }

    fn put_sources(&self, sources: Sources) -> Sources {
        std::mem::replace(&mut *self.sources.lock().unwrap_or_else(PoisonError::into_inner), sources)
    }

    /// Reads and compiles everything.
    pub fn load(&self) -> Loading {
        let (texts, unreadable) = self.texts(None);
        self.compile(texts, unreadable)
    }

    /// The same with one file added or replaced, which is only in memory.
    pub fn load_with(&self, name: &str, text: String) -> Loading {
        let (mut texts, unreadable) = self.texts(Some(name));
        texts.push(RuleText { name: self.folder.join(name), text });
        self.compile(texts, unreadable)
    }

    /// Only this text, with the variables in use.
    pub fn load_alone(&self, name: &str, text: String) -> Loading {
        self.compile(vec![RuleText { name: PathBuf::from(name), text }], Vec::new())
    }

    /// Notes what is in use from now on.
    pub fn note(&self, loading: &Loading) {
        let listing = Arc::new(self.list(loading));
        *self.listing.lock().unwrap_or_else(PoisonError::into_inner) = listing;
    }

    pub fn listing(&self) -> Arc<Listing> {
        Arc::clone(&self.listing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Names of the files that people brought.
    pub fn files(&self) -> Vec<String> {
        let Ok(entries) = self.folder.read_dir() else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.filter(|name| is_rule_file(name)).take(MAX_FILES).collect();
        names.sort();
        names
    }

    /// Puts a file there as a whole or not at all.
    pub fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let beside = self.folder.join(format!(".{name}.new"));
        std::fs::write(&beside, text)?;
        std::fs::rename(beside, self.folder.join(name))
    }

    pub fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.folder.join(name))
    }

    /// Whether a rule or a refusal comes from this file that a person brought.
    pub fn is_file(&self, file: &Path, name: &str) -> bool {
        file == self.folder.join(name)
    }

    fn compile(&self, texts: Vec<RuleText>, unreadable: Vec<Refusal>) -> Loading {
        let mut variables = default_variables();
        variables.extend(self.sources.lock().unwrap_or_else(PoisonError::into_inner).variables.clone());
        let mut report = signature::load_texts(texts, &variables);
        report.refusals.splice(0..0, unreadable);
        let (scanner, refusals) = Scanner::load(&report.yara);
        report.refusals.extend(refusals);
        Loading { report, scanner }
    }

    /// All texts but one file that is to be replaced.
    fn texts(&self, without: Option<&str>) -> (Vec<RuleText>, Vec<Refusal>) {
        let sources = self.sources.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (mut texts, mut unreadable) = if sources.paths.is_empty() {
            (signature::shipped(), Vec::new())
        } else {
            signature::read_texts(&sources.paths)
        };
        let wanted = |name: &String| without.is_none_or(|without| without != name);
        let brought: Vec<PathBuf> = self.files().iter().filter(|n| wanted(n)).map(|n| self.folder.join(n)).collect();
        let (more, faults) = signature::read_texts(&brought);
        texts.extend(more);
        unreadable.extend(faults);
        (texts, unreadable)
    }

    fn list(&self, loading: &Loading) -> Listing {
        let brought = |file: &Path| file.starts_with(&self.folder);
        let rules =
            loading.report.set.rules.iter().zip(&loading.report.places).map(|(rule, (file, line))| ListedRule {
                name: format!("{}:{}", rule.id.gid, rule.id.sid),
                revision: rule.id.rev,
                message: Text { zh: rule.zh.clone().unwrap_or_else(|| rule.message.clone()), en: rule.message.clone() },
                severity: Some(rule.severity),
                techniques: rule.techniques.clone(),
                classtype: rule.classtype.clone(),
                limits: rule.limits.clone(),
                file: file.display().to_string(),
                line: *line,
                brought: brought(file),
            });
        let yara = loading.scanner.listed().iter().map(|(file, rule)| ListedRule {
            name: rule.rule.clone(),
            revision: 0,
            message: Text { zh: rule.zh.clone().unwrap_or_else(|| rule.message.clone()), en: rule.message.clone() },
            severity: rule.severity,
            techniques: rule.techniques.clone(),
            classtype: Some("yara".to_owned()),
            limits: Vec::new(),
            file: file.display().to_string(),
            line: 0,
            brought: brought(file),
        });
        Listing { rules: rules.chain(yara).collect(), refusals: loading.report.refusals.clone() }
    }
}

/// A plain name of a rule file: nothing that leads elsewhere.
pub fn is_rule_file(name: &str) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    (1..=100).contains(&name.len())
        && matches!(ending, "rules" | "yar" | "yara")
        && !name.starts_with('.')
        && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_rule_files() {
        for good in ["mine.rules", "a-b_c.yar", "x.yara"] {
            assert!(is_rule_file(good), "{good}");
        }
        for bad in ["", ".rules", "../x.rules", "a/b.rules", "x.txt", "规则.rules", "x.rules\n"] {
            assert!(!is_rule_file(bad), "{bad}");
        }
    }

    #[test]
    fn a_file_that_is_brought_joins_the_shipped_rules_and_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let shelf = RuleShelf::new(Vec::new(), BTreeMap::new(), folder.path().join("rules"));
        let shipped = shelf.load().report.set.rules.len();
        let rule = |sid: u32| format!("alert tcp any any -> any 502 (msg:\"mine\"; content:\"|00 01|\"; sid:{sid};)\n");
        shelf.keep("mine.rules", &rule(9_000_001)).unwrap();
        assert_eq!(shelf.load().report.set.rules.len(), shipped + 1);
        let tried = shelf.load_with("mine.rules", rule(9_000_002) + &rule(9_000_003));
        assert_eq!(tried.report.set.rules.len(), shipped + 2, "the file in memory takes the place of the one on disk");
        shelf.note(&tried);
        assert!(shelf.listing().rules.iter().any(|rule| rule.name == "1:9000003" && rule.brought));
    }
}
