use serde::{Deserialize, Serialize};

use crate::event::Timestamp;
use crate::store::{Batch, Storage, StoreError, Table, read_record, write_record};

/// Rows read at once, and messages sent in one turn.
const PAGE: usize = 200;
const TURN: usize = 50;

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

/// What a sink has to do.
#[derive(Default)]
pub(super) struct Waiting {
    /// To be sent now, oldest first.
    pub(super) due: Vec<Queued>,
    /// When the next one of the others is due.
    pub(super) next: Option<Timestamp>,
    /// All that is not given up.
    pub(super) count: usize,
}

/// Looks through a sink's whole queue: what was given up or waits for its time must not stand before what is due.
pub(super) fn waiting(storage: &dyn Storage, sink: &str, now: Timestamp) -> Result<Waiting, StoreError> {
    let mut waiting = Waiting::default();
    let mut after: Option<Vec<u8>> = None;
    loop {
        let rows = storage.rows(Table::Outbox, &prefix(sink), after.as_deref(), PAGE)?;
        let Some((last, _)) = rows.last() else { return Ok(waiting) };
        after = Some(last.clone());
        for (_, bytes) in &rows {
            match read_record::<Queued>(bytes) {
                Ok(queued) => waiting.add(queued, now),
                Err(error) => tracing::error!(sink, %error, "a queued message cannot be read"),
            }
        }
    }
}

impl Waiting {
    fn add(&mut self, queued: Queued, now: Timestamp) {
        if queued.given_up {
            return;
        }
        self.count += 1;
        if queued.due > now {
            self.next = Some(self.next.map_or(queued.due, |next| next.min(queued.due)));
        } else if self.due.len() < TURN {
            self.due.push(queued);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::SledStorage;

    #[test]
    fn what_is_given_up_or_waits_does_not_stand_before_what_is_due() {
        let folder = tempfile::tempdir().unwrap();
        let storage = SledStorage::open(folder.path()).unwrap();
        let now = Timestamp::now();
        let later = now + std::time::Duration::from_secs(3600);
        let mut batch = Batch::default();
        for i in 0..300 {
            let (due, given_up) = if i % 2 == 0 { (now, true) } else { (later, false) };
            let queued = Queued { id: format!("m{i}"), queued: now, attempts: 10, due, given_up, body: String::new() };
            put(&mut batch, "a", &queued).unwrap();
        }
        enqueue(&mut batch, "a", "new", "body".into(), now + std::time::Duration::from_secs(1)).unwrap();
        enqueue(&mut batch, "b", "other", "body".into(), now).unwrap();
        storage.apply(batch).unwrap();

        let waiting = waiting(&storage, "a", now + std::time::Duration::from_secs(1)).unwrap();
        let due: Vec<&str> = waiting.due.iter().map(|queued| queued.id.as_str()).collect();
        assert_eq!((due, waiting.count, waiting.next), (vec!["new"], 151, Some(later)));
    }
}
