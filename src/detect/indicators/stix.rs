//! Bundles of STIX 2.1 as JSON: their indicators, of whose patterns we read comparisons that are joined by OR. What an AND
//! joins would be said too often where only one of its parts is seen, and is refused.

use serde::Deserialize;
use serde_json::Value;

use super::report::Rows;
use super::{Indicator, IndicatorKind, time};

/// Comparisons in one pattern.
const MAX_COMPARISONS: usize = 10_000;

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    pattern: String,
    #[serde(default)]
    pattern_type: String,
    #[serde(default)]
    valid_from: Option<String>,
    #[serde(default)]
    valid_until: Option<String>,
    #[serde(default)]
    revoked: bool,
}

/// Whether a file is of this kind.
pub fn is(file: &Value) -> bool {
    file.get("type").is_some_and(|kind| kind == "bundle" || kind == "indicator")
}

pub fn read(mut file: Value, rows: &mut Rows<'_>) -> Result<(), String> {
    let objects = match file.get_mut("objects").map(Value::take) {
        Some(Value::Array(objects)) => objects,
        Some(_) => return Err("'objects' is no list".to_owned()),
        None => vec![file],
    };
    for object in objects.into_iter().filter(|object| object.get("type").is_some_and(|kind| kind == "indicator")) {
        match Object::deserialize(object) {
            Ok(object) => {
                let read = object.read(rows);
                rows.take(&object.id, read);
            }
            Err(error) => rows.take("an indicator", Err(error.to_string())),
        }
    }
    Ok(())
}

impl Object {
    fn read(&self, rows: &Rows<'_>) -> Result<Vec<Indicator>, String> {
        if self.revoked {
            return Ok(Vec::new());
        }
        if !matches!(self.pattern_type.as_str(), "stix" | "") {
            return Err(format!("its pattern is of the type '{}': stix is wanted", self.pattern_type));
        }
        let stated = |text: &Option<String>| text.as_deref().map(time::parse).transpose();
        let expires = rows.end(stated(&self.valid_until)?, stated(&self.valid_from)?);
        let about = if self.name.is_empty() { &self.description } else { &self.name };
        let comparisons = comparisons(&self.pattern)?;
        let read = |(kind, value): (IndicatorKind, String)| rows.indicator(kind, &value, about, expires);
        comparisons.into_iter().map(read).collect()
    }
}

/// Parts of a pattern.
#[derive(PartialEq, Debug)]
enum Token {
    Word(String),
    Text(String),
    Sign(char),
}

/// `[path = 'value' OR path IN ('a', 'b')] OR [...]`.
fn comparisons(pattern: &str) -> Result<Vec<(IndicatorKind, String)>, String> {
    let mut tokens = tokens(pattern)?.into_iter().filter(|token| !matches!(token, Token::Sign('[' | ']')));
    let mut found = Vec::new();
    loop {
        let path = match tokens.next() {
            Some(Token::Word(path)) => path,
            other => return Err(unread(other.as_ref())),
        };
        let kind = kind(&path)?;
        match tokens.next() {
            Some(Token::Sign('=')) => match tokens.next() {
                Some(Token::Text(value)) => found.push((kind, value)),
                other => return Err(unread(other.as_ref())),
            },
            Some(Token::Word(word)) if word == "IN" => {
                for token in tokens.by_ref() {
                    match token {
                        Token::Text(value) => found.push((kind, value)),
                        Token::Sign(')') => break,
                        Token::Sign('(' | ',') => {}
                        other => return Err(unread(Some(&other))),
                    }
                }
            }
            other => return Err(unread(other.as_ref())),
        }
        if found.len() > MAX_COMPARISONS {
            return Err(format!("more than {MAX_COMPARISONS} comparisons in one pattern"));
        }
        match tokens.next() {
            None => return Ok(found),
            Some(Token::Word(word)) if word == "OR" => {}
            other => return Err(unread(other.as_ref())),
        }
    }
}

