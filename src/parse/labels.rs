//! Interning: rows that say the same share one label, and most rows say what another said.
//!
//! A table knows the bytes of the cells, so that a label seen before costs one hash
//! and is never decoded again. A worker keeps its table from chunk to chunk
//! ([`Tables`]); what it does not know it asks of a table that all workers share, so that a
//! label is decoded once. The labels themselves go on with the chunk that met them first
//! ([`Fresh`]). Which worker read what is chance; the numbers in the end are not:
//! [`Merge`](crate::parse::merge::Merge) gives them in order of first appearance in the file,
//! and there different cells (`de`, `DE`) can be the same.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hashbrown::DefaultHashBuilder;

use crate::parse::Label;
use crate::parse::address::Reason;
use crate::parse::cells::CellTable;

/// What the cells of a row beside its block come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A label, by number.
    Label(u32),
    /// Nothing is claimed.
    Valueless,
    /// A cell could not be read.
    Fault(Reason),
}

/// The labels a worker met.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// What it has in common with the others.
    shared: Arc<Shared>,
    /// The file whose cells it knows: in another the same cells can mean something else.
    file_idx: usize,
    /// Those decoded since it was lent.
    fresh: Fresh,
    faults: Vec<Reason>,
    cells: CellTable,
    last: Option<u32>,
}

const VALUELESS: u32 = u32::MAX;
/// Faults are numbered down from here; there are few reasons.
const FIRST_FAULT: u32 = u32::MAX - 1;
/// The least number that is no label's: more than the source has reasons why a cell cannot be read.
const LAST_FAULT: u32 = u32::MAX - (1 << 10);

/// The labels that were decoded for one chunk, by number.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    pub(super) labels: Vec<(u32, Label)>,
}

impl Labels {
    /// Returns what the cells mean; `decode` is asked only for cells not seen before.
    ///
    /// `cells` holds the cells of a row in such a way that different rows differ.
    pub(super) fn meaning(
        &mut self,
        cells: &[u8],
        decode: impl FnOnce() -> Result<Option<Label>, Reason>,
    ) -> Meaning {
        // Feeds are sorted more often than not: the last row's cells come again.
        if let Some(code) = self.last.and_then(|last| self.cells.at(last, cells)) {
            return self.said(code);
        }
        let hash = self.shared.hasher.hash_one(cells);
        if let Some((word, code)) = self.cells.find(hash, cells) {
            self.last = Some(word);
            return self.said(code);
        }
        let code = self.learn(hash, cells, decode);
        self.last = self.cells.insert(hash, cells, code).or(self.last);
        self.said(code)
    }

    /// The code of cells that the table does not know.
    fn learn(
        &mut self,
        hash: u64,
        cells: &[u8],
        decode: impl FnOnce() -> Result<Option<Label>, Reason>,
    ) -> u32 {
        let known = self.shared.of(hash, self.file_idx);
        if let Some(code) = known.and_then(|known| Some(known.cells.find(hash, cells)?.1)) {
            return code;
        }
        match decode() {
            Ok(Some(label)) => {
                let known = self.shared.of(hash, self.file_idx);
                if let Some(mut known) = known {
                    // Another may have decoded it meanwhile.
                    if let Some((_, code)) = known.cells.find(hash, cells) {
                        return code;
                    }
                    let number = self.shared.next_number();
                    known.cells.insert(hash, cells, number);
                    self.fresh.labels.push((number, label));
                    return number;
                }
                let number = self.shared.next_number();
                self.fresh.labels.push((number, label));
                number
            }
            Ok(None) => VALUELESS,
            Err(reason) => {
                let known = self.faults.iter().position(|fault| *fault == reason);
                let idx = known.unwrap_or_else(|| {
                    self.faults.push(reason);
                    self.faults.len() - 1
                });
                FIRST_FAULT - idx as u32
            }
        }
    }

    #[inline]
    fn said(&self, code: u32) -> Meaning {
        match code {
            VALUELESS => Meaning::Valueless,
            LAST_FAULT.. => Meaning::Fault(self.faults[(FIRST_FAULT - code) as usize]),
            number => Meaning::Label(number),
        }
    }
}

/// What workers have in common.
#[derive(Debug, Default)]
struct Shared {
    n_labels: AtomicU32,
    // Whatever its seed: nothing ever walks a table.
    hasher: DefaultHashBuilder,
    /// By bits of the hash, so that workers seldom wait; none if there is one worker.
    known: Vec<Mutex<Known>>,
}

const SHARDS_LOG: u32 = 6;

/// Labels that some worker decoded.
#[derive(Debug, Default)]
struct Known {
    file_idx: usize,
    cells: CellTable,
}

