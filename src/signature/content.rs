use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind};
use memchr::memmem::Finder;

use super::operand::{Extracted, Operand};

/// `content:` with its modifiers.
#[derive(Clone, Debug)]
pub struct Content {
    pub bytes: Vec<u8>,
    pub negated: bool,
    pub nocase: bool,
    /// From the payload's start: skip so many bytes, search so many.
    pub offset: Option<Operand>,
    pub depth: Option<Operand>,
    /// From the end of the content before: skip so many bytes (also back), search so many.
    pub distance: Option<Operand>,
    pub within: Option<Operand>,
    /// The content is the last of the payload.
    pub at_end: bool,
    pub fast_pattern: bool,
    /// Made when the content is first looked for: most of ten thousand rules never come so far.
    searcher: OnceLock<Option<Searcher>>,
}

/// Both take time in proportion to what they search, whatever it is.
#[derive(Clone, Debug)]
enum Searcher {
    Exact(Box<Finder<'static>>),
    AnyCase(AhoCorasick),
}

impl Content {
    pub fn new(bytes: Vec<u8>, negated: bool) -> Self {
        Content {
            bytes,
            negated,
            nocase: false,
            offset: None,
            depth: None,
            distance: None,
            within: None,
            at_end: false,
            fast_pattern: false,
            searcher: OnceLock::new(),
        }
    }

    /// So many bytes are enough to hold it.
    pub fn fits(&self, bytes: Operand) -> Result<(), String> {
        match bytes {
            Operand::Is(n) if n < i64::try_from(self.bytes.len()).unwrap_or(i64::MAX) => {
                Err(format!("{n} is less than the content's {} bytes", self.bytes.len()))
            }
            _ => Ok(()),
        }
    }

    pub const fn is_relative(&self) -> bool {
        self.distance.is_some() || self.within.is_some()
    }

    /// Its place is counted from the payload's start.
    pub const fn is_bound(&self) -> bool {
        self.offset.is_some() || self.depth.is_some()
    }

    /// Where the content ends, for each place it is found at within its bounds. `after` is the end of the one before.
    pub fn ends<'a>(
        &'a self,
        payload: &'a [u8],
        after: usize,
        extracted: &Extracted,
    ) -> impl Iterator<Item = usize> + 'a {
        let (mut start, end) = self.bounds(payload.len(), after, extracted);
        if self.at_end {
            start = start.max(payload.len().saturating_sub(self.bytes.len()));
        }
        let region = payload.get(start..end).unwrap_or_default();
        let is_long_enough = region.len() >= self.bytes.len();
        let searcher = if is_long_enough { self.searcher() } else { None };
        let mut from = 0;
        std::iter::from_fn(move || {
            let at = from + searcher?.find(region.get(from..)?)?;
            from = at + 1;
            Some(start + at + self.bytes.len())
        })
    }

    /// All modifiers are known by now. `None` where no automaton can be made of the content, which then is nowhere.
    fn searcher(&self) -> Option<&Searcher> {
        let any_case = self.nocase && self.bytes.iter().any(u8::is_ascii_alphabetic);
        let made = || {
            if !any_case {
                return Some(Searcher::Exact(Box::new(Finder::new(&self.bytes).into_owned())));
            }
            let kind = Some(AhoCorasickKind::ContiguousNFA);
            let automaton = AhoCorasickBuilder::new().ascii_case_insensitive(true).kind(kind).build([&self.bytes]);
            automaton.ok().map(Searcher::AnyCase)
        };
        self.searcher.get_or_init(made).as_ref()
    }

    fn bounds(&self, len: usize, after: usize, extracted: &Extracted) -> (usize, usize) {
        let size = |operand: Operand| operand.size(extracted);
        let (start, most) = if self.is_relative() {
            let distance = self.distance.map_or(0, |operand| operand.value(extracted));
            let distance = isize::try_from(distance).unwrap_or(isize::MAX);
            (after.saturating_add_signed(distance).min(len), self.within.map(size))
        } else {
            (self.offset.map_or(0, size).min(len), self.depth.map(size))
        };
        // Both `depth` and `within` count from where the search begins.
        (start, most.map_or(len, |most| start.saturating_add(most)).min(len))
    }
}

