//! Captures that people bring: upload, progress, results.

use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use tokio::io::AsyncWriteExt;
use utoipa::{IntoParams, ToSchema};

use super::alerts::{AlertPage, AlertQuery};
use super::assets::{AssetPage, AssetQuery};
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::rules::blocking;
use super::state::Console;
use super::studies::{KEEP_FREE, MAX_STUDIES, Phase, Study};
use super::views::{AlertDetail, Text};
use super::{alerts, assets};
use crate::event::{FindingSource, Timestamp};
use crate::pipeline::{Analyst, Progress};

const MAX_NAME: usize = 100;
/// A test of rules against a capture ends after this; it was a test.
const TEST_TIME: Duration = Duration::from_secs(60);
const MAX_TEST_RULES: usize = 1 << 20;

/// A capture that was brought.
#[derive(Serialize, ToSchema)]
pub struct AnalysisView {
    id: u64,
    name: String,
    user: String,
    started: Timestamp,
    /// Judged by what the live plant has learnt.
    against_live: bool,
    state: AnalysisState,
    /// Bytes of the file, and of these read so far.
    size: u64,
    read: u64,
    frames: u64,
    alerts: usize,
    assets: usize,
    links: usize,
    /// What of it could not be read; of one that failed, why.
    faults: Vec<Text>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AnalysisState {
    Waiting,
    Running,
    Done,
    Cancelled,
    /// The analysis itself has a fault.
    Failed,
}

impl AnalysisView {
    fn of(study: &Study) -> Self {
        let (frames, read) = study.read();
        let mut view = AnalysisView {
            id: study.id,
            name: study.name.clone(),
            user: study.user.clone(),
            started: study.started,
            against_live: study.against_live,
            state: AnalysisState::Waiting,
            size: study.size,
            read,
            frames,
            alerts: 0,
            assets: 0,
            links: 0,
            faults: Vec::new(),
        };
        study.with_phase(|phase| match phase {
            Phase::Waiting => {}
            Phase::Running => view.state = AnalysisState::Running,
            Phase::Cancelled => view.state = AnalysisState::Cancelled,
            Phase::Failed(why) => {
                view.state = AnalysisState::Failed;
                let why = [("error", why.clone())];
                view.faults.push(Text::of(|lang| lang.say("analysis.fault.bug", &why)));
            }
            Phase::Done(analyst, faults) => {
                view.state = AnalysisState::Done;
                view.alerts = analyst.alerts().iter().count();
                view.assets = analyst.inventory().assets().count();
                view.links = analyst.inventory().links().count();
                view.faults.clone_from(faults);
            }
        });
        view
    }
}

/// Captures that were brought, the latest first.
#[utoipa::path(get, path = "/api/v1/analyses", responses((status = 200, body = Vec<AnalysisView>), (status = 401, body = ErrorBody)))]
pub async fn list(State(console): State<Console>, _who: LoggedIn) -> Json<Vec<AnalysisView>> {
    Json(console.studies.all().iter().map(|study| AnalysisView::of(study)).collect())
}

#[derive(Deserialize, IntoParams)]
pub struct UploadQuery {
    /// What the file is called.
    name: String,
    /// Judge it by what the live plant has learnt.
    against_live: Option<bool>,
}

/// Takes a capture in, byte by byte to the disk, and has it looked at when its turn has come.
#[utoipa::path(post, path = "/api/v1/analyses", params(UploadQuery), request_body(content_type = "application/octet-stream"),
    responses((status = 200, body = AnalysisView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn upload(
    State(console): State<Console>,
    who: LoggedIn,
    Query(query): Query<UploadQuery>,
    body: Body,
) -> Result<Json<AnalysisView>, Failure> {
    let name = shown_name(&query.name)?;
    if console.studies.is_full() {
        return Err(Failure::Refused("error.full", format!("{MAX_STUDIES} of at most {MAX_STUDIES} captures")));
    }
    let id = console.studies.new_id();
    let landing = Landing { file: console.studies.folder().join(format!("{id}.capture")), keep: false };
    let size = receive(body, &landing.file, &name, console.studies.cap()).await?;
    let against_live = query.against_live.unwrap_or(false);
    let normal = if against_live { console.ask(|analyst| analyst.baseline().export()).await?.ok() } else { None };
    let shelf = Arc::clone(&console.shelf);
    let loading = blocking(move || shelf.load()).await?;
    let study = Study::new(id, name, who.user, size, against_live, landing.keep());
    let study = console.studies.add(study).ok_or(Failure::Bad("error.full"))?;
    tracing::info!(user = %study.user, capture = %study.name, size, "capture brought to be looked at");
    let (studies, run) = (Arc::clone(&console.studies), Arc::clone(&study));
    tokio::spawn(async move { studies.run(run, loading, normal).await });
    Ok(Json(AnalysisView::of(&study)))
}

/// A file that goes away unless everything went well: also where whoever sends it hangs up.
struct Landing {
    file: PathBuf,
    keep: bool,
}

impl Landing {
    fn keep(mut self) -> PathBuf {
        self.keep = true;
        self.file.clone()
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.keep {
            let _ = std::fs::remove_file(&self.file);
        }
    }
}

async fn receive(body: Body, path: &FilePath, name: &str, cap: u64) -> Result<u64, Failure> {
    let failed = |error: std::io::Error| Failure::Refused("error.write", format!("{name}: {error}"));
    let mut out = tokio::fs::File::create(path).await.map_err(failed)?;
    let mut pieces = body.into_data_stream();
    let mut size = 0u64;
    let mut checked = 0u64;
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|error| Failure::Refused("error.upload", format!("{name}: {error}")))?;
        size += piece.len() as u64;
        if size > cap {
            return Err(Failure::Refused("error.too_large", format!("{name}: more than {cap} bytes")));
        }
        if checked == 0 || size - checked > 16 << 20 {
            checked = size;
            check_room(path, name)?;
        }
        out.write_all(&piece).await.map_err(failed)?;
    }
    out.flush().await.map_err(failed)?;
    if size == 0 {
        return Err(Failure::Refused("error.empty_file", name.to_owned()));
    }
    Ok(size)
}

fn check_room(path: &FilePath, name: &str) -> Result<(), Failure> {
    let folder = path.parent().unwrap_or(path);
    let Ok(disk) = rustix::fs::statvfs(folder) else { return Ok(()) };
    let free = disk.f_bavail.saturating_mul(disk.f_frsize);
    if free < KEEP_FREE {
        return Err(Failure::Refused("error.disk", format!("{name}: {free} bytes free, {KEEP_FREE} must stay so")));
    }
    Ok(())
}

fn shown_name(text: &str) -> Result<String, Failure> {
    let name = text.trim();
    let good = (1..=MAX_NAME).contains(&name.chars().count()) && !name.chars().any(|c| c.is_control() || c == '/');
    if good {
        Ok(name.to_owned())
    } else {
        Err(Failure::Refused("error.file_name", format!("name = \"{}\"", name.escape_debug())))
    }
}

fn find(console: &Console, id: u64) -> Result<Arc<Study>, Failure> {
    console.studies.get(id).ok_or(Failure::NotFound)
}

/// One capture's state.
#[utoipa::path(get, path = "/api/v1/analyses/{id}", responses((status = 200, body = AnalysisView), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<u64>,
) -> Result<Json<AnalysisView>, Failure> {
    Ok(Json(AnalysisView::of(&*find(&console, id)?)))
}

