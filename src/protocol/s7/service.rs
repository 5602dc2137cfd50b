//! What userdata means: from request and answer to the common tongue.

use smallvec::smallvec;

use super::meaning::{self, Items, Meaning};
use super::parse::DataItem;
use super::parts::Share;
use super::userdata::{self, Userdata};
use super::watch::Watched;
use super::{address, alarm, block, clock, errors, programmer, szl, values, wire};
use crate::event::{Class, Fields, Function, Item, Object, ProgramBlock, ProtocolError, Value};
use crate::protocol::Reader;

/// The most of anything listed in one message that is taken in.
const MAX_LISTED: usize = 4096;

/// The two halves of a transaction, with the answer's data put together.
#[derive(Debug)]
pub struct Halves<'a> {
    pub request: Option<Userdata<'a>>,
    pub response: Option<(Userdata<'a>, Share<'a>)>,
    /// The variables of the job that a message which came by itself belongs to.
    pub watched: Watched,
}

impl<'a> Halves<'a> {
    fn opening(&self) -> Option<&Userdata<'a>> {
        self.request.as_ref().or(self.answer())
    }

    pub fn answer(&self) -> Option<&Userdata<'a>> {
        self.response.as_ref().map(|(response, _)| response)
    }

    fn asked(&self) -> &'a [u8] {
        self.request.map_or(&[], |request| request.bytes())
    }

    /// The whole answer, where there is one and it went well.
    pub fn complete(&self) -> Option<&[u8]> {
        self.response.as_ref().filter(|(response, _)| refusal(response).is_none())?.1.complete()
    }

    /// The system status list that is asked for, said by the request or by the first part of the answer.
    pub fn list(&self) -> Option<(u16, u16)> {
        let beginning = || self.response.as_ref().and_then(|(_, share)| szl::asked(share.beginning()?));
        szl::asked(self.asked()).or_else(beginning)
    }

    /// The password that a request gives, masked as on the wire.
    pub fn password(&self) -> Option<&'a [u8]> {
        let gives =
            |request: &&Userdata<'_>| (request.group, request.subfunction) == (userdata::SECURITY, userdata::PASSWORD);
        self.request.as_ref().filter(gives).map(Userdata::bytes)
    }

    pub fn is(&self, group: u8, subfunction: u8) -> bool {
        self.opening().is_some_and(|opening| (opening.group, opening.subfunction) == (group, subfunction))
    }
}

/// The error of an answer: the parameter's, or else its data's.
pub fn refusal(response: &Userdata<'_>) -> Option<ProtocolError> {
    if response.error != 0 {
        return Some(errors::error(response.error));
    }
    let data = response.data?;
    match data.code {
        wire::SUCCESS | wire::RESERVED => None,
        // This code also stands in front of no data at all, and then says nothing.
        wire::NO_OBJECT if data.bytes.is_empty() => None,
        code => Some(ProtocolError::new(u32::from(code), wire::item_error(code))),
    }
}

pub fn meaning(halves: &Halves<'_>) -> Meaning {
    let (function, class) = function(halves);
    let error = halves.answer().and_then(refusal);
    Meaning { function, class, items: items(halves), error }
}

fn function(halves: &Halves<'_>) -> (Function, Class) {
    let Some(opening) = halves.opening() else { return (Function::new(0, "userdata"), Class::Diagnose) };
    let (name, mut class) = userdata::function(opening.group, opening.subfunction);
    let mut function = Function {
        rosctr: Some("userdata".into()),
        group: Some(opening.group),
        subfunction: Some(u16::from(opening.subfunction)),
        userdata_type: Some(opening.kind_code),
        ..Function::new(u32::from(opening.group), name)
    };
    if halves.request.is_some() && halves.response.is_some() {
        function.answer = Some("userdata".into());
    }
    if halves.is(userdata::CPU, userdata::READ_SZL)
        && let Some((id, index)) = halves.list()
    {
        (function.szl_id, function.szl_index) = (Some(id), Some(index));
        class = szl::class(id);
    }
    (function, class)
}

