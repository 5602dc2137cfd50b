//! The catalogue of detections, and what of ATT&CK for ICS it covers.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::assets::file;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::state::Console;
use super::views::DetectionView;
use crate::detect::catalogue;
use crate::detect::coverage::{ATTACK_VERSION, Shows, TECHNIQUES, Tactic, Technique};

/// What is detected, what each detection means, and whether it speaks here.
#[utoipa::path(get, path = "/api/v1/catalogue", responses((status = 200, body = Vec<DetectionView>), (status = 401, body = ErrorBody)))]
pub async fn catalogue(State(console): State<Console>, _who: LoggedIn) -> Result<Json<Vec<DetectionView>>, Failure> {
    let quiet = console.ask(|analyst| analyst.alerts().quiet().clone()).await?;
    Ok(Json(DetectionView::all(|id| quiet.speaks(id))))
}

/// ATT&CK for ICS, technique by technique.
#[derive(Serialize, ToSchema)]
pub struct CoverageView {
    attack_version: String,
    techniques: Vec<TechniqueView>,
}

#[derive(Serialize, ToSchema)]
pub struct TechniqueView {
    id: String,
    tactics: Vec<Tactic>,
    shows: Shows,
    /// Ids of the catalogue; none speaks where all of them are switched off.
    detections: Vec<String>,
    /// Rules in use that name it.
    rules: usize,
}

impl TechniqueView {
    fn is_covered(&self) -> bool {
        !self.detections.is_empty() || self.rules > 0
    }
}

async fn techniques(console: &Console) -> Result<Vec<TechniqueView>, Failure> {
    let quiet = console.ask(|analyst| analyst.alerts().quiet().clone()).await?;
    let listing = console.shelf.listing();
    let view = |technique: &Technique| {
        let detects = |d: &&catalogue::Detection| d.techniques.contains(&technique.id) && quiet.speaks(d.id);
        let names = |rule: &&super::shelf::ListedRule| {
            rule.techniques.iter().any(|id| id == technique.id) && quiet.speaks(&rule.name)
        };
        TechniqueView {
            id: technique.id.to_owned(),
            tactics: technique.tactics.to_vec(),
            shows: technique.shows,
            detections: catalogue::all().filter(detects).map(|d| d.id.to_owned()).collect(),
            rules: listing.rules.iter().filter(names).count(),
        }
    };
    Ok(TECHNIQUES.iter().map(view).collect())
}

/// What of ATT&CK for ICS is seen here, what could be, and what no network monitor can see.
#[utoipa::path(get, path = "/api/v1/coverage", responses((status = 200, body = CoverageView), (status = 401, body = ErrorBody)))]
pub async fn coverage(State(console): State<Console>, _who: LoggedIn) -> Result<Json<CoverageView>, Failure> {
    let techniques = techniques(&console).await?;
    Ok(Json(CoverageView { attack_version: ATTACK_VERSION.to_owned(), techniques }))
}

/// The same as a layer for the ATT&CK Navigator.
#[utoipa::path(get, path = "/api/v1/coverage/layer", responses((status = 200, content_type = "application/json"), (status = 401, body = ErrorBody)))]
pub async fn layer(State(console): State<Console>, _who: LoggedIn) -> Result<Response, Failure> {
    let layer = layer_of(&techniques(&console).await?);
    let bytes = serde_json::to_vec_pretty(&layer).map_err(|_| Failure::Stopped)?;
    Ok(file("application/json", "fengsui-attack-ics-layer.json", bytes))
}

const SEEN: &str = "#2f9e6e";
const OPEN: &str = "#e0b040";
const UNSEEN: &str = "#b0b7c3";

/// Layer format 4.5.
fn layer_of(techniques: &[TechniqueView]) -> Value {
    let entry = |technique: &TechniqueView| {
        let count = technique.detections.len() + technique.rules;
        let (color, comment) = match technique.shows {
            _ if technique.is_covered() => {
                let rules = if technique.rules > 0 { format!("; {} rules", technique.rules) } else { String::new() };
                (SEEN, format!("{}{rules}", technique.detections.join(", ")))
            }
            Shows::Network => (OPEN, "visible on the network, not detected".to_owned()),
            Shows::Elsewhere => (UNSEEN, "not visible to a network monitor".to_owned()),
            Shows::Outcome => (UNSEEN, "an outcome in the process, not an act on the network".to_owned()),
        };
        json!({
            "techniqueID": technique.id, "score": count, "color": color, "comment": comment, "enabled": true,
            "metadata": [], "links": [], "showSubtechniques": false,
        })
    };
    let legend = |label: &str, color: &str| json!({ "label": label, "color": color });
    json!({
        "name": "Fengsui",
        "versions": { "attack": ATTACK_VERSION, "navigator": "5.1.0", "layer": "4.5" },
        "domain": "ics-attack",
        "description": format!("What Fengsui {} detects on this network", env!("CARGO_PKG_VERSION")),
        "sorting": 0,
        "layout": { "layout": "side", "aggregateFunction": "average", "showID": true, "showName": true },
        "hideDisabled": false,
        "techniques": techniques.iter().map(entry).collect::<Vec<_>>(),
        "gradient": { "colors": ["#ffffff", SEEN], "minValue": 0, "maxValue": 10 },
        "legendItems": [
            legend("detected", SEEN),
            legend("visible, not detected", OPEN),
            legend("not visible to a network monitor", UNSEEN),
        ],
        "metadata": [], "links": [], "showTacticRowBackground": false, "tacticRowBackground": "#dddddd",
        "selectTechniquesAcrossTactics": true, "selectSubtechniquesWithParent": false,
        "selectVisibleTechniques": false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_says_what_is_seen_and_what_cannot_be() {
        let view = |id: &str, shows, detections: &[&str]| TechniqueView {
            id: id.to_owned(),
            tactics: Vec::new(),
            shows,
            detections: detections.iter().map(ToString::to_string).collect(),
            rules: 0,
        };
        let seen = view("T0858", Shows::Network, &["S7-03", "MB-15"]);
        let layer = layer_of(&[seen, view("T0865", Shows::Elsewhere, &[])]);
        assert_eq!(layer["versions"]["layer"], "4.5");
        assert_eq!(layer["domain"], "ics-attack");
        assert_eq!(layer["techniques"][0]["score"], 2);
        assert_eq!(layer["techniques"][0]["comment"], "S7-03, MB-15");
        assert_eq!(layer["techniques"][1]["color"], UNSEEN);
    }
}
