use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use super::views::{AlertDetail, AlertRow};
use crate::alert::{Alert, Closing, State as AlertState};
use crate::capture::folder::EvidenceFolder;
use crate::event::Severity;
use crate::store::{AlertRecords, Batch};

/// Rows of one page at most.
pub const MAX_PAGE: usize = 200;
pub const MAX_COMMENT: usize = 2000;

/// Which alerts, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct AlertQuery {
    /// `new`, `acknowledged`, `closed`; several parted by commas.
    state: Option<String>,
    /// Several parted by commas.
    severity: Option<String>,
    /// Detection id, `gid:sid` of a rule, or name of a YARA rule.
    source: Option<String>,
    /// An asset's id, at either end.
    asset: Option<String>,
    /// Who sees to it.
    assignee: Option<String>,
    /// Id of the first alert of a story.
    incident: Option<String>,
    /// Text in title, source, addresses or protocol, whatever case.
    search: Option<String>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
    /// `last` (the default), `first`, `severity` or `count`; with `-` in front smallest first.
    sort: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct AlertPage {
    total: usize,
    items: Vec<AlertRow>,
}

/// Alerts, the latest first.
#[utoipa::path(get, path = "/api/v1/alerts", params(AlertQuery), responses((status = 200, body = AlertPage), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<AlertQuery>,
) -> Result<Json<AlertPage>, Failure> {
    Ok(Json(console.ask_kept(move |analyst| page(analyst.alerts().iter(), &query)).await?))
}

pub fn page<'a>(alerts: impl Iterator<Item = &'a Alert>, query: &AlertQuery) -> AlertPage {
    let mut chosen: Vec<&Alert> = alerts.filter(|alert| query.wants(alert)).collect();
    let sort = query.sort.as_deref().unwrap_or("last");
    let (up, key) = sort.strip_prefix('-').map_or((false, sort), |key| (true, key));
    match key {
        "first" => chosen.sort_by_key(|alert| alert.first),
        "severity" => chosen.sort_by_key(|alert| (alert.severity, alert.last)),
        "count" => chosen.sort_by_key(|alert| alert.count),
        _ => chosen.sort_by_key(|alert| alert.last),
    }
    if !up {
        chosen.reverse();
    }
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let start = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let items = chosen.iter().skip(start).take(size).map(|alert| AlertRow::of(alert)).collect();
    AlertPage { total: chosen.len(), items }
}

impl AlertQuery {
    fn wants(&self, alert: &Alert) -> bool {
        let state = match alert.state {
            AlertState::New => "new",
            AlertState::Acknowledged => "acknowledged",
            AlertState::Closed => "closed",
        };
        let listed = |list: &Option<String>, name: &str| {
            list.as_deref().is_none_or(|list| list.is_empty() || list.split(',').any(|item| item.trim() == name))
        };
        let is = |wanted: &Option<String>, found: Option<&str>| {
            wanted.as_deref().filter(|wanted| !wanted.is_empty()).is_none_or(|wanted| found == Some(wanted))
        };
        let ends = [&alert.client, &alert.server].into_iter().flatten();
        let mut assets = ends.map(|party| party.asset.as_deref());
        listed(&self.state, state)
            && listed(&self.severity, alert.severity.name())
            && is(&self.source, Some(&alert.source.name()))
            && is(&self.assignee, alert.assignee.as_deref())
            && is(&self.incident, alert.incident.as_deref())
            && (self.asset.as_ref().is_none_or(String::is_empty) || assets.any(|asset| is(&self.asset, asset)))
            && self.finds(alert)
    }

    fn finds(&self, alert: &Alert) -> bool {
        let Some(search) = self.search.as_deref().map(str::trim).filter(|search| !search.is_empty()) else {
            return true;
        };
        let row = AlertRow::of(alert);
        let search = search.to_lowercase();
        let ends = [row.client, row.server].into_iter().flatten();
        let names = ends.flat_map(|end| [end.ip, end.mac, end.label]).flatten();
        let mut texts = [row.title.zh, row.title.en, row.source, row.protocol].into_iter().chain(names);
        texts.any(|text| text.to_lowercase().contains(&search))
    }
}

