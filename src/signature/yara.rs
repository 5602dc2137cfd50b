//! YARA over carried files.

use std::path::PathBuf;

use yara::{Compiler, Metadata, MetadataValue, Rules, RulesetRule};

use super::load::{Refusal, RuleText};
use crate::event::Severity;

/// Seconds that one scan may take.
const TIME_OUT: i32 = 5;

/// All YARA rules that loaded.
#[derive(Default)]
pub struct Scanner {
    rules: Option<Rules>,
    listed: Vec<(PathBuf, YaraMatch)>,
}

/// A rule that loaded or matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct YaraMatch {
    pub rule: String,
    /// `meta: description`, or the rule's name.
    pub message: String,
    /// `meta: description_zh`.
    pub zh: Option<String>,
    /// `meta: technique`, several parted by blanks or commas.
    pub techniques: Vec<String>,
    /// `meta: severity`.
    pub severity: Option<Severity>,
}

impl Scanner {
    /// Compiles files; one that does not compile is named and left out.
    pub fn load(texts: &[RuleText]) -> (Self, Vec<Refusal>) {
        let mut refusals = Vec::new();
        let mut refuse = |text: &RuleText, (line, reason): (usize, String)| {
            refusals.push(Refusal { file: text.name.clone(), line, sid: None, reason });
        };
        let (mut good, mut listed): (Vec<&RuleText>, _) = (Vec::new(), Vec::new());
        for text in texts {
            match compile(&[text]) {
                Ok(rules) => {
                    let read = |rule: RulesetRule<'_>| (text.name.clone(), read_rule(rule.identifier, &rule.metadatas));
                    listed.extend(rules.get_rules().into_iter().map(read));
                    good.push(text);
                }
                Err(why) => refuse(text, why),
            }
        }
        let Some(first) = good.first().copied() else { return (Scanner::default(), refusals) };
        match compile(&good) {
            Ok(rules) => (Scanner { rules: Some(rules), listed }, refusals),
            Err(why) => {
                // Good alone, bad together: two files use the same rule name.
                refuse(first, why);
                (Scanner::default(), refusals)
            }
        }
    }

    /// Rules loaded.
    pub fn len(&self) -> usize {
        self.listed.len()
    }

    pub fn is_empty(&self) -> bool {
        self.listed.is_empty()
    }

    /// The rules loaded, each with its file.
    pub fn listed(&self) -> &[(PathBuf, YaraMatch)] {
        &self.listed
    }

    /// Rules that match. An error is a scan that did not end in time or memory.
    pub fn scan(&self, bytes: &[u8]) -> Result<Vec<YaraMatch>, String> {
        let Some(rules) = &self.rules else { return Ok(Vec::new()) };
        let matches = rules.scan_mem(bytes, TIME_OUT).map_err(|error| error.to_string())?;
        Ok(matches.iter().map(|rule| read_rule(rule.identifier, &rule.metadatas)).collect())
    }
}

fn compile(texts: &[&RuleText]) -> Result<Rules, (usize, String)> {
    let plain = |error: &dyn std::fmt::Display| (0, error.to_string());
    let mut compiler = Compiler::new().map_err(|error| plain(&error))?;
    // A rule file must not read others of the machine.
    compiler.set_include_callback(|_: &str, _: Option<&str>, _: Option<&str>| None::<String>);
    for text in texts {
        // The library takes the text as one that ends at its first zero.
        if text.text.contains('\0') {
            return Err((0, "this is no text: it holds a zero byte".to_owned()));
        }
        compiler = compiler.add_rules_str(&text.text).map_err(|error| explain(&error))?;
    }
    compiler.compile_rules().map_err(|error| plain(&error))
}

/// The first complaint of the compiler, with its line.
fn explain(error: &yara::Error) -> (usize, String) {
    match error {
        yara::Error::Compile(errors) => {
            let first = errors.iter().next();
            first.map_or_else(|| (0, errors.to_string()), |e| (e.line, e.message.clone()))
        }
        other => (0, other.to_string()),
    }
}

fn read_rule(name: &str, metadatas: &[Metadata<'_>]) -> YaraMatch {
    let meta = |name: &str| {
        metadatas.iter().find(|meta| meta.identifier == name).and_then(|meta| match &meta.value {
            MetadataValue::String(text) => Some((*text).to_owned()),
            _ => None,
        })
    };
    let techniques = meta("technique").unwrap_or_default();
    YaraMatch {
        rule: name.to_owned(),
        message: meta("description").unwrap_or_else(|| name.to_owned()),
        zh: meta("description_zh"),
        techniques: techniques.split([' ', ',']).filter(|t| !t.is_empty()).map(str::to_owned).collect(),
        severity: meta("severity").and_then(|name| Severity::ALL.into_iter().find(|one| one.name() == name)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanner(text: &str) -> (Scanner, Vec<Refusal>) {
        Scanner::load(&[RuleText { name: "test.yar".into(), text: text.to_owned() }])
    }

    #[test]
    fn what_a_rule_says_of_itself_comes_with_its_match() {
        let (scanner, refusals) = scanner(concat!(
            "rule told { meta: description = \"D\" description_zh = \"丁\" technique = \"T0843, T0889\" severity = \"low\" ",
            "condition: uint16be(0) == 0x7070 }\nrule other { condition: filesize > 99 }",
        ));
        assert_eq!((scanner.len(), refusals), (2, Vec::new()));
        let found = scanner.scan(b"pp\x01").unwrap();
        let expected = YaraMatch {
            rule: "told".to_owned(),
            message: "D".to_owned(),
            zh: Some("丁".to_owned()),
            techniques: vec!["T0843".to_owned(), "T0889".to_owned()],
            severity: Some(Severity::Low),
        };
        assert_eq!(found, [expected]);
        let listed: Vec<&str> = scanner.listed().iter().map(|(_, rule)| rule.rule.as_str()).collect();
        assert_eq!(listed, ["told", "other"]);
    }

    #[test]
    fn a_file_that_is_no_text_is_refused() {
        let (scanner, refusals) = scanner("rule a { condition: true }\0");
        assert!(scanner.is_empty());
        assert!(refusals[0].reason.contains("no text"), "{refusals:?}");
    }

    #[test]
    fn a_file_that_includes_another_is_refused() {
        let (scanner, refusals) = scanner("include \"/etc/passwd\"\nrule a { condition: true }");
        assert!(scanner.is_empty());
        assert!(refusals[0].reason.contains("/etc/passwd") && refusals[0].line == 1, "{refusals:?}");
    }
}
