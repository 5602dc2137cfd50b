use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::MAX_PAGE;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::plant_views::{AssetDetail, AssetRow, EditView, zone_of};
use super::state::Console;
use crate::baseline::{Policy, address};
use crate::event::Timestamp;
use crate::inventory::table::{self, AssetEntry, Imported};
use crate::inventory::{Asset, AssetId, EditFault, Flag, Inventory, Role, Said, place};
use crate::pipeline::Analyst;

/// Edits shown.
const LATEST: usize = 200;

/// Which assets, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct AssetQuery {
    /// Text in any address, name, vendor or model, whatever case.
    search: Option<String>,
    #[param(inline)]
    role: Option<Role>,
    zone: Option<String>,
    /// Purdue level.
    level: Option<u8>,
    #[param(inline)]
    flag: Option<Flag>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct AssetPage {
    total: usize,
    items: Vec<AssetRow>,
    /// Every zone there is, for a filter.
    zones: Vec<String>,
}

/// Assets in the order they were found.
#[utoipa::path(get, path = "/api/v1/assets", params(AssetQuery), responses((status = 200, body = AssetPage), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<AssetQuery>,
) -> Result<Json<AssetPage>, Failure> {
    Ok(Json(console.ask(move |analyst| page(analyst, &query)).await?))
}

pub fn page(analyst: &Analyst, query: &AssetQuery) -> AssetPage {
    let (inventory, policy) = (analyst.inventory(), analyst.baseline().policy());
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let start = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let search = query.search.as_deref().unwrap_or_default().trim().to_lowercase();
    let mut zones: Vec<String> =
        inventory.assets().filter_map(|asset| zone_of(asset, policy)).map(|z| z.value).collect();
    zones.sort();
    zones.dedup();
    let fits = |asset: &&Asset| fits(asset, query, policy) && (search.is_empty() || mentions(asset, &search));
    let found: Vec<&Asset> = inventory.assets().filter(fits).collect();
    let items = found.iter().skip(start).take(size).map(|asset| AssetRow::of(asset, policy)).collect();
    AssetPage { total: found.len(), items, zones }
}

fn fits(asset: &Asset, query: &AssetQuery, policy: &Policy) -> bool {
    let zone = |wanted: &String| zone_of(asset, policy).is_some_and(|zone| zone.value == *wanted);
    query.role.is_none_or(|role| asset.role() == Some(role))
        && query.flag.is_none_or(|flag| asset.said.flags.contains(&flag))
        && query.level.is_none_or(|level| place::level(asset).is_some_and(|found| found.value == level))
        && query.zone.as_ref().filter(|zone| !zone.is_empty()).is_none_or(zone)
}

fn mentions(asset: &Asset, search: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(search);
    asset.ips.iter().any(|ip| has(&ip.to_string()))
        || asset.macs.iter().any(|mac| has(&mac.to_string()))
        || asset.facts.iter().any(|fact| has(&fact.value))
        || asset.serves.iter().chain(&asset.uses).any(|service| service.is_ot() && has(&service.to_string()))
        || has(&asset.id.to_string())
        || [&asset.said.name, &asset.said.identifier_code, &asset.said.note].into_iter().flatten().any(|text| has(text))
}

/// One asset with its facts, each with its source, and its links.
#[utoipa::path(get, path = "/api/v1/assets/{id}", responses((status = 200, body = AssetDetail), (status = 404, body = ErrorBody)))]
pub async fn detail(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(id): Path<String>,
) -> Result<Json<AssetDetail>, Failure> {
    let id = asset_id(&id)?;
    console.ask(move |analyst| shown(analyst, id)).await?.map(Json).ok_or(Failure::NotFound)
}

fn shown(analyst: &Analyst, id: AssetId) -> Option<AssetDetail> {
    let asset = analyst.inventory().asset(id)?;
    let asset = asset.merged_into.and_then(|into| analyst.inventory().asset(into)).unwrap_or(asset);
    Some(AssetDetail::of(asset, analyst.inventory(), analyst.baseline()))
}

fn asset_id(text: &str) -> Result<AssetId, Failure> {
    text.parse().map_err(|_| Failure::NotFound)
}

impl From<EditFault> for Failure {
    fn from(fault: EditFault) -> Self {
        match fault {
            EditFault::Unknown => Failure::NotFound,
            EditFault::Pointless => Failure::Bad("error.edit_pointless"),
            EditFault::Undone => Failure::Bad("error.edit_undone"),
            EditFault::Later => Failure::Bad("error.edit_later"),
            EditFault::Full => Failure::Bad("error.full"),
            EditFault::Unfit => Failure::Bad("error.edit_unfit"),
        }
    }
}

/// Has the analyst change an asset and gives it back as it stands then.
async fn change(
    console: &Console,
    act: impl FnOnce(&mut Inventory) -> Result<AssetId, EditFault> + Send + 'static,
) -> Result<Json<AssetDetail>, Failure> {
    let changed = console.ask(move |analyst| {
        let id = act(analyst.inventory_mut())?;
        shown(analyst, id).ok_or(EditFault::Unknown)
    });
    Ok(Json(changed.await??))
}

