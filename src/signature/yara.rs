//! YARA over carried files.

use yara::{Compiler, MetadataValue, Rules};

use super::load::{Refusal, RuleText};

/// Seconds that one scan may take.
const TIME_OUT: i32 = 5;

/// All YARA rules that loaded.
#[derive(Default)]
pub struct Scanner {
    rules: Option<Rules>,
    count: usize,
}

/// A rule that matched.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct YaraMatch {
    pub rule: String,
    /// `meta: description`, or the rule's name.
    pub message: String,
    /// `meta: technique`, several parted by blanks or commas.
    pub techniques: Vec<String>,
    /// `meta: severity`.
    pub severity: Option<String>,
}

impl Scanner {
    /// Compiles files; one that does not compile is named and left out.
    pub fn load(texts: &[RuleText]) -> (Self, Vec<Refusal>) {
        let mut refusals = Vec::new();
        let mut refuse = |text: &RuleText, (line, reason): (usize, String)| {
            refusals.push(Refusal { file: text.name.clone(), line, sid: None, reason });
        };
        let mut good: Vec<&RuleText> = Vec::new();
        for text in texts {
            match compile(&[text]) {
                Ok(_) => good.push(text),
                Err(why) => refuse(text, why),
            }
        }
        let Some(first) = good.first().copied() else { return (Scanner::default(), refusals) };
        match compile(&good) {
            Ok(rules) => {
                let count = rules.get_rules().len();
                (Scanner { rules: Some(rules), count }, refusals)
            }
            Err(why) => {
                // Good alone, bad together: two files use the same rule name.
                refuse(first, why);
                (Scanner::default(), refusals)
            }
        }
    }

    /// Rules loaded.
    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Names of the rules loaded.
    pub fn names(&self) -> Vec<String> {
        let rules = self.rules.iter().flat_map(Rules::get_rules);
        rules.map(|rule| rule.identifier.to_owned()).collect()
    }

    /// Rules that match. An error is a scan that did not end in time or memory.
    pub fn scan(&self, bytes: &[u8]) -> Result<Vec<YaraMatch>, String> {
        let Some(rules) = &self.rules else { return Ok(Vec::new()) };
        let matches = rules.scan_mem(bytes, TIME_OUT).map_err(|error| error.to_string())?;
        Ok(matches.iter().map(read_match).collect())
    }
}

fn compile(texts: &[&RuleText]) -> Result<Rules, (usize, String)> {
    let plain = |error: &dyn std::fmt::Display| (0, error.to_string());
    let mut compiler = Compiler::new().map_err(|error| plain(&error))?;
    // A rule file must not read others of the machine.
    compiler.set_include_callback(|_: &str, _: Option<&str>, _: Option<&str>| None::<String>);
    for text in texts {
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

fn read_match(rule: &yara::Rule<'_>) -> YaraMatch {
    let meta = |name: &str| {
        rule.metadatas.iter().find(|meta| meta.identifier == name).and_then(|meta| match &meta.value {
            MetadataValue::String(text) => Some((*text).to_owned()),
            _ => None,
        })
    };
    let techniques = meta("technique").unwrap_or_default();
    YaraMatch {
        rule: rule.identifier.to_owned(),
        message: meta("description").unwrap_or_else(|| rule.identifier.to_owned()),
        techniques: techniques.split([' ', ',']).filter(|t| !t.is_empty()).map(str::to_owned).collect(),
        severity: meta("severity"),
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
            "rule told { meta: description = \"D\" technique = \"T0843, T0889\" severity = \"low\" ",
            "condition: uint16be(0) == 0x7070 }\nrule other { condition: filesize > 99 }",
        ));
        assert_eq!((scanner.len(), refusals), (2, Vec::new()));
        let found = scanner.scan(b"pp\x01").unwrap();
        let expected = YaraMatch {
            rule: "told".to_owned(),
            message: "D".to_owned(),
            techniques: vec!["T0843".to_owned(), "T0889".to_owned()],
            severity: Some("low".to_owned()),
        };
        assert_eq!(found, [expected]);
    }

    #[test]
    fn a_file_that_includes_another_is_refused() {
        let (scanner, refusals) = scanner("include \"/etc/passwd\"\nrule a { condition: true }");
        assert!(scanner.is_empty());
        assert!(refusals[0].reason.contains("/etc/passwd") && refusals[0].line == 1, "{refusals:?}");
    }
}
