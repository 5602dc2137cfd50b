//! Bodies of HTTP/1 messages (RFC 9112 sections 6 and 7), of requests and answers.

use std::collections::VecDeque;

use super::{Carved, Carving, kind};
use crate::event::{Side, clean_text};
use crate::flow::Piece;

const METHODS: [&[u8]; 6] = [b"GET ", b"POST ", b"PUT ", b"HEAD ", b"DELETE ", b"OPTIONS "];
const ANSWER: &[u8] = b"HTTP/1.";
const MAX_HEAD: usize = 8192;
const MAX_NAME: usize = 200;
/// Requests that may wait for their answers.
const MAX_OPEN: usize = 16;
/// Digits of a chunk's size with what may stand behind them.
const MAX_SIZE_LINE: usize = 64;

pub fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(ANSWER) || METHODS.iter().any(|method| bytes.starts_with(method))
}

/// Both sides of one connection.
#[derive(Default)]
pub struct Messages {
    sides: [Half; 2],
    /// What was asked for and not answered yet.
    asked: VecDeque<String>,
}

#[derive(Default)]
struct Half {
    head: Vec<u8>,
    body: Option<Body>,
}

struct Body {
    name: String,
    left: Left,
    /// `None` before its first byte, and where it is not worth a look.
    carving: Option<Carving>,
    begun: bool,
}

/// What is still to come of a body.
enum Left {
    Bytes(u64),
    /// In a chunk so many bytes; between them the line that tells the next one's size, as far as it came.
    Chunks {
        left: u64,
        line: Vec<u8>,
    },
    ToTheEnd,
}

impl Messages {
    pub fn take(&mut self, piece: &Piece<'_>, mut bytes: &[u8], room: usize, give: &mut dyn FnMut(Carved)) {
        while !bytes.is_empty() {
            let half = &mut self.sides[usize::from(piece.from == Side::Server)];
            let used = match &mut half.body {
                Some(body) => {
                    let (used, over) = body.take(piece, bytes, room);
                    if over {
                        half.body.take().into_iter().for_each(|body| body.finish(true, give));
                    }
                    used
                }
                None => self.head(piece.from, bytes),
            };
            bytes = bytes.get(used.max(1)..).unwrap_or_default();
        }
    }

    /// Gathers a head; says how much of the bytes belongs to it.
    fn head(&mut self, from: Side, bytes: &[u8]) -> usize {
        let half = &mut self.sides[usize::from(from == Side::Server)];
        if half.head.is_empty() && !begins(bytes) {
            return bytes.len();
        }
        let before = half.head.len();
        half.head.extend_from_slice(&bytes[..bytes.len().min(MAX_HEAD - before)]);
        let Some(end) = half.head.windows(4).position(|window| window == b"\r\n\r\n") else {
            if half.head.len() >= MAX_HEAD {
                half.head.clear();
            }
            return bytes.len();
        };
        let head = std::mem::take(&mut half.head);
        let body = match from {
            Side::Client => self.request(&head[..end]),
            Side::Server => self.answer(&head[..end]),
        };
        self.sides[usize::from(from == Side::Server)].body = body;
        end + 4 - before
    }

    fn request(&mut self, head: &[u8]) -> Option<Body> {
        let target = head.split(|byte| *byte == b' ').nth(1)?;
        let name = clean_text(target, MAX_NAME);
        if self.asked.len() >= MAX_OPEN {
            self.asked.pop_front();
        }
        self.asked.push_back(name.clone());
        Some(Body::new(name, left(head, false)?))
    }

    fn answer(&mut self, head: &[u8]) -> Option<Body> {
        let status = head.split(|byte| *byte == b' ').nth(1)?;
        if status.starts_with(b"1") {
            return None;
        }
        let name = self.asked.pop_front().unwrap_or_default();
        let has_body = !status.starts_with(b"204") && !status.starts_with(b"304");
        let left = left(head, true).filter(|_| has_body)?;
        Some(Body::new(name, left))
    }

