//! TFTP (RFC 1350): which file is asked for or offered.

use super::{Listener, cargo};
use crate::event::{Cargo, Carried, Notice, Side, clean_text};

const MAX_NAME: usize = 200;
const READ: u8 = 1;
const WRITE: u8 = 2;

pub struct Tftp;

impl Listener for Tftp {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        let [0, order @ (READ | WRITE), rest @ ..] = bytes else { return };
        let Some(name) = rest.split(|byte| *byte == 0).next().filter(|_| from == Side::Client) else { return };
        let name = clean_text(name, MAX_NAME);
        // Devices take little but firmware and settings by TFTP: whatever is written is told.
        let kind = cargo::by_name(&name).or_else(|| (*order == WRITE).then_some(Cargo::Firmware));
        if let Some(kind) = kind {
            tell(Notice::Carried(Carried { service: "tftp".into(), name, kind, to_server: *order == WRITE }));
        }
    }
}
