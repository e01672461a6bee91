//! The file of keys: a SQLite database that `ipmint keys` and a running server share.
//!
//! ```text
//! account   id (what geoipupdate calls AccountID), name, plan, digest of the key, created, revoked
//! usage     account, edition ('' for requests), span: where the running window began, two counts
//! ```
//!
//! **What a kill leaves.** The journal is a write-ahead log: a transaction is appended to `-wal` with
//! checksums, and counts once its last page is there. With `synchronous = NORMAL` that is written but
//! not synced, so it lies in the system's page cache, which outlives the process: `kill -9` at any
//! moment loses nothing that was committed. A power cut or a panic of the kernel can lose the last
//! transactions, though not the file. That will do for usage; keys are made and revoked with
//! `synchronous = FULL`, since who was shown a key relies on it.
#![expect(clippy::disallowed_methods, reason = "keys live on disk")]

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension as _, TransactionBehavior};

use crate::base::sync_folder;
use crate::serve::access::key::KeyDigest;
use crate::serve::access::{AccessError, Key, Moment, Window};

/// `PRAGMA application_id`: "ipmk".
const APPLICATION: i64 = 0x6970_6D6B;
/// `PRAGMA user_version`.
const VERSION: i64 = 1;
/// How long others may hold the file: they hold it for milliseconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ids are never given out again, so that what is written down of one stays true.
const TABLES: &str = "
    CREATE TABLE account (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        plan TEXT NOT NULL,
        digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32), -- SHA-256 of the key
        created INTEGER NOT NULL,                                -- Unix seconds
        revoked INTEGER                                          -- Unix seconds; NULL: it is good
    ) STRICT;
    CREATE TABLE usage (
        account INTEGER NOT NULL REFERENCES account (id),
        edition TEXT NOT NULL,      -- thousandths of its downloads; '': requests
        span INTEGER NOT NULL,      -- of the window, milliseconds
        start INTEGER NOT NULL,     -- when its running part began, Unix milliseconds
        previous INTEGER NOT NULL,  -- counted in the part before
        current INTEGER NOT NULL,   -- counted in the running part
        PRIMARY KEY (account, edition, span)
    ) STRICT, WITHOUT ROWID;
";

/// An account as the file has it.
#[derive(Clone, Debug)]
pub struct AccountRecord {
    /// From 1.
    pub id: u64,
    /// What the operator calls it.
    pub name: String,
    /// The name of its plan.
    pub plan: String,
    /// Of its key.
    pub(super) digest: KeyDigest,
    /// Unix seconds.
    pub created: u64,
    /// Unix seconds; `None` if its key is good.
    pub revoked: Option<u64>,
}

/// What an account has used over one span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageRow {
    /// Its id.
    pub account: u64,
    /// Whose downloads, in thousandths; empty for requests.
    pub edition: String,
    /// How much, and when.
    pub window: Window,
}

/// How revoking an account's key went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revocation {
    /// It was good, and is no longer.
    Done,
    /// It was revoked before, at these Unix seconds.
    Before(u64),
}

/// The file, open.
#[derive(Debug)]
pub struct KeyFile {
    path: PathBuf,
    connection: Connection,
}

impl KeyFile {
    /// Opens a file that is there.
    pub fn open(path: &Path) -> Result<Self, AccessError> {
        if !path.exists() {
            return Err(AccessError::NoKeys { path: path.to_owned() });
        }
        let connection = connect(path).map_err(cannot(path, "open it"))?;
        let file = Self { path: path.to_owned(), connection };
        file.check()?;
        Ok(file)
    }

    /// Opens a file, or makes one that only its owner can read.
    pub fn open_or_create(path: &Path) -> Result<Self, AccessError> {
        if !path.exists() {
            create(path)?;
        }
        Self::open(path)
    }

