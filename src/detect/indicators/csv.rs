//! Lists as CSV: a head that names its columns, of which `value` is needed; `type`, `expires`, `date` and `description` (or
//! `comment`) are read, others left alone. MISP's own CSV export is one of these.

use super::report::Rows;
use super::{Indicator, IndicatorKind, misp, time};

/// Columns and what they are for.
#[derive(Default)]
struct Columns {
    kind: Option<usize>,
    value: Option<usize>,
    about: Option<usize>,
    expires: Option<usize>,
    date: Option<usize>,
}

pub fn read(bytes: &[u8], rows: &mut Rows<'_>) -> Result<(), String> {
    let mut reader =
        ::csv::ReaderBuilder::new().flexible(true).comment(Some(b'#')).trim(::csv::Trim::All).from_reader(bytes);
    let head = reader.headers().map_err(|error| error.to_string())?;
    let find =
        |names: &[&str]| head.iter().position(|column| names.iter().any(|name| column.eq_ignore_ascii_case(name)));
    let columns = Columns {
        kind: find(&["type"]),
        value: find(&["value", "indicator", "ioc"]),
        about: find(&["description", "comment"]),
        expires: find(&["expires", "valid_until"]),
        date: find(&["date", "first_seen"]),
    };
    if columns.value.is_none() {
        return Err("the first line names no column 'value'".to_owned());
    }
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = record.position().map_or(0, ::csv::Position::line);
                let place = format!("line {line}");
                let read = columns.read(&record, rows);
                rows.take(&place, read);
            }
            Err(error) => rows.take("a line", Err(error.to_string())),
        }
    }
    Ok(())
}

impl Columns {
    fn read(&self, record: &::csv::StringRecord, rows: &Rows<'_>) -> Result<Vec<Indicator>, String> {
        let text = |column: Option<usize>| column.and_then(|at| record.get(at)).unwrap_or_default();
        let value = text(self.value);
        let found = match text(self.kind) {
            "" => vec![(guess(value), value.to_owned())],
            kind => kinds(kind, value).ok_or_else(|| format!("type '{kind}' is not known"))?,
        };
        let stated = |column| Some(text(column)).filter(|text| !text.is_empty()).map(time::parse).transpose();
        let expires = rows.end(stated(self.expires)?, stated(self.date)?);
        let about = text(self.about);
        found.into_iter().map(|(kind, value)| rows.indicator(kind, &value, about, expires)).collect()
    }
}

/// By our names, or by MISP's.
fn kinds(name: &str, value: &str) -> Option<Vec<(IndicatorKind, String)>> {
    let kind = match name.to_ascii_lowercase().as_str() {
        "address" | "ip" | "ipv4" | "ipv6" | "network" => IndicatorKind::Address,
        "domain" => IndicatorKind::Domain,
        "url" => IndicatorKind::Url,
        "ja4" => IndicatorKind::Ja4,
        "certificate" => IndicatorKind::Certificate,
        "file" => IndicatorKind::File,
        other => return misp::kinds(other, value),
    };
    Some(vec![(kind, value.to_owned())])
}

/// Where a list does not say what a value is.
fn guess(value: &str) -> IndicatorKind {
    let is_hash = matches!(value.len(), 32 | 40 | 64) && value.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_hash {
        IndicatorKind::File
    } else if IndicatorKind::Address.tidy(value).is_ok() {
        IndicatorKind::Address
    } else if IndicatorKind::Ja4.tidy(value).is_ok() {
        IndicatorKind::Ja4
    } else if value.contains('/') {
        IndicatorKind::Url
    } else {
        IndicatorKind::Domain
    }
}
