//! The rules in use, and those that people bring.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::alerts::MAX_PAGE;
use super::assets::file;
use super::auth::LoggedIn;
use super::failure::{ErrorBody, Failure};
use super::shelf::{ListedRule, Loading, MAX_FILE, MAX_FILES, is_rule_file};
use super::state::Console;
use super::views::Text;
use crate::alert::Quiet;
use crate::event::Severity;
use crate::signature::Refusal;

/// Refusals and rows of one answer.
const MAX_REFUSALS: usize = 200;
const MAX_CHECKED: usize = 2000;

/// Which rules, and which page of them.
#[derive(Deserialize, IntoParams)]
pub struct RuleQuery {
    /// Text in number, message, file or technique, whatever case.
    search: Option<String>,
    /// Only those that are switched off.
    off: Option<bool>,
    /// Only those that do less than their author meant.
    limited: Option<bool>,
    /// From 1.
    page: Option<usize>,
    /// At most 200.
    size: Option<usize>,
}

#[derive(Serialize, ToSchema)]
pub struct RulePage {
    total: usize,
    items: Vec<RuleRow>,
    /// All that load, and all that do not.
    loaded: usize,
    refused: usize,
    refusals: Vec<RefusalView>,
    /// Files that people brought.
    files: Vec<String>,
}

#[derive(Serialize, ToSchema)]
pub struct RuleRow {
    /// `gid:sid`, or the name of a YARA rule.
    name: String,
    revision: u32,
    message: Text,
    severity: Option<Severity>,
    techniques: Vec<String>,
    classtype: Option<String>,
    /// In what it does less than its author meant.
    limits: Vec<String>,
    file: String,
    line: usize,
    brought: bool,
    on: bool,
}

impl RuleRow {
    fn of(rule: &ListedRule, quiet: &Quiet) -> Self {
        RuleRow {
            name: rule.name.clone(),
            revision: rule.revision,
            message: rule.message.clone(),
            severity: rule.severity,
            techniques: rule.techniques.clone(),
            classtype: rule.classtype.clone(),
            limits: rule.limits.clone(),
            file: rule.file.clone(),
            line: rule.line,
            brought: rule.brought,
            on: quiet.speaks(&rule.name),
        }
    }
}

#[derive(Serialize, ToSchema)]
pub struct RefusalView {
    file: String,
    line: usize,
    sid: Option<u32>,
    reason: String,
}

impl RefusalView {
    fn of(refusal: &Refusal) -> Self {
        let name = refusal.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        RefusalView { file: name, line: refusal.line, sid: refusal.sid, reason: refusal.reason.clone() }
    }
}

/// The rules in use.
#[utoipa::path(get, path = "/api/v1/rules", params(RuleQuery), responses((status = 200, body = RulePage), (status = 401, body = ErrorBody)))]
pub async fn list(
    State(console): State<Console>,
    _who: LoggedIn,
    Query(query): Query<RuleQuery>,
) -> Result<Json<RulePage>, Failure> {
    let quiet = console.ask(|analyst| analyst.alerts().quiet().clone()).await?;
    let listing = console.shelf.listing();
    let search = query.search.as_deref().unwrap_or_default().trim().to_lowercase();
    let fits = |rule: &&ListedRule| {
        (search.is_empty() || mentions(rule, &search))
            && (!query.off.unwrap_or(false) || !quiet.speaks(&rule.name))
            && (!query.limited.unwrap_or(false) || !rule.limits.is_empty())
    };
    let found: Vec<&ListedRule> = listing.rules.iter().filter(fits).collect();
    let size = query.size.unwrap_or(50).clamp(1, MAX_PAGE);
    let start = query.page.unwrap_or(1).max(1).saturating_sub(1).saturating_mul(size);
    Ok(Json(RulePage {
        total: found.len(),
        items: found.iter().skip(start).take(size).map(|rule| RuleRow::of(rule, &quiet)).collect(),
        loaded: listing.rules.len(),
        refused: listing.refusals.len(),
        refusals: listing.refusals.iter().take(MAX_REFUSALS).map(RefusalView::of).collect(),
        files: console.shelf.files(),
    }))
}

fn mentions(rule: &ListedRule, search: &str) -> bool {
    let mut texts = [&rule.name, &rule.message.zh, &rule.message.en, &rule.file]
        .into_iter()
        .chain(&rule.techniques)
        .chain(&rule.classtype);
    texts.any(|text| text.to_lowercase().contains(search))
}

#[derive(Deserialize, IntoParams)]
pub struct CheckQuery {
    /// Only says what would load, and keeps nothing.
    check: Option<bool>,
}

/// What became of each rule of a file.
#[derive(Serialize, ToSchema)]
pub struct RuleCheck {
    /// It is in use now.
    kept: bool,
    loads: usize,
    limited: usize,
    refused: usize,
    /// In the order of the file; at most 2000.
    rules: Vec<CheckedRule>,
}

