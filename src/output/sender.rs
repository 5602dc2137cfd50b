use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use tokio::sync::{Notify, watch};

use super::http::{self, TargetError};
use super::queue::{self, Queued};
use super::signing::SigningKey;
use crate::event::{Severity, Timestamp};
use crate::store::{Batch, Committer, Records, StoreError, Table, write_record};

/// Waits between attempts (Standard Webhooks, "Deliverability and reliability").
const SCHEDULE: [u64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// A far end that asks for patience gets so much of it at most before the next message is tried.
const LONGEST_REST: Duration = Duration::from_secs(3600);
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
    /// The far end said that it is gone for good (410); nothing goes there until the address changes.
    pub off: bool,
}

/// Delivers one webhook's messages.
pub struct WebhookSender {
    webhook: Webhook,
    committer: Committer,
    wake: Arc<Notify>,
    status: Arc<Mutex<SinkStatus>>,
}

/// How long nothing will be done.
enum Rest {
    /// Or until there is more to send.
    Idle(Duration),
    Trouble(Duration),
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
            let rest = self.turn().await.unwrap_or_else(|error| {
                tracing::error!(sink = %self.webhook.name, %error, "queue cannot be read");
                Rest::Trouble(IDLE)
            });
            let (Rest::Idle(time) | Rest::Trouble(time)) = rest;
            tokio::select! {
                // A far end in trouble is not pressed because there is more to say.
                () = self.wake.notified(), if matches!(rest, Rest::Idle(_)) => {}
                () = tokio::time::sleep(time) => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    /// Sends what is due.
    async fn turn(&self) -> Result<Rest, StoreError> {
        let off = self.is_off()?;
        let waiting = queue::waiting(self.committer.storage(), &self.webhook.name, Timestamp::now())?;
        self.note(|status| {
            status.waiting = waiting.count;
            status.off = off;
        });
        if off {
            return Ok(Rest::Trouble(IDLE));
        }
        let more = !waiting.due.is_empty();
        for message in waiting.due {
            match self.attempt(&message).await {
                Attempt::Delivered => self.delivered(&message).await?,
                Attempt::Gone => {
                    self.turn_off().await?;
                    return Ok(Rest::Trouble(IDLE));
                }
                Attempt::Failed { reason, wait } => {
                    self.failed(message, reason, wait).await?;
                    // The others wait for the next turn.
                    let asked = wait.unwrap_or_default().min(LONGEST_REST);
                    return Ok(Rest::Trouble(asked.max(Duration::from_secs(SCHEDULE[0]))));
                }
            }
        }
        if more {
            return Ok(Rest::Idle(Duration::ZERO));
        }
        let next = waiting.next.map_or(IDLE, |next| next.since(Timestamp::now()));
        Ok(Rest::Idle(next.min(IDLE)))
    }

    /// The mark holds for the address that was gone, also after a restart.
    fn is_off(&self) -> Result<bool, StoreError> {
        let gone: Option<String> = self.committer.storage().record(Table::Meta, &self.off_key())?;
        Ok(gone.is_some_and(|url| url == self.webhook.url))
    }

    async fn turn_off(&self) -> Result<(), StoreError> {
        tracing::error!(
            sink = %self.webhook.name,
            "the far end says that it is gone (410): nothing is sent there until the webhook's url changes"
        );
        self.note(|status| status.off = true);
        let mut batch = Batch::default();
        batch.put(Table::Meta, &self.off_key(), write_record(&self.webhook.url)?);
        self.committer.commit_async(batch).await
    }

    fn off_key(&self) -> Vec<u8> {
        format!("webhook-off-{}", self.webhook.name).into_bytes()
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
        let hint =
            if status.is_redirection() { "; redirects are not followed: write the address it leads to" } else { "" };
        Ok(Attempt::Failed { reason: format!("answered {status}{hint}"), wait })
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
