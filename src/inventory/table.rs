//! Assets as a table: CSV for spreadsheets, JSON for scripts; what goes out comes in again unchanged.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::asset::{Asset, AssetId};
use super::book::Inventory;
use super::link::Address;
use super::role::Role;
use super::said::{Flag, Importance, Said};
use crate::event::{Evidence, Fact, FactKind, MacAddr, Side, Timestamp, Vlans};

/// Rows that one import may have.
const MAX_ROWS: usize = 100_000;
/// Tags of one frame, and the highest number that fits into one (IEEE 802.1Q).
const MAX_TAGS: usize = 8;
const MAX_VLAN: u16 = 4095;
/// Characters of a wrong column's name that are shown.
const MAX_SHOWN: usize = 60;
/// Columns whose facts travel with an asset.
const FACTS: [FactKind; 7] = [
    FactKind::Vendor,
    FactKind::Model,
    FactKind::OrderNumber,
    FactKind::Firmware,
    FactKind::Hardware,
    FactKind::Serial,
    FactKind::HostName,
];
/// A spreadsheet takes a cell that begins so for a formula; a quotation mark before it makes it text.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// One asset as a flat row.
#[derive(Clone, PartialEq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AssetEntry {
    pub ips: Vec<String>,
    pub macs: Vec<String>,
    pub vlan: Vec<u16>,
    pub name: String,
    pub role: Option<Role>,
    /// What it seems to be; `role` is what a person said.
    pub seen_role: Option<Role>,
    pub zone: String,
    pub level: Option<u8>,
    pub importance: Option<Importance>,
    pub flags: Vec<Flag>,
    pub identifier_code: String,
    pub note: String,
    pub vendor: String,
    pub model: String,
    pub order_number: String,
    pub firmware: String,
    pub hardware: String,
    pub serial: String,
    pub host_name: String,
    pub first: String,
    pub last: String,
}

/// What an import did.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Imported {
    pub added: usize,
    pub changed: usize,
    /// Rows that could not be taken, by their number from 1, with what was wrong.
    pub refused: Vec<RefusedRow>,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RefusedRow {
    pub row: usize,
    pub reason: String,
}

/// A row as it was read, or what is wrong with it.
pub type ReadRow = Result<AssetEntry, String>;

/// Why a table cannot be read at all.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    #[error("line {line}: {reason}")]
    Csv { line: u64, reason: String },
    #[error("there is no column '{0}'; the columns are {columns}", columns = COLUMNS.join(", "))]
    Column(String),
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    #[error("{0} rows are more than the {MAX_ROWS} that one import may have")]
    TooMany(usize),
}

const COLUMNS: [&str; 21] = [
    "ips",
    "macs",
    "vlan",
    "name",
    "role",
    "seen_role",
    "zone",
    "level",
    "importance",
    "flags",
    "identifier_code",
    "note",
    "vendor",
    "model",
    "order_number",
    "firmware",
    "hardware",
    "serial",
    "host_name",
    "first",
    "last",
];

/// The table as JSON: a list of objects.
pub fn to_json(entries: &[AssetEntry]) -> Result<Vec<u8>, TableError> {
    Ok(serde_json::to_vec_pretty(entries)?)
}

pub fn from_json(bytes: &[u8]) -> Result<Vec<ReadRow>, TableError> {
    let rows: Vec<serde_json::Value> = serde_json::from_slice(bytes)?;
    bounded(rows.into_iter().map(read).collect())
}

/// The table as CSV (RFC 4180), several values of one cell parted by blanks.
pub fn to_csv(entries: &[AssetEntry]) -> Result<Vec<u8>, TableError> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(COLUMNS).map_err(csv_error)?;
    for entry in entries {
        let value = serde_json::to_value(entry)?;
        let cells = COLUMNS.iter().map(|column| value.get(*column).map(cell).unwrap_or_default());
        writer.write_record(cells).map_err(csv_error)?;
    }
    writer.into_inner().map_err(|error| TableError::Csv { line: 0, reason: error.to_string() })
}

pub fn from_csv(bytes: &[u8]) -> Result<Vec<ReadRow>, TableError> {
    // Spreadsheets put a byte order mark in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let columns = reader.headers().map_err(csv_error)?.clone();
    if let Some(unknown) = columns.iter().find(|column| !COLUMNS.contains(&column.trim())) {
        return Err(TableError::Column(unknown.chars().take(MAX_SHOWN).collect()));
    }
    bounded(reader.records().take(MAX_ROWS + 1).map(|record| read_record(&columns, record)).collect())
}

