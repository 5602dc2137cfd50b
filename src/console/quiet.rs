//! What people switch off, and what they want to hear no more of.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use crate::alert::{Quiet, Suppression};
use crate::baseline::address;
use crate::event::Timestamp;
use crate::store::{Batch, QuietRecord};

const MAX_NAME: usize = 200;
const MAX_REASON: usize = 500;

#[derive(Deserialize, ToSchema)]
pub struct SwitchRequest {
    /// Detection id, `gid:sid` of a rule, or name of a YARA rule.
    source: String,
    on: bool,
}

#[derive(Serialize, ToSchema)]
pub struct SwitchView {
    source: String,
    on: bool,
}

/// Switches a detection or a rule on or off; what is off still feeds those that build on it, and raises no alert.
#[utoipa::path(post, path = "/api/v1/switch", request_body = SwitchRequest,
    responses((status = 200, body = SwitchView), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn switch(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<SwitchRequest>,
) -> Result<Json<SwitchView>, Failure> {
    let SwitchRequest { source, on } = request;
    if !is_known(&console, &source) {
        return Err(Failure::Refused("error.bad_source", format!("source = \"{source}\"")));
    }
    tracing::info!(user = %who.user, %source, on, "detection or rule switched");
    let name = source.clone();
    let (done, quiet) = console.ask(move |analyst| analyst.hush(|quiet| quiet.switch(name, on))).await?;
    if !done {
        return Err(Failure::Bad("error.full"));
    }
    keep(&console, &quiet).await?;
    Ok(Json(SwitchView { source, on }))
}

#[derive(Deserialize, ToSchema)]
pub struct SuppressRequest {
    /// Detection id, `gid:sid` of a rule, or name of a YARA rule.
    source: String,
    /// IP or MAC address; everybody where there is none.
    client: Option<String>,
    server: Option<String>,
    reason: String,
    /// For good where there is none.
    until: Option<Timestamp>,
}

/// What is held back, the latest first.
#[utoipa::path(get, path = "/api/v1/suppressions", responses((status = 200, body = Vec<Suppression>), (status = 401, body = ErrorBody)))]
pub async fn list(State(console): State<Console>, _who: LoggedIn) -> Result<Json<Vec<Suppression>>, Failure> {
    Ok(Json(console.ask(|analyst| analyst.alerts().quiet().suppressions().cloned().collect()).await?))
}

/// Holds back findings of one detection or rule, between everybody or certain machines, for a time or for good.
#[utoipa::path(post, path = "/api/v1/suppressions", request_body = SuppressRequest,
    responses((status = 200, body = Vec<Suppression>), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn suppress(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<SuppressRequest>,
) -> Result<Json<Vec<Suppression>>, Failure> {
    let now = Timestamp::now();
    let suppression = read(&console, request, who.user, now)?;
    let (user, source) = (suppression.user.clone(), suppression.source.clone());
    let (done, quiet) = console.ask(move |analyst| analyst.hush(|quiet| quiet.suppress(suppression))).await?;
    let id = done.ok_or(Failure::Bad("error.full"))?;
    tracing::info!(%user, %source, id, "findings held back");
    keep(&console, &quiet).await?;
    Ok(Json(quiet.suppressions().cloned().collect()))
}

fn read(console: &Console, request: SuppressRequest, user: String, now: Timestamp) -> Result<Suppression, Failure> {
    let SuppressRequest { source, client, server, reason, until } = request;
    if !is_known(console, &source) {
        return Err(Failure::Refused("error.bad_source", format!("source = \"{source}\"")));
    }
    let reason = reason.trim().to_owned();
    if !(1..=MAX_REASON).contains(&reason.chars().count()) {
        return Err(Failure::Bad("error.reason"));
    }
    if let Some(past) = until.filter(|until| *until <= now) {
        return Err(Failure::Refused("error.in_the_past", format!("until = {past}")));
    }
    let end = |key: &str, text: Option<String>| {
        let text = text.filter(|text| !text.is_empty());
        text.map(|text| {
            address(&text).ok_or_else(|| Failure::Refused("error.bad_address", format!("{key} = \"{text}\"")))
        })
        .transpose()
    };
    let (client, server) = (end("client", client)?, end("server", server)?);
    Ok(Suppression { id: 0, source, client, server, reason, until, user, created: now, held_back: 0, last: None })
}

/// Takes a suppression back.
#[utoipa::path(post, path = "/api/v1/suppressions/{id}/remove",
    responses((status = 200, body = Vec<Suppression>), (status = 404, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn speak_again(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<u64>,
) -> Result<Json<Vec<Suppression>>, Failure> {
    let (gone, quiet) = console.ask(move |analyst| analyst.hush(|quiet| quiet.speak_again(id))).await?;
    let gone = gone.ok_or(Failure::NotFound)?;
    tracing::info!(user = %who.user, source = %gone.source, id, "suppression taken back");
    keep(&console, &quiet).await?;
    Ok(Json(quiet.suppressions().cloned().collect()))
}

/// A detection of the catalogue or a rule in use.
fn is_known(console: &Console, source: &str) -> bool {
    source.len() <= MAX_NAME
        && (crate::detect::catalogue::find(source).is_some()
            || console.shelf.listing().rules.iter().any(|rule| rule.name == source))
}

async fn keep(console: &Console, quiet: &Quiet) -> Result<(), Failure> {
    let mut batch = Batch::default();
    QuietRecord::put(&mut batch, quiet)?;
    Ok(console.committer.commit_async(batch).await?)
}
