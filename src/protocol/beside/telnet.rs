//! Telnet (RFC 854): text, with orders about itself in between. What is a prompt is known by its words.

use super::message::Lines;
use super::{Listener, secret};
use crate::event::{LogOn, Notice, Outcome, Secret, Side, clean_text};

const MAX_LINE: usize = 256;
const MAX_NAME: usize = 64;
/// Lines after a password within which a refusal comes.
const PATIENCE: u8 = 8;

pub struct Telnet {
    lines: [Lines; 2],
    orders: [Orders; 2],
    stage: Stage,
    user: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Silent,
    /// The server asked for a name, for a password; the password was sent, and so many lines came since.
    Name,
    Password,
    Sent(Secret, u8),
}

/// Where in an order about the connection itself the last piece ended.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Orders {
    #[default]
    Text,
    Command,
    Option,
    Sub,
    SubCommand,
}

impl Default for Telnet {
    fn default() -> Self {
        Telnet {
            lines: [Lines::new(MAX_LINE), Lines::new(MAX_LINE)],
            orders: Default::default(),
            stage: Stage::Silent,
            user: String::new(),
        }
    }
}

impl Listener for Telnet {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        let side = usize::from(from == Side::Server);
        let text: Vec<u8> = bytes.iter().copied().filter(|byte| self.orders[side].is_text(*byte)).collect();
        let mut lines = Vec::new();
        self.lines[side].take(&text, &mut |line| lines.push(line.to_vec()));
        match from {
            Side::Client => lines.iter().for_each(|line| self.typed(line)),
            Side::Server => {
                for line in &lines {
                    self.shown(line, tell);
                }
                let rest = self.lines[side].rest().to_ascii_lowercase();
                self.prompted(&rest, tell);
            }
        }
    }
}

impl Telnet {
    fn typed(&mut self, line: &[u8]) {
        match self.stage {
            Stage::Name => self.user = clean_text(line, MAX_NAME),
            Stage::Password => {
                self.stage = Stage::Sent(secret::of(&self.user, &clean_text(line, MAX_NAME)), 0);
            }
            _ => {}
        }
    }

    fn shown(&mut self, line: &[u8], tell: &mut dyn FnMut(Notice)) {
        let Stage::Sent(secret, lines) = self.stage else { return };
        let line = line.to_ascii_lowercase();
        let has = |word: &[u8]| line.windows(word.len()).any(|window| window == word);
        if [&b"incorrect"[..], b"invalid", b"failed", b"denied", b"failure"].iter().any(|word| has(word)) {
            self.end(secret, Outcome::Refused, tell);
        } else if has(b"last login") || lines >= PATIENCE {
            self.end(secret, Outcome::Accepted, tell);
        } else {
            self.stage = Stage::Sent(secret, lines + 1);
        }
    }

    /// What waits for an answer is a prompt.
    fn prompted(&mut self, text: &[u8], tell: &mut dyn FnMut(Notice)) {
        let text = text.trim_ascii_end();
        if text.ends_with(b"login:") || text.ends_with(b"username:") || text.ends_with(b"user name:") {
            if let Stage::Sent(secret, _) = self.stage {
                self.end(secret, Outcome::Refused, tell);
            }
            self.stage = Stage::Name;
        } else if text.ends_with(b"assword:") {
            self.stage = Stage::Password;
        } else if let (Stage::Sent(secret, _), Some(b'$' | b'#' | b'>' | b'%')) = (self.stage, text.last()) {
            self.end(secret, Outcome::Accepted, tell);
        }
    }

    fn end(&mut self, secret: Secret, outcome: Outcome, tell: &mut dyn FnMut(Notice)) {
        self.stage = Stage::Silent;
        let user = Some(std::mem::take(&mut self.user)).filter(|user| !user.is_empty());
        tell(Notice::LogOn(LogOn { service: "telnet".into(), user, secret, outcome }));
    }
}

impl Orders {
    /// Takes a byte in; true where it is one of the text's.
    fn is_text(&mut self, byte: u8) -> bool {
        let (next, text) = match (*self, byte) {
            (Orders::Text, 255) => (Orders::Command, false),
            (Orders::Text, byte) => (Orders::Text, byte != 0),
            (Orders::Command, 250) => (Orders::Sub, false),
            (Orders::Command, 251..=254) => (Orders::Option, false),
            (Orders::Command | Orders::Option, _) | (Orders::SubCommand, 240) => (Orders::Text, false),
            (Orders::Sub, 255) => (Orders::SubCommand, false),
            (Orders::Sub | Orders::SubCommand, _) => (Orders::Sub, false),
        };
        *self = next;
        text
    }
}
