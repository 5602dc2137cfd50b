//! SEN: the sensor itself.

use super::Category::Fault;
use super::{
    CLOCK_STEP, DUPLICATE_SHARE, Detection, FAILED_LOG_INS, ONE_SIDED_SHARE, SILENCE, UNSEEN_SHARE, USUAL_RATE,
};
use crate::event::Severity::{High, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("SEN-01", High, Fault, &["T0804", "T0829"]).when(&[SILENCE, USUAL_RATE]),
    Detection::new("SEN-02", Medium, Fault, &[]).when(&[UNSEEN_SHARE]),
    Detection::new("SEN-03", Medium, Fault, &[]).when(&[ONE_SIDED_SHARE, DUPLICATE_SHARE]),
    Detection::new("SEN-04", Medium, Fault, &["T0872"]).when(&[CLOCK_STEP, FAILED_LOG_INS]),
];
