//! Interning: rows that say the same share one label, and most rows say what another said.
//!
//! A table knows the bytes of the cells, so that a label seen before costs one hash
//! and is never decoded again. A worker keeps its table from chunk to chunk
//! ([`Tables`]), so that a label is decoded once a worker; the labels themselves go on
//! with the chunk that met them first ([`Fresh`]). Which worker read what is chance; the
//! numbers in the end are not: [`Merge`] gives them in order of first appearance in the
//! file, and there different cells (`de`, `DE`) can be the same.

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

/// The labels a worker met.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// Which of the [`Tables`] it is.
    table_idx: usize,
    /// The file whose cells it knows: in another the same cells can mean something else.
    file_idx: usize,
    /// Labels decoded in chunks before this one.
    n_before: usize,
    /// Those decoded in this one.
    fresh: Vec<Label>,
    faults: Vec<Reason>,
    /// Where in the arena, in words: half a megabyte for what is asked once a row.
    by_cells: HashTable<u32>,
    arena: Arena,
    // Whatever its seed: nothing ever walks the table.
    hasher: DefaultHashBuilder,
    last: Option<u32>,
}

/// Cells that were met, one after the other: hash, length, code, bytes, and zeros up to a whole
/// word. What a row asks for lies side by side.
#[derive(Debug, Default)]
struct Arena(Vec<u8>);

/// Cells that were met before.
struct Seen<'a> {
    hash: u64,
    /// The number of a label, or one of those below.
    code: u32,
    cells: &'a [u8],
}

const WORD: usize = 8;

impl Arena {
    #[inline]
    fn get(&self, word: u32) -> Seen<'_> {
        let entry = &self.0[word as usize * WORD..];
        let (hash, rest) = entry.split_first_chunk().expect("each begins with its hash");
        let (len, rest) = rest.split_first_chunk().expect("then its length");
        let (code, rest) = rest.split_first_chunk().expect("then its code");
        let cells = &rest[..u32::from_ne_bytes(*len) as usize];
        Seen { hash: u64::from_ne_bytes(*hash), code: u32::from_ne_bytes(*code), cells }
    }

    /// Adds cells; `None` where there are too many, or too long ones.
    fn push(&mut self, seen: &Seen<'_>) -> Option<u32> {
        let word = u32::try_from(self.0.len() / WORD).ok()?;
        let len = u32::try_from(seen.cells.len()).ok()?;
        self.0.extend_from_slice(&seen.hash.to_ne_bytes());
        self.0.extend_from_slice(&len.to_ne_bytes());
        self.0.extend_from_slice(&seen.code.to_ne_bytes());
        self.0.extend_from_slice(seen.cells);
        self.0.resize(self.0.len().next_multiple_of(WORD), 0);
        Some(word)
    }
}

const VALUELESS: u32 = u32::MAX;
/// Faults are numbered down from here; there are few reasons.
const FIRST_FAULT: u32 = u32::MAX - 1;
/// More than the source has reasons why a cell cannot be read.
const MAX_FAULTS: u32 = 1 << 10;

/// The labels that a table decoded for one chunk.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    /// Whose they are.
    pub(super) table_idx: usize,
    /// The number there of the first.
    first: usize,
    labels: Vec<Label>,
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
        if let Some(last) = self.last {
            let last = self.arena.get(last);
            if *last.cells == *cells {
                return self.said(last.code);
            }
        }
        let hash = self.hasher.hash_one(cells);
        let is_same = |word: &u32| {
            let seen = self.arena.get(*word);
            seen.hash == hash && *seen.cells == *cells
        };
        if let Some(&word) = self.by_cells.find(hash, is_same) {
            self.last = Some(word);
            return self.said(self.arena.get(word).code);
        }
        let code = match decode() {
            Ok(Some(label)) => {
                self.fresh.push(label);
                self.last_number()
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
        };
        if let Some(word) = self.arena.push(&Seen { hash, code, cells }) {
            let arena = &self.arena;
            self.by_cells.insert_unique(hash, word, |word| arena.get(*word).hash);
            self.last = Some(word);
        }
        self.said(code)
    }

    /// The number of the label decoded last.
    fn last_number(&self) -> u32 {
        let number = u32::try_from(self.n_before + self.fresh.len() - 1).ok();
        // Each stands for other bytes of the snapshot; a table with more of them would not fit
        // in the memory of any machine.
        number.filter(|number| *number < u32::MAX - MAX_FAULTS).expect("fewer labels than bytes")
    }

    #[inline]
    fn said(&self, code: u32) -> Meaning {
        match code {
            VALUELESS => Meaning::Valueless,
            fault if fault >= u32::MAX - MAX_FAULTS => {
                Meaning::Fault(self.faults[(FIRST_FAULT - fault) as usize])
            }
            number => Meaning::Label(number),
        }
    }

    /// Takes out the labels decoded since the table was lent.
    fn take_fresh(&mut self) -> Fresh {
        let first = self.n_before;
        self.n_before += self.fresh.len();
        Fresh { table_idx: self.table_idx, first, labels: std::mem::take(&mut self.fresh) }
    }
}