impl Shared {
    /// What is known of a file; `None` where nothing is shared, as of a file before the newest.
    fn of(&self, hash: u64, file_idx: usize) -> Option<MutexGuard<'_, Known>> {
        // A table goes by the lowest and the topmost bits.
        let shard = self.known.get((hash >> 32) as usize % (1 << SHARDS_LOG))?;
        let mut known = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if known.file_idx < file_idx {
            known.cells.clear();
            known.file_idx = file_idx;
        }
        (known.file_idx == file_idx).then_some(known)
    }

    fn next_number(&self) -> u32 {
        let number = self.n_labels.fetch_add(1, Ordering::Relaxed);
        // Each stands for other bytes of the snapshot: so many would not fit in the memory of any
        // machine.
        assert!(number < LAST_FAULT, "fewer labels than bytes");
        number
    }
}

/// The tables of the workers: one is lent to whoever reads a chunk.
#[derive(Debug)]
pub(super) struct Tables {
    shared: Arc<Shared>,
    idle: Mutex<Vec<Labels>>,
}

impl Default for Tables {
    fn default() -> Self {
        let n_shards = if rayon::current_num_threads() > 1 { 1 << SHARDS_LOG } else { 0 };
        let known = (0..n_shards).map(|_| Mutex::default()).collect();
        let shared = Shared { known, ..Shared::default() };
        Self { shared: Arc::new(shared), idle: Mutex::default() }
    }
}

impl Tables {
    /// Lends a table that nobody uses, a new one if all are in use, for reading a file.
    pub(super) fn lend(&self, file_idx: usize) -> Labels {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut labels = idle.unwrap_or_else(|| Labels {
            shared: Arc::clone(&self.shared),
            file_idx,
            fresh: Fresh::default(),
            faults: Vec::new(),
            cells: CellTable::default(),
            last: None,
        });
        if labels.file_idx != file_idx {
            labels.cells.clear();
            labels.last = None;
            labels.file_idx = file_idx;
        }
        labels
    }

    /// Takes a table back; returns the labels it decoded meanwhile.
    pub(super) fn take_back(&self, mut labels: Labels) -> Fresh {
        let fresh = std::mem::take(&mut labels.fresh);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(labels);
        fresh
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::Label;
    use crate::parse::labels::{Meaning, Tables};
    use crate::parse::merge::Merge;

    #[track_caller]
    fn check(rows: &[&str], expected: &[u32], n_decoded: usize) {
        let tables = Tables::default();
        let mut labels = tables.lend(0);
        let mut decoded = 0;
        let mut decode = |row: &str| {
            decoded += 1;
            Ok(Some(Label { country: row.parse().ok(), ..Label::default() }))
        };
        let meant: Vec<Meaning> =
            rows.iter().map(|row| labels.meaning(row.as_bytes(), || decode(row))).collect();
        assert_eq!(decoded, n_decoded);
        let mut merge = Merge::default();
        merge.take(tables.take_back(labels));
        for ((row, meaning), expected) in rows.iter().zip(meant).zip(expected) {
            let Meaning::Label(label) = meaning else { panic!("{row} claims something") };
            assert_eq!(merge.number(label), *expected, "{row}");
        }
    }

    #[test]
    fn labels_are_numbered_as_they_appear() {
        check(&["DE", "FR", "DE", "DE", "FR"], &[0, 1, 0, 0, 1], 2);
    }

    #[test]
    fn other_cells_may_mean_the_same() {
        check(&["DE", "de", "FR"], &[0, 0, 1], 3);
    }

    #[test]
    fn cells_of_another_file_are_decoded_again() {
        let tables = Tables::default();
        let mut labels = tables.lend(0);
        let none = labels.meaning(b"", || Ok(None));
        let fault = labels.meaning(b"x", || Err("no"));
        assert_eq!((none, fault), (Meaning::Valueless, Meaning::Fault("no")));
        tables.take_back(labels);
        let mut labels = tables.lend(1);
        let some = labels.meaning(b"", || Ok(Some(Label::default())));
        assert_eq!(some, Meaning::Label(0));
    }

    #[test]
    fn what_one_worker_decoded_the_others_know() {
        let workers = rayon::ThreadPoolBuilder::new().num_threads(2).build().expect("threads");
        let tables = workers.install(Tables::default);
        let (mut one, mut other) = (tables.lend(0), tables.lend(0));
        let said = one.meaning(b"x", || Ok(Some(Label::default())));
        assert_eq!(other.meaning(b"x", || Err("decoded twice")), said);
        let mut of_next_file = tables.lend(1);
        assert_eq!(of_next_file.meaning(b"x", || Err("no")), Meaning::Fault("no"));
        assert_eq!(other.meaning(b"y", || Ok(None)), Meaning::Valueless);
        let mut merge = Merge::default();
        merge.take(tables.take_back(other));
        merge.take(tables.take_back(one));
        let Meaning::Label(label) = said else { panic!("it claims something") };
        assert_eq!(merge.number(label), 0);
    }
}
