//! One conversation: messages out of bytes, answers to requests.

use super::carrier::{Carrier, Room};
use super::echo;
use super::parse::{Adu, Request};
use super::pending::{Open, Past, Pending};
use super::report::{self, Exchange, Memory, Reporter, Response};
use super::security::Security;
use super::{recognise, wire};
use crate::event::{Class, FrameRef, FunctionKey, ModbusFraming, Outcome, Protocol, Session, Side, Transport, Unit};
use crate::protocol::{Assembled, Assembler, Behaviour, Framing, Output, Parser, Probe};

/// A Modbus conversation, whatever carries it.
#[derive(Default)]
pub struct Modbus {
    speech: Speech,
    client: Assembler,
    server: Assembler,
    dialogue: Dialogue,
}

/// Bytes that may wait until it is clear how messages lie in them.
const MAX_WAITING: usize = 1024;

/// How messages lie in the bytes.
enum Speech {
    /// Too little was said to tell.
    Unknown(Vec<Said>),
    Plain(Carrier),
    /// Modbus Security: TLS, of which only the opening can be read.
    Secured(Box<Security>),
}

/// Bytes as they came.
struct Said {
    from: Side,
    at: FrameRef,
    bytes: Vec<u8>,
}

impl Default for Speech {
    fn default() -> Self {
        Speech::Unknown(Vec::new())
    }
}

/// Who asked what.
#[derive(Default)]
struct Dialogue {
    pending: Pending,
    /// Built with the first thing that is told: most of what is known needs none.
    memory: Option<Box<Memory>>,
    server_spoke: bool,
    /// All that the client said since its first request was seen.
    client_heard: bool,
}

impl Parser for Modbus {
    fn protocol(&self) -> Protocol {
        Protocol::Modbus
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        match &mut self.speech {
            Speech::Secured(security) => security.data(from, at, bytes, out),
            Speech::Plain(carrier) => {
                let carrier = *carrier;
                self.messages(from, at, bytes, carrier, out);
            }
            Speech::Unknown(waiting) => {
                let mut joined = Vec::new();
                waiting.iter().filter(|said| said.from == from).for_each(|said| joined.extend_from_slice(&said.bytes));
                // Nearly always the first bytes tell, and nothing need be kept.
                let first = if joined.is_empty() {
                    bytes
                } else {
                    joined.extend_from_slice(bytes);
                    &joined
                };
                let (probe, carrier) = recognise(first);
                if probe != Probe::More || first.len() > MAX_WAITING || out.flow.transport == Transport::Udp {
                    self.begin(first, carrier, Some(at), out);
                    self.data(from, at, bytes, out);
                } else {
                    waiting.push(Said { from, at, bytes: bytes.to_vec() });
                }
            }
        }
    }

    fn gap(&mut self, from: Side, at: FrameRef, _missing: u64, out: &mut Output<'_>) {
        if let Speech::Unknown(_) = self.speech {
            self.begin(&[], Carrier::Mbap, None, out);
        }
        if let Speech::Secured(security) = &mut self.speech {
            return security.lose(from, at, out);
        }
        // What was lost may have been the question to the next answer.
        self.dialogue.client_heard &= from == Side::Server;
        out.undecoded(self.assembler(from).lose());
    }

    fn end(&mut self, out: &mut Output<'_>) {
        if let Speech::Unknown(_) = self.speech {
            self.begin(&[], Carrier::Mbap, None, out);
        }
        let Speech::Plain(carrier) = self.speech else { return };
        out.undecoded(self.client.lose() + self.server.lose());
        while let Some(open) = self.dialogue.pending.pop() {
            self.dialogue.unanswered(open, carrier, out);
        }
        if self.dialogue.memory.is_some() {
            self.dialogue.reporter(carrier, out).finish();
        }
    }
}

impl Modbus {
    fn messages(&mut self, from: Side, at: FrameRef, bytes: &[u8], carrier: Carrier, out: &mut Output<'_>) {
        let Modbus { client, server, dialogue, .. } = self;
        let assembler = if from == Side::Client { client } else { server };
        if begins_anew(carrier, assembler, bytes) {
            dialogue.lose(from, assembler.lose(), carrier, at, out);
        }
        assembler.push(
            at,
            bytes,
            carrier.longest(),
            |bytes| carrier.frame(bytes),
            |piece| {
                dialogue.piece(from, carrier, &piece, out);
            },
        );
        // A datagram holds whole messages.
        if out.flow.transport == Transport::Udp {
            dialogue.lose(from, assembler.lose(), carrier, at, out);
        }
    }

