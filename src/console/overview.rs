use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::{Path, State};
use serde::Serialize;
use utoipa::ToSchema;

use super::alerts::OpenAlerts;
use super::auth::LoggedIn;
use super::demo::DemoState;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use crate::baseline::{LearningRule, Mode, Scenario, Stage};
use crate::event::{Evicted, Timestamp};
use crate::output::SinkStatus;
use crate::pipeline::{Analyst, PortState};
use crate::uplink::ReporterStatus;

/// The first page: is the sensor right, what did it learn, what is going on.
#[derive(Clone, Serialize, ToSchema)]
pub struct Overview {
    pub version: String,
    /// The latest packet's time.
    pub now: Timestamp,
    pub ports: Vec<PortView>,
    pub seen: SeenView,
    pub learning: Vec<StageView>,
    pub alerts: OpenAlerts,
    pub assets: usize,
    pub links: usize,
    pub webhooks: Vec<SinkStatus>,
    pub uplink: ReporterStatus,
    pub demo: Option<DemoState>,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct PortView {
    pub interface: String,
    pub up: bool,
    pub frames: u64,
    pub kernel_drops: u64,
    pub last_frame: Option<Timestamp>,
}

/// What the sensor saw, missed and could not read since it started.
#[derive(Clone, Serialize, ToSchema)]
pub struct SeenView {
    pub packets: u64,
    pub bytes: u64,
    pub kernel_drops: u64,
    pub truncated: u64,
    /// Frames that the mirror gave twice.
    pub duplicates: u64,
    /// Connections with data, each counted once a minute, and of these how many were seen in one direction only.
    pub heard_streams: u64,
    pub one_sided_streams: u64,
    /// How far the sensor's clock was set, in all.
    pub clock_step_ms: u64,
    pub acked_bytes: u64,
    pub unseen_bytes: u64,
    pub parsed_bytes: u64,
    pub undecoded_bytes: u64,
    pub encrypted_messages: u64,
    pub evicted_flows: u64,
    pub evicted: Evicted,
    /// Bytes that could not wait for others before them any longer, as memory for that was used up.
    pub unordered_bytes: u64,
    pub dropped_events: u64,
}

#[derive(Clone, Serialize, ToSchema)]
pub struct StageView {
    pub scenario: Scenario,
    pub mode: Mode,
    /// Percent.
    pub progress: u8,
    pub news: u64,
    pub last_news: Option<Timestamp>,
    pub watching_since: Option<Timestamp>,
}

impl Overview {
    pub async fn of(console: &Console) -> Result<Self, Failure> {
        let analyst_part = console.ask(AnalystPart::of).await?;
        Ok(Overview {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            now: analyst_part.now,
            ports: console.ports.iter().map(|port| PortView::of(port)).collect(),
            seen: analyst_part.seen,
            learning: analyst_part.learning,
            alerts: analyst_part.alerts,
            assets: analyst_part.assets,
            links: analyst_part.links,
            webhooks: console.sink_statuses(),
            uplink: console.reporter_status(),
            demo: console.demo.as_ref().map(|demo| demo.state()),
        })
    }
}

struct AnalystPart {
    now: Timestamp,
    seen: SeenView,
    learning: Vec<StageView>,
    alerts: OpenAlerts,
    assets: usize,
    links: usize,
}

impl AnalystPart {
    fn of(analyst: &mut Analyst) -> Self {
        let health = analyst.health();
        let rule = *analyst.baseline().rule();
        let stage = |scenario: Scenario| StageView::of(scenario, analyst.baseline().stage(scenario), &rule);
        AnalystPart {
            now: analyst.now(),
            seen: SeenView {
                packets: health.packets,
                bytes: health.bytes,
                kernel_drops: health.kernel_drops,
                truncated: health.truncated,
                duplicates: health.duplicates,
                heard_streams: health.heard_streams,
                one_sided_streams: health.one_sided_streams,
                clock_step_ms: health.clock_step_ms,
                acked_bytes: health.acked_bytes,
                unseen_bytes: health.unseen_bytes,
                parsed_bytes: health.parsed_bytes,
                undecoded_bytes: health.undecoded_bytes,
                encrypted_messages: health.encrypted_messages,
                evicted_flows: health.evicted_flows,
                evicted: health.evicted,
                unordered_bytes: health.unordered_bytes,
                dropped_events: health.dropped_events,
            },
            learning: Scenario::ALL.into_iter().map(stage).collect(),
            alerts: OpenAlerts::count(analyst.alerts().iter()),
            assets: analyst.inventory().assets().count(),
            links: analyst.inventory().links().count(),
        }
    }
}

impl StageView {
    pub fn of(scenario: Scenario, stage: &Stage, rule: &LearningRule) -> Self {
        StageView {
            scenario,
            mode: stage.mode,
            progress: stage.progress(rule),
            news: stage.news,
            last_news: stage.last_news,
            watching_since: stage.watching_since,
        }
    }
}

impl PortView {
    fn of(port: &PortState) -> Self {
        let last = port.last_frame.load(Ordering::Relaxed);
        PortView {
            interface: port.interface.clone(),
            up: port.up.load(Ordering::Relaxed),
            frames: port.frames.load(Ordering::Relaxed),
            kernel_drops: port.kernel_drops.load(Ordering::Relaxed),
            last_frame: (last > 0).then(|| Timestamp::from_nanos(last)),
        }
    }
}

/// The first page.
#[utoipa::path(get, path = "/api/v1/overview", responses((status = 200, body = Overview), (status = 401, body = ErrorBody)))]
pub async fn overview(State(console): State<Console>, _who: LoggedIn) -> Result<Json<Overview>, Failure> {
    Ok(Json(Overview::of(&console).await?))
}

/// Has an attack come in the demo plant.
#[utoipa::path(post, path = "/api/v1/demo/attacks/{name}", responses((status = 200, body = DemoState), (status = 404, body = ErrorBody)))]
pub async fn attack(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(name): Path<String>,
) -> Result<Json<DemoState>, Failure> {
    let demo = console.demo.as_ref().ok_or(Failure::NotFound)?;
    if demo.attack(&name) { Ok(Json(demo.state())) } else { Err(Failure::NotFound) }
}
