//! The front end's files, compiled into the binary.

use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

#[cfg(feature = "console")]
#[derive(rust_embed::RustEmbed)]
#[folder = "$FENGSUI_CONSOLE_DIST"]
struct Files;

/// Where the build puts files whose names carry a hash of their content; no page of the console has such an address.
const HASHED: &str = "static/";

/// A file of the front end; every other address gets the page, which knows what to show.
pub async fn file(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(found) = get(path) {
        // A name with a hash never stands for anything else.
        let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        return respond(path, found, cache);
    }
    if path.starts_with(HASHED) || path.starts_with("api/") {
        return (StatusCode::NOT_FOUND, "not found").into_response();
    }
    match get("index.html") {
        Some(page) => respond("index.html", page, "no-cache"),
        None => (StatusCode::NOT_FOUND, "this binary was built without the web console").into_response(),
    }
}

fn respond(path: &str, body: Vec<u8>, cache: &'static str) -> Response {
    let kind = match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("json") => "application/json",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static(cache)),
    ];
    (headers, body).into_response()
}

#[cfg(feature = "console")]
fn get(path: &str) -> Option<Vec<u8>> {
    Files::get(path).map(|file| file.data.into_owned())
}

#[cfg(not(feature = "console"))]
fn get(_path: &str) -> Option<Vec<u8>> {
    None
}
