//! COR: what several findings come to.

use super::Category::UnapprovedOperation;
use super::{CAMPAIGN, CONTRADICTIONS, Detection};
use crate::event::Severity::{Critical, High};

pub const ROWS: &[Detection] = &[
    Detection::new("COR-01", High, UnapprovedOperation, &["T0843", "T0858"]),
    Detection::new("COR-02", Critical, UnapprovedOperation, &["T0846", "T0888", "T0855"]),
    Detection::new("COR-03", Critical, UnapprovedOperation, &["T0855", "T0831"]).when(&[CAMPAIGN]),
    Detection::new("COR-04", High, UnapprovedOperation, &["T0832", "T0856"]).when(&[CONTRADICTIONS]),
];
