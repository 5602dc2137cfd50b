//! SEN: is what the sensor says worth anything?

mod clock;
mod integrity;
mod loss;
mod mirror;
mod rate;
mod silence;
mod window;

use std::borrow::Cow;

pub use clock::Clock;
pub use integrity::integrity;
pub use loss::Loss;
pub use mirror::Mirror;
pub use silence::Silence;

use super::catalogue;
use crate::event::{
    Endpoint, Ends, Evidence, Finding, FindingSource, Reason, Service, Severity, Timestamp, Transport, Vlans,
};

/// A finding about the sensor: nobody did it, and no frames prove it.
fn finding(id: &'static str, act: &'static str, ts: Timestamp, source: &str, reasons: Vec<Reason>) -> Finding {
    let nobody = Endpoint { ip: None, port: 0, mac: None };
    Finding {
        ts,
        source: FindingSource::Detection { id: Cow::Borrowed(id) },
        severity: catalogue::find(id).map_or(Severity::Medium, |detection| detection.severity),
        service: Service::Port(Transport::Ip, 0),
        flow: None,
        ends: Ends { vlans: Vlans::new(), client: nobody, server: nobody },
        outcome: None,
        class: None,
        act: act.to_owned(),
        reasons,
        evidence: Evidence { capture: source.into(), ..Evidence::default() },
        learnable: false,
    }
}
