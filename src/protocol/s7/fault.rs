//! What can be wrong with a PDU of S7comm.

use super::parse::Pdu;
use super::report::Fault;
use super::{meaning, wire};

/// Addresses that a read or write promises and that cannot be read.
pub fn unread_addresses(pdu: &Pdu<'_>) -> Option<Fault> {
    if pdu.rosctr != wire::JOB || !matches!(pdu.function(), Some(wire::READ_VAR | wire::WRITE_VAR)) {
        return None;
    }
    let (promised, read) = meaning::promised_addresses(pdu);
    if promised == read {
        return None;
    }
    Some(Fault::new(
        "s7comm",
        "addresses_unreadable",
        12,
        format!("{promised} addresses promised, {read} could be read"),
        "message kept, next one read",
    ))
}

pub fn cut_short(length: usize) -> Fault {
    Fault::new("s7comm", "header_cut_short", 0, format!("{length} bytes hold no whole header"), "message skipped")
}

pub fn length_mismatch(pdu: &Pdu<'_>, length: usize) -> Fault {
    let (missing, more) = (pdu.missing.unsigned_abs(), if pdu.missing > 0 { "fewer" } else { "more" });
    Fault::new(
        "s7comm",
        "length_mismatch",
        6,
        format!("{missing} bytes {more} than the header says, of {length}"),
        "message kept, next one read",
    )
}

pub fn no_userdata_head(pdu: &Pdu<'_>) -> Fault {
    Fault::new(
        "s7comm",
        "no_userdata_head",
        10,
        format!("a parameter of {} bytes does not begin as userdata's do", pdu.parameter.len()),
        "message kept, next one read",
    )
}
