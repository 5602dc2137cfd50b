//! The records of the lists that are read to the last field: names as the manual gives them.

use crate::event::{Fields, Value, clean_text};
use crate::protocol::Reader;
use crate::protocol::s7::clock;
use crate::protocol::s7::wire;

/// One field of a record: its name, and how many bytes it takes; numbers take up to four, checksums ([`LOW_FIRST`]) two. Names beginning with `_` are kept to themselves.
type Layout = &'static [(&'static str, u8)];

/// Two bytes with the lower one first, as these lists carry checksums.
const LOW_FIRST: u8 = 0xff;

/// The lists that a controller has, and what it can do.
const LISTS: Layout = &[("list", 2)];
const CHARACTERISTIC: Layout = &[("characteristic", 2)];
const MEMORY: Layout = &[
    ("index", 2),
    ("code", 2),
    ("size", 4),
    ("mode", 2),
    ("granularity", 2),
    ("area1_size", 4),
    ("area1_used", 4),
    ("area1_largest_free", 4),
    ("area2_size", 4),
    ("area2_used", 4),
    ("area2_largest_free", 4),
];
const SYSTEM_AREA: Layout = &[("index", 2), ("code", 2), ("quantity", 2), ("retentive", 2)];
const BLOCK_TYPE: Layout = &[("block_type", 2), ("max_count", 2), ("max_length_kib", 2), ("max_work_memory", 4)];
const LED: Layout = &[("led", 2), ("on", 1), ("blinks", 1)];
const PROCESS_IMAGE: Layout = &[("partition", 1), ("use", 1), ("ob", 1), ("_reserved", 1)];
const COMMUNICATION_GENERAL: Layout = &[("index", 2), ("pdu", 2), ("connections", 2), ("mpi_bps", 4), ("mkbus_bps", 4)];
const COMMUNICATION_TEST: Layout = &[
    ("index", 2),
    ("funkt_0", 1),
    ("funkt_1", 1),
    ("funkt_2", 1),
    ("funkt_3", 1),
    ("funkt_4", 1),
    ("funkt_5", 1),
    ("aseg", 6),
    ("eseg", 6),
    ("trgereig_0", 1),
    ("trgereig_1", 1),
    ("trgereig_2", 1),
    ("trgbed", 1),
    ("pfad", 1),
    ("tiefe", 1),
    ("systrig", 1),
    ("erg_par", 1),
    ("erg_pat_1", 2),
    ("erg_pat_2", 2),
    ("force", 2),
    ("time", 2),
];
const COMMUNICATION_PANEL: Layout = &[
    ("index", 2),
    ("funkt_0", 1),
    ("funkt_1", 1),
    ("funkt_2", 1),
    ("funkt_3", 1),
    ("data", 2),
    ("cyclic_jobs", 2),
    ("period_min", 2),
    ("period_max", 2),
];
const COMMUNICATION_BLOCKS: Layout =
    &[("index", 2), ("funkt", 8), ("kop", 1), ("del", 1), ("kett", 1), ("hoch", 1), ("ver", 1)];
const COMMUNICATION_DIAGNOSIS: Layout = &[("index", 2), ("funkt", 8), ("anz_sen", 2), ("anz_ein", 2), ("anz_mel", 2)];
const COMMUNICATION_FUNCTION_BLOCKS: Layout = &[
    ("index", 2),
    ("funkt", 8),
    ("schnell", 1),
    ("zugtyp", 8),
    ("_reserved", 1),
    ("max_sd_empf", 2),
    ("max_sd_al8p", 2),
    ("max_inst", 2),
    ("_reserved", 2),
    ("verb_proj", 1),
    ("verb_prog", 1),
];
const STATUS_GENERAL: Layout = &[
    ("index", 2),
    ("pg_reserved", 2),
    ("op_reserved", 2),
    ("pg_used", 2),
    ("op_used", 2),
    ("configured", 2),
    ("established", 2),
    ("free", 2),
    ("used", 2),
    ("load_percent", 2),
];
const STATUS_JOBS: Layout = &[("index", 2), ("anz", 2)];
const STATUS_PROTECTION: Layout = &[
    ("index", 2),
    ("key", 2),
    ("parameter", 2),
    ("real", 2),
    ("mode_selector", 2),
    ("startup_switch", 2),
    ("ken_f", 2),
    ("ken_rel", 2),
    ("ken_ver1_hw", LOW_FIRST),
    ("ken_ver2_hw", LOW_FIRST),
    ("ken_ver1_awp", LOW_FIRST),
    ("ken_ver2_awp", LOW_FIRST),
];
const STATUS_DIAGNOSIS: Layout = &[("index", 2), ("erw", 2), ("send", 2), ("moeg", 2), ("ltmerz", 2)];
const STATUS_FUNCTION_BLOCKS: Layout =
    &[("index", 2), ("used", 8), ("anz_schnell", 1), ("anz_inst", 2), ("anz_multicast", 2)];
