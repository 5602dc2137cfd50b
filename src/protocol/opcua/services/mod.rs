//! The bodies of the services of OPC 10000-4: one walk over each, told to whoever wants to know.
//!
//! The walk decodes and never decides. Whoever listens may compute keys, build an event's items, learn names, or only
//! see whether all went well; with a decoder that does not build, a walk allocates nothing.

mod attribute;
mod discovery;
mod header;
pub mod learn_subscription;
pub mod learn_view;
mod management;
mod method;
mod query;
mod session;
mod subscription;
mod view;

pub use discovery::{Application, Endpoint, TokenPolicy};
pub use header::{RequestHeader, ResponseHeader};
pub use session::{Activate, CreateAnswer, CreateRequest, OpenAnswer, OpenRequest, Token};

use super::decoder::{Decoded, Decoder};
use super::subject::Subject;
use super::types::{DiagnosticInfo, StatusCode};
use super::variant::DataValue;
use super::wire;
use crate::event::Value;

/// Hears what a body says, in the order of the wire.
pub trait Visitor {
    /// The next thing that the message acts on or tells about.
    fn object(&mut self, _subject: Subject<'_>) {}

    /// The next thing, where it has no name that outlives the session.
    fn unnamed(&mut self) {}

    /// The subscription that the following handles and item ids belong to.
    fn subscription(&mut self, _id: u32) {}

    /// The next thing that a notification tells about, by the handle that the client gave it.
    fn monitored(&mut self, _handle: u32) {}

    /// The next thing, by the id that the server gave to the watching of it.
    fn item(&mut self, _id: u32) {}

    /// The next thing, where a request goes on with what an earlier one began.
    fn continuation(&mut self, _point: &[u8]) {}

    /// Which part of the latest object is meant.
    fn range(&mut self, _range: &[u8]) {}

    /// Type, quality and times of the value that comes next.
    fn sample(&mut self, _data: &DataValue) {}

    /// A value of the latest object, or of the latest result.
    fn value(&mut self, _value: Value) {}

    /// The next result of an answer: they stand in the order of the request's objects.
    fn result(&mut self, _status: StatusCode) {}

    /// The quality of the latest value.
    fn quality(&mut self, _status: StatusCode) {}

    /// What the server adds to the result of the request's part of this number.
    fn diagnostic(&mut self, _part: usize, _info: &DiagnosticInfo<'_>) {}

    /// An application that describes itself.
    fn application(&mut self, _application: &Application<'_>) {}

    /// A way into the server.
    fn endpoint(&mut self, _endpoint: &Endpoint<'_>) {}
}

/// Whoever only wants to know whether the body can be read.
impl Visitor for () {}

/// Walks over a request's fields behind its header. False where this service's fields are not read.
pub fn request(service: u32, decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<bool> {
    match service {
        wire::FIND_SERVERS | wire::GET_ENDPOINTS => discovery::asked(decoder, visitor),
        wire::FIND_SERVERS_ON_NETWORK => discovery::asked_network(decoder),
        wire::REGISTER_SERVER => discovery::registered(decoder, visitor),
        wire::REGISTER_SERVER_2 => discovery::registered_with_configuration(decoder, visitor),
        wire::OPEN_CHANNEL => OpenRequest::read(decoder).map(drop),
        wire::CREATE_SESSION => CreateRequest::read(decoder).map(drop),
        wire::ACTIVATE_SESSION => Activate::read(decoder).map(drop),
        wire::CLOSE_SESSION => decoder.boolean().map(drop),
        wire::CANCEL => decoder.u32().map(drop),
        wire::CLOSE_CHANNEL => Ok(()),
        wire::ADD_NODES => management::add_nodes(decoder, visitor),
        wire::ADD_REFERENCES => management::add_references(decoder, visitor),
        wire::DELETE_NODES => management::delete_nodes(decoder, visitor),
        wire::DELETE_REFERENCES => management::delete_references(decoder, visitor),
        wire::BROWSE => view::browse(decoder, visitor),
        wire::BROWSE_NEXT => view::browse_next(decoder, visitor),
        wire::TRANSLATE => view::translate(decoder, visitor),
        wire::REGISTER_NODES | wire::UNREGISTER_NODES => view::nodes(decoder, visitor),
        wire::READ => attribute::read(decoder, visitor),
        wire::HISTORY_READ => attribute::history_read(decoder, visitor),
        wire::WRITE => attribute::write(decoder, visitor),
        wire::HISTORY_UPDATE => attribute::history_update(decoder, visitor),
        wire::CALL => method::call(decoder, visitor),
        wire::QUERY_FIRST => query::first(decoder, visitor),
        wire::QUERY_NEXT => query::next(decoder),
        _ => return subscription::request(service, decoder, visitor),
    }?;
    Ok(true)
}

/// Walks over an answer's fields behind its header. False where this service's fields are not read.
pub fn response(service: u32, decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<bool> {
    match service {
        wire::FIND_SERVERS => discovery::servers(decoder, visitor),
        wire::GET_ENDPOINTS => discovery::endpoints(decoder, visitor),
        wire::FIND_SERVERS_ON_NETWORK => discovery::servers_on_network(decoder, visitor),
        wire::REGISTER_SERVER | wire::CLOSE_SESSION | wire::CLOSE_CHANNEL | wire::UNREGISTER_NODES => Ok(()),
        wire::OPEN_CHANNEL => OpenAnswer::read(decoder).map(drop),
        wire::CREATE_SESSION => CreateAnswer::read(decoder, visitor).map(drop),
        wire::ACTIVATE_SESSION => session::activated(decoder, visitor),
        wire::CANCEL => decoder.u32().map(drop),
        wire::ADD_NODES => management::added(decoder, visitor),
        wire::BROWSE | wire::BROWSE_NEXT => view::browsed(decoder, visitor),
        wire::TRANSLATE => view::translated(decoder, visitor),
        wire::REGISTER_NODES => view::registered(decoder, visitor),
        wire::READ => attribute::have_read(decoder, visitor),
        wire::HISTORY_READ => attribute::history_was_read(decoder, visitor),
        wire::HISTORY_UPDATE => attribute::history_was_updated(decoder, visitor),
        wire::CALL => method::called(decoder, visitor),
        wire::QUERY_FIRST => query::found(decoder, visitor),
        wire::QUERY_NEXT => query::found_more(decoder, visitor),
        wire::WRITE | wire::ADD_REFERENCES | wire::DELETE_NODES | wire::DELETE_REFERENCES | wire::REGISTER_SERVER_2 => {
            results(decoder, visitor)
        }
        _ => return subscription::response(service, decoder, visitor),
    }?;
    Ok(true)
}

/// The shape of most answers: a status code for each thing asked, then diagnostics.
fn results(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.result(decoder.status()?);
        Ok(())
    })?;
    diagnostics(decoder, visitor)
}

/// The DiagnosticInfo array that ends most answers.
fn diagnostics(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    let mut part = 0;
    decoder.each(|decoder| {
        let info = decoder.diagnostic_info()?;
        if !info.is_empty() {
            visitor.diagnostic(part, &info);
        }
        part += 1;
        Ok(())
    })
}

/// A status for each value: a bad one must not hide behind a good whole.
fn qualities(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor) -> Decoded<()> {
    decoder.each(|decoder| {
        visitor.quality(decoder.status()?);
        Ok(())
    })
}

/// Reads how many things were asked for and how many answers there are: so many can be put together.
fn answered(request: &mut Decoder<'_>, response: &mut Decoder<'_>) -> Decoded<usize> {
    let asked = request.count()?;
    Ok(response.count()?.min(asked))
}

/// Hands a value on where there is room for it.
fn tell(decoder: &mut Decoder<'_>, visitor: &mut dyn Visitor, build: impl FnOnce() -> Value) {
    if decoder.room() > 0 {
        let value = decoder.value(build);
        visitor.value(value);
    }
}

/// Reads a value and hands it on where there was room for it.
fn tell_read<'a>(
    decoder: &mut Decoder<'a>,
    visitor: &mut dyn Visitor,
    read: impl FnOnce(&mut Decoder<'a>) -> Decoded<Value>,
) -> Decoded<()> {
    let has_room = decoder.room() > 0;
    let value = read(decoder)?;
    if has_room {
        visitor.value(value);
    }
    Ok(())
}
