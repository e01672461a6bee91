//! All values for each address: what overlaps is kept together.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::algebra::Sets;
use crate::base::{Address, Family, Run, push_joined};

/// How many labels of one feed an address keeps, the smallest ones. Bounds what a
/// hostile feed can cost; real ones were seen with up to a dozen.
pub const MAX_LABELS: usize = 32;

/// Where the labels of one feed hold.
#[derive(Clone, Debug, Default)]
pub struct Overlaid<F: Family> {
    /// Sorted, disjoint, joined; the value is a set of labels.
    pub runs: Vec<Run<F>>,
    /// The sets.
    pub sets: Sets,
    /// Runs on which labels were dropped because there were too many.
    pub crowded: u64,
}

/// Lays runs over each other, in any order and overlapping at will.
pub fn overlay<F: Family>(mut runs: Vec<Run<F>>) -> Overlaid<F> {
    if !runs.is_sorted_by_key(|run| run.first) {
        runs.sort_by_key(|run| run.first);
    }
    let mut over = Overlay::<F>::default();
    if runs.windows(2).all(|pair| pair[0].last < pair[1].first) {
        // Nothing overlaps: most feeds.
        for run in runs {
            let value = over.out.sets.intern(&[run.value]);
            push_joined(&mut over.out.runs, Run { value, ..run });
        }
        return over.out;
    }
    let mut position = F::Addr::MIN;
    for run in runs {
        position = over.advance(position, Some(run.first)).unwrap_or(run.first).max(run.first);
        over.ends.push(Reverse((run.last, run.value)));
        *over.active.entry(run.value).or_default() += 1;
    }
    over.advance(position, None);
    over.out
}

#[derive(Default)]
struct Overlay<F: Family> {
    out: Overlaid<F>,
    /// Runs that hold the sweep line, the first to end on top.
    ends: BinaryHeap<Reverse<(F::Addr, u32)>>,
    /// Labels that hold it, with how many runs say so.
    active: BTreeMap<u32, u32>,
}

impl<F: Family> Overlay<F> {
    /// Emits runs from `position` up to, not including, `end`; to the last address
    /// without one. Returns where it stopped, or `None` past the last address.
    fn advance(&mut self, mut position: F::Addr, end: Option<F::Addr>) -> Option<F::Addr> {
        while let Some(&Reverse((last, value))) = self.ends.peek() {
            if end.is_some_and(|end| position >= end) {
                break;
            }
            if last < position {
                self.ends.pop();
                let count = self.active.get_mut(&value).expect("counted when it began");
                *count -= 1;
                if *count == 0 {
                    self.active.remove(&value);
                }
                continue;
            }
            let last = match end.and_then(Address::prev) {
                Some(before) => last.min(before),
                None => last,
            };
            self.emit(position, last);
            position = last.next()?;
        }
        Some(position)
    }

    fn emit(&mut self, first: F::Addr, last: F::Addr) {
        let mut labels = [0; MAX_LABELS];
        let mut n = 0;
        for (slot, label) in labels.iter_mut().zip(self.active.keys()) {
            *slot = *label;
            n += 1;
        }
        self.out.crowded += u64::from(self.active.len() > MAX_LABELS);
        let value = self.out.sets.intern(&labels[..n]);
        push_joined(&mut self.out.runs, Run { first, last, value });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::{MAX_LABELS, overlay};
    use crate::base::{Run, V4};

    fn end() -> impl Strategy<Value = u32> {
        prop_oneof![0_u32..40, (u32::MAX - 39)..=u32::MAX]
    }

    proptest! {
        #[test]
        fn every_label_is_kept_at_every_address(
            ranges in prop::collection::vec((end(), end(), 0_u32..5), 0..12),
        ) {
            let runs: Vec<Run<V4>> = ranges
                .into_iter()
                .map(|(a, b, value)| Run { first: a.min(b), last: a.max(b), value })
                .collect();
            let overlaid = overlay(runs.clone());
            for addr in (0..=50).chain(u32::MAX - 50..=u32::MAX) {
                let holds = |run: &&Run<V4>| run.first <= addr && addr <= run.last;
                let mut expected: Vec<u32> = runs.iter().filter(holds).map(|run| run.value).collect();
                expected.sort_unstable();
                expected.dedup();
                let found = overlaid.runs.iter().find(holds).map(|run| overlaid.sets.get(run.value));
                prop_assert_eq!(found.unwrap_or_default(), expected);
            }
            for pair in overlaid.runs.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(!pair[0].touches(&pair[1]) || pair[0].value != pair[1].value);
            }
        }
    }

    #[test]
    fn a_crowd_keeps_the_smallest_labels() {
        let runs: Vec<Run<V4>> = (0..100)
            .map(|value| Run { first: value, last: 1000 - value, value: 99 - value })
            .collect();
        let overlaid = overlay(runs);
        assert_eq!(overlaid.sets.iter().map(<[u32]>::len).max(), Some(MAX_LABELS));
        assert!(overlaid.crowded > 0);
    }
}
