//! Requests and answers: paired, understood, and told once.

use std::borrow::Cow;

use super::channel::Channels;
use super::decoder::Fault;
use super::description;
use super::exchange::Exchange;
use super::items::Keys;
use super::learn;
use super::message::{Answered, Asked, Message, Said, fields};
use super::oddity::{anomaly, fault};
use super::pending::{Open, Pending, patience};
use super::report;
use super::server::Server;
use super::services::{self, CreateRequest, OpenRequest};
use super::session_events;
use super::types::StatusCode;
use super::wire;
use crate::event::{
    Class, FrameRef, FunctionKey, ObjectKey, OpcuaEndpoints, Outcome, Protocol, Side, Unit, clean_text,
};
use crate::protocol::{Behaviour, Output};

/// Characters of an endpoint URL.
const MAX_URL: usize = 512;

/// What both sides say to each other, channels and chunks aside.
#[derive(Debug, Default)]
pub struct Talk {
    pub channels: Channels,
    pending: Pending,
    server: Box<Server>,
    /// What the server offers, as this conversation has told it.
    offers: Vec<OpcuaEndpoints>,
    keys: Vec<ObjectKey>,
    text: String,
    /// The transaction at hand shows what the server is or how it fares.
    is_about_server: bool,
    endpoint_url: Option<Box<str>>,
    server_spoke: bool,
    /// Said once in a conversation.
    said_too_many_open: bool,
}

impl Talk {
    /// Takes what is known of the server before work, and gives it back after.
    pub fn exchange_server(&mut self, out: &mut Output<'_>) {
        if let Some(shared) = out.sink.shared() {
            shared.opcua.exchange(out.flow, &mut self.server);
        }
    }

    /// The URL by which the client knows the server.
    pub fn learn_url(&mut self, url: &[u8]) {
        if !url.is_empty() {
            self.endpoint_url = Some(clean_text(url, MAX_URL).into_boxed_str());
        }
    }

    pub fn message(&mut self, message: &Message<'_>, out: &mut Output<'_>) {
        self.expire(message.last, out);
        match message.read() {
            Ok(Said::Request(asked)) => self.request(message, &asked, out),
            Ok(Said::Answer(answered)) => self.answer(message, &answered, out),
            Err(why) => {
                out.undecoded(message.body.len());
                out.anomaly(Protocol::OpcUa, fault(why, "a message header", message.from), &message.frames());
                self.abandon(message.channel, message.request, out);
            }
        }
    }

    fn request(&mut self, message: &Message<'_>, asked: &Asked<'_>, out: &mut Output<'_>) {
        if let Some(channel) = self.channels.find(message.channel) {
            channel.count_request(asked.code);
        }
        check_request(message, asked, out);
        session_events::check(message, asked, out);
        if asked.code == wire::CREATE_SESSION && self.endpoint_url.is_none() {
            let url =
                CreateRequest::read(&mut message.fields(asked.fields)).ok().and_then(|create| create.endpoint_url);
            self.learn_url(url.unwrap_or_default());
        }
        if let Some(before) = self.pending.take(message.channel, message.request) {
            let detail = format!("request id {} again while its first use waits for an answer", message.request);
            out.anomaly(Protocol::OpcUa, anomaly("request_id_reused", 0, detail, message.from), &message.frames());
            self.unanswered(before, Outcome::Attempted, out);
        }
        let open = Open {
            channel: message.channel,
            request: message.request,
            code: asked.code,
            service: asked.service,
            body: self.pending.keep(message.body),
            fields: asked.fields,
            session: self.server.sessions.key(&asked.header.token),
            first: message.first,
            last: message.last,
            deadline: message.last.ts + patience(asked.code, asked.header.timeout_hint),
            wanted: wanted(message, asked),
            is_doubtful: false,
        };
        if asked.code == wire::CLOSE_CHANNEL {
            // Never answered (OPC 10000-4 section 5.6.3).
            self.unanswered(open, Outcome::Attempted, out);
        } else {
            self.pending.add(open);
            self.bound(message, out);
        }
    }