const STATUS_CLOCK: Layout = &[
    ("index", 2),
    ("zykl", 2),
    ("korr", 2),
    ("clock_0", 2),
    ("clock_1", 2),
    ("clock_2", 2),
    ("clock_3", 2),
    ("clock_4", 2),
    ("clock_5", 2),
    ("clock_6", 2),
    ("clock_7", 2),
    ("time", 8),
];
const STATUS_METERS: Layout = &[
    ("index", 2),
    ("bszl_0", 1),
    ("bszl_1", 1),
    ("bszu_0", 1),
    ("bszu_1", 1),
    ("clock_0", 4),
    ("clock_1", 4),
    ("clock_2", 4),
    ("clock_3", 4),
    ("clock_4", 4),
    ("clock_5", 4),
    ("clock_6", 4),
    ("clock_7", 4),
];
const MODULE_STATE: Layout = &[
    ("adr1", 2),
    ("adr2", 2),
    ("logadr", 2),
    ("expected_type", 2),
    ("actual_type", 2),
    ("alarm", 2),
    ("io_state", 2),
    ("area_width", 2),
];

/// The fields of one record of a list, where the list is known.
pub fn fields(partial: u8, bytes: &[u8]) -> Option<Fields> {
    let mut reader = Reader::new(bytes);
    match partial {
        0x00 => numbers(&mut reader, LISTS),
        0x11 => module(&mut reader),
        0x12 => numbers(&mut reader, CHARACTERISTIC),
        0x13 => numbers(&mut reader, MEMORY),
        0x14 => numbers(&mut reader, SYSTEM_AREA),
        0x15 => block_type(&mut reader),
        0x19 | 0x74 => numbers(&mut reader, LED),
        0x1c => component(&mut reader),
        0x22 => interrupt(&mut reader),
        0x24 => mode(&mut reader),
        0x25 => numbers(&mut reader, PROCESS_IMAGE),
        0x31 => numbers(&mut reader, capability(index(bytes)?)?),
        0x32 => status(&mut reader, index(bytes)?),
        0x91 => numbers(&mut reader, MODULE_STATE),
        0xa0 => diagnostic(&mut reader),
        _ => None,
    }
}

/// Records of these lists begin with an index of their own.
fn index(bytes: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.first_chunk()?))
}

fn numbers(reader: &mut Reader<'_>, layout: Layout) -> Option<Fields> {
    let mut fields = Fields::default();
    for (name, bytes) in layout {
        let value = match bytes {
            1 => number(reader.u8()?),
            2 => number(reader.be16()?),
            4 => number(reader.be32()?),
            &LOW_FIRST => number(reader.be16()?.swap_bytes()),
            _ if *name == "time" => time(reader.take(usize::from(*bytes))?),
            _ => Value::bytes(reader.take(usize::from(*bytes))?),
        };
        if !name.starts_with('_') {
            fields = fields.with(name, value);
        }
    }
    Some(rest(fields, reader))
}

/// What nobody described, where there is anything.
fn rest(fields: Fields, reader: &Reader<'_>) -> Fields {
    let rest = reader.rest();
    if rest.iter().all(|byte| *byte == 0) { fields } else { fields.with("rest", Value::bytes(rest)) }
}