fn read_record(columns: &csv::StringRecord, record: csv::Result<csv::StringRecord>) -> ReadRow {
    let record = record.map_err(|error| match error.kind() {
        csv::ErrorKind::Utf8 { .. } => "it is no UTF-8: save the table as 'CSV UTF-8'".to_owned(),
        _ => error.to_string(),
    })?;
    if record.len() > columns.len() {
        return Err(format!("it has {} cells where there are {} columns", record.len(), columns.len()));
    }
    let cells = columns.iter().map(str::trim).zip(record.iter());
    let object: serde_json::Map<_, _> =
        cells.map(|(column, cell)| (column.to_owned(), uncell(column, cell.trim()))).collect();
    read(object.into())
}

fn read(row: serde_json::Value) -> ReadRow {
    serde_json::from_value(row).map_err(|error| error.to_string())
}

fn bounded(rows: Vec<ReadRow>) -> Result<Vec<ReadRow>, TableError> {
    if rows.len() > MAX_ROWS { Err(TableError::TooMany(rows.len())) } else { Ok(rows) }
}

#[allow(clippy::needless_pass_by_value, reason = "the shape that map_err wants")]
fn csv_error(error: csv::Error) -> TableError {
    TableError::Csv { line: error.position().map_or(0, csv::Position::line), reason: error.to_string() }
}

fn cell(value: &serde_json::Value) -> String {
    use serde_json::Value;
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    if text.starts_with(FORMULA) { format!("'{text}") } else { text }
}

fn uncell(column: &str, cell: &str) -> serde_json::Value {
    use serde_json::Value;
    let text = cell.strip_prefix('\'').filter(|rest| rest.starts_with(FORMULA)).unwrap_or(cell);
    let number = |text: &str| text.parse::<u64>().map_or_else(|_| Value::from(text), Value::from);
    match column {
        "ips" | "macs" | "flags" => text.split_whitespace().map(Value::from).collect::<Vec<_>>().into(),
        "vlan" => text.split_whitespace().map(number).collect::<Vec<_>>().into(),
        "role" | "seen_role" | "importance" | "level" if text.is_empty() => Value::Null,
        "level" => number(text),
        _ => text.into(),
    }
}

impl Inventory {
    /// All assets as rows.
    pub fn table(&self) -> Vec<AssetEntry> {
        self.assets().map(entry).collect()
    }

    /// Takes rows in: an asset with one of a row's addresses gets what the row says of it, others are made.
    pub fn take_table(&mut self, rows: &[ReadRow], user: &str, now: Timestamp) -> Imported {
        let (mut imported, mut found) = (Imported::default(), BTreeSet::new());
        for (read, row) in rows.iter().zip(1..) {
            let taken = match read {
                Ok(entry) => self.take_entry(entry, user, now, &mut found),
                Err(reason) => Err(reason.clone()),
            };
            match taken {
                Ok(true) => imported.added += 1,
                Ok(false) => imported.changed += 1,
                Err(reason) => imported.refused.push(RefusedRow { row, reason }),
            }
        }
        self.relearn_services(&found);
        imported
    }

