//! What is told of a transaction.

use std::fmt::Write;

use smallvec::SmallVec;

use super::carrier::Carrier;
use super::device::{self, Parts, ServerId};
use super::items::{self, Items};
use super::parse::{self, Adu, Identification, Request};
use super::pending::Open;
use super::points::Points;
use super::records::{Key, Records};
use super::{umas, wire};
use crate::event::{
    Anomaly, Class, EventKind, Fact, FrameRef, Function, ModbusTable, Object, ObjectKey, Operation, Outcome, Protocol,
    ProtocolError, Side, Unit, Value,
};
use crate::protocol::Output;

/// Anomalies of one connection that are told; a broken device has no end of them.
const MAX_ANOMALIES: u16 = 200;

/// What is known of a transaction when it is reported.
pub struct Exchange<'a> {
    pub request: Option<&'a Open>,
    pub response: Option<Response<'a>>,
    pub outcome: Outcome,
    /// Since when an answer was due whose request was reported before.
    pub due_since: Option<FrameRef>,
}

#[derive(Clone, Copy)]
pub struct Response<'a> {
    pub adu: Adu<'a>,
    pub first: FrameRef,
    pub last: FrameRef,
}

/// What one connection's reports know of those before them.
#[derive(Debug, Default)]
pub struct Memory {
    parts: Parts,
    points: Points,
    transfers: umas::Transfers,
    records: Records,
    anomalies: u16,
}

/// Where a transaction is told, and how it came.
pub struct Reporter<'a, 'o> {
    pub memory: &'a mut Memory,
    pub carrier: Carrier,
    pub out: &'a mut Output<'o>,
}

impl Memory {
    /// Bytes of all that is not over yet.
    fn held(&self) -> usize {
        self.transfers.held() + self.records.held()
    }
}

impl Exchange<'_> {
    fn frames(&self) -> SmallVec<[FrameRef; 4]> {
        let mut frames = SmallVec::new();
        frames.extend(self.request.iter().flat_map(|open| [open.first, open.last]));
        frames.extend(self.response.iter().flat_map(|response| [response.first, response.last]));
        frames
    }

    fn latency_us(&self) -> Option<u64> {
        let asked = self.request.map(|open| open.last).or(self.due_since)?;
        u64::try_from(self.response?.first.ts.since(asked.ts).as_micros()).ok()
    }

    /// The response where it is no exception.
    fn answer(&self) -> Option<&Adu<'_>> {
        self.response.as_ref().map(|response| &response.adu).filter(|adu| !adu.is_exception())
    }
}

impl Reporter<'_, '_> {
    pub fn exchange(&mut self, exchange: &Exchange<'_>) {
        let Some(adu) = exchange.request.map(Open::adu).or(exchange.response.map(|response| response.adu)) else {
            return;
        };
        let asked = exchange.request.map(|open| Request::read(&open.adu()));
        let answer = exchange.answer();
        let call = asked.as_ref().and_then(called);
        let reply = answer.filter(|adu| adu.function == wire::UMAS).and_then(|adu| umas::Reply::read(adu.body, call));
        let mut items = match &asked {
            Some(asked) => items::items(asked, adu.function, answer),
            None => answer.map(items::unasked).unwrap_or_default(),
        };
        self.weigh(adu.unit, &mut items);
        let frames = exchange.frames();
        let mut facts = self.facts(&adu, answer, &mut items);
        facts.extend(call.map(|call| umas::facts(call, reply.as_ref())).unwrap_or_default());
        let refused = exchange.response.map(|response| response.adu).filter(Adu::is_exception).map(|adu| error(&adu));
        let operation = Operation {
            unit: Some(Unit::Id(adu.unit)),
            function: function(adu.asked(), asked.as_ref(), answer),
            class: class(adu.asked(), asked.as_ref()),
            items,
            outcome: exchange.outcome,
            error: refused.or_else(|| reply.as_ref().and_then(umas::Reply::error)),
            request_seen: exchange.request.is_some(),
            response_seen: exchange.response.is_some(),
            latency_us: exchange.latency_us(),
            transaction: (self.carrier == Carrier::Mbap).then_some(adu.transaction),
            channel: None,
        };
        self.out.operation(Protocol::Modbus, operation, &frames);
        for fact in facts {
            self.out.identity(Protocol::Modbus, fact, &frames);
        }
        if let (Some(call), Some(reply)) = (call, reply.filter(|reply| !reply.is_refusal())) {
            self.transfer(|memory, room| Vec::from_iter(memory.transfers.step(call, &reply, &frames, room)));
        }
        if let (Some(Request::Files(groups)), Some(answer)) = (&asked, answer) {
            self.records(&adu, groups, answer, &frames);
        }
    }

