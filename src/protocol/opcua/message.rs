//! A whole message of a secure channel: which half of which service it is, and its header.

use smallvec::SmallVec;

use super::decoder::{Decoded, Decoder};
use super::services::{RequestHeader, ResponseHeader};
use super::types::NodeId;
use super::wire::{self, Half, Service};
use crate::event::{FrameRef, Side};

/// First and last frame of each message that took part.
pub type Frames = SmallVec<[FrameRef; 4]>;

/// A message as it came, its chunks joined and without signatures.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// The policy of an OPN, which comes before its channel.
    pub opening: Option<&'a str>,
    pub from: Side,
    pub channel: u32,
    pub request: u32,
    pub body: &'a [u8],
    /// Bytes that a bound of ours kept from being held; the body ends early by as many.
    pub missing: usize,
    /// Nothing but the service's fields can be in the body: no signature of unknown length.
    pub is_exact: bool,
    pub first: FrameRef,
    pub last: FrameRef,
}

/// What a message says of itself.
#[derive(Debug)]
pub enum Said<'a> {
    Request(Asked<'a>),
    Answer(Answered<'a>),
}

#[derive(Debug)]
pub struct Asked<'a> {
    /// Binary encoding id; zero for one that is no number.
    pub code: u32,
    pub service: Option<&'static Service>,
    pub header: RequestHeader<'a>,
    /// Where in the body the service's own fields begin.
    pub fields: usize,
}

#[derive(Debug)]
pub struct Answered<'a> {
    pub code: u32,
    /// The service whose response it is; `None` for a ServiceFault and for what is unknown.
    pub service: Option<&'static Service>,
    pub header: ResponseHeader<'a>,
    pub fields: usize,
}

impl Answered<'_> {
    pub const fn is_fault(&self) -> bool {
        self.code == wire::SERVICE_FAULT
    }
}

impl<'a> Message<'a> {
    /// Reads type and header (OPC 10000-6 section 6.7.2.6). An unknown type is what its sender's side makes it.
    pub fn read(&self) -> Decoded<Said<'a>> {
        let mut decoder = Decoder::new(self.body);
        let code = code(&decoder.node_id()?);
        let (is_request, service) = match wire::half(code) {
            Some(Half::Request(service)) => (true, Some(service)),
            Some(Half::Response(service)) => (false, Some(service)),
            Some(Half::Fault) => (false, None),
            None => (self.from == Side::Client, None),
        };
        Ok(if is_request {
            let header = RequestHeader::read(&mut decoder)?;
            Said::Request(Asked { code, service, header, fields: decoder.offset() })
        } else {
            let header = ResponseHeader::read(&mut decoder)?;
            Said::Answer(Answered { code, service, header, fields: decoder.offset() })
        })
    }

    /// A decoder for the service's own fields.
    pub fn fields(&self, offset: usize) -> Decoder<'a> {
        fields(self.body, offset)
    }

    pub fn frames(&self) -> Frames {
        Frames::from_slice(&[self.first, self.last])
    }
}

/// A decoder for what begins at an offset of a body.
pub fn fields(body: &[u8], offset: usize) -> Decoder<'_> {
    Decoder::new(body.get(offset..).unwrap_or_default()).based_at(offset)
}

fn code(type_id: &NodeId<'_>) -> u32 {
    type_id.standard().unwrap_or(0)
}
