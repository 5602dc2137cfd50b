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

pub const BURST_POINTS: Threshold = Threshold { name: "points", value: 20, unit: "addresses written in 10 s" };
pub const STILL: Threshold = Threshold { name: "still", value: 5, unit: "minutes unmoved" };
pub const JUMP: Threshold = Threshold { name: "jump", value: 3, unit: "times the largest step" };
pub const TOGGLES: Threshold = Threshold { name: "toggles", value: 6, unit: "changes to and fro in 60 s" };
pub const COMPETING: Threshold = Threshold { name: "interval", value: 10, unit: "seconds between two writers" };
pub const EXCEPTIONS: Threshold = Threshold { name: "exceptions", value: 20, unit: "exceptions in 1 h" };
pub const DENIED: Threshold = Threshold { name: "denied", value: 10, unit: "refusals in 60 s" };
pub const FAULTS: Threshold = Threshold { name: "faults", value: 20, unit: "refusals in 1 h" };
pub const ABORTS: Threshold = Threshold { name: "aborts", value: 10, unit: "aborted messages in 60 s" };
pub const UMAS_RECON: Threshold = Threshold { name: "functions", value: 5, unit: "asking functions in 10 s" };
pub const RESERVATION_REFUSALS: Threshold = Threshold { name: "refusals", value: 5, unit: "refusals in 60 s" };
pub const TSAPS: Threshold = Threshold { name: "tsaps", value: 3, unit: "called names in 60 s" };
pub const PASSWORDS: Threshold = Threshold { name: "passwords", value: 3, unit: "passwords in 5 min" };
pub const LEGITIMATIONS: Threshold = Threshold { name: "log_ins", value: 3, unit: "refused log-ins in 5 min" };
pub const SZL_IDS: Threshold = Threshold { name: "lists", value: 10, unit: "status lists in 60 s" };
pub const EXPLORES: Threshold = Threshold { name: "explores", value: 20, unit: "explorations in 60 s" };
pub const CLOCK_DIFFERENCE: Threshold = Threshold { name: "difference", value: 60, unit: "seconds, whole hours apart" };
pub const LOG_INS: Threshold = Threshold { name: "log_ins", value: 5, unit: "refused log-ins in 2 min" };
pub const USERS: Threshold = Threshold { name: "users", value: 10, unit: "refused users in 2 min" };
pub const NODES: Threshold = Threshold { name: "nodes", value: 200, unit: "nodes in 60 s" };
pub const SESSIONS: Threshold = Threshold { name: "sessions", value: 10, unit: "open sessions of one client" };
pub const SPOOFED_ANSWERS: Threshold = Threshold { name: "answers", value: 60, unit: "unasked answers in 60 s" };
pub const ARP_TARGETS: Threshold = Threshold { name: "targets", value: 40, unit: "addresses in 6 min" };
pub const SCAN_PORTS: Threshold = Threshold { name: "ports", value: 25, unit: "ports in 2 min" };
pub const OT_HOSTS: Threshold = Threshold { name: "hosts", value: 4, unit: "machines in 2 min" };
pub const OT_PORTS_OF_HOST: Threshold =
    Threshold { name: "ports", value: 3, unit: "control ports of one machine in 2 min" };
pub const CONNECTIONS: Threshold = Threshold { name: "connections", value: 3000, unit: "connections in 60 s" };
pub const ECHOES: Threshold = Threshold { name: "echoes", value: 600, unit: "echo requests in 60 s" };
pub const TOOL_UNITS: Threshold = Threshold { name: "units", value: 3, unit: "units in 60 s" };
pub const HELD_CONNECTIONS: Threshold =
    Threshold { name: "connections", value: 16, unit: "open connections of one client to one control port" };
pub const HELD_BEFORE_REFUSAL: Threshold =
    Threshold { name: "before_refusal", value: 8, unit: "open connections of one client when another is refused" };
pub const ANSWERED_NAMES: Threshold = Threshold { name: "names", value: 3, unit: "names answered for in 10 min" };
pub const IT_LOG_INS: Threshold = Threshold { name: "log_ins", value: 3, unit: "refused log-ins in 5 min" };
pub const IT_LOG_INS_FAST: Threshold = Threshold { name: "log_ins_fast", value: 20, unit: "refused log-ins in 60 s" };
pub const SHORT_SESSIONS: Threshold =
    Threshold { name: "short_sessions", value: 10, unit: "encrypted sessions of less than 15 s in 60 s" };
pub const UNANSWERED_MODBUS: Threshold = Threshold { name: "modbus", value: 3, unit: "unanswered requests in 60 s" };
pub const UNANSWERED: Threshold =
    Threshold { name: "others", value: 8, unit: "unanswered requests of other protocols in 60 s" };
pub const FAILED_CONNECTIONS: Threshold =
    Threshold { name: "connections", value: 3, unit: "connections in vain in 60 s" };
pub const ARP_FLOOD: Threshold = Threshold { name: "arp", value: 600, unit: "ARP messages of one card in 60 s" };
pub const OPEN_REQUESTS: Threshold = Threshold { name: "open", value: 500, unit: "requests without answer in 30 s" };
pub const CONTRADICTIONS: Threshold =
    Threshold { name: "contradictions", value: 3, unit: "contradictions one after the other" };
pub const CAMPAIGN: Threshold = Threshold { name: "controllers", value: 3, unit: "controllers in 5 min" };

/// Of a story in which the controller was stopped.
pub const HIGHEST: crate::event::Severity = crate::event::Severity::Critical;
