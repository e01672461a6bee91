//! Interning: rows that say the same share one label, and most rows say what another said.
//!
//! Two tables. The first knows the bytes of the cells, so that a label seen before
//! costs one hash and is never decoded again; the second knows the labels, because
//! different cells (`de`, `DE`) can mean the same. Numbers are given in order of
//! first appearance: they depend on the file alone, not on where it was cut.

use std::hash::BuildHasher;

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

/// The labels of a chunk, or of a whole snapshot.
#[derive(Debug, Default)]
pub(super) struct Labels {
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
    /// No labels yet, hashed as those of `hasher`'s other owners.
    pub(super) fn new(hasher: DefaultHashBuilder) -> Self {
        Self { hasher, ..Self::default() }
    }

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

    /// Takes in the labels of a part that was hashed alike; returns their numbers here.
    pub(super) fn absorb(&mut self, part: Self) -> Vec<u32> {
        let labels = part.distinct.into_iter().zip(part.hashes);
        labels.map(|(label, hash)| self.number_hashed(label, hash)).collect()
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

    /// The labels, in order of their numbers.
    pub(super) fn into_labels(self) -> Vec<Label> {
        self.distinct
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
