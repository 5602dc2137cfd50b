//! What a request comes to: the act that a person would name, in the same words for all protocols.

use super::parse::{Invocation, Pdu};
use super::userdata::{self, Userdata};
use super::wire;

/// The act of a job; `role` is whom the connection called.
pub fn of_job(request: &Pdu<'_>, role: Option<&str>) -> Option<&'static str> {
    match request.function()? {
        wire::READ_VAR if role == Some("op") => Some("hmi_read"),
        wire::PLC_STOP => Some("stop"),
        wire::PI_SERVICE => of_service(Invocation::read(request.parameter)?.service),
        wire::REQUEST_DOWNLOAD | wire::DOWNLOAD_BLOCK | wire::DOWNLOAD_ENDED => Some("download"),
        wire::START_UPLOAD | wire::UPLOAD | wire::END_UPLOAD => Some("upload"),
        _ => None,
    }
}

fn of_service(service: &[u8]) -> Option<&'static str> {
    Some(match service {
        b"P_PROGRAM" => "start",
        b"_INSE" | b"_INS2" => "activate_block",
        b"_DELE" => "delete_block",
        b"_MODU" => "copy_ram_to_rom",
        b"_GARB" => "compress_memory",
        b"_N_F_DELE" => "delete_file",
        b"_N_F_COPY" => "copy_file",
        b"_N_SELECT" => "select_program",
        b"_N_LOGIN_" => "log_in",
        b"_N_LOGOUT" => "log_out",
        _ => return None,
    })
}

/// The act of userdata.
pub const fn of_userdata(request: &Userdata<'_>) -> Option<&'static str> {
    Some(match (request.group, request.subfunction) {
        (userdata::PROGRAMMER, userdata::MODIFY_VARIABLE) => "modify",
        (userdata::PROGRAMMER, userdata::FORCE) => "force",
        (userdata::PROGRAMMER, userdata::MEMORY_RESET) => "memory_reset",
        (userdata::PROGRAMMER, userdata::FLASH_LED) => "flash_led",
        (userdata::SECURITY, userdata::PASSWORD) => "log_in",
        (userdata::SECURITY, userdata::CLEAR_PASSWORD) => "log_out",
        (userdata::TIME, userdata::SET_CLOCK | userdata::SET_CLOCK_FOLLOWING) => "set_clock",
        (userdata::CPU, userdata::ALARM_LOCK) => "lock_alarms",
        (userdata::CPU, userdata::ALARM_UNLOCK) => "unlock_alarms",
        (userdata::CPU, userdata::ALARM_ACK) => "acknowledge_alarm",
        (userdata::NC_PROGRAM, 1..=4) => "download",
        (userdata::NC_PROGRAM, 6..=8) => "upload",
        _ => return None,
    })
}
