//! S7 and SP: S7comm and S7comm-plus.

use super::Category::{NewBehaviour, Scan, SecurityWeakness, UnapprovedOperation, WriteOutsideRange};
use super::{
    BURST_POINTS, CLOCK_DIFFERENCE, COMPETING, DENIED, Detection, EXPLORES, LEGITIMATIONS, PASSWORDS, SZL_IDS, TOGGLES,
    TSAPS,
};
use crate::event::Severity::{Critical, High, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("S7-01", High, NewBehaviour, &["T0859", "T0848"]).with_baseline(),
    Detection::new("S7-02", High, Scan, &["T0888", "T0846"]).when(&[TSAPS]),
    Detection::new("S7-03", Critical, UnapprovedOperation, &["T0858", "T0881", "T0816"]),
    Detection::new("S7-04", High, UnapprovedOperation, &["T0858"]),
    Detection::new("S7-05", Critical, UnapprovedOperation, &["T0809", "T0814"]),
    Detection::new("S7-06", High, UnapprovedOperation, &["T0858", "T0868"]),
    Detection::new("S7-07", Medium, NewBehaviour, &["T0858", "T0837"]),
    Detection::new("S7-08", High, UnapprovedOperation, &["T0843", "T0889"]),
    Detection::new("S7-09", Critical, UnapprovedOperation, &["T0889", "T0821", "T0837"]),
    Detection::new("S7-10", Medium, UnapprovedOperation, &["T0845", "T0882"]),
    Detection::new("S7-11", High, UnapprovedOperation, &["T0809", "T0889"]),
    Detection::new("S7-12", High, UnapprovedOperation, &["T0889", "T0873"]),
    Detection::new("S7-13", Medium, Scan, &["T0888", "T0845"]).with_baseline(),
    Detection::new("S7-14", Medium, Scan, &["T0888", "T0868"]).when(&[SZL_IDS]),
    Detection::new("S7-15", High, UnapprovedOperation, &["T0855", "T0835", "T0836"]).with_baseline(),
    Detection::new("S7-16", High, WriteOutsideRange, &["T0831", "T0806", "T0836"]).when(&[
        BURST_POINTS,
        TOGGLES,
        COMPETING,
    ]),
    Detection::new("S7-17", High, UnapprovedOperation, &["T0835", "T0836"]),
    Detection::new("S7-18", Medium, UnapprovedOperation, &["T0858", "T0801"]),
    Detection::new("S7-19", Medium, UnapprovedOperation, &["T0872", "T0836"]).when(&[CLOCK_DIFFERENCE]),
    Detection::new("S7-20", High, SecurityWeakness, &["T0859", "T0812", "T0891"]).when(&[PASSWORDS]),
    Detection::new("S7-21", Medium, UnapprovedOperation, &["T0859", "T0861"]).when(&[DENIED]),
    Detection::new("S7-22", High, UnapprovedOperation, &["T0878", "T0838"]),
    Detection::new("S7-23", High, UnapprovedOperation, &["T0866", "T0814", "T0867"]),
    Detection::new("SP-01", High, NewBehaviour, &["T0859", "T0848"]).with_baseline(),
    Detection::new("SP-02", Critical, UnapprovedOperation, &["T0858", "T0881"]),
    Detection::new("SP-03", Critical, UnapprovedOperation, &["T0809", "T0814"]),
    Detection::new("SP-04", High, UnapprovedOperation, &["T0843", "T0889"]),
    Detection::new("SP-05", Medium, Scan, &["T0845", "T0861"]).when(&[EXPLORES]),
    Detection::new("SP-06", High, UnapprovedOperation, &["T0855", "T0836"]).with_baseline(),
    Detection::new("SP-07", High, UnapprovedOperation, &["T0859", "T0892", "T0837"]).when(&[LEGITIMATIONS]),
    Detection::new("SP-08", High, UnapprovedOperation, &["T0830", "T0856", "T0857"]),
];
