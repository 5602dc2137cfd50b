use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderName, HeaderValue, Method};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::compression::CompressionLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::failure::Failure;
use super::state::Console;
use super::{
    acts, alerts, analyses, assets, auth, baseline, coverage, front, links, live, matrix, overview, quiet, reporting,
    rules,
};

/// Of a request, and of one that brings a whole table.
const MAX_BODY: usize = 256 << 10;
const MAX_TABLE: usize = 256 << 20;
/// Scripts and styles only from here; no other site may frame the console.
const CONTENT_POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

#[derive(OpenApi)]
#[openapi(info(title = "Fengsui console", description = "The API of the web console."))]
struct Document;

/// The console's routes.
pub fn router(console: Console) -> Router {
    let (api, document) = routes_and_document();
    let document = document.to_json().unwrap_or_default();
    let header = |name: &'static str, value: &'static str| {
        SetResponseHeaderLayer::overriding(HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    api.route(
        "/api/openapi.json",
        axum::routing::get(|| async move { ([("content-type", "application/json")], document) }),
    )
    .fallback(front::file)
    .layer(middleware::from_fn(refuse_other_sites))
    .layer(DefaultBodyLimit::max(MAX_BODY))
    .layer(CompressionLayer::new())
    .layer(header("content-security-policy", CONTENT_POLICY))
    .layer(header("x-content-type-options", "nosniff"))
    .layer(header("referrer-policy", "no-referrer"))
    .layer(header("x-frame-options", "DENY"))
    .with_state(console)
}

/// The API's description; the front end's types are made from it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    routes_and_document().1
}

fn routes_and_document() -> (Router<Console>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(auth::setup_needed, auth::set_up))
        .routes(routes!(auth::log_in))
        .routes(routes!(auth::log_out))
        .routes(routes!(auth::session))
        .routes(routes!(overview::overview))
        .routes(routes!(overview::attack))
        .routes(routes!(alerts::list))
        .routes(routes!(alerts::detail))
        .routes(routes!(alerts::acknowledge))
        .routes(routes!(alerts::close))
        .routes(routes!(alerts::evidence))
        .routes(routes!(acts::bulk))
        .routes(routes!(acts::comment))
        .routes(routes!(acts::assign))
        .routes(routes!(coverage::catalogue))
        .routes(routes!(coverage::coverage))
        .routes(routes!(coverage::layer))
        .routes(routes!(quiet::switch))
        .routes(routes!(quiet::list, quiet::suppress))
        .routes(routes!(quiet::speak_again))
        .routes(routes!(rules::list))
        .routes(routes!(rules::remove))
        .routes(routes!(analyses::list, analyses::upload))
        .routes(routes!(analyses::detail))
        .routes(routes!(analyses::cancel))
        .routes(routes!(analyses::remove))
        .routes(routes!(analyses::alerts_of))
        .routes(routes!(analyses::alert_of))
        .routes(routes!(analyses::assets_of))
        .routes(routes!(assets::list))
        .routes(routes!(assets::say))
        .routes(routes!(assets::merge))
        .routes(routes!(assets::split))
        .routes(routes!(assets::edits))
        .routes(routes!(assets::undo))
        .merge(tables())
        .routes(routes!(assets::detail))
        .routes(routes!(links::list))
        .routes(routes!(links::topology))
        .routes(routes!(links::changes))
        .routes(routes!(matrix::matrix))
        .routes(routes!(baseline::overview))
        .routes(routes!(baseline::turn))
        .routes(routes!(baseline::rows))
        .routes(routes!(baseline::row))
        .routes(routes!(baseline::lock))
        .routes(routes!(baseline::remove))
        .routes(routes!(baseline::forget))
        .routes(routes!(baseline::news))
        .routes(routes!(baseline::policy, baseline::set_policy))
        .routes(routes!(reporting::report))
        .routes(routes!(reporting::preview))
        .routes(routes!(reporting::enable))
        .routes(routes!(live::events))
        .split_for_parts()
}

/// Whole tables, baselines and rule files come in here, and may be larger than any other request.
fn tables() -> OpenApiRouter<Console> {
    OpenApiRouter::new()
        .routes(routes!(assets::export, assets::import))
        .routes(routes!(baseline::export, baseline::import))
        .routes(routes!(rules::fetch, rules::bring))
        .routes(routes!(analyses::test_rules))
        .layer(DefaultBodyLimit::max(MAX_TABLE))
}

/// A browser says which site a request comes from; what changes something must come from ours. The session's cookie is
/// SameSite already: this is the second lock.
async fn refuse_other_sites(request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site").and_then(|value| value.to_str().ok());
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if !harmless && site.is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        return Failure::Forbidden.into_response();
    }
    next.run(request).await
}