    /// Lets requests go that are too many.
    fn bound(&mut self, message: &Message<'_>, out: &mut Output<'_>) {
        while let Some(open) = self.pending.overdue() {
            if !std::mem::replace(&mut self.said_too_many_open, true) {
                let detail = "more requests wait for an answer than are kept; the oldest are told as they stand";
                let anomaly = anomaly("too_many_open_requests", 0, detail.to_owned(), message.from);
                out.anomaly(Protocol::OpcUa, anomaly, &message.frames());
            }
            self.unanswered(open, Outcome::Attempted, out);
        }
    }

    fn answer(&mut self, message: &Message<'_>, said: &Answered<'_>, out: &mut Output<'_>) {
        self.server_spoke = true;
        let open = match message.opening {
            Some(_) => self.pending.take_opening(message.request),
            None => self.pending.take(message.channel, message.request),
        };
        let refused = said.is_fault() || said.header.result.is_bad();
        let outcome = if refused { Outcome::Refused } else { Outcome::Accepted };
        let answer = Some((message, said));
        self.conclude(&Exchange { request: open.as_ref(), answer, outcome, error: None }, out);
        if let Some(open) = open {
            self.pending.recycle(open);
        }
    }

    /// The server gave up an answer by an abort chunk, or it cannot be read.
    pub fn abandon(&mut self, channel: u32, request: u32, out: &mut Output<'_>) {
        if let Some(open) = self.pending.take(channel, request) {
            self.unanswered(open, Outcome::Attempted, out);
        }
    }

    /// The server ended the connection with an error: that is the answer to whatever waits.
    pub fn refuse_all(&mut self, error: StatusCode, out: &mut Output<'_>) {
        while let Some(open) = self.pending.next(None) {
            let is_publish = open.code == wire::PUBLISH;
            let outcome = if is_publish { Outcome::Attempted } else { Outcome::Refused };
            let exchange =
                Exchange { request: Some(&open), answer: None, outcome, error: (!is_publish).then_some(error) };
            self.conclude(&exchange, out);
            self.pending.recycle(open);
        }
    }

    /// Bytes of one side were lost.
    pub fn lose(&mut self, from: Side) {
        if from == Side::Server {
            self.pending.doubt();
        }
    }

    /// A channel is over, or with `None` the whole connection.
    pub fn end(&mut self, channel: Option<u32>, out: &mut Output<'_>) {
        while let Some(open) = self.pending.next(channel) {
            let outcome = self.silence(&open);
            self.unanswered(open, outcome, out);
        }
    }

    fn expire(&mut self, now: FrameRef, out: &mut Output<'_>) {
        while let Some(open) = self.pending.expired(now.ts) {
            let outcome = self.silence(&open);
            self.unanswered(open, outcome, out);
        }
    }

    /// What it means that no answer came.
    fn silence(&self, open: &Open) -> Outcome {
        let would_be_seen = self.server_spoke && !open.is_doubtful && open.code != wire::PUBLISH;
        if would_be_seen { Outcome::Unanswered } else { Outcome::Attempted }
    }

    fn unanswered(&mut self, open: Open, outcome: Outcome, out: &mut Output<'_>) {
        self.conclude(&Exchange { request: Some(&open), answer: None, outcome, error: None }, out);
        self.pending.recycle(open);
    }

    /// Tells a transaction, unless it is known, and learns from it.
    fn conclude(&mut self, exchange: &Exchange<'_>, out: &mut Output<'_>) {
        let all_well = self.weigh(exchange, out);
        learn::names(exchange, &mut self.server);
        let is_known = all_well && self.is_known(exchange, out);
        self.tell(exchange, is_known, out);
        description::tell(exchange, self.endpoint_url.as_deref().unwrap_or_default(), &mut self.offers, out);
        // What a node held before had to be told first.
        learn::values(exchange, &mut self.server, &mut self.text);
        session_events::tell(exchange, &mut self.channels, out);
        session_events::follow(exchange, &mut self.server.sessions);
    }

    /// Tells the transaction where it is not known; what a server says of itself also elsewhere, where it is new.
    fn tell(&mut self, exchange: &Exchange<'_>, is_known: bool, out: &mut Output<'_>) {
        if is_known && !self.is_about_server {
            return;
        }
        let about = report::About {
            server: &self.server,
            endpoint_url: self.endpoint_url.as_deref(),
            user: session_events::user(exchange, &self.server.sessions),
            channel: self.channels.find(exchange.channel()).map(|channel| &*channel),
        };
        let facts = if is_known { report::facts(exchange, &about) } else { report::tell(exchange, about, out) };
        for fact in facts {
            let is_news = self.server.told.is_news(fact.kind, &fact.value);
            if is_news || !is_known {
                out.identity(Protocol::OpcUa, fact, &exchange.frames());
            }
        }
    }