#[derive(Serialize, ToSchema)]
pub struct CheckedRule {
    line: usize,
    name: Option<String>,
    message: Option<String>,
    status: RuleStatus,
    /// Limits, or why it is refused.
    why: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RuleStatus {
    Loads,
    Limited,
    Refused,
}

impl RuleCheck {
    fn of(loading: &Loading, is_ours: impl Fn(&std::path::Path) -> bool) -> Self {
        let report = &loading.report;
        let good = report.set.rules.iter().zip(&report.places).filter(|(_, (file, _))| is_ours(file));
        let good = good.map(|(rule, (_, line))| CheckedRule {
            line: *line,
            name: Some(format!("{}:{}", rule.id.gid, rule.id.sid)),
            message: Some(rule.message.clone()),
            status: if rule.limits.is_empty() { RuleStatus::Loads } else { RuleStatus::Limited },
            why: rule.limits.clone(),
        });
        let bad = report.refusals.iter().filter(|refusal| is_ours(&refusal.file)).map(|refusal| CheckedRule {
            line: refusal.line,
            name: refusal.sid.map(|sid| format!("1:{sid}")),
            message: None,
            status: RuleStatus::Refused,
            why: vec![refusal.reason.clone()],
        });
        let mut rules: Vec<CheckedRule> = good.chain(bad).collect();
        rules.sort_by_key(|rule| rule.line);
        let count = |status| rules.iter().filter(|rule| rule.status == status).count();
        let (loads, limited, refused) =
            (count(RuleStatus::Loads), count(RuleStatus::Limited), count(RuleStatus::Refused));
        rules.truncate(MAX_CHECKED);
        RuleCheck { kept: false, loads, limited, refused, rules }
    }
}

/// Checks a rule file against all others, and takes it into use unless only the check was wanted.
///
/// A file of which nothing loads is not kept.
#[utoipa::path(post, path = "/api/v1/rules/files/{name}", params(CheckQuery), request_body(content_type = "text/plain"),
    responses((status = 200, body = RuleCheck), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn bring(
    State(console): State<Console>,
    who: LoggedIn,
    Path(name): Path<String>,
    Query(query): Query<CheckQuery>,
    bytes: Bytes,
) -> Result<Json<RuleCheck>, Failure> {
    check_name(&name)?;
    if bytes.len() > MAX_FILE {
        return Err(Failure::Refused(
            "error.too_large",
            format!("{name}: {} of at most {MAX_FILE} bytes", bytes.len()),
        ));
    }
    // Rule files of the field are not always UTF-8 in their comments.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let _turn = console.rule_turn.lock().await;
    let files = console.shelf.files();
    if files.len() >= MAX_FILES && !files.contains(&name) {
        return Err(Failure::Refused("error.full", format!("{} of at most {MAX_FILES} files", files.len())));
    }
    let shelf = Arc::clone(&console.shelf);
    let (asked, copy) = (name.clone(), text.clone());
    let loading = blocking(move || shelf.load_with(&asked, copy)).await?;
    let mut check = RuleCheck::of(&loading, |file| console.shelf.is_file(file, &name));
    let is_yara = !name.ends_with(".rules");
    if query.check.unwrap_or(false) || check.rules.iter().all(|rule| rule.status == RuleStatus::Refused) && !is_yara {
        return Ok(Json(check));
    }
    if is_yara && check.refused > 0 {
        return Ok(Json(check));
    }
    console.shelf.keep(&name, &text).map_err(|error| Failure::Refused("error.write", format!("{name}: {error}")))?;
    tracing::info!(user = %who.user, file = %name, loads = check.loads, refused = check.refused, "rule file brought");
    put_to_use(&console, loading).await?;
    check.kept = true;
    Ok(Json(check))
}

/// A file that a person brought.
#[utoipa::path(get, path = "/api/v1/rules/files/{name}",
    responses((status = 200, content_type = "text/plain"), (status = 404, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn fetch(
    State(console): State<Console>,
    _who: LoggedIn,
    Path(name): Path<String>,
) -> Result<Response, Failure> {
    check_name(&name)?;
    let bytes = tokio::fs::read(console.shelf.file(&name)).await.map_err(|_| Failure::NotFound)?;
    Ok(file("text/plain; charset=utf-8", "fengsui.rules", bytes))
}

/// Takes a file that a person brought out of use.
#[utoipa::path(post, path = "/api/v1/rules/files/{name}/remove",
    responses((status = 200, body = RulesInUse), (status = 404, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub async fn remove(
    State(console): State<Console>,
    who: LoggedIn,
    Path(name): Path<String>,
) -> Result<Json<RulesInUse>, Failure> {
    check_name(&name)?;
    let _turn = console.rule_turn.lock().await;
    console.shelf.remove(&name).map_err(|_| Failure::NotFound)?;
    tracing::info!(user = %who.user, file = %name, "rule file removed");
    let shelf = Arc::clone(&console.shelf);
    let loading = blocking(move || shelf.load()).await?;
    put_to_use(&console, loading).await?;
    Ok(Json(RulesInUse { loaded: console.shelf.listing().rules.len() }))
}

#[derive(Serialize, ToSchema)]
pub struct RulesInUse {
    loaded: usize,
}

fn check_name(name: &str) -> Result<(), Failure> {
    if is_rule_file(name) { Ok(()) } else { Err(Failure::Refused("error.rule_file_name", format!("\"{name}\""))) }
}

/// The engine takes the new rules between two packets.
async fn put_to_use(console: &Console, loading: Loading) -> Result<(), Failure> {
    console.shelf.note(&loading);
    let (rules, scanner) = (Arc::new(loading.report.set), loading.scanner);
    console.ask(move |analyst| analyst.reload(&rules, scanner)).await
}

/// Work that takes its time, off the threads that serve.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Failure::Stopped)
}
