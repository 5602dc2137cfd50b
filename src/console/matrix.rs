//! Who asks whom for what: clients by servers, each cell with its protocols and functions.

use axum::Json;
use axum::extract::{Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use crate::event::{Class, Map};
use crate::inventory::{AssetId, Inventory, LinkRecord};

/// Clients and servers shown, those with the most links first; and functions of one cell.
const MAX_SIDE: usize = 60;
const MAX_FUNCTIONS: usize = 32;

#[derive(Deserialize, IntoParams)]
pub struct MatrixQuery {
    /// Only this protocol, such as `modbus`.
    protocol: Option<String>,
    /// Only functions of this class.
    #[param(inline)]
    class: Option<Class>,
}

/// Clients by servers.
#[derive(Serialize, ToSchema)]
pub struct Matrix {
    clients: Vec<MatrixEnd>,
    servers: Vec<MatrixEnd>,
    cells: Vec<MatrixCell>,
    /// Every protocol there is, for a filter.
    protocols: Vec<String>,
    /// Some did not fit.
    cut: bool,
}

#[derive(Serialize, ToSchema)]
pub struct MatrixEnd {
    id: String,
    label: String,
}

#[derive(Serialize, ToSchema)]
pub struct MatrixCell {
    /// Places in the lists of clients and servers.
    client: usize,
    server: usize,
    protocols: Vec<String>,
    functions: Vec<MatrixFunction>,
    conversations: u64,
}

#[derive(Serialize, ToSchema)]
pub struct MatrixFunction {
    protocol: String,
    name: String,
    class: Class,
    count: u64,
}

/// Who asks whom for what.
#[utoipa::path(get, path = "/api/v1/matrix", params(MatrixQuery), responses((status = 200, body = Matrix), (status = 401, body = ErrorBody)))]
pub async fn matrix(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<MatrixQuery>,
) -> Result<Json<Matrix>, Failure> {
    Ok(Json(console.ask(move |analyst| build(analyst.inventory(), &query)).await?))
}

#[derive(Default)]
struct Cell {
    protocols: Vec<String>,
    functions: Vec<MatrixFunction>,
    conversations: u64,
}

fn build(inventory: &Inventory, query: &MatrixQuery) -> Matrix {
    let mut cells: Map<(AssetId, AssetId), Cell> = Map::default();
    let mut protocols = std::collections::BTreeSet::new();
    let wanted = query.protocol.as_deref().filter(|name| !name.is_empty());
    for (key, record) in inventory.links() {
        let protocol = key.service.to_string();
        if key.service.is_ot() {
            protocols.insert(protocol.clone());
        }
        let ends = inventory.at(&key.vlans, &key.client).zip(inventory.at(&key.vlans, &key.server));
        let Some((client, server)) = ends.filter(|(client, server)| client.id != server.id) else { continue };
        let has_class = query.class.is_none_or(|class| record.functions.iter().any(|f| f.class == class));
        if has_class && wanted.is_none_or(|wanted| wanted == protocol) {
            add(cells.entry((client.id, server.id)).or_default(), protocol, record, query.class);
        }
    }
    let clients = busiest(cells.keys().map(|(client, _)| *client));
    let servers = busiest(cells.keys().map(|(_, server)| *server));
    let all = cells.len();
    let places = |side: &[AssetId]| side.iter().copied().zip(0..).collect::<Map<AssetId, usize>>();
    let (rows, columns) = (places(&clients), places(&servers));
    let mut shown: Vec<MatrixCell> = Vec::new();
    for ((client, server), cell) in cells {
        let place = rows.get(&client).zip(columns.get(&server));
        let Some((client, server)) = place.map(|(client, server)| (*client, *server)) else { continue };
        let Cell { protocols, functions, conversations } = cell;
        shown.push(MatrixCell { client, server, protocols, functions, conversations });
    }
    shown.sort_by_key(|cell| (cell.client, cell.server));
    let end = |id: &AssetId| MatrixEnd {
        id: id.to_string(),
        label: inventory.asset(*id).map(crate::inventory::Asset::label).unwrap_or_default(),
    };
    Matrix {
        cut: shown.len() < all,
        cells: shown,
        clients: clients.iter().map(end).collect(),
        servers: servers.iter().map(end).collect(),
        protocols: protocols.into_iter().collect(),
    }
}

fn add(cell: &mut Cell, protocol: String, record: &LinkRecord, class: Option<Class>) {
    cell.conversations += record.conversations;
    for function in record.functions.iter().filter(|function| class.is_none_or(|class| function.class == class)) {
        let same = |known: &&mut MatrixFunction| known.protocol == protocol && known.name == function.name;
        if let Some(known) = cell.functions.iter_mut().find(same) {
            known.count += function.count;
        } else if cell.functions.len() < MAX_FUNCTIONS {
            let (name, class, count) = (function.name.clone(), function.class, function.count);
            cell.functions.push(MatrixFunction { protocol: protocol.clone(), name, class, count });
        }
    }
    if !cell.protocols.contains(&protocol) {
        cell.protocols.push(protocol);
    }
}

/// Those with the most partners first.
fn busiest(ids: impl Iterator<Item = AssetId>) -> Vec<AssetId> {
    let mut partners: Map<AssetId, usize> = Map::default();
    ids.for_each(|id| *partners.entry(id).or_default() += 1);
    let mut order: Vec<_> = partners.into_iter().collect();
    order.sort_by_key(|(id, count)| (std::cmp::Reverse(*count), *id));
    order.into_iter().take(MAX_SIDE).map(|(id, _)| id).collect()
}
