//! FTP's control connection (RFC 959).

use super::message::Lines;
use super::{Listener, cargo, secret};
use crate::event::{Carried, LogOn, Notice, Outcome, Secret, Side, clean_text};

const MAX_LINE: usize = 512;
const MAX_NAME: usize = 200;

pub struct Ftp {
    lines: [Lines; 2],
    user: Option<String>,
    /// The password was sent, and the answer is awaited.
    secret: Option<Secret>,
}

impl Default for Ftp {
    fn default() -> Self {
        Ftp { lines: [Lines::new(MAX_LINE), Lines::new(MAX_LINE)], user: None, secret: None }
    }
}

impl Listener for Ftp {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        let Ftp { lines: [client, server], user, secret } = self;
        match from {
            Side::Client => client.take(bytes, &mut |line| asked(line, user, secret, tell)),
            Side::Server => server.take(bytes, &mut |line| answered(line, user.as_ref(), secret, tell)),
        }
    }
}

fn asked(line: &[u8], user: &mut Option<String>, secret: &mut Option<Secret>, tell: &mut dyn FnMut(Notice)) {
    let at = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (verb, argument) = (line[..at].to_ascii_uppercase(), line.get(at + 1..).unwrap_or_default());
    let text = || clean_text(argument, MAX_NAME);
    match &*verb {
        b"USER" => *user = Some(text()),
        b"PASS" => {
            let name = user.as_deref().unwrap_or_default();
            let open = matches!(name, "anonymous" | "ftp");
            *secret = Some(if open { Secret::None } else { secret::of(name, &text()) });
        }
        b"STOR" | b"STOU" | b"APPE" | b"RETR" => {
            let name = text();
            if let Some(kind) = cargo::by_name(&name) {
                let to_server = verb != b"RETR";
                tell(Notice::Carried(Carried { service: "ftp".into(), name, kind, to_server }));
            }
        }
        _ => {}
    }
}

fn answered(line: &[u8], user: Option<&String>, secret: &mut Option<Secret>, tell: &mut dyn FnMut(Notice)) {
    let outcome = match line.get(..3) {
        Some(b"230" | b"232") => Outcome::Accepted,
        Some(b"530" | b"430" | b"421") => Outcome::Refused,
        _ => return,
    };
    if let Some(secret) = secret.take() {
        tell(Notice::LogOn(LogOn { service: "ftp".into(), user: user.cloned(), secret, outcome }));
    }
}
