use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, EnvelopeError, Header, seal};
use super::messages::AlertRecord;
use crate::event::Timestamp;
use crate::store::{Batch, Records, Storage, StoreError, Table, read_record, write_record};

/// Records in one batch at most, and batches sent at once.
pub const MAX_RECORDS: usize = 1000;
pub const MAX_BATCHES: usize = 10;
const CHANNEL: &str = "alerts";
const META_NEXT: &[u8] = b"uplink-next-seq";

/// What is still to be told of one alert.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Pending {
    pub alert: String,
    /// Tells this news of the alert from the next: whoever takes one along must not take away the other.
    mark: String,
    /// Told at the latest then; an urgent one takes the others along.
    pub due: Timestamp,
}

impl Pending {
    /// The alerts in question, each once.
    pub fn alerts(pending: &[Pending]) -> Vec<&str> {
        let mut alerts: Vec<&str> = pending.iter().map(|pending| pending.alert.as_str()).collect();
        // In the order of their keys the news of one alert stand together.
        alerts.dedup();
        alerts
    }

    fn key(&self) -> Vec<u8> {
        [self.alert.as_bytes(), &[0], self.mark.as_bytes()].concat()
    }
}

/// A batch exactly as it was sent, and what became of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Sent {
    pub envelope: Envelope,
    pub sealed: Timestamp,
    pub state: SentState,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SentState {
    Unsent,
    Accepted { at: Timestamp },
    Rejected { at: Timestamp, code: u32, reason: String },
}

/// The reporting queue in the store: pending alerts, then numbered batches.
pub struct Outbox;

impl Outbox {
    /// Notes in a commit that an alert is to be reported.
    pub fn enqueue(batch: &mut Batch, alert: &str, due: Timestamp) -> Result<(), StoreError> {
        let pending = Pending { alert: alert.to_owned(), mark: uuid::Uuid::now_v7().to_string(), due };
        batch.put(Table::UplinkPending, &pending.key(), write_record(&pending)?);
        Ok(())
    }

    /// News of at most [`MAX_RECORDS`] alerts that are to be reported, and whether one of them is due.
    pub fn pending(storage: &dyn Storage, now: Timestamp) -> Result<(Vec<Pending>, bool), StoreError> {
        let rows = storage.rows(Table::UplinkPending, &[], None, MAX_RECORDS)?;
        let pending = rows.iter().map(|(_, bytes)| read_record(bytes)).collect::<Result<Vec<Pending>, _>>()?;
        let due = pending.iter().any(|pending| pending.due <= now);
        Ok((pending, due))
    }

    /// Seals records into the next batch. The commit takes the pending marks away, keeps the batch and moves the number on,
    /// all or nothing: whatever is killed and whenever, no alert is in no batch and none is in two.
    pub fn cut(
        storage: &dyn Storage,
        pending: &[Pending],
        records: &[AlertRecord],
        header: &Header<'_>,
        key: &[u8],
    ) -> Result<Batch, CutError> {
        let seq = Self::next_seq(storage)?;
        let header = Header { msg_type: "alert.batch", channel: CHANNEL, seq, ..header.clone() };
        let envelope = seal(&header, &records, key)?;
        let sent = Sent { envelope, sealed: Timestamp::now(), state: SentState::Unsent };
        let mut batch = Batch::default();
        for done in pending {
            batch.delete(Table::UplinkPending, &done.key());
        }
        batch.put(Table::UplinkSent, &key_of(seq), write_record(&sent)?);
        batch.put(Table::Meta, META_NEXT, write_record(&(seq + 1))?);
        Ok(batch)
    }

    /// Batches that wait to be accepted, lowest number first.
    pub fn unsent(storage: &dyn Storage, from: u64) -> Result<Vec<(u64, Sent)>, StoreError> {
        let mut unsent = Vec::new();
        let mut after = from.checked_sub(1).map(key_of);
        while unsent.len() < MAX_BATCHES {
            let rows = storage.rows(Table::UplinkSent, &[], after.as_deref(), 100)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(last.clone());
            for (key, bytes) in &rows {
                let sent: Sent = read_record(bytes)?;
                if sent.state == SentState::Unsent && unsent.len() < MAX_BATCHES {
                    unsent.push((seq_of(key), sent));
                }
            }
        }
        Ok(unsent)
    }

    /// One batch by its number.
    pub fn batch(storage: &dyn Storage, seq: u64) -> Result<Option<Sent>, StoreError> {
        storage.record(Table::UplinkSent, &key_of(seq))
    }

    pub fn mark(batch: &mut Batch, seq: u64, sent: Sent, state: SentState) -> Result<(), StoreError> {
        batch.put(Table::UplinkSent, &key_of(seq), write_record(&Sent { state, ..sent })?);
        Ok(())
    }

    /// The latest batches, newest first.
    pub fn latest(storage: &dyn Storage, most: u64) -> Result<Vec<(u64, Sent)>, StoreError> {
        let next = Self::next_seq(storage)?;
        let mut latest = Vec::new();
        for seq in (next.saturating_sub(most).max(1)..next).rev() {
            latest.extend(Self::batch(storage, seq)?.map(|sent| (seq, sent)));
        }
        Ok(latest)
    }

    fn next_seq(storage: &dyn Storage) -> Result<u64, StoreError> {
        Ok(storage.record(Table::Meta, META_NEXT)?.unwrap_or(1))
    }
}

/// Why no batch could be made.
#[derive(Debug, thiserror::Error)]
pub enum CutError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

fn key_of(seq: u64) -> Vec<u8> {
    [CHANNEL.as_bytes(), &[0], &seq.to_be_bytes()].concat()
}

fn seq_of(key: &[u8]) -> u64 {
    key.last_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}
