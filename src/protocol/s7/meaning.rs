//! What jobs mean: from request and answer to the common tongue.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::address::{self, Place, Places};
use super::parse::{DataItem, Invocation, Pdu, Setup, TransferJob, UploadStarted, block_part};
use super::{block, values, wire};
use crate::event::{Class, Function, Item, Object, ObjectKey, ProtocolError, Value, clean_text};
use crate::protocol::Reader;

pub type Items = SmallVec<[Item; 1]>;

/// The most of anything listed in one message that is taken in; S7 itself allows 20 items.
const MAX_ITEMS: usize = 256;

/// What a transaction said, whatever became of it.
#[derive(Debug)]
pub struct Meaning {
    pub function: Function,
    pub class: Class,
    pub items: Items,
    /// The error that the answer's data give where its header gives none: no item went well.
    pub error: Option<ProtocolError>,
}

/// The two halves of a transaction; one of them may not have been seen.
#[derive(Clone, Copy, Debug)]
pub struct Halves<'a> {
    pub request: Option<Pdu<'a>>,
    pub response: Option<Pdu<'a>>,
}

impl<'a> Halves<'a> {
    /// The half that came first, of those seen.
    pub fn opening(&self) -> Option<Pdu<'a>> {
        self.request.or(self.response)
    }

    /// The answer, where it went well.
    pub fn accepted(&self) -> Option<Pdu<'a>> {
        self.response.filter(|response| response.refused().is_none())
    }
}

/// A job or its acknowledgement.
pub fn job(halves: &Halves<'_>) -> Meaning {
    let opening = halves.opening();
    let code = opening.and_then(|pdu| pdu.function());
    let mut class = code.and_then(wire::job).map_or(Class::Diagnose, |(_, class)| class);
    let mut function = Function { rosctr: opening.map(|pdu| kind(pdu.rosctr)), ..name(code) };
    if halves.request.is_some() {
        function.answer = halves.response.map(|response| kind(response.rosctr));
    }
    let items = match code {
        Some(wire::READ_VAR) => read_items(halves),
        Some(wire::WRITE_VAR) => write_items(halves),
        Some(wire::SETUP) => setup_items(halves),
        Some(wire::PI_SERVICE | wire::PLC_STOP) => {
            let invocation = halves.request.and_then(|request| Invocation::read(request.parameter));
            let named = invocation.filter(|invocation| !invocation.service.is_empty());
            let service = named.map(|invocation| clean_text(invocation.service, 32));
            class = service.as_deref().map_or(class, wire::service_class);
            function.service = service;
            invocation.map_or(smallvec![], |invocation| invocation_items(&invocation))
        }
        Some(wire::REQUEST_DOWNLOAD..=wire::END_UPLOAD) => transfer_items(halves),
        _ => raw_items(halves),
    };
    let error = all_failed(code, &items);
    Meaning { function, class, items, error }
}

/// The name of a kind of PDU.
pub fn kind(rosctr: u8) -> Cow<'static, str> {
    wire::rosctr(rosctr).map_or_else(|| format!("rosctr_0x{rosctr:02x}").into(), Cow::Borrowed)
}

fn name(code: Option<u8>) -> Function {
    match code {
        // An acknowledgement without parameter does not say of what.
        None => Function::new(0, "acknowledge"),
        Some(code) => match wire::job(code) {
            Some((name, _)) => Function::new(u32::from(code), name),
            None => Function::new(u32::from(code), format!("function_0x{code:02x}")),
        },
    }
}

/// A read or write of which no item went well is refused, also where the header says nothing.
fn all_failed(code: Option<u8>, items: &Items) -> Option<ProtocolError> {
    if !matches!(code, Some(wire::READ_VAR | wire::WRITE_VAR)) || items.iter().any(|item| item.error.is_none()) {
        return None;
    }
    items.first().and_then(|item| item.error.clone())
}

/// The addresses of a read or write request, one entry an address of the message.
pub fn addresses<'a>(request: &Pdu<'a>) -> SmallVec<[Places<'a>; 4]> {
    let mut reader = Reader::new(request.parameter);
    let _ = reader.skip(1);
    let count = reader.u8().map_or(0, usize::from).min(MAX_ITEMS);
    (0..count).map_while(|_| address::take(&mut reader)).collect()
}

/// How many addresses a request promises, and how many could be read.
pub fn promised_addresses(request: &Pdu<'_>) -> (usize, usize) {
    (request.parameter.get(1).map_or(0, |count| usize::from(*count)), addresses(request).len())
}

/// Keys of everything that a read or write touches; `None` where only a built object has one.
pub fn keys(request: &Pdu<'_>) -> Option<SmallVec<[ObjectKey; 20]>> {
    addresses(request).iter().flatten().map(Place::key).collect()
}

/// The data items of a read's answer or a write's request.
pub fn data_items<'a>(pdu: &Pdu<'a>) -> SmallVec<[DataItem<'a>; 4]> {
    let mut reader = Reader::new(pdu.data);
    let count = pdu.parameter.get(1).map_or(0, |count| usize::from(*count)).min(MAX_ITEMS);
    (0..count).map_while(|_| DataItem::take(&mut reader)).collect()
}

/// Whether every item of an accepted read or write went well.
pub fn all_well(response: &Pdu<'_>) -> bool {
    match response.function() {
        Some(wire::READ_VAR) => data_items(response).iter().all(|item| item.code == wire::SUCCESS),
        Some(wire::WRITE_VAR) => response.data.iter().all(|code| *code == wire::SUCCESS),
        _ => true,
    }
}

