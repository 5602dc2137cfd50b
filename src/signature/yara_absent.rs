//! Stands in for the scanner in a build without the `yara` feature: says so for each file, and never matches.

use std::path::PathBuf;

use super::load::{Refusal, RuleText};
use crate::event::Severity;

/// Holds no rule.
#[derive(Default)]
pub struct Scanner;

/// A rule that matched; there is none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct YaraMatch {
    pub rule: String,
    pub message: String,
    pub zh: Option<String>,
    pub techniques: Vec<String>,
    pub severity: Option<Severity>,
}

impl Scanner {
    pub fn load(texts: &[RuleText]) -> (Self, Vec<Refusal>) {
        let refuse = |text: &RuleText| Refusal {
            file: text.name.clone(),
            line: 0,
            sid: None,
            reason: "this binary was built without yara".to_owned(),
        };
        (Scanner, texts.iter().map(refuse).collect())
    }

    pub fn len(&self) -> usize {
        0
    }

    pub fn is_empty(&self) -> bool {
        true
    }

    pub fn listed(&self) -> &[(PathBuf, YaraMatch)] {
        &[]
    }

    pub fn scan(&self, _bytes: &[u8]) -> Result<Vec<YaraMatch>, String> {
        Ok(Vec::new())
    }
}
