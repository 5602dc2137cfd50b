//! Names and numbers of S7comm. The protocol has no public specification; names follow Siemens' manuals ("System
//! Software for S7-300/400, System and Standard Functions") and the field's usage.

use std::borrow::Cow;

use crate::event::Class;

/// First byte of every S7comm PDU.
pub const PROTOCOL: u8 = 0x32;

/// Kinds of PDU ("remote operating service control").
pub const JOB: u8 = 1;
pub const ACK: u8 = 2;
pub const ACK_DATA: u8 = 3;
pub const USERDATA: u8 = 7;

pub const READ_VAR: u8 = 0x04;
pub const WRITE_VAR: u8 = 0x05;
pub const REQUEST_DOWNLOAD: u8 = 0x1a;
pub const DOWNLOAD_BLOCK: u8 = 0x1b;
pub const DOWNLOAD_ENDED: u8 = 0x1c;
pub const START_UPLOAD: u8 = 0x1d;
pub const UPLOAD: u8 = 0x1e;
pub const END_UPLOAD: u8 = 0x1f;
pub const PI_SERVICE: u8 = 0x28;
pub const PLC_STOP: u8 = 0x29;
pub const SETUP: u8 = 0xf0;

pub const fn rosctr(code: u8) -> Option<&'static str> {
    match code {
        JOB => Some("job"),
        ACK => Some("ack"),
        ACK_DATA => Some("ack_data"),
        USERDATA => Some("userdata"),
        _ => None,
    }
}

/// A job's name, and what kind of act it is.
pub const fn job(code: u8) -> Option<(&'static str, Class)> {
    Some(match code {
        0x00 => ("cpu_services", Class::Diagnose),
        READ_VAR => ("read_var", Class::Read),
        WRITE_VAR => ("write_var", Class::Write),
        REQUEST_DOWNLOAD => ("request_download", Class::Program),
        DOWNLOAD_BLOCK => ("download_block", Class::Program),
        DOWNLOAD_ENDED => ("download_ended", Class::Program),
        START_UPLOAD => ("start_upload", Class::Program),
        UPLOAD => ("upload", Class::Program),
        END_UPLOAD => ("end_upload", Class::Program),
        PI_SERVICE => ("pi_service", Class::Control),
        PLC_STOP => ("plc_stop", Class::Control),
        SETUP => ("setup_communication", Class::Session),
        _ => return None,
    })
}

/// Service by which a user logs in at a numerical control; its argument holds the password.
pub const LOGIN: &str = "_N_LOGIN_";

/// Services on blocks and on the whole program.
pub const BLOCK_SERVICES: [&[u8]; 6] = [b"_INSE", b"_INS2", b"_DELE", b"_MODU", b"_GARB", b"P_PROGRAM"];

/// What kind of act a program invocation service is. One that nobody knows counts as control.
pub fn service_class(name: &str) -> Class {
    match name {
        // Blocks linked in, deleted, copied to load memory, or moved together.
        "_INSE" | "_INS2" | "_DELE" | "_MODU" | "_GARB" => Class::Program,
        LOGIN | "_N_LOGOUT" => Class::Configure,
        // Files of a numerical control.
        _ if name.starts_with("_N_F_") => Class::Program,
        _ => Class::Control,
    }
}

/// Return code of one item of a read or write, or of userdata.
pub const SUCCESS: u8 = 0xff;
/// Return code where nothing is to be returned yet: in requests.
pub const RESERVED: u8 = 0;
/// Also stands in front of empty data, where it means nothing.
pub const NO_OBJECT: u8 = 0x0a;

pub const fn item_error(code: u8) -> &'static str {
    match code {
        RESERVED => "reserved",
        0x01 => "hardware_error",
        0x03 => "access_denied",
        0x05 => "invalid_address",
        0x06 => "data_type_not_supported",
        0x07 => "data_type_inconsistent",
        NO_OBJECT => "object_does_not_exist",
        SUCCESS => "success",
        _ => "unknown_return_code",
    }
}

/// How the length of a data item counts (transport size of data).
pub mod data {
    /// No data, whatever the length says.
    pub const NULL: u8 = 0x00;
    pub const BIT: u8 = 0x03;
    pub const BYTES: u8 = 0x04;
    pub const INTEGER: u8 = 0x05;
    pub const DOUBLE_INTEGER: u8 = 0x06;
    pub const REAL: u8 = 0x07;

    /// Length in bytes of data whose length field says `length`.
    pub const fn bytes(size: u8, length: u16) -> usize {
        match size {
            NULL => 0,
            BIT | BYTES | INTEGER => (length as usize).div_ceil(8),
            _ => length as usize,
        }
    }
}

