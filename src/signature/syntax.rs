//! From a rule file's text to headers and options; nothing is understood yet.

use std::borrow::Cow;

/// One rule as written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawRule {
    /// Line of the file on which it begins, from 1.
    pub line: usize,
    pub action: String,
    pub protocol: String,
    pub source: String,
    pub source_ports: String,
    pub bidirectional: bool,
    pub destination: String,
    pub destination_ports: String,
    pub options: Vec<RawOption>,
}

/// `name;` or `name:value;`, the value with its escapes still in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RawOption {
    pub name: String,
    pub value: Option<String>,
}

/// A rule that cannot be read, with its line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    pub line: usize,
    pub reason: String,
}

/// Splits a file into rules: comments and empty lines dropped, lines ending in a backslash joined.
pub fn rules(text: &str) -> impl Iterator<Item = Result<RawRule, SyntaxError>> + '_ {
    logical_lines(text)
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| rule(number, &line).map_err(|reason| SyntaxError { line: number, reason }))
}

fn logical_lines(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let mut lines = text.lines().zip(1..);
    std::iter::from_fn(move || {
        let (line, number) = lines.next()?;
        let Some(part) = continued(line) else { return Some((number, line.trim().into())) };
        let mut joined = part.to_owned();
        for (line, _) in lines.by_ref() {
            let Some(part) = continued(line) else {
                joined.push_str(line);
                break;
            };
            joined.push_str(part);
        }
        Some((number, joined.trim().to_owned().into()))
    })
}

/// What stands before the backslash that joins a line with the next.
fn continued(line: &str) -> Option<&str> {
    line.trim_end().strip_suffix('\\')
}

fn rule(line: usize, text: &str) -> Result<RawRule, String> {
    let (header, body) = text.split_once('(').ok_or("no options in brackets")?;
    let body = body.trim_end().strip_suffix(')').ok_or("the closing bracket of the options is missing")?;
    let fields = header_fields(header)?;
    let [action, protocol, source, source_ports, arrow, destination, destination_ports] = fields.as_slice() else {
        return Err(format!("a header has seven fields, this one has {}", fields.len()));
    };
    let bidirectional = match arrow.as_str() {
        "->" => false,
        "<>" => true,
        other => return Err(format!("'{other}' is no direction: -> or <> is wanted")),
    };
    Ok(RawRule {
        line,
        action: action.clone(),
        protocol: protocol.to_ascii_lowercase(),
        source: source.clone(),
        source_ports: source_ports.clone(),
        bidirectional,
        destination: destination.clone(),
        destination_ports: destination_ports.clone(),
        options: options(body)?,
    })
}

/// Fields between blanks; a list in square brackets is one field, blanks inside dropped.
fn header_fields(header: &str) -> Result<Vec<String>, String> {
    let mut fields = vec![String::new()];
    let mut depth = 0usize;
    for c in header.trim().chars() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.checked_sub(1).ok_or("a list closes that was not opened")?,
            _ => {}
        }
        if c.is_whitespace() {
            if depth == 0 && fields.last().is_some_and(|field| !field.is_empty()) {
                fields.push(String::new());
            }
        } else if let Some(field) = fields.last_mut() {
            field.push(c);
        }
    }
    if depth > 0 {
        return Err("a list in the header is not closed".to_owned());
    }
    fields.retain(|field| !field.is_empty());
    Ok(fields)
}

/// Options end at a semicolon that is neither escaped nor in quotes.
fn options(body: &str) -> Result<Vec<RawOption>, String> {
    let mut options = Vec::new();
    let mut text = String::new();
    let (mut quoted, mut escaped) = (false, false);
    for c in body.chars() {
        match c {
            ';' if !quoted && !escaped => {
                options.extend(option(std::mem::take(&mut text).trim()));
                continue;
            }
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        text.push(c);
    }
    if quoted {
        return Err("a quotation is not closed".to_owned());
    }
    if !text.trim().is_empty() {
        return Err(format!("option '{}' does not end with a semicolon", text.trim()));
    }
    Ok(options)
}

fn option(text: &str) -> Option<RawOption> {
    if text.is_empty() {
        return None;
    }
    let (name, value) = match text.split_once(':') {
        Some((name, value)) => (name, Some(value.trim().to_owned())),
        None => (text, None),
    };
    Some(RawOption { name: name.trim().to_ascii_lowercase(), value })
}

/// The text between a value's quotes with `\"`, `\;`, `\\` and `\:` undone; a value without quotes as it stands.
pub fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|v| v.strip_suffix('"')).unwrap_or(value);
    let mut text = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(c @ ('"' | ';' | '\\' | ':')) => text.push(c),
                Some(other) => text.extend(['\\', other]),
                None => text.push('\\'),
            },
            c => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> RawRule {
        rules(text).next().unwrap().unwrap()
    }

    #[test]
    fn a_rule_over_two_lines_keeps_its_first_line_number() {
        let text = "# comment\n\nalert tcp any any -> [10.0.0.0/8, !10.1.1.1] 502 \\\n (msg:\"a \\; b\"; content:\"|00 01|\"; sid:1;)\n";
        let rule = one(text);
        assert_eq!((rule.line, rule.destination.as_str()), (3, "[10.0.0.0/8,!10.1.1.1]"));
        let names: Vec<_> = rule.options.iter().map(|o| o.name.as_str()).collect();
        assert_eq!(names, ["msg", "content", "sid"]);
        assert_eq!(unquoted(rule.options[0].value.as_deref().unwrap()), "a ; b");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| rules(text).next().unwrap().unwrap_err().reason;
        assert!(wrong("alert tcp any any -> any (sid:1;)").contains("seven fields"));
        assert!(wrong("alert tcp any any => any any (sid:1;)").contains("no direction"));
        assert!(wrong("alert tcp any any -> any any (msg:\"x; sid:1;)").contains("quotation"));
        assert!(wrong("alert tcp any any -> any any (sid:1)").contains("semicolon"));
        assert!(wrong("alert tcp any any -> any any sid:1;").contains("brackets"));
    }
}
