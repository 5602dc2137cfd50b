use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::alert::{Alert, Party, State, Update};
use crate::baseline::Scenario;
use crate::console::LiveEvents;
use crate::detect;
use crate::event::{Event, FindingSource, Lang, Map, Severity, Timestamp};
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
        if matches!(update, Update::New(_)) {
            log(alert);
        }
        if let Err(error) = self.write(alert, update) {
            tracing::error!(alert = %alert.id, %error, "alert cannot be written down");
        }
    }

    fn tick(&mut self, _ts: Timestamp) {
        let mut batch = Batch::default();
        let alerts: Vec<Alert> = self.repeated.drain().map(|(_, alert)| alert).collect();
        for alert in &alerts {
            if let Err(error) = AlertRecords::put(&mut batch, alert) {
                tracing::error!(alert = %alert.id, %error, "alert cannot be written down");
            }
        }
        if !batch.is_empty() {
            let events = self.events.clone();
            self.committer.commit_then(batch, move |result| {
                if result.is_ok() {
                    alerts.iter().for_each(|alert| events.alert(alert));
                }
            });
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
        // Nobody is told before it is on disk: what was told must still be there after a power cut.
        let (events, alert) = (self.events.clone(), alert.clone());
        self.committer.commit_then(batch, move |result| {
            if result.is_ok() {
                wake.iter().for_each(|notify| notify.notify_one());
                events.alert(&alert);
            }
        });
        Ok(())
    }
}

/// For whoever reads the box's log instead of the console.
fn log(alert: &Alert) {
    let ip = |party: &Option<Party>| party.as_ref().and_then(|party| party.ip).map(tracing::field::display);
    let title = alert.title(Lang::En);
    tracing::info!(
        id = %alert.id,
        source = %source(&alert.source),
        severity = alert.severity.name(),
        client = ip(&alert.client),
        server = ip(&alert.server),
        title,
        "alert"
    );
}

fn source(source: &FindingSource) -> String {
    match source {
        FindingSource::Detection { id } => id.to_string(),
        FindingSource::Signature { gid, sid, rev, .. } => format!("{gid}:{sid}:{rev}"),
        FindingSource::Yara { rule, .. } => rule.clone(),
    }
}

fn message(kind: &'static str, alert: &Alert, now: Timestamp) -> Result<String, StoreError> {
    let message = AlertMessage::new(kind, alert, detect::techniques(&alert.source), now);
    serde_json::to_string(&message).map_err(|error| StoreError::Record(error.to_string()))
}
