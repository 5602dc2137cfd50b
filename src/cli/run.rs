use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};

use super::appliance::{Appliance, ApplianceOptions};
use super::{complain, logging};
use crate::baseline::LearningRule;
use crate::capture::filter::Filter;
use crate::capture::folder::EvidenceLimits;
use crate::capture::{CaptureOptions, Engine};
use crate::config::{self, Capture, Config, Uplink};
use crate::console::{Loading, RuleShelf};
use crate::detect::{self, IndicatorFault, IndicatorWatch, catalogue};
use crate::event::Severity;
use crate::inventory::{Inside, Range};
use crate::output::tls::{self, Identity};
use crate::output::{SigningKey, Webhook, http};
use crate::pipeline::{FlowLimits, Port};
use crate::protocol::registry::REGISTRY;
use crate::uplink::{self, ProbeFacts, ReporterOptions};

/// What inventory, baseline and alerts take at most, measured under a flood; and what conversations get at least.
const ANALYSIS_MB: u32 = 160;
const LEAST_FLOWS_MB: usize = 16;

/// The appliance: capture, analysis, console, webhooks, report.
///
/// Listens on the interfaces of the configuration, or on those given with -i. Tells systemd when it is ready, stops cleanly
/// on SIGTERM and SIGINT, loads its rules anew on SIGHUP. Needs the right to capture (CAP_NET_RAW) and no other.
///
/// Examples:
///   fengsui config default > /etc/fengsui.toml
///   fengsui run --config /etc/fengsui.toml -i enp3s0
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub struct Run {
    /// Configuration; 'fengsui config default' prints one with every key explained
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Interface to listen on, in place of the configuration's; may be given several times
    #[arg(short = 'i', long = "interface", value_name = "IFACE")]
    interfaces: Vec<String>,
}

impl Run {
    pub fn run(self) -> Result<ExitCode, Box<dyn Error>> {
        let config = Config::read(&self.config)?;
        logging::start(&config.log)?;
        tls::install_provider();
        let interfaces = if self.interfaces.is_empty() { &config.capture.interfaces } else { &self.interfaces };
        if interfaces.is_empty() {
            return Err(
                "capture.interfaces = []: name an interface there or with -i; 'fengsui interfaces' lists them".into()
            );
        }
        let capture = capture_options(&config)?;
        let workers = config.capture.workers as usize;
        let ports = interfaces.iter().map(|name| Port::interface(name, capture.clone(), workers)).collect();
        let (shelf, loading) = shelf(&config);
        for refusal in &loading.report.refusals {
            tracing::error!(%refusal, "rule not loaded");
        }
        let appliance = Appliance::start(options(&config, shelf, loading, interfaces.len())?, ports)?;
        tracing::info!(console = %format_args!("https://{}", appliance.address), ?interfaces, "running");
        if let Some(link) = &appliance.setup_link {
            complain(&format!("no user yet; open this link once to make one: {link}"));
        }
        // Without systemd there is nobody to tell.
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
        let handle = appliance.runtime().handle().clone();
        handle.block_on(serve_signals(&self.config, &appliance))?;
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
        tracing::info!("stopping");
        appliance.stop();
        Ok(ExitCode::SUCCESS)
    }
}

/// Until a signal says stop.
async fn serve_signals(config: &Path, appliance: &Appliance) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hang_up = signal(SignalKind::hangup())?;
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(()),
            _ = interrupt.recv() => return Ok(()),
            _ = hang_up.recv() => reload(config, appliance),
        }
    }
}

/// A configuration that is wrong changes nothing; nor does a rule file, or a list of indicators, of its own kind.
fn reload(path: &Path, appliance: &Appliance) {
    let config = match Config::read(path) {
        Ok(config) => config,
        Err(error) => return tracing::error!(%error, "not reloaded: the old rules stay"),
    };
    match silent(&config.rules) {
        Ok(silent) => appliance.silence(silent),
        Err(error) => return tracing::error!(%error, "not reloaded: the old rules stay"),
    }
    match indicators(&config.indicators) {
        Ok(watch) => appliance.look_out_for(watch),
        Err(fault) => tracing::error!(%fault, "indicators not reloaded: the old ones stay"),
    }
    reload_rules(config.rules, appliance);
}

