//! NET: devices, links, addresses and scans.

use super::Category::{Fault, Malware, NewBehaviour, Scan, SecurityWeakness, UnapprovedOperation};
use super::{
    ANSWERED_NAMES, ARP_FLOOD, ARP_TARGETS, CONNECTIONS, Detection, ECHOES, FAILED_CONNECTIONS, HELD_BEFORE_REFUSAL,
    HELD_CONNECTIONS, IT_LOG_INS, IT_LOG_INS_FAST, OT_HOSTS, OT_PORTS_OF_HOST, SCAN_DESTINATIONS, SCAN_PORTS,
    SHORT_SESSIONS, SLOW_SCAN_DESTINATIONS, SPOOFED_ANSWERS, TOOL_UNITS, UNANSWERED, UNANSWERED_MODBUS,
};
use crate::event::Severity::{Critical, High, Low, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("NET-01", Medium, NewBehaviour, &["T0864", "T0848"]).with_baseline(),
    Detection::new("NET-02", Medium, NewBehaviour, &["T0849"]),
    Detection::new("NET-03", Medium, NewBehaviour, &["T0849", "T0830"]),
    Detection::new("NET-04", High, UnapprovedOperation, &["T0830"]).when(&[SPOOFED_ANSWERS]),
    Detection::new("NET-05", Critical, UnapprovedOperation, &["T0830", "T0856"]),
    Detection::new("NET-06", Medium, NewBehaviour, &["T0869", "T0886"]).with_baseline(),
    Detection::new("NET-07", High, NewBehaviour, &["T0886"]).with_baseline(),
    Detection::new("NET-08", High, NewBehaviour, &["T0869", "T0884"]),
    Detection::new("NET-09", Critical, UnapprovedOperation, &["T0883", "T0822"]),
    Detection::new("NET-10", High, Scan, &["T0846", "T0840"]).when(&[SCAN_DESTINATIONS, SLOW_SCAN_DESTINATIONS]),
    Detection::new("NET-11", High, Scan, &["T0846"]).when(&[SCAN_PORTS]),
    Detection::new("NET-12", Medium, Scan, &["T0846"]).when(&[ARP_TARGETS]),
    Detection::new("NET-13", High, Scan, &["T0846", "T0888"]).when(&[OT_HOSTS, OT_PORTS_OF_HOST]),
    Detection::new("NET-14", High, Scan, &["T0846", "T0888"]).when(&[TOOL_UNITS]),
    Detection::new("NET-15", High, UnapprovedOperation, &["T0814"]).when(&[CONNECTIONS, ECHOES, ARP_FLOOD]),
    Detection::new("NET-16", High, UnapprovedOperation, &["T0814", "T0804"])
        .when(&[HELD_CONNECTIONS, HELD_BEFORE_REFUSAL]),
    Detection::new("NET-17", High, UnapprovedOperation, &["T0814", "T0855"]),
    Detection::new("NET-18", High, NewBehaviour, &["T0885", "T0884"]),
    Detection::new("NET-19", High, NewBehaviour, &["T0830", "T0848"]).when(&[ANSWERED_NAMES]),
    Detection::new("NET-20", High, NewBehaviour, &["T0886", "T0822", "T0859"]).with_baseline(),
    Detection::new("NET-21", High, UnapprovedOperation, &["T0859", "T0812"]).when(&[
        IT_LOG_INS,
        IT_LOG_INS_FAST,
        SHORT_SESSIONS,
    ]),
    Detection::new("NET-22", Medium, SecurityWeakness, &["T0812", "T0891"]),
    Detection::new("NET-23", High, Malware, &["T0867", "T0866", "T0873"]),
    Detection::new("NET-24", High, Malware, &["T0869", "T0884"]),
    Detection::new("NET-25", Low, NewBehaviour, &["T0814", "T0806"]).with_baseline(),
    Detection::new("NET-26", High, Fault, &["T0804", "T0827", "T0829"]).with_baseline().when(&[
        UNANSWERED_MODBUS,
        UNANSWERED,
        FAILED_CONNECTIONS,
    ]),
    Detection::new("NET-27", High, UnapprovedOperation, &["T0857", "T0816", "T0836"]),
];
