use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::{Batch, Row, Storage, StoreError, Table, full_key};

/// Memory that sled may use for pages.
const CACHE_BYTES: u64 = 32 << 20;
/// Meta key of the store's own name.
const IDENTITY: &[u8] = b"store-id";

/// sled 0.34 with one tree: a batch over several tables is atomic.
pub struct SledStorage {
    database: sled::Db,
    /// The file to synchronise: sled's own flush leaves it to the kernel when.
    file: File,
}

impl SledStorage {
    /// Opens the database in `folder`. One that cannot be opened is moved aside and said, and a new one begins: a monitor
    /// that does not start sees nothing at all.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        fs::create_dir_all(folder).map_err(|error| open_error(folder, &error))?;
        match Self::try_open(folder).and_then(|store| store.check_identity(folder)) {
            Err(OpenFault::Damaged(reason)) => {
                let aside = set_aside(folder).map_err(|error| open_error(folder, &error))?;
                tracing::error!(folder = %folder.display(), aside = %aside.display(), %reason, "damaged store set aside");
                Self::try_open(folder).and_then(|store| store.check_identity(folder))
            }
            other => other,
        }
        .map_err(|fault| open_error(folder, &fault))
    }

    /// sled reads a destroyed file as an empty database and says nothing. A name kept beside it and in it tells.
    fn check_identity(self, folder: &Path) -> Result<Self, OpenFault> {
        let file = folder.join("store-id");
        let beside = fs::read(&file).ok();
        let inside = self.get(Table::Meta, IDENTITY).map_err(OpenFault::other)?;
        if inside.is_some() {
            return Ok(self);
        }
        if beside.is_some() {
            return Err(OpenFault::Damaged("what was stored is gone".to_owned()));
        }
        let identity = uuid::Uuid::now_v7().to_string().into_bytes();
        let mut batch = Batch::default();
        batch.put(Table::Meta, IDENTITY, identity.clone());
        self.apply(batch).and_then(|()| self.flush()).map_err(OpenFault::other)?;
        fs::write(&file, identity).map_err(OpenFault::other)?;
        Ok(self)
    }

    fn try_open(folder: &Path) -> Result<Self, OpenFault> {
        let path = folder.join("sled");
        // Commits are flushed by us, in groups; sled need not do it beside.
        let config = sled::Config::new().path(&path).cache_capacity(CACHE_BYTES).flush_every_ms(None);
        let database = config.open().map_err(|error| OpenFault::of(&error))?;
        let file = File::open(path.join("db")).map_err(OpenFault::other)?;
        Ok(SledStorage { database, file })
    }
}

/// Why the database does not open. Only what is damaged may be set aside: a full disk, a missing right or a second process
/// must not cost what was stored.
#[derive(Debug, thiserror::Error)]
enum OpenFault {
    #[error("{0}")]
    Damaged(String),
    #[error("{0}")]
    Other(String),
    #[error("another fengsui uses it; stop that one first")]
    InUse,
}

impl OpenFault {
    fn other(error: impl std::fmt::Display) -> Self {
        OpenFault::Other(error.to_string())
    }

    fn of(error: &sled::Error) -> Self {
        let text = error.to_string();
        match error {
            // The lock's error has no kind of its own.
            sled::Error::Io(_) if text.contains("could not acquire lock") => OpenFault::InUse,
            sled::Error::Io(io) if !matches!(io.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof) => {
                OpenFault::Other(text)
            }
            _ => OpenFault::Damaged(text),
        }
    }
}

fn open_error(folder: &Path, error: &dyn std::fmt::Display) -> StoreError {
    StoreError::Open { folder: folder.to_owned(), reason: error.to_string() }
}

fn set_aside(folder: &Path) -> std::io::Result<PathBuf> {
    let stamp = crate::event::Timestamp::now().seconds();
    let aside = folder.join(format!("sled-damaged-{stamp}"));
    fs::rename(folder.join("sled"), &aside)?;
    fs::remove_file(folder.join("store-id")).or_else(|error| match error.kind() {
        ErrorKind::NotFound => Ok(()),
        _ => Err(error),
    })?;
    Ok(aside)
}

