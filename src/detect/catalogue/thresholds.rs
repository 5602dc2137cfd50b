//! The numbers that decide.

use super::Threshold;

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

