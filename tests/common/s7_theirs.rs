//! Fields of S7comm as tshark's JSON tells them, in the same way of writing.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Map, Value};

use super::{Fields, add};

/// Stream and PDU number of a request, with what it asks.
type Asked = BTreeMap<(String, String), Vec<Place>>;

#[derive(Clone)]
struct Place {
    text: String,
    size: u64,
    quantity: u64,
}

/// Most bytes of one value that are shown.
const MAX_SHOWN: usize = 256;

pub fn fields(capture: &Path) -> Fields {
    // Told to put segments in order it waits at a hole for ever; told not to, it misses what came out of order.
    let output = [true, false].map(|ordered| dissected(capture, ordered)).into_iter().max_by_key(Vec::len);
    let packets: Vec<Value> = serde_json::from_slice(&output.unwrap_or_default()).unwrap_or_default();
    let (mut fields, mut asked) = (Fields::new(), Asked::new());
    for layers in packets.iter().map(|packet| &packet["_source"]["layers"]) {
        let stream = text(&layers["tcp"], "tcp.stream");
        for message in many(&layers["s7comm"]) {
            read(message, &stream, &mut asked, &mut fields);
        }
    }
    fields
}

fn dissected(capture: &Path, ordered: bool) -> Vec<u8> {
    let mut command = Command::new("tshark");
    command.args(["-T", "json", "--no-duplicate-keys", "-Y", "s7comm", "-J", "tcp s7comm"]);
    command
        // Ports of our own captures' servers and partners.
        .args(["-d", "tcp.port==10102,tpkt", "-d", "tcp.port==10502,tpkt", "-d", "tcp.port==10602,tpkt"])
        .args(["-o", &format!("tcp.reassemble_out_of_order:{ordered}"), "-r"])
        .arg(capture);
    command.output().map(|output| output.stdout).unwrap_or_default()
}

