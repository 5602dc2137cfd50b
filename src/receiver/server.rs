use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq;
use tokio::sync::Mutex;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ledger::{Ledger, Received, ReceivedProbe, answer};
use crate::event::Timestamp;
use crate::store::StoreError;
use crate::uplink::{Answer, AnswerCode, BatchRequest, Envelope, MAX_BODY, Registered};

/// Clocks may differ by so much.
const CLOCK: Duration = Duration::from_secs(300);
/// Nonces remembered, and for how long.
const MAX_NONCES: usize = 10_000;
const NONCES: Duration = Duration::from_secs(600);

/// How to receive.
pub struct ReceiverOptions {
    pub ledger: Ledger,
    /// Opens the read side; empty closes it.
    pub read_token: String,
}

struct Receiver {
    /// Batches are taken one request at a time: their order is the point.
    ledger: Mutex<Ledger>,
    nonces: Mutex<VecDeque<(Timestamp, String)>>,
    read_token: String,
}

#[derive(OpenApi)]
#[openapi(info(
    title = "Fengsui uplink",
    description = "Reports of probes to the next tier. Bodies travel in signed envelopes; see the envelope's schema."
))]
struct Document;

/// The server's routes.
pub fn router(options: ReceiverOptions) -> Router {
    let receiver = Arc::new(Receiver {
        ledger: Mutex::new(options.ledger),
        nonces: Mutex::new(VecDeque::new()),
        read_token: options.read_token,
    });
    let (router, document) = routes_and_document();
    let document = Arc::new(document.to_json().unwrap_or_default());
    router
        .route(
            "/openapi.json",
            axum::routing::get(
                move || async move { ([("content-type", "application/json")], document.as_ref().clone()) },
            ),
        )
        .layer(DefaultBodyLimit::max(usize::try_from(MAX_BODY).unwrap_or(usize::MAX)))
        .with_state(receiver)
}

/// The document that the sender's side is written by.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes_and_document().1
}

fn routes_and_document() -> (Router<Arc<Receiver>>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(register))
        .routes(routes!(heartbeat))
        .routes(routes!(batches))
        .routes(routes!(channels))
        .routes(routes!(commands))
        .routes(routes!(alerts))
        .routes(routes!(probes))
        .split_for_parts()
}

/// Registers a probe with its one-time code.
#[utoipa::path(post, path = "/uplink/v1/register", request_body = Envelope, responses((status = 200, body = Registered)))]
async fn register(
    State(receiver): State<Arc<Receiver>>,
    Json(envelope): Json<Envelope>,
) -> Result<Json<Registered>, Failure> {
    if let Some(refusal) = receiver.refusal(&envelope).await {
        return Ok(Json(Registered { answer: refusal, probe_key: None }));
    }
    Ok(Json(to_its_end(async move { receiver.ledger.lock().await.register(&envelope).await }).await?))
}

/// Says that a probe lives.
#[utoipa::path(post, path = "/uplink/v1/heartbeat", request_body = Envelope, responses((status = 200, body = Answer)))]
async fn heartbeat(
    State(receiver): State<Arc<Receiver>>,
    Json(envelope): Json<Envelope>,
) -> Result<Json<Answer>, Failure> {
    if let Some(refusal) = receiver.refusal(&envelope).await {
        return Ok(Json(refusal));
    }
    Ok(Json(to_its_end(async move { receiver.ledger.lock().await.heartbeat(&envelope).await }).await?))
}

/// Takes numbered batches; what is answered as accepted is on disk.
#[utoipa::path(post, path = "/uplink/v1/batches", request_body = BatchRequest, responses((status = 200, body = Answer)))]
async fn batches(
    State(receiver): State<Arc<Receiver>>,
    Json(request): Json<BatchRequest>,
) -> Result<Json<Answer>, Failure> {
    Ok(Json(to_its_end(async move { receiver.ledger.lock().await.batches(&request.batches).await }).await?))
}

#[derive(Deserialize, utoipa::IntoParams)]
struct OfProbe {
    probe_id: String,
}

#[derive(Serialize, utoipa::ToSchema)]
struct ChannelState {
    channel: String,
    last_seq: u64,
}

/// What was last accepted from a probe, per channel.
#[utoipa::path(get, path = "/uplink/v1/channels", params(OfProbe), responses((status = 200, body = Vec<ChannelState>), (status = 404)))]
async fn channels(
    State(receiver): State<Arc<Receiver>>,
    Query(of): Query<OfProbe>,
) -> Result<Json<Vec<ChannelState>>, Failure> {
    let channels = receiver.ledger.lock().await.channels(&of.probe_id)?.ok_or(Failure::NotFound)?;
    let state = |(channel, last_seq)| ChannelState { channel, last_seq };
    Ok(Json(channels.into_iter().map(state).collect()))
}

