//! Interning: rows that say the same share one label, and most rows say what another said.
//!
//! Two tables. The first knows the bytes of the cells, so that a label seen before
//! costs one hash and is never decoded again; the second knows the labels, because
//! different cells (`de`, `DE`) can mean the same.
//!
//! A worker keeps its table from chunk to chunk ([`Tables`]), so that a label is
//! decoded once a worker. Which worker read what is chance; the numbers in the end
//! are not: [`Merge`] gives them in order of first appearance in the file.

use std::hash::BuildHasher;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::parse::Label;
use crate::parse::address::Reason;

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

/// The labels of a worker, or of a whole snapshot.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Which of the [`Tables`] it is.
    pub(super) table_idx: usize,
    /// The file whose cells it knows: in another the same cells can mean something else.
    file_idx: usize,
    distinct: Vec<Label>,
    hashes: Vec<u64>,
    by_label: HashTable<u32>,
    by_cells: HashTable<Cells>,
    arena: Vec<u8>,
    // Whatever its seed: nothing ever walks the tables.
    hasher: DefaultHashBuilder,
    last: Option<Cells>,
}

/// Bytes of the arena and what they mean.
#[derive(Clone, Copy, Debug)]
struct Cells {
    hash: u64,
    start: usize,
    end: usize,
    meaning: Meaning,
}

impl Labels {
    /// Returns the number of a label, a new one if it was not seen before.
    fn number(&mut self, label: Label) -> u32 {
        let hash = self.hasher.hash_one(&label);
        self.number_hashed(label, hash)
    }

    fn number_hashed(&mut self, label: Label, hash: u64) -> u32 {
        let (labels, hashes) = (&mut self.distinct, &mut self.hashes);
        let same = |number: &u32| labels[*number as usize] == label;
        if let Some(number) = self.by_label.find(hash, same) {
            return *number;
        }
        // 2^32 labels would take more memory than `guards.bytes` lets in.
        let number = u32::try_from(labels.len()).expect("fewer labels than bytes of a snapshot");
        labels.push(label);
        hashes.push(hash);
        self.by_label.insert_unique(hash, number, |number| hashes[*number as usize]);
        number
    }

    /// Returns what the cells mean; `decode` is asked only for cells not seen before.
    ///
    /// `cells` holds the cells of a row in such a way that different rows differ.
    pub(super) fn meaning(
        &mut self,
        cells: &[u8],
        decode: impl FnOnce() -> Result<Option<Label>, Reason>,
    ) -> Meaning {
        // Feeds are sorted more often than not: the last row's cells come again.
        if let Some(last) = self.last
            && self.arena[last.start..last.end] == *cells
        {
            return last.meaning;
        }
        let hash = self.hasher.hash_one(cells);
        let same = |seen: &Cells| seen.hash == hash && self.arena[seen.start..seen.end] == *cells;
        if let Some(seen) = self.by_cells.find(hash, same) {
            self.last = Some(*seen);
            return seen.meaning;
        }
        let meaning = match decode() {
            Ok(Some(label)) => Meaning::Label(self.number(label)),
            Ok(None) => Meaning::Valueless,
            Err(reason) => Meaning::Fault(reason),
        };
        let start = self.arena.len();
        self.arena.extend_from_slice(cells);
        let seen = Cells { hash, start, end: self.arena.len(), meaning };
        self.by_cells.insert_unique(hash, seen, |seen| seen.hash);
        self.last = Some(seen);
        meaning
    }
}

/// The tables of the workers: one is lent to whoever reads a chunk.
#[derive(Debug, Default)]
pub(super) struct Tables {
    idle: Mutex<Vec<Labels>>,
    n_made: AtomicUsize,
    // One for all, so that merging hashes no label again.
    hasher: DefaultHashBuilder,
}

impl Tables {
    /// Lends a table that nobody uses, a new one if all are in use, for reading a file.
    pub(super) fn lend(&self, file_idx: usize) -> Labels {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut labels = idle.unwrap_or_else(|| Labels {
            table_idx: self.n_made.fetch_add(1, Ordering::Relaxed),
            hasher: self.hasher.clone(),
            ..Labels::default()
        });
        if labels.file_idx != file_idx {
            labels.by_cells.clear();
            labels.arena.clear();
            labels.last = None;
            labels.file_idx = file_idx;
        }
        labels
    }

    /// Takes a table back.
    pub(super) fn take_back(&self, labels: Labels) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(labels);
    }

    /// Begins to merge the tables, all of which were taken back.
    pub(super) fn merge(&self) -> Merge {
        let mut tables =
            std::mem::take(&mut *self.idle.lock().unwrap_or_else(PoisonError::into_inner));
        tables.sort_by_key(|labels| labels.table_idx);
        // No cell will be looked up any more; what only that needed can go.
        for labels in &mut tables {
            (labels.by_cells, labels.by_label, labels.arena) = Default::default();
        }
        let numbers = tables.iter().map(|labels| vec![UNNUMBERED; labels.distinct.len()]).collect();
        Merge {
            whole: Labels { hasher: self.hasher.clone(), ..Labels::default() },
            tables,
            numbers,
        }
    }
}

const UNNUMBERED: u32 = u32::MAX;

/// Numbers the labels of many tables in order of first appearance.
#[derive(Debug)]
pub(super) struct Merge {
    whole: Labels,
    tables: Vec<Labels>,
    /// By table and number there.
    numbers: Vec<Vec<u32>>,
}

impl Merge {
    /// The number in the whole of a table's label.
    #[inline]
    pub(super) fn number(&mut self, table_idx: usize, label: u32) -> u32 {
        match self.numbers[table_idx][label as usize] {
            UNNUMBERED => self.first(table_idx, label as usize),
            number => number,
        }
    }

    fn first(&mut self, table_idx: usize, label: usize) -> u32 {
        let table = &mut self.tables[table_idx];
        // Asked for once: the table has no more use for it.
        let (taken, hash) = (std::mem::take(&mut table.distinct[label]), table.hashes[label]);
        let number = self.whole.number_hashed(taken, hash);
        self.numbers[table_idx][label] = number;
        number
    }

    /// The labels, in order of their numbers.
    pub(super) fn into_labels(self) -> Vec<Label> {
        self.whole.distinct
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::Label;
    use crate::parse::labels::{Labels, Meaning};

    #[track_caller]
    fn check(rows: &[&str], expected: &[u32], n_decoded: usize) {
        let mut labels = Labels::default();
        let mut decoded = 0;
        for (row, expected) in rows.iter().zip(expected) {
            let meaning = labels.meaning(row.as_bytes(), || {
                decoded += 1;
                Ok(Some(Label { country: row.parse().ok(), ..Label::default() }))
            });
            assert_eq!(meaning, Meaning::Label(*expected), "{row}");
        }
        assert_eq!(decoded, n_decoded);
    }

    #[test]
    fn labels_are_numbered_as_they_appear() {
        check(&["DE", "FR", "DE", "DE", "FR"], &[0, 1, 0, 0, 1], 2);
    }

    #[test]
    fn other_cells_may_mean_the_same() {
        check(&["DE", "de", "FR"], &[0, 0, 1], 3);
    }
}
