//! VNC's handshake (RFC 6143 section 7.1): which proof was asked for, and whether it was good.

use super::Listener;
use crate::event::{LogOn, Notice, Outcome, Secret, Side};

const VERSION: usize = 12;
/// What is kept of each side: version, kinds, challenge, result.
const MAX_KEPT: usize = 128;
const NONE: u8 = 1;
const PASSWORD: u8 = 2;
const CHALLENGE: usize = 16;

#[derive(Default)]
pub struct Vnc {
    client: Vec<u8>,
    server: Vec<u8>,
    over: bool,
}

impl Listener for Vnc {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        if self.over {
            return;
        }
        let kept = if from == Side::Client { &mut self.client } else { &mut self.server };
        let room = MAX_KEPT - kept.len();
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if let Some((secret, outcome)) = self.result() {
            self.over = true;
            tell(Notice::LogOn(LogOn { service: "vnc".into(), user: None, secret, outcome }));
        }
    }
}

impl Vnc {
    fn result(&self) -> Option<(Secret, Outcome)> {
        // Up to 3.3 the server chooses the kind, in four bytes; from 3.7 on it offers some and the client chooses.
        let old = self.server.get(..VERSION)?.ends_with(b"003.003\n");
        let (kind, rest) = if old {
            (*self.server.get(VERSION + 3)?, self.server.get(VERSION + 4..)?)
        } else {
            let kinds = usize::from(*self.server.get(VERSION)?);
            (*self.client.get(VERSION)?, self.server.get(VERSION + 1 + kinds..)?)
        };
        match kind {
            // Before 3.8 nothing more is said.
            NONE if !self.server.starts_with(b"RFB 003.008") => Some((Secret::None, Outcome::Accepted)),
            NONE => Some((Secret::None, outcome(rest.get(..4)?))),
            PASSWORD => Some((Secret::Protected, outcome(rest.get(CHALLENGE..CHALLENGE + 4)?))),
            _ => None,
        }
    }
}

fn outcome(result: &[u8]) -> Outcome {
    if result == [0; 4] { Outcome::Accepted } else { Outcome::Refused }
}