    pub fn gap(&mut self, from: Side, length: u64) {
        let half = &mut self.sides[usize::from(from == Side::Server)];
        half.head.clear();
        let Some(body) = &mut half.body else { return };
        body.carving.iter_mut().for_each(|carving| carving.lose(length));
        // Where a chunk ends is lost with it.
        match &mut body.left {
            Left::Bytes(left) if *left > length => *left -= length,
            Left::ToTheEnd => {}
            _ => half.body = None,
        }
    }

    pub fn end(self, give: &mut dyn FnMut(Carved)) {
        for body in self.sides.into_iter().filter_map(|half| half.body) {
            let ended = matches!(body.left, Left::ToTheEnd);
            body.finish(ended, give);
        }
    }

    pub fn held(&self) -> usize {
        let carvings = self.sides.iter().filter_map(|half| half.body.as_ref()?.carving.as_ref());
        carvings.map(|carving| carving.bytes.len()).sum()
    }
}

impl Body {
    fn new(name: String, left: Left) -> Self {
        Body { name, left, carving: None, begun: false }
    }

    /// Says how many bytes belong to the body, and whether it is over.
    fn take(&mut self, piece: &Piece<'_>, bytes: &[u8], room: usize) -> (usize, bool) {
        match &mut self.left {
            Left::ToTheEnd => {
                self.push(piece, bytes, room);
                (bytes.len(), false)
            }
            Left::Bytes(left) => {
                let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= used as u64;
                let over = *left == 0;
                self.push(piece, &bytes[..used], room);
                (used, over)
            }
            Left::Chunks { left: 0, line } => {
                let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| at + 1);
                line.extend_from_slice(&bytes[..end.min(MAX_SIZE_LINE.saturating_sub(line.len()))]);
                if !bytes[..end].ends_with(b"\n") {
                    return (end, line.len() >= MAX_SIZE_LINE);
                }
                let text = std::mem::take(line);
                let text = text.trim_ascii();
                // Between two chunks an empty line ends the first.
                if text.is_empty() {
                    return (end, false);
                }
                let size = text.split(|byte| !byte.is_ascii_hexdigit()).next().unwrap_or_default();
                let size = std::str::from_utf8(size).ok().and_then(|text| u64::from_str_radix(text, 16).ok());
                let size = size.unwrap_or_default();
                self.left = Left::Chunks { left: size, line: Vec::new() };
                (end, size == 0)
            }
            Left::Chunks { left, .. } => {
                let used = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                *left -= used as u64;
                self.push(piece, &bytes[..used], room);
                (used, false)
            }
        }
    }

    fn push(&mut self, piece: &Piece<'_>, bytes: &[u8], room: usize) {
        if bytes.is_empty() {
            return;
        }
        if !std::mem::replace(&mut self.begun, true) && kind::is_file(bytes) {
            let name = std::mem::take(&mut self.name);
            self.carving = Some(Carving::new("http_body", name, piece.from, piece.at));
        }
        if let Some(carving) = &mut self.carving {
            carving.push(bytes, piece.at, room);
        }
    }

    fn finish(self, ended: bool, give: &mut dyn FnMut(Carved)) {
        if let Some(carving) = self.carving {
            give(carving.finish(ended));
        }
    }
}

/// How a head says that its body ends; `None` where there is none. An answer without a length lasts as long as the connection.
fn left(head: &[u8], is_answer: bool) -> Option<Left> {
    if field(head, b"transfer-encoding").is_some_and(|value| value.to_ascii_lowercase().ends_with(b"chunked")) {
        return Some(Left::Chunks { left: 0, line: Vec::new() });
    }
    let length = field(head, b"content-length").and_then(|value| std::str::from_utf8(value).ok()?.parse().ok());
    match length {
        Some(0) => None,
        Some(length) => Some(Left::Bytes(length)),
        None => is_answer.then_some(Left::ToTheEnd),
    }
}

fn field<'a>(head: &'a [u8], wanted: &[u8]) -> Option<&'a [u8]> {
    head.split(|byte| *byte == b'\n').skip(1).find_map(|line| {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line[..colon].eq_ignore_ascii_case(wanted).then(|| line[colon + 1..].trim_ascii())
    })
}
