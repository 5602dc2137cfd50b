use serde::{Deserialize, Serialize};

use crate::event::Timestamp;
use crate::store::{Batch, Storage, StoreError, Table, read_record, write_record};

/// A message on its way to one sink.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Queued {
    /// The same for every attempt: the far end knows a repetition by it.
    pub id: String,
    pub queued: Timestamp,
    pub attempts: u32,
    /// Not before then.
    pub due: Timestamp,
    /// Every attempt of the schedule failed; kept for a person to see.
    pub given_up: bool,
    /// Exactly as sent.
    pub body: String,
}

/// Adds a message for a sink to a commit.
pub fn enqueue(batch: &mut Batch, sink: &str, id: &str, body: String, now: Timestamp) -> Result<(), StoreError> {
    let queued = Queued { id: id.to_owned(), queued: now, attempts: 0, due: now, given_up: false, body };
    put(batch, sink, &queued)
}

/// Messages of a sink, oldest first, at most `limit`.
pub fn waiting(storage: &dyn Storage, sink: &str, limit: usize) -> Result<Vec<Queued>, StoreError> {
    let rows = storage.rows(Table::Outbox, &prefix(sink), None, limit)?;
    rows.iter().map(|(_, bytes)| read_record(bytes)).collect()
}

pub(super) fn put(batch: &mut Batch, sink: &str, queued: &Queued) -> Result<(), StoreError> {
    batch.put(Table::Outbox, &key(sink, queued), write_record(queued)?);
    Ok(())
}

pub(super) fn delete(batch: &mut Batch, sink: &str, queued: &Queued) {
    batch.delete(Table::Outbox, &key(sink, queued));
}

fn prefix(sink: &str) -> Vec<u8> {
    [sink.as_bytes(), &[0]].concat()
}

/// Time first, so that the oldest comes first.
fn key(sink: &str, queued: &Queued) -> Vec<u8> {
    [&prefix(sink)[..], &queued.queued.nanos().to_be_bytes(), queued.id.as_bytes()].concat()
}
