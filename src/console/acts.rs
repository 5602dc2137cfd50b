//! What people do with alerts beside closing one: write, hand over, and act on many at once.

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::alerts::{MAX_COMMENT, MAX_PAGE};
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use super::views::AlertDetail;
use crate::alert::{Closing, Comment};
use crate::event::Timestamp;
use crate::pipeline::Analyst;

const MAX_USER: usize = 64;

#[derive(Deserialize, ToSchema)]
pub struct CommentRequest {
    text: String,
}

/// Writes something under an alert.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/comment", request_body = CommentRequest,
    responses((status = 200, body = AlertDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn comment(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
    Json(request): Json<CommentRequest>,
) -> Result<Json<AlertDetail>, Failure> {
    let text = request.text.trim().to_owned();
    check_comment(&text)?;
    if text.is_empty() {
        return Err(Failure::Bad("error.comment_empty"));
    }
    let comment = Comment { at: Timestamp::now(), user: who.user, text };
    let written = console.ask_kept(move |analyst| {
        let mut has_room = true;
        let alert = analyst.amend(&id, |alert| has_room = alert.write(comment))?;
        Some((has_room, AlertDetail::of(&alert)))
    });
    let (has_room, alert) = written.await?.ok_or(Failure::NotFound)?;
    if has_room { Ok(Json(alert)) } else { Err(Failure::Bad("error.full")) }
}

#[derive(Deserialize, ToSchema)]
pub struct AssignRequest {
    /// Nobody where there is none.
    assignee: Option<String>,
}

/// Hands an alert to somebody.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/assign", request_body = AssignRequest,
    responses((status = 200, body = AlertDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn assign(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
    Json(request): Json<AssignRequest>,
) -> Result<Json<AlertDetail>, Failure> {
    let assignee = name(request.assignee)?;
    tracing::info!(user = %who.user, alert = %id, ?assignee, "alert handed over");
    let alert = console.ask_kept(move |analyst| analyst.amend(&id, |alert| alert.assignee = assignee));
    alert.await?.as_ref().map(AlertDetail::of).map(Json).ok_or(Failure::NotFound)
}

/// What is done with many alerts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BulkAct {
    Acknowledge,
    Normal,
    Incident,
    Assign,
}

#[derive(Deserialize, ToSchema)]
pub struct BulkRequest {
    /// At most 200.
    ids: Vec<String>,
    act: BulkAct,
    comment: Option<String>,
    /// To whom, where the act is to assign.
    assignee: Option<String>,
}

#[derive(Serialize, ToSchema)]
pub struct BulkDone {
    done: usize,
    /// Alerts that are not there any more.
    missing: Vec<String>,
}

/// Does the same with many alerts.
#[utoipa::path(post, path = "/api/v1/alerts/bulk", request_body = BulkRequest,
    responses((status = 200, body = BulkDone), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn bulk(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<BulkRequest>,
) -> Result<Json<BulkDone>, Failure> {
    let BulkRequest { ids, act, comment, assignee } = request;
    if ids.len() > MAX_PAGE {
        return Err(Failure::Refused("error.too_many", format!("ids: {} of at most {MAX_PAGE}", ids.len())));
    }
    check_comment(comment.as_deref().unwrap_or_default())?;
    let assignee = name(assignee)?;
    tracing::info!(user = %who.user, alerts = ids.len(), ?act, "act on many alerts");
    let work = move |analyst: &mut Analyst| {
        let total = ids.len();
        let one = |id: &String| match act {
            BulkAct::Acknowledge => analyst.acknowledge(id).is_none(),
            BulkAct::Normal => analyst.close(id, Closing::Normal, comment.clone()).is_none(),
            BulkAct::Incident => analyst.close(id, Closing::Incident, comment.clone()).is_none(),
            BulkAct::Assign => analyst.amend(id, |alert| alert.assignee.clone_from(&assignee)).is_none(),
        };
        let mut one = one;
        let missing: Vec<String> = ids.into_iter().filter(|id| one(id)).collect();
        BulkDone { done: total - missing.len(), missing }
    };
    Ok(Json(console.ask_kept(work).await?))
}

fn check_comment(text: &str) -> Result<(), Failure> {
    if text.chars().count() > MAX_COMMENT { Err(Failure::Bad("error.comment_length")) } else { Ok(()) }
}

fn name(text: Option<String>) -> Result<Option<String>, Failure> {
    let text = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let too_long = text.as_ref().is_some_and(|text| text.chars().count() > MAX_USER);
    if too_long { Err(Failure::Bad("error.user_name")) } else { Ok(text) }
}