impl Storage for SledStorage {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.database.get(full_key(table, key)).map_err(|error| engine(&error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn rows(&self, table: Table, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        let start = full_key(table, after.unwrap_or(prefix));
        let whole_prefix = full_key(table, prefix);
        for row in self.database.range(start..) {
            // After an I/O error sled's iterators give the error for ever: stop at the first.
            let (key, value) = row.map_err(|error| engine(&error))?;
            if !key.starts_with(&whole_prefix) || rows.len() >= limit {
                break;
            }
            if after != Some(&key[1..]) {
                rows.push((key[1..].to_vec(), value.to_vec()));
            }
        }
        Ok(rows)
    }

    fn apply(&self, batch: Batch) -> Result<(), StoreError> {
        let mut changes = sled::Batch::default();
        for (key, value) in batch.changes {
            match value {
                Some(value) => changes.insert(key, value),
                None => changes.remove(key),
            }
        }
        self.database.apply_batch(changes).map_err(|error| engine(&error))
    }

    fn flush(&self) -> Result<(), StoreError> {
        self.database.flush().map_err(|error| engine(&error))?;
        self.file.sync_data().map_err(|error| StoreError::Engine(error.to_string()))
    }
}

fn engine(error: &sled::Error) -> StoreError {
    StoreError::Engine(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(changes: &[(Table, &str, Option<&str>)]) -> Batch {
        let mut batch = Batch::default();
        for (table, key, value) in changes {
            match value {
                Some(value) => batch.put(*table, key.as_bytes(), value.as_bytes().to_vec()),
                None => batch.delete(*table, key.as_bytes()),
            }
        }
        batch
    }

    #[test]
    fn rows_come_in_order_and_in_pages_and_stay_in_their_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStorage::open(folder.path()).unwrap();
        let rows = [("a1", "1"), ("a2", "2"), ("a3", "3"), ("b1", "4")];
        let puts: Vec<_> = rows.iter().map(|(k, v)| (Table::Outbox, *k, Some(*v))).collect();
        store.apply(batch(&puts)).unwrap();
        store.apply(batch(&[(Table::Meta, "a9", Some("x"))])).unwrap();
        let keys = |after: Option<&[u8]>, limit| -> Vec<String> {
            let rows = store.rows(Table::Outbox, b"a", after, limit).unwrap();
            rows.into_iter().map(|(k, _)| String::from_utf8(k).unwrap()).collect()
        };
        assert_eq!(keys(None, 2), ["a1", "a2"]);
        assert_eq!(keys(Some(b"a2"), 2), ["a3"]);
    }

    #[test]
    fn a_second_opener_is_told_and_damages_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStorage::open(folder.path()).unwrap();
        store.apply(batch(&[(Table::Meta, "k", Some("v"))])).unwrap();
        let Err(error) = SledStorage::open(folder.path()) else { panic!("opened twice") };
        assert!(error.to_string().contains("another fengsui"), "{error}");
        assert_eq!(store.get(Table::Meta, b"k").unwrap().as_deref(), Some(&b"v"[..]));
    }

    #[test]
    fn a_destroyed_database_is_set_aside_and_a_new_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        let store = SledStorage::open(folder.path()).unwrap();
        store.apply(batch(&[(Table::Meta, "k", Some("v"))])).unwrap();
        store.flush().unwrap();
        drop(store);
        fs::write(folder.path().join("sled/db"), vec![0x5a; 100_000]).unwrap();
        let store = SledStorage::open(folder.path()).unwrap();
        assert_eq!(store.get(Table::Meta, b"k").unwrap(), None);
        let names = folder.path().read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap());
        assert_eq!(names.filter(|name| name.starts_with("sled-damaged-")).collect::<Vec<_>>().len(), 1);
    }
}
