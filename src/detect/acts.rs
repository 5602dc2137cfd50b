//! Acts that one message shows: what a parser calls them, and the detection that speaks of them.

use super::{Detector, Scene, scene};
use crate::event::{Finding, Operation, Protocol, Severity};

/// One kind of act.
struct Row {
    protocol: Protocol,
    /// The operation's act, or its function's name where it has none.
    name: &'static str,
    id: &'static str,
    habit: Habit,
}

/// What it changes that this station always did this.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Nothing: it is told every time.
    Told,
    /// It is not told any more.
    Quiet,
}

const fn told(protocol: Protocol, name: &'static str, id: &'static str) -> Row {
    Row { protocol, name, id, habit: Habit::Told }
}

const fn quiet(protocol: Protocol, name: &'static str, id: &'static str) -> Row {
    Row { protocol, name, id, habit: Habit::Quiet }
}

use Protocol::{Modbus, OpcUa, S7comm, S7commPlus};

const ROWS: &[Row] = &[
    told(Modbus, "restart_communications", "MB-12"),
    told(Modbus, "clear_counters", "MB-13"),
    told(Modbus, "clear_overrun_counter", "MB-13"),
    told(Modbus, "change_ascii_input_delimiter", "MB-13"),
    quiet(Modbus, "read_file_record", "MB-19"),
    quiet(Modbus, "write_file_record", "MB-19"),
    quiet(Modbus, "read_fifo_queue", "MB-19"),
    told(Modbus, "program_controller", "MB-19"),
    told(Modbus, "poll_controller", "MB-19"),
    told(Modbus, "program_484", "MB-19"),
    told(Modbus, "poll_484", "MB-19"),
    told(Modbus, "program_584_984", "MB-19"),
    told(Modbus, "program_884", "MB-19"),
    told(Modbus, "program_concept", "MB-19"),
    told(Modbus, "reset_communication_link", "MB-19"),
    told(Modbus, "multiple_function_codes", "MB-19"),
    told(Modbus, "object_messaging", "MB-19"),
    told(Modbus, "firmware_replacement", "MB-19"),
    told(Modbus, "start", "UM-02"),
    told(Modbus, "stop", "UM-03"),
    told(Modbus, "download", "UM-05"),
    quiet(Modbus, "upload", "UM-06"),
    quiet(Modbus, "umas_write_memory_block", "UM-07"),
    quiet(Modbus, "umas_write_variables", "UM-07"),
    quiet(Modbus, "umas_write_coils_registers", "UM-07"),
    quiet(Modbus, "umas_write_io_object", "UM-07"),
    told(S7comm, "memory_reset", "S7-05"),
    quiet(S7comm, "upload", "S7-10"),
    told(S7comm, "delete_block", "S7-11"),
    told(S7comm, "copy_ram_to_rom", "S7-11"),
    told(S7comm, "compress_memory", "S7-11"),
    told(S7comm, "force", "S7-17"),
    quiet(S7comm, "modify", "S7-17"),
    quiet(S7comm, "block_status", "S7-18"),
    quiet(S7comm, "block_status_v2", "S7-18"),
    quiet(S7comm, "breakpoint", "S7-18"),
    quiet(S7comm, "lock_alarms", "S7-22"),
    quiet(S7comm, "unlock_alarms", "S7-22"),
    quiet(S7comm, "acknowledge_alarm", "S7-22"),
    quiet(S7comm, "delete_file", "S7-23"),
    quiet(S7comm, "copy_file", "S7-23"),
    quiet(S7comm, "select_program", "S7-23"),
    told(S7commPlus, "stop", "SP-02"),
    told(S7commPlus, "start", "SP-02"),
    told(S7commPlus, "change_mode", "SP-02"),
    told(S7commPlus, "memory_reset", "SP-03"),
    told(S7commPlus, "download", "SP-04"),
    told(S7commPlus, "change_program", "SP-04"),
    told(S7commPlus, "delete_block", "SP-04"),
    told(S7commPlus, "change_protection", "SP-07"),
    quiet(S7commPlus, "set_clock", "SP-07"),
    told(OpcUa, "add_nodes", "UA-17"),
    told(OpcUa, "delete_nodes", "UA-17"),
    told(OpcUa, "add_references", "UA-17"),
    told(OpcUa, "delete_references", "UA-17"),
    quiet(OpcUa, "history_update", "UA-18"),
    quiet(OpcUa, "transfer_subscriptions", "UA-19"),
    quiet(OpcUa, "register_server", "UA-25"),
    quiet(OpcUa, "register_server_2", "UA-25"),
];

/// MB-12, MB-13, MB-19, UM-02 to UM-07, S7-05, S7-10, S7-11, S7-17, S7-18, S7-22, SP-02 to SP-04, UA-17, UA-18 and others.
pub struct Acts;

impl Detector for Acts {
    fn event(&mut self, scene: &Scene<'_>, found: &mut Vec<Finding>) {
        let Some((protocol, operation)) = scene.any_operation() else { return };
        let name = operation.function.act.as_deref().unwrap_or(&operation.function.name);
        let Some(row) = ROWS.iter().find(|row| row.protocol == protocol && row.name == name) else { return };
        if !operation.request_seen || (row.habit == Habit::Quiet && scene.is_habit()) {
            return;
        }
        found.push(finding(scene, operation, row));
    }
}

fn finding(scene: &Scene<'_>, operation: &Operation, row: &Row) -> Finding {
    let mut finding = scene.operation_finding(row.id, operation);
    row.name.clone_into(&mut finding.act);
    // A start does less harm than a stop.
    if row.name == "start" {
        finding.severity = finding.severity.min(Severity::High);
    }
    finding.reasons.extend(scene::touched(operation));
    finding
}
