//! S7comm over time: pairing of requests and answers, parts put together, and what is told of them.

use std::collections::VecDeque;
use std::time::Duration;

use smallvec::SmallVec;

use super::effect::{Commands, Loads, Shown};
use super::meaning::{self, Meaning};
use super::parse::{Pdu, Setup};
use super::parts::Parts;
use super::password::Passwords;
use super::report::{Ending, Reporter};
use super::service;
use super::told::Told;
use super::transfer::{Finished, Step, Transfers};
use super::tsdu::Sent;
use super::userdata::{self, Kind, Userdata};
use super::watch::{Watched, Watches};
use super::{act, errors, fault, known, szl, wire};
use crate::event::{Class, EventKind, Fact, FactKind, FrameRef, Function, Outcome, S7Setup, Session, Side};

/// Requests that may wait for their answers on one connection; negotiated are one to some tens.
const MAX_OPEN: usize = 64;
/// A request this long without an answer will get none (packet time).
const PATIENCE: Duration = Duration::from_secs(30);

/// S7comm on one connection.
#[derive(Debug, Default)]
pub struct Comm {
    open: VecDeque<Open>,
    transfers: Transfers,
    parts: Parts,
    told: Told,
    commands: Commands,
    loads: Loads,
    passwords: Passwords,
    watches: Watches,
    client_answered: bool,
    server_answered: bool,
}

/// A request that waits for its answer.
#[derive(Debug)]
struct Open {
    rosctr: u8,
    reference: u16,
    parameter: SmallVec<[u8; 32]>,
    data: SmallVec<[u8; 16]>,
    sent: Sent,
}

impl Open {
    fn pdu(&self) -> Pdu<'_> {
        Pdu {
            rosctr: self.rosctr,
            reference: self.reference,
            error: None,
            parameter: &self.parameter,
            data: &self.data,
            missing: 0,
        }
    }
}

impl Comm {
    pub fn message(&mut self, bytes: &[u8], sent: Sent, to: &mut Reporter<'_, '_>) {
        let Some(pdu) = Pdu::read(bytes) else {
            to.out.undecoded(bytes.len());
            to.anomaly(fault::cut_short(bytes.len()), sent);
            return;
        };
        if pdu.missing != 0 {
            to.out.undecoded(pdu.missing.min(0).unsigned_abs());
            to.anomaly(fault::length_mismatch(&pdu, bytes.len()), sent);
        }
        self.expire(sent.last, to);
        match pdu.rosctr {
            wire::JOB => self.request(&pdu, sent, to),
            wire::ACK | wire::ACK_DATA => self.acknowledge(pdu, sent, to),
            wire::USERDATA => self.userdata(pdu, sent, to),
            _ => self.unknown(pdu, sent, to),
        }
    }

    /// Bytes of one side were lost.
    pub fn lose(&mut self, from: Side) {
        self.parts.lose(from);
        self.transfers.lose();
    }

    pub fn end(&mut self, to: &mut Reporter<'_, '_>) {
        while let Some(open) = self.open.pop_front() {
            self.unanswered(&open, to);
        }
        for finished in self.transfers.finish() {
            tell_block(finished, to);
        }
    }

    fn request(&mut self, pdu: &Pdu<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        // The same number asked again while open: the first one got no answer.
        if let Some(i) = self.find(pdu, sent.from) {
            self.give_up(i, to);
        }
        if self.open.len() >= MAX_OPEN {
            self.give_up(0, to);
        }
        if let Some(fault) = fault::unread_addresses(pdu) {
            to.anomaly(fault, sent);
        }
        self.open.push_back(Open {
            rosctr: pdu.rosctr,
            reference: pdu.reference,
            parameter: pdu.parameter.into(),
            data: pdu.data.into(),
            sent,
        });
    }

