//! Runs: ranges that carry a value, the currency of every stage after parsing.

use crate::base::{Address, Family, Range};

/// A range and what holds on it: a label, a claim, a set of claims or a database value.
///
/// Plain integers rather than a [`Range`], so that a million of them are 12 MB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)] // as it lies in files that are mapped
pub struct Run<F: Family> {
    /// First address.
    pub first: F::Addr,
    /// Last address; whoever makes a run keeps it at or after `first`.
    pub last: F::Addr,
    /// Index into a table that the maker of the run names.
    pub value: u32,
}

impl<F: Family> Run<F> {
    /// A run over the range.
    pub fn new(range: Range<F>, value: u32) -> Self {
        Self { first: range.first(), last: range.last(), value }
    }

    /// The addresses.
    pub fn range(&self) -> Range<F> {
        Range::new(self.first, self.last).expect("runs are made in order")
    }

    /// Whether `next` begins right after this run.
    pub fn touches(&self, next: &Self) -> bool {
        self.last.next() == Some(next.first)
    }
}

/// Adds a run to sorted, disjoint runs, joining it to the last one where they
/// touch and carry the same value.
pub fn push_joined<F: Family>(runs: &mut Vec<Run<F>>, run: Run<F>) {
    match runs.last_mut() {
        Some(last) if last.value == run.value && last.touches(&run) => last.last = run.last,
        _ => runs.push(run),
    }
}

/// Gives every run a new value and joins neighbours that now carry the same;
/// `None` drops the run. Keeps the order, needs sorted, disjoint runs.
pub fn map_joined<F: Family>(
    runs: &[Run<F>],
    mut value: impl FnMut(u32) -> Option<u32>,
) -> Vec<Run<F>> {
    let mut joined = Vec::with_capacity(runs.len());
    for run in runs {
        if let Some(value) = value(run.value) {
            push_joined(&mut joined, Run { value, ..*run });
        }
    }
    joined
}
