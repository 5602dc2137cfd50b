//! Names and numbers of the Modbus Application Protocol V1.1b3.

use crate::event::Class;

/// MBAP header without the unit identifier: transaction, protocol, length (Messaging on TCP/IP V1.0b, section 3.1.3).
pub const MBAP_PREFIX: usize = 6;
/// The largest value of MBAP's length field: unit identifier and a PDU of 253 bytes.
pub const MAX_LENGTH: u16 = 254;
/// Schneider's UMAS sends frames over that limit, up to about 1 KiB.
pub const MAX_UMAS_LENGTH: u16 = 1100;

pub const READ_COILS: u8 = 1;
pub const READ_DISCRETE_INPUTS: u8 = 2;
pub const READ_HOLDING_REGISTERS: u8 = 3;
pub const READ_INPUT_REGISTERS: u8 = 4;
pub const WRITE_SINGLE_COIL: u8 = 5;
pub const WRITE_SINGLE_REGISTER: u8 = 6;
pub const READ_EXCEPTION_STATUS: u8 = 7;
pub const DIAGNOSTICS: u8 = 8;
pub const EVENT_COUNTER: u8 = 11;
pub const EVENT_LOG: u8 = 12;
pub const WRITE_MULTIPLE_COILS: u8 = 15;
pub const WRITE_MULTIPLE_REGISTERS: u8 = 16;
pub const REPORT_SERVER_ID: u8 = 17;
pub const READ_FILE: u8 = 20;
pub const WRITE_FILE: u8 = 21;
pub const MASK_WRITE_REGISTER: u8 = 22;
pub const READ_WRITE_REGISTERS: u8 = 23;
pub const READ_FIFO: u8 = 24;
pub const ENCAPSULATED_INTERFACE: u8 = 43;
pub const UMAS: u8 = 90;

/// Set in the function code of an exception response.
pub const EXCEPTION: u8 = 0x80;
/// MEI type of CANopen General Reference (section 6.20).
pub const MEI_CANOPEN: u8 = 13;
/// MEI type of Read Device Identification (section 6.21).
pub const MEI_DEVICE_IDENTIFICATION: u8 = 14;
/// Diagnostic subfunctions (section 6.8).
pub const FORCE_LISTEN_ONLY: u16 = 4;

/// Reference type of every file record (section 6.14).
pub const FILE_REFERENCE: u8 = 6;

/// The function's name in the specification, or by custom where makers have their own, and what kind of act it is.
pub const fn function(code: u8) -> (&'static str, Class) {
    match code {
        1 => ("read_coils", Class::Read),
        2 => ("read_discrete_inputs", Class::Read),
        3 => ("read_holding_registers", Class::Read),
        4 => ("read_input_registers", Class::Read),
        5 => ("write_single_coil", Class::Write),
        6 => ("write_single_register", Class::Write),
        7 => ("read_exception_status", Class::Diagnose),
        8 => ("diagnostics", Class::Diagnose),
        // As older Modicon controllers know them.
        9 => ("program_484", Class::Program),
        10 => ("poll_484", Class::Diagnose),
        13 => ("program_controller", Class::Program),
        14 => ("poll_controller", Class::Diagnose),
        18 => ("program_884", Class::Program),
        19 => ("reset_communication_link", Class::Control),
        11 => ("get_comm_event_counter", Class::Diagnose),
        12 => ("get_comm_event_log", Class::Diagnose),
        15 => ("write_multiple_coils", Class::Write),
        16 => ("write_multiple_registers", Class::Write),
        17 => ("report_server_id", Class::Identify),
        20 => ("read_file_record", Class::Read),
        21 => ("write_file_record", Class::Write),
        22 => ("mask_write_register", Class::Write),
        23 => ("read_write_multiple_registers", Class::Write),
        24 => ("read_fifo_queue", Class::Read),
        43 => ("encapsulated_interface_transport", Class::Identify),
        40 => ("program_concept", Class::Program),
        41 => ("multiple_function_codes", Class::Program),
        UMAS => ("umas", Class::Program),
        91 => ("object_messaging", Class::Program),
        125 => ("firmware_replacement", Class::Program),
        126 => ("program_584_984", Class::Program),
        127 => ("report_local_address", Class::Identify),
        _ => ("unknown", Class::Diagnose),
    }
}

pub const fn diagnostic(subfunction: u16) -> &'static str {
    match subfunction {
        0 => "return_query_data",
        1 => "restart_communications",
        2 => "return_diagnostic_register",
        3 => "change_ascii_input_delimiter",
        4 => "force_listen_only",
        10 => "clear_counters",
        11 => "return_bus_message_count",
        12 => "return_bus_communication_error_count",
        13 => "return_bus_exception_error_count",
        14 => "return_server_message_count",
        15 => "return_server_no_response_count",
        16 => "return_server_nak_count",
        17 => "return_server_busy_count",
        18 => "return_bus_character_overrun_count",
        20 => "clear_overrun_counter",
        _ => "unknown_diagnostic",
    }
}

/// What is carried within function 43, by its MEI type.
pub const fn encapsulated(mei: u16) -> &'static str {
    match mei {
        13 => "canopen_general_reference",
        14 => "read_device_identification",
        _ => "encapsulated_interface_transport",
    }
}

/// Exception codes (section 7).
pub const fn exception(code: u8) -> &'static str {
    match code {
        1 => "illegal_function",
        2 => "illegal_data_address",
        3 => "illegal_data_value",
        4 => "server_device_failure",
        5 => "acknowledge",
        6 => "server_device_busy",
        7 => "negative_acknowledge",
        8 => "memory_parity_error",
        10 => "gateway_path_unavailable",
        11 => "gateway_target_failed_to_respond",
        _ => "unknown_exception",
    }
}
