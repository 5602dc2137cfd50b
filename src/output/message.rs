use serde::Serialize;

use crate::alert::{Alert, AlertLine};
use crate::event::Timestamp;

/// The body of a Standard Webhooks message: `{type, timestamp, data}`, data being the alert's line.
#[derive(Serialize)]
pub struct AlertMessage<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Timestamp,
    data: AlertLine<'a>,
}

impl<'a> AlertMessage<'a> {
    /// `kind` is `alert.created` or `alert.closed`.
    pub fn new(kind: &'static str, alert: &'a Alert, techniques: Vec<String>, now: Timestamp) -> Self {
        AlertMessage { kind, timestamp: now, data: AlertLine { alert, techniques } }
    }
}
