use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::store::StoreError;

/// Why a request was not done. `key` is one of the language files.
#[derive(Debug)]
pub enum Failure {
    Unauthorized,
    Forbidden,
    NotFound,
    /// What was given cannot be used.
    Bad(&'static str),
    /// The same, with what exactly is wrong.
    Refused(&'static str, String),
    /// Too many attempts; seconds to wait.
    Slow(u64),
    Store(StoreError),
    /// The engine has stopped.
    Stopped,
}

/// The body of every answer that is an error.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ErrorBody {
    /// Key of the language files.
    pub error: String,
    /// What exactly is wrong, where that can be said: line, value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    pub retry_after: Option<u64>,
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Failure::Store(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (status, key, retry_after) = match &self {
            Failure::Unauthorized => (StatusCode::UNAUTHORIZED, "error.unauthorized", None),
            Failure::Forbidden => (StatusCode::FORBIDDEN, "error.forbidden", None),
            Failure::NotFound => (StatusCode::NOT_FOUND, "error.not_found", None),
            Failure::Bad(key) | Failure::Refused(key, _) => (StatusCode::BAD_REQUEST, *key, None),
            Failure::Slow(seconds) => (StatusCode::TOO_MANY_REQUESTS, "error.slow", Some(*seconds)),
            Failure::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "error.store", None),
            Failure::Stopped => (StatusCode::SERVICE_UNAVAILABLE, "error.stopped", None),
        };
        if let Failure::Store(error) = &self {
            tracing::error!(%error, "request failed");
        }
        let detail = if let Failure::Refused(_, detail) = &self { Some(detail.clone()) } else { None };
        (status, Json(ErrorBody { error: key.to_owned(), detail, retry_after })).into_response()
    }
}
