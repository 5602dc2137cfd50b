//! Messages put together, requests paired with responses, and what is told of them.

use std::collections::VecDeque;
use std::time::Duration;

use smallvec::smallvec;

use super::assemble::{Assembly, Message};
use super::body::Body;
use super::known::{self, News};
use super::leaf::Place;
use super::meaning::{self, Told, plain};
use super::parse::{Frame, Head};
use super::{act, block, facts, own, session, wire};
use crate::event::{Class, EventKind, Fact, FactKind, Item, Map, Object, Outcome, Session, Side, Value};
use crate::protocol::s7::effect::{Commands, Shown};
use crate::protocol::s7::report::{Ending, Fault, Reporter};
use crate::protocol::s7::tsdu::Sent;

/// Requests that may wait for their responses on one connection.
const MAX_OPEN: usize = 64;
/// A request this long without a response will get none (packet time).
const PATIENCE: Duration = Duration::from_secs(30);
/// References of subscriptions that are remembered on one connection.
const MAX_REFERENCES: usize = 4096;

/// S7comm-plus on one connection.
#[derive(Default)]
pub struct Plus {
    open: VecDeque<Told>,
    client: Assembly,
    server: Assembly,
    /// The last digest of each side: one that comes again was replayed.
    digests: [Vec<u8>; 2],
    /// What subscriptions call their variables by.
    references: Map<(u32, u32), Place>,
    news: News,
    commands: Commands,
    server_answered: bool,
    /// The controller agreed to speak TLS from now on.
    agreed_on_tls: bool,
}

