//! Names and numbers of UMAS.

use crate::event::Class;

/// Second byte of a response.
pub const OK: u8 = 0xfe;
pub const FAILED: u8 = 0xfd;

pub const INIT_COMM: u8 = 0x01;
pub const READ_ID: u8 = 0x02;
pub const READ_PROJECT_INFO: u8 = 0x03;
pub const READ_PLC_INFO: u8 = 0x04;
pub const READ_CARD_INFO: u8 = 0x06;
pub const REPEAT: u8 = 0x0a;
pub const TAKE_RESERVATION: u8 = 0x10;
pub const READ_MEMORY: u8 = 0x20;
pub const WRITE_MEMORY: u8 = 0x21;
pub const READ_VARIABLES: u8 = 0x22;
pub const WRITE_VARIABLES: u8 = 0x23;
pub const DATA_DICTIONARY: u8 = 0x26;
pub const BEGIN_DOWNLOAD: u8 = 0x30;
pub const DOWNLOAD_BLOCK: u8 = 0x31;
pub const END_DOWNLOAD: u8 = 0x32;
pub const BEGIN_UPLOAD: u8 = 0x33;
pub const UPLOAD_BLOCK: u8 = 0x34;
pub const END_UPLOAD: u8 = 0x35;
pub const SIGNED: u8 = 0x38;
pub const MONITOR: u8 = 0x50;

/// By the names that research gave it. As the maker's software sees it, an upload goes into the controller and a
/// download out of it; [`act`] says it as everybody else does.
pub const fn name(function: u8) -> Option<&'static str> {
    Some(match function {
        INIT_COMM => "umas_init_comm",
        READ_ID => "umas_read_id",
        READ_PROJECT_INFO => "umas_read_project_info",
        READ_PLC_INFO => "umas_read_plc_info",
        0x05 => "umas_read_loader_info",
        READ_CARD_INFO => "umas_read_card_info",
        0x07 => "umas_read_block_info",
        REPEAT => "umas_repeat",
        TAKE_RESERVATION => "umas_take_plc_reservation",
        0x11 => "umas_release_plc_reservation",
        0x12 => "umas_keep_alive",
        READ_MEMORY => "umas_read_memory_block",
        WRITE_MEMORY => "umas_write_memory_block",
        READ_VARIABLES => "umas_read_variables",
        WRITE_VARIABLES => "umas_write_variables",
        0x24 => "umas_read_coils_registers",
        0x25 => "umas_write_coils_registers",
        DATA_DICTIONARY => "umas_data_dictionary",
        0x27 => "umas_data_dictionary_preload",
        0x28 => "umas_read_physical_address",
        0x29 => "umas_write_physical_address",
        0x2a => "umas_browse_events",
        BEGIN_DOWNLOAD => "umas_initialize_upload",
        DOWNLOAD_BLOCK => "umas_upload_block",
        END_DOWNLOAD => "umas_end_strategy_upload",
        BEGIN_UPLOAD => "umas_initialize_download",
        UPLOAD_BLOCK => "umas_download_block",
        END_UPLOAD => "umas_end_strategy_download",
        0x36 => "umas_backup",
        0x37 => "umas_preload_blocks",
        SIGNED => "umas_signed_message",
        0x39 => "umas_read_eth_master_data",
        0x40 => "umas_start_plc",
        0x41 => "umas_stop_plc",
        0x42 => "umas_init_plc",
        0x43 => "umas_swap",
        MONITOR => "umas_monitor_plc",
        0x51 => "umas_get_auto_modif",
        0x52 => "umas_get_forced_bits",
        0x53 => "umas_get_selected_blocks",
        0x58 => "umas_check_plc",
        0x60 => "umas_set_breakpoint",
        0x61 => "umas_delete_breakpoint",
        0x62 => "umas_step_over",
        0x63 => "umas_step_in",
        0x64 => "umas_step_out",
        0x65 => "umas_get_call_stack",
        0x66 => "umas_check_debug_allowed",
        0x6c => "umas_process_message",
        0x6d => "umas_private_message",
        0x6e => "umas_reservation_nonces",
        0x70 => "umas_read_io_object",
        0x71 => "umas_write_io_object",
        0x72 => "umas_read_rack",
        0x73 => "umas_get_status_module",
        0x74 => "umas_read_device_data",
        _ => return None,
    })
}

pub const fn class(function: u8) -> Class {
    match function {
        0x01 | 0x12 | 0x6e => Class::Session,
        0x02..=0x07 | 0x26 | 0x27 | 0x39 | 0x72 => Class::Identify,
        0x0a | 0x2a | 0x51..=0x53 | 0x58 | 0x65 | 0x66 | 0x73 => Class::Diagnose,
        0x20 | 0x22 | 0x24 | 0x28 | 0x50 | 0x70 | 0x74 => Class::Read,
        0x21 | 0x23 | 0x25 | 0x71 => Class::Write,
        0x40..=0x42 => Class::Control,
        // Reservation too: who takes it is about to change something.
        _ => Class::Program,
    }
}

/// What a function comes to, in the words that all protocols share.
pub const fn act(function: u8) -> Option<&'static str> {
    Some(match function {
        TAKE_RESERVATION => "go_online",
        0x11 => "go_offline",
        0x40 => "start",
        0x41 => "stop",
        0x42 => "memory_reset",
        BEGIN_DOWNLOAD..=END_DOWNLOAD => "download",
        BEGIN_UPLOAD..=END_UPLOAD => "upload",
        _ => return None,
    })
}
