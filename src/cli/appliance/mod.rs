//! Puts the rooms together: engine, store, outputs, report and console as one running box.

mod journal;
mod material;
mod snapshot;

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;

use self::journal::LiveJournal;
use self::material::StoreMaterial;
use self::snapshot::Snapshots;
use super::listen::listen;
use crate::alert::AlertBook;
use crate::baseline::LearningRule;
use crate::capture::folder::EvidenceLimits;
use crate::console::{self, Accounts, Console, ConsoleParts, DemoControl, LiveEvents, Loading, RuleShelf, Studies};
use crate::detect::IndicatorWatch;
use crate::event::SensorFault;
use crate::inventory::Inside;
use crate::output::tls::Identity;
use crate::output::{Webhook, WebhookSender};
use crate::pipeline::{Analyst, AnalystOptions, BLOCK_LIMITS, Blocks, FlowLimits, Live, Port, Proof, WorkerOptions};
use crate::store::{AlertRecords, Committer, QuietRecord, SledStorage};
use crate::uplink::{Masker, Reporter, ReporterOptions};

/// What an appliance is made of.
pub struct ApplianceOptions {
    pub data: PathBuf,
    pub evidence_window: u64,
    pub evidence_limits: EvidenceLimits,
    pub learning: LearningRule,
    /// Which addresses are the plant's.
    pub inside: Inside,
    /// Where the rules come from, and what was loaded.
    pub shelf: Arc<RuleShelf>,
    pub loading: Loading,
    /// Detections that shall not speak.
    pub silent: Vec<String>,
    pub indicators: IndicatorWatch,
    pub listen: SocketAddr,
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub webhooks: Vec<Webhook>,
    pub reporter: ReporterOptions,
    pub demo: Option<Arc<dyn DemoControl>>,
    /// Bounds of each packet thread's table of conversations.
    pub flows: FlowLimits,
}

/// A running appliance.
pub struct Appliance {
    live: Live,
    runtime: Runtime,
    stop: watch::Sender<bool>,
    store: JoinHandle<()>,
    snapshots: Snapshots,
    shelf: Arc<RuleShelf>,
    pub address: SocketAddr,
    /// Opens the page that makes the first user; `None` where there is one already.
    pub setup_link: Option<String>,
    data: PathBuf,
}

impl Appliance {
    /// Starts everything, or says what cannot be had.
    pub fn start(options: ApplianceOptions, ports: Vec<Port>) -> Result<Self, Box<dyn Error>> {
        std::fs::create_dir_all(&options.data).map_err(|e| {
            let folder = options.data.display();
            format!("data.folder = \"{folder}\": cannot be made: {e}; write a folder that this user may write to")
        })?;
        let listener = listen("console.listen", options.listen)?;
        let address = listener.local_addr()?;
        let names = certificate_names(address);
        let tls = Identity::at(&options.data, &options.certificate, &options.key, &names)?.server_config()?;
        let storage = Arc::new(SledStorage::open(&options.data)?);
        let (committer, store) = Committer::start(storage)?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let (stop, stopped) = watch::channel(false);

        let masker = Arc::new(Masker::new(material::site_key(&committer)?));
        let material = StoreMaterial::new(committer.clone(), Arc::clone(&masker));
        let beat = material.beat();
        let report_by_default = options.reporter.enabled;
        let (level, batch_every) = (options.reporter.level, options.batch_every());
        let reporter = Reporter::new(options.reporter, committer.clone(), material)?;
        let senders: Vec<(Webhook, WebhookSender)> = options
            .webhooks
            .into_iter()
            .map(|webhook| (webhook.clone(), WebhookSender::new(webhook, committer.clone())))
            .collect();

        let events = LiveEvents::default();
        let journal = LiveJournal {
            committer: committer.clone(),
            sinks: senders.iter().map(|(webhook, sender)| (webhook.clone(), sender.wake())).collect(),
            report_by_default,
            report_level: level,
            batch_every,
            reporter: reporter.wake(),
            events: events.clone(),
            repeated: Default::default(),
        };
        let evidence = options.data.join("evidence");
        let captures: Arc<[Arc<str>]> = ports.iter().map(|port| Arc::from(port.name.as_str())).collect();
        let (mut inventory, mut baseline) = snapshot::load(&options.data, options.learning)?;
        inventory.set_inside(options.inside.clone());
        baseline.set_inside(options.inside);
        let mut quiet = QuietRecord::load(committer.storage())?;
        quiet.configure(options.silent);
        let mut alerts = AlertBook::with_quiet(quiet);
        AlertRecords::load(committer.storage())?.into_iter().for_each(|alert| alerts.restore(alert));
        options.shelf.note(&options.loading);
        let digest = options.loading.report.digest;
        let analyst = AnalystOptions {
            inventory,
            baseline,
            alerts,
            scanner: options.loading.scanner,
            proof: Proof::new(Some((&evidence, options.evidence_limits)))?,
            blocks: Blocks::new(Some((&options.data.join("blocks"), BLOCK_LIMITS)))?,
            every_operation: false,
            captures: Arc::clone(&captures),
        };
        let rules = Arc::new(options.loading.report.set);
        let worker = WorkerOptions {
            flows: options.flows,
            rules: Arc::clone(&rules),
            evidence_window: Some(options.evidence_window),
            every_operation: false,
            every_conversation: false,
            captures,
        };
        let live = Live::start(ports, &worker, |workers| {
            let mut analyst = Analyst::new(analyst, workers, Box::new(journal));
            analyst.look_out_for(options.indicators);
            analyst.scan_beside();
            analyst
        })?;

        let accounts = Accounts::open(committer.clone())?;
        let setup_link =
            accounts.setup_token().map(|token| format!("https://{address}/setup?token={}", token.as_str()));
        let console = Console::new(ConsoleParts {
            line: live.line(),
            committer: committer.clone(),
            accounts,
            ports: live.ports().to_vec(),
            sinks: senders.iter().map(|(_, sender)| sender.status()).collect(),
            reporter: reporter.status(),
            reporter_wake: reporter.wake(),
            report_by_default,
            masker,
            evidence,
            events,
            shelf: Arc::clone(&options.shelf),
            rule_turn: Default::default(),
            studies: Arc::new(Studies::at(options.data.join("analyses"))?),
            demo: options.demo,
        });
        for (_, sender) in senders {
            runtime.spawn(sender.run(stopped.clone()));
        }
        runtime.spawn(reporter.run(stopped.clone()));
        runtime.spawn(console::overview_pulse(console.clone()));
        runtime.spawn(material::pulse(console.clone(), beat));
        let tls = axum_server::tls_rustls::RustlsConfig::from_config(tls);
        runtime.spawn(async move {
            let served = match axum_server::from_tcp_rustls(listener, tls) {
                Ok(server) => server.serve(console::router(console).into_make_service()).await,
                Err(error) => Err(error),
            };
            if let Err(error) = served {
                tracing::error!(%error, "the console has ended");
            }
        });
        let data = options.data;
        let snapshots = Snapshots::start(live.line(), data.clone())?;
        let shelf = options.shelf;
        let appliance = Appliance { live, runtime, stop, store, snapshots, shelf, address, setup_link, data };
        let _ = appliance.live.line().send(Box::new(Analyst::check_room));
        appliance.note_rules(&digest, rules.rules.len());
        Ok(appliance)
    }