/// The tables of the workers: one is lent to whoever reads a chunk.
#[derive(Debug, Default)]
pub(super) struct Tables {
    idle: Mutex<Vec<Labels>>,
    n_made: AtomicUsize,
}

impl Tables {
    /// Lends a table that nobody uses, a new one if all are in use, for reading a file.
    pub(super) fn lend(&self, file_idx: usize) -> Labels {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut labels = idle.unwrap_or_else(|| Labels {
            table_idx: self.n_made.fetch_add(1, Ordering::Relaxed),
            ..Labels::default()
        });
        if labels.file_idx != file_idx {
            labels.by_cells.clear();
            labels.arena.0.clear();
            labels.last = None;
            labels.file_idx = file_idx;
        }
        labels
    }

    /// Takes a table back; returns the labels it decoded meanwhile.
    pub(super) fn take_back(&self, mut labels: Labels) -> Fresh {
        let fresh = labels.take_fresh();
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(labels);
        fresh
    }
}

const UNNUMBERED: u32 = u32::MAX;

/// Numbers the labels of many tables in order of first appearance.
#[derive(Debug, Default)]
pub(super) struct Merge {
    labels: Vec<Label>,
    /// Hashes and numbers.
    by_label: HashTable<(u64, u32)>,
    hasher: DefaultHashBuilder,
    tables: Vec<Table>,
}

/// What is known of a table's labels.
#[derive(Debug, Default)]
struct Table {
    /// By number there: the number in the whole, …
    numbers: Vec<u32>,
    /// … or the label that has none yet. By their first number.
    blocks: Vec<Block>,
}

/// Labels in the order of a table's numbers.
#[derive(Debug)]
struct Block {
    first: usize,
    labels: Vec<Label>,
    n_left: usize,
}

impl Merge {
    /// Takes labels in, before any of them is numbered.
    pub(super) fn take(&mut self, fresh: Fresh) {
        let Fresh { table_idx, first, labels } = fresh;
        if self.tables.len() <= table_idx {
            self.tables.resize_with(table_idx + 1, Table::default);
        }
        let Table { numbers, blocks } = &mut self.tables[table_idx];
        let end = first + labels.len();
        numbers.resize(numbers.len().max(end), UNNUMBERED);
        if !labels.is_empty() {
            // A worker may read a chunk after a later one.
            let at = blocks.partition_point(|block| block.first < first);
            blocks.insert(at, Block { first, n_left: labels.len(), labels });
        }
    }

    /// The number in the whole of a table's label.
    #[inline]
    pub(super) fn number(&mut self, table_idx: usize, label: u32) -> u32 {
        match self.tables[table_idx].numbers[label as usize] {
            UNNUMBERED => self.first(table_idx, label as usize),
            number => number,
        }
    }

    fn first(&mut self, table_idx: usize, label: usize) -> u32 {
        let Self { labels, by_label, hasher, tables } = self;
        let Table { numbers, blocks } = &mut tables[table_idx];
        let block_idx = blocks.partition_point(|block| block.first <= label) - 1;
        let block = &mut blocks[block_idx];
        // Asked for once: the table has no more use for it.
        let label_there = std::mem::take(&mut block.labels[label - block.first]);
        block.n_left -= 1;
        if block.n_left == 0 {
            blocks.remove(block_idx);
        }
        let hash = hasher.hash_one(&label_there);
        let same = |(_, number): &(u64, u32)| labels[*number as usize] == label_there;
        let known = by_label.find(hash, same).map(|(_, number)| *number);
        let number = known.unwrap_or_else(|| {
            let number = labels.len() as u32;
            labels.push(label_there);
            by_label.insert_unique(hash, (hash, number), |(hash, _)| *hash);
            number
        });
        numbers[label] = number;
        number
    }

    /// The labels, in order of their numbers.
    pub(super) fn into_labels(self) -> Vec<Label> {
        self.labels
    }
}

#[cfg(test)]
mod tests {
    use crate::parse::Label;
    use crate::parse::labels::{Meaning, Merge, Tables};

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
            assert_eq!(merge.number(0, label), *expected, "{row}");
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
}
