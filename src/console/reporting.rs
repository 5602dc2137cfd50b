use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use crate::detect;
use crate::event::Timestamp;
use crate::store::{Records, Table};
use crate::uplink::{self, AlertRecord, Outbox, Pending, ReporterStatus, SentState};

/// Batches shown.
const LATEST: u64 = 50;
/// Records shown in the preview.
const PREVIEW: usize = 200;

/// The report to the next tier: its state and what was sent.
#[derive(Serialize, ToSchema)]
pub struct ReportView {
    status: ReporterStatus,
    batches: Vec<BatchView>,
}

/// A batch that was sealed; it is kept exactly as sent.
#[derive(Serialize, ToSchema)]
pub struct BatchView {
    seq: u64,
    msg_id: String,
    sealed: Timestamp,
    /// `unsent`, `accepted`, `rejected`.
    state: String,
    at: Option<Timestamp>,
    reason: Option<String>,
    records: Vec<AlertRecord>,
}

/// What would leave now, and nothing that would not.
#[derive(Serialize, ToSchema)]
pub struct PreviewView {
    records: Vec<AlertRecord>,
    /// Alerts that wait, also those beyond the ones shown.
    waiting: usize,
    /// True where nothing waits and this shows the latest alert as it would leave.
    example: bool,
}

#[derive(Deserialize, ToSchema)]
pub struct EnableRequest {
    enabled: bool,
}

/// State and queue.
#[utoipa::path(get, path = "/api/v1/uplink", responses((status = 200, body = ReportView), (status = 401, body = ErrorBody)))]
pub async fn report(State(console): State<Console>, _who: LoggedIn) -> Result<Json<ReportView>, Failure> {
    let batches = Outbox::latest(console.committer.storage(), LATEST)?;
    let view = |(seq, sent): (u64, uplink::Sent)| {
        let (state, at, reason) = match sent.state {
            SentState::Unsent => ("unsent", None, None),
            SentState::Accepted { at } => ("accepted", Some(at), None),
            SentState::Rejected { at, code, reason } => ("rejected", Some(at), Some(format!("{code} {reason}"))),
        };
        BatchView {
            seq,
            records: uplink::peek_body(&sent.envelope).unwrap_or_default(),
            msg_id: sent.envelope.msg_id,
            sealed: sent.sealed,
            state: state.to_owned(),
            at,
            reason,
        }
    };
    Ok(Json(ReportView { status: console.reporter_status(), batches: batches.into_iter().map(view).collect() }))
}

/// What would leave the factory.
#[utoipa::path(get, path = "/api/v1/uplink/preview", responses((status = 200, body = PreviewView), (status = 401, body = ErrorBody)))]
pub async fn preview(State(console): State<Console>, _who: LoggedIn) -> Result<Json<PreviewView>, Failure> {
    let storage = console.committer.storage();
    let (pending, _) = Outbox::pending(storage, Timestamp::now())?;
    let mut records = Vec::new();
    let alerts = Pending::alerts(&pending);
    for id in alerts.iter().take(PREVIEW) {
        let alert: Option<crate::alert::Alert> = storage.record(Table::Alerts, id.as_bytes())?;
        records.extend(alert.map(|alert| mask(&console, &alert)));
    }
    let example = records.is_empty();
    if example {
        let latest = console.ask(|analyst| analyst.alerts().iter().next_back().cloned()).await?;
        records.extend(latest.map(|alert| mask(&console, &alert)));
    }
    Ok(Json(PreviewView { records, waiting: alerts.len(), example }))
}

fn mask(console: &Console, alert: &crate::alert::Alert) -> AlertRecord {
    AlertRecord::of(alert, &console.masker, detect::techniques(&alert.source))
}

/// Turns reporting on or off.
#[utoipa::path(post, path = "/api/v1/uplink/enabled", request_body = EnableRequest,
    responses((status = 200, body = ReporterStatus), (status = 400, body = ErrorBody)))]
pub async fn enable(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<EnableRequest>,
) -> Result<Json<ReporterStatus>, Failure> {
    if request.enabled && console.reporter_status().url.is_empty() {
        return Err(Failure::Bad("error.uplink_url"));
    }
    tracing::info!(user = %who.user, enabled = request.enabled, "reporting switched");
    console.committer.commit_async(uplink::set_enabled(request.enabled)?).await?;
    console.reporter.lock().unwrap_or_else(std::sync::PoisonError::into_inner).enabled = request.enabled;
    console.reporter_wake.notify_one();
    Ok(Json(console.reporter_status()))
}
