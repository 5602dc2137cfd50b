//! Messages put together from frames, and requests paired with responses.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::time::Duration;

use smallvec::{SmallVec, smallvec};

use super::parse::{Frame, Head};
use super::wire;
use crate::event::{Class, Function, FunctionKey, Item, Object, Outcome, ProtocolError, Side, Unit};
use crate::protocol::Behaviour;
use crate::protocol::s7::meaning::Meaning;
use crate::protocol::s7::report::{Ending, Fault, Reporter};
use crate::protocol::s7::tsdu::Sent;

/// Requests that may wait for their responses on one connection.
const MAX_OPEN: usize = 64;
/// A request this long without a response will get none (packet time).
const PATIENCE: Duration = Duration::from_secs(30);

/// S7comm-plus on one connection.
#[derive(Debug, Default)]
pub struct Plus {
    open: VecDeque<Message>,
    client: Option<Message>,
    server: Option<Message>,
    server_answered: bool,
    /// The controller agreed to speak TLS from now on.
    encrypted: bool,
}

/// One message, however many frames it took.
#[derive(Clone, Copy, Debug)]
struct Message {
    version: u8,
    head: Head,
    frames: u32,
    sent: Sent,
}

impl Plus {
    pub fn is_encrypted(&self) -> bool {
        self.encrypted
    }

    /// From now on all is TLS.
    pub fn encrypt(&mut self) {
        self.encrypted = true;
    }

    /// Takes a frame in.
    pub fn frame(&mut self, payload: &[u8], sent: Sent, to: &mut Reporter<'_, '_>) {
        let Some(frame) = Frame::read(payload).filter(|frame| frame.missing == 0) else {
            to.out.undecoded(payload.len());
            to.anomaly(cut_short(payload.len()), sent);
            return;
        };
        self.expire(sent, to);
        if !matches!(frame.version, 1..=wire::WITH_DIGEST) {
            own_message(frame.version, sent, to);
            return;
        }
        if let Some(message) = self.join(&frame, sent, to) {
            self.message(message, to);
        }
    }

    /// Bytes of one side were lost: a message in progress stands as far as it was seen.
    pub fn lose(&mut self, from: Side, to: &mut Reporter<'_, '_>) {
        if let Some(message) = self.begun(from).take() {
            self.message(message, to);
        }
    }

    pub fn end(&mut self, to: &mut Reporter<'_, '_>) {
        self.lose(Side::Client, to);
        self.lose(Side::Server, to);
        while let Some(request) = self.open.pop_front() {
            self.unanswered(request, to);
        }
    }

    fn begun(&mut self, from: Side) -> &mut Option<Message> {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// The message that this frame ends. Its head stands in its first frame.
    fn join(&mut self, frame: &Frame<'_>, sent: Sent, to: &mut Reporter<'_, '_>) -> Option<Message> {
        let message = match self.begun(sent.from).take() {
            Some(begun) => {
                let sent = Sent { first: begun.sent.first, ..sent };
                Message { frames: begun.frames.saturating_add(1), sent, ..begun }
            }
            None => {
                let Some(head) = Head::read(frame.data) else {
                    // The rest of a message whose beginning was not seen, or an opcode that nobody knows.
                    to.out.undecoded(frame.data.len());
                    to.anomaly(unknown_opcode(frame.data), sent);
                    return None;
                };
                Message { version: frame.version, head, frames: 1, sent }
            }
        };
        if frame.last {
            return Some(message);
        }
        *self.begun(sent.from) = Some(message);
        None
    }

    fn message(&mut self, message: Message, to: &mut Reporter<'_, '_>) {
        match message.head.opcode {
            wire::REQUEST => self.request(message, to),
            wire::RESPONSE => self.response(message, to),
            _ => notification(&message, to),
        }
    }

    fn request(&mut self, message: Message, to: &mut Reporter<'_, '_>) {
        if let Some(i) = self.find(&message.head, message.sent.from) {
            self.give_up(i, to);
        }
        if self.open.len() >= MAX_OPEN {
            self.give_up(0, to);
        }
        self.open.push_back(message);
    }

    fn response(&mut self, message: Message, to: &mut Reporter<'_, '_>) {
        self.server_answered = true;
        let head = &message.head;
        let request = self.find(head, message.sent.from.other()).and_then(|i| self.open.remove(i));
        let outcome = if wire::is_refusal(head.error) { Outcome::Refused } else { Outcome::Accepted };
        if head.function == wire::INIT_SSL && outcome == Outcome::Accepted {
            self.encrypt();
        }
        let ending = Ending { request: request.map(|request| request.sent), response: Some(message.sent), outcome };
        if outcome == Outcome::Accepted && request.is_some() && is_known(u32::from(head.function), &ending, to) {
            return;
        }
        to.operation(meaning(request.as_ref(), Some(&message)), &ending);
    }

    fn find(&self, head: &Head, by: Side) -> Option<usize> {
        let name = (head.sequence, head.function);
        self.open.iter().position(|open| open.sent.from == by && (open.head.sequence, open.head.function) == name)
    }

    fn expire(&mut self, sent: Sent, to: &mut Reporter<'_, '_>) {
        while self.open.front().is_some_and(|open| sent.last.ts.since(open.sent.last.ts) > PATIENCE) {
            self.give_up(0, to);
        }
    }

    fn give_up(&mut self, index: usize, to: &mut Reporter<'_, '_>) {
        if let Some(request) = self.open.remove(index) {
            self.unanswered(request, to);
        }
    }

    fn unanswered(&self, request: Message, to: &mut Reporter<'_, '_>) {
        let outcome = if self.server_answered { Outcome::Unanswered } else { Outcome::Attempted };
        let ending = Ending { request: Some(request.sent), response: None, outcome };
        to.operation(meaning(Some(&request), None), &ending);
    }
}

fn meaning(request: Option<&Message>, response: Option<&Message>) -> Meaning {
    let Some(opening) = request.or(response) else { return plain(0, "unknown", Class::Diagnose, 0) };
    let head = &opening.head;
    let name: Cow<'static, str> = match wire::function(head.function) {
        Some((name, _)) => name.into(),
        None if head.function == 0 => "unknown".into(),
        None => format!("function_0x{:04x}", head.function).into(),
    };
    let frames: u32 = request.iter().chain(&response).map(|message| message.frames).sum();
    let messages = u32::from(request.is_some()) + u32::from(response.is_some());
    let function = Function {
        version: Some(opening.version),
        opcode: Some(head.opcode),
        frames: (frames > messages).then_some(frames),
        by_server: (head.opcode == wire::REQUEST) == (opening.sent.from == Side::Server),
        ..Function::new(u32::from(head.function), name)
    };
    let error = response.filter(|response| response.head.error != 0).map(|response| error(response.head.error));
    let class = wire::class(head.function, head.object, head.session);
    Meaning { function, class, items: object_items(head.object), error }
}

