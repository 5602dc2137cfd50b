//! Monitored item and subscription services (OPC 10000-4 sections 5.13 and 5.14).

use super::attribute::{ReadValueId, tell_data_value};
use super::{Visitor, results, tell, tell_read};
use crate::event::{Fields, Value};
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::types::ExtensionObject;
use crate::protocol::opcua::wire;

pub fn request(service: u32, decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<bool> {
    match service {
        wire::CREATE_MONITORED_ITEMS => create_items(decoder, visitor),
        wire::MODIFY_MONITORED_ITEMS => modify_items(decoder, visitor),
        wire::SET_MONITORING_MODE => set_mode(decoder, visitor),
        wire::SET_TRIGGERING => set_triggering(decoder, visitor),
        wire::DELETE_MONITORED_ITEMS => {
            visitor.subscription(decoder.u32()?);
            item_ids(decoder, visitor, || None)
        }
        wire::CREATE_SUBSCRIPTION => create(decoder, visitor),
        wire::MODIFY_SUBSCRIPTION => modify(decoder, visitor),
        wire::SET_PUBLISHING_MODE => {
            let is_publishing = decoder.boolean()?;
            subscriptions(decoder, visitor, |fields| fields.with("publishing", Value::Bool(is_publishing)))
        }
        wire::PUBLISH => acknowledge(decoder),
        wire::REPUBLISH => {
            visitor.subscription(decoder.u32()?);
            decoder.u32().map(drop)
        }
        wire::TRANSFER_SUBSCRIPTIONS => {
            subscriptions(decoder, visitor, |fields| fields)?;
            decoder.boolean().map(drop)
        }
        wire::DELETE_SUBSCRIPTIONS => subscriptions(decoder, visitor, |fields| fields),
        _ => return Ok(false),
    }?;
    Ok(true)
}

pub fn response(service: u32, decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<bool> {
    match service {
        wire::CREATE_MONITORED_ITEMS => items_created(decoder, visitor),
        wire::MODIFY_MONITORED_ITEMS => items_modified(decoder, visitor),
        wire::SET_TRIGGERING => triggering_set(decoder, visitor),
        wire::CREATE_SUBSCRIPTION => created(decoder, visitor),
        wire::MODIFY_SUBSCRIPTION => modified(decoder),
        wire::PUBLISH => published(decoder, visitor),
        wire::REPUBLISH => notification(decoder, visitor),
        wire::TRANSFER_SUBSCRIPTIONS => transferred(decoder, visitor),
        wire::SET_MONITORING_MODE
        | wire::DELETE_MONITORED_ITEMS
        | wire::SET_PUBLISHING_MODE
        | wire::DELETE_SUBSCRIPTIONS => results(decoder, visitor),
        _ => return Ok(false),
    }?;
    Ok(true)
}

/// DataChangeNotification by its encoding.
pub const DATA_CHANGE: u32 = 811;

fn number(number: u32) -> Value {
    Value::UInt(u64::from(number))
}

/// MonitoringParameters (OPC 10000-4 section 7.21).
pub struct Parameters<'a> {
    pub handle: u32,
    sampling_ms: f64,
    pub filter: ExtensionObject<'a>,
    queue: u32,
}

impl<'a> Parameters<'a> {
    pub fn read(decoder: &mut Decoder<'a>) -> Decoded<Self> {
        Self::read_shown(decoder).map(|(parameters, _)| parameters)
    }

    /// With the filter as a value, where values are wanted.
    fn read_shown(decoder: &mut Decoder<'a>) -> Decoded<(Self, Value)> {
        let (handle, sampling_ms) = (decoder.u32()?, decoder.f64()?);
        let (bytes, shown) = decoder.spanned(Decoder::structure)?;
        let filter = Decoder::new(bytes).extension_object()?;
        let queue = decoder.u32()?;
        let _discards_oldest = decoder.boolean()?;
        Ok((Parameters { handle, sampling_ms, filter, queue }, shown))
    }

    fn value(&self, filter: Value) -> Value {
        let fields = Fields::default()
            .with("handle", number(self.handle))
            .with("sampling_ms", Value::Float(self.sampling_ms))
            .with("queue", number(self.queue));
        Value::Fields(if filter == Value::Null { fields } else { fields.with("filter", filter) })
    }
}

/// MonitoredItemCreateRequest (OPC 10000-4 section 7.22).
pub fn wanted_item<'a>(decoder: &mut Decoder<'a>) -> Decoded<(ReadValueId<'a>, Parameters<'a>)> {
    let watched = ReadValueId::read(decoder)?;
    let _mode = decoder.u32()?;
    Ok((watched, Parameters::read(decoder)?))
}

fn create_items(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (_subscription, _timestamps) = (decoder.u32()?, decoder.u32()?);
    decoder.each(|decoder| {
        ReadValueId::read(decoder)?.tell(visitor);
        let _mode = decoder.u32()?;
        let (parameters, filter) = Parameters::read_shown(decoder)?;
        tell(decoder, visitor, || parameters.value(filter));
        Ok(())
    })
}

/// What answers the creation and the change of an item, behind status and id.
pub fn revised(decoder: &mut Decoder<'_>) -> Decoded<f64> {
    let (sampling_ms, _queue) = (decoder.f64()?, decoder.u32()?);
    let _filter_result = decoder.extension_object()?;
    Ok(sampling_ms)
}

fn items_created(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        let item = decoder.u32()?;
        let sampling_ms = revised(decoder)?;
        tell(decoder, visitor, || {
            let fields = Fields::default().with("item", number(item));
            Value::Fields(fields.with("sampling_ms", Value::Float(sampling_ms)))
        });
        Ok(())
    })?;
    super::diagnostics(decoder, visitor)
}

