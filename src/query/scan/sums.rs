//! Running sums over blocks of a family's networks, so that the middle of any range is one subtraction.
//!
//! ```text
//! leaves   0 … 1023 │ 1024 … 2047 │ 2048 … 3071 │ …
//! sums     0        S1            S2            S3
//!               a ──┤ S3 - S1 ────┤── b            walked: from a to its block's end, from b's block's start to b
//! ```

use crate::base::{Address, Family, Range, V4, V6};
use crate::query::scan::facts::Facts;
use crate::query::scan::leaves::addresses;
use crate::query::scan::totals::{N_COLUMNS, Totals};
use crate::score::Signals;

/// A family whose counts have a width of their own.
pub(super) trait Counted: Family {
    /// Holds any column of [`Totals`].
    type Count: Copy + Default + Send + Sync + std::fmt::Debug + Into<u128>;

    /// Narrows a column.
    fn narrow(column: u128) -> Self::Count;
}

impl Counted for V4 {
    type Count = u64;

    fn narrow(column: u128) -> u64 {
        // At most 100 * 2^32.
        column as u64
    }
}

impl Counted for V6 {
    type Count = u128;

    fn narrow(column: u128) -> u128 {
        column
    }
}

/// What is known of each block; its last entries are of the end.
#[derive(Debug)]
pub(super) struct Sums<F: Counted> {
    block_leaves: u64,
    n_leaves: u64,
    /// Of each block, where its first leaf begins.
    starts: Vec<F::Addr>,
    /// Of each block and of the end, [`N_COLUMNS`] columns of all before it.
    columns: Vec<F::Count>,
    /// How many runs begin before each block and before the end.
    n_runs: Vec<u64>,
    /// Of each block, whether a run begins with it.
    opens: Vec<bool>,
    /// Of each block, the largest score.
    maxima: Vec<u8>,
}

/// Sums that grow, leaf after leaf.
#[derive(Debug)]
pub(super) struct SumsBuilder<F: Counted> {
    sums: Sums<F>,
    totals: Totals,
    runs: RunCounter<F>,
}

/// Counts runs of one verdict.
#[derive(Debug)]
pub(super) struct RunCounter<F: Family> {
    before: Option<(F::Addr, (u8, Signals))>,
    /// How many have begun.
    pub(super) n_runs: u64,
}

impl<F: Family> RunCounter<F> {
    /// None yet.
    pub(super) fn new() -> Self {
        Self { before: None, n_runs: 0 }
    }

    /// Takes a leaf after all before; returns whether a run begins with it.
    #[inline]
    pub(super) fn push(&mut self, range: Range<F>, facts: Facts) -> bool {
        let verdict = facts.verdict();
        let goes_on = self
            .before
            .is_some_and(|(last, before)| before == verdict && last.next() == Some(range.first()));
        self.before = Some((range.last(), verdict));
        self.n_runs += u64::from(!goes_on);
        !goes_on
    }
}

impl<F: Counted> SumsBuilder<F> {
    /// Nothing yet.
    pub(super) fn new(block_leaves: u64) -> Self {
        let sums = Sums {
            block_leaves,
            n_leaves: 0,
            starts: Vec::new(),
            columns: Vec::new(),
            n_runs: Vec::new(),
            opens: Vec::new(),
            maxima: Vec::new(),
        };
        Self { sums, totals: Totals::NONE, runs: RunCounter::new() }
    }

    /// Takes a leaf after all before.
    pub(super) fn push(&mut self, range: Range<F>, facts: Facts) {
        let is_first = self.sums.n_leaves.is_multiple_of(self.sums.block_leaves);
        if is_first {
            self.close();
            self.sums.starts.push(range.first());
            self.sums.maxima.push(0);
        }
        let opens = self.runs.push(range, facts);
        if is_first {
            self.sums.opens.push(opens);
        }
        self.totals.add(facts, addresses(range));
        if let Some(max) = self.sums.maxima.last_mut() {
            *max = (*max).max(facts.score);
        }
        self.sums.n_leaves += 1;
    }

    /// The sums of all that were taken.
    pub(super) fn finish(mut self) -> Sums<F> {
        self.close();
        let sums = &mut self.sums;
        sums.starts.shrink_to_fit();
        sums.columns.shrink_to_fit();
        sums.n_runs.shrink_to_fit();
        self.sums
    }

    fn close(&mut self) {
        self.sums.columns.extend(self.totals.columns.map(F::narrow));
        self.sums.n_runs.push(self.runs.n_runs);
    }
}

impl<F: Counted> Sums<F> {
    /// How many leaves there are.
    pub(super) fn n_leaves(&self) -> u64 {
        self.n_leaves
    }

    /// How many blocks there are.
    pub(super) fn n_blocks(&self) -> usize {
        self.starts.len()
    }

    /// Where a block begins.
    pub(super) fn start(&self, block: usize) -> Option<F::Addr> {
        self.starts.get(block).copied()
    }

    /// The block whose leaves lie around an address, or end before it; none before the first.
    pub(super) fn block_at(&self, addr: F::Addr) -> Option<usize> {
        self.starts.partition_point(|&start| start <= addr).checked_sub(1)
    }

    /// How many leaves come before a block.
    pub(super) fn leaves_before(&self, block: usize) -> u64 {
        (block as u64 * self.block_leaves).min(self.n_leaves)
    }

    /// How many runs begin before a block, or before the end.
    pub(super) fn runs_before(&self, block: usize) -> u64 {
        self.n_runs[block]
    }

    /// Whether a run begins with a block.
    pub(super) fn opens(&self, block: usize) -> bool {
        self.opens[block]
    }

    /// What the blocks from one up to another count.
    pub(super) fn between(&self, from: usize, to: usize) -> Totals {
        let row = |block: usize| &self.columns[block * N_COLUMNS..][..N_COLUMNS];
        let mut totals = Totals::NONE;
        for (column, (before, upto)) in totals.columns.iter_mut().zip(row(from).iter().zip(row(to)))
        {
            *column = (*upto).into() - (*before).into();
        }
        totals
    }

    /// The largest score of the blocks from one up to another.
    pub(super) fn max(&self, from: usize, to: usize) -> u8 {
        self.maxima[from..to].iter().copied().max().unwrap_or(0)
    }

    /// How much memory they take.
    pub(super) fn memory_bytes(&self) -> usize {
        size_of::<F::Addr>() * self.starts.capacity()
            + size_of::<F::Count>() * self.columns.capacity()
            + 8 * self.n_runs.capacity()
            + self.opens.capacity()
            + self.maxima.capacity()
    }
}