    fn assembler(&mut self, from: Side) -> &mut Assembler {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// The first bytes tell how the others lie; what waited for that is read. `now` is the frame that told.
    fn begin(&mut self, first: &[u8], carrier: Carrier, now: Option<FrameRef>, out: &mut Output<'_>) {
        let secured = Security::begins(first);
        let speech = if secured { Speech::Secured(Box::default()) } else { Speech::Plain(carrier) };
        let Speech::Unknown(waiting) = std::mem::replace(&mut self.speech, speech) else { return };
        let transport = out.flow.transport;
        if let Some(at) = waiting.first().map(|said| said.at).or(now)
            && !secured
            && (carrier != Carrier::Mbap || transport != Transport::Tcp)
        {
            let framing = ModbusFraming { framing: carrier.name().into(), transport: transport.name().into() };
            out.session(Protocol::Modbus, Session::ModbusFraming(framing), &[at]);
        }
        for Said { from, at, bytes } in waiting {
            self.data(from, at, &bytes, out);
        }
    }
}

/// Behind the beginning of a message that never ended comes a segment of whole messages: what began is lost. A serial
/// line would know it by the silence.
fn begins_anew(carrier: Carrier, assembler: &Assembler, bytes: &[u8]) -> bool {
    let held = assembler.held_bytes();
    !held.is_empty() && !goes_on(carrier, held, bytes) && carrier.is_whole(bytes)
}

/// The segment ends where the message ends that was begun.
fn goes_on(carrier: Carrier, held: &[u8], bytes: &[u8]) -> bool {
    match carrier.frame(held) {
        Framing::Need(wanted) | Framing::Message(wanted) => wanted == held.len() + bytes.len(),
        Framing::Junk => false,
    }
}

impl Dialogue {
    fn reporter<'a, 'o>(&'a mut self, carrier: Carrier, out: &'a mut Output<'o>) -> Reporter<'a, 'o> {
        Reporter { memory: self.memory.get_or_insert_default(), carrier, out }
    }

    /// Bytes that will never become a message.
    fn lose(&mut self, from: Side, bytes: usize, carrier: Carrier, at: FrameRef, out: &mut Output<'_>) {
        if bytes == 0 {
            return;
        }
        out.undecoded(bytes);
        let detail = format!("{bytes} bytes of a message that did not end");
        self.reporter(carrier, out).anomaly(from, "unfinished_message", detail, "with the next segment", &[at]);
    }

    fn piece(&mut self, from: Side, carrier: Carrier, piece: &Assembled<'_>, out: &mut Output<'_>) {
        match *piece {
            Assembled::Junk { bytes, at } => {
                out.undecoded(bytes.len());
                let detail = format!("{} bytes that begin no modbus message", bytes.len());
                let resumed = "at the next plausible header";
                self.reporter(carrier, out).anomaly(from, "no_modbus_header", detail, resumed, &[at]);
            }
            Assembled::Message { bytes, first, last } => {
                let mut room = Room::new();
                let Some(adu) = carrier.read(bytes, &mut room) else { return };
                match from {
                    Side::Client => self.request(&adu, first, last, carrier, out),
                    Side::Server => self.response(Response { adu, first, last }, carrier, out),
                }
            }
        }
    }

    fn request(&mut self, adu: &Adu<'_>, first: FrameRef, last: FrameRef, carrier: Carrier, out: &mut Output<'_>) {
        self.client_heard = true;
        while let Some(open) = self.pending.overdue(adu, last) {
            self.unanswered(open, carrier, out);
        }
        let whole = Request::is_whole(adu);
        if !whole {
            let detail = format!("{} bytes do not fit a request of function {}", adu.body.len(), adu.function);
            let resumed = "message kept, next one read";
            self.reporter(carrier, out).anomaly(Side::Client, "length_mismatch", detail, resumed, &[first]);
        }
        let open = self.pending.open(adu, whole, first, last);
        if is_silent_by_design(adu) {
            let exchange =
                Exchange { request: Some(&open), response: None, outcome: Outcome::Attempted, due_since: None };
            self.reporter(carrier, out).exchange(&exchange);
            self.pending.reuse(open);
        } else {
            self.pending.push(open);
        }
    }

