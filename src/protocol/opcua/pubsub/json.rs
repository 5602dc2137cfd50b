//! JSON network messages (OPC 10000-14 section 7.2.5.3).

use serde_json::Value;

use super::MAX_NAME;
use crate::event::{PubSubMessage, clean_text};

/// Writers that are told.
const MAX_WRITERS: usize = 64;
/// What every MessageType of OPC UA begins with: `ua-data`, `ua-metadata`, `ua-keyframe` …
const OURS: &str = "ua-";

/// The header of a network message, where a text is one.
pub fn header(bytes: &[u8]) -> Option<PubSubMessage> {
    if !matches!(bytes.first(), Some(b'{' | b'[')) {
        return None;
    }
    let whole: Value = serde_json::from_slice(bytes).ok()?;
    // Without a header of their own, the data sets' messages stand alone or in a list.
    let message = whole.get(0).unwrap_or(&whole);
    let kind = message.get("MessageType")?.as_str().filter(|kind| kind.starts_with(OURS))?;
    let text = |name: &str| message.get(name).and_then(shown);
    let messages = match message.get("Messages") {
        Some(Value::Array(messages)) => messages.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => whole.as_array().map_or(std::slice::from_ref(&whole), Vec::as_slice),
    };
    let first = messages.first();
    let number = |name: &str| first.and_then(|message| message.get(name)?.as_u64()?.try_into().ok());
    let sent = first.and_then(|message| shown(message.get("Timestamp")?));
    let writer = |message: &Value| message.get("DataSetWriterId")?.as_u64()?.try_into().ok();
    Some(PubSubMessage {
        transport: "mqtt".into(),
        encoding: "json".into(),
        message: clean_text(kind.as_bytes(), MAX_NAME).into(),
        publisher_id: text("PublisherId"),
        data_set_class: text("DataSetClassId"),
        sequence: number("SequenceNumber"),
        writers: messages.iter().filter_map(writer).take(MAX_WRITERS).collect(),
        sent,
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        ..PubSubMessage::default()
    })
}

/// A text, or a number as text.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(clean_text(text.as_bytes(), MAX_NAME)),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
