//! Pairing of requests and responses, and what they mean.

use std::collections::VecDeque;
use std::time::Duration;

use smallvec::{SmallVec, smallvec};

use super::parse::{self, Adu, Request, key, values, words};
use super::wire;
use crate::event::{
    Anomaly, Class, Fact, FactKind, FrameRef, Function, FunctionKey, Item, ModbusRange, ModbusTable, Object, ObjectKey,
    Operation, Outcome, Protocol, ProtocolError, Side, Unit, Value, clean_text,
};
use crate::protocol::{Assembled, Assembler, Behaviour, Output, Parser};

/// Requests that may wait for their answers on one connection; real clients have one to sixteen.
const MAX_OPEN: usize = 64;
/// A request this long without an answer will get none (packet time).
const PATIENCE: Duration = Duration::from_secs(30);
/// The largest message with its MBAP header.
const MAX_MESSAGE: usize = wire::MBAP_PREFIX + wire::MAX_UMAS_LENGTH as usize;

/// One Modbus/TCP connection.
#[derive(Default)]
pub struct Modbus {
    client: Assembler,
    server: Assembler,
    open: VecDeque<Open>,
    server_spoke: bool,
}

/// A request that waits for its answer.
struct Open {
    transaction: u16,
    unit: u8,
    function: u8,
    /// Body of the request as it was on the wire.
    body: SmallVec<[u8; 16]>,
    first: FrameRef,
    last: FrameRef,
}

/// What is known of a transaction when it is reported.
struct Exchange<'a> {
    request: Option<&'a Open>,
    response: Option<(Adu<'a>, FrameRef, FrameRef)>,
    outcome: Outcome,
}

impl Parser for Modbus {
    fn protocol(&self) -> Protocol {
        Protocol::Modbus
    }

    fn data(&mut self, from: Side, at: FrameRef, bytes: &[u8], out: &mut Output<'_>) {
        let mut assembler = std::mem::take(self.assembler(from));
        assembler.push(at, bytes, MAX_MESSAGE, parse::frame, |piece| self.piece(from, &piece, out));
        *self.assembler(from) = assembler;
    }

    fn gap(&mut self, from: Side, _at: FrameRef, _missing: u64, out: &mut Output<'_>) {
        out.undecoded(self.assembler(from).lose());
    }

    fn end(&mut self, out: &mut Output<'_>) {
        while let Some(open) = self.open.pop_front() {
            self.report_unanswered(&open, out);
        }
    }
}

