//! MB and UM: Modbus, and UMAS within it.

use super::Category::{Fault, NewBehaviour, Scan, UnapprovedOperation, WriteOutsideRange};
use super::{
    BURST_POINTS, COMPETING, Detection, EXCEPTIONS, JUMP, OPEN_REQUESTS, RESERVATION_REFUSALS, SCAN_ADDRESSES,
    SCAN_BLOCKS, SCAN_FUNCTIONS, SCAN_UNITS, STILL, TOGGLES, UMAS_RECON,
};
use crate::event::Severity::{Critical, High, Low, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("MB-01", High, UnapprovedOperation, &["T0855", "T0836"]).with_baseline(),
    Detection::new("MB-02", Low, NewBehaviour, &["T0861", "T0801"]).with_baseline(),
    Detection::new("MB-03", Medium, NewBehaviour, &["T0855"]).with_baseline(),
    Detection::new("MB-04", Medium, WriteOutsideRange, &["T0836", "T0861"]).with_baseline(),
    Detection::new("MB-05", High, WriteOutsideRange, &["T0836", "T0831"]).with_baseline(),
    Detection::new("MB-06", Medium, WriteOutsideRange, &["T0831", "T0832"])
        .with_baseline()
        .on_demand()
        .when(&[STILL, JUMP]),
    Detection::new("MB-07", High, WriteOutsideRange, &["T0836", "T0838"]).with_baseline(),
    Detection::new("MB-08", High, UnapprovedOperation, &["T0806"]).when(&[BURST_POINTS]),
    Detection::new("MB-09", High, UnapprovedOperation, &["T0806", "T0831"]).when(&[TOGGLES]),
    Detection::new("MB-10", High, UnapprovedOperation, &["T0848", "T0831"]).when(&[COMPETING]),
    Detection::new("MB-11", Critical, UnapprovedOperation, &["T0803", "T0814", "T0827"]),
    Detection::new("MB-12", Critical, UnapprovedOperation, &["T0816", "T0814"]),
    Detection::new("MB-13", Medium, UnapprovedOperation, &["T0872", "T0814"]),
    Detection::new("MB-14", Low, Scan, &["T0888", "T0868"]).with_baseline(),
    Detection::new("MB-15", High, Scan, &["T0846", "T0861", "T0888"]).when(&[
        SCAN_FUNCTIONS,
        SCAN_ADDRESSES,
        SCAN_BLOCKS,
        SCAN_UNITS,
    ]),
    Detection::new("MB-16", Medium, Fault, &["T0814", "T0855"]).when(&[EXCEPTIONS]),
    Detection::new("MB-17", High, UnapprovedOperation, &["T0814", "T0866"]),
    Detection::new("MB-18", High, UnapprovedOperation, &["T0856", "T0830", "T0814"]).when(&[OPEN_REQUESTS]),
    Detection::new("MB-19", High, UnapprovedOperation, &["T0855", "T0843", "T0857"]),
    Detection::new("MB-20", High, NewBehaviour, &["T0857", "T0839", "T0849"]),
    Detection::new("UM-01", High, NewBehaviour, &["T0843", "T0859"]).with_baseline(),
    Detection::new("UM-02", High, UnapprovedOperation, &["T0858"]),
    Detection::new("UM-03", Critical, UnapprovedOperation, &["T0858", "T0881", "T0816"]),
    Detection::new("UM-04", High, UnapprovedOperation, &["T0859", "T0890"]).when(&[RESERVATION_REFUSALS]),
    Detection::new("UM-05", High, UnapprovedOperation, &["T0843", "T0889"]),
    Detection::new("UM-06", Medium, UnapprovedOperation, &["T0845"]),
    Detection::new("UM-07", High, UnapprovedOperation, &["T0836", "T0835", "T0893"]),
    Detection::new("UM-08", Medium, Scan, &["T0888", "T0868"]).when(&[UMAS_RECON]),
];
