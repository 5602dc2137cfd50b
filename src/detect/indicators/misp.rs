//! Events of MISP as JSON: one, or a list of them under `response`. Attributes that are not meant for detection (`to_ids`
//! false) or were deleted are left out, as are those about other things than the network.

use serde::Deserialize;
use serde_json::Value;

use super::report::Rows;
use super::{Indicator, IndicatorKind, time};

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    info: String,
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Value>,
    #[serde(default, rename = "Object")]
    objects: Vec<Object>,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default, rename = "Attribute")]
    attributes: Vec<Value>,
}

#[derive(Deserialize)]
struct Attribute {
    #[serde(rename = "type")]
    kind: String,
    value: String,
    #[serde(default)]
    comment: String,
    #[serde(default)]
    timestamp: Value,
    #[serde(default)]
    last_seen: Option<String>,
    #[serde(default)]
    deleted: bool,
    #[serde(default = "yes")]
    to_ids: bool,
}

const fn yes() -> bool {
    true
}

/// Whether a file is of this kind.
pub fn is(file: &Value) -> bool {
    file.get("Event").is_some() || file.get("response").is_some()
}

pub fn read(file: Value, rows: &mut Rows<'_>) -> Result<(), String> {
    let events = match file {
        Value::Object(mut map) => map.remove("response").unwrap_or_else(|| Value::Array(vec![Value::Object(map)])),
        other => other,
    };
    let Value::Array(events) = events else { return Err("'response' is no list of events".to_owned()) };
    for event in events {
        let Value::Object(mut event) = event else { return Err("an event is no object".to_owned()) };
        let event = event.remove("Event").ok_or("an entry holds no 'Event'")?;
        let event = Event::deserialize(event).map_err(|error| error.to_string())?;
        let all = event.attributes.into_iter().chain(event.objects.into_iter().flat_map(|object| object.attributes));
        for (attribute, number) in all.zip(1..) {
            let read = indicators(attribute, &event.info, rows);
            rows.take(&format!("attribute {number}"), read);
        }
    }
    Ok(())
}

fn indicators(attribute: Value, info: &str, rows: &Rows<'_>) -> Result<Vec<Indicator>, String> {
    let attribute = Attribute::deserialize(attribute).map_err(|error| error.to_string())?;
    let found = kinds(&attribute.kind, &attribute.value).filter(|_| attribute.to_ids && !attribute.deleted);
    let Some(found) = found else { return Ok(Vec::new()) };
    let stamp = attribute.last_seen.or_else(|| match attribute.timestamp {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    let expires = rows.end(None, stamp.as_deref().map(time::parse).transpose()?);
    let about = if attribute.comment.is_empty() { info } else { &attribute.comment };
    found.into_iter().map(|(kind, value)| rows.indicator(kind, &value, about, expires)).collect()
}

/// What an attribute of this type names; two of them in one for `a|b`. `None` for what is not seen on a network.
pub fn kinds(name: &str, value: &str) -> Option<Vec<(IndicatorKind, String)>> {
    use IndicatorKind::{Address, Certificate, Domain, File, Ja4, Url};
    let (first, second) = value.split_once('|').unwrap_or((value, value));
    let one = |kind, value: &str| Some(vec![(kind, value.to_owned())]);
    match name {
        "ip-src" | "ip-dst" => one(Address, value),
        "ip-src|port" | "ip-dst|port" => one(Address, first),
        "domain" | "hostname" => one(Domain, value),
        "hostname|port" => one(Domain, first),
        "domain|ip" => Some(vec![(Domain, first.to_owned()), (Address, second.to_owned())]),
        "url" | "uri" | "link" => one(Url, value),
        "md5" | "sha1" | "sha256" => one(File, value),
        "filename|md5" | "filename|sha1" | "filename|sha256" => one(File, second),
        "x509-fingerprint-sha1" | "x509-fingerprint-sha256" => one(Certificate, value),
        "ja4" | "ja4-fingerprint" => one(Ja4, value),
        _ => None,
    }
}
