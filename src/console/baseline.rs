//! What was learnt: how far it has come, its rows, and what a person decides about them.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::MAX_PAGE;
use super::assets::file;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::overview::StageView;
use super::plant_views::{NewsView, RowView};
use super::state::Console;
use crate::baseline::{
    Baseline, Curve, LearningRule, Permission, Policy, Profile, RowFault, RowId, RowQuery, Scenario, Stage, Stages,
    Window, Zone, address,
};
use crate::event::Timestamp;
use crate::pipeline::Analyst;

/// Learning, as a whole.
#[derive(Serialize, ToSchema)]
pub struct BaselineView {
    rule: RuleView,
    /// Outside of zones.
    stages: Vec<StageDetail>,
    /// The same of each zone of the policy.
    zones: Vec<ZoneStages>,
    /// Devices that learn while the rest watches.
    late: Vec<LateView>,
    rows: usize,
}

/// When learning ends; all in seconds with traffic.
#[derive(Serialize, ToSchema)]
pub struct RuleView {
    quiet: u64,
    patience: u32,
    floor: u64,
    ceiling: Option<u64>,
    set: Option<u64>,
}

#[derive(Serialize, ToSchema)]
pub struct StageDetail {
    #[serde(flatten)]
    stage: StageView,
    active_seconds: u64,
    quiet_seconds: u64,
    /// So long without news that learning ends.
    wanted_quiet: u64,
    curve: Curve,
}

#[derive(Serialize, ToSchema)]
pub struct ZoneStages {
    zone: String,
    stages: Vec<StageDetail>,
}

#[derive(Serialize, ToSchema)]
pub struct LateView {
    /// A device, or a client and the server to which it has begun to write.
    address: String,
    since: Option<Timestamp>,
    progress: u8,
}

impl BaselineView {
    fn of(baseline: &Baseline) -> Self {
        let rule = *baseline.rule();
        let LearningRule { quiet, patience, set, floor, ceiling, .. } = rule;
        let stage = |(scenario, stage): (Scenario, &Stage)| StageDetail {
            stage: StageView::of(scenario, stage, &rule),
            active_seconds: stage.active_seconds,
            quiet_seconds: stage.quiet_seconds,
            wanted_quiet: rule.wanted_quiet(stage),
            curve: stage.curve.clone(),
        };
        let of_zone = |(zone, stages): (&str, &Stages)| ZoneStages {
            zone: zone.to_owned(),
            stages: Scenario::ALL.into_iter().map(|scenario| stage((scenario, stages.of(scenario)))).collect(),
        };
        let late = |(address, stage): (&crate::inventory::Address, &Stage)| LateView {
            address: address.to_string(),
            since: stage.since,
            progress: stage.progress(&rule),
        };
        let writer = |(link, stage): (&crate::inventory::LinkKey, &Stage)| LateView {
            address: format!("{} → {}", link.client, link.server),
            since: stage.since,
            progress: stage.progress(&rule),
        };
        BaselineView {
            rule: RuleView {
                quiet: quiet.as_secs(),
                patience,
                floor: floor.as_secs(),
                ceiling: ceiling.map(|time| time.as_secs()),
                set: set.map(|time| time.as_secs()),
            },
            stages: Scenario::ALL.into_iter().map(|scenario| stage((scenario, baseline.stage(scenario)))).collect(),
            zones: baseline.zones().map(of_zone).collect(),
            late: baseline.late().map(late).chain(baseline.late_writers().map(writer)).collect(),
            rows: baseline.count_rows(),
        }
    }
}

/// How far learning has come, with the curve of news that decides it.
#[utoipa::path(get, path = "/api/v1/baseline", responses((status = 200, body = BaselineView), (status = 401, body = ErrorBody)))]
pub async fn overview(State(console): State<Console>, _who: LoggedIn) -> Result<Json<BaselineView>, Failure> {
    Ok(Json(console.ask(|analyst| BaselineView::of(analyst.baseline())).await?))
}

#[derive(Deserialize, ToSchema)]
pub struct TurnRequest {
    /// All of them where there is none.
    scenario: Option<Scenario>,
    /// In this zone alone; everywhere where there is none.
    #[serde(default)]
    zone: Option<String>,
    /// True begins to learn anew, false watches from now on.
    learn: bool,
}

