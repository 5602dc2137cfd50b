//! Attribute services (OPC 10000-4 section 5.11).

use super::{Visitor, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::subject::Subject;
use crate::protocol::opcua::types::NodeId;
use crate::protocol::opcua::variant::DataValue;
use crate::protocol::opcua::wire;

/// ReadValueId (OPC 10000-4 section 7.29): also what a monitored item watches.
#[derive(Clone, Copy)]
pub struct ReadValueId<'a> {
    pub node: NodeId<'a>,
    pub attribute: u32,
    /// Which part of a list; empty for all of it.
    pub range: &'a [u8],
}

impl<'a> ReadValueId<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        let (node, attribute) = (decoder.node_id()?, decoder.u32()?);
        let range = decoder.string()?.unwrap_or_default();
        let _encoding = decoder.qualified_name()?;
        Ok(ReadValueId { node, attribute, range })
    }

    pub fn tell(&self, visitor: &mut dyn Visitor) {
        let ReadValueId { node, attribute, range } = *self;
        visitor.object(Subject::Node { node, attribute });
        if !range.is_empty() {
            visitor.range(range);
        }
    }
}

/// A value with its quality, as the latest object's.
pub fn tell_data_value(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let has_room = decoder.room() > 0;
    let data = decoder.data_value()?;
    visitor.quality(data.status);
    tell_data(data, has_room, visitor);
    Ok(())
}

fn tell_data(data: DataValue, has_room: bool, visitor: &mut dyn Visitor) {
    if has_room {
        visitor.sample(&data);
        if data.variant.is_some() {
            visitor.value(data.into_value());
        }
    }
}

/// What a Read begins with: how old values may be, and which times are wanted.
pub fn read_head(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let _max_age = decoder.f64()?;
    let _timestamps = decoder.u32()?;
    Ok(())
}

pub fn read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    read_head(decoder)?;
    decoder.each(|decoder| {
        ReadValueId::read(decoder)?.tell(visitor);
        Ok(())
    })
}

pub fn have_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        let has_room = decoder.room() > 0;
        let data = decoder.data_value()?;
        visitor.result(data.status);
        tell_data(data, has_room, visitor);
        Ok(())
    })?;
    super::diagnostics(decoder, visitor)
}

/// WriteValue up to its value (OPC 10000-4 section 5.11.4).
pub fn write_value<'a>(decoder: &mut Decoder<'a>) -> Decoded<ReadValueId<'a>> {
    let (node, attribute) = (decoder.node_id()?, decoder.u32()?);
    Ok(ReadValueId { node, attribute, range: decoder.string()?.unwrap_or_default() })
}

pub fn write(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        write_value(decoder)?.tell(visitor);
        tell_data_value(decoder, visitor)
    })
}

pub fn history_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let has_room = decoder.room() > 0;
    let details = decoder.structure()?;
    let _timestamps = decoder.u32()?;
    let releases = decoder.boolean()?;
    decoder.each(|decoder| {
        let (node, range) = (decoder.node_id()?, decoder.string()?.unwrap_or_default());
        ReadValueId { node, attribute: wire::VALUE, range }.tell(visitor);
        let _encoding = decoder.qualified_name()?;
        let continues = decoder.bytes()?.is_some();
        if has_room {
            let fields = Fields::default().with("details", details.clone());
            let fields = if continues { fields.with("continues", Value::Bool(true)) } else { fields };
            visitor.value(Value::Fields(if releases { fields.with("releases", Value::Bool(true)) } else { fields }));
        }
        Ok(())
    })
}

pub fn history_was_read(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        let _continuation = decoder.bytes()?;
        tell_read(decoder, visitor, Decoder::structure)
    })?;
    super::diagnostics(decoder, visitor)
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
            decoder.each(|decoder| tell_read(decoder, visitor, |decoder| decoder.scalar(wire::DATA_VALUE)))
        }
        // UpdateEventDetails.
        685 => update_events(decoder, visitor),
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

/// UpdateEventDetails (OPC 10000-11 section 6.8.4): how, what the fields are, and each event's fields.
fn update_events(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    const EVENT_FILTER: u32 = 727;
    let how = decoder.u32()?;
    tell(decoder, visitor, || Value::Text(wire::update_type(how).into_owned()));
    if let Some(filter) = crate::protocol::opcua::structures::find(EVENT_FILTER) {
        tell_read(decoder, visitor, |decoder| decoder.nested(|decoder| decoder.fields(filter)))?;
    }
    decoder.each(|decoder| tell_read(decoder, visitor, |decoder| Ok(Value::List(decoder.list(wire::VARIANT)?.1))))
}

pub fn history_was_updated(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        super::qualities(decoder, visitor)?;
        decoder.skip_diagnostics()
    })?;
    super::diagnostics(decoder, visitor)
}
