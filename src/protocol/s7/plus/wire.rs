//! Names and numbers of S7comm-plus.

use crate::event::Class;

/// First byte of every frame.
pub const PROTOCOL: u8 = 0x72;

/// Version bytes. From version 3 on a frame begins with a digest; the last two are messages of the protocol itself.
pub const WITH_DIGEST: u8 = 3;
pub const SYSTEM_EVENT: u8 = 0xfe;
pub const KEEP_ALIVE: u8 = 0xff;

pub const fn is_version(version: u8) -> bool {
    matches!(version, 1..=WITH_DIGEST | SYSTEM_EVENT | KEEP_ALIVE)
}

pub const REQUEST: u8 = 0x31;
pub const RESPONSE: u8 = 0x32;
pub const NOTIFICATION: u8 = 0x33;

pub const fn is_opcode(opcode: u8) -> bool {
    matches!(opcode, REQUEST | RESPONSE | NOTIFICATION)
}

pub const EXPLORE: u16 = 0x04bb;
pub const CREATE_OBJECT: u16 = 0x04ca;
pub const DELETE_OBJECT: u16 = 0x04d4;
pub const SET_VARIABLE: u16 = 0x04f2;
pub const SET_MULTI_VARIABLES: u16 = 0x0542;
pub const GET_MULTI_VARIABLES: u16 = 0x054c;
pub const GET_VAR_SUB_STREAMED: u16 = 0x0586;
pub const INIT_SSL: u16 = 0x05b3;

/// Objects that every controller has.
pub const SERVER_SESSIONS: u32 = 285;
pub const MEMORY_CONTROL: u32 = 50;
pub const EXECUTION_UNIT: u32 = 52;

/// A function's name, and what kind of act it is where nothing is known of its object.
pub const fn function(code: u16) -> Option<(&'static str, Class)> {
    Some(match code {
        EXPLORE => ("explore", Class::Identify),
        CREATE_OBJECT => ("create_object", Class::Program),
        DELETE_OBJECT => ("delete_object", Class::Program),
        SET_VARIABLE => ("set_variable", Class::Write),
        0x04fc => ("get_variable", Class::Read),
        0x0506 => ("add_link", Class::Configure),
        0x051a => ("remove_link", Class::Configure),
        0x0524 => ("get_link", Class::Identify),
        SET_MULTI_VARIABLES => ("set_multi_variables", Class::Write),
        GET_MULTI_VARIABLES => ("get_multi_variables", Class::Read),
        0x0556 => ("begin_sequence", Class::Program),
        0x0560 => ("end_sequence", Class::Program),
        0x056b => ("invoke", Class::Control),
        0x057c => ("set_var_sub_streamed", Class::Program),
        GET_VAR_SUB_STREAMED => ("get_var_sub_streamed", Class::Read),
        0x0590 => ("get_variables_address", Class::Read),
        0x059a => ("abort", Class::Session),
        0x05a9 => ("error", Class::Session),
        INIT_SSL => ("init_ssl", Class::Session),
        _ => return None,
    })
}

/// Functions whose request names one object right after its head.
pub const fn names_object(code: u16) -> bool {
    matches!(code, EXPLORE | CREATE_OBJECT | DELETE_OBJECT | SET_VARIABLE | SET_MULTI_VARIABLES | GET_VAR_SUB_STREAMED)
}

/// What kind of act a function is on this object, asked in this session.
pub fn class(code: u16, object: Option<u32>, session: u32) -> Class {
    // A function that nobody knows may do anything; one that could not be read says nothing.
    let unknown = if code == 0 { Class::Diagnose } else { Class::Control };
    let class = function(code).map_or(unknown, |(_, class)| class);
    let Some(object) = object else { return class };
    match code {
        SET_VARIABLE if matches!(object, MEMORY_CONTROL | EXECUTION_UNIT) => Class::Control,
        CREATE_OBJECT | SET_MULTI_VARIABLES | DELETE_OBJECT if object == SERVER_SESSIONS => Class::Session,
        // Objects in the session itself: subscriptions; the session's own end and its legitimation.
        CREATE_OBJECT if object == session => Class::Subscribe,
        DELETE_OBJECT | SET_MULTI_VARIABLES if object == session => Class::Session,
        // Objects that live in sessions have these numbers.
        DELETE_OBJECT | SET_VARIABLE if object >> 24 == 0x70 => Class::Subscribe,
        _ => class,
    }
}

/// Errors of a return value. Positive ones are remarks, but for those that say that a right is missing.
pub const fn error(code: i16) -> &'static str {
    match code {
        17 => "session_pre_legitimated",
        19 => "executed_with_partial_error",
        22 => "session_delegitimated",
        -12 => "object_not_found",
        -17 => "invalid_crc",
        -134 => "multi_es_not_supported",
        -255 => "invalid_lid",
        _ => "unknown_error",
    }
}

pub const fn is_refusal(code: i16) -> bool {
    code < 0 || code == 22
}
