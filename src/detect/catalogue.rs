//! What we detect. Names, meanings, advice and causes of false alarms stand in the language files under
//! `detection.<id>.…`; ATT&CK ids are those of ATT&CK for ICS v18.1.

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
    CATALOGUE.iter().find(|detection| detection.id == id)
}

pub const SCAN_DESTINATIONS: Threshold = Threshold { name: "destinations", value: 50, unit: "addresses in 2 min" };
pub const SLOW_SCAN_DESTINATIONS: Threshold =
    Threshold { name: "slow_destinations", value: 12, unit: "addresses in 24 h" };
pub const SCAN_FUNCTIONS: Threshold = Threshold { name: "functions", value: 5, unit: "exceptions 01 in 60 s" };
pub const SCAN_ADDRESSES: Threshold = Threshold { name: "addresses", value: 5, unit: "exceptions 02 in 60 s" };
pub const SCAN_BLOCKS: Threshold = Threshold { name: "blocks", value: 20, unit: "rising blocks in 60 s" };
pub const SCAN_UNITS: Threshold = Threshold { name: "units", value: 5, unit: "units without answer in 60 s" };
pub const DISCOVERY_SERVERS: Threshold = Threshold { name: "servers", value: 3, unit: "servers in 2 min" };
pub const UNSEEN_SHARE: Threshold = Threshold { name: "unseen", value: 1, unit: "percent of bytes in 15 min" };

pub const SILENCE: Threshold = Threshold { name: "silence", value: 60, unit: "seconds" };
pub const USUAL_RATE: Threshold =
    Threshold { name: "rate", value: 5, unit: "percent of the same hour's usual packets" };
pub const ONE_SIDED_SHARE: Threshold =
    Threshold { name: "one_sided", value: 80, unit: "percent of connections in 15 min" };
pub const DUPLICATE_SHARE: Threshold = Threshold { name: "duplicates", value: 10, unit: "percent of frames in 15 min" };
pub const CLOCK_STEP: Threshold = Threshold { name: "step", value: 2, unit: "seconds" };
pub const FAILED_LOG_INS: Threshold = Threshold { name: "log_ins", value: 5, unit: "refused log-ins in 10 min" };

/// All detections, in the order of their ids.
pub static CATALOGUE: &[Detection] = &[
    Detection {
        id: "SEN-01",
        severity: Severity::High,
        techniques: &["T0804", "T0829"],
        category: Category::Fault,
        needs_baseline: false,
        thresholds: &[SILENCE, USUAL_RATE],
    },
    Detection {
        id: "SEN-02",
        severity: Severity::Medium,
        techniques: &[],
        category: Category::Fault,
        needs_baseline: false,
        thresholds: &[UNSEEN_SHARE],
    },
    Detection {
        id: "SEN-03",
        severity: Severity::Medium,
        techniques: &[],
        category: Category::Fault,
        needs_baseline: false,
        thresholds: &[ONE_SIDED_SHARE, DUPLICATE_SHARE],
    },
    Detection {
        id: "SEN-04",
        severity: Severity::Medium,
        techniques: &["T0872"],
        category: Category::Fault,
        needs_baseline: false,
        thresholds: &[CLOCK_STEP, FAILED_LOG_INS],
    },
    Detection {
        id: "NET-01",
        severity: Severity::Medium,
        techniques: &["T0864", "T0848"],
        category: Category::NewBehaviour,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "NET-02",
        severity: Severity::Medium,
        techniques: &["T0849"],
        category: Category::NewBehaviour,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "NET-05",
        severity: Severity::Critical,
        techniques: &["T0830", "T0856"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "NET-06",
        severity: Severity::Medium,
        techniques: &["T0869", "T0886"],
        category: Category::NewBehaviour,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "NET-10",
        severity: Severity::High,
        techniques: &["T0846", "T0840"],
        category: Category::Scan,
        needs_baseline: false,
        thresholds: &[SCAN_DESTINATIONS, SLOW_SCAN_DESTINATIONS],
    },
    Detection {
        id: "NET-17",
        severity: Severity::High,
        techniques: &["T0814", "T0855"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "MB-01",
        severity: Severity::High,
        techniques: &["T0855", "T0836"],
        category: Category::UnapprovedOperation,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "MB-03",
        severity: Severity::Medium,
        techniques: &["T0855"],
        category: Category::NewBehaviour,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "MB-04",
        severity: Severity::Medium,
        techniques: &["T0836", "T0861"],
        category: Category::WriteOutsideRange,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "MB-05",
        severity: Severity::High,
        techniques: &["T0836", "T0831"],
        category: Category::WriteOutsideRange,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "MB-11",
        severity: Severity::Critical,
        techniques: &["T0803", "T0814", "T0827"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "MB-15",
        severity: Severity::High,
        techniques: &["T0846", "T0861", "T0888"],
        category: Category::Scan,
        needs_baseline: false,
        thresholds: &[SCAN_FUNCTIONS, SCAN_ADDRESSES, SCAN_BLOCKS, SCAN_UNITS],
    },
    Detection {
        id: "S7-03",
        severity: Severity::Critical,
        techniques: &["T0858", "T0881", "T0816"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "S7-04",
        severity: Severity::High,
        techniques: &["T0858"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "S7-08",
        severity: Severity::High,
        techniques: &["T0843", "T0889"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "S7-12",
        severity: Severity::High,
        techniques: &["T0889", "T0873"],
        category: Category::UnapprovedOperation,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "S7-15",
        severity: Severity::High,
        techniques: &["T0855", "T0835", "T0836"],
        category: Category::UnapprovedOperation,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "UA-05",
        severity: Severity::Medium,
        techniques: &["T0859", "T0812"],
        category: Category::SecurityWeakness,
        needs_baseline: false,
        thresholds: &[],
    },
    Detection {
        id: "UA-12",
        severity: Severity::Medium,
        techniques: &["T0888", "T0846"],
        category: Category::Scan,
        needs_baseline: false,
        thresholds: &[DISCOVERY_SERVERS],
    },
    Detection {
        id: "UA-14",
        severity: Severity::High,
        techniques: &["T0855", "T0836"],
        category: Category::UnapprovedOperation,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "BL-01",
        severity: Severity::High,
        techniques: &["T0836", "T0831"],
        category: Category::WriteOutsideRange,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "BL-02",
        severity: Severity::Medium,
        techniques: &["T0859"],
        category: Category::UnapprovedOperation,
        needs_baseline: true,
        thresholds: &[],
    },
    Detection {
        id: "BL-03",
        severity: Severity::High,
        techniques: &["T0857", "T0849"],
        category: Category::NewBehaviour,
        needs_baseline: true,
        thresholds: &[],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detection_is_explained_in_both_languages() {
        for detection in CATALOGUE {
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
        for (i, detection) in CATALOGUE.iter().enumerate() {
            assert!(CATALOGUE[..i].iter().all(|other| other.id != detection.id));
            assert!(detection.techniques.iter().all(|t| t.starts_with("T0") && t.len() == 5), "{}", detection.id);
        }
    }
}
