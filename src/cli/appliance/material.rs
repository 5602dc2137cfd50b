use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::alert::{Alert, State};
use crate::baseline::{Mode, Scenario};
use crate::console::Console;
use crate::detect;
use crate::pipeline::Analyst;
use crate::store::{Batch, Committer, Records, StoreError, Table, write_record};
use crate::uplink::{AlertRecord, Heartbeat, Masker, Material};

/// How often the heartbeat's numbers are gathered.
const PULSE: Duration = Duration::from_secs(5);
const META_SITE_KEY: &[u8] = b"site-key";

/// The key of this site's pseudonyms: made once, never leaves.
pub fn site_key(committer: &Committer) -> Result<[u8; 32], StoreError> {
    if let Some(key) = committer.storage().record(Table::Meta, META_SITE_KEY)? {
        return Ok(key);
    }
    let mut key = [0u8; 32];
    getrandom::fill(&mut key).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut batch = Batch::default();
    batch.put(Table::Meta, META_SITE_KEY, write_record(&key)?);
    committer.commit(batch)?;
    Ok(key)
}

/// What the report is made of: alerts from the store, numbers from the engine.
pub struct StoreMaterial {
    committer: Committer,
    masker: Arc<Masker>,
    beat: Arc<Mutex<Heartbeat>>,
}

impl StoreMaterial {
    pub fn new(committer: Committer, masker: Arc<Masker>) -> Self {
        StoreMaterial { committer, masker, beat: Arc::default() }
    }

    /// To be kept fresh by [`pulse`].
    pub fn beat(&self) -> Arc<Mutex<Heartbeat>> {
        Arc::clone(&self.beat)
    }
}

impl Material for StoreMaterial {
    fn record(&self, alert: &str) -> Option<AlertRecord> {
        let alert: Alert = self
            .committer
            .storage()
            .record(Table::Alerts, alert.as_bytes())
            .inspect_err(|error| tracing::error!(alert, %error, "alert cannot be reported"))
            .ok()??;
        Some(AlertRecord::of(&alert, &self.masker, detect::techniques(&alert.source)))
    }

    fn heartbeat(&self) -> Heartbeat {
        self.beat.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Keeps the heartbeat's numbers fresh.
pub async fn pulse(console: Console, beat: Arc<Mutex<Heartbeat>>) {
    let started = Instant::now();
    let mut interval = tokio::time::interval(PULSE);
    loop {
        interval.tick().await;
        let Ok(fresh) = console.ask(move |analyst| gather(analyst, started)).await else { return };
        *beat.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    }
}

fn gather(analyst: &mut Analyst, started: Instant) -> Heartbeat {
    let health = analyst.health();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let watching = Scenario::ALL.iter().filter(|s| analyst.baseline().stage(**s).mode == Mode::Watching).count();
    Heartbeat {
        uptime_seconds: started.elapsed().as_secs(),
        captured_packets: health.packets,
        dropped_packets: health.kernel_drops,
        unseen_percent: health.unseen_share() * 100.0,
        last_packet: Some(analyst.now()).filter(|ts| ts.nanos() > 0),
        software: concat!("fengsui ", env!("CARGO_PKG_VERSION")).to_owned(),
        watching: count(watching),
        scenarios: count(Scenario::ALL.len()),
        open_alerts: count(analyst.alerts().iter().filter(|alert| alert.state != State::Closed).count()),
        assets: count(analyst.inventory().assets().count()),
        backlog: 0,
        oldest_unsent_seconds: 0,
    }
}
