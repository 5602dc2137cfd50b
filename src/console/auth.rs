use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::failure::{ErrorBody, Failure};
use super::state::Console;
use crate::detect::catalogue::FAILED_LOG_INS;
use crate::event::SensorFault;

const COOKIE: &str = "fengsui_session";

/// Someone who is logged in; a handler that takes one is closed to others.
pub struct LoggedIn {
    pub user: String,
    token: String,
}

impl FromRequestParts<Console> for LoggedIn {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, console: &Console) -> Result<Self, Failure> {
        let token = session_token(&parts.headers).ok_or(Failure::Unauthorized)?;
        let user = console.accounts.user_of(&token)?.ok_or(Failure::Unauthorized)?;
        Ok(LoggedIn { user, token })
    }
}

#[derive(Serialize, ToSchema)]
pub struct SetupNeeded {
    needed: bool,
}

#[derive(Deserialize, ToSchema)]
pub struct SetupRequest {
    token: String,
    user: String,
    password: String,
}

#[derive(Deserialize, ToSchema)]
pub struct LoginRequest {
    user: String,
    password: String,
}

#[derive(Serialize, ToSchema)]
pub struct SessionView {
    user: String,
}

/// Whether the first user is still to be made.
#[utoipa::path(get, path = "/api/v1/setup", responses((status = 200, body = SetupNeeded)))]
pub async fn setup_needed(State(console): State<Console>) -> Result<Json<SetupNeeded>, Failure> {
    Ok(Json(SetupNeeded { needed: console.accounts.needs_setup()? }))
}

/// Makes the first user with the token of the one-time link, and logs in.
#[utoipa::path(post, path = "/api/v1/setup", request_body = SetupRequest,
    responses((status = 200, body = SessionView), (status = 403, body = ErrorBody), (status = 400, body = ErrorBody)))]
pub async fn set_up(State(console): State<Console>, Json(request): Json<SetupRequest>) -> Result<Response, Failure> {
    console.accounts.set_up(&request.token, &request.user, &request.password).await?;
    let token = console.accounts.open_session(&request.user).await?;
    with_session(request.user, &token)
}

/// Logs in.
#[utoipa::path(post, path = "/api/v1/login", request_body = LoginRequest,
    responses((status = 200, body = SessionView), (status = 400, body = ErrorBody), (status = 429, body = ErrorBody)))]
pub async fn log_in(State(console): State<Console>, Json(request): Json<LoginRequest>) -> Result<Response, Failure> {
    let token = match console.accounts.log_in(&request.user, &request.password).await {
        Ok(token) => token,
        Err(failure) => {
            if let Some(count) = console.accounts.take_refused(FAILED_LOG_INS.value) {
                console.tell(SensorFault::FailedLogIns { count });
            }
            return Err(failure);
        }
    };
    with_session(request.user, &token)
}

/// Logs out.
#[utoipa::path(post, path = "/api/v1/logout", responses((status = 200), (status = 401, body = ErrorBody)))]
pub async fn log_out(State(console): State<Console>, who: LoggedIn) -> Result<Response, Failure> {
    console.accounts.log_out(&who.token).await?;
    Ok(([(header::SET_COOKIE, cookie("", 0)?)], Json(())).into_response())
}

/// Who is logged in.
#[utoipa::path(get, path = "/api/v1/session", responses((status = 200, body = SessionView), (status = 401, body = ErrorBody)))]
pub async fn session(who: LoggedIn) -> Json<SessionView> {
    Json(SessionView { user: who.user })
}

fn with_session(user: String, token: &str) -> Result<Response, Failure> {
    Ok(([(header::SET_COOKIE, cookie(token, 12 * 3600)?)], Json(SessionView { user })).into_response())
}

/// Never to be read by a script, never sent along from another site's page, never over plain HTTP.
fn cookie(token: &str, seconds: u32) -> Result<HeaderValue, Failure> {
    let text = format!("{COOKIE}={token}; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age={seconds}");
    HeaderValue::from_str(&text).map_err(|_| Failure::Stopped)
}

fn session_token(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == COOKIE).map(|(_, value)| value.to_owned())
}