fn text(bytes: &[u8]) -> Value {
    Value::Text(clean_text(bytes, 64))
}

fn number(number: impl Into<u64>) -> Value {
    Value::UInt(number.into())
}

fn time(bytes: &[u8]) -> Value {
    clock::date_and_time(bytes).map_or_else(|| Value::bytes(bytes), Value::Text)
}

fn module(reader: &mut Reader<'_>) -> Option<Fields> {
    let index = reader.be16()?;
    let order_number = text(reader.take(20)?);
    let fields = Fields::default().with("index", number(index)).with("order_number", order_number);
    let Some(kind) = reader.be16() else { return Some(rest(fields, reader)) };
    let fields = fields.with("module_type", number(kind));
    let version = match (reader.be16(), reader.be16()) {
        (Some(version), Some(release)) => [version, release],
        // Some servers end here.
        (version, _) => {
            return Some(match version {
                Some(version) => fields.with("version", number(version)),
                None => fields,
            });
        }
    };
    Some(match firmware(version) {
        Some(firmware) if matches!(index, 7 | 0x81) => fields.with("firmware", Value::Text(firmware)),
        _ => fields.with("version", number(version[0])).with("release", number(version[1])),
    })
}

/// A letter, and three numbers: `V3.2.6`.
pub fn firmware(version: [u16; 2]) -> Option<String> {
    let [[letter, major], [minor, patch]] = version.map(u16::to_be_bytes);
    letter.is_ascii_uppercase().then(|| format!("{}{major}.{minor}.{patch}", char::from(letter)))
}

fn component(reader: &mut Reader<'_>) -> Option<Fields> {
    let index = reader.be16()?;
    let fields = Fields::default().with("index", number(index));
    Some(match index {
        8 => fields.with("memory_card", text(reader.rest())),
        9 => fields
            .with("manufacturer", number(reader.be16()?))
            .with("profile", number(reader.be16()?))
            .with("profile_type", number(reader.be16()?)),
        10 => fields
            .with("oem_copyright", text(reader.take(26)?))
            .with("oem_id", number(reader.be16()?))
            .with("oem_additional_id", number(reader.be32()?)),
        _ => fields.with(component_name(index), text(reader.rest())),
    })
}

const fn component_name(index: u16) -> &'static str {
    match index {
        1 => "system_name",
        2 => "module_name",
        3 => "plant",
        4 => "copyright",
        5 => "serial_number",
        7 => "module_type_name",
        11 => "location",
        _ => "text",
    }
}

fn block_type(reader: &mut Reader<'_>) -> Option<Fields> {
    // Its number stands in the upper byte.
    let kind = *reader.rest().first()?;
    let fields = numbers(reader, BLOCK_TYPE)?;
    Some(match wire::block_type(kind) {
        Some(name) => fields.with("block", Value::Text(name.to_owned())),
        None => fields,
    })
}

fn interrupt(reader: &mut Reader<'_>) -> Option<Fields> {
    let start = reader.take(20)?;
    let mut fields = Fields::default().with("start_information", Value::bytes(start));
    for name in ["al_1", "al_2", "al_3", "al_4"] {
        fields = fields.with(name, number(reader.be16()?));
    }
    Some(rest(fields, reader))
}

/// The last mode transition.
fn mode(reader: &mut Reader<'_>) -> Option<Fields> {
    let (event, origin, modes) = (reader.be16()?, reader.u8()?, reader.u8()?);
    let named = |code: u8| super::mode(code).map_or_else(|| number(code), |mode| Value::Text(mode.to_owned()));
    reader.skip(4)?;
    let fields = Fields::default().with("mode", named(modes & 0x0f)).with("mode_before", named(modes >> 4));
    let fields = fields.with("event", hexadecimal(event)).with("origin", number(origin));
    let start = reader.take(4)?;
    let fields = fields.with("startup_information", Value::bytes(start));
    Some(fields.with("time", time(reader.take(8)?)))
}

