//! From a concluded transaction to the event that tells it.

use super::channel::Channel;
use super::codes;
use super::exchange::Exchange;
use super::facts;
use super::items::{Items, Results};
use super::message::{Frames, fields};
use super::oddity::anomaly;
use super::server::Server;
use super::services;
use super::sessions;
use super::types::DateTime;
use super::wire;
use crate::event::{
    self, Diagnostic, Fact, Function, Item, Operation, Outcome, Protocol, ProtocolError, Side, Unit, clean_text,
};
use crate::protocol::Output;

/// Values of one operation that are shown.
pub const MAX_VALUES: usize = 1 << 14;

/// Characters of an audit entry.
const MAX_AUDIT: usize = 256;

/// What a conversation knows beside the transaction itself.
pub struct About<'a> {
    pub server: &'a Server,
    pub endpoint_url: Option<&'a str>,
    pub user: Option<String>,
    pub channel: Option<&'a Channel>,
}

/// Tells a transaction; gives back what it shows about the server.
pub fn tell(exchange: &Exchange<'_>, about: About<'_>, out: &mut Output<'_>) -> Vec<Fact> {
    let built = build(exchange, &about);
    let frames = exchange.frames();
    let facts = facts::server_facts(&built.items);
    let (left_out, is_cut) = (built.left_out, built.is_cut);
    let mut operation = operation(exchange, about, built.items, built.results);
    if let Some(channel) = &mut operation.channel {
        channel.diagnostics = built.diagnostics;
    }
    out.operation(Protocol::OpcUa, operation, &frames);
    tell_bounds(left_out, is_cut, &frames, out);
    facts
}

/// What a transaction that is not to be told shows about the server.
pub fn facts(exchange: &Exchange<'_>, about: &About<'_>) -> Vec<Fact> {
    facts::server_facts(&build(exchange, about).items)
}

fn tell_bounds(left_out: usize, is_cut: bool, frames: &Frames, out: &mut Output<'_>) {
    if left_out > 0 {
        let detail = format!("{left_out} more objects are in the message than the event shows");
        out.anomaly(Protocol::OpcUa, anomaly("items_bound_passed", 0, detail, Side::Client), frames);
    }
    if is_cut {
        let detail = format!("only the first {MAX_VALUES} values are shown");
        out.anomaly(Protocol::OpcUa, anomaly("values_bound_passed", 0, detail, Side::Server), frames);
    }
}

fn build<'k>(exchange: &'k Exchange<'_>, about: &About<'k>) -> Items<'k> {
    let code = exchange.code();
    let mut items = Items::new(about.server, exchange.answer.map_or(&[][..], |(_, said)| &said.header.texts));
    match (code, exchange.request, exchange.answer) {
        (wire::WRITE, Some(open), _) => items = items.replacing(open.first.ts),
        (wire::PUBLISH | wire::REPUBLISH, _, Some((message, _))) => items = items.replacing(message.first.ts),
        _ => {}
    }
    if let Some((_, said)) = exchange.answer {
        super::diagnostics::add(&mut items.diagnostics, None, &said.header.diagnostics, &said.header.texts);
    }
    // Faults were told before; what could be read up to them is shown.
    if let Some(open) = exchange.request {
        let mut decoder = fields(&open.body, open.fields).building(MAX_VALUES);
        let _ = services::request(code, &mut decoder, &mut items);
        items.is_cut |= decoder.is_exhausted();
    }
    items.turn();
    if let Some((message, said)) = exchange.answer.filter(|_| exchange.has_answer_fields()) {
        let mut decoder = message.fields(said.fields).building(MAX_VALUES);
        let _ = services::response(code, &mut decoder, &mut items);
        items.is_cut |= decoder.is_exhausted();
    }
    items
}

fn operation(
    exchange: &Exchange<'_>,
    about: About<'_>,
    items: smallvec::SmallVec<[Item; 1]>,
    results: Results,
) -> Operation {
    // A request whose every part was refused was refused, though the service itself went well.
    let all_bad = results.all > 0 && results.all == results.bad;
    let outcome = if all_bad && exchange.outcome == Outcome::Accepted { Outcome::Refused } else { exchange.outcome };
    let item_error = || items.iter().find_map(|item| item.error.clone()).filter(|_| all_bad);
    let error = exchange.result().map(|result| codes::error(result.0)).or_else(item_error);
    Operation {
        unit: about.endpoint_url.map(|url| Unit::Endpoint(url.to_owned())),
        function: function(exchange),
        class: exchange.class(),
        outcome,
        error,
        request_seen: exchange.request.is_some(),
        response_seen: exchange.answer.is_some(),
        latency_us: latency(exchange),
        channel: Some(channel(exchange, about)),
        items,
    }
}

fn function(exchange: &Exchange<'_>) -> Function {
    let code = exchange.code();
    let name = exchange.service().map(|service| service.name);
    let known = name.or((code == wire::SERVICE_FAULT).then_some("service_fault"));
    match known.or_else(|| codes::encoding(code)) {
        Some(name) => Function::new(code, name),
        None => Function::new(code, "unknown"),
    }
}

fn channel(exchange: &Exchange<'_>, about: About<'_>) -> event::Channel {
    let request = exchange.request.map(|open| open.request);
    let wanted = exchange.request.and_then(|open| open.wanted.as_deref().cloned()).unzip();
    let policy = about.channel.and_then(|channel| channel.policy.as_deref()).map(str::to_owned);
    let header = exchange.request_header();
    let audit_entry = header.as_ref().and_then(|header| header.audit_entry).filter(|entry| !entry.is_empty());
    event::Channel {
        id: exchange.channel(),
        policy: policy.or(wanted.0),
        mode: about.channel.and_then(|channel| channel.mode.clone()).or(wanted.1),
        request: request.or(exchange.answer.map(|(message, _)| message.request)).unwrap_or(0),
        answer: exchange.answer.map(|(_, said)| said.code),
        user: about.user,
        session: header.as_ref().and_then(|header| sessions::name(&header.token)),
        audit_entry: audit_entry.map(|entry| clean_text(entry, MAX_AUDIT)),
        sent: header.as_ref().and_then(|header| time(header.timestamp)),
        answered: exchange.answer.and_then(|(_, said)| time(said.header.timestamp)),
        diagnostics: Vec::<Diagnostic>::new(),
    }
}

fn time(time: DateTime) -> Option<String> {
    (time.0 != 0).then(|| time.to_string())
}

fn latency(exchange: &Exchange<'_>) -> Option<u64> {
    let (message, _) = exchange.answer?;
    let waited = message.first.ts.since(exchange.request?.last.ts);
    u64::try_from(waited.as_micros()).ok()
}

/// A status code as an operation's error.
pub fn error(exchange: &Exchange<'_>) -> Option<ProtocolError> {
    exchange.result().map(|result| codes::error(result.0))
}
