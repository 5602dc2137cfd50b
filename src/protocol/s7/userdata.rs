//! Userdata: its parameter, and the names of its groups and functions; pure.

use std::borrow::Cow;

use super::parse::{DataItem, Pdu};
use crate::event::Class;
use crate::protocol::Reader;

/// What the parameter of every userdata PDU begins with.
const HEAD: [u8; 3] = [0x00, 0x01, 0x12];

/// Groups of functions.
pub const MODE_TRANSITION: u8 = 0;
pub const PROGRAMMER: u8 = 1;
pub const CYCLIC: u8 = 2;
pub const BLOCK: u8 = 3;
pub const CPU: u8 = 4;
pub const SECURITY: u8 = 5;
pub const PBC: u8 = 6;
pub const TIME: u8 = 7;
pub const NC_PROGRAM: u8 = 15;

/// Functions that are read in detail.
pub const CYCLIC_TRANSFER: u8 = 1;
pub const UNSUBSCRIBE: u8 = 4;
pub const CHANGE_DRIVEN: u8 = 5;
pub const LIST_BLOCKS: u8 = 1;
pub const LIST_BLOCKS_OF_TYPE: u8 = 2;
pub const BLOCK_INFO: u8 = 3;
pub const READ_SZL: u8 = 1;
pub const MESSAGE_SERVICE: u8 = 0x02;
pub const DIAGNOSTIC_MESSAGE: u8 = 0x03;
pub const ALARM_8: u8 = 0x05;
pub const NOTIFY: u8 = 0x06;
pub const ALARM_ACK_INDICATION: u8 = 0x0c;
pub const ALARM_QUERY: u8 = 0x13;
pub const NOTIFY_8: u8 = 0x16;
pub const ALARM_LOCK: u8 = 0x07;
pub const ALARM_UNLOCK: u8 = 0x08;
pub const ALARM_ACK: u8 = 0x0b;
pub const BLOCK_STATUS: u8 = 0x01;
pub const VARIABLE_STATUS: u8 = 0x02;
pub const DISABLE_JOB: u8 = 0x0d;
pub const DELETE_JOB: u8 = 0x0f;
pub const READ_JOB_LIST: u8 = 0x10;
pub const READ_JOB: u8 = 0x11;
pub const BLOCK_STATUS_V2: u8 = 0x13;
pub const MODIFY_VARIABLE: u8 = 0x08;
pub const FORCE: u8 = 0x09;
pub const MEMORY_RESET: u8 = 0x0c;
pub const FLASH_LED: u8 = 0x16;
pub const PASSWORD: u8 = 1;
pub const CLEAR_PASSWORD: u8 = 2;
pub const SET_CLOCK: u8 = 2;
pub const SET_CLOCK_FOLLOWING: u8 = 4;

/// Kinds of userdata message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Request,
    Response,
    /// Sent without having been asked for in this message.
    Push,
    Other,
}

/// A userdata PDU taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Userdata<'a> {
    /// As on the wire: 4, 8 and 0; 7, 11 and 3 of numerical controls.
    pub kind_code: u8,
    pub group: u8,
    pub subfunction: u8,
    /// Number of a job in answers and in what comes by itself.
    pub sequence: u8,
    /// Part of an answer in several parts: its number, and whether more follow.
    pub part: Option<(u8, bool)>,
    pub error: u16,
    pub data: Option<DataItem<'a>>,
}

impl<'a> Userdata<'a> {
    pub fn read(pdu: &Pdu<'a>) -> Option<Self> {
        let mut reader = Reader::new(pdu.parameter);
        if reader.array()? != HEAD {
            return None;
        }
        let length = reader.u8()?;
        // Whether a request or an answer follows: said again by the kind.
        reader.skip(1)?;
        let function = reader.u8()?;
        let subfunction = reader.u8()?;
        let sequence = reader.u8().unwrap_or(0);
        let (part, error) = if length >= 8 { answer_fields(&mut reader) } else { (None, 0) };
        let data = DataItem::take_last(pdu.data);
        Some(Userdata { kind_code: function >> 4, group: function & 0x0f, subfunction, sequence, part, error, data })
    }

    pub const fn kind(&self) -> Kind {
        match self.kind_code {
            4 | 7 => Kind::Request,
            8 | 11 => Kind::Response,
            0 | 3 => Kind::Push,
            _ => Kind::Other,
        }
    }

    /// The bytes behind return code and length.
    pub fn bytes(&self) -> &'a [u8] {
        self.data.map_or(&[], |data| data.bytes)
    }
}

fn answer_fields(reader: &mut Reader<'_>) -> (Option<(u8, bool)>, u16) {
    let (Some(reference), Some(last)) = (reader.u8(), reader.u8()) else { return (None, 0) };
    // Zero says that nothing follows.
    let part = Some((reference, last != 0)).filter(|_| reference != 0);
    (part, reader.be16().unwrap_or(0))
}

/// A function's name and class.
pub fn function(group: u8, subfunction: u8) -> (Cow<'static, str>, Class) {
    let known = match group {
        MODE_TRANSITION => Some(("mode_transition", Class::Diagnose)),
        PROGRAMMER => programmer(subfunction),
        CYCLIC => cyclic(subfunction),
        BLOCK => block(subfunction),
        CPU => cpu(subfunction),
        SECURITY => security(subfunction),
        PBC => Some(("pbc_bsend", Class::Write)),
        TIME => time(subfunction),
        NC_PROGRAM => nc_program(subfunction),
        _ => None,
    };
    match known {
        Some((name, class)) => (name.into(), class),
        None => (format!("userdata_group_{group}_function_0x{subfunction:02x}").into(), group_class(group)),
    }
}

