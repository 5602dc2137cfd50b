use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::sync::Semaphore;

use super::failure::Failure;
use crate::event::{Map, Timestamp, hex};
use crate::store::{Batch, Committer, Records, StoreError, Table, read_record, write_record};

/// A session lives so long without being used.
const SESSION: Duration = Duration::from_secs(12 * 3600);
/// Wrong passwords of one name before it has to wait, and for how long.
const MAX_FAILURES: u32 = 5;
const WAIT: Duration = Duration::from_secs(60);
/// Over so long refused log-ins are counted together.
const REFUSED_TIME: Duration = Duration::from_secs(600);
/// Names whose failures are remembered.
const MAX_NAMES: usize = 10_000;
/// Argon2id wants 19 MiB for each: more at once would be an attack on memory.
const HASHES_AT_ONCE: usize = 2;
const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 10..=128;

/// Users, sessions, and the one-time link that makes the first user.
pub struct Accounts {
    committer: Committer,
    setup: Option<SetupToken>,
    failures: Mutex<Map<String, (u32, Timestamp)>>,
    /// When log-ins were refused lately, whatever the name.
    refused: Mutex<VecDeque<Timestamp>>,
    hashing: Semaphore,
}

/// Lets one person make the first user.
#[derive(Clone)]
pub struct SetupToken(String);

#[derive(Clone, Serialize, Deserialize)]
struct User {
    name: String,
    /// PHC string of Argon2id.
    password: String,
    created: Timestamp,
}

#[derive(Clone, Serialize, Deserialize)]
struct SessionRecord {
    user: String,
    used: Timestamp,
}

impl SetupToken {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Accounts {
    /// Where there is no user yet, a one-time token is made for this run.
    pub fn open(committer: Committer) -> Result<Self, StoreError> {
        let empty = committer.storage().rows(Table::Users, &[], None, 1)?.is_empty();
        let setup = if empty { random_token().map(SetupToken) } else { None };
        let failures = Mutex::new(Map::default());
        let hashing = Semaphore::new(HASHES_AT_ONCE);
        Ok(Accounts { committer, setup, failures, refused: Mutex::default(), hashing })
    }

    /// The token to print, as long as nobody used it.
    pub fn setup_token(&self) -> Option<&SetupToken> {
        self.setup.as_ref().filter(|_| self.needs_setup().unwrap_or(false))
    }

    pub fn needs_setup(&self) -> Result<bool, StoreError> {
        Ok(self.committer.storage().rows(Table::Users, &[], None, 1)?.is_empty())
    }

    /// Makes the first user.
    pub async fn set_up(&self, token: &str, name: &str, password: &str) -> Result<(), Failure> {
        let right = self.setup.as_ref().is_some_and(|setup| setup.0.as_bytes().ct_eq(token.as_bytes()).into());
        if !right || !self.needs_setup()? {
            return Err(Failure::Forbidden);
        }
        check_name(name)?;
        self.put_user(name, password).await
    }

    /// Gives a user a password; makes the user where there is none.
    pub async fn put_user(&self, name: &str, password: &str) -> Result<(), Failure> {
        if !PASSWORD_LENGTH.contains(&password.chars().count()) {
            return Err(Failure::Bad("error.password_length"));
        }
        let password = self.hash(password.to_owned()).await?;
        let user = User { name: name.to_owned(), password, created: Timestamp::now() };
        let mut batch = Batch::default();
        batch.put(Table::Users, name.as_bytes(), write_record(&user)?);
        Ok(self.committer.commit_async(batch).await?)
    }

    /// Checks a password and opens a session; gives back its token, which is stored only as a hash.
    pub async fn log_in(&self, name: &str, password: &str) -> Result<String, Failure> {
        self.check_pace(name)?;
        let user: Option<User> = self.committer.storage().record(Table::Users, name.as_bytes())?;
        // A name that does not exist costs the same time as a wrong password.
        let stored = user.as_ref().map_or_else(|| DECOY.to_owned(), |user| user.password.clone());
        let right = self.verify(password.to_owned(), stored).await?;
        if user.is_none() || !right {
            self.count_failure(name);
            return Err(Failure::Bad("error.log_in"));
        }
        self.lock_failures().remove(name);
        self.open_session(name).await
    }

    pub async fn open_session(&self, name: &str) -> Result<String, Failure> {
        let token = random_token().ok_or(Failure::Stopped)?;
        let mut batch = Batch::default();
        let session = SessionRecord { user: name.to_owned(), used: Timestamp::now() };
        batch.put(Table::Sessions, &session_key(&token), write_record(&session)?);
        self.drop_old_sessions(&mut batch)?;
        self.committer.commit_async(batch).await?;
        Ok(token)
    }

    /// The user of a session, and has it live on.
    pub fn user_of(&self, token: &str) -> Result<Option<String>, StoreError> {
        let key = session_key(token);
        let Some(session): Option<SessionRecord> = self.committer.storage().record(Table::Sessions, &key)? else {
            return Ok(None);
        };
        let now = Timestamp::now();
        if now.since(session.used) > SESSION {
            return Ok(None);
        }
        if now.since(session.used) > SESSION / 12 {
            let mut batch = Batch::default();
            let session = SessionRecord { used: now, ..session.clone() };
            batch.put(Table::Sessions, &key, write_record(&session)?);
            self.committer.commit_then(batch, |_| {});
        }
        Ok(Some(session.user))
    }