fn reload_rules(rules: config::Rules, appliance: &Appliance) {
    let loading = match appliance.shelf().take_sources(rules.paths, rules.variables) {
        Ok(loading) => loading,
        Err(refusals) => {
            for refusal in &refusals {
                tracing::error!(%refusal, "rule not loaded");
            }
            return tracing::error!(refused = refusals.len(), "not reloaded: the old rules stay");
        }
    };
    tracing::info!(rules = loading.report.set.rules.len(), yara = loading.scanner.len(), "rules reloaded");
    appliance.reload(loading);
}

/// Detections that do not speak by default or by this configuration; or what in it is no detection.
fn silent(rules: &config::Rules) -> Result<Vec<String>, String> {
    let (off, on) = (&rules.detections_off, &rules.detections_on);
    for (key, ids) in [("detections_off", off), ("detections_on", on)] {
        if let Some(unknown) = ids.iter().find(|id| catalogue::find(id).is_none()) {
            return Err(format!("rules.{key} = \"{unknown}\": there is no such detection in the catalogue"));
        }
    }
    if let Some(both) = on.iter().find(|id| off.contains(id)) {
        return Err(format!("rules.detections_on = \"{both}\": it is one of rules.detections_off too"));
    }
    Ok(catalogue::silent(off, on).collect())
}

/// Where the rules of this configuration come from, and what loads of them.
pub fn shelf(config: &Config) -> (RuleShelf, Loading) {
    let Config { rules, data, .. } = config;
    let shelf = RuleShelf::new(rules.paths.clone(), rules.variables.clone(), data.folder.join("rules"));
    let loading = shelf.load();
    (shelf, loading)
}

/// The lists that the configuration names. Single rows that are wrong are told and left out; a list that cannot be read is
/// an error.
fn indicators(config: &config::Indicators) -> Result<IndicatorWatch, String> {
    let report = detect::load_indicators(&config.paths, config.lifetime.map(|time| time.0));
    let whole = |fault: &&IndicatorFault| report.is_broken && fault.place.is_empty();
    if let Some(broken) = report.faults.iter().find(whole) {
        return Err(broken.to_string());
    }
    for fault in &report.faults {
        tracing::warn!(%fault, "indicator not loaded");
    }
    if !config.paths.is_empty() {
        tracing::info!(indicators = report.indicators.len(), left_out = report.faults.len(), "indicators loaded");
    }
    Ok(IndicatorWatch::new(report.indicators))
}

/// How the configuration wants interfaces to be captured on; or what is wrong with its filter.
pub fn capture_options(config: &Config) -> Result<CaptureOptions, String> {
    let Capture { engine, buffer_mb, filter, .. } = &config.capture;
    let engine = if engine == "pnet" { Engine::Pnet } else { Engine::Ring };
    let filter = Filter::parse(filter).map_err(|error| format!("capture.filter = \"{filter}\": {error}"))?;
    Ok(CaptureOptions { engine, memory: *buffer_mb as usize * (1 << 20), filter })
}