/// Stops it.
#[utoipa::path(post, path = "/api/v1/analyses/{id}/cancel", responses((status = 200, body = AnalysisView), (status = 404, body = ErrorBody)))]
pub async fn cancel(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<u64>,
) -> Result<Json<AnalysisView>, Failure> {
    let study = find(&console, id)?;
    tracing::info!(user = %who.user, capture = %study.name, "looking at a capture stopped");
    study.cancel();
    Ok(Json(AnalysisView::of(&study)))
}

/// Forgets it with its file and all that came of it.
#[utoipa::path(post, path = "/api/v1/analyses/{id}/remove", responses((status = 200, body = Vec<AnalysisView>), (status = 404, body = ErrorBody)))]
pub async fn remove(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<u64>,
) -> Result<Json<Vec<AnalysisView>>, Failure> {
    if !console.studies.remove(id) {
        return Err(Failure::NotFound);
    }
    tracing::info!(user = %who.user, id, "capture removed");
    Ok(Json(console.studies.all().iter().map(|study| AnalysisView::of(study)).collect()))
}

/// What an analyst of a capture that is done says.
fn answer<T>(study: &Study, question: impl FnOnce(&Analyst) -> T) -> Result<T, Failure> {
    study.with_phase(|phase| match phase {
        Phase::Done(analyst, _) => Ok(question(analyst)),
        _ => Err(Failure::Bad("error.not_done")),
    })
}