/// Ends learning now, or begins it anew; what was learnt stays.
#[utoipa::path(post, path = "/api/v1/baseline/stage", request_body = TurnRequest,
    responses((status = 200, body = BaselineView), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn turn(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<TurnRequest>,
) -> Result<Json<BaselineView>, Failure> {
    tracing::info!(user = %who.user, scenario = ?request.scenario, learn = request.learn, "learning turned by hand");
    let act = move |analyst: &mut Analyst| {
        let (now, zone) = (analyst.now(), request.zone.as_deref());
        let wanted = |scenario: &Scenario| request.scenario.is_none_or(|one| one == *scenario);
        let turned = analyst.teach_anew(|baseline| {
            Scenario::ALL.into_iter().filter(wanted).all(|scenario| baseline.turn(scenario, zone, request.learn, now))
        });
        turned.then(|| BaselineView::of(analyst.baseline()))
    };
    console.ask(act).await?.map(Json).ok_or(Failure::NotFound)
}

/// Which rows, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct RowsQuery {
    #[param(inline)]
    scenario: Option<Scenario>,
    /// Text in addresses, protocol, function or object, whatever case.
    search: Option<String>,
    /// Only locked ones.
    locked: Option<bool>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct RowPage {
    total: usize,
    items: Vec<RowView>,
}

/// What was learnt, row by row.
#[utoipa::path(get, path = "/api/v1/baseline/rows", params(RowsQuery), responses((status = 200, body = RowPage), (status = 401, body = ErrorBody)))]
pub async fn rows(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<RowsQuery>,
) -> Result<Json<RowPage>, Failure> {
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let skip = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let search = query.search.unwrap_or_default().trim().to_lowercase();
    let query = RowQuery { scenario: query.scenario, search, locked: query.locked.unwrap_or(false) };
    let page = console.ask(move |analyst| {
        let (total, found) = analyst.baseline().rows(&query, skip, size);
        RowPage { total, items: found.iter().map(|row| RowView::of(row, analyst.baseline().policy())).collect() }
    });
    Ok(Json(page.await?))
}

/// Names a row, as the list and an alert's `learnt` name it.
#[derive(Deserialize, ToSchema, IntoParams)]
pub struct RowName {
    id: String,
}

fn one_row(baseline: &Baseline, id: &RowId) -> Option<RowView> {
    baseline.row_of(id).map(|row| RowView::of(&row, baseline.policy()))
}

fn row_id(text: &str) -> Result<RowId, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

/// One row.
#[utoipa::path(get, path = "/api/v1/baseline/row", params(RowName), responses((status = 200, body = RowView), (status = 404, body = ErrorBody)))]
pub async fn row(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(name): Query<RowName>,
) -> Result<Json<RowView>, Failure> {
    let id = row_id(&name.id)?;
    let row = console.ask(move |analyst| one_row(analyst.baseline(), &id)).await?;
    row.map(Json).ok_or(Failure::NotFound)
}

#[derive(Deserialize, ToSchema)]
pub struct LockRequest {
    id: String,
    locked: bool,
}

impl From<RowFault> for Failure {
    fn from(fault: RowFault) -> Self {
        match fault {
            RowFault::Unknown => Failure::NotFound,
            RowFault::Locked => Failure::Bad("error.row_locked"),
        }
    }
}

/// Locks a row, so that nothing is added to it and it is not removed; or unlocks it.
#[utoipa::path(post, path = "/api/v1/baseline/row/lock", request_body = LockRequest,
    responses((status = 200, body = RowView), (status = 404, body = ErrorBody)))]
pub async fn lock(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<LockRequest>,
) -> Result<Json<RowView>, Failure> {
    let id = row_id(&request.id)?;
    tracing::info!(user = %who.user, row = %id, locked = request.locked, "row locked or unlocked");
    let row = console.ask(move |analyst| {
        analyst.teach_anew(|baseline| baseline.lock(&id, request.locked).map(|()| one_row(baseline, &id)))
    });
    row.await??.map(Json).ok_or(Failure::NotFound)
}

/// How many rows went or came.
#[derive(Serialize, ToSchema)]
pub struct RowCount {
    rows: usize,
}

/// Forgets a row with all that hangs on it.
#[utoipa::path(post, path = "/api/v1/baseline/row/remove", request_body = RowName,
    responses((status = 200, body = RowCount), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn remove(
    State(console): State<Console>,
    who: LoggedIn,
    Json(name): Json<RowName>,
) -> Result<Json<RowCount>, Failure> {
    let id = row_id(&name.id)?;
    tracing::info!(user = %who.user, row = %id, "row removed");
    let gone = console.ask(move |analyst| {
        analyst.teach_anew(|baseline| {
            let before = baseline.count_rows();
            baseline.remove(&id).map(|()| before - baseline.count_rows())
        })
    });
    Ok(Json(RowCount { rows: gone.await?? }))
}

#[derive(Deserialize, ToSchema)]
pub struct ForgetRequest {
    /// IP or MAC address of a device.
    address: String,
}

/// Forgets a device with all that it taught, in one act; locked rows stay.
#[utoipa::path(post, path = "/api/v1/baseline/forget", request_body = ForgetRequest,
    responses((status = 200, body = RowCount), (status = 400, body = ErrorBody)))]
pub async fn forget(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<ForgetRequest>,
) -> Result<Json<RowCount>, Failure> {
    let device = address(&request.address).ok_or(Failure::Bad("error.bad_address"))?;
    tracing::info!(user = %who.user, %device, "device forgotten with all that it taught");
    let rows = console.ask(move |analyst| analyst.teach_anew(|baseline| baseline.forget(&device))).await?;
    Ok(Json(RowCount { rows }))
}