    fn response(&mut self, response: Response<'_>, carrier: Carrier, out: &mut Output<'_>) {
        self.server_spoke = true;
        let adu = &response.adu;
        let flaw = |open: &Open| echo::flaw(open, adu);
        let Some(open) = self.pending.take(adu, |open| flaw(open).is_none()) else {
            return self.unasked(response, carrier, out);
        };
        let flaw = flaw(&open);
        let outcome = match flaw {
            Some(_) => Outcome::Mismatched,
            None if is_refusal(&open, adu) => Outcome::Refused,
            None => Outcome::Accepted,
        };
        if outcome != Outcome::Accepted || !open.whole || !is_known(&open, &response, out) {
            let exchange = Exchange { request: Some(&open), response: Some(response), outcome, due_since: None };
            self.reporter(carrier, out).exchange(&exchange);
            if let Some(part) = flaw {
                let detail = format!("the {part} of the answer to function {} is not the request's", adu.function);
                let at = [open.first, response.last];
                self.reporter(carrier, out).anomaly(Side::Server, "mismatched_response", detail, "both kept", &at);
            }
        }
        self.pending.reuse(open);
    }

    /// An answer to no request that waits.
    fn unasked(&mut self, response: Response<'_>, carrier: Carrier, out: &mut Output<'_>) {
        let adu = &response.adu;
        let past = self.pending.past(adu).filter(|_| self.client_heard);
        let other = carrier == Carrier::Mbap && self.pending.waits_for_other(adu);
        let (outcome, name, what) = match past {
            Some((Past::GivenUp, _)) => (Outcome::Unsolicited, "late_response", "came after its request was given up"),
            Some((Past::Answered, _)) if !other => {
                (Outcome::Unsolicited, "duplicate_response", "answers a request that was answered")
            }
            _ if other => (
                Outcome::Mismatched,
                "mismatched_response",
                "has a waiting request's number but not its unit or function",
            ),
            _ if self.client_heard => (Outcome::Unsolicited, "unsolicited_response", "answers nothing that was asked"),
            // Its request may have gone by unseen.
            _ => (if adu.is_exception() { Outcome::Refused } else { Outcome::Accepted }, "", ""),
        };
        let due_since = past.filter(|_| name == "late_response").map(|(_, asked)| asked);
        let exchange = Exchange { request: None, response: Some(response), outcome, due_since };
        let mut reporter = self.reporter(carrier, out);
        reporter.exchange(&exchange);
        if !name.is_empty() {
            let detail = format!("a message of function {} from unit {} {what}", adu.asked(), adu.unit);
            reporter.anomaly(Side::Server, name, detail, "kept as an answer without request", &[response.last]);
        }
    }

    /// A request to unit 0 is for all units of a serial line, and none of them answers.
    fn unanswered(&mut self, open: Open, carrier: Carrier, out: &mut Output<'_>) {
        let broadcast = open.adu().unit == 0;
        let due = self.server_spoke && !broadcast;
        let outcome = if due { Outcome::Unanswered } else { Outcome::Attempted };
        let exchange = Exchange { request: Some(&open), response: None, outcome, due_since: None };
        self.reporter(carrier, out).exchange(&exchange);
        self.pending.reuse(open);
    }
}

/// Force Listen Only Mode is never answered (section 6.8, subfunction 04).
fn is_silent_by_design(adu: &Adu<'_>) -> bool {
    adu.function == wire::DIAGNOSTICS && adu.body.starts_with(&wire::FORCE_LISTEN_ONLY.to_be_bytes())
}

/// An exception, or within UMAS its own kind of refusal.
fn is_refusal(open: &Open, adu: &Adu<'_>) -> bool {
    let umas = || match Request::read(&open.adu()) {
        Request::Umas(call) => super::umas::Reply::read(adu.body, Some(&call)).is_some_and(|reply| reply.is_refusal()),
        _ => false,
    };
    adu.is_exception() || umas()
}

/// Asks for the cache of the known without building anything.
fn is_known(open: &Open, response: &Response<'_>, out: &mut Output<'_>) -> bool {
    let asked = open.adu();
    let request = Request::read(&asked);
    let objects = report::keys(&request, &response.adu);
    let class = report::class(asked.function, Some(&request));
    let detail = request.subfunction().unwrap_or(0);
    let function = FunctionKey { detail, ..FunctionKey::code(u32::from(asked.function)) };
    let unit = Unit::Id(asked.unit).key();
    let values = if class == Class::Write { asked.body } else { &[] };
    let at = response.last;
    out.known(&Behaviour { protocol: Protocol::Modbus, unit, function, class, objects: &objects, values, at })
}
