//! Runs in order, which is what everything after parsing is linear for.

use rayon::prelude::*;

use crate::base::{Address, Coverage, Family, Range, Run};

/// Sorts runs by first address, last address and value. In place, on all threads; runs that are in order
/// already, as those of most feeds are, cost one look.
pub fn order<F: Family>(runs: &mut [Run<F>]) {
    if !is_ordered(runs) {
        runs.par_sort_unstable_by_key(key);
    }
}

/// Whether runs are sorted by first address, last address and value.
pub fn is_ordered<F: Family>(runs: &[Run<F>]) -> bool {
    runs.is_sorted_by_key(key)
}

fn key<F: Family>(run: &Run<F>) -> (F::Addr, F::Addr, u32) {
    (run.first, run.last, run.value)
}

/// The widest ranges that runs, which are in order and may overlap, hold without a gap.
pub fn joined<F: Family>(runs: &[Run<F>]) -> impl Iterator<Item = Range<F>> + '_ {
    let mut rest = runs.iter().peekable();
    std::iter::from_fn(move || {
        let Run { first, mut last, .. } = *rest.next()?;
        while let Some(run) = rest.next_if(|run| last.next().is_none_or(|next| run.first <= next)) {
            last = last.max(run.last);
        }
        Some(Range::new(first, last).expect("runs are made in order"))
    })
}

/// How many addresses such runs hold.
pub fn covered<F: Family>(runs: &[Run<F>]) -> Coverage {
    joined(runs).map(Range::coverage).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::{RangeSet, covered, is_ordered, joined, order};
    use crate::base::{Run, V4};

    proptest! {
        #[test]
        fn what_is_in_order_is_joined_and_counted_as_it_comes(
            ranges in prop::collection::vec((0_u32..60, 0_u32..60, 0_u32..3), 0..20),
        ) {
            let run = |(a, b, value): (u32, u32, u32)| {
                Run::<V4> { first: u32::MAX - a.max(b), last: u32::MAX - a.min(b), value }
            };
            let mut runs: Vec<Run<V4>> = ranges.into_iter().map(run).collect();
            let set = RangeSet::new(runs.iter().map(Run::range).collect());
            order(&mut runs);
            prop_assert!(is_ordered(&runs));
            prop_assert_eq!(joined(&runs).collect::<Vec<_>>(), set.ranges());
            prop_assert_eq!(covered(&runs), set.coverage());
        }
    }
}
