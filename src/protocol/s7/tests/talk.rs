//! What the tests of S7 ask of a conversation beside what those of every protocol do.

use crate::event::{Artifact, CotpConnect, EventKind, Protocol, S7Setup, Session};
use crate::protocol::talk::Setting;
pub use crate::protocol::talk::{Heard, Talk};

const S7: Setting = Setting { port: 102, protocols: &[Protocol::S7comm, Protocol::S7commPlus], encrypts: true };

/// A connection to port 102 of which every byte is seen.
pub fn talk() -> Talk {
    talk_to(102)
}

pub fn talk_to(port: u16) -> Talk {
    Talk::to_port(S7, port)
}

impl Heard {
    pub fn artifacts(&self) -> Vec<&Artifact> {
        self.pick(|kind| if let EventKind::Artifact(artifact) = kind { Some(&**artifact) } else { None })
    }

    pub fn connects(&self) -> Vec<&CotpConnect> {
        self.sessions()
            .into_iter()
            .filter_map(|s| if let Session::CotpConnect(c) = s { Some(c) } else { None })
            .collect()
    }

    pub fn setups(&self) -> Vec<&S7Setup> {
        self.sessions().into_iter().filter_map(|s| if let Session::S7Setup(s) = s { Some(s) } else { None }).collect()
    }
}
