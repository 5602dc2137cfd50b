use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Batch, Storage, StoreError, Table};
use crate::alert::{Alert, Quiet};

/// Leads every stored value; a reader of a later version knows what it has before it.
const FORMAT: u8 = 1;

/// A record's stored form: a format byte, then JSON, which survives added fields.
pub fn write_record<T: Serialize>(record: &T) -> Result<Vec<u8>, StoreError> {
    let mut bytes = vec![FORMAT];
    serde_json::to_writer(&mut bytes, record).map_err(|error| StoreError::Record(error.to_string()))?;
    Ok(bytes)
}

pub fn read_record<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, StoreError> {
    match bytes.split_first() {
        Some((&FORMAT, json)) => serde_json::from_slice(json).map_err(|error| StoreError::Record(error.to_string())),
        Some((other, _)) => Err(StoreError::Record(format!("format {other} is not known to this version"))),
        None => Err(StoreError::Record("an empty value".to_owned())),
    }
}

/// Typed access to single records.
pub trait Records {
    fn record<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, StoreError>;
}

impl Records for dyn Storage + '_ {
    fn record<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Result<Option<T>, StoreError> {
        self.get(table, key)?.map(|bytes| read_record(&bytes)).transpose()
    }
}

/// What people switched off and hold back.
pub struct QuietRecord;

const QUIET: &[u8] = b"quiet";

impl QuietRecord {
    pub fn put(batch: &mut Batch, quiet: &Quiet) -> Result<(), StoreError> {
        batch.put(Table::Meta, QUIET, write_record(quiet)?);
        Ok(())
    }

    pub fn load(storage: &dyn Storage) -> Result<Quiet, StoreError> {
        Ok(storage.record(Table::Meta, QUIET)?.unwrap_or_default())
    }
}

/// The alerts of the store.
pub struct AlertRecords;

/// Alerts read at once.
const PAGE: usize = 1000;

impl AlertRecords {
    pub fn put(batch: &mut Batch, alert: &Alert) -> Result<(), StoreError> {
        batch.put(Table::Alerts, alert.id.as_bytes(), write_record(alert)?);
        Ok(())
    }

    /// All alerts, in the order of their first finding; one that cannot be read is left out and said.
    pub fn load(storage: &dyn Storage) -> Result<Vec<Alert>, StoreError> {
        let mut alerts = Vec::new();
        let mut after: Option<Vec<u8>> = None;
        loop {
            let rows = storage.rows(Table::Alerts, &[], after.as_deref(), PAGE)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, bytes) in &rows {
                match read_record::<Alert>(bytes) {
                    Ok(alert) => alerts.push(alert),
                    Err(error) => {
                        tracing::error!(alert = %String::from_utf8_lossy(key), %error, "stored alert left out");
                    }
                }
            }
        }
        alerts.sort_by_key(|alert| alert.first);
        Ok(alerts)
    }
}