    /// Loads other rules without losing a packet.
    pub fn reload(&self, loading: Loading) {
        self.shelf.note(&loading);
        self.note_rules(&loading.report.digest, loading.report.set.rules.len());
        let (rules, scanner) = (Arc::new(loading.report.set), loading.scanner);
        let _ = self.live.line().send(Box::new(move |analyst| analyst.reload(&rules, scanner)));
    }

    /// Detections that do not speak from now on, where nobody said otherwise.
    pub fn silence(&self, silent: Vec<String>) {
        let _ = self.live.line().send(Box::new(move |analyst| analyst.hush(|quiet| quiet.configure(silent)).0));
    }

    /// Looks out for other indicators from now on.
    pub fn look_out_for(&self, indicators: IndicatorWatch) {
        let _ = self.live.line().send(Box::new(move |analyst| analyst.look_out_for(indicators)));
    }

    pub fn shelf(&self) -> &RuleShelf {
        &self.shelf
    }

    /// Tells when the rules are others than those that were used before, at the last start or since.
    fn note_rules(&self, digest: &str, rules: usize) {
        match snapshot::replace_rules_digest(&self.data, digest) {
            Ok(false) => {}
            Ok(true) => {
                let fault = SensorFault::RulesChanged { rules };
                let _ = self.live.line().send(Box::new(move |analyst| analyst.fault(fault)));
            }
            Err(error) => tracing::error!(%error, "the rules' digest cannot be written down"),
        }
    }

    /// Ends capture, lets what was captured be judged, writes everything down.
    pub fn stop(self) {
        self.snapshots.stop();
        // Whoever is to be told has no more to tell; what is queued goes out at the next start.
        let _ = self.stop.send(true);
        self.live.stop();
        self.runtime.shutdown_timeout(Duration::from_secs(5));
        if self.store.join().is_err() {
            tracing::error!("the store's thread had failed");
        }
    }

    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }
}

impl ApplianceOptions {
    fn batch_every(&self) -> Duration {
        self.reporter.batch_every
    }
}

fn certificate_names(address: SocketAddr) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    if address.ip().is_unspecified() {
        let interfaces = crate::capture::interfaces();
        names.extend(interfaces.iter().flat_map(|i| i.addresses.iter().map(ToString::to_string)));
    } else {
        names.push(address.ip().to_string());
    }
    names.sort();
    names.dedup();
    names
}