/// The class of a function that nobody named: the gravest that its group is known for.
const fn group_class(group: u8) -> Class {
    match group {
        PROGRAMMER => Class::Control,
        SECURITY => Class::Configure,
        NC_PROGRAM => Class::Program,
        _ => Class::Diagnose,
    }
}

const fn programmer(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        BLOCK_STATUS => ("block_status", Class::Diagnose),
        VARIABLE_STATUS => ("variable_status", Class::Read),
        0x03 => ("read_interrupt_stack", Class::Diagnose),
        0x04 => ("read_block_stack", Class::Diagnose),
        0x05 => ("read_local_stack", Class::Diagnose),
        0x06 => ("time_measurement", Class::Diagnose),
        0x07 => ("force_selection", Class::Diagnose),
        MODIFY_VARIABLE => ("modify_variable", Class::Write),
        FORCE => ("force", Class::Control),
        0x0a => ("breakpoint", Class::Control),
        0x0b => ("exit_hold", Class::Control),
        MEMORY_RESET => ("memory_reset", Class::Control),
        DISABLE_JOB => ("disable_job", Class::Diagnose),
        0x0e => ("enable_job", Class::Diagnose),
        DELETE_JOB => ("delete_job", Class::Diagnose),
        READ_JOB_LIST => ("read_job_list", Class::Diagnose),
        READ_JOB => ("read_job", Class::Diagnose),
        0x12 => ("replace_job", Class::Diagnose),
        BLOCK_STATUS_V2 => ("block_status_v2", Class::Diagnose),
        FLASH_LED => ("flash_led", Class::Diagnose),
        _ => return None,
    })
}

const fn cyclic(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        CYCLIC_TRANSFER => ("cyclic_transfer", Class::Subscribe),
        UNSUBSCRIBE => ("cyclic_unsubscribe", Class::Subscribe),
        CHANGE_DRIVEN => ("change_driven_transfer", Class::Subscribe),
        0x07 => ("change_driven_transfer_modify", Class::Subscribe),
        0x08 => ("read_record", Class::Read),
        _ => return None,
    })
}

const fn block(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        LIST_BLOCKS => ("list_blocks", Class::Identify),
        LIST_BLOCKS_OF_TYPE => ("list_blocks_of_type", Class::Identify),
        BLOCK_INFO => ("get_block_info", Class::Identify),
        _ => return None,
    })
}

const fn cpu(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        READ_SZL => ("read_szl", Class::Diagnose),
        MESSAGE_SERVICE => ("message_service", Class::Subscribe),
        DIAGNOSTIC_MESSAGE => ("diagnostic_message", Class::Diagnose),
        ALARM_8 => ("alarm_8_indication", Class::Diagnose),
        NOTIFY => ("notify_indication", Class::Diagnose),
        ALARM_LOCK => ("alarm_8_lock", Class::Configure),
        ALARM_UNLOCK => ("alarm_8_unlock", Class::Configure),
        0x09 => ("scan_indication", Class::Diagnose),
        ALARM_ACK => ("alarm_ack", Class::Configure),
        ALARM_ACK_INDICATION => ("alarm_ack_indication", Class::Diagnose),
        0x0d => ("alarm_lock_indication", Class::Diagnose),
        0x0e => ("alarm_unlock_indication", Class::Diagnose),
        0x11 => ("alarm_sq_indication", Class::Diagnose),
        0x12 => ("alarm_s_indication", Class::Diagnose),
        ALARM_QUERY => ("alarm_query", Class::Diagnose),
        NOTIFY_8 => ("notify_8_indication", Class::Diagnose),
        _ => return None,
    })
}

const fn security(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        PASSWORD => ("plc_password", Class::Configure),
        CLEAR_PASSWORD => ("clear_plc_password", Class::Configure),
        _ => return None,
    })
}

const fn time(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        0x01 => ("read_clock", Class::Diagnose),
        SET_CLOCK => ("set_clock", Class::Configure),
        0x03 => ("read_clock_following", Class::Diagnose),
        SET_CLOCK_FOLLOWING => ("set_clock_following", Class::Configure),
        _ => return None,
    })
}

const fn nc_program(subfunction: u8) -> Option<(&'static str, Class)> {
    Some(match subfunction {
        0x01 => ("nc_request_download", Class::Program),
        0x02 => ("nc_download_block", Class::Program),
        0x03 => ("nc_continue_download", Class::Program),
        0x04 => ("nc_download_ended", Class::Program),
        0x06 => ("nc_start_upload", Class::Program),
        0x07 => ("nc_upload", Class::Program),
        0x08 => ("nc_continue_upload", Class::Program),
        _ => return None,
    })
}

/// The modes that a mode transition push tells by its subfunction.
pub const fn mode(subfunction: u8) -> Option<&'static str> {
    Some(match subfunction {
        0x00 => "STOP",
        0x01 => "STARTUP (warm restart)",
        0x02 => "RUN",
        0x03 => "STARTUP (hot restart)",
        0x04 => "HOLD",
        0x06 => "STARTUP (cold restart)",
        0x09 => "RUN (redundant)",
        0x0b => "LINK-UP",
        0x0c => "UPDATE",
        _ => return None,
    })
}