/// What the configuration asks for, as the rooms want it; or what in it cannot be used.
pub fn options(
    config: &Config,
    shelf: RuleShelf,
    loading: Loading,
    capture_ports: usize,
) -> Result<ApplianceOptions, Box<dyn Error>> {
    capture_options(config)?;
    let Uplink { ca, .. } = &config.uplink;
    if !ca.as_os_str().is_empty() {
        http::client_trusting(Some(ca)).map_err(|error| format!("uplink.ca = \"{}\": {error}", ca.display()))?;
    }
    let console = &config.console;
    if !console.certificate.as_os_str().is_empty() {
        let pair = Identity { certificate: console.certificate.clone(), key: console.key.clone() };
        pair.server_config().map_err(|error| format!("console.certificate, console.key: {error}"))?;
    }
    let mut learning = LearningRule { quiet: config.learning.quiet.0, ..LearningRule::PLANT };
    learning.patience = config.learning.patience;
    learning.set = config.learning.set_time.map(|time| time.0);
    learning.floor = config.learning.floor.0;
    learning.ceiling = config.learning.ceiling.map(|time| time.0);
    learning.trusts_new = config.learning.trust_new_devices;
    let mut webhooks = Vec::new();
    for webhook in &config.webhook {
        webhooks.push(webhook_options(webhook)?);
    }
    Ok(ApplianceOptions {
        data: config.data.folder.clone(),
        evidence_window: u64::from(config.data.evidence_memory_mb) << 20,
        evidence_limits: EvidenceLimits {
            quota: u64::from(config.data.evidence_quota_mb) << 20,
            keep: Some(config.data.evidence_keep.0),
        },
        learning,
        inside: inside(&config.plant.inside)?,
        webhooks,
        reporter: reporter_options(&config.uplink, &loading, capture_ports),
        shelf: Arc::new(shelf),
        loading,
        silent: silent(&config.rules)?,
        indicators: indicators(&config.indicators)?,
        listen: config.console.listen.parse()?,
        certificate: config.console.certificate.clone(),
        key: config.console.key.clone(),
        demo: None,
        flows: flow_limits(config, capture_ports),
    })
}

fn inside(ranges: &[String]) -> Result<Inside, String> {
    let range = |(place, text): (usize, &String)| {
        text.parse::<Range>().map_err(|error| format!("plant.inside[{place}] = \"{text}\": {error}"))
    };
    Ok(Inside::new(ranges.iter().enumerate().map(range).collect::<Result<_, _>>()?))
}

/// Memory that each packet thread's conversations may take: what rings, evidence and analysis leave.
fn flow_limits(config: &Config, capture_ports: usize) -> FlowLimits {
    let mb = |number: u32| number as usize;
    let threads = (capture_ports * mb(config.capture.workers)).max(1);
    let rings = capture_ports * mb(config.capture.buffer_mb);
    let left = mb(config.capture.memory_mb.saturating_sub(ANALYSIS_MB)).saturating_sub(rings) / threads;
    let left = left.saturating_sub(mb(config.data.evidence_memory_mb)).max(LEAST_FLOWS_MB);
    FlowLimits { by_vlan: config.capture.vlan_in_flow_key, ..FlowLimits::within(left << 20) }
}

fn webhook_options(webhook: &config::Webhook) -> Result<Webhook, String> {
    let key = SigningKey::parse(webhook.secret.expose())
        .map_err(|error| format!("webhook '{}': secret: {error}", webhook.name))?;
    let severity = Severity::ALL.into_iter().find(|severity| severity.name() == webhook.min_severity);
    Ok(Webhook {
        name: webhook.name.clone(),
        url: webhook.url.clone(),
        key,
        min_severity: severity.unwrap_or(Severity::Medium),
        allow_private: webhook.allow_private,
    })
}

fn reporter_options(uplink: &config::Uplink, loading: &Loading, capture_ports: usize) -> ReporterOptions {
    let enterprise = &uplink.enterprise;
    ReporterOptions {
        enabled: uplink.enabled,
        url: uplink.url.clone(),
        authority: Some(uplink.ca.clone()).filter(|path| !path.as_os_str().is_empty()),
        enrolment_code: uplink.enrolment_code.expose().to_owned(),
        level: uplink.level,
        heartbeat: uplink.heartbeat.0,
        batch_every: uplink.batch_every.0,
        enterprise: uplink::Enterprise {
            name: enterprise.name.clone(),
            credit_code: enterprise.credit_code.clone(),
            region: enterprise.region.clone(),
            industry: enterprise.industry.clone(),
        },
        probe: ProbeFacts {
            rules: format!("{} rules, {} yara", loading.report.set.rules.len(), loading.scanner.len()),
            capture_ports: u32::try_from(capture_ports).unwrap_or(u32::MAX),
            protocols: REGISTRY.iter().map(|entry| entry.protocol.name().to_owned()).collect(),
        },
    }
}
