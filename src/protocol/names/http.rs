//! Whom requests of HTTP/1 are for (RFC 9112).

use super::{MAX_NAME, named};
use crate::event::{Mention, MentionKind, clean_text};

const METHODS: [&[u8]; 9] =
    [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"TRACE ", b"CONNECT "];
const ANSWER: &[u8] = b"HTTP/1.";
/// Of a request's head.
const MAX_HEAD: usize = 4096;

/// Bytes begin with a request or an answer.
pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(ANSWER) || METHODS.iter().any(|method| bytes.starts_with(method))
}

/// The host, and host with path, of the request that a piece begins with.
pub fn request(piece: &[u8], tell: &mut dyn FnMut(Mention)) {
    let Some(method) = METHODS.iter().find(|method| piece.starts_with(method)) else { return };
    let head = &piece[..piece.len().min(MAX_HEAD)];
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let target = first.get(method.len()..).unwrap_or_default();
    let target = target.split(u8::is_ascii_whitespace).next().unwrap_or_default();
    let target = clean_text(target, MAX_NAME);
    let host = lines.take_while(|line| line.len() > 1).find_map(host).unwrap_or_default();
    let absolute = target.split_once("://").map(|(_, rest)| rest.to_owned());
    let url = absolute.unwrap_or_else(|| if *method == b"CONNECT " { target } else { format!("{host}{target}") });
    let host = if host.is_empty() { url.split('/').next().unwrap_or_default() } else { &host };
    named(MentionKind::HttpHost, without_port(host)).into_iter().for_each(&mut *tell);
    // A path's letters are not alike.
    let (host, path) = url.split_once('/').map_or((url.as_str(), String::new()), |(h, path)| (h, format!("/{path}")));
    tell(Mention { how: MentionKind::Url, name: host.to_ascii_lowercase() + &path });
}

fn host(line: &[u8]) -> Option<String> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    line[..colon].eq_ignore_ascii_case(b"host").then(|| clean_text(line[colon + 1..].trim_ascii(), MAX_NAME))
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
