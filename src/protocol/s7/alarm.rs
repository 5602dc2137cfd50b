//! Messages that a controller sends to whoever subscribed: alarms with their states and values, acknowledgements, locks,
//! queries for what is pending, and entries of the diagnostic buffer; pure.

use smallvec::smallvec;

use super::meaning::{Items, item};
use super::parse::DataItem;
use super::szl;
use super::userdata as function;
use super::{clock, values};
use crate::event::{Fields, Item, Object, ProtocolError, Value, clean_text};
use crate::protocol::Reader;

/// The most alarms of one message, and values of one alarm, that are taken in.
const MAX_ALARMS: usize = 256;
const MAX_VALUES: usize = 16;
const TIMESTAMP: usize = 8;

/// Kinds of message object (syntax identifiers).
const ALARM: u8 = 0x16;
const ACKNOWLEDGEMENT: u8 = 0x19;
const QUERY: u8 = 0x1a;
const NOTIFY: u8 = 0x1c;

/// What a function of messages says; `None` where it is none of them or is written in another way.
pub fn items(subfunction: u8, asked: Option<&[u8]>, answer: Option<&[u8]>) -> Option<Items> {
    match (subfunction, asked) {
        (function::MESSAGE_SERVICE, _) => subscription(asked, answer),
        (function::DIAGNOSTIC_MESSAGE, _) => diagnostic(answer?),
        (function::ALARM_QUERY, asked) => {
            let mut items = asked.and_then(|asked| objects(&mut Reader::new(asked))).unwrap_or_default();
            items.extend(answer.and_then(pending).unwrap_or_default());
            Some(items)
        }
        // Asked for: which alarms; answered: how it went for each.
        (function::ALARM_LOCK | function::ALARM_UNLOCK | function::ALARM_ACK, Some(asked)) => {
            let mut items = objects(&mut Reader::new(asked))?;
            let codes = answer.and_then(|answer| answer.get(2..)).unwrap_or_default();
            for (alarm, code) in items.iter_mut().zip(codes) {
                alarm.error = item(None, vec![], *code).error;
            }
            Some(items)
        }
        (function::ALARM_8 | function::NOTIFY | function::ALARM_ACK_INDICATION..=function::NOTIFY_8, None) => {
            indication(answer?)
        }
        _ => None,
    }
}

/// When it was, and then the alarms.
fn indication(bytes: &[u8]) -> Option<Items> {
    let mut reader = Reader::new(bytes);
    let time = clock::date_and_time(reader.take(TIMESTAMP)?)?;
    let mut items = objects(&mut reader)?;
    for alarm in &mut items {
        if let Some(Value::Fields(fields)) = alarm.values.first_mut() {
            fields.0.push(("time".into(), Value::Text(time.clone())));
        }
    }
    Some(items)
}

/// Function, count, and so many message objects.
fn objects(reader: &mut Reader<'_>) -> Option<Items> {
    reader.skip(1)?;
    let count = usize::from(reader.u8()?).min(MAX_ALARMS);
    (0..count).map(|_| object(reader)).collect()
}

/// One alarm: its specification, and behind it the values that its program gave it.
fn object(reader: &mut Reader<'_>) -> Option<Item> {
    reader.skip(1)?;
    let length = usize::from(reader.u8()?);
    let mut body = Reader::new(reader.take(length)?);
    let kind = body.u8()?;
    if kind == QUERY {
        return query(&mut body);
    }
    let count = usize::from(body.u8()?).min(MAX_VALUES);
    let event = body.be32()?;
    let mut fields = Fields::default();
    for name in states(kind) {
        fields = fields.with(name, Value::UInt(u64::from(body.u8()?)));
    }
    let carried: Vec<Value> = (0..count).map_while(|_| DataItem::take(reader)).map(|data| value(&data)).collect();
    if !carried.is_empty() {
        fields = fields.with("values", Value::List(carried));
    }
    Some(alarm(event, fields))
}

/// One bit for each of the up to eight signals that an alarm stands for.
const fn states(kind: u8) -> &'static [&'static str] {
    match kind {
        ALARM => &["event_state", "state", "acknowledged_going", "acknowledged_coming"],
        NOTIFY => {
            &["event_state", "state", "acknowledged_going", "acknowledged_coming", "going", "coming", "last_changed"]
        }
        ACKNOWLEDGEMENT => &["acknowledged_going", "acknowledged_coming"],
        // A lock has none.
        _ => &[],
    }
}

fn alarm(event: u32, fields: Fields) -> Item {
    let values = if fields.0.is_empty() { vec![] } else { vec![Value::Fields(fields)] };
    Item { values, ..Item::new(Object::named(format!("alarm 0x{event:08x}"))) }
}

