use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, watch};
use tokio::time::Instant;

use super::envelope::{EnvelopeError, Header, seal};
use super::link::{Link, LinkError};
use super::messages::{AlertRecord, Answer, AnswerCode, Enterprise, Heartbeat, Probe, Register, Rejection};
use super::outbox::{CutError, MAX_BATCHES, Outbox, Pending, Sent, SentState};
use crate::event::Timestamp;
use crate::output;
use crate::store::{Batch, Committer, Records, StoreError, Table, write_record};

/// After a failure: 5 s, doubled up to 15 min, with jitter.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// How often the queue is looked at.
const TURN: Duration = Duration::from_secs(1);
const META_IDENTITY: &[u8] = b"uplink-identity";
const META_ENABLED: &[u8] = b"uplink-enabled";

/// How to report.
#[derive(Clone)]
pub struct ReporterOptions {
    pub enabled: bool,
    pub url: String,
    pub authority: Option<PathBuf>,
    pub enrolment_code: String,
    pub level: u8,
    pub heartbeat: Duration,
    /// Alerts that are not urgent are gathered for so long.
    pub batch_every: Duration,
    pub enterprise: Enterprise,
    pub probe: ProbeFacts,
}

/// What the registration says of this box.
#[derive(Clone, Debug, Default)]
pub struct ProbeFacts {
    pub rules: String,
    pub capture_ports: u32,
    pub protocols: Vec<String>,
}

/// Where the records and the heartbeat come from.
pub trait Material: Send + Sync + 'static {
    /// The masked record of an alert; `None` where the alert is gone.
    fn record(&self, alert: &str) -> Option<AlertRecord>;
    fn heartbeat(&self) -> Heartbeat;
}

/// Who this probe is to the platform.
#[derive(Clone, Serialize, Deserialize)]
struct Identity {
    probe_id: String,
    /// Signs everything after registration; `None` before.
    key: Option<String>,
    /// The platform that knows this key.
    url: String,
}

/// How reporting does, for the console.
#[derive(Clone, Debug, Default, Serialize, utoipa::ToSchema)]
pub struct ReporterStatus {
    pub enabled: bool,
    pub url: String,
    pub level: u8,
    pub registered: bool,
    pub probe_id: String,
    pub last_heartbeat: Option<Timestamp>,
    /// Alerts and batches that wait.
    pub waiting_alerts: usize,
    pub waiting_batches: usize,
    pub accepted_batches: u64,
    pub last_error: Option<String>,
    /// Seconds until the next attempt after a failure.
    pub next_attempt_seconds: Option<u64>,
    /// Seconds by which the platform's clock is ahead of ours.
    pub clock_offset_seconds: Option<i64>,
}

/// Reports to one platform.
pub struct Reporter<M> {
    options: ReporterOptions,
    committer: Committer,
    material: M,
    wake: Arc<Notify>,
    status: Arc<Mutex<ReporterStatus>>,
    identity: Identity,
    /// The connection, as long as it works.
    link: Option<Link>,
    last_beat: Option<Instant>,
    /// Everything below is accepted.
    lowest_unsent: u64,
    pause: Duration,
}

/// What stops one turn.
#[derive(Debug, thiserror::Error)]
enum TurnError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Link(#[from] LinkError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    #[error("the platform refused: {code} {msg}")]
    Refused { code: u32, msg: String },
    #[error("the platform misses batch {0}, which it was sent or which is not kept here any more")]
    Missing(u64),
    #[error("the platform neither took nor refused what was sent")]
    Ignored,
}

impl From<CutError> for TurnError {
    fn from(error: CutError) -> Self {
        match error {
            CutError::Store(error) => TurnError::Store(error),
            CutError::Envelope(error) => TurnError::Envelope(error),
        }
    }
}

impl<M: Material> Reporter<M> {
    /// Reads who we are from the store; a new probe gets its name here.
    pub fn new(options: ReporterOptions, committer: Committer, material: M) -> Result<Self, StoreError> {
        let stored: Option<Identity> = committer.storage().record(Table::Meta, META_IDENTITY)?;
        let url = options.url.clone();
        let identity = match stored {
            Some(identity) if identity.url == url => identity,
            // Another platform knows nothing of us: we register there by the name that stands in what waits.
            Some(identity) => Identity { key: None, url, ..identity },
            None => Identity { probe_id: uuid::Uuid::now_v7().to_string(), key: None, url },
        };
        let enabled = is_enabled(&committer, options.enabled)?;
        let status = ReporterStatus {
            enabled,
            url: options.url.clone(),
            level: options.level,
            registered: identity.key.is_some(),
            probe_id: identity.probe_id.clone(),
            ..ReporterStatus::default()
        };
        Ok(Reporter {
            options,
            committer,
            material,
            wake: Arc::new(Notify::new()),
            status: Arc::new(Mutex::new(status)),
            identity,
            link: None,
            last_beat: None,
            lowest_unsent: 1,
            pause: FIRST_PAUSE,
        })
    }

    /// To be notified when something urgent was queued or reporting was turned on.
    pub fn wake(&self) -> Arc<Notify> {
        Arc::clone(&self.wake)
    }

