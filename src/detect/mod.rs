//! Stateful detectors: events, inventory and baseline in, findings out.
//!
//! One file a family; [`catalogue`] is the one list from which documentation, console, API and tests derive. Attack
//! detectors speak also while the baseline learns; those that need to know what is normal speak when it watches.

mod acts;
pub mod catalogue;
pub mod coverage;
mod facts;
mod habit;
mod indicators;
mod lossy;
mod memory;
mod modbus;
mod network;
mod opcua;
mod replies;
mod s7;
mod scene;
mod sensor;
mod story;
mod stream;
mod views;
mod window;
mod writes;

pub use catalogue::Detection;
pub use indicators::{IndicatorFault, IndicatorReport, IndicatorWatch, load as load_indicators};
pub use scene::{Scene, lowered};
pub use sensor::integrity;
pub use story::{STORY, is_engineering, is_tale};

use crate::event::{CaptureReport, Finding, FindingSource, Timestamp};

/// A family of detectors with its memory.
pub trait Detector: Send {
    fn event(&mut self, _scene: &Scene<'_>, _found: &mut Vec<Finding>) {}

    /// What the sensor saw and missed since the last report.
    fn report(&mut self, _report: &CaptureReport) {}

    /// A second of packet time is over.
    fn tick(&mut self, _ts: Timestamp, _found: &mut Vec<Finding>) {}

    /// What another detector or a rule found: stories are told of findings.
    fn told(&mut self, _finding: &Finding, _found: &mut Vec<Finding>) {}

    /// Entries of its memory that had to make room for others.
    fn evicted(&self) -> u64 {
        0
    }
}

/// ATT&CK techniques of whatever raised an alert.
pub fn techniques(source: &FindingSource) -> Vec<String> {
    match source {
        FindingSource::Detection { id } => {
            catalogue::find(id).map_or_else(Vec::new, |d| d.techniques.iter().map(ToString::to_string).collect())
        }
        FindingSource::Signature { techniques, .. } | FindingSource::Yara { techniques, .. } => techniques.clone(),
    }
}

/// All families.
pub fn detectors() -> Vec<Box<dyn Detector>> {
    vec![
        Box::new(sensor::Silence::default()),
        Box::new(sensor::Loss::default()),
        Box::new(sensor::Mirror::default()),
        Box::new(sensor::Clock::default()),
        Box::new(stream::Streams),
        Box::new(network::Network::default()),
        Box::new(habit::Habits),
        Box::new(network::Addresses::default()),
        Box::new(network::Ports::default()),
        Box::new(network::Services::default()),
        Box::new(network::Servings::default()),
        Box::new(network::Slots::default()),
        Box::new(network::Zones),
        Box::new(network::LogOns::default()),
        Box::new(network::Cargoes),
        Box::new(network::Silent::default()),
        Box::new(acts::Acts),
        Box::new(writes::Writes::default()),
        Box::new(views::Views::default()),
        Box::new(views::Feeds::default()),
        Box::new(views::Orders::default()),
        Box::new(replies::Replies::default()),
        Box::new(facts::Facts::default()),
        Box::new(modbus::Modbus::default()),
        Box::new(modbus::Moves::default()),
        Box::new(modbus::Umas::default()),
        Box::new(s7::S7::default()),
        Box::new(s7::Connects::default()),
        Box::new(s7::Recon::default()),
        Box::new(s7::Blocks::default()),
        Box::new(opcua::OpcUa::default()),
        Box::new(opcua::LogOn::default()),
        Box::new(opcua::Certificates::default()),
        Box::new(opcua::ClientActs::default()),
        Box::new(story::KillChain::default()),
        Box::new(story::Campaign::default()),
        Box::new(story::Engineering::default()),
    ]
}