/// Writes down what a person says of an asset; what is left out is left to what is seen.
#[utoipa::path(put, path = "/api/v1/assets/{id}/said", request_body = Said,
    responses((status = 200, body = AssetDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn say(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
    Json(said): Json<Said>,
) -> Result<Json<AssetDetail>, Failure> {
    let id = asset_id(&id)?;
    tracing::info!(user = %who.user, asset = %id, "asset described");
    change(&console, move |inventory| inventory.say(id, said, &who.user, Timestamp::now()).map(|_| id)).await
}

#[derive(Deserialize, ToSchema)]
pub struct MergeRequest {
    into: String,
    from: String,
}

/// Says that the second asset is a part of the first.
#[utoipa::path(post, path = "/api/v1/assets/merge", request_body = MergeRequest,
    responses((status = 200, body = AssetDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn merge(
    State(console): State<Console>,
    who: LoggedIn,
    Json(request): Json<MergeRequest>,
) -> Result<Json<AssetDetail>, Failure> {
    let (into, from) = (asset_id(&request.into)?, asset_id(&request.from)?);
    tracing::info!(user = %who.user, %into, %from, "assets merged");
    change(&console, move |inventory| inventory.merge(into, from, &who.user, Timestamp::now()).map(|_| into)).await
}

#[derive(Deserialize, ToSchema)]
pub struct SplitRequest {
    /// IP or MAC addresses that are another machine's.
    addresses: Vec<String>,
}

/// Says that some of an asset's addresses are another machine's; gives back the new asset.
#[utoipa::path(post, path = "/api/v1/assets/{id}/split", request_body = SplitRequest,
    responses((status = 200, body = AssetDetail), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn split(
    State(console): State<Console>,
    who: LoggedIn,
    Path(id): Path<String>,
    Json(request): Json<SplitRequest>,
) -> Result<Json<AssetDetail>, Failure> {
    let id = asset_id(&id)?;
    let parts: Option<Vec<_>> = request.addresses.iter().map(|text| address(text)).collect();
    let parts = parts.ok_or(Failure::Bad("error.bad_address"))?;
    tracing::info!(user = %who.user, asset = %id, addresses = ?request.addresses, "asset split");
    change(&console, move |inventory| inventory.split(id, &parts, &who.user, Timestamp::now()).map(|(new, _)| new))
        .await
}

/// What was done to assets by hand and by rule, latest first.
#[utoipa::path(get, path = "/api/v1/edits", responses((status = 200, body = Vec<EditView>), (status = 401, body = ErrorBody)))]
pub async fn edits(State(console): State<Console>, _who: LoggedIn) -> Result<Json<Vec<EditView>>, Failure> {
    Ok(Json(console.ask(|analyst| latest_edits(analyst.inventory())).await?))
}

fn latest_edits(inventory: &Inventory) -> Vec<EditView> {
    inventory.edits().rev().take(LATEST).map(|edit| EditView::of(edit, inventory)).collect()
}

/// Takes an edit back.
#[utoipa::path(post, path = "/api/v1/edits/{number}/undo",
    responses((status = 200, body = Vec<EditView>), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub async fn undo(
    State(console): State<Console>,
    who: LoggedIn,
    Path(number): Path<u64>,
) -> Result<Json<Vec<EditView>>, Failure> {
    tracing::info!(user = %who.user, edit = number, "edit taken back");
    let undone = console.ask(move |analyst| -> Result<Vec<EditView>, EditFault> {
        analyst.inventory_mut().undo(number)?;
        Ok(latest_edits(analyst.inventory()))
    });
    Ok(Json(undone.await??))
}

#[derive(Deserialize, IntoParams)]
pub struct TableQuery {
    /// `csv` or `json`.
    format: Option<String>,
}

/// All assets as a table.
#[utoipa::path(get, path = "/api/v1/assets/table", params(TableQuery),
    responses((status = 200, body = Vec<AssetEntry>), (status = 401, body = ErrorBody)))]
pub async fn export(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<TableQuery>,
) -> Result<Response, Failure> {
    let rows = console.ask(|analyst| analyst.inventory().table()).await?;
    let csv = query.format.as_deref() == Some("csv");
    let bytes = if csv { table::to_csv(&rows) } else { table::to_json(&rows) };
    let bytes = bytes.map_err(|_| Failure::Bad("error.import"))?;
    let (kind, name) =
        if csv { ("text/csv; charset=utf-8", "assets.csv") } else { ("application/json", "assets.json") };
    Ok(file(kind, name, bytes))
}

/// A file to be saved.
pub fn file(kind: &'static str, name: &'static str, bytes: Vec<u8>) -> Response {
    let named = HeaderValue::from_str(&format!("attachment; filename=\"{name}\""));
    let named = named.unwrap_or(HeaderValue::from_static("attachment"));
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind)), (header::CONTENT_DISPOSITION, named)], bytes)
        .into_response()
}

/// Takes a table in: rows of known machines add to what is known, others make new assets.
#[utoipa::path(post, path = "/api/v1/assets/table", params(TableQuery), request_body = Vec<AssetEntry>,
    responses((status = 200, body = Imported), (status = 400, body = ErrorBody)))]
pub async fn import(
    State(console): State<Console>,
    who: LoggedIn,
    Query(query): Query<TableQuery>,
    bytes: Bytes,
) -> Result<Json<Imported>, Failure> {
    let csv = query.format.as_deref() == Some("csv");
    let rows = if csv { table::from_csv(&bytes) } else { table::from_json(&bytes) };
    let rows = rows.map_err(|error| {
        tracing::warn!(%error, "a table of assets cannot be read");
        Failure::Refused("error.import", error.to_string())
    })?;
    tracing::info!(user = %who.user, rows = rows.len(), "assets imported");
    let taken =
        console.ask(move |analyst| analyst.inventory_mut().take_table(&rows, &who.user, Timestamp::now())).await?;
    Ok(Json(taken))
}