#[derive(Serialize, utoipa::ToSchema)]
struct Command {
    id: String,
    kind: String,
    text: String,
}

/// Notices and offers for a probe. None are issued by this version.
#[utoipa::path(get, path = "/uplink/v1/commands", responses((status = 200, body = Vec<Command>)))]
async fn commands() -> Json<Vec<Command>> {
    Json(Vec::new())
}

#[derive(Deserialize, utoipa::IntoParams)]
struct Page {
    /// `probe/alert` of the last one read.
    after: Option<String>,
    limit: Option<usize>,
}

#[derive(Serialize, utoipa::ToSchema)]
struct AlertPage {
    #[schema(value_type = Vec<Object>)]
    alerts: Vec<Received>,
}

/// Alerts as last reported. Needs the read token.
#[utoipa::path(get, path = "/api/v1/alerts", params(Page), responses((status = 200, body = AlertPage), (status = 401)))]
async fn alerts(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    Query(page): Query<Page>,
) -> Result<Json<AlertPage>, Failure> {
    receiver.check_token(&headers)?;
    let limit = page.limit.unwrap_or(1000).min(10_000);
    let alerts = receiver.ledger.lock().await.alerts(page.after.as_deref(), limit)?;
    Ok(Json(AlertPage { alerts }))
}

#[derive(Serialize, utoipa::ToSchema)]
struct ProbeView {
    probe_id: String,
    enterprise: String,
    registered: Timestamp,
    last_heard: Timestamp,
    last_seq: u64,
    software: String,
}

/// Probes that registered. Needs the read token.
#[utoipa::path(get, path = "/api/v1/probes", responses((status = 200, body = Vec<ProbeView>), (status = 401)))]
async fn probes(State(receiver): State<Arc<Receiver>>, headers: HeaderMap) -> Result<Json<Vec<ProbeView>>, Failure> {
    receiver.check_token(&headers)?;
    let view = |probe: ReceivedProbe| ProbeView {
        probe_id: probe.probe_id,
        enterprise: probe.enterprise.name,
        registered: probe.registered,
        last_heard: probe.last_heard,
        last_seq: probe.last_seq,
        software: probe.software,
    };
    Ok(Json(receiver.ledger.lock().await.probes()?.into_iter().map(view).collect()))
}

/// A connection that is cut must not stop what was begun: the lock would open before the commit shows, and the same batch,
/// sent again at once, would be taken twice.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, Failure> {
    Ok(tokio::spawn(work).await.map_err(|_| StoreError::Stopped)??)
}

impl Receiver {
    /// Messages that are not numbered must be fresh: sealed about now, and never seen.
    async fn refusal(&self, envelope: &Envelope) -> Option<Answer> {
        let now = Timestamp::now();
        let fresh = envelope.sealed_at().is_some_and(|at| now.since(at) <= CLOCK && at.since(now) <= CLOCK);
        if !fresh {
            return Some(answer(AnswerCode::CLOCK, "the clocks differ by more than five minutes"));
        }
        let mut nonces = self.nonces.lock().await;
        while nonces.front().is_some_and(|(then, _)| now.since(*then) > NONCES) || nonces.len() >= MAX_NONCES {
            nonces.pop_front();
        }
        let name = format!("{}/{}", envelope.probe_id, envelope.nonce);
        if nonces.iter().any(|(_, seen)| *seen == name) {
            return Some(answer(AnswerCode::NONCE, "this message was sent before"));
        }
        nonces.push_back((now, name));
        None
    }

    fn check_token(&self, headers: &HeaderMap) -> Result<(), Failure> {
        let given = headers.get("authorization").and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
        let good: bool = given.unwrap_or_default().as_bytes().ct_eq(self.read_token.as_bytes()).into();
        if good && !self.read_token.is_empty() { Ok(()) } else { Err(Failure::Forbidden) }
    }
}

/// What goes wrong on the server's side, or is none of the asker's business.
enum Failure {
    NotFound,
    Forbidden,
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Failure::NotFound => (StatusCode::NOT_FOUND, "not found").into_response(),
            Failure::Forbidden => (StatusCode::UNAUTHORIZED, "the read token is missing or wrong").into_response(),
            Failure::Store(error) => {
                tracing::error!(%error, "request failed");
                (StatusCode::SERVICE_UNAVAILABLE, "the store failed; try again").into_response()
            }
        }
    }
}