fn items(halves: &Halves<'_>) -> Items {
    let Some(opening) = halves.opening() else { return smallvec![] };
    match (opening.group, opening.subfunction) {
        // Passwords are never kept, in whatever form they went by.
        (userdata::SECURITY, _) => smallvec![],
        (userdata::MODE_TRANSITION, mode) => {
            userdata::mode(mode).map_or(smallvec![], |mode| one(None, vec![Value::Text(mode.to_owned())]))
        }
        (userdata::CPU, userdata::READ_SZL) => list_items(halves),
        (userdata::TIME, _) => clock_items(halves),
        (userdata::BLOCK, userdata::LIST_BLOCKS) => halves.complete().map(block_counts).unwrap_or_default(),
        (userdata::BLOCK, userdata::LIST_BLOCKS_OF_TYPE) => blocks_of_type(halves),
        (userdata::BLOCK, userdata::BLOCK_INFO) => block_info(halves),
        (userdata::CYCLIC, userdata::CYCLIC_TRANSFER | userdata::CHANGE_DRIVEN) => cyclic_items(halves),
        (userdata::CYCLIC, userdata::UNSUBSCRIBE) => unsubscribed(halves),
        (userdata::PBC, _) => sent_block(halves),
        (userdata::PROGRAMMER, _) => {
            let items = programmer::items(halves.request.as_ref(), halves.answer(), &halves.watched);
            items.unwrap_or_else(|| raw_items(halves))
        }
        (userdata::CPU, function) => {
            let asked = halves.request.map(|_| halves.asked());
            alarm::items(function, asked, halves.complete()).unwrap_or_else(|| raw_items(halves))
        }
        _ => raw_items(halves),
    }
}

fn one(object: Option<Object>, values: Vec<Value>) -> Items {
    smallvec![Item { object, values, ..Item::default() }]
}

fn list_items(halves: &Halves<'_>) -> Items {
    if let Some(list) = halves.complete().and_then(szl::List::read) {
        return list.items();
    }
    match halves.list() {
        Some((id, index)) => one(Some(Object::named(format!("szl 0x{id:04x} index {index}"))), vec![]),
        None => smallvec![],
    }
}

/// The time that was set, or that was answered: two bytes of their own, then eight of DATE_AND_TIME.
fn clock_items(halves: &Halves<'_>) -> Items {
    let time = |bytes: &[u8]| clock::date_and_time(bytes.get(2..)?);
    let told = halves.complete().and_then(time).or_else(|| time(halves.asked()));
    told.map_or(smallvec![], |time| one(Some(Object::named("clock")), vec![Value::Text(time)]))
}

/// Two digits of type, and how many there are.
fn block_counts(bytes: &[u8]) -> Items {
    let count = |record: &[u8]| {
        let kind = block::type_of(record)?;
        let count = u16::from_be_bytes([*record.get(2)?, *record.get(3)?]);
        Some(Item { object: Some(Object::named(kind)), values: vec![Value::UInt(u64::from(count))], ..Item::default() })
    };
    bytes.chunks_exact(4).take(MAX_LISTED).filter_map(count).collect()
}

/// All blocks of the type that was asked for: number, flags, language.
fn blocks_of_type(halves: &Halves<'_>) -> Items {
    let object = block::type_of(halves.asked()).map(Object::named);
    let block = |record: &[u8]| {
        let fields =
            Fields::default().with("number", Value::UInt(u64::from(u16::from_be_bytes([record[0], record[1]]))));
        let fields = fields.with("flags", Value::UInt(u64::from(record[2])));
        Value::Fields(fields.with("language", Value::Text(wire::language_name(record[3]).into_owned())))
    };
    let blocks = halves.complete().map(|bytes| bytes.chunks_exact(4).take(MAX_LISTED).map(block).collect());
    let blocks: Vec<Value> = blocks.unwrap_or_default();
    if object.is_none() && blocks.is_empty() { smallvec![] } else { one(object, blocks) }
}