fn many(value: &Value) -> &[Value] {
    match value {
        Value::Null => &[],
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

fn text(of: &Value, name: &str) -> String {
    of[name].as_str().unwrap_or_default().to_owned()
}

/// Decimal, or hexadecimal behind `0x`.
fn number(of: &Value, name: &str) -> u64 {
    numeric(of[name].as_str().unwrap_or_default()).unwrap_or(0)
}

fn numeric(text: &str) -> Option<u64> {
    text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |digits| u64::from_str_radix(digits, 16).ok())
}

fn bytes(of: &Value, name: &str) -> Vec<u8> {
    let digits = text(of, name).replace(':', "");
    (0..digits.len() / 2).filter_map(|i| u8::from_str_radix(&digits[2 * i..2 * i + 2], 16).ok()).collect()
}

fn read(message: &Value, stream: &str, asked: &mut Asked, fields: &mut Fields) {
    let (header, parameter, data) = (&message["s7comm.header"], &message["s7comm.param"], &message["s7comm.data"]);
    let name = (stream.to_owned(), text(header, "s7comm.header.pduref"));
    let error = number(header, "s7comm.header.errcls") << 8 | number(header, "s7comm.header.errcod");
    let error = if error == 0 { number(parameter, "s7comm.param.errcod") } else { error };
    if error != 0 {
        add(fields, "error", format!("{error:#06x}"));
    }
    let function = number(parameter, "s7comm.param.func");
    match (number(header, "s7comm.header.rosctr"), function) {
        (1, 4 | 5) => request(parameter, data, name, asked, fields),
        (3, 4 | 5) => response(data, function == 4, asked.remove(&name).as_deref(), fields),
        (1, 0xf0) => {
            let limits = [("maxamq_calling", "max_jobs_calling"), ("maxamq_called", "max_jobs_called")];
            for (theirs, ours) in limits.into_iter().chain([("pdu_length", "pdu_length")]) {
                let value = number(parameter, &format!("s7comm.param.{theirs}"));
                add(
                    fields,
                    "setup",
                    format!("{ours} {}", if theirs == "pdu_length" { pdu_length(message) } else { value }),
                );
            }
        }
        (1, 0x28 | 0x29) => service(parameter, fields),
        (1, 0x1a..=0x1d) => file(parameter, function, fields),
        (7, _) => userdata(parameter, data, fields),
        _ => {}
    }
}

fn pdu_length(message: &Value) -> u64 {
    ["s7comm.param", "s7comm.data"]
        .iter()
        .map(|part| number(&message[*part], "s7comm.param.pdu_length"))
        .max()
        .unwrap_or(0)
}

fn request(parameter: &Value, data: &Value, name: (String, String), asked: &mut Asked, fields: &mut Fields) {
    let places: Vec<Place> = many(&parameter["s7comm.param.item"]).iter().map(place).collect();
    places.iter().for_each(|place| add(fields, "address", place.text.clone()));
    let written = many(&data["s7comm.data.item"]);
    for (place, item) in places.iter().zip(written) {
        add(fields, "value", format!("{} = {}", place.text, typed(place, item)));
    }
    asked.insert(name, places);
}

fn response(data: &Value, reads: bool, asked: Option<&[Place]>, fields: &mut Fields) {
    for (i, item) in many(&data["s7comm.data.item"]).iter().enumerate() {
        let code = number(item, "s7comm.data.returncode");
        add(fields, "code", format!("{code:#04x}"));
        if !reads || code != 0xff {
            continue;
        }
        let value = match asked.and_then(|places| places.get(i)) {
            Some(place) => format!("{} = {}", place.text, typed(place, item)),
            None => format!(" = {}", untyped(item)),
        };
        add(fields, "value", value);
    }
}

fn place(item: &Value) -> Place {
    let number = |name: &str| number(item, &format!("s7comm.param.item.{name}"));
    let (area, size, quantity) = (number("area"), number("transp_size"), number("length"));
    let inner = &item["s7comm.param.item.address_tree"];
    let part = |name: &str| self::number(inner, &format!("s7comm.param.item.address.{name}"));
    let numbered = inner["s7comm.param.item.address.number"].is_string();
    let (byte, bit) = if numbered { (part("number"), 0) } else { (part("byte"), part("bit")) };
    // Outside of data blocks the field means nothing.
    let db = if matches!(area, 0x84 | 0x85) { number("db") } else { 0 };
    Place { text: format!("{area:#04x} {db} {byte}.{bit} {} {quantity}", size_name(size)), size, quantity }
}

fn size_name(size: u64) -> String {
    let names = [
        (1, "BIT"),
        (2, "BYTE"),
        (3, "CHAR"),
        (4, "WORD"),
        (5, "INT"),
        (6, "DWORD"),
        (7, "DINT"),
        (8, "REAL"),
        (9, "DATE"),
        (10, "TIME_OF_DAY"),
        (11, "TIME"),
        (12, "S5TIME"),
        (15, "DATE_AND_TIME"),
        (28, "COUNTER"),
        (29, "TIMER"),
    ];
    names
        .iter()
        .find(|(code, _)| *code == size)
        .map_or_else(|| format!("size_{size:#04x}"), |(_, name)| (*name).to_owned())
}

fn typed(place: &Place, item: &Value) -> String {
    let bytes = bytes(item, "s7comm.resp.data");
    let width = match place.size {
        4 | 5 | 9 | 12 | 28 | 29 => 2,
        6..=8 | 10 | 11 => 4,
        15 => 8,
        _ => 1,
    };
    if bytes.is_empty() || !bytes.len().is_multiple_of(width) {
        return untyped(item);
    }
    let list = |value: &dyn Fn(&[u8]) -> String| bytes.chunks(width).map(value).collect::<Vec<_>>().join(",");
    match place.size {
        1 => list(&|b| (b[0] & 1 == 1).to_string()),
        2 if place.quantity == 1 => list(&|b| b[0].to_string()),
        3 if bytes.iter().all(|b| b.is_ascii_graphic() || matches!(b, 0 | b' ')) => {
            String::from_utf8_lossy(&bytes).trim_end_matches(['\0', ' ']).replace('\0', "\u{fffd}")
        }
        4 => list(&|b| word(b).to_string()),
        5 => list(&|b| word(b).cast_signed().to_string()),
        6 | 10 => list(&|b| double(b).to_string()),
        7 | 11 => list(&|b| double(b).cast_signed().to_string()),
        8 => list(&|b| f32::from_bits(double(b)).to_string()),
        12 | 29 => list(&|b| s5time(word(b)).to_string()),
        28 => list(&|b| digits(word(b)).unwrap_or(u64::from(word(b))).to_string()),
        _ => untyped(item),
    }
}

fn untyped(item: &Value) -> String {
    let bytes = bytes(item, "s7comm.resp.data");
    let list =
        |width: usize, value: &dyn Fn(&[u8]) -> String| bytes.chunks(width).map(value).collect::<Vec<_>>().join(",");
    match number(item, "s7comm.data.transportsize") {
        _ if bytes.is_empty() => String::new(),
        3 => list(1, &|b| (b[0] & 1 == 1).to_string()),
        5 if bytes.len().is_multiple_of(2) => list(2, &|b| word(b).cast_signed().to_string()),
        6 if bytes.len().is_multiple_of(4) => list(4, &|b| double(b).cast_signed().to_string()),
        7 if bytes.len().is_multiple_of(4) => list(4, &|b| f32::from_bits(double(b)).to_string()),
        _ => hexadecimal(&bytes),
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown: String = bytes.iter().take(MAX_SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > MAX_SHOWN { shown + "…" } else { shown }
}

fn word(bytes: &[u8]) -> u16 {
    u16::from_be_bytes([bytes[0], bytes[1]])
}

fn double(bytes: &[u8]) -> u32 {
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

/// Three decimal digits in half bytes.
fn digits(word: u16) -> Option<u64> {
    let digits = [word >> 8 & 15, word >> 4 & 15, word & 15].map(u64::from);
    digits.iter().all(|digit| *digit < 10).then(|| digits.iter().fold(0, |sum, digit| sum * 10 + digit))
}

/// Milliseconds: three digits times 10, 100, 1000 or 10000.
fn s5time(word: u16) -> u64 {
    digits(word).map_or(u64::from(word), |digits| digits * 10 * 10_u64.pow(u32::from(word >> 12 & 3)))
}

fn service(parameter: &Value, fields: &mut Fields) {
    let name = text(parameter, "s7comm.param.pistart.servicename");
    let mut blocks = Vec::new();
    collect(parameter, &mut blocks);
    add(fields, "service", format!("{name} {}", blocks.join(" ")).trim().to_owned());
}

/// Type, number and file system of every block below.
fn collect(value: &Value, blocks: &mut Vec<String>) {
    let part = |name: &str| text(value, &format!("s7comm.data.blockcontrol.{name}"));
    match value {
        Value::Object(inner) if inner.contains_key("s7comm.data.blockcontrol.block_type") => {
            blocks.push(part("block_type") + &part("block_number") + &part("dest_filesys"));
        }
        Value::Object(inner) => inner.values().for_each(|value| collect(value, blocks)),
        Value::Array(values) => values.iter().for_each(|value| collect(value, blocks)),
        _ => {}
    }
}

fn file(parameter: &Value, function: u64, fields: &mut Fields) {
    add(fields, "file", text(parameter, "s7comm.param.blockcontrol.filename"));
    if function == 0x1a {
        let number = |name: &str| number(parameter, &format!("s7comm.data.blockcontrol.{name}"));
        add(fields, "lengths", format!("{} {}", number("loadmem_len"), number("mc7code_len")));
    }
}

fn userdata(parameter: &Value, data: &Value, fields: &mut Fields) {
    let number = |name: &str| number(parameter, &format!("s7comm.param.userdata.{name}"));
    let asks = number("type") == 4;
    match (number("funcgroup"), number("subfunc")) {
        (2, 1) if asks => {
            many(&data["s7comm.param.item"]).iter().map(place).for_each(|p| add(fields, "address", p.text));
        }
        (2, 1) => {
            for item in many(&data["s7comm.data.item"]) {
                add(fields, "code", format!("{:#04x}", self::number(item, "s7comm.data.returncode")));
            }
        }
        (1, 2 | 8 | 9) if asks => watched(&data["s7comm.cpu.tis.data"], fields),
        (3, 1) if !asks => counted(data, fields),
        (3, 2) if !asks => many(&data["s7comm.data.item"]).iter().for_each(|item| listed(item, fields)),
        (3, 3) if asks => {
            let part = |name: &str| text(data, &format!("s7comm.{name}"));
            let number = part("data.blockinfo.block_number") + &part("data.blockinfo.filesys");
            add(fields, "block asked", part("blockinfo.blocktype") + &number);
        }
        (3, 3) => block_info(data, fields),
        (4, 1) if !asks => {
            let list = self::number(data, "s7comm.data.userdata.szl_id");
            let records = many(&data["s7comm.data.userdata.szl_data_tree"]);
            records.iter().filter_map(Value::as_object).for_each(|record| record_fields(list, record, fields));
        }
        (4, 2) if asks => messages(data, fields),
        _ => {}
    }
}

fn watched(data: &Value, fields: &mut Fields) {
    for item in many(&data["s7comm.param.item"]) {
        let part = |name: &str| number(item, &format!("s7comm.varstat.req.{name}"));
        let (db, start, bit) = (part("db_number"), part("startaddress"), part("bitpos"));
        add(fields, "watched", format!("{db} {start}.{bit} {}", part("repetition_factor").max(1)));
    }
}

fn language(code: u64) -> &'static str {
    match code {
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
        0x1d => "db_of_type",
        0x27 => "language_39",
        0x29 => "encrypted",
        _ => "another",
    }
}

fn block_type(code: u64) -> &'static str {
    match code {
        8 => "OB",
        10 => "DB",
        11 => "SDB",
        12 => "FC",
        13 => "SFC",
        14 => "FB",
        15 => "SFB",
        _ => "another",
    }
}

fn listed(item: &Value, fields: &mut Fields) {
    let part = |name: &str| number(item, &format!("s7comm.blockinfo.{name}"));
    add(fields, "block listed", format!("{} {} {}", part("block_num"), part("flags"), language(part("block_lang"))));
}

fn counted(data: &Value, fields: &mut Fields) {
    for item in many(&data["s7comm.data.item"]) {
        let kind = text(item, "s7comm.blockinfo.blocktype");
        let kind = block_type(u64::from_str_radix(kind.trim_matches(char::is_control), 16).unwrap_or(0));
        add(fields, "blocks counted", format!("{kind} {}", number(item, "s7comm.blockinfo.block_count")));
    }
}

fn block_info(data: &Value, fields: &mut Fields) {
    let part = |name: &str| number(data, &format!("s7comm.blockinfo.{name}"));
    let words = |name: &str| text(data, &format!("s7comm.blockinfo.{name}")).trim_end().to_owned();
    if words("res_const3").is_empty() {
        return;
    }
    let flags = &data["s7comm.param.userdata.blockinfo.flags_tree"];
    let flag = |name: &str| (number(flags, &format!("s7comm.param.userdata.blockinfo.{name}")) == 1).to_string();
    let told = [
        ("block", format!("{}{}", block_type(part("subblk_type")), part("block_num"))),
        ("language", language(part("block_lang")).to_owned()),
        ("author", words("author")),
        ("family", words("family")),
        ("name", words("headername")),
        ("version", words("headerversion")),
        ("code_changed", moment(&words("code_timestamp"))),
        ("interface_changed", moment(&words("interface_timestamp"))),
        ("load_length", part("load_mem_len").to_string()),
        ("code_length", part("mc7_len").to_string()),
        ("local_length", part("localdata_len").to_string()),
        ("interface_length", part("ssb_len").to_string()),
        ("additional_length", part("add_len").to_string()),
        ("checksum", part("checksum").to_string()),
        ("protected", (part("blocksecurity") == 3).to_string()),
        ("linked", flag("linked")),
        ("standard", flag("standard_block")),
        ("non_retain", flag("nonretain")),
    ];
    told.into_iter().for_each(|(name, value)| add(fields, "block", format!("{name} {value}")));
}

/// `Dec  3, 2014 10:18:39.000` as `2014-12-03T10:18:39.000`.
fn moment(text: &str) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let parts: Vec<&str> = text.split([' ', ',']).filter(|part| !part.is_empty()).collect();
    let [month, day, year, time] = parts.as_slice() else { return text.to_owned() };
    let month = MONTHS.iter().position(|name| name == month).map_or(0, |month| month + 1);
    format!("{year}-{month:02}-{day:0>2}T{time}")
}

fn messages(data: &Value, fields: &mut Fields) {
    let events = &data["s7comm.cpu.msg.events_tree"];
    let names = [("modetrans", "mode_transition"), ("system", "system"), ("userdefined", "user"), ("alarms", "alarms")];
    let set = |(theirs, _): &&(&str, &str)| number(events, &format!("s7comm.cpu.msg.events.{theirs}")) == 1;
    let events: Vec<&str> = names.iter().filter(set).map(|(_, ours)| *ours).collect();
    add(fields, "messages", format!("{} for {}", events.join(" "), text(data, "s7comm.cpu.msg.username").trim_end()));
}

/// The fields of a record by our names; its reserve and single bits are not told by us.
fn record_fields(list: u64, record: &Map<String, Value>, fields: &mut Fields) {
    let find = |name: &str| record.iter().find(|(key, _)| key.ends_with(name)).and_then(|(_, value)| value.as_str());
    let index = find(".index").and_then(numeric).unwrap_or(0);
    let firmware = matches!(index, 7 | 0x81) && list & 0xff == 0x11;
    if firmware && let (Some(high), Some(low)) = (find("ausbg").and_then(numeric), find("ausbe").and_then(numeric)) {
        let letter = char::from_u32(u32::try_from(high >> 8).unwrap_or(0)).unwrap_or('?');
        let version = format!("{letter}{}.{}.{}", high & 0xff, low >> 8, low & 0xff);
        add(fields, "list", format!("{list:#06x} firmware {version}"));
    }
    let modes = find(".bzu_id").and_then(numeric);
    if let Some(modes) = modes {
        add(fields, "list", format!("{list:#06x} mode {}", mode(modes & 15)));
        add(fields, "list", format!("{list:#06x} mode_before {}", mode(modes >> 4)));
        let parts = (1..=4).filter_map(|i| find(&format!("anlinfo{i}"))).filter_map(numeric);
        let start: String = parts.map(|part| format!("{part:02x}")).collect();
        add(fields, "list", format!("{list:#06x} startup_information {start}"));
    }
    for (key, value) in record {
        let Some(value) = value.as_str() else { continue };
        let last = key.rsplit('.').next().unwrap_or_default();
        let Some(name) = our_name(list, index, last).filter(|_| !(firmware && last.starts_with("ausb"))) else {
            continue;
        };
        add(fields, "list", format!("{list:#06x} {name} {}", our_value(name, value)));
    }
}

fn mode(code: u64) -> String {
    let name = match code {
        1 => "STOP (update)",
        2 => "STOP (memory reset)",
        3 => "STOP (self initialisation)",
        4 => "STOP",
        8 => "RUN",
        _ => return code.to_string(),
    };
    name.to_owned()
}

fn our_name(list: u64, index: u64, name: &str) -> Option<&str> {
    Some(match (list & 0xff, name) {
        (0x11, "anz") => "order_number",
        (0x11, "bgtyp") => "module_type",
        (0x11, "ausbg") => "version",
        (0x11, "ausbe") => "release",
        (0x1c, "loc_id") => "location",
        (0x1c, "name") if index == 1 => "system_name",
        (0x1c, "name") => "module_name",
        (0x1c, "tag") => "plant",
        (0x1c, "serialn") => "serial_number",
        (0x1c, "cputypname") => "module_type_name",
        (0x1c, "snmcmmc") => "memory_card",
        (0x1c, "manufacturer_id") => "manufacturer",
        (0x1c, "profile_id") => "profile",
        (0x1c, "profile_spec_typ") => "profile_type",
        (0x1c, "oem_copyright_string") => "oem_copyright",
        (0x1c, "oem_add_id") => "oem_additional_id",
        (0x00, "szl_id") => "list",
        (0x12, "charac") => "characteristic",
        (0x13, "granu") => "granularity",
        (0x13, "ber1") => "area1_size",
        (0x13, "belegt1") => "area1_used",
        (0x13, "block1") => "area1_largest_free",
        (0x13, "ber2") => "area2_size",
        (0x13, "belegt2") => "area2_used",
        (0x13, "block2") => "area2_largest_free",
        (0x14, "reman") => "retentive",
        (0x15, "index") => "block_type",
        (0x15, "maxanz") => "max_count",
        (0x15, "maxlng") => "max_length_kib",
        (0x15, "maxabl") => "max_work_memory",
        (0x19 | 0x74, "cpu_led_id") => "led",
        (0x19 | 0x74, "led_on") => "on",
        (0x19 | 0x74, "led_blink") => "blinks",
        // Parts of a number told as a whole.
        (0x13, "vol_mem" | "nvol_mem" | "mixed_mem" | "cd_sep" | "cd_tog") => return None,
        (0x19 | 0x74, "rackno" | "cputype" | "id") => return None,
        (0x24, "ereig") => "event",
        (0x24, "ae") => "origin",
        (0x31, "anz") if index == 1 => "connections",
        (0x31, "anz") => "cyclic_jobs",
        (0x31, "kbus_bps") => "mkbus_bps",
        (0x31, "per_min") => "period_min",
        (0x31, "per_max") => "period_max",
        (0x32, "param") => "parameter",
        (0x32, "bart_sch") => "mode_selector",
        (0x32, "crst_wrst") => "startup_switch",
        (_, "bzu_id" | "res" | "pre" | "req" | "szl_part_list") => return None,
        _ if name.starts_with("anlinfo") || name.starts_with("res") => return None,
        (_, other) => other,
    })
}

fn our_value(name: &str, value: &str) -> String {
    match (name, value) {
        ("event", _) => value.to_owned(),
        ("mode_selector", "1") => "RUN".to_owned(),
        ("mode_selector", "2") => "RUN-P".to_owned(),
        ("mode_selector", "3") => "STOP".to_owned(),
        ("mode_selector", "4") => "MRES".to_owned(),
        // Two digits each: year, month, day, hour, minute, second, milliseconds and the day of the week.
        ("time", _) if value.contains(':') => {
            let d: Vec<&str> = value.split(':').collect();
            let millis = format!("{}{}", d[6], &d[7][..1]);
            let century = if d[0] < "90" { "20" } else { "19" };
            format!("{century}{}-{}-{}T{}:{}:{}.{millis}", d[0], d[1], d[2], d[3], d[4], d[5])
        }
        _ if value.contains(':') => value.replace(':', ""),
        _ => numeric(value).map_or_else(|| value.trim_end().to_owned(), |number| number.to_string()),
    }
}
