use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::alert::{Alert, State, Update};
use crate::baseline::Scenario;
use crate::console::LiveEvents;
use crate::detect;
use crate::event::{Event, Map, Severity, Timestamp};
use crate::output::{self, AlertMessage, Webhook};
use crate::pipeline::Journal;
use crate::store::{AlertRecords, Batch, Committer, StoreError};
use crate::uplink::{self, Outbox};

/// Writes alerts down together with every message that tells of them, and wakes those who send.
pub struct LiveJournal {
    pub committer: Committer,
    pub sinks: Vec<(Webhook, Arc<Notify>)>,
    pub report_by_default: bool,
    pub report_level: u8,
    pub batch_every: Duration,
    pub reporter: Arc<Notify>,
    pub events: LiveEvents,
    /// Alerts that only counted up since the last second; written together then.
    pub repeated: Map<String, Alert>,
}

impl Journal for LiveJournal {
    fn event(&mut self, _event: &Event) {}

    fn alert(&mut self, alert: &Alert, update: &Update) {
        if matches!(update, Update::Repeated(_)) {
            self.repeated.insert(alert.id.clone(), alert.clone());
            return;
        }
        self.repeated.remove(&alert.id);
        if let Err(error) = self.write(alert, update) {
            tracing::error!(alert = %alert.id, %error, "alert cannot be written down");
        }
        self.events.alert(alert);
    }

    fn tick(&mut self, _ts: Timestamp) {
        let mut batch = Batch::default();
        for (id, alert) in self.repeated.drain() {
            if let Err(error) = AlertRecords::put(&mut batch, &alert) {
                tracing::error!(alert = %id, %error, "alert cannot be written down");
            }
            self.events.alert(&alert);
        }
        if !batch.is_empty() {
            self.committer.commit_then(batch, |_| {});
        }
    }

    fn watching(&mut self, scenario: Scenario, _ts: Timestamp) {
        tracing::info!(?scenario, "learning is over; watching");
    }
}

impl LiveJournal {
    fn write(&self, alert: &Alert, update: &Update) -> Result<(), StoreError> {
        let now = Timestamp::now();
        let mut batch = Batch::default();
        AlertRecords::put(&mut batch, alert)?;
        let mut wake = Vec::new();
        if matches!(update, Update::New(_)) {
            for (sink, notify) in self.sinks.iter().filter(|(sink, _)| alert.severity >= sink.min_severity) {
                let body = message("alert.created", alert, now)?;
                output::enqueue(&mut batch, &sink.name, &format!("msg_{}_created", alert.id), body, now)?;
                wake.push(Arc::clone(notify));
            }
        }
        let told = matches!(update, Update::New(_) | Update::Moved(_));
        if told && self.report_level >= 2 && uplink::is_enabled(&self.committer, self.report_by_default)? {
            let urgent = alert.severity >= Severity::High || alert.state != State::New;
            Outbox::enqueue(&mut batch, &alert.id, if urgent { now } else { now + self.batch_every })?;
            wake.push(Arc::clone(&self.reporter));
        }
        // Nobody is woken before it is on disk: what was told must still be there after a power cut.
        self.committer.commit_then(batch, move |result| {
            if result.is_ok() {
                wake.iter().for_each(|notify| notify.notify_one());
            }
        });
        Ok(())
    }
}

fn message(kind: &'static str, alert: &Alert, now: Timestamp) -> Result<String, StoreError> {
    let message = AlertMessage::new(kind, alert, detect::techniques(&alert.source), now);
    serde_json::to_string(&message).map_err(|error| StoreError::Record(error.to_string()))
}
