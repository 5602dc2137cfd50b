//! What must survive: alerts, queues of what is still to be sent, users.
//!
//! sled 0.34 behind our own [`Storage`] trait, by what was measured of it: its flush is no fsync, so a commit is flushed and
//! then the database file is synchronised, in groups, before anything is acknowledged; records and whatever points to
//! them go in one batch; nothing iterates past an error. Packet captures are plain files and not in here.

mod committer;
mod records;
mod sled_storage;

pub use committer::Committer;
pub use records::{AlertRecords, QuietRecord, Records, read_record, write_record};
pub use sled_storage::SledStorage;

/// A key space of the store. The byte stands in front of every key, so that one batch can span tables.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
#[repr(u8)]
pub enum Table {
    /// Alert id → alert.
    Alerts = 1,
    /// Sink name, 0, message id → message still to be delivered.
    Outbox = 2,
    /// Alert id, 0, mark → that the next tier is still to learn of it.
    UplinkPending = 3,
    /// Channel, 0, sequence → envelope exactly as sent.
    UplinkSent = 4,
    /// Single values: identities, counters, settings.
    Meta = 5,
    /// User name → user.
    Users = 6,
    /// Hash of a session's token → session.
    Sessions = 7,
    /// Receiver: probe id → probe.
    Probes = 8,
    /// Receiver: probe, channel, sequence → batch.
    Batches = 9,
    /// Receiver: probe, alert id → alert as last reported.
    Received = 10,
}

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store in {folder} cannot be opened: {reason}")]
    Open { folder: std::path::PathBuf, reason: String },
    #[error("the store failed: {0}")]
    Engine(String),
    #[error("a record cannot be read: {0}")]
    Record(String),
    #[error("the store has stopped")]
    Stopped,
}

/// Changes that take effect together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    changes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl Batch {
    pub fn put(&mut self, table: Table, key: &[u8], value: Vec<u8>) {
        self.changes.push((full_key(table, key), Some(value)));
    }

    pub fn delete(&mut self, table: Table, key: &[u8]) {
        self.changes.push((full_key(table, key), None));
    }

    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub fn append(&mut self, mut other: Batch) {
        self.changes.append(&mut other.changes);
    }
}

fn full_key(table: Table, key: &[u8]) -> Vec<u8> {
    [&[table as u8], key].concat()
}

/// A key and its value.
pub type Row = (Vec<u8>, Vec<u8>);

/// An embedded engine: ordered keys, atomic batches.
pub trait Storage: Send + Sync {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// At most `limit` rows whose keys begin with `prefix`, in the order of their keys, the first after `after`.
    fn rows(&self, table: Table, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError>;

    /// Applies a batch; it is visible at once and durable after [`Storage::flush`].
    fn apply(&self, batch: Batch) -> Result<(), StoreError>;

    /// Has everything applied so far survive a power cut.
    fn flush(&self) -> Result<(), StoreError>;
}