    /// Walks over both bodies: collects keys, and says whether both could be read and every part went well.
    fn weigh(&mut self, exchange: &Exchange<'_>, out: &mut Output<'_>) -> bool {
        self.keys.clear();
        let code = exchange.code();
        let Talk { keys, text, server, .. } = self;
        let mut visitor = Keys { keys, text, server, subscription: 0, all_well: true, is_about_server: false };
        if let Some(open) = exchange.request {
            // Its faults were told when it came.
            let mut decoder = fields(&open.body, open.fields);
            let walked = services::request(code, &mut decoder, &mut visitor);
            visitor.all_well &= walked.is_ok() && decoder.oddity().is_none();
        }
        let Some((message, said)) = exchange.answer else { return false };
        if exchange.has_answer_fields() {
            let mut decoder = message.fields(said.fields);
            let walked = services::response(code, &mut decoder, &mut visitor);
            if walked == Ok(true) && message.is_exact {
                decoder.finish();
            }
            let why = walked.err().or(decoder.oddity());
            visitor.all_well &= why.is_none();
            if let Some(why) = why {
                tell_fault(why, message, exchange.name(), out);
            }
        }
        self.is_about_server = visitor.is_about_server;
        let answered_well = exchange.outcome == Outcome::Accepted && exchange.result().is_none();
        visitor.all_well && exchange.request.is_some() && answered_well
    }

    /// Asks the cache of the known.
    fn is_known(&self, exchange: &Exchange<'_>, out: &mut Output<'_>) -> bool {
        let Some((message, _)) = exchange.answer else { return false };
        let unit = if self.endpoint_url.is_some() { Unit::Endpoint(String::new()).key() } else { 0 };
        let written = exchange.request.filter(|_| exchange.class() == Class::Write);
        let values = written.and_then(|open| open.body.get(open.fields..)).unwrap_or_default();
        let ask = |objects: &[ObjectKey], out: &mut Output<'_>| {
            out.known(&Behaviour {
                protocol: Protocol::OpcUa,
                unit,
                function: FunctionKey::code(exchange.code()),
                class: exchange.class(),
                objects,
                values,
                at: message.last,
            })
        };
        let is_notification = matches!(exchange.code(), wire::PUBLISH | wire::REPUBLISH);
        if !is_notification || self.keys.len() < 2 {
            return ask(&self.keys, out);
        }
        // Notifications carry whatever has changed: their items are known one by one, not as sets.
        let mut unknown = None;
        for key in &self.keys {
            if !ask(&[*key], out) {
                unknown = Some(*key);
            }
        }
        // The event goes under the key that was asked for last.
        unknown.is_none_or(|key| ask(&[key], out))
    }
}

/// What a request to open a channel asks for.
fn wanted(message: &Message<'_>, asked: &Asked<'_>) -> Option<Box<(String, Cow<'static, str>)>> {
    let policy = message.opening?.to_owned();
    let open = OpenRequest::read(&mut message.fields(asked.fields)).ok()?;
    Some(Box::new((policy, wire::mode(open.mode))))
}

/// Tells a request's faults when it comes: what breaks a server is never answered.
fn check_request(message: &Message<'_>, asked: &Asked<'_>, out: &mut Output<'_>) {
    let mut decoder = message.fields(asked.fields);
    let walked = services::request(asked.code, &mut decoder, &mut ());
    if walked == Ok(true) && message.is_exact {
        decoder.finish();
    }
    if let Some(why) = walked.err().or(decoder.oddity()) {
        tell_fault(why, message, asked.service.map_or("an unknown service", |service| service.name), out);
    }
}

fn tell_fault(why: Fault, message: &Message<'_>, what: &str, out: &mut Output<'_>) {
    // Where a bound of ours cut the message, its end is no fault of its sender, and the bound was told.
    if message.missing == 0 {
        out.undecoded(message.body.len().saturating_sub(why.offset));
        out.anomaly(Protocol::OpcUa, fault(why, what, message.from), &message.frames());
    }
}
