//! Anomalies, all of one layer.

use std::borrow::Cow;

use super::certificate::Flaw;
use super::decoder::Fault;
use crate::event::{Anomaly, Blame};

/// An anomaly of this protocol.
pub fn anomaly(name: &'static str, offset: usize, detail: String, blame: impl Into<Blame>) -> Anomaly {
    Anomaly {
        layer: "opcua".into(),
        name: name.into(),
        offset: u32::try_from(offset).unwrap_or(u32::MAX),
        detail,
        blame: blame.into(),
        resumed: Cow::Borrowed("at the next message"),
    }
}

/// A body that breaks its encoding.
pub fn fault(fault: Fault, what: &str, blame: impl Into<Blame>) -> Anomaly {
    anomaly(fault.kind.name(), fault.offset, format!("in the body of {what}"), blame)
}

/// A certificate, or a chain of them, that cannot be what it should be.
pub fn certificate_flaw(flaw: Flaw, what: &str, blame: impl Into<Blame>) -> Anomaly {
    let told = anomaly(flaw.name(), 0, format!("in {what}"), blame);
    Anomaly { resumed: Cow::Borrowed("message kept, the rest of the chain unread"), ..told }
}