    /// Whether it is ours, and of our version; then how it is to be used.
    fn check(&self) -> Result<(), AccessError> {
        let path = || self.path.clone();
        let pragma =
            |name: &str| self.connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        self.connection.busy_timeout(PATIENCE).map_err(cannot(&self.path, "open it"))?;
        let application = match pragma("application_id") {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                return Err(AccessError::NotKeys { path: path() });
            }
            read => read.map_err(cannot(&self.path, "read it"))?,
        };
        if application != APPLICATION {
            return Err(AccessError::NotKeys { path: path() });
        }
        let found = pragma("user_version").map_err(cannot(&self.path, "read it"))?;
        if found != VERSION {
            return Err(AccessError::Version { path: path(), found, expected: VERSION });
        }
        self.synchronous("NORMAL")
    }

    fn synchronous(&self, how: &str) -> Result<(), AccessError> {
        let set = self.connection.pragma_update(None, "synchronous", how);
        set.map_err(cannot(&self.path, "open it"))
    }

    /// Adds an account and returns its id.
    pub fn add(
        &mut self,
        name: &str,
        plan: &str,
        key: &Key,
        now: Moment,
    ) -> Result<u64, AccessError> {
        self.synchronous("FULL")?;
        let sql = "INSERT INTO account (name, plan, digest, created) VALUES (?1, ?2, ?3, ?4)";
        let digest = key.digest();
        let values = (name, plan, digest.bytes(), integer(now.seconds()));
        self.connection.execute(sql, values).map_err(cannot(&self.path, "add a key"))?;
        Ok(count(self.connection.last_insert_rowid()))
    }

    /// Revokes keys: all of them, or none if some account is not there.
    pub fn revoke(&mut self, ids: &[u64], now: Moment) -> Result<Vec<Revocation>, AccessError> {
        self.synchronous("FULL")?;
        let path = &self.path;
        let failed = || cannot(path, "revoke a key");
        let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
        let transaction = begun.map_err(failed())?;
        let mut done = Vec::new();
        for id in ids {
            let ask = "SELECT revoked FROM account WHERE id = ?1";
            let revoked = transaction.query_row(ask, [integer(*id)], |row| row.get(0)).optional();
            let revoked: Option<Option<i64>> = revoked.map_err(failed())?;
            let missing = || AccessError::NoAccount { path: path.clone(), account: *id };
            if let Some(before) = revoked.ok_or_else(missing)? {
                done.push(Revocation::Before(count(before)));
                continue;
            }
            let sql = "UPDATE account SET revoked = ?1 WHERE id = ?2";
            let values = (integer(now.seconds()), integer(*id));
            transaction.execute(sql, values).map_err(failed())?;
            done.push(Revocation::Done);
        }
        transaction.commit().map_err(failed())?;
        Ok(done)
    }

    /// Every account, by id.
    pub fn accounts(&self) -> Result<Vec<AccountRecord>, AccessError> {
        let sql = "SELECT id, name, plan, digest, created, revoked FROM account ORDER BY id";
        self.rows(sql, |row| {
            Ok(AccountRecord {
                id: count(row.get(0)?),
                name: row.get(1)?,
                plan: row.get(2)?,
                digest: row.get::<_, [u8; 32]>(3)?.into(),
                created: count(row.get(4)?),
                revoked: row.get::<_, Option<i64>>(5)?.map(count),
            })
        })
    }

    /// What was used, by account, edition and span.
    pub fn usage(&self) -> Result<Vec<UsageRow>, AccessError> {
        let sql = "SELECT account, edition, span, start, previous, current FROM usage
                   ORDER BY account, edition, span";
        self.rows(sql, |row| {
            let number = |idx| row.get(idx).map(count);
            let window = Window::restore(number(2)?, number(3)?, number(4)?, number(5)?);
            Ok(UsageRow { account: number(0)?, edition: row.get(1)?, window })
        })
    }

    fn rows<T>(
        &self,
        sql: &str,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, AccessError> {
        let read_all = |mut statement: rusqlite::Statement<'_>| {
            statement.query_map([], read)?.collect::<Result<_, _>>()
        };
        self.connection.prepare(sql).and_then(read_all).map_err(cannot(&self.path, "read it"))
    }

    /// Another number than last time if anybody else has changed the file since.
    pub(super) fn data_version(&self) -> Result<i64, AccessError> {
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        version.map_err(cannot(&self.path, "read it"))
    }

    /// Writes what was used, all of it or nothing.
    pub(super) fn save(&mut self, rows: impl Iterator<Item = UsageRow>) -> Result<(), AccessError> {
        let all = || {
            let begun = self.connection.transaction_with_behavior(TransactionBehavior::Immediate);
            let transaction = begun?;
            let sql = "INSERT OR REPLACE INTO usage VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            let mut statement = transaction.prepare(sql)?;
            for UsageRow { account, edition, window } in rows {
                let (previous, current) = window.counts();
                statement.execute((
                    integer(account),
                    edition,
                    integer(window.span_ms()),
                    integer(window.start_ms()),
                    integer(previous),
                    integer(current),
                ))?;
            }
            drop(statement);
            transaction.commit()
        };
        all().map_err(cannot(&self.path, "write what was used"))
    }

    /// Removes what no longer counts.
    pub(super) fn forget(&mut self, now: Moment) -> Result<(), AccessError> {
        let sql = "DELETE FROM usage WHERE start + 2 * span <= ?1";
        let done = self.connection.execute(sql, [integer(now.0)]);
        done.map(drop).map_err(cannot(&self.path, "write what was used"))
    }

    /// Lets the file have so many pages at most, or as many as it has: a disk that is full, for tests.
    #[cfg(test)]
    pub(super) fn limit_pages(&self, n_pages: u32) {
        self.connection.pragma_update(None, "max_page_count", n_pages).expect("a limit");
    }
}

/// Makes an empty file of keys. It appears whole, and does not replace one that is there.
fn create(path: &Path) -> Result<(), AccessError> {
    let failed = |source| AccessError::Create { path: path.to_owned(), source };
    let suffix = getrandom::u64().map_err(AccessError::Random)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    // Two that make it at once each make their own; which of them is placed, the file system decides.
    let unfinished = path.with_file_name(format!(".tmp-{name}-{suffix:016x}"));
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished);
    made.map_err(failed)?;
    let placed = fill(&unfinished).map_err(cannot(path, "create it")).and_then(|()| {
        match fs::hard_link(&unfinished, path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            placed => placed.map_err(failed),
        }
    });
    // What cannot be removed holds nothing.
    let _ = fs::remove_file(&unfinished);
    placed?;
    let folder = path.parent().filter(|folder| *folder != Path::new(""));
    sync_folder(folder.unwrap_or(Path::new("."))).map_err(failed)
}

fn fill(path: &Path) -> rusqlite::Result<()> {
    let connection = connect(path)?;
    connection.pragma_update(None, "application_id", APPLICATION)?;
    connection.pragma_update(None, "user_version", VERSION)?;
    connection.execute_batch(TABLES)?;
    // The mode is kept in the file. To close the only connection writes the log back, and removes it.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.close().map_err(|(_, error)| error)
}

/// Opens what is there: SQLite makes no file, and reads no path as a URI.
fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
}

fn cannot(path: &Path, doing: &'static str) -> impl FnOnce(rusqlite::Error) -> AccessError {
    move |source| AccessError::Database { path: path.to_owned(), doing, source }
}

/// Counts as SQLite has them; what does not fit was as good as without end.
fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What somebody else wrote into the file may be negative.
fn count(integer: i64) -> u64 {
    u64::try_from(integer).unwrap_or(0)
}

#[cfg(test)]
#[path = "key_file_tests.rs"]
mod tests;
