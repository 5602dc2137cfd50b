//! Names of objects, classes and attributes, as the field's open drivers and dissectors found them. What they do not know
//! is told by number.

use super::wire;

/// Values that are passwords or are derived from them.
pub const fn is_secret(id: u32) -> bool {
    matches!(id, 304 | 309 | LEGITIMATION | 3449 | 40400 | 40402 | 40403)
}

/// Attributes that hold nanoseconds since 1970.
pub const fn is_time(id: u32) -> bool {
    matches!(id, 529 | 2453 | 2529 | 2543 | 2581)
}

pub const NAME: u32 = 233;
pub const SESSION_ADAPTER: u32 = 289;
pub const SESSION_USER: u32 = 296;
pub const SESSION_APPLICATION: u32 = 297;
pub const SESSION_HOST: u32 = 298;
pub const SESSION_COMMENT: u32 = 301;
pub const SERVER_VERSION: u32 = 319;
pub const PROJECT_VERSION: u32 = 320;
pub const REFERENCE_LIST: u32 = 1048;
/// What a session may do at the least, with what it has shown of passwords.
pub const EFFECTIVE_PROTECTION: u32 = 1842;
pub const PROTECTION_LEVEL: u32 = 1843;
pub const LEGITIMATION: u32 = 1846;
pub const OPERATING_STATE_REQUEST: u32 = 2167;
/// A structure with the [`OPERATING_STATE`] in it.
pub const OPERATING_STATES: u32 = 2237;
pub const SET_CLOCK: u32 = 2421;
pub const LAST_MODIFIED: u32 = 2453;
pub const BLOCK_NUMBER: u32 = 2521;
pub const BLOCK_LANGUAGE: u32 = 2523;
pub const KNOWHOW_PROTECTED: u32 = 2524;
pub const INTERFACE_MODIFIED: u32 = 2543;
pub const CODE: u32 = 2580;
pub const OPERATING_STATE: u32 = 3486;
pub const MEMORY_RESET: u32 = 3748;
pub const IDENTIFICATION: u32 = 3753;

pub const SESSION_CLASS: u32 = 287;
pub const ALARM_CLASS: u32 = 2681;
/// Of values, and of alarms.
pub const SUBSCRIPTION_CLASSES: [u32; 2] = [1001, 2662];

/// A place for people: object and attributes by name where they have one.
pub fn address(rid: u32, path: &[u32], crc: u32) -> String {
    let root = object(rid);
    // Symbols of blocks and areas are known by number alone.
    if is_variable(rid) && path.first().is_some_and(|id| is_values(*id)) {
        if let Some(bytes) = bytes(rid, &path[1..]).filter(|_| crc == 0) {
            return bytes;
        }
        let symbol = path[1..].iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        return if symbol.is_empty() { root } else { format!("{root} symbol {symbol}") };
    }
    path.iter().fold(root, |text, id| match attribute(*id) {
        Some(name) => format!("{text}.{name}"),
        None => format!("{text}.{id}"),
    })
}

/// Without the checksum of a symbol, the number 3 says that a place in bytes follows, as older controllers have them: the
/// first byte, how many, and for a single bit its place in the byte.
fn bytes(rid: u32, path: &[u32]) -> Option<String> {
    let (root, block) = (object(rid), rid >> 16 == wire::DATA_BLOCKS);
    let (prefix, bits) = if block { (format!("{root}.DB"), "X") } else { (root, "") };
    match *path {
        [CLASSIC, start, _, bit] => Some(format!("{prefix}{bits}{start}.{bit}")),
        [CLASSIC, start, 1] => Some(format!("{prefix}B{start}")),
        [CLASSIC, start, count] => Some(format!("P#{prefix}{bits}{start}.0 BYTE {count}")),
        _ => None,
    }
}

/// Way of access by bytes.
const CLASSIC: u32 = 3;

/// Data blocks and the areas of inputs, outputs, flags, counters and timers.
pub const fn is_variable(rid: u32) -> bool {
    rid >> 16 == wire::DATA_BLOCKS || matches!(rid, 80..=84)
}

/// The attributes that hold the values of a block or area: actual ones and those at start.
const fn is_values(id: u32) -> bool {
    matches!(id, 2548 | 2550 | 3735 | 3736)
}

fn object(rid: u32) -> String {
    if let Some(name) = native(rid) {
        return name.to_owned();
    }
    match rid >> 16 {
        wire::DATA_BLOCKS => format!("DB{}", rid & 0xffff),
        high => match wire::block_area(high) {
            Some(kind) => format!("{kind}{}", rid & 0xffff),
            None => format!("object 0x{rid:08x}"),
        },
    }
}

/// Objects that every controller has.
const fn native(rid: u32) -> Option<&'static str> {
    Some(match rid {
        0 => "value",
        1 => "as_root",
        2 => "hardware_configuration",
        3 => "plc_program",
        4 => "folders",
        5 => "logs",
        8 => "alarm_subsystem",
        10 => "software_events",
        11 => "test_subsystem",
        30 => "station_configuration",
        48 => "cpu",
        49 => "cpu_proxy",
        50 => "cpu_common",
        51 => "card_reader",
        52 => "cpu_execution_unit",
        53 => "web_server",
        54 => "cpu_display",
        80 => "I",
        81 => "Q",
        82 => "M",
        83 => "C",
        84 => "T",
        201 => "object_root",
        211 => "new_object",
        285 => "server_sessions",
        288 => "null_session",
        537 => "type_information",
        _ => return None,
    })
}

