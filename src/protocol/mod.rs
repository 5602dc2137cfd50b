//! What was said: from ordered bytes to operations, sessions, facts and anomalies.
//!
//! A protocol is one folder (`wire` names and numbers, `parse` pure bytes-to-values, `state` pairing over time, `tests`)
//! and one line in [`registry`]. Probing is by content; ports are hints. Parsers keep what they could read, survive
//! unknown codes, find the next message after loss, bound whatever they hold, and say so when a bound is passed. They
//! know no store, no rule and no clock but the packet's.
//!
//! The known is cheap: before a parser builds anything for an ordinary operation it asks [`Output::known`], and where
//! that says yes, one counter moved and nothing was allocated.

pub mod beside;
mod conversation;
pub mod dcp;
mod entry;
mod files;
mod framing;
pub mod hosts;
pub mod modbus;
pub mod names;
pub mod opcua;
mod probe;
mod reader;
pub mod registry;
pub mod s7;
#[cfg(test)]
#[path = "tests/talk.rs"]
mod talk;
mod tls;

pub use beside::Beside;
pub use conversation::Conversation;
pub use entry::Entry;
pub use files::{Carved, Files, HeldFiles};
pub use framing::{Assembled, Assembler, Framing};
pub use names::Names;
pub use probe::{Probe, Sample};
pub use reader::Reader;

use crate::event::{
    Anomaly, Class, EventKind, Fact, FrameRef, FunctionKey, ObjectKey, Operation, Protocol, Session, Side,
};
use crate::flow::FlowInfo;

/// Reads one conversation of one protocol.
pub trait Parser: Send {
    /// What is spoken, as far as the content has shown by now.
    fn protocol(&self) -> Protocol;

    /// Ordered bytes of one direction.
    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>);

    /// Bytes of one direction were lost to the capture.
    fn gap(&mut self, from: Side, at: FrameRef, missing: u64, out: &mut Output<'_>);

    /// The conversation is over: what still waits for an answer will get none.
    fn end(&mut self, out: &mut Output<'_>);
}

/// The room above: takes what parsers of all conversations find.
pub trait Sink {
    fn known(&mut self, flow: &FlowInfo, behaviour: &Behaviour<'_>) -> bool;
    fn event(&mut self, flow: &FlowInfo, protocol: Protocol, kind: EventKind, frames: &[FrameRef]);
    fn undecoded(&mut self, bytes: usize);
    fn encrypted(&mut self);

    /// What conversations share; without it each knows only what it heard itself.
    fn shared(&mut self) -> Option<&mut Shared> {
        None
    }
}

/// What the conversations of one packet thread know together.
#[derive(Debug, Default)]
pub struct Shared {
    pub opcua: opcua::Servers,
    pub modbus: modbus::Held,
    /// `None` where each connection is to tell everything anew.
    pub s7: Option<s7::Told>,
    pub s7_commands: s7::Commands,
}

/// Where a parser's results go.
pub struct Output<'a> {
    pub flow: &'a FlowInfo,
    pub sink: &'a mut dyn Sink,
}

impl Output<'_> {
    /// Asks whether this behaviour is known to be normal on this link. If so it has been counted, and no event is wanted.
    pub fn known(&mut self, behaviour: &Behaviour<'_>) -> bool {
        self.sink.known(self.flow, behaviour)
    }

    /// Something worth an event; `frames` are the first and last frame of each message that took part.
    pub fn event(&mut self, protocol: Protocol, kind: EventKind, frames: &[FrameRef]) {
        self.sink.event(self.flow, protocol, kind, frames);
    }

    pub fn operation(&mut self, protocol: Protocol, operation: Operation, frames: &[FrameRef]) {
        self.event(protocol, EventKind::Operation(Box::new(operation)), frames);
    }

    pub fn identity(&mut self, protocol: Protocol, fact: Fact, frames: &[FrameRef]) {
        self.event(protocol, EventKind::Identity(Box::new(fact)), frames);
    }

    pub fn anomaly(&mut self, protocol: Protocol, anomaly: Anomaly, frames: &[FrameRef]) {
        self.event(protocol, EventKind::Anomaly(Box::new(anomaly)), frames);
    }

    pub fn session(&mut self, protocol: Protocol, session: Session, frames: &[FrameRef]) {
        self.event(protocol, EventKind::Session(Box::new(session)), frames);
    }

    /// So many bytes could not be read.
    pub fn undecoded(&mut self, bytes: usize) {
        self.sink.undecoded(bytes);
    }

    /// A message whose content is encrypted went by: metadata only.
    pub fn encrypted(&mut self) {
        self.sink.encrypted();
    }
}

/// An ordinary, answered operation reduced to numbers: what the cache of the known is keyed by.
#[derive(Clone, Copy, Debug)]
pub struct Behaviour<'a> {
    pub protocol: Protocol,
    /// See [`crate::event::Unit::key`]; zero where there is none.
    pub unit: u64,
    pub function: FunctionKey,
    pub class: Class,
    pub objects: &'a [ObjectKey],
    /// What it writes, as it stood on the wire; empty for what writes nothing. Another value is another behaviour.
    pub values: &'a [u8],
    pub at: FrameRef,
}
