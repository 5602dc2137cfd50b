//! `pcre:` by an engine of linear time.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;

use super::buffer::Buffer;

/// Memory that one `pcre` may take when compiled.
const MAX_REGEX_BYTES: usize = 1 << 20;

/// A shorter pattern without counted repetition is never that large.
const SMALL: usize = 256;

#[derive(Clone, Debug)]
pub struct Pattern {
    engine: Engine,
    /// What must not stand behind a match: a negative look-ahead at the pattern's end.
    not_then: Option<Engine>,
    pub negated: bool,
    /// Modifier R: search begins where the content before it ended.
    pub relative: bool,
    /// It can match at the start of its region only.
    pub anchored: bool,
    /// Where it looks, if a modifier says so.
    pub buffer: Option<Buffer>,
}

impl Pattern {
    /// `"/regex/flags"`, possibly negated.
    pub fn parse(value: &str) -> Result<Self, String> {
        let (negated, text) = value.strip_prefix('!').map_or((false, value), |rest| (true, rest.trim_start()));
        let text = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).ok_or("the pattern is not in quotes")?;
        let body = text.strip_prefix('/').ok_or("the pattern does not begin with a slash")?;
        let (body, flags) = body.rsplit_once('/').ok_or("the pattern does not end with a slash")?;
        // In a rule a semicolon and a slash are escaped, which the engine does not know.
        let body = body.replace("\\/", "/").replace("\\;", ";").replace("\\\"", "\"");
        let (body, not_then) = match body.rfind("(?!") {
            Some(at) if is_last_group(&body[at..]) => (&body[..at], Some(&body[at + 3..body.len() - 1])),
            _ => (body.as_str(), None),
        };
        let anchored = flags.contains('A');
        let engine = Engine::new(if anchored { format!(r"\A(?:{body})") } else { body.to_owned() }, flags)?;
        let not_then = not_then.map(|body| Engine::new(format!(r"\A(?:{body})"), flags)).transpose()?;
        Ok(Pattern {
            engine,
            not_then,
            negated,
            relative: flags.contains('R'),
            anchored: anchored || body.starts_with('^'),
            buffer: flags.chars().find_map(part),
        })
    }

    pub const fn has_look_ahead(&self) -> bool {
        self.not_then.is_some()
    }

    /// The first match that begins at `from` or behind: its start and end.
    pub fn find(&self, region: &[u8], mut from: usize) -> Option<(usize, usize)> {
        // Each match that the look-ahead forbids costs a search: enough for honest rules, and bounded.
        for _ in 0..MAX_FORBIDDEN {
            if from > region.len() {
                return None;
            }
            let found = self.engine.regex()?.find_at(region, from)?;
            let rest = region.get(found.end()..).unwrap_or_default();
            if self.not_then.as_ref().and_then(Engine::regex).is_none_or(|not_then| !not_then.is_match(rest)) {
                return Some((found.start(), found.end()));
            }
            from = found.start() + 1;
        }
        None
    }
}

/// Matches with the forbidden behind them that are skipped.
const MAX_FORBIDDEN: usize = 64;

/// The text is one group and nothing behind it.
fn is_last_group(text: &str) -> bool {
    let mut depth = 0u32;
    let mut in_class = false;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => {}
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => depth += 1,
            ')' if !in_class => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == text.len();
                }
            }
            _ => {}
        }
        escaped = c == '\\' && !escaped;
    }
    false
}

/// A regular expression, read when its rule is loaded and compiled when it is first asked: of ten thousand rules most are
/// never asked, as something else of them must be there before.
#[derive(Clone, Debug)]
struct Engine {
    source: Box<str>,
    flags: Flags,
    regex: OnceLock<Option<Regex>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    any_case: bool,
    dot_is_any: bool,
    lines: bool,
    spaced: bool,
    lazy: bool,
}

impl Engine {
    fn new(source: String, flags: &str) -> Result<Self, String> {
        let flags = Flags::parse(flags)?;
        let mut parser = ParserBuilder::new();
        parser.unicode(false).utf8(false).case_insensitive(flags.any_case).dot_matches_new_line(flags.dot_is_any);
        parser.multi_line(flags.lines).ignore_whitespace(flags.spaced).swap_greed(flags.lazy);
        parser.build().parse(&source).map_err(|error| one_line(&error.to_string()))?;
        let engine = Engine { source: source.into(), flags, regex: OnceLock::new() };
        if engine.source.len() > SMALL || engine.source.contains('{') {
            let regex = engine.compiled().map_err(|error| one_line(&error.to_string()))?;
            let _ = engine.regex.set(Some(regex));
        }
        Ok(engine)
    }

