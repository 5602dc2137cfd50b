//! What we detect. Names, meanings, advice and causes of false alarms stand in the language files under
//! `detection.<id>.…`; ATT&CK ids are those of ATT&CK for ICS v18.1. One file a family.

mod habit;
mod modbus;
mod network;
mod opcua;
mod s7;
mod sensor;
mod story;
mod thresholds;

pub use thresholds::*;

use crate::event::{Lang, Severity};

/// One line of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Detection {
    pub id: &'static str,
    /// When nothing raises or lowers it.
    pub severity: Severity,
    pub techniques: &'static [&'static str],
    /// Class of event by which a province's platform files it; see `uplink::category`.
    pub category: Category,
    /// Needs a baseline that watches.
    pub needs_baseline: bool,
    /// Speaks unless somebody says otherwise.
    pub default_on: bool,
    pub thresholds: &'static [Threshold],
}

/// A number that decides, with its unit.
#[derive(Clone, Copy, Debug)]
pub struct Threshold {
    pub name: &'static str,
    pub value: u32,
    pub unit: &'static str,
}

/// What kind of event a detection is, in the words of GB/T 20986.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Category {
    Scan,
    UnapprovedOperation,
    WriteOutsideRange,
    NewBehaviour,
    SecurityWeakness,
    Fault,
    Signature,
    Malware,
}

impl Detection {
    const fn new(
        id: &'static str,
        severity: Severity,
        category: Category,
        techniques: &'static [&'static str],
    ) -> Self {
        Detection { id, severity, techniques, category, needs_baseline: false, default_on: true, thresholds: &[] }
    }

    const fn with_baseline(self) -> Self {
        Detection { needs_baseline: true, ..self }
    }

    /// Harmless so often that only whoever wants to know shall be told; what builds on it is told of it all the same.
    const fn on_demand(self) -> Self {
        Detection { default_on: false, ..self }
    }

    const fn when(self, thresholds: &'static [Threshold]) -> Self {
        Detection { thresholds, ..self }
    }

    pub fn name(&self, lang: Lang) -> String {
        lang.text(&format!("detection.{}.name", self.id))
    }

    pub fn meaning(&self, lang: Lang) -> String {
        lang.text(&format!("detection.{}.meaning", self.id))
    }

    pub fn advice(&self, lang: Lang) -> String {
        lang.text(&format!("detection.{}.advice", self.id))
    }

    pub fn causes(&self, lang: Lang) -> String {
        lang.text(&format!("detection.{}.causes", self.id))
    }
}

/// The catalogue's line of an id.
pub fn find(id: &str) -> Option<&'static Detection> {
    all().find(|detection| detection.id == id)
}

/// All detections, family by family.
pub fn all() -> impl Iterator<Item = &'static Detection> {
    [sensor::ROWS, network::ROWS, modbus::ROWS, s7::ROWS, opcua::ROWS, habit::ROWS, story::ROWS].into_iter().flatten()
}

/// Ids of those that do not speak: by default, less those that are switched on, and those that are switched off.
pub fn silent(off: &[String], on: &[String]) -> impl Iterator<Item = String> {
    let by_default = all().filter(|detection| !detection.default_on && on.iter().all(|id| id != detection.id));
    by_default.map(|detection| detection.id.to_owned()).chain(off.iter().cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detection_is_explained_in_both_languages() {
        for detection in all() {
            for lang in Lang::ALL {
                for text in
                    [detection.name(lang), detection.meaning(lang), detection.advice(lang), detection.causes(lang)]
                {
                    assert!(!text.starts_with("detection."), "{text} is missing");
                }
            }
        }
    }

    #[test]
    fn ids_are_unique_and_techniques_are_ics_ones() {
        for (i, detection) in all().enumerate() {
            assert!(all().take(i).all(|other| other.id != detection.id), "{}", detection.id);
            assert!(detection.techniques.iter().all(|t| t.starts_with("T0") && t.len() == 5), "{}", detection.id);
        }
    }
}
