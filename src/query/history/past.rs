//! Look-ups by date.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::base::{BuildEpoch, Day};
use crate::query::history::asns::AsnMonth;
use crate::query::history::day::{check_day, oldest_day};
use crate::query::history::month::{Month, begins_with, n_alike};
use crate::query::history::periods::{AsnHistory, Spell};
use crate::query::history::turn::Turn;
use crate::query::history::{Asking, PastError, Snapshot};
use crate::query::lookup::network;
use crate::release::{History, HistoryEntry, HistoryStamp, Store};

/// How many months are held.
const MAX_MONTHS: usize = 2;

/// How many days [`Past::learn`] may be behind: a night is kept before it is read, and the one that
/// came yesterday left the day before as the last that is known.
const MAX_DAYS_BEHIND: u32 = 2;

/// What a store kept of the past. One for a store, shared by all who ask.
///
/// A month is read when it is first asked for, which takes seconds: not for a thread that others
/// wait for. Two are held, some 100 to 200 MB each for the corpus; a third takes the place of the one
/// that was not asked for longest. One is read at a time, and questions about those that are held wait
/// for none.
#[derive(Debug)]
pub struct Past {
    store: Store,
    history: Mutex<Option<(HistoryStamp, Arc<History>)>>,
    /// The one asked last is the last.
    months: Mutex<Vec<Arc<Month>>>,
    asns: Mutex<Vec<Arc<AsnMonth>>>,
    turn: Arc<Turn>,
}

impl Past {
    /// The past of a store; nothing is read yet.
    pub fn new(store: Store) -> Self {
        let (months, asns) = (Mutex::default(), Mutex::default());
        Self { store, history: Mutex::default(), months, asns, turn: Arc::default() }
    }

    /// What was said of an address on a day, by a clock on which it is `today` (UTC).
    ///
    /// # Errors
    /// If the day may not be asked for, nothing is kept of it, or what is kept is damaged.
    pub fn on(&self, ip: IpAddr, day: Day, today: Day) -> Result<Snapshot, PastError> {
        check_day(day, today)?;
        let history = self.history()?;
        let idx = held_on(&history.entries, day)?;
        let held = self.month(&history, idx)?;
        self.said(ip, day, &history, idx, held)
    }

    /// As [`Past::on`], but reads no month; `None` if that of the day is not held.
    ///
    /// # Errors
    /// As [`Past::on`].
    pub fn on_held(&self, ip: IpAddr, day: Day, today: Day) -> Result<Option<Snapshot>, PastError> {
        check_day(day, today)?;
        let history = self.history()?;
        let idx = held_on(&history.entries, day)?;
        let held = self.held(history.chain(idx)?);
        held.map(|held| self.said(ip, day, &history, idx, held)).transpose()
    }

    /// Says that somebody will ask for a month that is not held: until that is dropped,
    /// [`Past::learn`] begins none.
    pub fn asking(&self) -> Asking {
        self.turn.asking()
    }

    fn said(
        &self,
        ip: IpAddr,
        day: Day,
        history: &History,
        idx: usize,
        (month, night): (Arc<Month>, usize),
    ) -> Result<Snapshot, PastError> {
        let entry = &history.entries[idx];
        let version = entry.version.clone();
        let unreadable = |source| PastError::Record { version: version.clone(), source };
        let said = month.nights.find(ip, night).map_err(unreadable)?;
        let place = |record| {
            let failed = |source| {
                let chain = history.chain(idx).expect("it was followed before");
                let path = self.store.history_path(&chain[month.nights.file_of(record)]);
                PastError::Follow { path, source: Arc::new(source) }
            };
            month.nights.place(record).map_err(failed)
        };
        let record = said.record.map(place).transpose()?;
        let (network, build_epoch) = (network(ip, said.prefix_len), BuildEpoch(entry.build_epoch));
        Ok(Snapshot { ip, snapshot_date: day, version, build_epoch, network, record, month })
    }

    /// Which ASes announced an address in the last year, as far as [`Past::learn`] has read: reads
    /// nothing but the list of nights. What the newest nights say that it has not read is not told.
    ///
    /// # Errors
    /// If that cannot be read.
    pub fn asn_history(&self, ip: IpAddr, today: Day) -> Result<AsnHistory, PastError> {
        let history = self.history()?;
        let entries = &history.entries;
        let oldest = oldest_day(today);
        let months = lock(&self.asns).clone();
        let mut spells = Vec::new();
        let mut until = today;
        let mut newest_known = None;
        // From the newest month on back, until one is not known or all is told.
        let mut n_left = entries.len();
        while n_left > 0 && until >= oldest {
            let chain = history.chain(n_left - 1)?;
            let month = months.iter().find(|month| month.is_of(chain));
            let n_known = month.map_or(0, |month| n_alike(&month.files, chain));
            if let Some(unknown) = chain.get(n_known) {
                if newest_known.is_some() {
                    break;
                }
                until = until.min(Day(built(unknown).0 - 1));
            }
            if let Some(month) = month.filter(|_| n_known > 0) {
                newest_known = newest_known.or(Some(until));
                for (entry, asn) in chain[..n_known].iter().zip(month.asns(ip)).rev() {
                    let first = built(entry);
                    if first <= until && until >= oldest {
                        spells.push(Spell { first: first.max(oldest), last: until, asn });
                        until = Day(first.0 - 1);
                    }
                }
            }
            n_left -= chain.len();
        }
        let is_current = newest_known.is_some_and(|day| today.since(day) <= MAX_DAYS_BEHIND);
        let is_complete = entries.is_empty() || is_current && (n_left == 0 || until < oldest);
        spells.reverse();
        Ok(AsnHistory::of(&spells, is_complete))
    }