/// Text where the value is text: messages carry their words so.
fn value(data: &DataItem<'_>) -> Value {
    let readable = |byte: &u8| byte.is_ascii_graphic() || *byte == b' ';
    if data.bytes.len() > 1 && data.bytes.iter().all(readable) {
        return Value::text(data.bytes, data.bytes.len());
    }
    let mut values = values::untyped(data);
    if values.len() == 1 { values.remove(0) } else { Value::List(values) }
}

/// What is asked for: alarms of a kind, or one by its number.
fn query(body: &mut Reader<'_>) -> Option<Item> {
    body.skip(1)?;
    let by = body.u8()?;
    body.skip(1)?;
    let number = body.be32()?;
    let name = match by {
        1 => format!("alarms of type {}", alarm_type(u8::try_from(number).unwrap_or(0))),
        3 => format!("alarm 0x{number:08x}"),
        other => format!("alarms by 0x{other:02x} 0x{number:08x}"),
    };
    Some(Item::new(Object::named(name)))
}

const fn alarm_type(code: u8) -> &'static str {
    match code {
        1 => "SCAN",
        2 => "ALARM_8",
        4 => "ALARM_S",
        _ => "other",
    }
}

/// What is pending: how it went, how long all is, and then for each alarm its length and states, and twice a time with
/// a value: of its coming and of its going.
fn pending(bytes: &[u8]) -> Option<Items> {
    let mut reader = Reader::new(bytes);
    reader.skip(2)?;
    let (code, _size) = (reader.u8()?, reader.u8()?);
    let length = usize::from(reader.be16()?);
    let mut alarms = Reader::new(reader.rest().get(..length).unwrap_or(reader.rest()));
    let mut items: Items = smallvec![];
    while items.len() < MAX_ALARMS {
        let Some(length) = alarms.u8() else { break };
        let Some(bytes) = alarms.take(usize::from(length)) else { break };
        let Some(alarm) = pending_alarm(&mut Reader::new(bytes)) else { break };
        items.push(alarm);
    }
    if items.is_empty() && code != super::wire::SUCCESS {
        let error = Some(ProtocolError::new(u32::from(code), super::wire::item_error(code)));
        items.push(Item { error, ..Item::new(Object::named("pending alarms")) });
    }
    Some(items)
}

fn pending_alarm(reader: &mut Reader<'_>) -> Option<Item> {
    reader.skip(2)?;
    let kind = reader.u8()?;
    let event = reader.be32()?;
    reader.skip(1)?;
    let mut fields = Fields::default().with("type", Value::Text(alarm_type(kind).to_owned()));
    for name in ["event_state", "acknowledged_going", "acknowledged_coming"] {
        fields = fields.with(name, Value::UInt(u64::from(reader.u8()?)));
    }
    for (when, what) in [("coming", "coming_value"), ("going", "going_value")] {
        let Some(time) = reader.take(TIMESTAMP) else { break };
        if let Some(time) = clock::date_and_time(time) {
            fields = fields.with(when, Value::Text(time));
        }
        if let Some(data) = DataItem::take(reader) {
            fields = fields.with(what, value(&data));
        }
    }
    Some(alarm(event, fields))
}

/// What is subscribed to, by whom; the answer says whether it may.
fn subscription(asked: Option<&[u8]>, answer: Option<&[u8]>) -> Option<Items> {
    let mut fields = Fields::default();
    if let Some(asked) = asked {
        let mut reader = Reader::new(asked);
        let events = reader.u8()?;
        reader.skip(1)?;
        let user = clean_text(reader.take(8)?, 8);
        let names = [(1, "mode_transition"), (2, "system_diagnostics"), (4, "user_defined"), (0x80, "alarms")];
        let wanted = names.iter().filter(|(bit, _)| events & bit != 0);
        let wanted = wanted.map(|(_, name)| Value::Text((*name).to_owned())).collect();
        fields = fields.with("events", Value::List(wanted)).with("user", Value::Text(user));
        if let Some(kind) = reader.u8() {
            fields = fields.with("alarm_service", alarm_service(kind));
        }
    }
    if let Some(result) = answer.and_then(<[u8]>::first) {
        fields = fields.with("result", Value::UInt(u64::from(*result)));
    }
    let object = Some(Object::named("messages"));
    Some(smallvec![Item { object, values: vec![Value::Fields(fields)], ..Item::default() }])
}

fn alarm_service(code: u8) -> Value {
    let name = match code {
        0 => "SCAN abort",
        1 => "SCAN initiate",
        4 => "ALARM_8 abort",
        5 => "ALARM_8 initiate",
        8 => "ALARM_S abort",
        9 => "ALARM_S initiate",
        other => return Value::UInt(u64::from(other)),
    };
    Value::Text(name.to_owned())
}

/// One entry of the diagnostic buffer, as it was made.
fn diagnostic(bytes: &[u8]) -> Option<Items> {
    let fields = szl::diagnostic(&mut Reader::new(bytes))?;
    let object = Some(Object::named("diagnostic message"));
    Some(smallvec![Item { object, values: vec![Value::Fields(fields)], ..Item::default() }])
}
