//! At most one value for each address: the most specific range wins.
//!
//! The space is cut into partitions that threads share; what reaches over cuts takes part in every
//! partition it reaches. In each, ranges are taken in the order of their first address. Those that
//! hold the sweep line wait in a heap, the winner on top; what has ended is thrown out when
//! it comes to the top. Any overlap is allowed, not only nesting, and no input
//! makes it worse than n log n.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::io;

use rayon::prelude::*;

use crate::algebra::crossing::{Across, Crossing};
use crate::algebra::cuts::{AT_ONCE, partitions};
use crate::base::{Address, Family, Growing, Memory, Range, Run, Runs, push_joined};

/// What a feed assigns.
#[derive(Clone, Copy, Debug)]
pub struct Assignments<'a, F: Family> {
    /// Ranges as they were listed, sorted by first address.
    pub whole: &'a [Run<F>],
    /// What was left of others, sorted likewise.
    pub pieces: &'a [Piece<F>],
    /// By value of a run: what is assigned, if anything is. The smaller wins a tie, so these are numbered
    /// in their natural order.
    pub values: &'a [Option<u32>],
    /// The higher wins.
    pub priority: i32,
}

/// A run that is what was left of a longer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<F: Family> {
    /// What was left.
    pub run: Run<F>,
    /// What was listed.
    pub listed: Range<F>,
}

/// What won, and how much of each feed lost.
#[derive(Clone, Debug, Default)]
pub struct Resolved<F: Family> {
    /// Sorted, disjoint, joined.
    pub runs: Runs<F>,
    /// By feed: assignments that won no address at all.
    pub outvoted: Vec<u64>,
}