    /// True where it is a new asset; puts those that got an address into `found`.
    fn take_entry(
        &mut self,
        entry: &AssetEntry,
        user: &str,
        now: Timestamp,
        found: &mut BTreeSet<AssetId>,
    ) -> Result<bool, String> {
        let ips = parsed::<IpAddr>(&entry.ips)?.into_iter().map(Address::Ip);
        let addresses: Vec<Address> =
            ips.chain(parsed::<MacAddr>(&entry.macs)?.into_iter().map(Address::Mac)).collect();
        if let Some(wrong) = addresses.iter().find(|address| !address.is_machine()) {
            return Err(format!("{wrong} names no machine"));
        }
        if addresses.is_empty() {
            return Err("it has no address".to_owned());
        }
        if entry.vlan.len() > MAX_TAGS || entry.vlan.iter().any(|tag| *tag > MAX_VLAN) {
            return Err(format!("{:?} names no VLAN", entry.vlan));
        }
        let mut said = said(entry);
        if !said.tidy() {
            return Err("a text is too long, or the level does not exist".to_owned());
        }
        let vlans = Vlans::from_slice(&entry.vlan);
        let first = time(&entry.first, now)?;
        let last = time(&entry.last, now)?;
        let mut holders = addresses.iter().filter_map(|address| Some((address, self.holder(&vlans, address)?)));
        let known = holders.next().map(|(_, id)| id);
        if let Some((other, id)) = holders.find(|(_, id)| Some(*id) != known) {
            return Err(format!("{other} is another machine's ({id}): merge the two first"));
        }
        let id = known.or_else(|| self.start(&vlans, first)).ok_or("the inventory is full")?;
        let free: Vec<_> =
            addresses.into_iter().filter(|a| self.holder(&vlans, a).is_none()).map(|a| (vlans.clone(), a)).collect();
        self.hand_over(id, id, &free);
        found.insert(id);
        self.with(Some(id), |asset| {
            asset.first = asset.first.min(first);
            asset.last = asset.last.max(last);
            facts(asset, entry, first);
            if let Some(role) = entry.seen_role.filter(|_| asset.guess().is_none()) {
                asset.play(role, 50, "role.imported");
            }
        });
        if self.asset(id).is_some_and(|asset| asset.said != said) {
            self.say(id, said, user, now).map_err(|fault| format!("{fault:?}"))?;
        }
        Ok(known.is_none())
    }
}

fn said(entry: &AssetEntry) -> Said {
    let text = |text: &str| Some(text.to_owned());
    Said {
        name: text(&entry.name),
        role: entry.role,
        zone: text(&entry.zone),
        level: entry.level,
        importance: entry.importance,
        flags: entry.flags.iter().copied().collect::<BTreeSet<_>>(),
        identifier_code: text(&entry.identifier_code),
        note: text(&entry.note),
    }
}

fn facts(asset: &mut Asset, entry: &AssetEntry, ts: Timestamp) {
    let values = [
        &entry.vendor,
        &entry.model,
        &entry.order_number,
        &entry.firmware,
        &entry.hardware,
        &entry.serial,
        &entry.host_name,
    ];
    for (kind, value) in FACTS.into_iter().zip(values) {
        let value: String = value.trim().chars().filter(|c| !c.is_control()).take(200).collect();
        if !value.is_empty() {
            let fact = Fact { about: Side::Server, kind, value, source: "import".into(), confidence: 60 };
            asset.learn(&fact, None, ts, &Evidence::default());
        }
    }
}

fn entry(asset: &Asset) -> AssetEntry {
    let fact = |kind| asset.fact(kind).map(|fact| fact.value.clone()).unwrap_or_default();
    let said = &asset.said;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    AssetEntry {
        ips: asset.ips.iter().map(ToString::to_string).collect(),
        macs: asset.macs.iter().map(ToString::to_string).collect(),
        vlan: asset.vlans.to_vec(),
        name: text(&said.name),
        role: said.role,
        seen_role: asset.guess().map(|guess| guess.role),
        zone: text(&said.zone),
        level: said.level,
        importance: said.importance,
        flags: said.flags.iter().copied().collect(),
        identifier_code: text(&said.identifier_code),
        note: text(&said.note),
        vendor: fact(FactKind::Vendor),
        model: fact(FactKind::Model),
        order_number: fact(FactKind::OrderNumber),
        firmware: fact(FactKind::Firmware),
        hardware: fact(FactKind::Hardware),
        serial: fact(FactKind::Serial),
        host_name: fact(FactKind::HostName),
        first: asset.first.to_string(),
        last: asset.last.to_string(),
    }
}

fn parsed<T: std::str::FromStr>(texts: &[String]) -> Result<Vec<T>, String> {
    texts.iter().map(|text| text.parse().map_err(|_| format!("'{text}' is no address"))).collect()
}

fn time(text: &str, otherwise: Timestamp) -> Result<Timestamp, String> {
    if text.is_empty() { Ok(otherwise) } else { text.parse().map_err(|_| format!("'{text}' is no time")) }
}

impl std::str::FromStr for AssetId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix("asset-").and_then(|number| number.parse().ok());
        number.map(AssetId).ok_or_else(|| format!("'{text}' names no asset: one such as asset-7 is wanted"))
    }
}
