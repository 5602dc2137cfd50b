//! A request with its answer, whichever of the two was seen.

use super::decoder::Decoder;
use super::message::{Answered, Frames, Message};
use super::pending::Open;
use super::services::RequestHeader;
use super::types::StatusCode;
use super::wire::Service;
use crate::event::{Class, Outcome};

/// What is known of a transaction when it is told.
pub struct Exchange<'a> {
    pub request: Option<&'a Open>,
    pub answer: Option<(&'a Message<'a>, &'a Answered<'a>)>,
    pub outcome: Outcome,
    /// The error that ended the connection, where it took the answer's place.
    pub error: Option<StatusCode>,
}

impl<'a> Exchange<'a> {
    /// The request's header, where the request was seen.
    pub fn request_header(&self) -> Option<RequestHeader<'a>> {
        let mut decoder = Decoder::new(&self.request?.body);
        decoder.node_id().ok()?;
        RequestHeader::read(&mut decoder).ok()
    }

    /// The request's binary encoding id; that of the answer where its request is unknown.
    pub fn code(&self) -> u32 {
        let answered = self.answer.map(|(_, said)| said.service.map_or(said.code, |service| service.request));
        self.request.map(|open| open.code).or(answered).unwrap_or(0)
    }

    pub fn service(&self) -> Option<&'static Service> {
        self.request.map_or_else(|| self.answer.and_then(|(_, said)| said.service), |open| open.service)
    }

    pub fn class(&self) -> Class {
        self.service().map_or(Class::Diagnose, |service| service.class)
    }

    pub fn channel(&self) -> u32 {
        self.answer.map(|(message, _)| message.channel).or(self.request.map(|open| open.channel)).unwrap_or(0)
    }

    pub fn frames(&self) -> Frames {
        let asked = self.request.iter().flat_map(|open| [open.first, open.last]);
        asked.chain(self.answer.iter().flat_map(|(message, _)| [message.first, message.last])).collect()
    }

    /// The service's result, where it says more than good.
    pub fn result(&self) -> Option<StatusCode> {
        let answered = self.answer.map(|(_, said)| said.header.result);
        answered.or(self.error).filter(|result| *result != StatusCode::GOOD)
    }

    pub fn name(&self) -> &'static str {
        self.service().map_or("an unknown service", |service| service.name)
    }

    /// Whether the answer's own fields are to be read: a ServiceFault has none.
    pub fn has_answer_fields(&self) -> bool {
        self.answer.is_some_and(|(_, said)| said.service.is_some_and(|service| service.request == self.code()))
    }
}
