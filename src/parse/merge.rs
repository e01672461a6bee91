//! Numbers the labels of a snapshot in order of first appearance.

use std::hash::BuildHasher;
use std::mem;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::parse::Label;
use crate::parse::labels::Fresh;

/// In place of a number: the label waits for one, at the index in the bits below.
const WAITING: u32 = 1 << 31;
/// Of a number that no label was taken in for.
const UNKNOWN: u32 = u32::MAX;

/// Labels on their way from the numbers that workers gave them to those that they have in the end.
#[derive(Debug, Default)]
pub(super) struct Merge {
    labels: Vec<Label>,
    /// Hashes and numbers.
    by_label: HashTable<(u64, u32)>,
    // Whatever its seed: nothing ever walks the table.
    hasher: DefaultHashBuilder,
    /// By the worker's number.
    numbers: Vec<u32>,
    /// Labels without a number, and their workers'.
    waiting: Vec<(u32, Option<Label>)>,
}

impl Merge {
    /// Takes labels in, before any of them is numbered.
    pub(super) fn take(&mut self, fresh: Fresh) {
        for (there, label) in fresh.labels {
            let idx = there as usize;
            if self.numbers.len() <= idx {
                self.numbers.resize(idx + 1, UNKNOWN);
            }
            self.numbers[idx] = waiting(self.waiting.len());
            self.waiting.push((there, Some(label)));
        }
    }

    /// The number in the whole of a worker's label.
    #[inline]
    pub(super) fn number(&mut self, there: u32) -> u32 {
        match self.numbers[there as usize] {
            number if number < WAITING => number,
            waiting => self.first(there, (waiting & !WAITING) as usize),
        }
    }

    fn first(&mut self, there: u32, waiting_idx: usize) -> u32 {
        let Self { labels, by_label, hasher, numbers, waiting } = self;
        // Asked for once: it has a number then.
        let label = waiting[waiting_idx].1.take().expect("it waits");
        let hash = hasher.hash_one(&label);
        let same = |(_, number): &(u64, u32)| labels[*number as usize] == label;
        let known = by_label.find(hash, same).map(|(_, number)| *number);
        let number = known.unwrap_or_else(|| {
            let number = below_waiting(labels.len());
            labels.push(label);
            by_label.insert_unique(hash, (hash, number), |(hash, _)| *hash);
            number
        });
        numbers[there as usize] = number;
        number
    }

    /// All that came of the labels taken in so far is numbered: what still waits, as labels do of
    /// chunks that are read again, may do so until the end.
    pub(super) fn tidy(&mut self) {
        let all = mem::take(&mut self.waiting);
        self.waiting = all.into_iter().filter(|(_, label)| label.is_some()).collect();
        for (idx, (there, _)) in self.waiting.iter().enumerate() {
            self.numbers[*there as usize] = waiting(idx);
        }
    }

    /// The labels, in order of their numbers.
    pub(super) fn into_labels(self) -> Vec<Label> {
        self.labels
    }
}

fn waiting(idx: usize) -> u32 {
    WAITING | below_waiting(idx)
}

/// There are fewer labels than that in the memory of any machine.
fn below_waiting(idx: usize) -> u32 {
    u32::try_from(idx).ok().filter(|idx| *idx < WAITING - 1).expect("fewer labels than bytes")
}