/// A class's name; a block's is the kind of block.
pub const fn class(id: u32) -> Option<&'static str> {
    Some(match id {
        255 => "subscriptions",
        284 => "session_container",
        SESSION_CLASS => "server_session",
        511 => "type_information",
        534 => "type_information_container",
        606 => "text_library",
        1001 => "subscription",
        1700 => "transaction",
        1750 => "file_access_manager",
        2179 => "cpu_execution_unit",
        2190 => "alarm_subsystem",
        2378 => "release_management",
        2478 => "as_root",
        2483 => "software_events",
        2520 => "plc_program",
        2595 => "input_area",
        2602 => "memory_area",
        2621 => "output_area",
        2662 => "alarm_subscription",
        ALARM_CLASS => "alarm",
        4273 => "constants",
        4672 => "text_container",
        7854 => "alarm_types",
        8040 => "program_change",
        _ => return wire::block_class(id),
    })
}

/// An attribute's name.
pub const fn attribute(id: u32) -> Option<&'static str> {
    Some(match id {
        229 => "type_parent",
        NAME => "name",
        SESSION_ADAPTER => "adapter",
        SESSION_USER => "user",
        SESSION_APPLICATION => "application",
        SESSION_HOST => "host",
        299 => "role",
        300 => "client_object",
        SESSION_COMMENT => "comment",
        302 => "timeout",
        303 => "challenge",
        304 => "response",
        305 => "roles",
        306 => "version",
        309 => "password",
        310 => "legitimated",
        315 => "system_model",
        316 => "project_model",
        317 => "system_object_model",
        318 => "project_object_model",
        SERVER_VERSION => "system_version",
        PROJECT_VERSION => "project_version",
        529 => "structure_modified",
        608 => "text_offsets",
        609 => "texts",
        1002 => "missed_sendings",
        1003 => "subsystem_error",
        1005 => "trigger_mode",
        1037 => "system_limits",
        1040 => "route_mode",
        1041 => "active",
        REFERENCE_LIST => "reference_list",
        1049 => "cycle_time",
        1050 => "delay_time",
        1051 => "disabled",
        1052 => "count",
        1053 => "credit_limit",
        1054 => "ticks",
        1082 => "function_class",
        1246 => "filter",
        1247 => "filter_operation",
        1249 => "address_count",
        1250 => "address",
        1251 => "filter_value",
        1256 => "object_qualifier",
        1257 => "parent",
        1258 => "composition",
        1259 => "key",
        1800 => "security_key",
        1825 => "security_key_id",
        1830 => "session_key",
        EFFECTIVE_PROTECTION => "effective_protection_level",
        PROTECTION_LEVEL => "active_protection_level",
        LEGITIMATION => "legitimation",
        OPERATING_STATE_REQUEST => "operating_state_request",
        OPERATING_STATES => "operating_state_information",
        SET_CLOCK => "clock",
        _ => return block_attribute(id),
    })
}

const fn block_attribute(id: u32) -> Option<&'static str> {
    Some(match id {
        2449 => "engineering_identification",
        2450 => "designators",
        2451 => "working_memory_size",
        LAST_MODIFIED => "last_modified",
        2454 => "load_memory_size",
        BLOCK_NUMBER => "block_number",
        2522 => "auto_numbering",
        BLOCK_LANGUAGE => "block_language",
        KNOWHOW_PROTECTED => "knowhow_protected",
        2527 => "unlinked",
        2529 => "runtime_modified",
        2532 => "crc",
        2533 => "body_description",
        2537 => "optimize_information",
        INTERFACE_MODIFIED => "interface_modified",
        2544 => "interface_description",
        2545 => "compiler_switches",
        2546 => "line_comments",
        2548 => "initial_values",
        2550 => "actual_values",
        2551 => "initial_changed",
        CODE => "code",
        2581 => "parameter_modified",
        2582 => "external_references",
        2583 => "internal_references",
        2584 => "network_comments",
        2585 => "network_titles",
        2586 => "callee_list",
        2587 => "interface_signature",
        2588 => "display_information",
        2589 => "debug_information",
        2590 => "local_error_handling",
        2591 => "long_constants",
        2607 => "start_information_type",
        3151 => "binding",
        3448 => "knowhow_protection_mode",
        3449 => "knowhow_protection_password",
        3619 => "technology_block_set",
        3634 => "change_counter",
        3735 => "initial_values",
        3736 => "actual_values",
        3737 => "runtime_modified",
        4287 => "title",
        4288 => "comment",
        4294 => "instance_block",
        4560 => "process_image_part",
        4578 => "type_information",
        4615 => "latest_runtime",
        4616 => "shortest_runtime",
        4617 => "longest_runtime",
        4618 => "call_frequency",
        4619 => "runtime_ratio",
        _ => return alarm_attribute(id),
    })
}

const fn alarm_attribute(id: u32) -> Option<&'static str> {
    Some(match id {
        2659 | 2672 => "alarm_domain",
        2660 => "alarm_subsystem",
        2667 => "update_relevant_alarms",
        2670 => "cpu_alarm_id",
        2671 | 3474 => "all_states",
        2673 => "coming",
        2677 => "going",
        2715 => "alarm_texts",
        3475 => "timestamp",
        3476 => "associated_values",
        3646 => "acknowledged",
        OPERATING_STATE => "operating_state",
        MEMORY_RESET => "memory_reset_request",
        IDENTIFICATION => "identification",
        4079 => "message_type",
        7731 => "alarm_domain_filter",
        7813 => "hmi_information",
        7859 => "alarm_types",
        7917 => "sequence_counter",
        8173 => "send_texts",
        8181 => "text_languages",
        40305 => "return_value",
        40400 => "legitimation",
        40401 => "legitimation_type",
        40402 => "legitimation_user",
        40403 => "legitimation_password",
        _ => return None,
    })
}