    pub fn anomaly(&mut self, blame: Side, name: &'static str, detail: String, resumed: &'static str, at: &[FrameRef]) {
        if self.memory.anomalies >= MAX_ANOMALIES {
            return;
        }
        self.memory.anomalies += 1;
        let mut detail = detail;
        if self.memory.anomalies == MAX_ANOMALIES {
            // Writing to a String does not fail.
            let _ = write!(detail, "; no further ones are told");
        }
        let layer = if name == "no_modbus_header" { self.carrier.name() } else { "modbus" };
        let offset = if name == "length_mismatch" { 8 } else { 0 };
        let anomaly = Anomaly {
            layer: layer.into(),
            name: name.into(),
            offset,
            detail,
            blame: blame.into(),
            resumed: resumed.into(),
        };
        self.out.anomaly(Protocol::Modbus, anomaly, at);
    }

    /// The connection is over.
    pub fn finish(&mut self) {
        self.transfer(|memory, _| memory.transfers.finish().chain(memory.records.finish()).collect());
    }

    /// Records of files went by.
    fn records(&mut self, adu: &Adu<'_>, groups: &[u8], answer: &Adu<'_>, frames: &[FrameRef]) {
        let to_server = adu.function == wire::WRITE_FILE;
        let mut answers = parse::file_answers(answer.body.get(1..).unwrap_or_default());
        for group in parse::file_groups_of(adu.function, groups) {
            let data = if to_server { group.data } else { answers.next().unwrap_or_default() };
            let key = Key { unit: adu.unit, file: group.file, to_server };
            let group = parse::FileGroup { data, ..group };
            self.transfer(|memory, room| Vec::from_iter(memory.records.step(key, &group, frames, room)));
        }
    }

    /// Does something with the transfers, within what all connections may hold together, and tells those that are over.
    fn transfer(&mut self, act: impl FnOnce(&mut Memory, usize) -> Vec<umas::Finished>) {
        let before = self.memory.held();
        let room = self.out.sink.shared().map_or(usize::MAX, |shared| shared.modbus.room());
        let finished = act(self.memory, room);
        if let Some(shared) = self.out.sink.shared() {
            shared.modbus.change(before, self.memory.held());
        }
        for umas::Finished { artifact, frames } in finished {
            self.out.event(Protocol::Modbus, EventKind::Artifact(Box::new(artifact)), &frames);
        }
    }

    /// Says what registers probably hold.
    fn weigh(&mut self, unit: u8, items: &mut Items) {
        for item in items {
            let Some(Object::Modbus(range)) = &item.object else { continue };
            if !matches!(range.table, ModbusTable::HoldingRegister | ModbusTable::InputRegister) {
                continue;
            }
            // The masks of function 22 are no values of the register.
            let words: Vec<u16> = item.values.iter().map_while(word).take(usize::from(range.quantity)).collect();
            if words.len() == item.values.len() {
                item.points = self.memory.points.of(unit, range.table, range.address, &words);
            }
        }
    }

