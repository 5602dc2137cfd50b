use super::finding;
use crate::event::{Finding, Reason, SensorFault, Timestamp};

/// SEN-04: what the box says of itself, as a finding.
pub fn integrity(fault: SensorFault, ts: Timestamp) -> Finding {
    let (act, reason) = match fault {
        SensorFault::FailedLogIns { count } => {
            ("failed_log_ins", Reason::new("reason.failed_log_ins").with("count", count))
        }
        SensorFault::DiskShort { free, needed } => {
            let reason = Reason::new("reason.disk_short").with("free", megabytes(free));
            ("disk_short", reason.with("needed", megabytes(needed)))
        }
        SensorFault::KeptTooShort { kept, promised } => {
            let reason = Reason::new("reason.kept_too_short").with("kept", kept.as_secs() / 3600);
            ("kept_too_short", reason.with("promised", promised.as_secs() / 3600))
        }
        SensorFault::RulesChanged { rules } => {
            ("rules_changed", Reason::new("reason.rules_changed").with("count", rules))
        }
    };
    finding("SEN-04", act, ts, "", vec![reason])
}

fn megabytes(bytes: u64) -> u64 {
    bytes >> 20
}