fn modify_items(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.subscription(decoder.u32()?);
    let _timestamps = decoder.u32()?;
    decoder.each(|decoder| {
        visitor.item(decoder.u32()?);
        let (parameters, filter) = Parameters::read_shown(decoder)?;
        tell(decoder, visitor, || parameters.value(filter));
        Ok(())
    })
}

fn items_modified(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        revised(decoder).map(drop)
    })?;
    super::diagnostics(decoder, visitor)
}

/// A list of item ids, each the next object.
fn item_ids(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor, value: impl Fn() -> Option<Value>) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.item(decoder.u32()?);
        if let Some(value) = value() {
            tell(decoder, visitor, || value);
        }
        Ok(())
    })
}

fn set_mode(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.subscription(decoder.u32()?);
    let mode = decoder.u32()?;
    item_ids(decoder, visitor, || Some(Value::Text(wire::monitoring_mode(mode).into_owned())))
}

fn set_triggering(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.subscription(decoder.u32()?);
    visitor.item(decoder.u32()?);
    decoder.each(|decoder| decoder.u32().map(drop))?;
    decoder.each(|decoder| decoder.u32().map(drop))
}

fn triggering_set(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    for _ in 0..2 {
        results(decoder, visitor)?;
    }
    Ok(())
}

fn create(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (interval_ms, lifetime, keep_alive) = (decoder.f64()?, decoder.u32()?, decoder.u32()?);
    let _max_notifications = decoder.u32()?;
    let (is_publishing, _priority) = (decoder.boolean()?, decoder.u8()?);
    visitor.unnamed();
    tell(decoder, visitor, || {
        let fields = rates(Fields::default(), interval_ms, lifetime, keep_alive);
        Value::Fields(fields.with("publishing", Value::Bool(is_publishing)))
    });
    Ok(())
}

fn rates(fields: Fields, interval_ms: f64, lifetime: u32, keep_alive: u32) -> Fields {
    fields
        .with("interval_ms", Value::Float(interval_ms))
        .with("lifetime_count", number(lifetime))
        .with("keep_alive_count", number(keep_alive))
}

fn created(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let subscription = decoder.u32()?;
    let (interval_ms, lifetime, keep_alive) = (decoder.f64()?, decoder.u32()?, decoder.u32()?);
    tell(decoder, visitor, || {
        let fields = Fields::default().with("subscription", number(subscription));
        Value::Fields(rates(fields, interval_ms, lifetime, keep_alive))
    });
    Ok(())
}

fn modify(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let subscription = decoder.u32()?;
    let (interval_ms, lifetime, keep_alive) = (decoder.f64()?, decoder.u32()?, decoder.u32()?);
    let (_max_notifications, _priority) = (decoder.u32()?, decoder.u8()?);
    visitor.unnamed();
    tell(decoder, visitor, || {
        let fields = Fields::default().with("subscription", number(subscription));
        Value::Fields(rates(fields, interval_ms, lifetime, keep_alive))
    });
    Ok(())
}

fn modified(decoder: &mut Decoder<'_>) -> Decoded<()> {
    let (_interval_ms, _lifetime, _keep_alive) = (decoder.f64()?, decoder.u32()?, decoder.u32()?);
    Ok(())
}

/// A list of subscription ids. They live no longer than a session, so that they are values and not objects.
fn subscriptions(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor, more: impl Fn(Fields) -> Fields) -> Decoded<()> {
    decoder.each(|decoder| {
        let subscription = decoder.u32()?;
        visitor.unnamed();
        tell(decoder, visitor, || Value::Fields(more(Fields::default().with("subscription", number(subscription)))));
        Ok(())
    })
}

fn transferred(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        decoder.each(|decoder| decoder.u32().map(drop))
    })?;
    super::diagnostics(decoder, visitor)
}

/// A Publish request only confirms what came before.
fn acknowledge(decoder: &mut Decoder<'_>) -> Decoded<()> {
    decoder.each(|decoder| {
        let (_subscription, _sequence) = (decoder.u32()?, decoder.u32()?);
        Ok(())
    })
}

fn published(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    visitor.subscription(decoder.u32()?);
    decoder.each(|decoder| decoder.u32().map(drop))?;
    let _more = decoder.boolean()?;
    notification(decoder, visitor)?;
    decoder.each(|decoder| decoder.status().map(drop))?;
    super::diagnostics(decoder, visitor)
}

/// NotificationMessage (OPC 10000-4 section 7.26).
fn notification(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let (_sequence, _time) = (decoder.u32()?, decoder.date_time()?);
    decoder.each(|decoder| {
        let Some((kind, body)) = decoder.extension_object()?.standard() else { return Ok(()) };
        decoder.within(body, |decoder| match kind {
            DATA_CHANGE => data_change(decoder, visitor),
            916 => events(decoder, visitor),
            820 => status_change(decoder, visitor),
            _ => Ok(()),
        })
    })
}

/// DataChangeNotification (OPC 10000-4 section 7.25.2).
fn data_change(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.monitored(decoder.u32()?);
        tell_data_value(decoder, visitor)
    })?;
    super::diagnostics(decoder, visitor)
}

/// EventNotificationList (OPC 10000-4 section 7.25.3).
fn events(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.monitored(decoder.u32()?);
        tell_read(decoder, visitor, |decoder| Ok(Value::List(decoder.list(wire::VARIANT)?.1)))
    })
}

/// StatusChangeNotification (OPC 10000-4 section 7.25.4): the subscription itself has changed.
fn status_change(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let status = decoder.status()?;
    visitor.unnamed();
    tell(decoder, visitor, || {
        Value::Fields(Fields::default().with("subscription_status", Value::Text(status.to_string())))
    });
    decoder.diagnostic_info().map(drop)
}