/// Data types of an address (transport size of an S7-ANY pointer).
pub mod size {
    pub const BIT: u8 = 0x01;
    pub const BYTE: u8 = 0x02;
    pub const CHAR: u8 = 0x03;
    pub const WORD: u8 = 0x04;
    pub const INT: u8 = 0x05;
    pub const DWORD: u8 = 0x06;
    pub const DINT: u8 = 0x07;
    pub const REAL: u8 = 0x08;
    pub const DATE: u8 = 0x09;
    pub const TIME_OF_DAY: u8 = 0x0a;
    pub const TIME: u8 = 0x0b;
    pub const S5TIME: u8 = 0x0c;
    pub const DATE_AND_TIME: u8 = 0x0f;
    pub const COUNTER: u8 = 0x1c;
    pub const TIMER: u8 = 0x1d;

    pub const fn name(code: u8) -> Option<&'static str> {
        Some(match code {
            BIT => "BIT",
            BYTE => "BYTE",
            CHAR => "CHAR",
            WORD => "WORD",
            INT => "INT",
            DWORD => "DWORD",
            DINT => "DINT",
            REAL => "REAL",
            DATE => "DATE",
            TIME_OF_DAY => "TIME_OF_DAY",
            TIME => "TIME",
            S5TIME => "S5TIME",
            DATE_AND_TIME => "DATE_AND_TIME",
            COUNTER => "COUNTER",
            TIMER => "TIMER",
            0x1e => "IEC_TIMER",
            0x1f => "IEC_COUNTER",
            0x20 => "HS_COUNTER",
            _ => return None,
        })
    }

    /// Bytes of one element; bits are counted apart.
    pub const fn bytes(code: u8) -> u32 {
        match code {
            WORD | INT | DATE | S5TIME | COUNTER | TIMER => 2,
            DWORD | DINT | REAL | TIME_OF_DAY | TIME => 4,
            DATE_AND_TIME => 8,
            _ => 1,
        }
    }
}

/// Memory areas of an address.
pub mod area {
    pub const COUNTERS: u8 = 0x1c;
    pub const TIMERS: u8 = 0x1d;
    pub const IEC_COUNTERS: u8 = 0x1e;
    pub const IEC_TIMERS: u8 = 0x1f;
    pub const DATA_BLOCK: u8 = 0x84;
    pub const INSTANCE_BLOCK: u8 = 0x85;

    pub const fn name(code: u8) -> Option<&'static str> {
        Some(match code {
            0x01 => "record",
            0x03 => "system_info_200",
            0x05 => "system_flags_200",
            0x06 => "analog_inputs_200",
            0x07 => "analog_outputs_200",
            COUNTERS => "C",
            TIMERS => "T",
            IEC_COUNTERS => "C_200",
            IEC_TIMERS => "T_200",
            0x80 => "P",
            0x81 => "I",
            0x82 => "Q",
            0x83 => "M",
            DATA_BLOCK => "DB",
            INSTANCE_BLOCK => "DI",
            0x86 => "L",
            0x87 => "V",
            _ => return None,
        })
    }

    /// Counts elements and not bytes.
    pub const fn is_numbered(code: u8) -> bool {
        matches!(code, COUNTERS | TIMERS | IEC_COUNTERS | IEC_TIMERS)
    }

    /// Holds numbered blocks.
    pub const fn has_blocks(code: u8) -> bool {
        matches!(code, DATA_BLOCK | INSTANCE_BLOCK)
    }
}

/// Syntax identifiers of an address.
pub mod syntax {
    pub const ANY: u8 = 0x10;
    pub const NCK: u8 = 0x82;
    pub const NCK_METRIC: u8 = 0x83;
    pub const NCK_INCH: u8 = 0x84;
    pub const DRIVE: u8 = 0xa2;
    pub const DB_READ: u8 = 0xb0;
    pub const SYMBOLIC: u8 = 0xb2;
}

/// A block type by the two digits that name it, or its number in a block header.
pub const fn block_type(code: u8) -> Option<&'static str> {
    Some(match code {
        0x08 => "OB",
        0x0a => "DB",
        0x0b => "SDB",
        0x0c => "FC",
        0x0d => "SFC",
        0x0e => "FB",
        0x0f => "SFB",
        _ => return None,
    })
}

/// The language of a block, or its number.
pub fn language_name(code: u8) -> Cow<'static, str> {
    language(code).map_or_else(|| format!("language_{code}").into(), Cow::Borrowed)
}

/// Languages of a block.
pub const fn language(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "undefined",
        1 => "stl",
        2 => "lad",
        3 => "fbd",
        4 => "scl",
        5 => "db",
        6 => "graph",
        7 => "sdb",
        8 => "cpu_db",
        0x11 => "sdb_after_reset",
        0x12 => "sdb_routing",
        0x1d => "db_of_type",
        0x29 => "encrypted",
        _ => return None,
    })
}