    pub fn status(&self) -> Arc<Mutex<ReporterStatus>> {
        Arc::clone(&self.status)
    }

    /// Reports until `stop` says so.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        loop {
            let rest = match self.turn().await {
                Ok(()) => {
                    self.pause = FIRST_PAUSE;
                    self.note(|status| {
                        status.last_error = None;
                        status.next_attempt_seconds = None;
                    });
                    TURN
                }
                Err(error) => self.failed(&error),
            };
            tokio::select! {
                () = self.wake.notified(), if rest == TURN => {}
                () = tokio::time::sleep(rest) => {}
                changed = stop.changed() => if changed.is_err() || *stop.borrow() { return },
            }
        }
    }

    fn failed(&mut self, error: &TurnError) -> Duration {
        let rest = self.pause.mul_f64(output::jitter());
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        tracing::warn!(%error, seconds = rest.as_secs(), "report not delivered; trying again");
        self.note(|status| {
            status.last_error = Some(error.to_string());
            status.next_attempt_seconds = Some(rest.as_secs());
        });
        rest
    }

    async fn turn(&mut self) -> Result<(), TurnError> {
        let enabled = is_enabled(&self.committer, self.options.enabled)?;
        self.note(|status| status.enabled = enabled);
        if !enabled || self.options.level == 0 || self.options.url.is_empty() {
            return Ok(());
        }
        let link = match self.link.take() {
            Some(link) => link,
            None => Link::new(&self.options.url, self.options.authority.as_deref())?,
        };
        self.exchange(&link).await?;
        // After a failure the next turn begins with a new one.
        self.link = Some(link);
        Ok(())
    }

    async fn exchange(&mut self, link: &Link) -> Result<(), TurnError> {
        if self.identity.key.is_none() {
            self.register(link).await?;
        }
        if self.last_beat.is_none_or(|last| last.elapsed() >= self.options.heartbeat) {
            self.beat(link).await?;
        }
        if self.options.level >= 2 {
            self.cut().await?;
        }
        self.send(link).await
    }

    async fn register(&mut self, link: &Link) -> Result<(), TurnError> {
        let body = Register {
            enrolment_code: self.options.enrolment_code.clone(),
            enterprise: self.options.enterprise.clone(),
            probe: Probe {
                id: self.identity.probe_id.clone(),
                software: concat!("fengsui ", env!("CARGO_PKG_VERSION")).to_owned(),
                rules: self.options.probe.rules.clone(),
                capture_ports: self.options.probe.capture_ports,
                protocols: self.options.probe.protocols.clone(),
                sharing_level: self.options.level,
            },
        };
        // The platform ties its code to our name: the name must outlive the question, whatever becomes of the answer.
        self.keep_identity().await?;
        let envelope = seal(&self.header("register"), &body, self.options.enrolment_code.as_bytes())?;
        let registered = link.register(&envelope).await?;
        let key = match (registered.answer.code, registered.probe_key) {
            (AnswerCode::OK, Some(key)) => key,
            (code, _) => return Err(TurnError::Refused { code, msg: registered.answer.msg }),
        };
        self.identity.key = Some(key);
        self.keep_identity().await?;
        tracing::info!(probe = %self.identity.probe_id, platform = %self.options.url, "registered");
        self.note(|status| status.registered = true);
        Ok(())
    }

    async fn keep_identity(&self) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        batch.put(Table::Meta, META_IDENTITY, write_record(&self.identity)?);
        self.committer.commit_async(batch).await
    }

    async fn beat(&mut self, link: &Link) -> Result<(), TurnError> {
        let (waiting, _) = Outbox::pending(self.committer.storage(), Timestamp::now())?;
        let beat = Heartbeat { backlog: waiting.len() as u64, ..self.material.heartbeat() };
        let envelope = seal(&self.header("heartbeat"), &beat, &self.key())?;
        let answer = link.heartbeat(&envelope).await?;
        if answer.code != AnswerCode::OK {
            return Err(self.refused(answer.code, answer.msg).await?);
        }
        self.last_beat = Some(Instant::now());
        let offset = answer.server_time.parse::<Timestamp>().ok().map(|theirs| {
            let (theirs, ours) = (theirs.seconds(), Timestamp::now().seconds());
            theirs.cast_signed() - ours.cast_signed()
        });
        self.note(|status| {
            status.last_heartbeat = Some(Timestamp::now());
            status.clock_offset_seconds = offset;
        });
        Ok(())
    }

    /// Makes batches of what is due.
    async fn cut(&self) -> Result<(), TurnError> {
        loop {
            let (pending, due) = Outbox::pending(self.committer.storage(), Timestamp::now())?;
            let alerts = Pending::alerts(&pending);
            self.note(|status| status.waiting_alerts = alerts.len());
            if !due {
                return Ok(());
            }
            let records: Vec<AlertRecord> =
                alerts.into_iter().filter_map(|alert| self.material.record(alert)).collect();
            let batch =
                Outbox::cut(self.committer.storage(), &pending, &records, &self.header("alert.batch"), &self.key())?;
            self.committer.commit_async(batch).await?;
        }
    }

    /// Sends what waits, lowest number first; what the platform misses goes before it.
    async fn send(&mut self, link: &Link) -> Result<(), TurnError> {
        let mut missing: Vec<u64> = Vec::new();
        let mut lowest_missing = 0;
        loop {
            let turn = self.next_turn(&missing)?;
            self.note(|status| status.waiting_batches = turn.len());
            if turn.is_empty() {
                return Ok(());
            }
            let answer = link.batches(turn.iter().map(|(_, sent)| sent.envelope.clone()).collect()).await?;
            let moved = self.mark(turn, &answer).await?;
            match answer.code {
                AnswerCode::OK if moved => missing.clear(),
                AnswerCode::OK => return Err(TurnError::Ignored),
                AnswerCode::GAP => {
                    // A platform that asks for the same one again would have us go round for ever.
                    let lowest = answer.missing.iter().copied().min().unwrap_or_default();
                    if lowest <= lowest_missing {
                        return Err(TurnError::Missing(lowest));
                    }
                    lowest_missing = lowest;
                    missing = answer.missing;
                }
                code => return Err(self.refused(code, answer.msg).await?),
            }
        }
    }

    /// What goes next, under the key that holds now.
    fn next_turn(&mut self, missing: &[u64]) -> Result<Vec<(u64, Sent)>, TurnError> {
        let storage = self.committer.storage();
        let mut turn = Vec::new();
        for seq in missing.iter().copied().take(MAX_BATCHES) {
            turn.extend(Outbox::batch(storage, seq)?.map(|sent| (seq, sent)));
        }
        match missing.first() {
            Some(first) if turn.is_empty() => return Err(TurnError::Missing(*first)),
            Some(_) => {}
            None => {
                turn = Outbox::unsent(storage, self.lowest_unsent)?;
                self.lowest_unsent = turn.first().map_or(self.lowest_unsent, |(first, _)| *first);
            }
        }
        let key = self.key();
        let sign = |(seq, sent): (u64, Sent)| (seq, Sent { envelope: sent.envelope.signed(&key), ..sent });
        Ok(turn.into_iter().map(sign).collect())
    }

    /// Writes down what the platform took and what it will never take; says whether that was anything.
    async fn mark(&mut self, turn: Vec<(u64, Sent)>, answer: &Answer) -> Result<bool, TurnError> {
        let at = Timestamp::now();
        let mut batch = Batch::default();
        let mut accepted = 0;
        let mut moved = false;
        let mut refusal = None;
        for (seq, sent) in turn {
            let id = &sent.envelope.msg_id;
            if answer.accepted.contains(id) || answer.duplicate.contains(id) {
                accepted += 1;
                moved = true;
                Outbox::mark(&mut batch, seq, sent, SentState::Accepted { at })?;
            } else if let Some(Rejection { code, reason, .. }) = answer.rejected.iter().find(|r| r.msg_id == *id) {
                tracing::error!(seq, code, %reason, "the platform rejected a batch");
                if !AnswerCode::is_final(*code) {
                    refusal = refusal.or(Some((*code, reason.clone())));
                    continue;
                }
                moved |= !matches!(sent.state, SentState::Rejected { .. });
                let state = SentState::Rejected { at, code: *code, reason: reason.clone() };
                Outbox::mark(&mut batch, seq, sent, state)?;
            }
        }
        if !batch.is_empty() {
            self.committer.commit_async(batch).await?;
            self.note(|status| status.accepted_batches += accepted);
        }
        match refusal {
            Some((code, reason)) => Err(self.refused(code, reason).await?),
            None => Ok(moved),
        }
    }

    /// A platform that does not know us, or not by our key, gets a new registration before anything else.
    async fn refused(&mut self, code: u32, msg: String) -> Result<TurnError, StoreError> {
        if matches!(code, AnswerCode::UNKNOWN_PROBE | AnswerCode::SIGNATURE) {
            self.identity.key = None;
            self.keep_identity().await?;
            self.note(|status| status.registered = false);
        }
        Ok(TurnError::Refused { code, msg })
    }

    fn header<'a>(&'a self, msg_type: &'a str) -> Header<'a> {
        let Enterprise { credit_code, region, industry, .. } = &self.options.enterprise;
        let probe_id = &self.identity.probe_id;
        Header { msg_type, channel: "control", seq: 0, probe_id, ent_id: credit_code, region, industry }
    }

    fn key(&self) -> Vec<u8> {
        self.identity.key.as_deref().and_then(|key| STANDARD.decode(key).ok()).unwrap_or_default()
    }

    fn note(&self, change: impl FnOnce(&mut ReporterStatus)) {
        change(&mut self.status.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What a person set in the console outweighs the configuration.
pub fn is_enabled(committer: &Committer, configured: bool) -> Result<bool, StoreError> {
    Ok(committer.storage().record(Table::Meta, META_ENABLED)?.unwrap_or(configured))
}

/// Turns reporting on or off, as a commit.
pub fn set_enabled(enabled: bool) -> Result<Batch, StoreError> {
    let mut batch = Batch::default();
    batch.put(Table::Meta, META_ENABLED, write_record(&enabled)?);
    Ok(batch)
}
