use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
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
    /// A structure's fields by name.
    Fields(Fields),
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

/// Named parts of a structure in the order of the wire; an object in JSON.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Fields(pub Vec<(Cow<'static, str>, Value)>);

impl Fields {
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.0.push((Cow::Borrowed(name), value));
        self
    }
}

impl Serialize for Fields {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of named values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields = Fields::default();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            fields.0.push((Cow::Owned(name), value));
        }
        Ok(fields)
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

    /// The bytes again, as far as they were kept.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + '_ {
        let pairs = self.0.as_bytes().chunks_exact(2);
        pairs.map_while(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
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
    fn fields_are_an_object_in_json_and_read_back_in_order() {
        let value = Value::Fields(Fields::default().with("low", Value::Float(-1.5)).with("high", Value::Null));
        let text = serde_json::to_string(&value).unwrap();
        assert_eq!(text, r#"{"low":-1.5,"high":null}"#);
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn long_bytes_are_cut_and_say_so() {
        let long = Hex::new(&[0xab; 300]);
        assert!(long.0.ends_with('…'));
        assert_eq!(long.0.chars().count(), 513);
    }
}