/// Its alerts, in the same form as the live ones.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/alerts", params(AlertQuery),
    responses((status = 200, body = AlertPage), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn alerts_of(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<u64>,
    Query(query): Query<AlertQuery>,
) -> Result<Json<AlertPage>, Failure> {
    answer(&*find(&console, id)?, |analyst| alerts::page(analyst.alerts().iter(), &query)).map(Json)
}

/// One of its alerts.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/alerts/{alert}",
    responses((status = 200, body = AlertDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn alert_of(
    State(console): State<Console>,
    _who: LoggedIn,
    Path((id, alert)): Path<(u64, String)>,
) -> Result<Json<AlertDetail>, Failure> {
    let found = answer(&*find(&console, id)?, |analyst| analyst.alerts().get(&alert).map(AlertDetail::of))?;
    found.map(Json).ok_or(Failure::NotFound)
}

/// Its assets, in the same form as the live ones.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/assets", params(AssetQuery),
    responses((status = 200, body = AssetPage), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn assets_of(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<u64>,
    Query(query): Query<AssetQuery>,
) -> Result<Json<AssetPage>, Failure> {
    answer(&*find(&console, id)?, |analyst| assets::page(analyst, &query)).map(Json)
}

#[derive(Deserialize, ToSchema)]
pub struct RuleTestRequest {
    /// Rules to be tried; nothing of them is kept.
    rules: String,
}

/// Which rules matched in a capture.
#[derive(Serialize, ToSchema)]
pub struct RuleTest {
    frames: u64,
    /// It took too long: what matched so far.
    cut: bool,
    loaded: usize,
    /// Line and reason of each that does not load.
    refused: Vec<String>,
    matched: Vec<RuleMatch>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleMatch {
    /// `gid:sid`, or the name of a YARA rule.
    name: String,
    message: Text,
    count: u64,
    client: Option<String>,
    server: Option<String>,
    frames: Vec<u64>,
}

/// Tries rules against a capture that was brought, and nothing else against it.
#[utoipa::path(post, path = "/api/v1/analyses/{id}/rules", request_body = RuleTestRequest,
    responses((status = 200, body = RuleTest), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn test_rules(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<u64>,
    Json(request): Json<RuleTestRequest>,
) -> Result<Json<RuleTest>, Failure> {
    let study = find(&console, id)?;
    if request.rules.len() > MAX_TEST_RULES {
        let given = request.rules.len();
        return Err(Failure::Refused("error.too_large", format!("rules: {given} of at most {MAX_TEST_RULES} bytes")));
    }
    let _turn = console.rule_turn.lock().await;
    let shelf = Arc::clone(&console.shelf);
    let loading = blocking(move || shelf.load_alone("test.rules", request.rules)).await?;
    let loaded = loading.report.set.rules.len();
    let refused =
        loading.report.refusals.iter().map(|refusal| format!("{}: {}", refusal.line, refusal.reason)).collect();
    let clock = Clock { until: Instant::now() + TEST_TIME, frames: 0, cut: false };
    let done = console.studies.test(study, loading, clock).await;
    let (analyst, clock) = done.map_err(|why| Failure::Refused("error.analysis_failed", why))?;
    Ok(Json(tested(&analyst, &clock, loaded, refused)))
}

fn tested(analyst: &Analyst, clock: &Clock, loaded: usize, refused: Vec<String>) -> RuleTest {
    let of_rules = analyst.alerts().iter().filter(|alert| !matches!(alert.source, FindingSource::Detection { .. }));
    let matched = of_rules.map(|alert| RuleMatch {
        name: alert.source.name().into_owned(),
        message: Text::of(|lang| alert.source.title(lang)),
        count: alert.count,
        client: alert.client.as_ref().and_then(|party| Some(party.ip?.to_string())),
        server: alert.server.as_ref().and_then(|party| Some(party.ip?.to_string())),
        frames: alert.evidence.frames.to_vec(),
    });
    RuleTest { frames: clock.frames, cut: clock.cut, loaded, refused, matched: matched.collect() }
}

struct Clock {
    until: Instant,
    frames: u64,
    cut: bool,
}

impl Progress for Clock {
    fn advanced(&mut self, _path: &FilePath, frames: u64, _bytes: u64) {
        self.frames = frames;
        self.cut |= Instant::now() >= self.until;
    }

    fn is_cancelled(&self) -> bool {
        self.cut
    }
}
