//! A factory that reports: a store with alerts in it and the real reporter over it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use fengsui::alert::{Alert, Party, State};
use fengsui::event::{Evidence, FindingSource, MacAddr, Protocol, Reason, Service, Severity, Timestamp, hex};
use fengsui::inventory::Role;
use fengsui::store::{AlertRecords, Batch, Committer, Records, SledStorage, Table};
use fengsui::uplink::{
    AlertRecord, Enterprise, Heartbeat, Masker, Material, Outbox, ProbeFacts, Reporter, ReporterOptions,
    ReporterStatus, set_enabled,
};
use sha2::{Digest, Sha256};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, watch};

/// What stands in every alert and must never leave the factory.
pub const SECRETS: [&str; 7] =
    ["10.77.", "c0:ff:ee", "mixer-plc", "asset-77", "setpoint 4711", "ask Wang", "eth-plant0"];

/// An act of one of many machines against the same controller.
pub fn alert(number: u32) -> Alert {
    let [_, _, high, low] = number.to_be_bytes();
    let party = |ip: [u8; 4], mac: [u8; 6], role| Party {
        ip: Some(ip.into()),
        mac: Some(MacAddr(mac)),
        asset: Some("asset-77".to_owned()),
        label: Some(format!("mixer-plc-{number}.plant.example")),
        role: Some(role),
    };
    let now = Timestamp::now();
    Alert {
        id: id(number),
        source: FindingSource::Detection { id: "S7-03".into() },
        severity: Severity::High,
        state: State::New,
        closing: None,
        service: Service::App(Protocol::S7comm),
        vlans: Default::default(),
        client: Some(party([10, 77, high, low], [0, 0x1b, 0x1b, 0xc0, 0xff, 0xee], Role::EngineeringStation)),
        server: Some(party([10, 77, 255, 1], [0, 0x1b, 0x1b, 0xc0, 0xff, 0xee], Role::Plc)),
        outcome: None,
        class: None,
        act: "setpoint 4711".to_owned(),
        count: 1,
        first: now,
        last: now,
        flow: None,
        reasons: vec![Reason::new("reason.rule").with("message", "setpoint 4711")],
        learnable: false,
        evidence: Evidence { capture: "eth-plant0".into(), ..Evidence::default() },
        packets: None,
        packets_lost: None,
        incident: None,
        comment: Some("ask Wang".to_owned()),
        assignee: Some("Wang".to_owned()),
        comments: Vec::new(),
        learnt: Vec::new(),
    }
}

pub fn id(number: u32) -> String {
    hex(&Sha256::digest(number.to_be_bytes())[..8])
}

/// The store of a box.
pub struct Site {
    folder: PathBuf,
    committer: Option<Committer>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    pub fn open(folder: &Path) -> Self {
        fengsui::output::tls::install_provider();
        let storage = SledStorage::open(folder).unwrap();
        let (committer, thread) = Committer::start(Arc::new(storage)).unwrap();
        Site { folder: folder.to_owned(), committer: Some(committer), thread: Some(thread) }
    }

    /// Closes the store and opens it again, as a restart does. Whoever uses it must have ended.
    pub fn reopened(mut self) -> Self {
        drop(self.committer.take());
        self.thread.take().unwrap().join().unwrap();
        Site::open(&self.folder)
    }

    pub fn committer(&self) -> &Committer {
        self.committer.as_ref().expect("it is open")
    }

    /// Alerts that are to be reported at once.
    pub fn raise(&self, numbers: impl IntoIterator<Item = u32>) {
        self.put(numbers.into_iter().map(alert));
    }

    pub fn put(&self, alerts: impl IntoIterator<Item = Alert>) {
        let mut batch = Batch::default();
        for alert in alerts {
            AlertRecords::put(&mut batch, &alert).unwrap();
            Outbox::enqueue(&mut batch, &alert.id, Timestamp::now()).unwrap();
        }
        self.committer().commit(batch).unwrap();
    }

    pub fn enable(&self, enabled: bool) {
        self.committer().commit(set_enabled(enabled).unwrap()).unwrap();
    }
}

struct Alerts {
    committer: Committer,
    masker: Masker,
}

impl Material for Alerts {
    fn record(&self, id: &str) -> Option<AlertRecord> {
        let alert: Alert = self.committer.storage().record(Table::Alerts, id.as_bytes()).unwrap()?;
        Some(AlertRecord::of(&alert, &self.masker, vec!["T0858".to_owned()]))
    }

    fn heartbeat(&self) -> Heartbeat {
        Heartbeat { software: "fengsui".to_owned(), ..Heartbeat::default() }
    }
}

pub fn options(url: String, authority: &Path, code: &str) -> ReporterOptions {
    ReporterOptions {
        enabled: true,
        url,
        authority: Some(authority.to_owned()),
        enrolment_code: code.to_owned(),
        level: 2,
        heartbeat: Duration::from_secs(60),
        batch_every: Duration::from_secs(300),
        enterprise: Enterprise { name: "示范工厂".to_owned(), ..Enterprise::default() },
        probe: ProbeFacts::default(),
    }
}

/// The running reporter of a site.
pub struct Probe {
    _runtime: Runtime,
    _stop: watch::Sender<bool>,
    wake: Arc<Notify>,
    status: Arc<Mutex<ReporterStatus>>,
}

impl Probe {
    pub fn start(site: &Site, options: ReporterOptions) -> Self {
        let committer = site.committer().clone();
        let material = Alerts { committer: committer.clone(), masker: Masker::new([7; 32]) };
        let reporter = Reporter::new(options, committer, material).unwrap();
        let (wake, status) = (reporter.wake(), reporter.status());
        let (stop, stopped) = watch::channel(false);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        runtime.spawn(reporter.run(stopped));
        Probe { _runtime: runtime, _stop: stop, wake, status }
    }

    pub fn wake(&self) {
        self.wake.notify_one();
    }

    pub fn status(&self) -> ReporterStatus {
        self.status.lock().unwrap().clone()
    }

    pub fn error(&self) -> Option<String> {
        self.status().last_error
    }
}