fn read_items(halves: &Halves<'_>) -> Items {
    let answers = halves.accepted().map(|response| data_items(&response)).unwrap_or_default();
    match &halves.request {
        Some(request) => {
            let addresses = addresses(request);
            addresses.iter().enumerate().flat_map(|(i, places)| variables(places, answers.get(i))).collect()
        }
        None => answers.iter().map(|answer| item(None, values::untyped(answer), answer.code)).collect(),
    }
}

fn write_items(halves: &Halves<'_>) -> Items {
    let codes = halves.accepted().map(|response| response.data).unwrap_or_default();
    let code = |i: usize| codes.get(i).copied().unwrap_or(wire::SUCCESS);
    match &halves.request {
        Some(request) => {
            let (addresses, written) = (addresses(request), data_items(request));
            let write = |(i, places): (usize, &Places<'_>)| {
                let data = written.get(i).map(|data| DataItem { code: code(i), ..*data });
                variables(places, data.as_ref())
            };
            addresses.iter().enumerate().flat_map(write).collect()
        }
        None => (0..codes.len().min(MAX_ITEMS)).map(|i| item(None, vec![], code(i))).collect(),
    }
}

/// One address with its data; where it names several places the data is dealt out among them.
fn variables(places: &Places<'_>, data: Option<&DataItem<'_>>) -> Items {
    let mut rest = data.map_or(&[][..], |data| data.bytes);
    let several = places.len() > 1;
    let one = |place: &Place<'_>| {
        let Some(data) = data else { return item(Some(place.object()), vec![], wire::SUCCESS) };
        let share = match place.memory() {
            Some(memory) if several => rest.split_at_checked(memory.length() as usize).unwrap_or((rest, &[])),
            _ => (rest, &[][..]),
        };
        rest = share.1;
        let data = DataItem { bytes: share.0, ..*data };
        let values = match place.memory() {
            Some(memory) => values::typed(memory, &data),
            None => values::untyped(&data),
        };
        item(Some(place.object()), values, data.code)
    };
    places.iter().map(one).collect()
}

fn item(object: Option<Object>, values: Vec<Value>, code: u8) -> Item {
    let failed = !matches!(code, wire::SUCCESS | wire::RESERVED);
    let error = failed.then(|| ProtocolError::new(u32::from(code), wire::item_error(code)));
    Item { object, values, error, ..Item::default() }
}

/// Parallel jobs and PDU length: what was granted, or else what was asked.
fn setup_items(halves: &Halves<'_>) -> Items {
    let setup = halves.accepted().and_then(|response| Setup::read(response.parameter));
    let asked = || halves.request.and_then(|request| Setup::read(request.parameter));
    let Some(setup) = setup.or_else(asked) else { return smallvec![] };
    let values = [setup.calling, setup.called, setup.pdu_length].map(|n| Value::UInt(u64::from(n))).to_vec();
    smallvec![Item {
        object: Some(Object::named("parallel jobs calling, called, pdu length")),
        values,
        ..Item::default()
    }]
}

fn invocation_items(invocation: &Invocation<'_>) -> Items {
    let Invocation { service, argument } = *invocation;
    match service {
        b"_INSE" | b"_INS2" | b"_DELE" => block_list(argument),
        // A password is never kept.
        _ if service == wire::LOGIN.as_bytes() => smallvec![],
        _ if service.starts_with(b"_N_") => {
            let words = words(argument);
            if words.is_empty() {
                smallvec![]
            } else {
                smallvec![Item { object: None, values: words, ..Item::default() }]
            }
        }
        _ if argument.is_empty() => smallvec![],
        _ => smallvec![Item { object: None, values: vec![Value::text(argument, 128)], ..Item::default() }],
    }
}

/// A count, a zero, then eight characters for each block.
fn block_list(argument: &[u8]) -> Items {
    let blocks = argument.get(2..).unwrap_or_default();
    blocks.chunks_exact(8).take(MAX_ITEMS).map(|name| Item::new(block::numbered_object(name))).collect()
}

/// The arguments of a numerical control's services: each a length and its characters, filled up to an even length.
fn words(argument: &[u8]) -> Vec<Value> {
    let mut reader = Reader::new(argument);
    let mut words = Vec::new();
    while let Some(length) = reader.u8() {
        let Some(word) = reader.take(usize::from(length)) else { break };
        words.push(Value::text(word, 128));
        if length % 2 == 0 {
            let _ = reader.skip(1);
        }
    }
    words
}

fn transfer_items(halves: &Halves<'_>) -> Items {
    let job = halves.request.and_then(|request| TransferJob::read(request.parameter));
    let object = job.filter(|job| !job.file.is_empty()).map(|job| block::file_object(job.file));
    let number = |n: u32| Value::UInt(u64::from(n));
    let announced = job.and_then(|job| job.lengths).map(|(load, code)| vec![number(load), number(code)]);
    let answered = halves.accepted().and_then(|response| match response.function()? {
        wire::START_UPLOAD => UploadStarted::read(response.parameter)?.length.map(|length| vec![number(length)]),
        wire::DOWNLOAD_BLOCK | wire::UPLOAD => Some(vec![Value::UInt(block_part(&response).0.len() as u64)]),
        _ => None,
    });
    let values = announced.or(answered).unwrap_or_default();
    if object.is_none() && values.is_empty() {
        return smallvec![];
    }
    smallvec![Item { object, values, ..Item::default() }]
}

/// What is known of a function that nobody described.
fn raw_items(halves: &Halves<'_>) -> Items {
    let bytes = halves.opening().map(|pdu| if pdu.data.is_empty() { pdu.parameter } else { pdu.data });
    match bytes {
        Some(bytes) if !bytes.is_empty() => {
            smallvec![Item { object: None, values: vec![Value::bytes(bytes)], ..Item::default() }]
        }
        _ => smallvec![],
    }
}