    /// Reads the origin ASes of one month of the last year that [`Past::asn_history`] does not know
    /// yet, the newest first; whether there was one. Takes as long as reading a month, and waits until
    /// nobody asks for one.
    ///
    /// # Errors
    /// If what is kept is damaged; what comes before then stays unknown.
    pub fn learn(&self, today: Day) -> Result<bool, PastError> {
        let history = self.history()?;
        let oldest = oldest_day(today);
        let mut n_left = history.entries.len();
        let mut wanted = Vec::new();
        while n_left > 0 {
            let chain = history.chain(n_left - 1)?;
            wanted.push(chain);
            n_left -= chain.len();
            if built(&chain[0]) <= oldest {
                break;
            }
        }
        let is_known = |known: &[Arc<AsnMonth>], chain: &[HistoryEntry]| {
            known.iter().any(|month| begins_with(&month.files, chain))
        };
        let lacks = {
            let mut known = lock(&self.asns);
            // What is older, or was taken back, is not asked for again.
            known.retain(|month| wanted.iter().any(|chain| month.is_of(chain)));
            wanted.iter().find(|chain| !is_known(&known, chain)).copied()
        };
        let Some(chain) = lacks else { return Ok(false) };
        let last = chain.last().expect("a chain has a beginning");
        let idx = history.entries.iter().rposition(|entry| entry.sha256 == last.sha256);
        let _reading = self.turn.learn();
        if !is_known(&lock(&self.asns), chain) {
            // Not to be held: who asks for a day may ask for another month.
            self.load(&history, idx.expect("it is one of them"))?;
        }
        Ok(true)
    }

    /// The list of nights, read again if it changed.
    fn history(&self) -> Result<Arc<History>, PastError> {
        let stamp = self.store.history_stamp();
        let known = lock(&self.history).clone();
        if let (Some(stamp), Some((of, history))) = (stamp, known)
            && of == stamp
        {
            return Ok(history);
        }
        // Nobody waits meanwhile; who asks for the same reads it too.
        let history = Arc::new(self.store.history()?);
        *lock(&self.history) = stamp.map(|stamp| (stamp, Arc::clone(&history)));
        Ok(history)
    }

    /// The month that an entry lies in, and which of its nights it is.
    fn month(&self, history: &History, idx: usize) -> Result<(Arc<Month>, usize), PastError> {
        let chain = history.chain(idx)?;
        if let Some(held) = self.held(chain) {
            return Ok(held);
        }
        let _reading = self.turn.ask();
        // Somebody else may have read it since.
        if let Some(held) = self.held(chain) {
            return Ok(held);
        }
        {
            // Room first, so that there are never more than that but for those that are being asked.
            let mut months = lock(&self.months);
            months.retain(|month| !month.is_of(chain));
            let n_others = months.len().saturating_sub(MAX_MONTHS - 1);
            months.drain(..n_others);
        }
        let month = Arc::new(self.load(history, idx)?);
        lock(&self.months).push(Arc::clone(&month));
        Ok((month, chain.len() - 1))
    }

    /// A month that is held, which from now on is the one asked last.
    fn held(&self, chain: &[HistoryEntry]) -> Option<(Arc<Month>, usize)> {
        let mut months = lock(&self.months);
        let place = months.iter().position(|month| month.night(chain).is_some())?;
        let month = months.remove(place);
        months.push(Arc::clone(&month));
        let night = month.night(chain)?;
        Some((month, night))
    }

    /// Reads a month, and remembers who announced what.
    fn load(&self, history: &History, idx: usize) -> Result<Month, PastError> {
        let base = lock(&self.asns).first().map(|month| Arc::clone(month.base()));
        let (month, asns) = Month::load(&self.store, history, idx, base.as_ref())?;
        let mut known = lock(&self.asns);
        known.retain(|month| month.files.first() != asns.files.first());
        known.push(Arc::new(asns.finish()));
        Ok(month)
    }
}

/// What held on a day: the last that was built until its end.
fn held_on(entries: &[HistoryEntry], day: Day) -> Result<usize, PastError> {
    let first = entries.first().ok_or(PastError::Empty)?;
    let held = entries.iter().rposition(|entry| built(entry) <= day);
    held.ok_or_else(|| PastError::BeforeFirst { day, first: built(first) })
}

fn built(entry: &HistoryEntry) -> Day {
    BuildEpoch(entry.build_epoch).day()
}

/// What is behind these locks is never left half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
