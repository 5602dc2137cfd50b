//! Sessions with one server: who is behind a request (OPC 10000-4 section 5.7).

use std::collections::VecDeque;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::certificate;
use super::services::Token;
use super::types::NodeId;
use crate::event::{ObjectKey, clean_text, hex};

/// Sessions that are remembered; the oldest makes room, as it may have ended unseen.
const MAX_SESSIONS: usize = 64;
/// Characters of a user's name.
const MAX_USER: usize = 128;

/// By a hash of the secret that every request of the session carries; the secret itself is not kept.
#[derive(Debug, Default)]
pub struct Sessions {
    users: VecDeque<(u64, Box<str>)>,
    text: String,
}

impl Sessions {
    /// The number that stands for a session's secret; zero for none.
    pub fn key(&mut self, token: &NodeId<'_>) -> u64 {
        if token.is_null() {
            return 0;
        }
        self.text.clear();
        // Writing to a String does not fail.
        let _ = write!(self.text, "{token}");
        ObjectKey::text(self.text.as_bytes(), 0).space
    }

    /// The server took a user for the session's own.
    pub fn activate(&mut self, session: u64, token: &Token<'_>) {
        if session == 0 {
            return;
        }
        self.close(session);
        if self.users.len() >= MAX_SESSIONS {
            self.users.pop_front();
        }
        self.users.push_back((session, user(token).into_boxed_str()));
    }

    pub fn close(&mut self, session: u64) {
        self.users.retain(|(known, _)| *known != session);
    }

    pub fn user(&self, session: u64) -> Option<String> {
        self.users.iter().find(|(known, _)| *known == session).map(|(_, user)| user.to_string())
    }
}

/// What a session is called in events: enough of a hash of its secret to tell sessions apart.
pub fn name(token: &NodeId<'_>) -> Option<String> {
    if token.is_null() {
        return None;
    }
    let digest = Sha256::digest(token.to_string().as_bytes());
    digest.first_chunk::<8>().map(|head| hex(head))
}

/// Whom a logon names.
pub fn user(token: &Token<'_>) -> String {
    match token {
        Token::UserName { user, .. } => clean_text(user.unwrap_or_default(), MAX_USER),
        Token::None | Token::Anonymous { .. } => "anonymous".to_owned(),
        Token::Certificate { certificate, .. } => match holder(certificate) {
            Some(holder) => format!("{}:{holder}", token.name()),
            None => token.name().to_owned(),
        },
        other => other.name().to_owned(),
    }
}

/// The common name of a certificate's subject, or else all of the subject.
fn holder(certificate: &[u8]) -> Option<String> {
    let (read, _) = certificate::read(certificate);
    let subject = read?.subject;
    let name = subject.split(", ").find_map(|part| part.strip_prefix("CN=")).unwrap_or(&subject);
    (!name.is_empty()).then(|| clean_text(name.as_bytes(), MAX_USER))
}
