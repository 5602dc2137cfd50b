//! What keywords about decoded operations have in common, whatever the protocol.

use crate::event::Operation;

/// One of the things that a keyword may ask for.
pub trait Wanted {
    fn holds(&self, operation: &Operation) -> bool;

    /// Whether function and objects alone decide. `negated`: the keyword asks that it be not so.
    fn is_settled(&self, operation: &Operation, negated: bool) -> bool;
}

/// One keyword: any of its alternatives, or none of them where it is negated.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keyword<W> {
    negated: bool,
    any: Vec<W>,
}

impl<W: Wanted> Keyword<W> {
    /// Reads `a, b` or `!a, b`; commas in quotes part nothing.
    pub fn parse(value: &str, one: impl Fn(&str) -> Result<W, String>) -> Result<Self, String> {
        let (negated, list) = value.trim().strip_prefix('!').map_or((false, value), |rest| (true, rest));
        let one = |text: &str| match text.trim() {
            "" => Err("a value is missing".to_owned()),
            text => one(text),
        };
        Ok(Keyword { negated, any: alternatives(list).map(one).collect::<Result<_, _>>()? })
    }

    fn holds(&self, operation: &Operation) -> bool {
        self.any.iter().any(|wanted| wanted.holds(operation)) != self.negated
    }

    fn is_settled(&self, operation: &Operation) -> bool {
        self.any.iter().all(|wanted| wanted.is_settled(operation, self.negated))
    }
}

/// Whether an operation, with or without its answer, meets all keywords.
pub fn all_hold<W: Wanted>(keywords: &[Keyword<W>], operation: &Operation) -> bool {
    keywords.iter().all(|keyword| keyword.holds(operation))
}

/// Whether another request of the same function on the same objects could meet the keywords where this one does not. Such
/// behaviour is never taken for known.
pub fn depend_on_more<W: Wanted>(keywords: &[Keyword<W>], operation: &Operation) -> bool {
    let settled = |keyword: &Keyword<W>| keyword.is_settled(operation);
    !keywords.iter().all(settled)
        && keywords.iter().filter(|keyword| settled(keyword)).all(|keyword| keyword.holds(operation))
}

/// Parts between commas that stand outside of quotes.
fn alternatives(list: &str) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    list.split(move |c| {
        let is_comma = c == ',' && !quoted;
        quoted ^= c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        is_comma
    })
}
