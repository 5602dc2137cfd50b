//! Who talks to whom: the matrix, the map, and what changed since a time.

use std::ops::Range;

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::MAX_PAGE;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::plant_views::{AssetRow, LinkView, zone_of};
use super::state::Console;
use crate::event::{Map, Timestamp};
use crate::inventory::{AssetId, LinkKey, LinkRecord, Role, place};
use crate::pipeline::Analyst;

/// Nodes and edges of one map, and entries of one comparison.
const MAX_NODES: usize = 5000;
const MAX_EDGES: usize = 20_000;
const MAX_CHANGES: usize = 1000;

/// Which links, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct LinkQuery {
    /// Text in either address, protocol or function, whatever case.
    search: Option<String>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct LinkPage {
    total: usize,
    items: Vec<LinkView>,
}

/// Links with their functions: client, server, protocol, function.
#[utoipa::path(get, path = "/api/v1/links", params(LinkQuery), responses((status = 200, body = LinkPage), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<LinkQuery>,
) -> Result<Json<LinkPage>, Failure> {
    Ok(Json(console.ask(move |analyst| page(analyst, &query)).await?))
}

fn page(analyst: &Analyst, query: &LinkQuery) -> LinkPage {
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let start = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    let search = query.search.as_deref().unwrap_or_default().trim().to_lowercase();
    let fits = |(key, record): &(&LinkKey, &LinkRecord)| search.is_empty() || mentions(key, record, &search);
    let mut found: Vec<_> = analyst.inventory().links().filter(fits).collect();
    let (total, end) = (found.len(), start.saturating_add(size));
    if end < total {
        // Of a large plant only what is shown is put in order.
        found.select_nth_unstable_by(end, |a, b| a.0.cmp(b.0));
        found.truncate(end);
    }
    found.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let view = |(key, record): &(&LinkKey, &LinkRecord)| LinkView::of(key, record, analyst.baseline());
    let items = found.iter().skip(start).take(size).map(view).collect();
    LinkPage { total, items }
}

fn mentions(key: &LinkKey, record: &LinkRecord, search: &str) -> bool {
    format!("{} {} {}", key.client, key.server, key.service).to_lowercase().contains(search)
        || record.functions.iter().any(|function| function.name.contains(search))
}

#[derive(Deserialize, IntoParams)]
pub struct MapQuery {
    /// Only links that were used since then; RFC 3339.
    since: Option<String>,
    /// What is newer than this is marked as news; RFC 3339.
    news_since: Option<String>,
}

/// The plant as a map.
#[derive(Serialize, ToSchema)]
pub struct Topology {
    nodes: Vec<MapNode>,
    edges: Vec<MapEdge>,
    /// Some did not fit.
    cut: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MapNode {
    id: String,
    label: String,
    role: Option<Role>,
    zone: Option<String>,
    subnet: Option<String>,
    level: Option<u8>,
    news: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MapEdge {
    client: String,
    server: String,
    protocols: Vec<String>,
    bytes: u64,
    news: bool,
}

/// Assets and the links between them.
#[utoipa::path(get, path = "/api/v1/topology", params(MapQuery), responses((status = 200, body = Topology), (status = 400, body = ErrorBody)))]
pub async fn topology(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<MapQuery>,
) -> Result<Json<Topology>, Failure> {
    let (since, news) = (time(query.since.as_deref())?, time(query.news_since.as_deref())?);
    Ok(Json(console.ask(move |analyst| map(analyst, since, news)).await?))
}

fn time(text: Option<&str>) -> Result<Option<Timestamp>, Failure> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(|_| Failure::Bad("error.bad_time"))).transpose()
}

