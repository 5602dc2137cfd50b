use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Sender;
use tokio::sync::{Notify, oneshot};

use super::accounts::Accounts;
use super::demo::DemoControl;
use super::failure::Failure;
use super::live_events::LiveEvents;
use super::shelf::RuleShelf;
use super::studies::Studies;
use crate::event::SensorFault;
use crate::output::SinkStatus;
use crate::pipeline::{Analyst, Ask, PortState};
use crate::store::{Batch, Committer};
use crate::uplink::{Masker, ReporterStatus};

/// What the console is built from.
pub struct ConsoleParts {
    /// Asks the analyst.
    pub line: Sender<Ask>,
    pub committer: Committer,
    pub accounts: Accounts,
    pub ports: Vec<Arc<PortState>>,
    pub sinks: Vec<Arc<Mutex<SinkStatus>>>,
    pub reporter: Arc<Mutex<ReporterStatus>>,
    pub reporter_wake: Arc<Notify>,
    pub report_by_default: bool,
    pub masker: Arc<Masker>,
    pub evidence: PathBuf,
    pub events: LiveEvents,
    pub shelf: Arc<RuleShelf>,
    /// Whoever changes or compiles rules holds this.
    pub rule_turn: tokio::sync::Mutex<()>,
    pub studies: Arc<Studies>,
    /// The demo plant's buttons, where this is one.
    pub demo: Option<Arc<dyn DemoControl>>,
}

/// Everything the handlers use.
#[derive(Clone)]
pub struct Console(Arc<ConsoleParts>);

impl Console {
    pub fn new(parts: ConsoleParts) -> Self {
        Console(Arc::new(parts))
    }

    /// Has the analyst answer something between two events.
    pub async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Analyst) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (answer, wait) = oneshot::channel();
        let ask: Ask = Box::new(move |analyst| {
            // Whoever asked may have gone.
            let _ = answer.send(question(analyst));
        });
        self.0.line.send(ask).map_err(|_| Failure::Stopped)?;
        wait.await.map_err(|_| Failure::Stopped)
    }

    /// The same, and answers only when everything that the analyst wrote down before is on disk: what was shown to a person
    /// must still be there after a power cut.
    pub async fn ask_kept<T: Send + 'static>(
        &self,
        question: impl FnOnce(&mut Analyst) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let answer = self.ask(question).await?;
        // Commits take effect in order: when an empty one is done, so are all before it.
        self.0.committer.commit_async(Batch::default()).await?;
        Ok(answer)
    }

    /// Tells the analyst what is wrong with the box; who has stopped needs no telling.
    pub fn tell(&self, fault: SensorFault) {
        let _ = self.0.line.send(Box::new(move |analyst| analyst.fault(fault)));
    }

    pub fn reporter_status(&self) -> ReporterStatus {
        self.0.reporter.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub fn sink_statuses(&self) -> Vec<SinkStatus> {
        self.0.sinks.iter().map(|sink| sink.lock().unwrap_or_else(PoisonError::into_inner).clone()).collect()
    }
}

impl std::ops::Deref for Console {
    type Target = ConsoleParts;
    fn deref(&self) -> &ConsoleParts {
        &self.0
    }
}
