//! What a request comes to: the act that a person would name.

use super::body::Body;
use super::leaf::Place;
use super::parse::Head;
use super::{names, wire};
use crate::event::Class;
use crate::protocol::s7::wire as classic;

/// An act with its class.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Act {
    pub name: &'static str,
    pub class: Class,
}

const fn act(name: &'static str, class: Class) -> Option<Act> {
    Some(Act { name, class })
}

/// Under these objects program and configuration lie: the root, the program, the root of what the server keeps.
const ROOTS: [u32; 3] = [1, wire::PLC_PROGRAM, 201];

/// Names what a request asks, where more than its function says it. `role` is whom the connection called: `es`, `hmi` …
pub fn of(head: &Head, body: &Body, role: Option<&str>) -> Option<Act> {
    let object = head.object.unwrap_or(0);
    let panel = role == Some("hmi");
    match head.function {
        wire::SET_VARIABLE | wire::SET_MULTI_VARIABLES | wire::SET_VAR_SUB_STREAMED => setting(object, body),
        wire::GET_VARIABLE | wire::GET_MULTI_VARIABLES | wire::GET_VAR_SUB_STREAMED => reading(body, panel),
        wire::CREATE_OBJECT if object == wire::SERVER_SESSIONS => {
            act(if role == Some("es") { "go_online" } else { "open_session" }, Class::Session)
        }
        wire::CREATE_OBJECT if makes_subscription(body) => {
            act(if panel { "hmi_subscribe" } else { "subscribe" }, Class::Subscribe)
        }
        wire::CREATE_OBJECT if ROOTS.contains(&object) || !body.blocks.is_empty() => act("download", Class::Program),
        // Object 0 is the session itself.
        wire::DELETE_OBJECT if object == head.session || object == 0 => act("close_session", Class::Session),
        wire::DELETE_OBJECT if wire::block_area(object >> 16).is_some() => act("delete_block", Class::Program),
        wire::DELETE_OBJECT if wire::is_in_session(object) => act("unsubscribe", Class::Subscribe),
        wire::EXPLORE if asks_for(body, names::CODE) => act("upload", Class::Program),
        wire::INIT_SSL => act("start_tls", Class::Session),
        _ => None,
    }
}

/// Names what comes by itself. To whom it comes is not always known: subscriptions live longer than captures.
pub fn of_notification(body: &Body, role: Option<&str>) -> Option<&'static str> {
    let leaves = body.leaves.kept();
    if leaves.iter().any(|leaf| leaf.class == names::ALARM_CLASS) {
        return Some("alarm");
    }
    let values = leaves.iter().any(|leaf| !leaf.path.is_empty());
    values.then_some(if role == Some("hmi") { "hmi_read" } else { "subscribed_values" })
}

fn reading(body: &Body, panel: bool) -> Option<Act> {
    let any = |is: fn(&Place) -> bool| body.addresses.iter().any(is);
    if any(|place| place.path.first().is_some_and(|id| is_block_type(*id))) {
        return act("upload", Class::Program);
    }
    if any(|place| names::is_variable(place.rid)) {
        return act(if panel { "hmi_read" } else { "read_variables" }, Class::Read);
    }
    if any(|place| place.path.contains(&names::OPERATING_STATE) || place.path.contains(&names::OPERATING_STATES)) {
        return act("read_state", Class::Read);
    }
    let identity = any(|place| place.path.contains(&names::IDENTIFICATION));
    act(if identity { "read_identity" } else { "read_attributes" }, Class::Read)
}

/// No attribute has so low a number: one open client asks for blocks by the numbers that their types have in S7comm.
fn is_block_type(id: u32) -> bool {
    u8::try_from(id).is_ok_and(|id| classic::block_type(id).is_some())
}

fn makes_subscription(body: &Body) -> bool {
    body.leaves.kept().first().is_some_and(|leaf| names::SUBSCRIPTION_CLASSES.contains(&leaf.class))
}

fn setting(object: u32, body: &Body) -> Option<Act> {
    let sets = |id: u32| body.leaves.kept().iter().any(|leaf| leaf.path.contains(&id));
    let on = |rid: u32| object == rid || body.leaves.kept().iter().any(|leaf| leaf.rid == rid);
    if sets(names::LEGITIMATION) || (40400..=40403).any(sets) {
        return act("log_in", Class::Configure);
    }
    if on(wire::EXECUTION_UNIT) && sets(names::OPERATING_STATE_REQUEST) {
        let name = match body.leaves.number(names::OPERATING_STATE_REQUEST) {
            Some(1) => "stop",
            Some(2) => "memory_reset",
            Some(3 | 4) => "start",
            _ => "change_mode",
        };
        return act(name, Class::Control);
    }
    if on(wire::CPU_COMMON) && sets(names::MEMORY_RESET) {
        return act("memory_reset", Class::Control);
    }
    if sets(names::SET_CLOCK) {
        return act("set_clock", Class::Configure);
    }
    if [names::EFFECTIVE_PROTECTION, names::PROTECTION_LEVEL, names::KNOWHOW_PROTECTED, 3448, 3449]
        .into_iter()
        .any(sets)
    {
        return act("change_protection", Class::Configure);
    }
    if body.leaves.kept().iter().any(|leaf| leaf.path.first().is_some_and(|id| is_block_type(*id))) {
        return act("download", Class::Program);
    }
    if sets(names::REFERENCE_LIST) {
        return act("change_subscription", Class::Subscribe);
    }
    if object == wire::PLC_PROGRAM { act("change_program", Class::Program) } else { None }
}

fn asks_for(body: &Body, attribute: u32) -> bool {
    body.addresses.iter().any(|place| place.path.last() == Some(&attribute))
}
