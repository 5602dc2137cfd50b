use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, watch};

use super::http::{self, TargetError};
use super::queue::{self, Queued};
use super::signing::SigningKey;
use crate::event::{Severity, Timestamp};
use crate::store::{Batch, Committer, StoreError};

/// Waits between attempts (Standard Webhooks, "Deliverability and reliability").
const SCHEDULE: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// Messages looked at in one turn.
const TURN: usize = 50;
/// When nothing happens the queue is looked at all the same.
const IDLE: Duration = Duration::from_secs(30);

/// A generic webhook.
#[derive(Clone)]
pub struct Webhook {
    pub name: String,
    pub url: String,
    pub key: SigningKey,
    pub min_severity: Severity,
    pub allow_private: bool,
}

/// How a sink does.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct SinkStatus {
    pub name: String,
    pub waiting: usize,
    pub delivered: u64,
    pub last_error: Option<String>,
    /// The far end said that it is gone for good (410).
    pub off: bool,
}

/// Delivers one webhook's messages.
pub struct WebhookSender {
    webhook: Webhook,
    committer: Committer,
    wake: Arc<Notify>,
    status: Arc<Mutex<SinkStatus>>,
}

/// What became of one attempt.
enum Attempt {
    Delivered,
    Gone,
    /// Try again, at the earliest after the time the far end asked for.
    Failed {
        reason: String,
        wait: Option<Duration>,
    },
}

impl WebhookSender {
    pub fn new(webhook: Webhook, committer: Committer) -> Self {
        let status = SinkStatus { name: webhook.name.clone(), ..SinkStatus::default() };
        WebhookSender { webhook, committer, wake: Arc::new(Notify::new()), status: Arc::new(Mutex::new(status)) }
    }

    /// To be notified when something was queued.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub fn status(&self) -> Arc<Mutex<SinkStatus>> {
        Arc::clone(&self.status)
    }

    /// Delivers until `stop` says so.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let rest = match self.turn().await {
                Ok(rest) => rest,
                Err(error) => {
                    tracing::error!(sink = %self.webhook.name, %error, "queue cannot be read");
                    IDLE
                }
            };
            tokio::select! {
                () = self.wake.notified() => {}
                () = tokio::time::sleep(rest) => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// Sends what is due; says how long nothing will be.
    async fn turn(&self) -> Result<Duration, StoreError> {
        let queued = queue::waiting(self.committer.storage(), &self.webhook.name, TURN)?;
        self.note(|status| status.waiting = queued.len());
        let mut rest = IDLE;
        for message in queued.into_iter().filter(|message| !message.given_up) {
            let now = Timestamp::now();
            if message.due > now {
                rest = rest.min(message.due.since(now));
                continue;
            }
            match self.attempt(&message).await {
                Attempt::Delivered => self.delivered(&message).await?,
                Attempt::Gone => {
                    self.note(|status| status.off = true);
                    return Ok(Duration::from_secs(86_400));
                }
                Attempt::Failed { reason, wait } => {
                    self.failed(message, reason, wait).await?;
                    // The far end has trouble: the others wait for the next turn.
                    return Ok(Duration::from_secs(SCHEDULE[0]));
                }
            }
        }
        Ok(rest)
    }

    async fn attempt(&self, message: &Queued) -> Attempt {
        match self.post(message).await {
            Ok(attempt) => attempt,
            Err(error) => Attempt::Failed { reason: error.to_string(), wait: None },
        }
    }

    async fn post(&self, message: &Queued) -> Result<Attempt, TargetError> {
        let (client, url) = http::client_for(&self.webhook.url, self.webhook.allow_private).await?;
        let timestamp = Timestamp::now().seconds();
        let answer = client
            .post(url)
            .header("content-type", "application/json")
            .header("webhook-id", &message.id)
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", self.webhook.key.sign(&message.id, timestamp, &message.body))
            .body(message.body.clone())
            .send()
            .await?;
        let status = answer.status();
        if status.is_success() {
            return Ok(Attempt::Delivered);
        }
        if status == reqwest::StatusCode::GONE {
            return Ok(Attempt::Gone);
        }
        let wait = answer.headers().get("retry-after").and_then(|v| v.to_str().ok()?.parse().ok());
        let wait = wait.map(|seconds: u64| Duration::from_secs(seconds.min(86_400)));
        Ok(Attempt::Failed { reason: format!("answered {status}"), wait })
    }

    async fn delivered(&self, message: &Queued) -> Result<(), StoreError> {
        self.note(|status| {
            status.delivered += 1;
            status.waiting = status.waiting.saturating_sub(1);
            status.last_error = None;
        });
        let mut batch = Batch::default();
        queue::delete(&mut batch, &self.webhook.name, message);
        self.committer.commit_async(batch).await
    }

    async fn failed(&self, message: Queued, reason: String, wait: Option<Duration>) -> Result<(), StoreError> {
        tracing::warn!(sink = %self.webhook.name, message = %message.id, attempts = message.attempts + 1, %reason, "not delivered");
        self.note(|status| status.last_error = Some(reason));
        let planned = SCHEDULE.get(message.attempts as usize).copied().map(Duration::from_secs);
        let pause = planned.unwrap_or_default().max(wait.unwrap_or_default());
        let changed = Queued {
            attempts: message.attempts + 1,
            due: Timestamp::now() + pause.mul_f64(jitter()),
            given_up: planned.is_none(),
            ..message
        };
        let mut batch = Batch::default();
        queue::put(&mut batch, &self.webhook.name, &changed)?;
        self.committer.commit_async(batch).await
    }

    fn note(&self, change: impl FnOnce(&mut SinkStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// 1.0 to 1.2: many senders must not come back at the same moment.
pub(crate) fn jitter() -> f64 {
    1.0 + f64::from(getrandom::u32().unwrap_or(0)) / f64::from(u32::MAX) * 0.2
}
