use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::MAX_PAGE;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use super::views::{AssetDetail, AssetRow};
use crate::inventory::{AssetId, Inventory, Role};

/// Which assets, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct AssetQuery {
    /// Text in any address, name, vendor or model, whatever case.
    search: Option<String>,
    #[param(inline)]
    role: Option<Role>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct AssetPage {
    total: usize,
    items: Vec<AssetRow>,
}

/// Assets in the order they were found.
#[utoipa::path(get, path = "/api/v1/assets", params(AssetQuery), responses((status = 200, body = AssetPage), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<AssetQuery>,
) -> Result<Json<AssetPage>, Failure> {
    Ok(Json(console.ask(move |analyst| page(analyst.inventory(), &query)).await?))
}

fn page(inventory: &Inventory, query: &AssetQuery) -> AssetPage {
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let start = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let search = query.search.as_deref().unwrap_or_default().trim().to_lowercase();
    let rows: Vec<AssetRow> = inventory
        .assets()
        .filter(|asset| query.role.is_none_or(|role| asset.role() == Some(role)))
        .map(AssetRow::of)
        .filter(|row| search.is_empty() || mentions(row, &search))
        .collect();
    AssetPage { total: rows.len(), items: rows.into_iter().skip(start).take(size).collect() }
}

fn mentions(row: &AssetRow, search: &str) -> bool {
    let facts = [&row.vendor, &row.model, &row.firmware, &row.serial].into_iter().flatten();
    let mut texts = row.ips.iter().chain(&row.macs).chain([&row.id, &row.label]).chain(&row.protocols).chain(facts);
    texts.any(|text| text.to_lowercase().contains(search))
}

/// One asset with its facts, each with its source, and its links.
#[utoipa::path(get, path = "/api/v1/assets/{id}", responses((status = 200, body = AssetDetail), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<AssetDetail>, Failure> {
    let number = id.strip_prefix("asset-").and_then(|n| n.parse().ok()).ok_or(Failure::NotFound)?;
    let found = console.ask(move |analyst| {
        let inventory = analyst.inventory();
        inventory.asset(AssetId(number)).map(|asset| AssetDetail::of(asset, inventory))
    });
    found.await?.map(Json).ok_or(Failure::NotFound)
}