    fn acknowledge(&mut self, pdu: Pdu<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        self.heard_answer(sent.from);
        let open = self.find(&pdu, sent.from.other()).and_then(|i| self.open.remove(i));
        let outcome = if pdu.refused().is_some() { Outcome::Refused } else { Outcome::Accepted };
        if outcome == Outcome::Accepted && open.as_ref().is_some_and(|open| known::job(&open.pdu(), &pdu, sent, to)) {
            return;
        }
        self.report_job(open.as_ref(), Some((pdu, sent)), outcome, to);
        if let Some(open) = open.filter(|_| outcome == Outcome::Accepted) {
            let step = Step { request: (open.pdu(), open.sent), response: (pdu, sent) };
            if let Some(finished) = self.transfers.step(&step) {
                self.loads.carried(&finished);
                tell_block(finished, to);
            }
        }
    }

    fn report_job(
        &mut self,
        open: Option<&Open>,
        response: Option<(Pdu<'_>, Sent)>,
        outcome: Outcome,
        to: &mut Reporter<'_, '_>,
    ) {
        let halves = meaning::Halves { request: open.map(Open::pdu), response: response.map(|(pdu, _)| pdu) };
        let mut meaning = meaning::job(&halves);
        let mut ending = Ending { request: open.map(|o| o.sent), response: response.map(|(_, sent)| sent), outcome };
        if let Some(refused) = response.and_then(|(pdu, _)| pdu.refused()) {
            meaning.error = Some(errors::error(refused));
        } else if outcome == Outcome::Accepted && meaning.error.is_some() {
            ending.outcome = Outcome::Refused;
        } else if outcome != Outcome::Accepted {
            meaning.error = None;
        }
        if let (Some(request), Some(wire::UPLOAD | wire::END_UPLOAD)) = (&halves.request, meaning_code(&halves)) {
            name_upload(&mut meaning, self.transfers.uploaded(request));
        }
        mark_direction(&mut meaning.function, &ending);
        meaning.function.act = halves.request.as_ref().and_then(|job| act::of_job(job, to.role)).map(Into::into);
        let setup = setup(&halves);
        let shown = self.expect_effect(&meaning, &ending, to);
        to.operation(meaning, &ending);
        if let Some(shown) = shown {
            to.out.session(to.protocol, Session::S7Effect(shown.effect), &shown.frames);
        }
        if let Some(setup) = setup {
            to.out.session(to.protocol, Session::S7Setup(setup), &ending.frames());
        }
    }

    /// Remembers what was accepted until its effect shows; blocks that are linked in show the download's at once.
    fn expect_effect(&mut self, meaning: &Meaning, ending: &Ending, to: &mut Reporter<'_, '_>) -> Option<Shown> {
        let answer = ending.response.filter(|_| ending.outcome == Outcome::Accepted)?;
        match meaning.function.act.as_deref()? {
            "activate_block" => self.loads.activated(&meaning.items, answer),
            act => {
                let flow = to.out.flow;
                Commands::of(&mut self.commands, to.out).accepted(flow, act, ending.frames(), answer);
                None
            }
        }
    }

    fn userdata(&mut self, pdu: Pdu<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        let Some(message) = Userdata::read(&pdu) else {
            to.anomaly(fault::no_userdata_head(&pdu), sent);
            self.unknown(pdu, sent, to);
            return;
        };
        match message.kind() {
            Kind::Request => self.request(&pdu, sent, to),
            Kind::Response => self.answer(&pdu, message, sent, to),
            Kind::Push | Kind::Other => self.push(message, sent, to),
        }
    }

    fn answer(&mut self, pdu: &Pdu<'_>, message: Userdata<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        self.heard_answer(sent.from);
        let open = self.find(pdu, sent.from.other()).and_then(|i| self.open.remove(i));
        let request = open.as_ref().map(Open::pdu);
        let request = request.as_ref().and_then(Userdata::read);
        // Who asks for a further part gives its number.
        let begins = request.as_ref().is_some_and(|request| request.sequence == 0);
        let share = self.parts.take(sent.from, &message, begins);
        if let Some(request) = &request {
            self.watches.remember(request, &message);
        }
        let halves = service::Halves { request, response: Some((message, share)), watched: Watched::new() };
        let outcome = if service::refusal(&message).is_some() { Outcome::Refused } else { Outcome::Accepted };
        let ending = Ending { request: open.as_ref().map(|open| open.sent), response: Some(sent), outcome };
        self.report_userdata(&halves, &ending, to);
    }

    fn push(&mut self, message: Userdata<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        let share = self.parts.take(sent.from, &message, false);
        let watched = self.watches.of(&message);
        let halves = service::Halves { request: None, response: Some((message, share)), watched };
        let ending = Ending { request: None, response: Some(sent), outcome: Outcome::Accepted };
        self.report_userdata(&halves, &ending, to);
    }

    fn report_userdata(&mut self, halves: &service::Halves<'_>, ending: &Ending, to: &mut Reporter<'_, '_>) {
        let flow = to.out.flow;
        let news = match to.out.sink.shared().and_then(|shared| shared.s7.as_mut()) {
            Some(told) => told.is_news(halves, flow),
            None => self.told.is_news(halves, flow),
        };
        let commands = Commands::of(&mut self.commands, to.out);
        let wanted = news || ending.response.is_some_and(|at| commands.is_waiting(at.last));
        let facts = if wanted { service_facts(halves, ending) } else { Vec::new() };
        let shown = ending.response.and_then(|at| {
            let state = facts.iter().find(|fact| fact.kind == FactKind::State)?;
            commands.mode(flow, &state.value, &state.source, at)
        });
        if !news && ending.outcome != Outcome::Refused && known::userdata(halves, ending, to) {
            return;
        }
        self.tell_userdata(halves, ending, to);
        for fact in facts.into_iter().filter(|_| news) {
            to.out.identity(to.protocol, fact, &ending.frames());
        }
        if let Some(shown) = shown {
            to.out.session(to.protocol, Session::S7Effect(shown.effect), &shown.frames);
        }
    }

    fn tell_userdata(&mut self, halves: &service::Halves<'_>, ending: &Ending, to: &mut Reporter<'_, '_>) {
        let mut meaning = service::meaning(halves);
        mark_direction(&mut meaning.function, ending);
        meaning.function.act = halves.request.as_ref().and_then(act::of_userdata).map(Into::into);
        self.expect_effect(&meaning, ending, to);
        let password = halves.password().map(|masked| {
            let accepted = ending.response.map(|_| ending.outcome == Outcome::Accepted);
            self.passwords.judge(masked, accepted, meaning.error.clone())
        });
        to.operation(meaning, ending);
        if let Some(password) = password {
            to.out.session(to.protocol, Session::S7Password(password), &ending.frames());
        }
    }

    /// A kind of PDU that nobody described: kept as it is.
    fn unknown(&self, pdu: Pdu<'_>, sent: Sent, to: &mut Reporter<'_, '_>) {
        let halves = meaning::Halves { request: Some(pdu), response: None };
        let meaning = Meaning { class: Class::Diagnose, ..meaning::job(&halves) };
        let ending = Ending { request: Some(sent), response: None, outcome: Outcome::Attempted };
        to.operation(meaning, &ending);
    }

    /// The open request of one side that a PDU belongs to: same number, same kind, and the same function where both say it.
    fn find(&self, pdu: &Pdu<'_>, by: Side) -> Option<usize> {
        let kind = if pdu.rosctr == wire::USERDATA { wire::USERDATA } else { wire::JOB };
        let name = function_name(pdu);
        self.open.iter().position(|open| {
            (open.rosctr, open.reference, open.sent.from) == (kind, pdu.reference, by)
                && (name.is_none() || name == function_name(&open.pdu()))
        })
    }

    fn expire(&mut self, now: FrameRef, to: &mut Reporter<'_, '_>) {
        while self.open.front().is_some_and(|open| now.ts.since(open.sent.last.ts) > PATIENCE) {
            self.give_up(0, to);
        }
    }

    fn give_up(&mut self, index: usize, to: &mut Reporter<'_, '_>) {
        if let Some(open) = self.open.remove(index) {
            self.unanswered(&open, to);
        }
    }

    fn unanswered(&mut self, open: &Open, to: &mut Reporter<'_, '_>) {
        let would_be_seen = match open.sent.from {
            Side::Client => self.server_answered,
            Side::Server => self.client_answered,
        };
        let outcome = if would_be_seen { Outcome::Unanswered } else { Outcome::Attempted };
        match Userdata::read(&open.pdu()).filter(|_| open.rosctr == wire::USERDATA) {
            Some(request) => {
                let halves = service::Halves { request: Some(request), response: None, watched: Watched::new() };
                let ending = Ending { request: Some(open.sent), response: None, outcome };
                self.tell_userdata(&halves, &ending, to);
            }
            None => self.report_job(Some(open), None, outcome, to),
        }
    }

    fn heard_answer(&mut self, from: Side) {
        match from {
            Side::Client => self.client_answered = true,
            Side::Server => self.server_answered = true,
        }
    }
}

/// What names a function: a job's code, or group and function of userdata. An acknowledgement may leave it out.
fn function_name(pdu: &Pdu<'_>) -> Option<(u8, u8)> {
    match pdu.rosctr {
        wire::USERDATA => {
            pdu.parameter.get(5).zip(pdu.parameter.get(6)).map(|(group, function)| (group & 0x0f, *function))
        }
        _ => pdu.function().map(|code| (code, 0)),
    }
}

fn meaning_code(halves: &meaning::Halves<'_>) -> Option<u8> {
    halves.opening().and_then(|pdu| pdu.function())
}

/// Says so where the server asked: its request, or an answer of the client's.
fn mark_direction(function: &mut Function, ending: &Ending) {
    function.by_server = match (ending.request, ending.response) {
        (Some(request), _) => request.from == Side::Server,
        (None, Some(response)) => response.from == Side::Client && !is_push(function),
        (None, None) => false,
    };
}

/// Comes unasked, from whichever side.
fn is_push(function: &Function) -> bool {
    matches!(function.userdata_type, Some(0 | 3))
}

/// An upload's later jobs only say its number.
fn name_upload(meaning: &mut Meaning, object: Option<crate::event::Object>) {
    let Some(object) = object else { return };
    match meaning.items.first_mut() {
        Some(item) => item.object = Some(object),
        None => meaning.items.push(crate::event::Item::new(object)),
    }
}

fn setup(halves: &meaning::Halves<'_>) -> Option<S7Setup> {
    if meaning_code(halves) != Some(wire::SETUP) {
        return None;
    }
    let granted = halves.accepted().and_then(|response| Setup::read(response.parameter));
    let asked = halves.request.and_then(|request| Setup::read(request.parameter)).or(granted)?;
    Some(S7Setup {
        max_jobs_calling: asked.calling,
        max_jobs_called: asked.called,
        pdu_length: asked.pdu_length,
        granted_pdu_length: granted.map(|granted| granted.pdu_length),
    })
}

/// What an answer or a push says about the controller.
fn service_facts(halves: &service::Halves<'_>, ending: &Ending) -> Vec<Fact> {
    let Some(from) = ending.response.map(|sent| sent.from) else { return Vec::new() };
    let mut facts = match halves.answer() {
        Some(push) if push.group == userdata::MODE_TRANSITION => mode_fact(push.subfunction).into_iter().collect(),
        _ if halves.is(userdata::CPU, userdata::READ_SZL) => {
            halves.complete().and_then(szl::List::read).map(|list| list.facts()).unwrap_or_default()
        }
        _ => Vec::new(),
    };
    facts.iter_mut().for_each(|fact| fact.about = from);
    facts
}

fn mode_fact(subfunction: u8) -> Option<Fact> {
    let value = userdata::mode(subfunction)?.to_owned();
    let source = "mode transition".into();
    Some(Fact { about: Side::Server, kind: FactKind::State, value, source, confidence: 95 })
}

fn tell_block(finished: Finished, to: &mut Reporter<'_, '_>) {
    to.out.event(to.protocol, EventKind::Artifact(Box::new(finished.artifact)), &finished.frames);
}
