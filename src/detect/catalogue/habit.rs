//! BL: what is known does what it never did, whatever it speaks.

use super::Category::{NewBehaviour, UnapprovedOperation};
use super::Detection;
use crate::event::Severity::{High, Medium};

pub const ROWS: &[Detection] = &[
    Detection::new("BL-02", Medium, UnapprovedOperation, &["T0859"]).with_baseline(),
    Detection::new("BL-03", High, NewBehaviour, &["T0857", "T0849"]).with_baseline(),
];
