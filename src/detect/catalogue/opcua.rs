//! UA: OPC UA.

use super::Category::{Fault, NewBehaviour, Scan, SecurityWeakness, UnapprovedOperation, WriteOutsideRange};
use super::{ABORTS, DISCOVERY_SERVERS, Detection, FAULTS, LOG_INS, NODES, SESSIONS, USERS};
use crate::event::Severity::{High, Low, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("UA-01", Medium, NewBehaviour, &["T0859", "T0848"]).with_baseline(),
    Detection::new("UA-02", Medium, SecurityWeakness, &["T0830", "T0842"]).with_baseline(),
    Detection::new("UA-03", Medium, SecurityWeakness, &["T0830"]),
    Detection::new("UA-04", Low, SecurityWeakness, &["T0812"]).with_baseline(),
    Detection::new("UA-05", Medium, SecurityWeakness, &["T0859", "T0812"]),
    Detection::new("UA-06", High, SecurityWeakness, &["T0859", "T0842"]),
    Detection::new("UA-07", High, SecurityWeakness, &["T0812", "T0891"]),
    Detection::new("UA-08", High, UnapprovedOperation, &["T0859"]).when(&[LOG_INS, USERS]),
    Detection::new("UA-09", Medium, SecurityWeakness, &["T0849"]),
    Detection::new("UA-10", High, NewBehaviour, &["T0830", "T0849"]),
    Detection::new("UA-11", High, UnapprovedOperation, &["T0830"]),
    Detection::new("UA-12", Medium, Scan, &["T0888", "T0846"]).when(&[DISCOVERY_SERVERS]),
    Detection::new("UA-13", Medium, Scan, &["T0861", "T0802"]).when(&[NODES]),
    Detection::new("UA-14", High, UnapprovedOperation, &["T0855", "T0836"]).with_baseline(),
    Detection::new("UA-15", Medium, WriteOutsideRange, &["T0836", "T0832", "T0856"]),
    Detection::new("UA-16", High, UnapprovedOperation, &["T0871", "T0843", "T0816", "T0892"]),
    Detection::new("UA-17", High, UnapprovedOperation, &["T0889", "T0832"]),
    Detection::new("UA-18", High, UnapprovedOperation, &["T0872", "T0809"]),
    Detection::new("UA-19", High, UnapprovedOperation, &["T0878", "T0804", "T0838"]),
    Detection::new("UA-20", Medium, Fault, &["T0814", "T0861"]).when(&[FAULTS]),
    Detection::new("UA-21", High, UnapprovedOperation, &["T0814", "T0866"]).when(&[ABORTS]),
    Detection::new("UA-22", High, UnapprovedOperation, &["T0814"]).when(&[SESSIONS]),
    Detection::new("UA-23", High, UnapprovedOperation, &["T0814", "T0866"]),
    Detection::new("UA-24", Medium, UnapprovedOperation, &["T0856", "T0830"]),
    Detection::new("UA-25", High, NewBehaviour, &["T0857", "T0848", "T0829"]),
];
