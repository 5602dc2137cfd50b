//! Attribute services (OPC 10000-4 section 5.11).

use super::{Visitor, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::names::Names;
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::NodeId;
use crate::protocol::opcua::variant::DataValue;
use crate::protocol::opcua::wire;

/// ReadValueId (OPC 10000-4 section 7.29): also what a monitored item watches.
pub fn read_value_id<'a>(decoder: &mut Decoder<'a>) -> Decoded<(NodeId<'a>, u32)> {
    let (node, attribute) = (decoder.node_id()?, decoder.u32()?);
    let _range = decoder.string()?;
    let _encoding = decoder.qualified_name()?;
    Ok((node, attribute))
}

/// A value that the server tells, with its quality, as the latest object's.
pub fn tell_data_value(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let has_room = decoder.room() > 0;
    let data = decoder.data_value()?;
    visitor.quality(data.status);
    if has_room && data.variant.is_some() {
        visitor.value(data.into_value());
    }
    Ok(())
}

/// A value that the client sends; a quality that it forces on the server is part of what it writes.
fn tell_written(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let has_room = decoder.room() > 0;
    let data = decoder.data_value()?;
    visitor.quality(data.status);
    if has_room {
        visitor.value(if data.status.is_doubtful() { data.into_fields() } else { data.into_value() });
    }
    Ok(())
}

fn read_head(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _max_age = decoder.f64()?;
    let _timestamps = decoder.u32()?;
    Ok(())
}

pub fn read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    read_head(decoder)?;
    decoder.each(|decoder| {
        let (node, attribute) = read_value_id(decoder)?;
        visitor.object(Subject::Node { node, attribute });
        Ok(())
    })
}

pub fn have_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let has_room = decoder.room() > 0;
        let data = decoder.data_value()?;
        visitor.result(data.status);
        if has_room && data.variant.is_some() {
            visitor.value(data.into_value());
        }
        Ok(())
    })?;
    decoder.skip_diagnostics()
}

/// Learns from a Read of BrowseName or DisplayName; the decoders stand behind both headers.
pub fn learn_read_names(request: &mut Decoder<'_>, response: &mut Decoder<'_>, names: &mut Names) -> Decoded<()> {
    read_head(request)?;
    let asked = request.count()?;
    for _ in 0..response.count()?.min(asked) {
        let (node, attribute) = read_value_id(request)?;
        let DataValue { variant, .. } = response.data_value()?;
        let Some(Value::Text(name)) = variant.map(|variant| variant.value) else { continue };
        match attribute {
            wire::DISPLAY_NAME => names.learn(&node, name.as_bytes(), true),
            wire::BROWSE_NAME => names.learn(&node, without_namespace(&name).as_bytes(), false),
            _ => {}
        }
    }
    Ok(())
}

fn without_namespace(name: &str) -> &str {
    match name.split_once(':') {
        Some((number, rest)) if number.bytes().all(|byte| byte.is_ascii_digit()) => rest,
        _ => name,
    }
}

pub fn write(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let (node, attribute) = (decoder.node_id()?, decoder.u32()?);
        let _range = decoder.string()?;
        visitor.object(Subject::Node { node, attribute });
        tell_written(decoder, visitor)
    })
}

pub fn history_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let _details = decoder.extension_object()?;
    let _timestamps = decoder.u32()?;
    let _releases = decoder.boolean()?;
    decoder.each(|decoder| {
        visitor.object(Subject::value(decoder.node_id()?));
        let _range = decoder.string()?;
        let _encoding = decoder.qualified_name()?;
        decoder.bytes().map(drop)
    })
}

pub fn history_was_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        let _continuation = decoder.bytes()?;
        tell_read(decoder, visitor, Decoder::structure)
    })?;
    decoder.skip_diagnostics()
}

/// HistoryUpdate: all kinds of details begin with the node (OPC 10000-11 section 6.8).
pub fn history_update(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let details = decoder.extension_object()?;
        let Some((kind, body)) = details.standard() else { return Ok(()) };
        decoder.within(body, |decoder| update_details(decoder, kind, visitor))
    })
}

fn update_details(decoder: &mut Decoder<'_>, kind: u32, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.object(Subject::value(decoder.node_id()?));
    let act = |name: &'static str| Fields::default().with("act", Value::Text(name.to_owned()));
    match kind {
        // UpdateDataDetails, UpdateStructureDataDetails.
        682 | 11300 => {
            let how = decoder.u32()?;
            tell(decoder, visitor, || Value::Text(wire::update_type(how).into_owned()));
            decoder.each(|decoder| tell_written(decoder, visitor))
        }
        // DeleteRawModifiedDetails.
        688 => {
            let (_modified, from, to) = (decoder.boolean()?, decoder.date_time()?, decoder.date_time()?);
            tell(decoder, visitor, || {
                let times = act("delete").with("from", Value::Text(from.to_string()));
                Value::Fields(times.with("to", Value::Text(to.to_string())))
            });
            Ok(())
        }
        // DeleteAtTimeDetails.
        691 => {
            tell(decoder, visitor, || Value::Fields(act("delete_at_times")));
            decoder.each(|decoder| {
                let time = decoder.date_time()?;
                tell(decoder, visitor, || Value::Text(time.to_string()));
                Ok(())
            })
        }
        // DeleteEventDetails.
        694 => {
            tell(decoder, visitor, || Value::Fields(act("delete_events")));
            decoder.each(|decoder| {
                let event = decoder.bytes()?;
                tell(decoder, visitor, || event.map_or(Value::Null, Value::bytes));
                Ok(())
            })
        }
        _ => {
            let body = decoder.rest();
            tell(decoder, visitor, || Value::bytes(body));
            Ok(())
        }
    }
}

pub fn history_was_updated(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        decoder.each(|decoder| decoder.status().map(drop))?;
        decoder.skip_diagnostics()
    })?;
    decoder.skip_diagnostics()
}
