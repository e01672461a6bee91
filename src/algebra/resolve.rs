//! At most one value for each address: the most specific range wins.
//!
//! Ranges are taken in the order of their first address. Those that hold the
//! sweep line wait in a heap, the winner on top; what has ended is thrown out when
//! it comes to the top. Any overlap is allowed, not only nesting, and no input
//! makes it worse than n log n.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use crate::base::{Address, Family, Range, Run, push_joined};

/// A value that a feed assigns to a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned<F: Family> {
    /// First address.
    pub first: F::Addr,
    /// Last address, not before `first`.
    pub last: F::Addr,
    /// Smaller values win ties, so they are numbered in their natural order.
    pub value: u32,
    /// Index into the priorities.
    pub feed: u32,
    /// What it is a piece of: index into the listed ranges, or [`WHOLE`].
    pub listed: u32,
}

/// An assignment that is whole, not what was left of a longer range.
pub const WHOLE: u32 = u32::MAX;

/// What won, and how much of each feed lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved<F: Family> {
    /// Sorted, disjoint, joined.
    pub runs: Vec<Run<F>>,
    /// By feed: assignments that won no address at all.
    pub outvoted: Vec<u64>,
}

/// Lets the most specific range win each address: the highest priority of its
/// feed, then the shortest range, then the smallest first address, then the
/// smallest value, then the first feed. Of a piece the range that was listed counts.
pub fn resolve<F: Family>(
    mut assigned: Vec<Assigned<F>>,
    priorities: &[i32],
    listed: &[Range<F>],
) -> Resolved<F> {
    if !assigned.is_sorted_by_key(|one| one.first) {
        assigned.sort_by_key(|one| one.first);
    }
    let mut line = Line { runs: Vec::new(), heap: BinaryHeap::new(), position: F::Addr::MIN };
    let mut won = vec![false; assigned.len()];
    for (index, one) in assigned.iter().enumerate() {
        line.advance(Some(one.first), &mut won);
        line.position = one.first;
        let (first, span) = match listed.get(one.listed as usize) {
            Some(range) => (range.first(), range.span()),
            None => (one.first, one.last.distance(one.first)),
        };
        line.heap.push(Waiting {
            rank: (Reverse(priorities[one.feed as usize]), span, first),
            assigned: *one,
            index,
        });
    }
    line.advance(None, &mut won);
    let mut outvoted = vec![0; priorities.len()];
    for (one, _) in assigned.iter().zip(&won).filter(|(_, won)| !**won) {
        outvoted[one.feed as usize] += 1;
    }
    Resolved { runs: line.runs, outvoted }
}

/// The sweep line: where it stands and who holds it.
struct Line<F: Family> {
    runs: Vec<Run<F>>,
    heap: BinaryHeap<Waiting<F>>,
    position: F::Addr,
}

impl<F: Family> Line<F> {
    /// Emits runs up to, not including, `end`; up to the last address without one.
    fn advance(&mut self, end: Option<F::Addr>, won: &mut [bool]) {
        while let Some(top) = self.heap.peek() {
            if end.is_some_and(|end| self.position >= end) {
                return;
            }
            let Assigned { last, value, .. } = top.assigned;
            if last < self.position {
                self.heap.pop();
                continue;
            }
            let last = match end.and_then(Address::prev) {
                Some(before) => last.min(before),
                None => last,
            };
            won[top.index] = true;
            push_joined(&mut self.runs, Run { first: self.position, last, value });
            let Some(next) = last.next() else {
                self.heap.clear();
                return;
            };
            self.position = next;
        }
    }
}

/// The greatest is the winner.
#[derive(PartialEq, Eq)]
struct Waiting<F: Family> {
    /// The smallest wins: priority, length, first address.
    rank: (Reverse<i32>, F::Addr, F::Addr),
    assigned: Assigned<F>,
    index: usize,
}

impl<F: Family> Ord for Waiting<F> {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (one.rank, one.assigned.value, one.assigned.feed, one.index);
        key(other).cmp(&key(self))
    }
}

impl<F: Family> PartialOrd for Waiting<F> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::{Assigned, WHOLE, resolve};
    use crate::base::{Range, Run, V4};

    fn end() -> impl Strategy<Value = u32> {
        prop_oneof![0_u32..40, (u32::MAX - 39)..=u32::MAX]
    }

    proptest! {
        /// The sweep is fast; asking everybody about every address is obviously right.
        #[test]
        fn the_most_specific_wins_at_every_address(
            ranges in prop::collection::vec((end(), end(), 0_u32..4, 0_u32..3), 0..12),
            priorities in prop::collection::vec(0_i32..2, 3),
        ) {
            let assigned: Vec<Assigned<V4>> = ranges
                .into_iter()
                .map(|(a, b, value, feed)| {
                    Assigned { first: a.min(b), last: a.max(b), value, feed, listed: WHOLE }
                })
                .collect();
            let resolved = resolve(assigned.clone(), &priorities, &[]);
            let mut winners = [false; 12];
            for addr in (0..=50).chain(u32::MAX - 50..=u32::MAX) {
                let expected = assigned
                    .iter()
                    .enumerate()
                    .filter(|(_, one)| one.first <= addr && addr <= one.last)
                    .min_by_key(|(_, one)| {
                        (-priorities[one.feed as usize], one.last - one.first, one.first, one.value, one.feed)
                    });
                if let Some((winner, _)) = expected {
                    winners[winner] = true;
                }
                let found = resolved.runs.iter().find(|run| run.first <= addr && addr <= run.last);
                prop_assert_eq!(found.map(|run| run.value), expected.map(|(_, one)| one.value));
            }
            for pair in resolved.runs.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(!pair[0].touches(&pair[1]) || pair[0].value != pair[1].value);
            }
            let lost = resolved.outvoted.iter().sum::<u64>();
            prop_assert!(lost as usize <= assigned.len() - winners.iter().filter(|won| **won).count());
            let mut shuffled = assigned;
            shuffled.reverse();
            prop_assert_eq!(resolve(shuffled, &priorities, &[]).runs, resolved.runs);
        }
    }

    #[test]
    fn of_a_piece_the_listed_range_counts() {
        let listed = Range::new(0, 256).expect("in order");
        let piece = Assigned::<V4> { first: 256, last: 256, value: 1, feed: 0, listed: 0 };
        let whole = Assigned { first: 52, last: 303, value: 2, feed: 0, listed: WHOLE };
        let resolved = resolve(vec![whole, piece], &[0], &[listed]);
        assert_eq!(resolved.runs, [Run { first: 52, last: 303, value: 2 }]);
        assert_eq!(resolved.outvoted, [1]);
    }
}
