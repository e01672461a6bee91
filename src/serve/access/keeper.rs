//! The thread between memory and the file of keys: every half second it writes what was counted,
//! and looks whether anybody changed the keys.

use std::collections::BTreeMap;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::base::chain;
use crate::serve::access::account::{Table, locked};
use crate::serve::access::{AccessError, KeyFile, Moment, UsageRow, Window};

/// How often: with the write itself, a kill loses less than a second, and a revoked key is good for
/// less than another.
const INTERVAL: Duration = Duration::from_millis(500);
/// How often what no longer counts is removed.
const FORGET_EVERY_MS: u64 = 3_600_000;

/// What requests and the thread share.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) table: ArcSwap<Table>,
    /// Why the file is not what memory is, if so.
    trouble: Mutex<Option<String>>,
}

impl Shared {
    pub(super) fn trouble(&self) -> Option<String> {
        locked(&self.trouble).clone()
    }
}

/// The thread. Ends when this is dropped, with everything written.
#[derive(Debug)]
pub(super) struct Keeper {
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts it over a file that was read into `shared` already.
    pub(super) fn start(mut work: Work) -> Result<Self, AccessError> {
        let (end, ended) = mpsc::channel();
        let run = move || {
            while ended.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                work.step(Moment::now());
            }
            work.step(Moment::now());
        };
        let thread = thread::Builder::new().name("keys".to_owned()).spawn(run);
        let thread = thread.map_err(AccessError::Thread)?;
        Ok(Self { end: Some(end), thread: Some(thread) })
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            // It does not panic; if it did, there is nobody here to tell.
            let _ = thread.join();
        }
    }
}

/// What the thread does.
#[derive(Debug)]
pub(super) struct Work {
    file: KeyFile,
    shared: Arc<Shared>,
    /// By account, edition and span: what could not be written yet. Later counts replace earlier
    /// ones, so that it does not grow while the disk is full.
    unsaved: BTreeMap<(u64, String, u64), Window>,
    /// Of the keys that are in memory.
    data_version: i64,
    forgot: Moment,
}

impl Work {
    /// Reads the file.
    pub(super) fn begin(mut file: KeyFile, now: Moment) -> Result<Self, AccessError> {
        file.forget(now)?;
        // Asked before the keys are read: a change in between is found the next time.
        let data_version = file.data_version()?;
        let table = Table::of(file.accounts()?, &Table::default());
        table.restore(&file.usage()?);
        let shared = Shared { table: ArcSwap::from_pointee(table), trouble: Mutex::default() };
        let shared = Arc::new(shared);
        Ok(Self { file, shared, unsaved: BTreeMap::new(), data_version, forgot: now })
    }

    pub(super) fn shared(&self) -> Arc<Shared> {
        Arc::clone(&self.shared)
    }

    /// Writes what changed, then reads what others changed. If one fails the other is done all the same.
    fn step(&mut self, now: Moment) {
        let saved = self.save(now);
        let read = self.reload();
        let trouble = saved.and(read).err().map(|error| {
            let n_rows = self.unsaved.len();
            format!("{}; {n_rows} counts wait to be written", chain(&error))
        });
        *locked(&self.shared.trouble) = trouble;
    }

    fn save(&mut self, now: Moment) -> Result<(), AccessError> {
        for account in self.shared.table.load().accounts() {
            for (edition, window) in account.ledger().changes(now) {
                self.unsaved.insert((account.id, edition, window.span_ms()), window);
            }
        }
        if !self.unsaved.is_empty() {
            let rows = self.unsaved.iter().map(|((account, edition, _), window)| UsageRow {
                account: *account,
                edition: edition.clone(),
                window: *window,
            });
            self.file.save(rows)?;
            self.unsaved.clear();
        }
        if now.0.saturating_sub(self.forgot.0) >= FORGET_EVERY_MS {
            self.file.forget(now)?;
            self.forgot = now;
        }
        Ok(())
    }

