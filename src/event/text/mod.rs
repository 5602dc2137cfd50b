//! The two language files and how to say something from them.
//!
//! Every sentence for people stands in `zh.json` and `en.json` under the same key, with `{name}` where an argument goes;
//! the console's front end reads the same two files.

use std::fmt::Write;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Map, Reason};

static ZH: LazyLock<Map<String, String>> = LazyLock::new(|| load(include_str!("zh.json")));
static EN: LazyLock<Map<String, String>> = LazyLock::new(|| load(include_str!("en.json")));

/// A language of the product.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    fn table(self) -> &'static Map<String, String> {
        match self {
            Lang::Zh => &ZH,
            Lang::En => &EN,
        }
    }

    pub fn keys(self) -> impl Iterator<Item = &'static str> {
        self.table().keys().map(String::as_str)
    }

    /// The sentence of a key; the key itself where it is missing, so that a gap shows and nothing breaks.
    pub fn text(self, key: &str) -> String {
        self.table().get(key).map_or_else(|| key.to_owned(), Clone::clone)
    }

    /// The sentence of a key with its arguments filled in.
    pub fn say(self, key: &str, args: &[(impl AsRef<str>, String)]) -> String {
        let mut said = String::new();
        let text = self.text(key);
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let Some((name, tail)) = after.split_once('}') else {
                said.push('{');
                rest = after;
                continue;
            };
            match args.iter().find(|(given, _)| given.as_ref() == name) {
                Some((_, value)) => said.push_str(value),
                None => {
                    let _ = write!(said, "{{{name}}}");
                }
            }
            rest = tail;
        }
        said.push_str(rest);
        said
    }

    pub fn reason(self, reason: &Reason) -> String {
        self.say(&reason.key, &reason.args)
    }
}

/// The files are compiled in; a test reads them, so that a broken one does not come this far.
fn load(json: &str) -> Map<String, String> {
    serde_json::from_str(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn both_languages_say_the_same_things() {
        let keys = |lang: Lang| lang.keys().collect::<BTreeSet<_>>();
        assert!(keys(Lang::Zh).len() > 50, "the files are read");
        let difference: Vec<_> = keys(Lang::Zh).symmetric_difference(&keys(Lang::En)).copied().collect();
        assert!(difference.is_empty(), "keys in one file only: {difference:?}");
    }

    #[test]
    fn both_languages_use_the_same_arguments() {
        let arguments = |lang: Lang, key: &str| {
            let text = lang.text(key);
            text.split('{')
                .skip(1)
                .filter_map(|t| t.split_once('}').map(|(n, _)| n.to_owned()))
                .collect::<BTreeSet<_>>()
        };
        for key in Lang::Zh.keys() {
            assert_eq!(arguments(Lang::Zh, key), arguments(Lang::En, key), "{key}");
        }
    }

    #[test]
    fn arguments_are_filled_in_once_and_never_read_again() {
        let reason = Reason::new("reason.address_outside").with("object", "{client}");
        assert!(Lang::En.reason(&reason).contains("{client}"), "an argument from the wire is no template");
    }
}