    fn compiled(&self) -> Result<Regex, regex::Error> {
        let Flags { any_case, dot_is_any, lines, spaced, lazy } = self.flags;
        let mut builder = RegexBuilder::new(&self.source);
        builder.unicode(false).size_limit(MAX_REGEX_BYTES).case_insensitive(any_case);
        builder.dot_matches_new_line(dot_is_any).multi_line(lines).ignore_whitespace(spaced).swap_greed(lazy);
        builder.build()
    }

    /// `None` does not happen to what could be read; it would match nothing.
    fn regex(&self) -> Option<&Regex> {
        self.regex.get_or_init(|| self.compiled().ok()).as_ref()
    }
}

impl Flags {
    fn parse(text: &str) -> Result<Self, String> {
        let mut flags = Flags::default();
        for flag in text.chars() {
            match flag {
                'i' => flags.any_case = true,
                's' => flags.dot_is_any = true,
                'm' => flags.lines = true,
                'x' => flags.spaced = true,
                'G' => flags.lazy = true,
                // Anchors, place, Snort's way of keeping an expression out of its fast search, raw bytes.
                'R' | 'A' | 'O' | 'B' => {}
                flag if part(flag).is_some() => {}
                other => return Err(format!("flag '{other}' is not supported")),
            }
        }
        Ok(flags)
    }
}

/// The part of an HTTP message that a flag names.
const fn part(flag: char) -> Option<Buffer> {
    match flag {
        'U' | 'I' => Some(Buffer::HttpUri),
        'H' | 'D' => Some(Buffer::HttpHeader),
        'M' => Some(Buffer::HttpMethod),
        'P' => Some(Buffer::HttpRequestBody),
        _ => None,
    }
}

/// The last line of the regex engine's drawing says what is wrong.
fn one_line(error: &str) -> String {
    let last = error.lines().last().unwrap_or(error).trim();
    last.strip_prefix("error: ").unwrap_or(last).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(text: &str, region: &[u8]) -> Option<(usize, usize)> {
        Pattern::parse(text).unwrap().find(region, 0)
    }

    #[test]
    fn a_negative_look_ahead_at_the_end_is_kept() {
        assert_eq!(find(r#""/[\S\s]{2}(?!\x00\x00)/iAR""#, &[1, 2, 0, 0]), None);
        assert_eq!(find(r#""/[\S\s]{2}(?!\x00\x00)/iAR""#, &[1, 2, 0, 1]), Some((0, 2)));
        assert_eq!(find(r#""/a(?!b)/""#, b"abac"), Some((2, 3)), "a later match is allowed");
        assert!(Pattern::parse(r#""/(?!a)b/""#).unwrap_err().contains("look-around"));
        assert!(Pattern::parse(r#""/(?=a)b/""#).unwrap_err().contains("look-around"));
    }

    #[test]
    fn forbidden_matches_end_within_bounds() {
        let hostile = b"ab".repeat(5_000);
        assert_eq!(find(r#""/a(?!b)/""#, &hostile), None);
        assert_eq!(find(r#""/(?!a)/""#, &b"a".repeat(5_000)), None);
    }

    #[test]
    fn what_is_too_large_is_refused_when_it_is_read() {
        let error = |text: &str| Pattern::parse(text).unwrap_err();
        assert!(error(r#""/[a-z]{1000}{100}/""#).contains("size limit"), "{}", error(r#""/[a-z]{1000}{100}/""#));
        assert!(Pattern::parse(r#""/(a|b/""#).is_err());
        let widest = r"[\x00\x02\x04\x06\x08\x0a\x0c\x0e]*".repeat(SMALL / 36);
        assert!(Pattern::parse(&format!("\"/{widest}/i\"")).unwrap().find(b"", 0).is_some());
    }

    #[test]
    fn flags_and_escapes() {
        assert_eq!(find(r#""/A\/\;/i""#, b"xa/;"), Some((1, 4)));
        assert_eq!(Pattern::parse("\"/x/U\"").unwrap().buffer, Some(Buffer::HttpUri));
        assert!(Pattern::parse("\"/x/Q\"").unwrap_err().contains("'Q'"));
    }
}
