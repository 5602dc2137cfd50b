//! The way out: operations and anomalies of one connection.

use smallvec::SmallVec;

use super::meaning::Meaning;
use super::tsdu::Sent;
use crate::event::{Anomaly, Blame, FrameRef, Function, Operation, Outcome, Protocol, Unit};
use crate::protocol::Output;

/// Anomalies told of one connection; after that the bytes are only counted.
const MAX_ANOMALIES: u16 = 200;

/// Where what was found on one connection goes, with what every event of it needs.
pub struct Reporter<'a, 'o> {
    pub protocol: Protocol,
    pub unit: Option<&'a Unit>,
    /// Whom the connection called: `es`, `hmi`, `pg` …
    pub role: Option<&'static str>,
    pub anomalies: &'a mut u16,
    pub out: &'a mut Output<'o>,
}

/// How a transaction ended, and which of its messages were seen.
#[derive(Clone, Copy, Debug)]
pub struct Ending {
    pub request: Option<Sent>,
    pub response: Option<Sent>,
    pub outcome: Outcome,
}

/// What is wrong with a message.
#[derive(Clone, Debug)]
pub struct Fault {
    layer: &'static str,
    name: &'static str,
    /// Bytes from the start of the layer's message.
    offset: u32,
    detail: String,
    /// How reading goes on.
    resumed: &'static str,
}

impl Fault {
    pub fn new(layer: &'static str, name: &'static str, offset: u32, detail: String, resumed: &'static str) -> Self {
        Fault { layer, name, offset, detail, resumed }
    }
}

impl Ending {
    /// First and last frame of each message.
    pub fn frames(&self) -> SmallVec<[FrameRef; 4]> {
        self.request.iter().chain(&self.response).flat_map(|sent| [sent.first, sent.last]).collect()
    }

    fn latency_us(&self) -> Option<u64> {
        let waited = self.response?.first.ts.since(self.request?.last.ts);
        u64::try_from(waited.as_micros()).ok()
    }
}

impl Reporter<'_, '_> {
    pub fn operation(&mut self, meaning: Meaning, ending: &Ending) {
        let operation = Operation {
            unit: self.unit.cloned(),
            function: Function { role: self.role.map(Into::into), ..meaning.function },
            class: meaning.class,
            items: meaning.items,
            outcome: ending.outcome,
            error: meaning.error,
            request_seen: ending.request.is_some(),
            response_seen: ending.response.is_some(),
            latency_us: ending.latency_us(),
            transaction: None,
            channel: None,
        };
        self.out.operation(self.protocol, operation, &ending.frames());
    }

    /// Something wrong that the sender did.
    pub fn anomaly(&mut self, fault: Fault, sent: Sent) {
        self.anomaly_by(sent.from.into(), fault, sent);
    }

    pub fn anomaly_by(&mut self, blame: Blame, fault: Fault, sent: Sent) {
        if *self.anomalies >= MAX_ANOMALIES {
            return;
        }
        *self.anomalies += 1;
        let last = *self.anomalies == MAX_ANOMALIES;
        let anomaly = Anomaly {
            layer: fault.layer.into(),
            name: fault.name.into(),
            offset: fault.offset,
            detail: if last { format!("{}; no further ones are told", fault.detail) } else { fault.detail },
            blame,
            resumed: fault.resumed.into(),
        };
        self.out.anomaly(self.protocol, anomaly, &[sent.first, sent.last]);
    }
}
