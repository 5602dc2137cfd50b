//! How far learning has come, everywhere and in each zone.

use super::model::Baseline;
use super::stage::{Scenario, Stage};
use super::stages::Stages;
use crate::event::Timestamp;
use crate::inventory::Address;

impl Baseline {
    /// A second with traffic is over; gives back the scenarios that turned to watching outside of zones.
    pub fn tick(&mut self, ts: Timestamp) -> Vec<Scenario> {
        let rule = self.rule;
        self.late.retain(|_, stage| !stage.tick(ts, &rule));
        self.late_writers.values_mut().for_each(|stage| _ = stage.tick(ts, &rule));
        self.zones.values_mut().for_each(|stages| drop(stages.tick(ts, &rule)));
        self.stages.tick(ts, &rule)
    }

    /// Outside of zones.
    pub fn stage(&self, scenario: Scenario) -> &Stage {
        self.stages.of(scenario)
    }

    /// Of each zone, by its name.
    pub fn zones(&self) -> impl Iterator<Item = (&str, &Stages)> {
        self.zones.iter().map(|(name, stages)| (name.as_str(), stages))
    }

    /// The stage that counts for what two machines do: that of the server's zone, or else of the client's.
    pub fn stage_at(&self, scenario: Scenario, ends: [&Address; 2]) -> &Stage {
        self.zone_name(ends).and_then(|name| self.zones.get(name)).unwrap_or(&self.stages).of(scenario)
    }

    pub(super) fn stage_at_mut(&mut self, scenario: Scenario, ends: [&Address; 2]) -> &mut Stage {
        let name = self.zone_name(ends).map(ToOwned::to_owned);
        name.and_then(|name| self.zones.get_mut(&name)).unwrap_or(&mut self.stages).of_mut(scenario)
    }

    fn zone_name(&self, [client, server]: [&Address; 2]) -> Option<&str> {
        if self.policy.zones.is_empty() {
            return None;
        }
        let zone = self.policy.zone_of(server).or_else(|| self.policy.zone_of(client));
        zone.map(|(_, zone)| zone.name.as_str())
    }

    /// What is not known yet is learnt here now.
    pub(super) fn is_open(&self, scenario: Scenario, ends: [&Address; 2]) -> bool {
        self.stage_at(scenario, ends).is_learning() || ends.into_iter().any(|end| self.late.contains_key(end))
    }

    /// Ends learning now in every scenario.
    pub fn watch(&mut self, ts: Timestamp) {
        self.zones.values_mut().chain([&mut self.stages]).for_each(|stages| stages.watch(ts));
    }

    /// Has one scenario learn anew, or watch from now on: in one zone, or everywhere. False where there is no such zone.
    pub fn turn(&mut self, scenario: Scenario, zone: Option<&str>, learn: bool, ts: Timestamp) -> bool {
        if let Some(zone) = zone {
            return self.zones.get_mut(zone).map(|stages| stages.turn(scenario, learn, ts)).is_some();
        }
        self.zones.values_mut().chain([&mut self.stages]).for_each(|stages| stages.turn(scenario, learn, ts));
        true
    }

    /// A new zone begins where everything else is.
    pub(super) fn stage_zones(&mut self) {
        let policy = &self.policy;
        self.zones.retain(|name, _| policy.zones.iter().any(|zone| zone.name == *name));
        for zone in &policy.zones {
            self.zones.entry(zone.name.clone()).or_insert_with(|| self.stages.clone());
        }
    }
}