/// One alert with its meaning, reasons and what to do.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", responses((status = 200, body = AlertDetail), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<AlertDetail>, Failure> {
    let alert = console.ask_kept(move |analyst| analyst.alerts().get(&id).map(AlertDetail::of)).await?;
    alert.map(Json).ok_or(Failure::NotFound)
}

/// Takes note of an alert.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/acknowledge", responses((status = 200, body = AlertDetail), (status = 404, body = ErrorBody)))]
pub async fn acknowledge(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<AlertDetail>, Failure> {
    tracing::info!(user = %who.user, alert = %id, "alert acknowledged");
    let alert = console.ask(move |analyst| analyst.acknowledge(&id)).await?;
    keep(&console, alert).await
}

#[derive(Deserialize, ToSchema)]
pub struct CloseRequest {
    closing: Closing,
    comment: Option<String>,
}

/// Closes an alert: as normal, which is learnt, or as an incident.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/close", request_body = CloseRequest,
    responses((status = 200, body = AlertDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn close(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
    Json(request): Json<CloseRequest>,
) -> Result<Json<AlertDetail>, Failure> {
    if request.comment.as_ref().is_some_and(|comment| comment.chars().count() > MAX_COMMENT) {
        return Err(Failure::Bad("error.comment_length"));
    }
    tracing::info!(user = %who.user, alert = %id, closing = ?request.closing, "alert closed");
    let CloseRequest { closing, comment } = request;
    let closed = console.ask(move |analyst| analyst.close(&id, closing, comment)).await?;
    keep(&console, closed.map(|(alert, _)| alert)).await
}

/// Answers only once the change is on disk.
async fn keep(console: &Console, alert: Option<Alert>) -> Result<Json<AlertDetail>, Failure> {
    let alert = alert.ok_or(Failure::NotFound)?;
    let mut batch = Batch::default();
    AlertRecords::put(&mut batch, &alert)?;
    console.committer.commit_async(batch).await?;
    Ok(Json(AlertDetail::of(&alert)))
}

/// The packets of an alert as pcapng.
#[utoipa::path(get, path = "/api/v1/alerts/{id}/evidence",
    responses((status = 200, content_type = "application/x-pcapng"), (status = 404, body = ErrorBody)))]
pub async fn evidence(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    let file = console.ask(move |analyst| Some(analyst.alerts().get(&id)?.packets.as_ref()?.file.clone())).await?;
    let file = file.ok_or(Failure::NotFound)?;
    let path = EvidenceFolder::find(&console.evidence, &file).ok_or(Failure::NotFound)?;
    let bytes = tokio::fs::read(path).await.map_err(|_| Failure::NotFound)?;
    let name = HeaderValue::from_str(&format!("attachment; filename=\"{file}\"")).map_err(|_| Failure::NotFound)?;
    let kind = HeaderValue::from_static("application/x-pcapng");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// Open alerts by severity.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct OpenAlerts {
    pub critical: usize,
    pub high: usize,
    pub medium: usize,
    pub low: usize,
    pub info: usize,
    /// Of all these, not yet acknowledged.
    pub new: usize,
}

impl OpenAlerts {
    pub fn count<'a>(alerts: impl Iterator<Item = &'a Alert>) -> Self {
        let mut open = OpenAlerts::default();
        for alert in alerts.filter(|alert| alert.state != AlertState::Closed) {
            open.new += usize::from(alert.state == AlertState::New);
            match alert.severity {
                Severity::Critical => open.critical += 1,
                Severity::High => open.high += 1,
                Severity::Medium => open.medium += 1,
                Severity::Low => open.low += 1,
                Severity::Info => open.info += 1,
            }
        }
        open
    }
}
