//! HTTP/1 (RFC 9112): heads of requests and answers, and what the bodies after them begin with.

use std::collections::VecDeque;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::{Listener, cargo, secret};
use crate::event::{Cargo, Carried, LogOn, Notice, Outcome, Secret, Side, clean_text};

const MAX_HEAD: usize = 4096;
const MAX_NAME: usize = 200;
/// Requests that may wait for their answers.
const MAX_OPEN: usize = 16;
const METHODS: [&[u8]; 6] = [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS "];
const ANSWER: &[u8] = b"HTTP/1.";

/// Bytes begin with a request or an answer.
pub fn begins(bytes: &[u8]) -> bool {
    METHODS.iter().any(|method| bytes.starts_with(method)) || bytes.starts_with(ANSWER)
}

#[derive(Default)]
pub struct Http {
    heads: [Vec<u8>; 2],
    /// The last head's body has not shown itself yet.
    bodies: [Option<String>; 2],
    open: VecDeque<Request>,
}

struct Request {
    name: String,
    log_on: Option<(String, Secret)>,
}

impl Listener for Http {
    fn take(&mut self, from: Side, bytes: &[u8], tell: &mut dyn FnMut(Notice)) {
        let side = usize::from(from == Side::Server);
        let head = &mut self.heads[side];
        if head.is_empty() && !begins(bytes) {
            let name = self.bodies[side].take();
            return body(name, bytes, from, tell);
        }
        let room = MAX_HEAD - head.len();
        head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let Some(end) = head.windows(4).position(|window| window == b"\r\n\r\n") else {
            if head.len() >= MAX_HEAD {
                head.clear();
            }
            return;
        };
        let whole = std::mem::take(head);
        let name = match from {
            Side::Client => self.asked(&whole[..end], tell),
            Side::Server => self.answered(&whole[..end], tell),
        };
        let content = &whole[end + 4..];
        if content.is_empty() {
            self.bodies[side] = name;
        } else {
            body(name, content, from, tell);
        }
    }
}

impl Http {
    fn asked(&mut self, head: &[u8], tell: &mut dyn FnMut(Notice)) -> Option<String> {
        let mut words = head.split(|byte| *byte == b' ');
        let (method, target) = (words.next()?, words.next()?);
        let path = target.split(|byte| *byte == b'?').next()?;
        let name = clean_text(path, MAX_NAME);
        let carries = matches!(method, b"PUT" | b"POST");
        if let (true, Some(kind)) = (carries, cargo::by_name(&name)) {
            tell(carried(name.clone(), kind, Side::Client));
        }
        if self.open.len() >= MAX_OPEN {
            self.open.pop_front();
        }
        self.open.push_back(Request { name: name.clone(), log_on: field(head, b"authorization").and_then(basic) });
        carries.then_some(name)
    }

    fn answered(&mut self, head: &[u8], tell: &mut dyn FnMut(Notice)) -> Option<String> {
        let status = head.split(|byte| *byte == b' ').nth(1)?;
        if status.first() == Some(&b'1') {
            return None;
        }
        let request = self.open.pop_front()?;
        if let Some((user, secret)) = request.log_on {
            let outcome = match status.first() {
                Some(b'2' | b'3') => Outcome::Accepted,
                _ if matches!(status, b"401" | b"403") => Outcome::Refused,
                _ => Outcome::Attempted,
            };
            tell(Notice::LogOn(LogOn { service: "http".into(), user: Some(user), secret, outcome }));
        }
        (status == b"200").then_some(request.name)
    }
}

fn carried(name: String, kind: Cargo, from: Side) -> Notice {
    Notice::Carried(Carried { service: "http".into(), name, kind, to_server: from == Side::Client })
}

/// What the first bytes after a head are. Scripts of web pages are named so, and are none that a machine runs by itself.
fn body(name: Option<String>, bytes: &[u8], from: Side, tell: &mut dyn FnMut(Notice)) {
    let Some(name) = name else { return };
    let by_name = || cargo::by_name(&name).filter(|kind| *kind != Cargo::Script && from == Side::Server);
    if let Some(kind) = cargo::by_content(bytes).or_else(by_name) {
        tell(carried(name, kind, from));
    }
}

fn field<'a>(head: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon].eq_ignore_ascii_case(wanted).then(|| line[colon + 1..].trim_ascii())
    })
}

/// RFC 7617.
fn basic(value: &[u8]) -> Option<(String, Secret)> {
    let (scheme, coded) = value.split_at_checked(6)?;
    if !scheme.eq_ignore_ascii_case(b"basic ") {
        return None;
    }
    let plain = BASE64_STANDARD.decode(coded.trim_ascii()).ok()?;
    let colon = plain.iter().position(|byte| *byte == b':')?;
    let [user, password] = [&plain[..colon], &plain[colon + 1..]].map(|text| clean_text(text, MAX_NAME));
    let secret = secret::of(&user, &password);
    Some((user, secret))
}
