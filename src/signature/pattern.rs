//! `pcre:` by an engine of linear time.

use regex::bytes::{Regex, RegexBuilder};

use super::buffer::Buffer;

/// Memory that one `pcre` may take when compiled.
const MAX_REGEX_BYTES: usize = 1 << 20;

#[derive(Clone, Debug)]
pub struct Pattern {
    regex: Regex,
    /// What must not stand behind a match: a negative look-ahead at the pattern's end.
    not_then: Option<Regex>,
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
        let regex = built(&if anchored { format!(r"\A(?:{body})") } else { body.to_owned() }, flags)?;
        let not_then = not_then.map(|body| built(&format!(r"\A(?:{body})"), flags)).transpose()?;
        Ok(Pattern {
            regex,
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
            let found = self.regex.find_at(region, from)?;
            let rest = region.get(found.end()..).unwrap_or_default();
            if self.not_then.as_ref().is_none_or(|not_then| !not_then.is_match(rest)) {
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

fn built(source: &str, flags: &str) -> Result<Regex, String> {
    let mut builder = RegexBuilder::new(source);
    builder.unicode(false).size_limit(MAX_REGEX_BYTES);
    for flag in flags.chars() {
        match flag {
            'i' => builder.case_insensitive(true),
            's' => builder.dot_matches_new_line(true),
            'm' => builder.multi_line(true),
            'x' => builder.ignore_whitespace(true),
            'G' => builder.swap_greed(true),
            // Anchors, place, Snort's way of keeping an expression out of its fast search, raw bytes.
            'R' | 'A' | 'O' | 'B' => continue,
            flag if part(flag).is_some() => continue,
            other => return Err(format!("flag '{other}' is not supported")),
        };
    }
    builder.build().map_err(|error| one_line(&error.to_string()))
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
    fn flags_and_escapes() {
        assert_eq!(find(r#""/A\/\;/i""#, b"xa/;"), Some((1, 4)));
        assert_eq!(Pattern::parse("\"/x/U\"").unwrap().buffer, Some(Buffer::HttpUri));
        assert!(Pattern::parse("\"/x/Q\"").unwrap_err().contains("'Q'"));
    }
}