impl Modbus {
    fn assembler(&mut self, from: Side) -> &mut Assembler {
        match from {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn piece(&mut self, from: Side, piece: &Assembled<'_>, out: &mut Output<'_>) {
        match *piece {
            Assembled::Junk { bytes, at } => {
                out.undecoded(bytes.len());
                let anomaly = Anomaly {
                    layer: "mbap".into(),
                    name: "no_modbus_header".into(),
                    offset: 0,
                    detail: format!("{} bytes that begin no modbus message", bytes.len()),
                    blame: from.into(),
                    resumed: "at the next plausible header".into(),
                };
                out.anomaly(Protocol::Modbus, anomaly, &[at]);
            }
            Assembled::Message { bytes, first, last } => {
                let Some(adu) = Adu::read(bytes) else { return };
                match from {
                    Side::Client => self.request(&adu, first, last, out),
                    Side::Server => self.response(adu, first, last, out),
                }
            }
        }
    }

    fn request(&mut self, adu: &Adu<'_>, first: FrameRef, last: FrameRef, out: &mut Output<'_>) {
        self.expire(last, out);
        // The same number asked again while open: the first one got no answer.
        if let Some(i) = self.find(adu) {
            self.give_up(i, out);
        }
        if self.open.len() >= MAX_OPEN {
            self.give_up(0, out);
        }
        let open = Open {
            transaction: adu.transaction,
            unit: adu.unit,
            function: adu.function,
            body: SmallVec::from_slice(adu.body),
            first,
            last,
        };
        report_malformed(&open, out);
        if is_silent_by_design(&open) {
            report(&Exchange { request: Some(&open), response: None, outcome: Outcome::Attempted }, out);
        } else {
            if self.open.capacity() == 0 {
                // Most clients wait for each answer: room for one is enough, in thousands of conversations.
                self.open.reserve_exact(1);
            }
            self.open.push_back(open);
        }
    }

    fn response(&mut self, adu: Adu<'_>, first: FrameRef, last: FrameRef, out: &mut Output<'_>) {
        self.server_spoke = true;
        let open = self.find(&adu).and_then(|i| self.open.remove(i));
        let outcome = if adu.is_exception() { Outcome::Refused } else { Outcome::Accepted };
        if outcome == Outcome::Accepted && open.as_ref().is_some_and(|open| is_known(open, last, out)) {
            return;
        }
        report(&Exchange { request: open.as_ref(), response: Some((adu, first, last)), outcome }, out);
    }

    fn find(&self, adu: &Adu<'_>) -> Option<usize> {
        self.open.iter().position(|open| {
            open.transaction == adu.transaction && open.unit == adu.unit && open.function == adu.asked()
        })
    }

    fn expire(&mut self, now: FrameRef, out: &mut Output<'_>) {
        while self.open.front().is_some_and(|open| now.ts.since(open.last.ts) > PATIENCE) {
            self.give_up(0, out);
        }
    }

    fn give_up(&mut self, index: usize, out: &mut Output<'_>) {
        if let Some(open) = self.open.remove(index) {
            self.report_unanswered(&open, out);
        }
    }

    fn report_unanswered(&self, open: &Open, out: &mut Output<'_>) {
        let outcome = if self.server_spoke { Outcome::Unanswered } else { Outcome::Attempted };
        report(&Exchange { request: Some(open), response: None, outcome }, out);
    }
}

impl Open {
    fn adu(&self) -> Adu<'_> {
        Adu { transaction: self.transaction, unit: self.unit, function: self.function, body: &self.body }
    }
}

/// Force Listen Only Mode is never answered (section 6.8, subfunction 04).
fn is_silent_by_design(open: &Open) -> bool {
    open.function == wire::DIAGNOSTICS && open.body.starts_with(&wire::FORCE_LISTEN_ONLY.to_be_bytes())
}

/// Asks for the cache of the known without building anything.
fn is_known(open: &Open, at: FrameRef, out: &mut Output<'_>) -> bool {
    let request = Request::read(&open.adu());
    let (written, read) = request.ranges();
    let mut objects: SmallVec<[ObjectKey; 2]> = SmallVec::new();
    for range in [written, read].into_iter().flatten() {
        objects.push(key(range));
    }
    let class = class(open.function, Some(&request));
    let function =
        FunctionKey { detail: request.subfunction().unwrap_or(0), ..FunctionKey::code(u32::from(open.function)) };
    let unit = Unit::Id(open.unit).key();
    out.known(&Behaviour { protocol: Protocol::Modbus, unit, function, class, objects: &objects, at })
}

fn report(exchange: &Exchange<'_>, out: &mut Output<'_>) {
    let response = exchange.response.as_ref().map(|(adu, ..)| adu);
    let Some(adu) = exchange.request.map(Open::adu).or_else(|| response.copied()) else { return };
    let asked = exchange.request.map(|open| Request::read(&open.adu()));
    let operation = Operation {
        unit: Some(Unit::Id(adu.unit)),
        function: function(adu.asked(), asked.as_ref(), response),
        class: class(adu.asked(), asked.as_ref()),
        items: items(asked.as_ref(), response),
        outcome: exchange.outcome,
        error: response.filter(|adu| adu.is_exception()).map(error),
        request_seen: exchange.request.is_some(),
        response_seen: exchange.response.is_some(),
        latency_us: latency(exchange),
        channel: None,
    };
    let mut frames: SmallVec<[FrameRef; 4]> = SmallVec::new();
    frames.extend(exchange.request.iter().flat_map(|open| [open.first, open.last]));
    frames.extend(exchange.response.iter().flat_map(|(_, first, last)| [*first, *last]));
    out.operation(Protocol::Modbus, operation, &frames);
    if let Some(response) = response.filter(|adu| !adu.is_exception()) {
        report_identity(response, &frames, out);
    }
}

fn latency(exchange: &Exchange<'_>) -> Option<u64> {
    let (_, first, _) = exchange.response.as_ref()?;
    let waited = first.ts.since(exchange.request?.last.ts);
    u64::try_from(waited.as_micros()).ok()
}

fn error(adu: &Adu<'_>) -> ProtocolError {
    let code = adu.body.first().copied().unwrap_or(0);
    ProtocolError::new(u32::from(code), wire::exception(code))
}

fn function(code: u8, asked: Option<&Request<'_>>, response: Option<&Adu<'_>>) -> Function {
    let (name, _) = wire::function(code);
    let function = Function::new(u32::from(code), name);
    let answered = || response.filter(|adu| !adu.is_exception()).and_then(|adu| Request::read(adu).subfunction());
    match asked.and_then(Request::subfunction).or_else(answered) {
        Some(sub) if code == wire::DIAGNOSTICS => {
            Function::new(u32::from(code), wire::diagnostic(sub)).with_subfunction(sub)
        }
        Some(14) => Function::new(u32::from(code), "read_device_identification").with_subfunction(14),
        Some(sub) => function.with_subfunction(sub),
        None => function,
    }
}

fn class(code: u8, asked: Option<&Request<'_>>) -> Class {
    match asked {
        // These silence, restart or blind a device.
        Some(Request::Diagnostic { subfunction: 1 | 3 | 4 | 10 | 20, .. }) => Class::Control,
        _ => wire::function(code).1,
    }
}

fn items(asked: Option<&Request<'_>>, response: Option<&Adu<'_>>) -> SmallVec<[Item; 1]> {
    let answer = response.filter(|adu| !adu.is_exception());
    match asked {
        Some(Request::Read(range)) => smallvec![item(*range, answer.map_or(vec![], |adu| read_values(*range, adu)))],
        Some(Request::WriteSingle { range, value }) => {
            smallvec![written(*range, *value)]
        }
        Some(Request::WriteMultiple { range, data }) => {
            smallvec![item(*range, values(range.table, data, Some(range.quantity)))]
        }
        Some(Request::MaskWrite { range, and, or }) => {
            smallvec![item(*range, vec![Value::UInt(u64::from(*and)), Value::UInt(u64::from(*or))])]
        }
        Some(Request::ReadWrite { read, write, data }) => {
            smallvec![item(*write, words(data)), item(*read, answer.map_or(vec![], |adu| read_values(*read, adu))),]
        }
        Some(Request::Encapsulated { mei: wire::MEI_DEVICE_IDENTIFICATION, .. }) => identification(answer),
        Some(Request::Diagnostic { data, .. }) => smallvec![bare(data)],
        Some(Request::Encapsulated { data, .. } | Request::Other(data) | Request::Malformed(data)) => {
            let data = answer.map_or(*data, |adu| adu.body);
            if data.is_empty() { smallvec![] } else { smallvec![bare(data)] }
        }
        None => answer.map(unasked_items).unwrap_or_default(),
    }
}

fn item(range: ModbusRange, values: Vec<Value>) -> Item {
    Item { object: Some(Object::Modbus(range)), values, ..Item::default() }
}

/// What function 5 or 6 writes; a coil is 0xFF00 or 0 on the wire.
fn written(range: ModbusRange, value: u16) -> Item {
    let coil = range.table == ModbusTable::Coil;
    item(range, vec![if coil { Value::Bool(value == 0xff00) } else { Value::UInt(u64::from(value)) }])
}

fn bare(data: &[u8]) -> Item {
    Item { object: None, values: vec![Value::bytes(data)], ..Item::default() }
}

/// Data of a read response: a byte count, then bits or registers.
fn read_values(range: ModbusRange, adu: &Adu<'_>) -> Vec<Value> {
    adu.body.get(1..).map_or(vec![], |data| values(range.table, data, Some(range.quantity)))
}

fn identification(answer: Option<&Adu<'_>>) -> SmallVec<[Item; 1]> {
    let Some(data) = answer.and_then(|adu| adu.body.get(1..)) else { return smallvec![] };
    parse::device_objects(data)
        .into_iter()
        .map(|(id, value)| Item {
            object: Some(Object::named(format!("object_{id}"))),
            values: vec![Value::text(value, 255)],
            ..Item::default()
        })
        .collect()
}

/// An answer whose question was not seen: reads do not repeat their address, writes do.
fn unasked_items(adu: &Adu<'_>) -> SmallVec<[Item; 1]> {
    let Some(table) = parse::table(adu.function) else { return smallvec![] };
    match adu.function {
        wire::READ_COILS..=wire::READ_INPUT_REGISTERS => {
            let data = adu.body.get(1..).unwrap_or_default();
            smallvec![Item { object: None, values: values(table, data, None), ..Item::default() }]
        }
        _ => match Request::read(adu) {
            Request::WriteSingle { range, value } => smallvec![written(range, value)],
            _ => match *adu.body {
                [a, b, c, d] => {
                    let (address, quantity) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
                    smallvec![item(ModbusRange { table, address, quantity }, vec![])]
                }
                _ => smallvec![],
            },
        },
    }
}

fn report_malformed(open: &Open, out: &mut Output<'_>) {
    if !matches!(Request::read(&open.adu()), Request::Malformed(_)) {
        return;
    }
    let anomaly = Anomaly {
        layer: "modbus".into(),
        name: "length_mismatch".into(),
        offset: 8,
        detail: format!("{} bytes do not fit a request of function {}", open.body.len(), open.function),
        blame: Side::Client.into(),
        resumed: "message kept, next one read".into(),
    };
    out.anomaly(Protocol::Modbus, anomaly, &[open.first]);
}

/// Facts about the device from Read Device Identification and Report Server ID.
fn report_identity(adu: &Adu<'_>, frames: &[FrameRef], out: &mut Output<'_>) {
    let facts = match (adu.function, adu.body.first()) {
        (wire::ENCAPSULATED_INTERFACE, Some(&wire::MEI_DEVICE_IDENTIFICATION)) => device_facts(&adu.body[1..]),
        (wire::REPORT_SERVER_ID, Some(_)) => server_id_fact(&adu.body[1..]).into_iter().collect(),
        _ => return,
    };
    for fact in facts {
        out.identity(Protocol::Modbus, fact, frames);
    }
}

fn device_facts(data: &[u8]) -> Vec<Fact> {
    let kind = |id| match id {
        0 => Some(FactKind::Vendor),
        1 => Some(FactKind::OrderNumber),
        2 => Some(FactKind::Firmware),
        3 => Some(FactKind::Url),
        4 => Some(FactKind::Product),
        5 => Some(FactKind::Model),
        6 => Some(FactKind::Name),
        _ => None,
    };
    parse::device_objects(data)
        .into_iter()
        .filter_map(|(id, value)| {
            let value = clean_text(value, 255);
            let kind = kind(id).filter(|_| !value.is_empty())?;
            let source = format!("modbus 43/14 object {id}").into();
            Some(Fact { about: Side::Server, kind, value, source, confidence: 95 })
        })
        .collect()
}

/// The server id is vendor-specific (section 6.13); only its readable text is a fact, and no sure one.
fn server_id_fact(data: &[u8]) -> Option<Fact> {
    let text: Vec<u8> = data.iter().copied().filter(|b| (0x20..0x7f).contains(b)).collect();
    let readable = text.len() >= 4 && text.len() * 2 > data.len();
    let value = clean_text(text.trim_ascii(), 255);
    readable.then(|| Fact {
        about: Side::Server,
        kind: FactKind::Product,
        value,
        source: "modbus 17".into(),
        confidence: 60,
    })
}