fn unread(token: Option<&Token>) -> String {
    let found = match token {
        None => "its end".to_owned(),
        Some(Token::Word(word)) => format!("'{word}'"),
        Some(Token::Text(text)) => format!("the text '{text}'"),
        Some(Token::Sign(sign)) => format!("'{sign}'"),
    };
    format!("the pattern has {found} where a comparison by = or IN, joined by OR, is wanted")
}

fn tokens(pattern: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = pattern.trim_start();
    while let Some(first) = rest.chars().next() {
        let used = match first {
            '[' | ']' | '(' | ')' | ',' | '=' => {
                tokens.push(Token::Sign(first));
                1
            }
            '\'' => {
                let (text, used) = quoted(rest).ok_or("a text of the pattern is not closed")?;
                tokens.push(Token::Text(text));
                used
            }
            _ => {
                let used = word(rest);
                tokens.push(Token::Word(rest[..used].to_owned()));
                used
            }
        };
        rest = rest[used..].trim_start();
    }
    Ok(tokens)
}

/// The text between quotes and how much it takes; a backslash keeps the next character.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut inside = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Some((inside, at + 1)),
            '\\' => inside.push(chars.next()?.1),
            c => inside.push(c),
        }
    }
    None
}

/// Bytes up to a blank or sign; parts of a path may stand in quotes. At least one.
fn word(text: &str) -> usize {
    let mut in_quotes = false;
    let end = text.char_indices().find(|(_, c)| {
        in_quotes ^= *c == '\'';
        !in_quotes && (c.is_whitespace() || matches!(c, '[' | ']' | '(' | ')' | ',' | '='))
    });
    end.map_or(text.len(), |(at, _)| at).max(text.chars().next().map_or(0, char::len_utf8))
}

fn kind(path: &str) -> Result<IndicatorKind, String> {
    let (object, property) = path.split_once(':').unwrap_or((path, ""));
    let property = property.replace('\'', "").to_ascii_lowercase();
    let is_hash = matches!(property.as_str(), "hashes.sha-256" | "hashes.sha-1" | "hashes.sha256" | "hashes.sha1");
    match (object, property.as_str()) {
        ("ipv4-addr" | "ipv6-addr", "value") => Ok(IndicatorKind::Address),
        ("network-traffic", "dst_ref.value" | "src_ref.value") => Ok(IndicatorKind::Address),
        ("domain-name", "value") => Ok(IndicatorKind::Domain),
        ("url", "value") => Ok(IndicatorKind::Url),
        ("file" | "artifact", "hashes.md5") => Ok(IndicatorKind::File),
        ("file" | "artifact", _) if is_hash => Ok(IndicatorKind::File),
        ("x509-certificate", _) if is_hash => Ok(IndicatorKind::Certificate),
        _ => Err(format!("'{path}' is not seen on the network, or not compared")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparisons_joined_by_or_are_read() {
        let read =
            |pattern: &str| comparisons(pattern).unwrap().into_iter().map(|(_, value)| value).collect::<Vec<_>>();
        assert_eq!(read("[ipv4-addr:value = '10.0.0.1']"), ["10.0.0.1"]);
        assert_eq!(
            read(r"[domain-name:value='a.example' OR url:value = 'http://x/\'y'] OR [file:hashes.'SHA-256' = 'ab']"),
            ["a.example", "http://x/'y", "ab"]
        );
        assert_eq!(read("[ipv6-addr:value IN ('::1', '::2')]"), ["::1", "::2"]);
    }

    #[test]
    fn what_is_not_read_is_named() {
        let wrong = |pattern: &str| comparisons(pattern).unwrap_err();
        assert!(wrong("[url:value = 'a' AND file:hashes.'SHA-1' = 'b']").contains("'AND'"));
        assert!(wrong("[url:value LIKE 'a%']").contains("'LIKE'"));
        assert!(wrong("[process:name = 'x']").contains("process:name"));
        assert!(wrong("[file:hashes.SSDEEP = 'x']").contains("SSDEEP"));
        assert!(wrong("[url:value = 'a").contains("not closed"));
        assert!(wrong("").contains("its end"));
        for broken in ["=", "[[[[", "é = 'x'", "url:value = ", "url:value IN ("] {
            let _ = comparisons(broken);
        }
    }
}
