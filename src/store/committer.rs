use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};

use super::{Batch, Storage, StoreError};

/// Commits wait for others at most so long and so many, so that one flush serves them all.
const GROUP_TIME: Duration = Duration::from_millis(20);
const GROUP_SIZE: usize = 100;
/// Commits under way; beyond, whoever commits waits.
const UNDER_WAY: usize = 4096;

/// What a commit is told when it is durable, or why it is not.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// Applies batches in the order they came, and answers once they would survive a power cut.
#[derive(Clone)]
pub struct Committer {
    line: Sender<(Batch, Answer)>,
    storage: Arc<dyn Storage>,
}

impl Committer {
    /// Starts the committing thread; it ends when the last clone is gone and everything given is done.
    pub fn start(storage: Arc<dyn Storage>) -> std::io::Result<(Self, thread::JoinHandle<()>)> {
        let (line, given) = bounded(UNDER_WAY);
        let engine = Arc::clone(&storage);
        let thread = thread::Builder::new().name("store".into()).spawn(move || commit_all(&*engine, &given))?;
        Ok((Committer { line, storage }, thread))
    }

    /// Reads go straight to the storage.
    pub fn storage(&self) -> &dyn Storage {
        &*self.storage
    }

    /// Commits and calls `answer` when it is durable.
    pub fn commit_then(&self, batch: Batch, answer: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        if let Err(returned) = self.line.send((batch, Box::new(answer))) {
            let (_, answer) = returned.0;
            answer(Err(StoreError::Stopped));
        }
    }

    /// Commits and waits until it is durable. Not for async code.
    pub fn commit(&self, batch: Batch) -> Result<(), StoreError> {
        let (done, wait) = bounded(1);
        self.commit_then(batch, move |result| {
            let _ = done.send(result);
        });
        wait.recv().unwrap_or(Err(StoreError::Stopped))
    }

    /// Commits and waits until it is durable.
    pub async fn commit_async(&self, batch: Batch) -> Result<(), StoreError> {
        let (done, wait) = tokio::sync::oneshot::channel();
        let committer = self.clone();
        // The line may be full for a moment; an async thread must not wait for it.
        let sent = tokio::task::spawn_blocking(move || {
            committer.commit_then(batch, move |result| {
                let _ = done.send(result);
            });
        });
        sent.await.map_err(|_| StoreError::Stopped)?;
        wait.await.unwrap_or(Err(StoreError::Stopped))
    }
}

fn commit_all(storage: &dyn Storage, given: &Receiver<(Batch, Answer)>) {
    while let Ok((batch, answer)) = given.recv() {
        let mut whole = batch;
        let mut answers = vec![answer];
        let until = Instant::now() + GROUP_TIME;
        while answers.len() < GROUP_SIZE {
            match given.recv_deadline(until) {
                Ok((batch, answer)) => {
                    whole.append(batch);
                    answers.push(answer);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
            }
        }
        let result = storage.apply(whole).and_then(|()| storage.flush());
        if let Err(error) = &result {
            tracing::error!(%error, "commit failed");
        }
        let failure = result.err().map(|error| error.to_string());
        for answer in answers {
            answer(failure.clone().map_or(Ok(()), |reason| Err(StoreError::Engine(reason))));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SledStorage, Table};
    use super::*;

    #[test]
    fn commits_are_durable_in_order_when_they_are_answered() {
        let folder = tempfile::tempdir().unwrap();
        let storage = Arc::new(SledStorage::open(folder.path()).unwrap());
        let (committer, thread) = Committer::start(storage).unwrap();
        for i in 0..300u32 {
            let mut batch = Batch::default();
            batch.put(Table::Meta, b"counter", i.to_be_bytes().to_vec());
            if i % 100 == 99 {
                committer.commit(batch).unwrap();
                let seen = committer.storage().get(Table::Meta, b"counter").unwrap();
                assert_eq!(seen, Some(i.to_be_bytes().to_vec()));
            } else {
                committer.commit_then(batch, |result| assert!(result.is_ok()));
            }
        }
        drop(committer);
        thread.join().unwrap();
    }
}