const fn capability(index: u16) -> Option<Layout> {
    match index {
        1 => Some(COMMUNICATION_GENERAL),
        2 => Some(COMMUNICATION_TEST),
        3 => Some(COMMUNICATION_PANEL),
        4 => Some(COMMUNICATION_BLOCKS),
        5 => Some(COMMUNICATION_DIAGNOSIS),
        6 => Some(COMMUNICATION_FUNCTION_BLOCKS),
        _ => None,
    }
}

fn status(reader: &mut Reader<'_>, index: u16) -> Option<Fields> {
    match index {
        1 => numbers(reader, STATUS_GENERAL),
        2 | 3 => numbers(reader, STATUS_JOBS),
        4 => protection(reader),
        5 => numbers(reader, STATUS_DIAGNOSIS),
        6 => numbers(reader, STATUS_FUNCTION_BLOCKS),
        8 => numbers(reader, STATUS_CLOCK),
        11 => numbers(reader, STATUS_METERS),
        _ => None,
    }
}

fn protection(reader: &mut Reader<'_>) -> Option<Fields> {
    let mut fields = numbers(reader, STATUS_PROTECTION)?;
    for (name, value) in &mut fields.0 {
        let Value::UInt(code) = *value else { continue };
        let named = match name.as_ref() {
            "mode_selector" => mode_selector(code),
            "startup_switch" => startup_switch(code),
            _ => None,
        };
        if let Some(named) = named {
            *value = Value::Text(named.to_owned());
        }
    }
    Some(fields)
}

/// Positions of the mode selector.
pub const fn mode_selector(code: u64) -> Option<&'static str> {
    match code {
        1 => Some("RUN"),
        2 => Some("RUN-P"),
        3 => Some("STOP"),
        4 => Some("MRES"),
        _ => None,
    }
}

const fn startup_switch(code: u64) -> Option<&'static str> {
    match code {
        1 => Some("CRST"),
        2 => Some("WRST"),
        _ => None,
    }
}

/// One entry of the diagnostic buffer.
pub fn diagnostic(reader: &mut Reader<'_>) -> Option<Fields> {
    let event = reader.be16()?;
    let fields = Fields::default().with("event", hexadecimal(event)).with("class", text(event_class(event).as_bytes()));
    let fields = match event_name(event) {
        Some(name) => fields.with("name", Value::Text(name.to_owned())),
        None => fields,
    };
    let fields = fields.with("priority", number(reader.u8()?)).with("ob", number(reader.u8()?));
    let fields = fields.with("datid", hexadecimal(reader.be16()?)).with("info1", hexadecimal(reader.be16()?));
    let fields = fields.with("info2", Value::Text(format!("0x{:08x}", reader.be32()?)));
    Some(fields.with("time", time(reader.take(8)?)))
}

fn hexadecimal(number: u16) -> Value {
    Value::Text(format!("0x{number:04x}"))
}

/// The first half byte of an event's number.
const fn event_class(event: u16) -> &'static str {
    match event >> 12 {
        1 => "organization block",
        2 => "synchronous error",
        3 => "asynchronous error",
        4 => "mode transition",
        5 => "run-time event",
        6 => "communication",
        7 => "fault-tolerant and fail-safe systems",
        8 => "module diagnosis",
        9 => "standard user event",
        0xa | 0xb => "user event",
        _ => "reserved",
    }
}

/// Events that say how a controller was stopped, started and reset.
const fn event_name(event: u16) -> Option<&'static str> {
    Some(match event {
        0x4300 => "backed-up power on",
        0x4301 => "mode transition from STOP to STARTUP",
        0x4302 => "mode transition from STARTUP to RUN",
        0x4303 => "STOP by the mode selector",
        0x4304 => "STOP by an operation of the programming device or by a service",
        0x4305 => "HOLD: breakpoint reached",
        0x4306 => "HOLD: breakpoint left",
        0x4307 => "memory reset started by the programming device",
        0x4308 => "memory reset started by the mode selector",
        0x4309 => "memory reset started automatically",
        0x430a => "HOLD left, change to STOP",
        0x430d => "STOP by another CPU",
        0x430e => "memory reset executed",
        _ => return None,
    })
}