fn block_info(halves: &Halves<'_>) -> Items {
    // A constant, the length of what follows, and two bytes nobody knows.
    let info = halves.complete().and_then(|bytes| block::info(bytes.get(6..)?));
    let asked = Some(halves.asked()).filter(|asked| !asked.is_empty()).map(block::numbered_object);
    let object = asked.or_else(|| info.as_ref().map(|info| Object::named(info.block.clone())));
    // Some servers answer in a shape of their own.
    let raw = || halves.complete().filter(|bytes| !bytes.is_empty()).map(|bytes| vec![Value::bytes(bytes)]);
    let values = info.as_ref().map(info_values).or_else(raw).unwrap_or_default();
    if object.is_none() && values.is_empty() { smallvec![] } else { one(object, values) }
}

fn info_values(info: &ProgramBlock) -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let number = |number: u32| Value::UInt(u64::from(number));
    let fields = Fields::default()
        .with("block", text(&info.block))
        .with("language", text(&info.language))
        .with("author", text(&info.author))
        .with("family", text(&info.family))
        .with("name", text(&info.name))
        .with("version", text(&info.version))
        .with("code_changed", text(&info.code_changed))
        .with("interface_changed", text(&info.interface_changed))
        .with("load_length", number(info.load_length))
        .with("code_length", number(u32::from(info.code_length)))
        .with("local_length", number(u32::from(info.local_length)))
        .with("interface_length", number(u32::from(info.interface_length)))
        .with("additional_length", number(u32::from(info.additional_length)))
        .with("checksum", number(u32::from(info.checksum)))
        .with("protected", Value::Bool(info.protected))
        .with("linked", Value::Bool(info.linked))
        .with("standard", Value::Bool(info.standard))
        .with("non_retain", Value::Bool(info.non_retain));
    vec![Value::Fields(fields)]
}

/// What is subscribed to, and the values: a count in two bytes, then addresses or data items.
fn cyclic_items(halves: &Halves<'_>) -> Items {
    let mut request = Reader::new(halves.asked());
    // In the request the interval's unit and factor follow the count.
    let count = request.be16().map_or(0, usize::from);
    let _ = request.skip(2);
    let mut answer = Reader::new(halves.complete().unwrap_or_default());
    let answered = answer.be16().map_or(0, usize::from);
    let answers: Vec<DataItem<'_>> = (0..answered).map_while(|_| DataItem::take(&mut answer)).collect();
    if halves.request.is_none() {
        let place = |i: usize| halves.watched.get(i).copied().flatten();
        return answers.iter().enumerate().map(|(i, answer)| programmer::variable(place(i), answer)).collect();
    }
    let places = (0..count).map_while(|_| address::take(&mut request)).flatten();
    let item = |(i, place): (usize, address::Place<'_>)| {
        let data = answers.get(i);
        let values = match (place.memory(), data) {
            (Some(memory), Some(data)) => values::typed(memory, data),
            (_, data) => data.map(values::untyped).unwrap_or_default(),
        };
        meaning::item(Some(place.object()), values, data.map_or(wire::SUCCESS, |data| data.code))
    };
    places.enumerate().map(item).collect()
}

/// The number of the job that ends.
fn unsubscribed(halves: &Halves<'_>) -> Items {
    let Some(job) = halves.asked().get(1) else { return smallvec![] };
    one(Some(Object::named("job")), vec![Value::UInt(u64::from(*job))])
}

/// A block that a program sends to another's: its number among the pair's, its length, its bytes.
fn sent_block(halves: &Halves<'_>) -> Items {
    let read = || {
        let mut reader = Reader::new(halves.asked());
        reader.skip(4)?;
        let (number, length) = (reader.be32()?, usize::from(reader.be16()?));
        Some((number, reader.rest().get(..length).unwrap_or(reader.rest())))
    };
    match read() {
        Some((number, bytes)) => one(Some(Object::named(format!("R_ID 0x{number:08x}"))), vec![Value::bytes(bytes)]),
        None => raw_items(halves),
    }
}

/// Bytes of a function whose fields are not read: the answer's, or else the request's.
fn raw_items(halves: &Halves<'_>) -> Items {
    let answer = halves.response.as_ref().map(|(response, share)| share.complete().unwrap_or(response.bytes()));
    let bytes = answer.filter(|bytes| !bytes.is_empty()).unwrap_or(halves.asked());
    if bytes.is_empty() { smallvec![] } else { one(None, vec![Value::bytes(bytes)]) }
}
