//! What a transaction means in the common tongue.

use std::borrow::Cow;

use smallvec::{SmallVec, smallvec};

use super::act::Act;
use super::body::Body;
use super::leaf::{Leaf, Path, Place, address};
use super::parse::Head;
use super::wire;
use crate::event::{Class, Function, Item, Object, ObjectKey, ProtocolError, Side};
use crate::protocol::s7::meaning::{Items, Meaning};
use crate::protocol::s7::tsdu::Sent;

/// A message that was read, or whose turn it is to be told.
#[derive(Debug)]
pub struct Told {
    pub version: u8,
    pub head: Head,
    pub body: Body,
    pub frames: u32,
    pub sent: Sent,
    pub act: Option<Act>,
}

pub fn meaning(request: Option<Told>, response: Option<Told>) -> Meaning {
    let Some(opening) = request.as_ref().or(response.as_ref()) else { return plain(0, "unknown", Class::Diagnose, 0) };
    let head = opening.head;
    let name: Cow<'static, str> = match wire::function(head.function) {
        Some((name, _)) => name.into(),
        None if head.function == 0 => "unknown".into(),
        None => format!("function_0x{:04x}", head.function).into(),
    };
    let seen = || request.iter().chain(&response);
    let (frames, messages) = (seen().map(|told| told.frames).sum::<u32>(), seen().count());
    let act = opening.act;
    let function = Function {
        version: Some(opening.version),
        opcode: Some(head.opcode),
        frames: (usize::try_from(frames).is_ok_and(|frames| frames > messages)).then_some(frames),
        by_server: (head.opcode == wire::REQUEST) == (opening.sent.from == Side::Server),
        act: act.map(|act| act.name.into()),
        answer: response
            .as_ref()
            .filter(|told| told.head.opcode == wire::SHORT_RESPONSE)
            .map(|_| "short_response".into()),
        ..Function::new(u32::from(head.function), name)
    };
    let error = response.as_ref().map(|told| told.head.error).filter(|code| *code != 0).map(error);
    let class = act.map_or_else(|| wire::class(head.function, head.object, head.session), |act| act.class);
    Meaning { function, class, items: items(&head, request.map(|t| t.body), response.map(|t| t.body)), error }
}

pub fn plain(code: u32, name: &'static str, class: Class, version: u8) -> Meaning {
    let function = Function { version: Some(version), ..Function::new(code, name) };
    Meaning { function, class, items: smallvec![], error: None }
}

pub fn error(code: i16) -> ProtocolError {
    ProtocolError::new(u32::from(code.cast_unsigned()), wire::error(code))
}

/// Keys of everything that a read or a write of variables touches.
pub fn keys(body: &Body) -> SmallVec<[ObjectKey; 16]> {
    body.addresses.iter().map(|place| ObjectKey::s7_plus(place.rid, &place.path)).collect()
}

fn items(head: &Head, request: Option<Body>, response: Option<Body>) -> Items {
    match head.function {
        wire::GET_MULTI_VARIABLES => numbered(request, response),
        wire::GET_VARIABLE | wire::GET_VAR_SUB_STREAMED => streamed(request, response),
        wire::EXPLORE => explored(head, request, response),
        _ => {
            let (request, response) = (request.unwrap_or_default(), response.unwrap_or_default());
            let errors = response.errors;
            let mut items: Items = request.leaves.into_items().collect();
            mark_errors(&mut items, &errors);
            if items.is_empty() {
                items.extend(head.object.map(|rid| item(Place::object(rid, 0))));
            }
            items.extend(response.created.iter().map(|rid| item(Place::object(*rid, 0))));
            items.extend(response.leaves.into_items());
            items
        }
    }
}

fn item(place: Place) -> Item {
    Item::new(Object::S7Plus(address(place.rid, place.path, place.crc)))
}

/// Errors of a write name the items by number.
fn mark_errors(items: &mut Items, errors: &[(u32, i16)]) {
    for (number, code) in errors {
        let index = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
        if let Some(item) = index.and_then(|index| items.get_mut(index)) {
            item.error = Some(error(*code));
        }
    }
}

/// Addresses of the request with the values that the response gives by item number.
fn numbered(request: Option<Body>, response: Option<Body>) -> Items {
    let asked = request.map(|body| body.addresses).unwrap_or_default();
    let response = response.unwrap_or_default();
    let mut items: Items = asked.iter().cloned().map(item).collect();
    mark_errors(&mut items, &response.errors);
    let mut further: Items = smallvec![];
    let mut structures: SmallVec<[usize; 4]> = smallvec![];
    for leaf in response.leaves.into_kept() {
        let index = leaf.path.first().and_then(|number| usize::try_from(*number).ok()?.checked_sub(1));
        match index.and_then(|index| Some((asked.get(index)?, items.get_mut(index)?))) {
            Some((_, item)) if leaf.path.len() == 1 => item.values.push(leaf.value),
            Some((place, _)) => {
                structures.extend(index);
                further.extend(below(place, leaf, 1).map(Leaf::item));
            }
            None => further.push(leaf.item()),
        }
    }
    // A structure is told by its members.
    let mut index = 0;
    items.retain(|_| {
        index += 1;
        !structures.contains(&(index - 1))
    });
    items.extend(further);
    items
}

/// The one address of the request with what stands below it in the response.
fn streamed(request: Option<Body>, response: Option<Body>) -> Items {
    let asked = request.and_then(|body| body.addresses.into_iter().next());
    let leaves = response.map(|body| body.leaves).unwrap_or_default();
    let Some(place) = asked else { return leaves.into_items().collect() };
    if leaves.kept().is_empty() {
        return smallvec![item(place)];
    }
    leaves.into_kept().into_iter().filter_map(|leaf| below(&place, leaf, 0)).map(Leaf::item).collect()
}

/// What was found, or else what was looked for.
fn explored(head: &Head, request: Option<Body>, response: Option<Body>) -> Items {
    let found: Items = response.map(|body| body.leaves.into_items().collect()).unwrap_or_default();
    let mut items: Items = smallvec![];
    match request {
        Some(body) if found.is_empty() => items.extend(body.addresses.into_iter().map(item)),
        Some(_) => items.extend(head.object.map(|rid| item(Place::object(rid, 0)))),
        None => {}
    }
    items.extend(found);
    items
}

/// A leaf of the answer at its place below what was asked for; its first numbers may be the answer's own.
pub fn below(place: &Place, leaf: Leaf, own: usize) -> Option<Leaf> {
    let path: Path = place.path.iter().chain(leaf.path.get(own..)?).copied().collect();
    Some(Leaf { rid: place.rid, class: place.class, path, crc: place.crc, value: leaf.value })
}