impl Searcher {
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Searcher::Exact(finder) => finder.find(bytes),
            Searcher::AnyCase(automaton) => automaton.find(bytes).map(|found| found.start()),
        }
    }
}

/// Reads `"text|0A 0b|text"`: bytes between bars are hexadecimal, a backslash keeps the next character from having a
/// meaning.
pub fn parse_bytes(text: &str) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '|' => {
                let hex: String = chars.by_ref().take_while(|c| *c != '|').filter(|c| !c.is_whitespace()).collect();
                if !hex.len().is_multiple_of(2) {
                    return Err(format!("'|{hex}|' has half a byte"));
                }
                for pair in hex.as_bytes().chunks(2) {
                    let pair = std::str::from_utf8(pair).unwrap_or_default();
                    bytes.push(u8::from_str_radix(pair, 16).map_err(|_| format!("'{pair}' is no hexadecimal byte"))?);
                }
            }
            '\\' => bytes.extend(chars.next().map(|c| c.to_string()).unwrap_or_default().bytes()),
            c => bytes.extend(c.to_string().bytes()),
        }
    }
    if bytes.is_empty() { Err("an empty content matches everything".to_owned()) } else { Ok(bytes) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(text: &str, change: impl Fn(&mut Content)) -> Content {
        let mut content = Content::new(parse_bytes(text).unwrap(), false);
        change(&mut content);
        content
    }

    #[test]
    fn hexadecimal_and_escaped_bytes() {
        assert_eq!(parse_bytes("a|00 5A|\\\"z").unwrap(), b"a\x00\x5a\"z");
        assert!(parse_bytes("|0|").unwrap_err().contains("half"));
        assert!(parse_bytes("|zz|").unwrap_err().contains("zz"));
        assert!(parse_bytes("").is_err());
    }

    #[test]
    fn offset_and_depth_bound_the_search() {
        let at = |offset, depth: Option<i64>| {
            content("ab", |c| {
                c.offset = Some(Operand::Is(offset));
                c.depth = depth.map(Operand::Is);
            })
        };
        assert_eq!(at(0, Some(2)).ends(b"xxab", 0, &[0; 4]).next(), None);
        assert_eq!(at(2, Some(2)).ends(b"xxab", 0, &[0; 4]).next(), Some(4));
        assert_eq!(at(9, None).ends(b"xxab", 0, &[0; 4]).next(), None);
    }

    #[test]
    fn distance_may_go_back_and_within_bounds_it() {
        let relative = |distance, within: Option<i64>| {
            content("ab", |c| {
                c.distance = Some(Operand::Is(distance));
                c.within = within.map(Operand::Is);
            })
        };
        assert_eq!(relative(0, Some(2)).ends(b"0123ab", 4, &[0; 4]).next(), Some(6));
        assert_eq!(relative(1, Some(2)).ends(b"0123ab", 4, &[0; 4]).next(), None);
        assert_eq!(relative(-2, None).ends(b"0123ab", 6, &[0; 4]).next(), Some(6));
    }

    #[test]
    fn at_the_end_means_the_last_bytes() {
        let content = content("ab", |c| c.at_end = true);
        assert_eq!(content.ends(b"abxab", 0, &[0; 4]).collect::<Vec<_>>(), [5]);
        assert_eq!(content.ends(b"abx", 0, &[0; 4]).next(), None);
        assert_eq!(content.ends(b"b", 0, &[0; 4]).next(), None);
    }

    #[test]
    fn overlapping_places_are_all_found() {
        let content = content("aa", |c| c.nocase = true);
        assert_eq!(content.ends(b"AaA", 0, &[0; 4]).collect::<Vec<_>>(), [2, 3]);
    }
}
