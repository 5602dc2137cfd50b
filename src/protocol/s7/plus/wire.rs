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
/// Answers requests that wanted no answer.
pub const SHORT_RESPONSE: u8 = 0x02;

pub const fn is_opcode(opcode: u8) -> bool {
    matches!(opcode, REQUEST | RESPONSE | NOTIFICATION | SHORT_RESPONSE)
}

/// Flag of a request that wants no answer.
pub const NO_ANSWER: u8 = 0x40;

pub const EXPLORE: u16 = 0x04bb;
pub const CREATE_OBJECT: u16 = 0x04ca;
pub const DELETE_OBJECT: u16 = 0x04d4;
pub const SET_VARIABLE: u16 = 0x04f2;
pub const GET_VARIABLE: u16 = 0x04fc;
pub const GET_LINK: u16 = 0x0524;
pub const SET_MULTI_VARIABLES: u16 = 0x0542;
pub const GET_MULTI_VARIABLES: u16 = 0x054c;
pub const BEGIN_SEQUENCE: u16 = 0x0556;
pub const END_SEQUENCE: u16 = 0x0560;
pub const INVOKE: u16 = 0x056b;
pub const SET_VAR_SUB_STREAMED: u16 = 0x057c;
pub const GET_VAR_SUB_STREAMED: u16 = 0x0586;
pub const INIT_SSL: u16 = 0x05b3;
/// Answers what cannot be understood.
pub const ERROR: u16 = 0x04b1;

/// Objects that every controller has.
pub const PLC_PROGRAM: u32 = 3;
pub const CPU_PROXY: u32 = 49;
pub const CPU_COMMON: u32 = 50;
pub const EXECUTION_UNIT: u32 = 52;
pub const SERVER_SESSIONS: u32 = 285;
/// Stands for an object that has no number yet.
const NEW_OBJECT: u32 = 211;
/// Objects that live in sessions have numbers that begin so.
const SESSION_OBJECTS: u32 = 0x70;
/// Upper half of the numbers of data blocks.
pub const DATA_BLOCKS: u32 = 0x8a0e;

/// A function's name, and what kind of act it is where nothing is known of its object.
pub const fn function(code: u16) -> Option<(&'static str, Class)> {
    Some(match code {
        EXPLORE => ("explore", Class::Identify),
        CREATE_OBJECT => ("create_object", Class::Program),
        DELETE_OBJECT => ("delete_object", Class::Program),
        SET_VARIABLE => ("set_variable", Class::Write),
        GET_VARIABLE => ("get_variable", Class::Read),
        0x0506 => ("add_link", Class::Configure),
        0x051a => ("remove_link", Class::Configure),
        GET_LINK => ("get_link", Class::Identify),
        SET_MULTI_VARIABLES => ("set_multi_variables", Class::Write),
        GET_MULTI_VARIABLES => ("get_multi_variables", Class::Read),
        BEGIN_SEQUENCE => ("begin_sequence", Class::Program),
        END_SEQUENCE => ("end_sequence", Class::Program),
        INVOKE => ("invoke", Class::Control),
        SET_VAR_SUB_STREAMED => ("set_var_sub_streamed", Class::Program),
        GET_VAR_SUB_STREAMED => ("get_var_sub_streamed", Class::Read),
        0x0590 => ("get_variables_address", Class::Read),
        ERROR | 0x05a9 => ("error", Class::Session),
        0x059a => ("abort", Class::Session),
        INIT_SSL => ("init_ssl", Class::Session),
        _ => return None,
    })
}

/// Functions whose request names one object right after its head.
pub const fn names_object(code: u16) -> bool {
    matches!(
        code,
        EXPLORE
            | CREATE_OBJECT
            | DELETE_OBJECT
            | SET_VARIABLE
            | GET_VARIABLE
            | SET_MULTI_VARIABLES
            | GET_VAR_SUB_STREAMED
            | SET_VAR_SUB_STREAMED
    )
}

/// What kind of act a function is on this object, asked in this session.
pub fn class(code: u16, object: Option<u32>, session: u32) -> Class {
    // A function that nobody knows may do anything; one that could not be read says nothing.
    let unknown = if code == 0 { Class::Diagnose } else { Class::Control };
    let class = function(code).map_or(unknown, |(_, class)| class);
    let Some(object) = object else { return class };
    match code {
        SET_VARIABLE if matches!(object, CPU_COMMON | EXECUTION_UNIT) => Class::Control,
        CREATE_OBJECT | SET_MULTI_VARIABLES | DELETE_OBJECT if object == SERVER_SESSIONS => Class::Session,
        // Objects in the session itself: subscriptions; the session's own end and its legitimation.
        CREATE_OBJECT if object == session => Class::Subscribe,
        DELETE_OBJECT | SET_MULTI_VARIABLES | SET_VARIABLE | SET_VAR_SUB_STREAMED if object == session => {
            Class::Session
        }
        DELETE_OBJECT | SET_VARIABLE | CREATE_OBJECT if is_in_session(object) => Class::Subscribe,
        // What a client takes back that was never made.
        DELETE_OBJECT if object == NEW_OBJECT => Class::Session,
        _ => class,
    }
}

/// Objects that live in sessions: subscriptions and the like.
pub const fn is_in_session(object: u32) -> bool {
    object >> 24 == SESSION_OBJECTS
}

/// The error of a return value: its low half word, as a signed number.
pub fn code(return_value: u64) -> i16 {
    ((return_value & 0xffff) as u16).cast_signed()
}

/// The name of a code that nobody named.
pub const UNNAMED: &str = "unnamed_error";

/// Errors of a return value. Positive ones are remarks, but for those that say that a right is missing.
pub const fn error(code: i16) -> &'static str {
    match code {
        17 => "session_pre_legitimated",
        18 => "service_ignored",
        19 => "executed_with_partial_error",
        21 => "too_many_notifications",
        22 => "session_delegitimated",
        23 => "end_of_file",
        24 => "subscription_disabled",
        25 => "legitimated_for_level_2",
        26 => "legitimated_for_level_3",
        33 => "legitimated_for_level_1",
        34 => "transaction_aborted",
        35 => "blob_reallocated",
        37 => "temporarily_out_of_resources",
        38 => "legitimation_level_disabled",
        40 => "blob_end_reached",
        -1 => "unknown_error",
        -2 => "invalid_value_type",
        -3 => "invalid_argument_value",
        -4 => "not_enough_memory",
        -12 => "object_not_found",
        -17 => "invalid_crc",
        -118 => "session_delegitimated_legacy",
        -134 => "multi_es_not_supported",
        -255 => "invalid_lid",
        _ => UNNAMED,
    }
}

pub const fn is_refusal(code: i16) -> bool {
    code < 0 || matches!(code, 22 | 34 | 37 | 38)
}

/// The kind of a block by the upper half of its number.
pub const fn block_area(high: u32) -> Option<&'static str> {
    match high {
        DATA_BLOCKS => Some("DB"),
        0x8a20 => Some("FB"),
        0x8a24 => Some("UDT"),
        0x8a32 => Some("OB"),
        _ => None,
    }
}

/// The kind of a block by its class.
pub const fn block_class(class: u32) -> Option<&'static str> {
    Some(match class {
        2574 => "DB",
        2578 => "FB",
        2647 => "OB",
        3932 => "UDT",
        _ => return None,
    })
}

/// Attributes that make out what a block does: code, interface, values at start.
pub const fn is_content(attribute: u32) -> bool {
    matches!(attribute, 2544 | 2548 | 2580 | 2591)
}
