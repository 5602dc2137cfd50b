//! Sessions of one connection: who is behind a request (OPC 10000-4 section 5.7).

use super::services::Token;
use super::types::NodeId;
use crate::event::{Map, ObjectKey, clean_text};

/// Sessions that one conversation remembers.
const MAX_SESSIONS: usize = 64;
/// Characters of a user's name.
const MAX_USER: usize = 128;

/// By a hash of the secret that every request of the session carries; the secret itself is not kept.
#[derive(Debug, Default)]
pub struct Sessions {
    users: Map<u64, Box<str>>,
    text: String,
}

impl Sessions {
    /// The number that stands for a session's secret; zero for none.
    pub fn key(&mut self, token: &NodeId<'_>) -> u64 {
        use std::fmt::Write;
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
        if session != 0 && (self.users.len() < MAX_SESSIONS || self.users.contains_key(&session)) {
            self.users.insert(session, user(token).into_boxed_str());
        }
    }

    pub fn close(&mut self, session: u64) {
        self.users.remove(&session);
    }

    pub fn user(&self, session: u64) -> Option<String> {
        self.users.get(&session).map(ToString::to_string)
    }
}

fn user(token: &Token<'_>) -> String {
    match token {
        Token::UserName { user, .. } => clean_text(user.unwrap_or_default(), MAX_USER),
        Token::None | Token::Anonymous { .. } => "anonymous".to_owned(),
        other => other.name().to_owned(),
    }
}