/// Lets the most specific range win each address: the highest priority of its
/// feed, then the shortest range, then the smallest first address, then the
/// smallest value, then the first feed. Of a piece the range that was listed counts.
///
/// # Errors
/// If what does not fit in memory cannot be written.
pub fn resolve<F: Family>(
    feeds: &[Assignments<'_, F>],
    memory: &Memory,
) -> io::Result<Resolved<F>> {
    let across = Across::new(feeds);
    let most = feeds.iter().map(|of_feed| of_feed.whole.len()).max().unwrap_or(0);
    let mut runs = Growing::with_room(most, memory);
    let mut outvoted = vec![0; feeds.len()];
    let mut has_won = vec![false; across.all.len()];
    let partitions = partitions::<F>(&across.cuts);
    for (partitions, reaching) in
        partitions.chunks(AT_ONCE).zip(across.by_partition.chunks(AT_ONCE))
    {
        let parts: Vec<Part<F>> = partitions
            .par_iter()
            .zip(reaching)
            .map(|(&(from, to), reaching)| Part::new(feeds, &across.all, reaching, from, to))
            .collect();
        for part in parts {
            part.runs.into_iter().for_each(|run| runs.push_joined(run));
            outvoted.iter_mut().zip(part.outvoted).for_each(|(sum, lost)| *sum += lost);
            part.crossed.iter().for_each(|&crossing| has_won[crossing as usize] = true);
        }
    }
    for (crossing, _) in across.all.iter().zip(has_won).filter(|(_, has_won)| !has_won) {
        outvoted[crossing.feed as usize] += 1;
    }
    Ok(Resolved { runs: runs.finish()?, outvoted })
}

/// One of those that compete.
#[derive(Clone, Copy)]
struct Rival<F: Family> {
    first: F::Addr,
    last: F::Addr,
    /// Of the range that was listed: addresses less one, and the first.
    span: F::Addr,
    listed_first: F::Addr,
    value: u32,
    feed: u32,
    /// Its number among those that reach over cuts, or [`INSIDE`].
    crossing: u32,
}

const INSIDE: u32 = u32::MAX;

impl<F: Family> Rival<F> {
    fn whole(run: &Run<F>, feed: u32, value: u32) -> Self {
        let Run { first, last, .. } = *run;
        let span = last.distance(first);
        Self { first, last, span, listed_first: first, value, feed, crossing: INSIDE }
    }

    fn piece(piece: &Piece<F>, feed: u32, value: u32) -> Self {
        let Run { first, last, .. } = piece.run;
        let (span, listed_first) = (piece.listed.span(), piece.listed.first());
        Self { first, last, span, listed_first, value, feed, crossing: INSIDE }
    }
}

/// What came of a partition.
struct Part<F: Family> {
    runs: Vec<Run<F>>,
    /// By feed, of those that lie wholly inside.
    outvoted: Vec<u64>,
    /// Those that reach over a cut and won something here.
    crossed: Vec<u32>,
}

impl<F: Family> Part<F> {
    fn new(
        feeds: &[Assignments<'_, F>],
        all: &[Crossing],
        reaching: &[u32],
        from: F::Addr,
        to: Option<F::Addr>,
    ) -> Self {
        let mut rivals: Vec<Rival<F>> = Vec::new();
        for &number in reaching {
            let crossing = &all[number as usize];
            let rival = crossing.rival(feeds);
            rivals.push(Rival { first: rival.first.max(from), crossing: number, ..rival });
        }
        let end = to.and_then(Address::prev).unwrap_or(F::Addr::MAX);
        for (feed, of_feed) in (0..).zip(feeds) {
            let value = |run: &Run<F>| of_feed.values[run.value as usize];
            let whole = between(of_feed.whole, |run| run.first, from, end);
            rivals.extend(
                whole
                    .iter()
                    .filter(|run| run.last <= end)
                    .filter_map(|run| Some(Rival::whole(run, feed, value(run)?))),
            );
            let pieces = between(of_feed.pieces, |piece| piece.run.first, from, end);
            rivals.extend(
                pieces
                    .iter()
                    .filter(|piece| piece.run.last <= end)
                    .filter_map(|piece| Some(Rival::piece(piece, feed, value(&piece.run)?))),
            );
        }
        if !rivals.is_sorted_by_key(|rival| rival.first) {
            // Stable: it takes the feeds as the sorted pieces they are.
            rivals.sort_by_key(|rival| rival.first);
        }
        let mut line = Line {
            runs: Vec::new(),
            heap: BinaryHeap::new(),
            position: from,
            won: vec![false; rivals.len()],
        };
        line.walk(feeds, &rivals, end);
        let mut part =
            Self { runs: line.runs, outvoted: vec![0; feeds.len()], crossed: Vec::new() };
        for (rival, has_won) in rivals.iter().zip(line.won) {
            match (rival.crossing, has_won) {
                (INSIDE, false) => part.outvoted[rival.feed as usize] += 1,
                (INSIDE, true) | (_, false) => {}
                (crossing, true) => part.crossed.push(crossing),
            }
        }
        part
    }
}

/// Of what is sorted by first address, that which begins between two addresses, both included.
fn between<T, A: Ord + Copy>(sorted: &[T], first: impl Fn(&T) -> A, from: A, end: A) -> &[T] {
    let start = sorted.partition_point(|one| first(one) < from);
    let rest = &sorted[start..];
    &rest[..rest.partition_point(|one| first(one) <= end)]
}

impl Crossing {
    /// The one it stands for; only of what assigns a value there are crossings.
    fn rival<F: Family>(&self, feeds: &[Assignments<'_, F>]) -> Rival<F> {
        let of_feed = &feeds[self.feed as usize];
        let value = |run: &Run<F>| of_feed.values[run.value as usize].expect("it has a value");
        match (self.place as usize).checked_sub(of_feed.whole.len()) {
            None => {
                let run = &of_feed.whole[self.place as usize];
                Rival::whole(run, self.feed, value(run))
            }
            Some(place) => {
                let piece = &of_feed.pieces[place];
                Rival::piece(piece, self.feed, value(&piece.run))
            }
        }
    }
}

/// The sweep line: where it stands and who holds it.
struct Line<F: Family> {
    runs: Vec<Run<F>>,
    heap: BinaryHeap<Waiting<F>>,
    position: F::Addr,
    /// By rival.
    won: Vec<bool>,
}

impl<F: Family> Line<F> {
    /// Walks up to `end`, included.
    fn walk(&mut self, feeds: &[Assignments<'_, F>], rivals: &[Rival<F>], end: F::Addr) {
        for (index, rival) in rivals.iter().enumerate() {
            self.advance(rival.first.prev());
            self.position = rival.first;
            let is_alone = || {
                rivals.get(index + 1).is_none_or(|next| rival.last < next.first)
                    && rival.last <= end
            };
            if self.heap.is_empty() && is_alone() {
                // Most ranges of most feeds.
                let Rival { first, last, value, .. } = *rival;
                self.won[index] = true;
                push_joined(&mut self.runs, Run { first, last, value });
                continue;
            }
            let rank =
                (Reverse(feeds[rival.feed as usize].priority), rival.span, rival.listed_first);
            let Rival { last, value, feed, .. } = *rival;
            self.heap.push(Waiting { rank, value, feed, index, last });
        }
        self.advance(Some(end));
    }

    /// Emits runs up to `end`, included; `None` is before the first address.
    fn advance(&mut self, end: Option<F::Addr>) {
        let Some(end) = end else { return };
        while let Some(&Waiting { last, value, index, .. }) = self.heap.peek() {
            if self.position > end {
                return;
            }
            if last < self.position {
                self.heap.pop();
                continue;
            }
            let last = last.min(end);
            self.won[index] = true;
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
    value: u32,
    feed: u32,
    index: usize,
    last: F::Addr,
}

impl<F: Family> Ord for Waiting<F> {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |one: &Self| (one.rank, one.value, one.feed, one.index);
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

    use crate::algebra::{Assignments, Piece, Resolved};
    use crate::base::{Memory, Range, Run, V4};

    fn resolve(feeds: &[Assignments<'_, V4>]) -> Resolved<V4> {
        super::resolve(feeds, &Memory::unbounded()).expect("no file")
    }

    fn end() -> impl Strategy<Value = u32> {
        prop_oneof![0_u32..40, (u32::MAX - 39)..=u32::MAX]
    }

    /// By feed: whole ranges, with the value that each assigns.
    type Feeds = Vec<Vec<Run<V4>>>;

    fn feeds() -> impl Strategy<Value = Feeds> {
        let run = (end(), end(), 0_u32..4).prop_map(|(a, b, value)| Run {
            first: a.min(b),
            last: a.max(b),
            value,
        });
        let feed = prop::collection::vec(run, 0..6).prop_map(|mut runs| {
            runs.sort_by_key(|run| run.first);
            runs
        });
        prop::collection::vec(feed, 3)
    }

    /// The value 3 assigns nothing.
    const VALUES: [Option<u32>; 4] = [Some(0), Some(1), Some(2), None];

    fn assignments<'a>(feeds: &'a Feeds, priorities: &[i32]) -> Vec<Assignments<'a, V4>> {
        let of_feed = |(whole, &priority): (&'a Vec<Run<V4>>, &i32)| Assignments {
            whole,
            pieces: &[],
            values: &VALUES,
            priority,
        };
        feeds.iter().zip(priorities).map(of_feed).collect()
    }

    proptest! {
        /// The sweep is fast; asking everybody about every address is obviously right.
        #[test]
        fn the_most_specific_wins_at_every_address(
            feeds in feeds(),
            priorities in prop::collection::vec(0_i32..2, 3),
        ) {
            let resolved = resolve(&assignments(&feeds, &priorities));
            let all: Vec<(usize, Run<V4>)> = (0..)
                .zip(&feeds)
                .flat_map(|(feed, runs)| runs.iter().map(move |run| (feed, *run)))
                .filter(|(_, run)| VALUES[run.value as usize].is_some())
                .collect();
            let mut has_won = vec![false; all.len()];
            for addr in (0..=50).chain(u32::MAX - 50..=u32::MAX) {
                let expected = all
                    .iter()
                    .enumerate()
                    .filter(|(_, (_, run))| run.first <= addr && addr <= run.last)
                    .min_by_key(|(_, (feed, run))| {
                        (-priorities[*feed], run.last - run.first, run.first, run.value, *feed)
                    });
                if let Some((winner, _)) = expected {
                    has_won[winner] = true;
                }
                let found = resolved.runs.iter().find(|run| run.first <= addr && addr <= run.last);
                prop_assert_eq!(found.map(|run| run.value), expected.map(|(_, (_, run))| run.value));
            }
            for pair in resolved.runs.windows(2) {
                prop_assert!(pair[0].last < pair[1].first);
                prop_assert!(!pair[0].touches(&pair[1]) || pair[0].value != pair[1].value);
            }
            let lost = resolved.outvoted.iter().sum::<u64>();
            prop_assert_eq!(lost as usize, has_won.iter().filter(|won| !**won).count());
        }
    }

    #[test]
    fn of_a_piece_the_listed_range_counts() {
        let listed = Range::new(0, 256).expect("in order");
        let pieces = [Piece { run: Run::<V4> { first: 256, last: 256, value: 0 }, listed }];
        let whole = [Run { first: 52, last: 303, value: 1 }];
        let values = [Some(1), Some(2)];
        let of_feed = Assignments { whole: &whole, pieces: &pieces, values: &values, priority: 0 };
        let resolved = resolve(&[of_feed]);
        assert_eq!(*resolved.runs, [Run { first: 52, last: 303, value: 2 }]);
        assert_eq!(resolved.outvoted, [1]);
    }

    /// What spans many partitions is one range still, and loses once.
    #[test]
    fn cuts_leave_no_seam() {
        let n = 300_000_u32;
        let narrow: Vec<Run<V4>> =
            (0..n).map(|n| Run { first: n * 8, last: n * 8 + 3, value: 0 }).collect();
        let wide = [Run { first: 0, last: n * 8, value: 1 }, Run { first: 0, last: 1, value: 2 }];
        let values = [Some(5), Some(6), Some(7)];
        let of = |whole, priority| Assignments { whole, pieces: &[], values: &values, priority };
        let resolved = resolve(&[of(&narrow, 0), of(&wide, 0)]);
        assert_eq!(resolved.runs.len(), 2 * n as usize + 1);
        assert_eq!(resolved.outvoted, [0, 0]);
        let resolved = resolve(&[of(&narrow, 0), of(&wide, 1)]);
        assert_eq!(resolved.runs.len(), 2);
        assert_eq!(resolved.outvoted, [u64::from(n), 0]);
    }
}