    pub async fn log_out(&self, token: &str) -> Result<(), Failure> {
        let mut batch = Batch::default();
        batch.delete(Table::Sessions, &session_key(token));
        Ok(self.committer.commit_async(batch).await?)
    }

    fn drop_old_sessions(&self, batch: &mut Batch) -> Result<(), StoreError> {
        let now = Timestamp::now();
        for (key, bytes) in self.committer.storage().rows(Table::Sessions, &[], None, 1000)? {
            let old = read_record::<SessionRecord>(&bytes).map_or(true, |session| now.since(session.used) > SESSION);
            if old {
                batch.delete(Table::Sessions, &key);
            }
        }
        Ok(())
    }

    fn check_pace(&self, name: &str) -> Result<(), Failure> {
        let failures = self.lock_failures();
        let Some((count, last)) = failures.get(name) else { return Ok(()) };
        let passed = Timestamp::now().since(*last);
        if *count >= MAX_FAILURES && passed < WAIT {
            return Err(Failure::Slow((WAIT - passed).as_secs() + 1));
        }
        Ok(())
    }

    fn count_failure(&self, name: &str) {
        let mut failures = self.lock_failures();
        if failures.len() >= MAX_NAMES {
            failures.clear();
        }
        let now = Timestamp::now();
        let (count, last) = failures.entry(name.to_owned()).or_insert((0, now));
        if now.since(*last) >= WAIT {
            *count = 0;
        }
        *count += 1;
        *last = now;
        drop(failures);
        let mut refused = self.lock_refused();
        refused.push_back(now);
        if refused.len() > MAX_NAMES {
            refused.pop_front();
        }
        tracing::warn!(user = name, "log-in failed");
    }

    /// Log-ins refused in the last ten minutes; the same ones are told once.
    pub fn take_refused(&self, enough: u32) -> Option<u32> {
        let now = Timestamp::now();
        let mut refused = self.lock_refused();
        while refused.front().is_some_and(|then| now.since(*then) > REFUSED_TIME) {
            refused.pop_front();
        }
        let count = u32::try_from(refused.len()).unwrap_or(u32::MAX);
        (count >= enough).then(|| refused.clear()).map(|()| count)
    }

    fn lock_refused(&self) -> std::sync::MutexGuard<'_, VecDeque<Timestamp>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_failures(&self) -> std::sync::MutexGuard<'_, Map<String, (u32, Timestamp)>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn hash(&self, password: String) -> Result<String, Failure> {
        self.with_argon2(move |argon2| {
            argon2.hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|_| Failure::Stopped)
        })
        .await?
    }

    async fn verify(&self, password: String, stored: String) -> Result<bool, Failure> {
        self.with_argon2(move |argon2| {
            PasswordHash::new(&stored).is_ok_and(|hash| argon2.verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    async fn with_argon2<T: Send + 'static>(
        &self,
        work: impl FnOnce(Argon2<'static>) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let _permit = self.hashing.acquire().await.map_err(|_| Failure::Stopped)?;
        tokio::task::spawn_blocking(move || work(Argon2::default())).await.map_err(|_| Failure::Stopped)
    }
}

/// A hash of nobody's password, at the same cost as everybody's.
const DECOY: &str = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$xz7SJ1m1t0v8nH3hC1l0n0qv1r1ZcXo0yq3s8m1JbJ4";

fn check_name(name: &str) -> Result<(), Failure> {
    let good = (1..=64).contains(&name.chars().count()) && !name.chars().any(|c| c.is_control() || c.is_whitespace());
    if good { Ok(()) } else { Err(Failure::Bad("error.user_name")) }
}

fn session_key(token: &str) -> Vec<u8> {
    hex(&Sha256::digest(token.as_bytes())).into_bytes()
}

/// 256 random bits; `None` where the system has none to give.
fn random_token() -> Option<String> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).ok()?;
    Some(hex(&bytes))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::store::SledStorage;

    fn accounts() -> (tempfile::TempDir, Accounts) {
        let folder = tempfile::tempdir().unwrap();
        let storage = Arc::new(SledStorage::open(folder.path()).unwrap());
        let (committer, _) = Committer::start(storage).unwrap();
        (folder, Accounts::open(committer).unwrap())
    }

    #[tokio::test]
    async fn the_link_makes_one_user_and_then_no_more() {
        let (_folder, accounts) = accounts();
        let token = accounts.setup_token().unwrap().as_str().to_owned();
        assert!(accounts.set_up("wrong", "li", "long enough").await.is_err());
        assert!(accounts.set_up(&token, "li", "short").await.is_err());
        accounts.set_up(&token, "li", "long enough").await.unwrap();
        assert!(accounts.setup_token().is_none());
        assert!(accounts.set_up(&token, "wang", "long enough").await.is_err());
        let session = accounts.log_in("li", "long enough").await.unwrap();
        assert_eq!(accounts.user_of(&session).unwrap().as_deref(), Some("li"));
        accounts.log_out(&session).await.unwrap();
        assert_eq!(accounts.user_of(&session).unwrap(), None);
    }

    #[tokio::test]
    async fn guessing_is_slowed_down() {
        let (_folder, accounts) = accounts();
        accounts.put_user("li", "long enough").await.unwrap();
        for _ in 0..MAX_FAILURES {
            assert!(matches!(accounts.log_in("li", "wrong guess").await, Err(Failure::Bad(_))));
        }
        assert!(
            matches!(accounts.log_in("li", "long enough").await, Err(Failure::Slow(_))),
            "also the right one waits"
        );
    }
}