fn error(code: i16) -> ProtocolError {
    ProtocolError::new(u32::from(code.cast_unsigned()), wire::error(code))
}

fn object_items(object: Option<u32>) -> SmallVec<[Item; 1]> {
    object.map_or(smallvec![], |object| smallvec![Item::new(Object::named(format!("object 0x{object:08x}")))])
}

fn plain(code: u32, name: &'static str, class: Class, version: u8) -> Meaning {
    let function = Function { version: Some(version), ..Function::new(code, name) };
    Meaning { function, class, items: smallvec![], error: None }
}

/// Values that the controller sends by itself to whoever subscribed.
fn notification(message: &Message, to: &mut Reporter<'_, '_>) {
    let code = u32::from(wire::NOTIFICATION);
    let ending = one_way(message.sent);
    if is_known(code, &ending, to) {
        return;
    }
    let mut meaning = plain(code, "notification", Class::Subscribe, message.version);
    meaning.function.opcode = Some(message.head.opcode);
    meaning.function.frames = Some(message.frames).filter(|frames| *frames > 1);
    meaning.items = object_items(message.head.object);
    to.operation(meaning, &ending);
}

/// Messages of the protocol itself, which have neither opcode nor function.
fn own_message(version: u8, sent: Sent, to: &mut Reporter<'_, '_>) {
    let ending = one_way(sent);
    if is_known(u32::from(version), &ending, to) {
        return;
    }
    let name = match version {
        wire::SYSTEM_EVENT => "system_event",
        wire::KEEP_ALIVE => "keep_alive",
        _ => "unknown_version",
    };
    to.operation(plain(u32::from(version), name, Class::Session, version), &ending);
}

fn one_way(sent: Sent) -> Ending {
    Ending { request: None, response: Some(sent), outcome: Outcome::Accepted }
}

/// Asks for the cache of the known. What writes, creates or controls always crosses, as its object is not read yet.
fn is_known(code: u32, ending: &Ending, to: &mut Reporter<'_, '_>) -> bool {
    let class = match u16::try_from(code) {
        Ok(wire::GET_MULTI_VARIABLES | wire::GET_VAR_SUB_STREAMED) => Class::Read,
        Ok(code) if code == u16::from(wire::NOTIFICATION) => Class::Subscribe,
        Ok(code) if code > 0xff => return false,
        _ => Class::Session,
    };
    let Some(at) = ending.response.map(|sent| sent.last) else { return false };
    let unit = to.unit.map_or(0, Unit::key);
    let function = FunctionKey::code(code);
    to.out.known(&Behaviour { protocol: to.protocol, unit, function, class, objects: &[], at })
}

fn cut_short(length: usize) -> Fault {
    Fault::new(
        "s7comm_plus",
        "frame_cut_short",
        2,
        format!("{length} bytes are fewer than the frame's length says"),
        "frame skipped",
    )
}

fn unknown_opcode(data: &[u8]) -> Fault {
    Fault::new(
        "s7comm_plus",
        "no_message_head",
        4,
        format!("opcode 0x{:02x} begins no message", data.first().copied().unwrap_or(0)),
        "frame skipped",
    )
}