    /// Facts about the device. The last part of an identification that came in several has the objects of all.
    fn facts(&mut self, adu: &Adu<'_>, answer: Option<&Adu<'_>>, items: &mut Items) -> Vec<Fact> {
        let Some((answer, data)) = answer.and_then(|answer| Some((answer, answer.body.get(1..)?))) else {
            return Vec::new();
        };
        match (adu.asked(), answer.body[0]) {
            (wire::ENCAPSULATED_INTERFACE, wire::MEI_DEVICE_IDENTIFICATION) => {
                let Some(found) = Identification::read(data) else { return Vec::new() };
                if let Some(joined) = self.memory.parts.join(adu.unit, &found) {
                    *items = joined.iter().map(|(id, value)| items::device_object(*id, value)).collect();
                }
                found.objects.iter().filter_map(|(id, value)| device::fact(*id, value)).collect()
            }
            (wire::REPORT_SERVER_ID, _) => ServerId::read(data).facts(),
            _ => Vec::new(),
        }
    }
}

fn word(value: &Value) -> Option<u16> {
    if let Value::UInt(word) = value { u16::try_from(*word).ok() } else { None }
}

fn called<'a, 'b>(asked: &'b Request<'a>) -> Option<&'b umas::Call<'a>> {
    if let Request::Umas(call) = asked { Some(call) } else { None }
}

fn error(adu: &Adu<'_>) -> ProtocolError {
    let code = adu.body.first().copied().unwrap_or(0);
    ProtocolError::new(u32::from(code), wire::exception(code))
}

fn function(code: u8, asked: Option<&Request<'_>>, answer: Option<&Adu<'_>>) -> Function {
    let function = |name| Function::new(u32::from(code), name);
    if let Some(call) = asked.and_then(called) {
        let named = function(umas::name(call.function).unwrap_or("umas_unknown"));
        let act = umas::act(call.function).map(Into::into);
        return Function { act, ..named.with_subfunction(u16::from(call.function)) };
    }
    // An answer of UMAS does not say what was asked.
    let answered = || answer.filter(|adu| adu.function != wire::UMAS).and_then(|adu| Request::read(adu).subfunction());
    let (name, _) = wire::function(code);
    match (code, asked.and_then(Request::subfunction).or_else(answered)) {
        (wire::DIAGNOSTICS, Some(sub)) => function(wire::diagnostic(sub)).with_subfunction(sub),
        (wire::ENCAPSULATED_INTERFACE, Some(mei)) => function(wire::encapsulated(mei)).with_subfunction(mei),
        (_, Some(sub)) => function(name).with_subfunction(sub),
        (_, None) => function(name),
    }
}

pub fn class(code: u8, asked: Option<&Request<'_>>) -> Class {
    match asked {
        // These silence, restart or blind a device.
        Some(Request::Diagnostic { subfunction: 1 | 3 | 4 | 10 | 20, .. }) => Class::Control,
        // Objects of a CANopen device behind a gateway are read and written.
        Some(Request::Encapsulated { mei: wire::MEI_CANOPEN, .. }) => Class::Write,
        Some(Request::Umas(call)) => umas::class(call.function),
        _ => wire::function(code).1,
    }
}

/// The keys by which baseline and cache know what is touched, without allocating.
pub fn keys(request: &Request<'_>, answer: &Adu<'_>) -> SmallVec<[ObjectKey; 2]> {
    let (written, read) = request.ranges();
    let mut keys: SmallVec<[ObjectKey; 2]> = SmallVec::new();
    for range in [written, read].into_iter().flatten() {
        keys.push(parse::key(range));
    }
    let text = |bytes: &[u8]| ObjectKey::text(bytes, 0);
    match request {
        // Another answer than the last is news: somebody changed the device.
        Request::Encapsulated { .. } => keys.push(text(answer.body)),
        Request::Other(_) if answer.function == wire::REPORT_SERVER_ID => keys.push(text(answer.body)),
        Request::Umas(call) if umas::class(call.function) == Class::Identify => {
            keys.extend([text(call.data), text(answer.body)]);
        }
        // What a call touches stands in it.
        Request::Umas(call) => keys.push(text(call.data)),
        Request::Files(groups) => keys.push(text(groups)),
        _ => {}
    }
    keys
}