fn map(analyst: &Analyst, since: Option<Timestamp>, news: Option<Timestamp>) -> Topology {
    let (inventory, policy) = (analyst.inventory(), analyst.baseline().policy());
    let is_news = |first: Timestamp| news.is_some_and(|news| first >= news);
    let node = |asset: &crate::inventory::Asset| MapNode {
        id: asset.id.to_string(),
        label: asset.label(),
        role: asset.role(),
        zone: zone_of(asset, policy).map(|zone| zone.value),
        subnet: place::subnet(asset),
        level: place::level(asset).map(|level| level.value),
        news: is_news(asset.first),
    };
    let mut edges: Map<(AssetId, AssetId), MapEdge> = Map::default();
    for (key, record) in inventory.links().filter(|(_, record)| since.is_none_or(|since| record.last >= since)) {
        let ends = inventory.at(&key.vlans, &key.client).zip(inventory.at(&key.vlans, &key.server));
        let Some((client, server)) = ends.filter(|(client, server)| client.id != server.id) else { continue };
        let edge = edges.entry((client.id, server.id)).or_insert_with(|| MapEdge {
            client: client.id.to_string(),
            server: server.id.to_string(),
            protocols: Vec::new(),
            bytes: 0,
            news: false,
        });
        let protocol = key.service.to_string();
        if !edge.protocols.contains(&protocol) && edge.protocols.len() < 8 {
            edge.protocols.push(protocol);
        }
        edge.bytes += record.bytes;
        edge.news |= is_news(record.first);
    }
    let cut = inventory.assets().count() > MAX_NODES || edges.len() > MAX_EDGES;
    let mut edges: Vec<_> = edges.into_iter().collect();
    edges.sort_by_key(|(ends, _)| *ends);
    let edges = edges.into_iter().take(MAX_EDGES).map(|(_, edge)| edge).collect();
    Topology { nodes: inventory.assets().take(MAX_NODES).map(node).collect(), edges, cut }
}

#[derive(Deserialize, IntoParams)]
pub struct ChangesQuery {
    /// RFC 3339.
    since: String,
    /// The other of two times that are compared, RFC 3339; now where there is none.
    until: Option<String>,
}

/// What is other than it was then.
#[derive(Serialize, ToSchema)]
pub struct Changes {
    new_assets: Vec<AssetRow>,
    new_facts: Vec<ChangedFact>,
    new_links: Vec<LinkView>,
    /// Functions that were first used since, on links that were there before.
    new_functions: Vec<LinkView>,
    /// Links that were used before and not since.
    silent_links: Vec<LinkView>,
}

#[derive(Serialize, ToSchema)]
pub struct ChangedFact {
    asset: String,
    label: String,
    kind: String,
    value: String,
    source: String,
    first: Timestamp,
}

/// What changed since a time, or from one time to another.
#[utoipa::path(get, path = "/api/v1/changes", params(ChangesQuery), responses((status = 200, body = Changes), (status = 400, body = ErrorBody)))]
pub async fn changes(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<Changes>, Failure> {
    let since = time(Some(&query.since))?.ok_or(Failure::Bad("error.bad_time"))?;
    let until = time(query.until.as_deref())?.unwrap_or(Timestamp::from_nanos(u64::MAX));
    if until <= since {
        return Err(Failure::Bad("error.bad_time"));
    }
    Ok(Json(console.ask(move |analyst| changed(analyst, since..until)).await?))
}

fn changed(analyst: &Analyst, span: Range<Timestamp>) -> Changes {
    let since = span.start;
    let is_new = |first: Timestamp| span.contains(&first);
    let (inventory, policy) = (analyst.inventory(), analyst.baseline().policy());
    let old_assets = inventory.assets().filter(|asset| asset.first < since);
    let facts = old_assets.flat_map(|asset| asset.facts.iter().map(move |fact| (asset, fact)));
    let fact = |(asset, fact): (&crate::inventory::Asset, &crate::inventory::FactRecord)| ChangedFact {
        asset: asset.id.to_string(),
        label: asset.label(),
        kind: fact.kind.name().to_owned(),
        value: fact.value.clone(),
        source: fact.source.to_string(),
        first: fact.first,
    };
    let mut links: Vec<_> = inventory.links().collect();
    links.sort_unstable_by(|a, b| a.0.cmp(b.0));
    let view = |(key, record): &(&LinkKey, &LinkRecord)| LinkView::of(key, record, analyst.baseline());
    let some = |fits: &dyn Fn(&LinkRecord) -> bool| -> Vec<LinkView> {
        links.iter().filter(|(_, record)| fits(record)).take(MAX_CHANGES).map(view).collect()
    };
    let mut new_functions =
        some(&|record| record.first < since && record.functions.iter().any(|function| is_new(function.first)));
    new_functions.iter_mut().for_each(|link| link.functions.retain(|function| is_new(function.first)));
    Changes {
        new_assets: inventory
            .assets()
            .filter(|asset| is_new(asset.first))
            .take(MAX_CHANGES)
            .map(|asset| AssetRow::of(asset, policy))
            .collect(),
        new_facts: facts.filter(|(_, fact)| is_new(fact.first)).take(MAX_CHANGES).map(fact).collect(),
        new_links: some(&|record| is_new(record.first)),
        new_functions,
        silent_links: some(&|record| record.last < since),
    }
}
