//! What monitored item services teach about what is watched; the decoders stand behind both headers.

use super::answered;
use super::attribute::ReadValueId;
use super::learn_view::RawData;
use super::subscription::{Parameters, revised, wanted_item};
use crate::event::Timestamp;
use crate::protocol::opcua::decoder::{Decoded, Decoder};
use crate::protocol::opcua::monitored::{MAX_COLUMNS, Monitored, Wanted};
use crate::protocol::opcua::server::Server;
use crate::protocol::opcua::types::ExtensionObject;

/// EventFilter (OPC 10000-4 section 7.22.3).
const EVENT_FILTER: u32 = 727;
/// Characters of an event field's name.
const MAX_COLUMN: usize = 128;

/// Learns which node stands behind each client handle.
pub fn created(request: &mut Decoder<'_>, response: &mut Decoder<'_>, monitored: &mut Monitored) -> Decoded<()> {
    let (subscription, _timestamps) = (request.u32()?, request.u32()?);
    for _ in 0..answered(request, response)? {
        let (ReadValueId { node, attribute, range }, parameters) = wanted_item(request)?;
        let (status, item) = (response.status()?, response.u32()?);
        revised(response)?;
        if !status.is_bad() {
            let columns = columns(&parameters.filter).unwrap_or_default().into_boxed_slice();
            let wanted = Wanted { node, attribute, is_part: !range.is_empty(), columns };
            monitored.learn(subscription, parameters.handle, item, wanted);
        }
    }
    Ok(())
}

/// What an event's fields are called: the last step of each field's path, or the attribute.
fn columns(filter: &ExtensionObject<'_>) -> Option<Vec<Box<str>>> {
    let (EVENT_FILTER, body) = filter.standard()? else { return None };
    let mut decoder = Decoder::new(body);
    let mut columns = Vec::new();
    let read = decoder.each(|decoder| {
        let _type_definition = decoder.node_id()?;
        let mut name = String::new();
        decoder.each(|decoder| {
            let step = decoder.qualified_name()?;
            if name.len() < MAX_COLUMN {
                name.push_str(if name.is_empty() { "" } else { "/" });
                name.push_str(&step.to_string());
            }
            Ok(())
        })?;
        let attribute = decoder.u32()?;
        let _range = decoder.string()?;
        if columns.len() < MAX_COLUMNS {
            let name = if name.is_empty() { format!("attribute {attribute}") } else { name };
            columns.push(name.chars().take(MAX_COLUMN).collect::<String>().into_boxed_str());
        }
        Ok(())
    });
    read.ok().map(|()| columns)
}

/// Learns new client handles of items that are known.
pub fn modified(request: &mut Decoder<'_>, response: &mut Decoder<'_>, monitored: &mut Monitored) -> Decoded<()> {
    let (subscription, _timestamps) = (request.u32()?, request.u32()?);
    for _ in 0..answered(request, response)? {
        let item = request.u32()?;
        let parameters = Parameters::read(request)?;
        let status = response.status()?;
        revised(response)?;
        if !status.is_bad() {
            monitored.rename(subscription, item, parameters.handle);
        }
    }
    Ok(())
}

/// Forgets items that the client deleted.
pub fn deleted(request: &mut Decoder<'_>, monitored: &mut Monitored) -> Decoded<()> {
    let subscription = request.u32()?;
    request.each(|request| {
        monitored.forget(subscription, request.u32()?);
        Ok(())
    })
}

/// Forgets subscriptions that the client deleted.
pub fn unsubscribed(request: &mut Decoder<'_>, monitored: &mut Monitored) -> Decoded<()> {
    request.each(|request| {
        monitored.forget_subscription(request.u32()?);
        Ok(())
    })
}

/// Publish: what the watched nodes hold now.
pub fn published(response: &mut Decoder<'_>, server: &mut Server, at: Timestamp) -> Decoded<()> {
    let subscription = response.u32()?;
    response.each(|response| response.u32().map(drop))?;
    let _more = response.boolean()?;
    let (_sequence, _time) = (response.u32()?, response.date_time()?);
    response.each(|response| {
        let Some((super::subscription::DATA_CHANGE, body)) = response.extension_object()?.standard() else {
            return Ok(());
        };
        response.within(body, |response| data_change(response, subscription, server, at))
    })
}

fn data_change(response: &mut Decoder<'_>, subscription: u32, server: &mut Server, at: Timestamp) -> Decoded<()> {
    let Server { monitored, seen, .. } = server;
    response.each(|response| {
        let handle = response.u32()?;
        let data = RawData::read(response)?;
        let Some(item) = monitored.get(subscription, handle).filter(|item| item.is_whole_value) else { return Ok(()) };
        if data.status.is_bad() {
            seen.forget(item.key.space);
        } else {
            seen.learn(item.key.space, data.variant, at);
        }
        Ok(())
    })
}