/// Which news, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct NewsQuery {
    /// Taught by this address.
    by: Option<String>,
    #[param(inline)]
    scenario: Option<Scenario>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct NewsPage {
    total: usize,
    items: Vec<NewsView>,
}

/// What was learnt lately, latest first: to be reviewed.
#[utoipa::path(get, path = "/api/v1/baseline/news", params(NewsQuery), responses((status = 200, body = NewsPage), (status = 401, body = ErrorBody)))]
pub async fn news(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<NewsQuery>,
) -> Result<Json<NewsPage>, Failure> {
    let by = query.by.filter(|text| !text.is_empty());
    let by = by.map(|text| address(&text).ok_or(Failure::Bad("error.bad_address"))).transpose()?;
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let skip = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let page = console.ask(move |analyst| {
        let wanted = |news: &&crate::baseline::News| {
            by.is_none_or(|by| news.by == by) && query.scenario.is_none_or(|wanted| news.row.scenario() == wanted)
        };
        let found: Vec<_> = analyst.baseline().news().rev().filter(wanted).collect();
        let view = |news: &&crate::baseline::News| NewsView::of(news, one_row(analyst.baseline(), &news.row));
        let items = found.iter().skip(skip).take(size).map(view).collect();
        NewsPage { total: found.len(), items }
    });
    Ok(Json(page.await?))
}

/// All that was learnt, to be kept or taken to another box.
#[utoipa::path(get, path = "/api/v1/baseline/file", responses((status = 200, content_type = "application/json"), (status = 401, body = ErrorBody)))]
pub async fn export(State(console): State<Console>, _who: LoggedIn) -> Result<Response, Failure> {
    let bytes = console.ask(|analyst| analyst.baseline().export()).await?;
    let bytes = bytes.map_err(|error| Failure::Refused("error.import", error.to_string()))?;
    Ok(file("application/json", "baseline.json", bytes))
}

/// Takes over what another box learnt, beside what is known here.
#[utoipa::path(post, path = "/api/v1/baseline/file", request_body(content_type = "application/json"),
    responses((status = 200, body = RowCount), (status = 400, body = ErrorBody)))]
pub async fn import(State(console): State<Console>, who: LoggedIn, bytes: Bytes) -> Result<Json<RowCount>, Failure> {
    let other = Baseline::import(&bytes, LearningRule::PLANT)
        .map_err(|error| Failure::Refused("error.import", error.to_string()))?;
    let rows = console.ask(move |analyst| analyst.teach_anew(|baseline| baseline.take_over(other))).await?;
    tracing::info!(user = %who.user, rows, "baseline imported");
    Ok(Json(RowCount { rows }))
}

/// What a person decides about deviations.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PolicyBody {
    #[serde(default)]
    profile: Profile,
    #[serde(default)]
    zones: Vec<Zone>,
    #[serde(default)]
    windows: Vec<Window>,
    #[serde(default)]
    permissions: Vec<Permission>,
    /// Minutes by which the plant's clocks are ahead of UTC; the sensor's own clock where there are none.
    #[serde(default)]
    utc_offset: Option<i32>,
    /// By which of the two it is now; only told, never taken.
    #[serde(default)]
    minutes_ahead: i32,
}

impl PolicyBody {
    fn of(policy: &Policy) -> Self {
        let Policy { profile, zones, windows, permissions, utc_offset } = policy.clone();
        let minutes_ahead = policy.minutes_ahead(Timestamp::now());
        PolicyBody { profile, zones, windows, permissions, utc_offset, minutes_ahead }
    }
}

/// Profile, zones, maintenance windows and permissions.
#[utoipa::path(get, path = "/api/v1/policy", responses((status = 200, body = PolicyBody), (status = 401, body = ErrorBody)))]
pub async fn policy(State(console): State<Console>, _who: LoggedIn) -> Result<Json<PolicyBody>, Failure> {
    Ok(Json(console.ask(|analyst| PolicyBody::of(analyst.baseline().policy())).await?))
}

/// Puts another policy in place.
#[utoipa::path(put, path = "/api/v1/policy", request_body = PolicyBody,
    responses((status = 200, body = PolicyBody), (status = 400, body = ErrorBody)))]
pub async fn set_policy(
    State(console): State<Console>,
    who: LoggedIn,
    Json(body): Json<PolicyBody>,
) -> Result<Json<PolicyBody>, Failure> {
    let PolicyBody { profile, zones, windows, permissions, utc_offset, .. } = body;
    let policy = Policy { profile, zones, windows, permissions, utc_offset };
    if let Some(fault) = policy.fault() {
        return Err(Failure::Bad(fault));
    }
    tracing::info!(user = %who.user, ?profile, zones = policy.zones.len(), "policy changed");
    let act = move |analyst: &mut Analyst| {
        analyst.teach_anew(|baseline| baseline.set_policy(policy));
        PolicyBody::of(analyst.baseline().policy())
    };
    Ok(Json(console.ask(act).await?))
}
