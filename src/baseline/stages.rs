//! One stage for each scenario.

use serde::{Deserialize, Serialize};

use super::stage::{LearningRule, Scenario, Stage};
use crate::event::Timestamp;

/// One stage a scenario.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Stages([Stage; Scenario::ALL.len()]);

impl Stages {
    pub fn of(&self, scenario: Scenario) -> &Stage {
        &self.0[scenario as usize]
    }

    pub(super) fn of_mut(&mut self, scenario: Scenario) -> &mut Stage {
        &mut self.0[scenario as usize]
    }

    pub(super) fn tick(&mut self, ts: Timestamp, rule: &LearningRule) -> Vec<Scenario> {
        let mut over: Vec<_> =
            Scenario::ALL.into_iter().filter(|scenario| self.of_mut(*scenario).tick(ts, rule)).collect();
        if !self.of(Scenario::Links).is_learning() {
            for scenario in Scenario::ALL.into_iter().filter(|scenario| scenario.may_be_empty(rule)) {
                let stage = self.of_mut(scenario);
                if stage.is_learning() && stage.news == 0 {
                    stage.watch(ts);
                    over.push(scenario);
                }
            }
        }
        over
    }

    pub(super) fn watch(&mut self, ts: Timestamp) {
        for stage in self.0.iter_mut().filter(|stage| stage.is_learning()) {
            stage.watch(ts);
        }
    }

    pub(super) fn turn(&mut self, scenario: Scenario, learn: bool, ts: Timestamp) {
        let stage = self.of_mut(scenario);
        if learn {
            *stage = Stage::default();
        } else if stage.is_learning() {
            stage.watch(ts);
        }
    }
}

/// A map by the scenario's name, as people and scripts read it.
impl Serialize for Stages {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Scenario::ALL.into_iter().map(|scenario| (scenario, self.of(scenario))))
    }
}

impl<'de> Deserialize<'de> for Stages {
    /// What an older version did not learn must not begin to learn where all else watches.
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut read = std::collections::BTreeMap::<Scenario, Stage>::deserialize(deserializer)?;
        let watching = read.get(&Scenario::Links).filter(|stage| !stage.is_learning()).cloned();
        let mut stages = Stages::default();
        for scenario in Scenario::ALL {
            match (read.remove(&scenario), &watching) {
                (Some(stage), _) => *stages.of_mut(scenario) = stage,
                (None, Some(links)) => stages.of_mut(scenario).watch(links.watching_since.unwrap_or_default()),
                (None, None) => {}
            }
        }
        Ok(stages)
    }
}
