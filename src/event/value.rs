use serde::{Deserialize, Serialize};

/// A process value as it stood on the wire.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Value {
    Null,
    Bool(bool),
    UInt(u64),
    Int(i64),
    Float(f64),
    Text(String),
    /// Bytes of no known type, as lower-case hexadecimal text.
    Bytes(Hex),
    List(Vec<Value>),
}

impl Value {
    /// Text from the wire, cut at `max` characters; bytes that are no UTF-8 are shown as U+FFFD.
    pub fn text(bytes: &[u8], max: usize) -> Value {
        Value::Text(clean_text(bytes, max))
    }

    pub fn bytes(bytes: &[u8]) -> Value {
        Value::Bytes(Hex::new(bytes))
    }
}

/// Hexadecimal text of bytes, cut after [`Hex::MAX`] of them with a trailing ellipsis.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hex(String);

impl Hex {
    /// Values are for people and rules to look at; whole blocks go as artifacts.
    pub const MAX: usize = 256;

    pub fn new(bytes: &[u8]) -> Self {
        let shown = &bytes[..bytes.len().min(Self::MAX)];
        let mut text = hex(shown);
        if shown.len() < bytes.len() {
            text.push('…');
        }
        Hex(text)
    }
}

/// Lower-case hexadecimal text.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Readable text from wire bytes: trailing zeros and blanks dropped, control characters replaced, at most `max` characters.
pub fn clean_text(bytes: &[u8], max: usize) -> String {
    let end = bytes.iter().rposition(|b| *b != 0 && *b != b' ').map_or(0, |i| i + 1);
    String::from_utf8_lossy(&bytes[..end])
        .chars()
        .take(max)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_wire_cannot_carry_control_characters() {
        assert_eq!(clean_text(b"CPU\x1b[2J 315  \0\0", 64), "CPU\u{fffd}[2J 315");
        assert_eq!(clean_text(&[0xff, b'a'], 64), "\u{fffd}a");
        assert_eq!(clean_text(b"abcdef", 3), "abc");
        assert_eq!(clean_text(b"\0\0", 3), "");
    }

    #[test]
    fn long_bytes_are_cut_and_say_so() {
        let long = Hex::new(&[0xab; 300]);
        assert!(long.0.ends_with('…'));
        assert_eq!(long.0.chars().count(), 513);
    }
}
