//! Where the address space is cut, so that threads can share it.
//!
//! Cuts depend on what is cut alone, never on how many threads there are.

use crate::base::{Address, Family, Run};

/// One run in so many stands for its neighbours.
const SAMPLE: usize = 64;

/// Partitions after which what came of them is put together: many for each core, and few in memory.
pub(super) const AT_ONCE: usize = 64;

/// First addresses of partitions of about `size` runs each, ascending; the first is the lowest
/// address. Each list of runs is sorted by first address.
///
/// A sample of every list, each of its runs standing for as many: cuts split the samples, and so
/// the work, evenly.
pub(super) fn cuts<'r, F: Family>(
    lists: impl Iterator<Item = &'r [Run<F>]>,
    size: usize,
) -> Vec<F::Addr> {
    let mut samples: Vec<F::Addr> =
        lists.flat_map(|runs| runs.iter().step_by(SAMPLE).map(|run| run.first)).collect();
    samples.sort_unstable();
    let mut cuts = vec![F::Addr::MIN];
    cuts.extend(samples.iter().skip(1).step_by((size / SAMPLE).max(1)).skip(1));
    cuts.dedup();
    cuts
}

/// The partitions that begin at the cuts: first address, and that of the next one.
pub(super) fn partitions<F: Family>(cuts: &[F::Addr]) -> Vec<(F::Addr, Option<F::Addr>)> {
    let next = |idx: usize| cuts.get(idx + 1).copied();
    cuts.iter().enumerate().map(|(idx, &from)| (from, next(idx))).collect()
}