impl Plus {
    pub fn agreed_on_tls(&self) -> bool {
        self.agreed_on_tls
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
            own::message(frame.version, frame.data, sent, to);
            return;
        }
        self.check_digest(&frame, sent, to);
        if !self.assembly(sent.from).has_begun() && Head::read(frame.data).is_none() {
            // The rest of a message whose beginning was not seen, or an opcode that nobody knows.
            to.out.undecoded(frame.data.len());
            to.anomaly(unknown_opcode(frame.data), sent);
            return;
        }
        if let Some(message) = self.assembly(sent.from).push(&frame, sent) {
            self.message(&message, to);
        }
    }

    /// Bytes of one side were lost: a message in progress stands as far as it was seen.
    pub fn lose(&mut self, from: Side, to: &mut Reporter<'_, '_>) {
        if let Some(message) = self.assembly(from).give_up() {
            self.message(&message, to);
        }
        self.digests[usize::from(from == Side::Server)].clear();
    }

    pub fn end(&mut self, to: &mut Reporter<'_, '_>) {
        self.lose(Side::Client, to);
        self.lose(Side::Server, to);
        while let Some(request) = self.open.pop_front() {
            self.unanswered(request, to);
        }
    }

    fn assembly(&mut self, from: Side) -> &mut Assembly {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn check_digest(&mut self, frame: &Frame<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        if frame.version != wire::WITH_DIGEST {
            return;
        }
        let last = &mut self.digests[usize::from(sent.from == Side::Server)];
        if frame.digest.is_empty() {
            to.anomaly(no_digest(), sent);
        } else if *last == frame.digest {
            to.anomaly(same_digest(), sent);
        }
        last.clear();
        last.extend_from_slice(frame.digest);
    }

    fn message(&mut self, message: &Message<'_>, to: &mut Reporter<'_, '_>) {
        let Some(mut head) = Head::read(&message.bytes) else { return };
        let body = Body::read(&head, message.version, &message.bytes);
        head.error = body.error.unwrap_or(head.error);
        to.out.undecoded(body.unread + message.dropped);
        if message.dropped > 0 {
            to.anomaly(too_long(message.dropped), message.sent);
        } else if body.unread > 0 && message.whole {
            to.anomaly(unread(&head, body.unread, message.bytes.len()), message.sent);
        }
        let act = if head.opcode == wire::REQUEST { act::of(&head, &body, to.role) } else { None };
        let (version, frames, sent) = (message.version, message.frames, message.sent);
        let told = Told { version, head, body, frames, sent, act };
        match head.opcode {
            wire::REQUEST => self.request(told, &message.bytes, to),
            wire::NOTIFICATION => self.notification(told, to),
            _ => self.response(told, &message.bytes, to),
        }
    }

    fn request(&mut self, told: Told, bytes: &[u8], to: &mut Reporter<'_, '_>) {
        if let Some(i) = self.find(&told.head, told.sent.from) {
            self.give_up(i, to);
        }
        if self.open.len() >= MAX_OPEN {
            self.give_up(0, to);
        }
        tell_blocks(&told, bytes, to);
        self.open.push_back(told);
    }

    fn response(&mut self, told: Told, bytes: &[u8], to: &mut Reporter<'_, '_>) {
        self.server_answered = true;
        let head = told.head;
        let request = self.find(&head, told.sent.from.other()).and_then(|i| self.open.remove(i));
        let failed = !told.body.errors.is_empty()
            && request.as_ref().is_some_and(|request| told.body.errors.len() >= request.body.addresses.len());
        let refused = wire::is_refusal(head.error) || failed || head.function == wire::ERROR;
        let outcome = if refused { Outcome::Refused } else { Outcome::Accepted };
        if head.function == wire::INIT_SSL && !refused {
            self.agreed_on_tls = true;
        }
        let ending = Ending { request: request.as_ref().map(|r| r.sent), response: Some(told.sent), outcome };
        if head.function == wire::EXPLORE {
            tell_blocks(&told, bytes, to);
        }
        let mut facts = self.facts(request.as_ref(), &told, bytes, refused);
        let shown = self.shown(&facts, &ending, to);
        facts.retain(|fact| self.news.is_news(fact));
        if let Some(request) = &request {
            self.remember_references(request, &told);
        }
        let quiet = outcome == Outcome::Accepted && facts.is_empty() && shown.is_none() && told.body.errors.is_empty();
        if quiet && request.as_ref().is_some_and(|request| known::transaction(request, &ending, to)) {
            return;
        }
        let opened = opened_session(request.as_ref(), &told, refused, to.role);
        let act = request.as_ref().and_then(|request| request.act).map(|act| act.name);
        let mut meaning = meaning::meaning(request, Some(told));
        if failed && meaning.error.is_none() {
            meaning.error = meaning.items.iter().find_map(|item| item.error.clone());
        }
        to.operation(meaning, &ending);
        if let Some(opened) = opened {
            to.out.session(to.protocol, opened, &ending.frames());
        }
        if let (Outcome::Accepted, Some(sent), Some(act)) = (outcome, ending.response, act) {
            let flow = to.out.flow;
            Commands::of(&mut self.commands, to.out).accepted(flow, act, ending.frames(), sent);
        }
        tell_facts(facts, shown, &ending, to);
    }

    fn notification(&mut self, mut told: Told, to: &mut Reporter<'_, '_>) {
        let ending = own::one_way(told.sent);
        self.name_references(&mut told);
        let mut facts: Vec<Fact> = told.body.leaves.kept().iter().filter_map(facts::state).collect();
        let shown = self.shown(&facts, &ending, to);
        facts.retain(|fact| self.news.is_news(fact));
        if facts.is_empty() && shown.is_none() && told.body.errors.is_empty() && known::notification(&told, &ending, to)
        {
            return;
        }
        let code = u32::from(wire::NOTIFICATION);
        let mut meaning = plain(code, "notification", Class::Subscribe, told.version);
        meaning.function.opcode = Some(told.head.opcode);
        meaning.function.act = act::of_notification(&told.body, to.role).map(Into::into);
        meaning.function.frames = Some(told.frames).filter(|frames| *frames > 1);
        let errors = std::mem::take(&mut told.body.errors);
        let subscription = told.head.object.unwrap_or(0);
        meaning.items = told.body.leaves.into_items().collect();
        if meaning.items.is_empty() {
            meaning.items = smallvec![Item::new(Object::named(format!("object 0x{subscription:08x}")))];
        }
        for (reference, code) in errors {
            let place = self.references.get(&(subscription, reference)).cloned();
            let place = place.or_else(|| Place::object(subscription, 0).down(reference));
            let item = place.map(|place| place.leaf(Value::Null).item());
            meaning.items.extend(item.map(|item| Item { error: Some(meaning::error(code)), ..item }));
        }
        to.operation(meaning, &ending);
        tell_facts(facts, shown, &ending, to);
    }

    /// Says of each value which variable its subscription means by the number.
    fn name_references(&self, told: &mut Told) {
        let subscription = told.head.object.unwrap_or(0);
        told.body.leaves.rename(|leaf| {
            let place = self.references.get(&(subscription, *leaf.path.first()?))?;
            meaning::below(place, leaf.clone(), 1)
        });
    }

    /// References of a subscription that was made or changed.
    fn remember_references(&mut self, request: &Told, response: &Told) {
        let subscription = response.body.created.first().copied().or(request.head.object);
        let Some(subscription) = subscription.filter(|_| !request.body.references.is_empty()) else { return };
        for (reference, place) in &request.body.references {
            if self.references.len() < MAX_REFERENCES {
                self.references.insert((subscription, *reference), place.clone());
            }
        }
    }

    fn facts(&self, request: Option<&Told>, response: &Told, bytes: &[u8], refused: bool) -> Vec<Fact> {
        if refused {
            return Vec::new();
        }
        let mut facts = facts::of_server(&response.body);
        let Some(request) = request else { return facts };
        // An answer gives values by number; what they are stands in the request.
        facts.extend(known::joined(request, response).iter().filter_map(facts::of_read));
        if facts::asks_identification(&request.body) {
            let value = bytes.get(response.body.value.clone()).unwrap_or_default();
            // Flags, type, root and length of the blob.
            facts.extend(facts::identification(value.get(4..).unwrap_or_default()));
        }
        if request.head.function == wire::CREATE_OBJECT && request.head.object == Some(wire::SERVER_SESSIONS) {
            facts.extend(facts::of_client(&request.body));
        }
        facts
    }

    /// The effect of a command, where the mode that was told is one.
    fn shown(&mut self, facts: &[Fact], ending: &Ending, to: &mut Reporter<'_, '_>) -> Option<Shown> {
        let state = facts.iter().find(|fact| fact.kind == FactKind::State)?;
        let flow = to.out.flow;
        Commands::of(&mut self.commands, to.out).mode(flow, &state.value, "operating state", ending.response?)
    }

    fn find(&self, head: &Head, by: Side) -> Option<usize> {
        let name = (head.sequence, head.function);
        // A request that could not be understood is answered by a function of its own.
        let is_it = |open: &Told| (open.head.sequence, open.head.function) == name;
        let fails = |open: &Told| head.function == wire::ERROR && open.head.sequence == head.sequence;
        self.open.iter().position(|open| open.sent.from == by && (is_it(open) || fails(open)))
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

    fn unanswered(&mut self, request: Told, to: &mut Reporter<'_, '_>) {
        let due = self.server_answered && !request.head.is_one_way();
        let outcome = if due { Outcome::Unanswered } else { Outcome::Attempted };
        let ending = Ending { request: Some(request.sent), response: None, outcome };
        if request.head.is_one_way() && known::transaction(&request, &ending, to) {
            return;
        }
        let opens = request.head.function == wire::CREATE_OBJECT && request.head.object == Some(wire::SERVER_SESSIONS);
        let opened = opens.then(|| Session::S7PlusSession(session::session(&request.body, to.role)));
        to.operation(meaning::meaning(Some(request), None), &ending);
        if let Some(opened) = opened {
            to.out.session(to.protocol, opened, &ending.frames());
        }
    }
}

fn opened_session(
    request: Option<&Told>,
    response: &Told,
    refused: bool,
    role: Option<&'static str>,
) -> Option<Session> {
    let request = request.filter(|request| {
        request.head.function == wire::CREATE_OBJECT && request.head.object == Some(wire::SERVER_SESSIONS)
    })?;
    let error = Some(response.head.error).filter(|code| *code != 0).map(meaning::error);
    let opened = session::session(&request.body, role);
    Some(Session::S7PlusSession(session::answered(opened, &response.body, error, refused)))
}

fn tell_facts(facts: Vec<Fact>, shown: Option<Shown>, ending: &Ending, to: &mut Reporter<'_, '_>) {
    for fact in facts {
        to.out.identity(to.protocol, fact, &ending.frames());
    }
    if let Some(shown) = shown {
        to.out.session(to.protocol, Session::S7Effect(shown.effect), &shown.frames);
    }
}

fn tell_blocks(told: &Told, bytes: &[u8], to: &mut Reporter<'_, '_>) {
    for parts in &told.body.blocks {
        if let Some(artifact) = block::artifact(parts, bytes, told.sent.from) {
            let frames = [told.sent.first, told.sent.last];
            to.out.event(to.protocol, EventKind::Artifact(Box::new(artifact)), &frames);
        }
    }
}

fn fault(name: &'static str, offset: u32, detail: String, resumed: &'static str) -> Fault {
    Fault::new("s7comm_plus", name, offset, detail, resumed)
}

fn cut_short(length: usize) -> Fault {
    let detail = format!("{length} bytes are fewer than the frame's length says");
    fault("frame_cut_short", 2, detail, "frame skipped")
}

fn unknown_opcode(data: &[u8]) -> Fault {
    let detail = format!("opcode 0x{:02x} begins no message", data.first().copied().unwrap_or(0));
    fault("no_message_head", 4, detail, "frame skipped")
}

fn no_digest() -> Fault {
    fault("digest_missing", 4, "a frame of version 3 without its digest".to_owned(), "message read")
}

fn same_digest() -> Fault {
    fault("digest_repeated", 5, "the same digest as that of the frame before: sent again".to_owned(), "message read")
}

fn too_long(dropped: usize) -> Fault {
    fault("message_too_long", 0, format!("{dropped} bytes of a message over our bound"), "its beginning was read")
}

fn unread(head: &Head, unread: usize, length: usize) -> Fault {
    let (function, opcode) = (head.function, head.opcode);
    let detail =
        format!("{unread} of {length} bytes of function 0x{function:04x}, opcode 0x{opcode:02x}, not understood");
    fault("body_unreadable", u32::try_from(length - unread).unwrap_or(u32::MAX), detail, "message told as far as read")
}