    fn reload(&mut self) -> Result<(), AccessError> {
        let data_version = self.file.data_version()?;
        if data_version == self.data_version {
            return Ok(());
        }
        let records = self.file.accounts()?;
        let table = Table::of(records, &self.shared.table.load());
        self.shared.table.store(Arc::new(table));
        self.data_version = data_version;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::serve::access::keeper::Work;
    use crate::serve::access::{Key, KeyFile, Limits, Moment};

    const NOW: Moment = Moment(1_795_323_600_000);

    fn add(path: &Path) -> (u64, Key) {
        let key = Key::generate().expect("random");
        let mut file = KeyFile::open_or_create(path).expect("ours");
        (file.add("", "free", &key, NOW).expect("added"), key)
    }

    fn begin(path: &Path) -> Work {
        Work::begin(KeyFile::open(path).expect("there"), NOW).expect("readable")
    }

    /// Counts a request and a download of each of so many editions.
    fn count(work: &Work, key: &Key, n_editions: usize) {
        use crate::serve::access::ledger::Share;
        let table = work.shared.table.load();
        let mut ledger = table.find(&key.digest()).expect("known").ledger();
        ledger.admit(&Limits::default(), NOW).expect("no limit");
        for n in 0..n_editions {
            let edition = format!("edition-{n}");
            let all = Share::new(1, 1);
            ledger.charge(&Limits::default(), &edition, all, NOW).expect("no limit");
        }
    }

    /// How many requests of a month the file has.
    #[track_caller]
    fn check(path: &Path, expected: u64) {
        let rows = KeyFile::open(path).expect("there").usage().expect("readable");
        let months = rows.iter().filter(|row| row.edition.is_empty()).map(|row| row.window);
        let month = months.max_by_key(|window| window.span_ms());
        assert_eq!(month.map_or(0, |window| window.used(NOW)), expected);
    }

    #[test]
    fn what_was_counted_is_written_and_counts_on() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.sqlite");
        let (_, key) = add(&path);
        let mut work = begin(&path);
        count(&work, &key, 0);
        check(&path, 0);
        work.step(NOW);
        check(&path, 1);
        count(&work, &key, 0);
        work.step(NOW);
        check(&path, 2);
        let mut again = begin(&path);
        count(&again, &key, 0);
        again.step(NOW);
        check(&path, 3);
    }

    #[test]
    fn keys_come_and_go_while_the_server_runs() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.sqlite");
        let (first, one) = add(&path);
        let mut work = begin(&path);
        let (_, two) = add(&path);
        let known = |work: &Work, key: &Key| work.shared.table.load().find(&key.digest()).is_some();
        assert!(known(&work, &one) && !known(&work, &two));
        work.step(NOW);
        assert!(known(&work, &one) && known(&work, &two));
        KeyFile::open(&path).expect("there").revoke(&[first], NOW).expect("there");
        count(&work, &one, 0);
        work.step(NOW);
        assert!(!known(&work, &one) && known(&work, &two));
        check(&path, 1);
    }

    #[test]
    fn a_full_disk_is_told_of_and_tried_again() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("keys.sqlite");
        let (_, key) = add(&path);
        let mut work = begin(&path);
        work.file.limit_pages(1);
        count(&work, &key, 300);
        work.step(NOW);
        let trouble = work.shared.trouble().expect("a full disk");
        assert!(trouble.contains("cannot write what was used"), "{trouble}");
        assert!(trouble.contains("full; 304 counts wait"), "{trouble}");
        // Keys are read all the same, and requests go on being counted.
        let (_, other) = add(&path);
        count(&work, &key, 300);
        work.step(NOW);
        assert!(work.shared.table.load().find(&other.digest()).is_some());
        check(&path, 0);
        work.file.limit_pages(1 << 30);
        work.step(NOW);
        assert_eq!(work.shared.trouble(), None);
        check(&path, 2);
    }
}
