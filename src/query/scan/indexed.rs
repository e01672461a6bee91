//! A range answered from an index: two short walks, and what was summed up in between.

use crate::base::{Address, Family, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::heavy::added;
use crate::query::scan::index::{Index, Indexed};
use crate::query::scan::leaves::{addresses, leaves};
use crate::query::scan::linear::{Walked, count_all, walk};
use crate::query::scan::sums::RunCounter;
use crate::query::scan::top::{Everyone, MostOfAll};
use crate::query::scan::totals::Totals;

/// The numbers of a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Numbers {
    /// What is counted.
    pub(super) totals: Totals,
    /// The largest score.
    pub(super) max: u8,
    /// How many runs of one verdict there are.
    pub(super) n_runs: u64,
}

/// Where a range lies among the leaves.
#[derive(Clone, Copy, Debug)]
struct Place {
    first: u64,
    n_leaves: u64,
    /// Whether a leaf lies across one of its ends.
    is_cut: bool,
}

/// One end of a range, walked.
#[derive(Debug)]
struct End {
    totals: Totals,
    max: u8,
    n_leaves: u64,
    n_runs: u64,
}

impl Index {
    /// Counts the addresses of a range, and tells who has the most of them: at once for prefixes, for other
    /// ranges by walking all of it.
    ///
    /// # Errors
    /// If the database is not the one that the index was made of.
    pub(super) fn numbers_and_most<F: Indexed>(
        &self,
        reader: &Reader<'_>,
        range: Range<F>,
    ) -> Result<(Numbers, MostOfAll), FormatError> {
        let (numbers, place) = self.place(reader, range)?;
        let family = F::of(self);
        if !place.is_cut
            && let Some(most) = family.heavy.get(place.first, place.n_leaves)
        {
            return Ok((numbers, most));
        }
        let counts = if place.n_leaves <= self.light_leaves() {
            self.walk(reader, range)?.counts
        } else {
            count_all(reader, &self.parts(range), self.table().len(), |offset| self.number(offset))?
        };
        let most = Everyone::of(self.table(), counts).most(self.table());
        Ok((numbers, most))
    }

    /// Walks a range.
    pub(super) fn walk<F: Indexed>(
        &self,
        reader: &Reader<'_>,
        range: Range<F>,
    ) -> Result<Walked, FormatError> {
        walk(reader, range, |offset| self.facts(offset))
    }

    fn place<F: Indexed>(
        &self,
        reader: &Reader<'_>,
        range: Range<F>,
    ) -> Result<(Numbers, Place), FormatError> {
        let sums = &F::of(self).sums;
        // Of a range that begins before the first block, the first block is the one it begins with.
        let from = sums.block_at(range.first()).unwrap_or(0);
        let to = sums.block_at(range.last());
        let Some(to) = to.filter(|&to| to > from) else {
            let end = self.end(reader, range)?;
            let place = Place { first: 0, n_leaves: end.n_leaves, is_cut: true };
            return Ok((Numbers { totals: end.totals, max: end.max, n_runs: end.n_runs }, place));
        };
        let start = |block| sums.start(block).expect("a block that there is");
        let after_head = start(from + 1);
        let before = after_head.prev().expect("after the first block's start");
        let head = Range::<F>::new(range.first(), before).expect("the next block begins after it");
        let tail = Range::<F>::new(start(to), range.last()).expect("the block begins before it");
        let (head, tail) = (self.end(reader, head)?, self.end(reader, tail)?);
        let mut totals = sums.between(from + 1, to);
        totals.plus(&head.totals);
        totals.plus(&tail.totals);
        let max = sums.max(from + 1, to).max(head.max).max(tail.max);
        let middle = sums.runs_before(to) - sums.runs_before(from + 1);
        // The tail counts its first run, which may be one that goes on.
        let goes_on = u64::from(!sums.opens(to));
        let n_runs = head.n_runs + middle + tail.n_runs - goes_on;
        let first = sums.leaves_before(from + 1) - head.n_leaves;
        let n_leaves = sums.leaves_before(to) + tail.n_leaves - first;
        let is_cut = is_cut(reader, range)?;
        Ok((Numbers { totals, max, n_runs }, Place { first, n_leaves, is_cut }))
    }

    /// Walks one end of a range: a block or less.
    fn end<F: Indexed>(&self, reader: &Reader<'_>, range: Range<F>) -> Result<End, FormatError> {
        let mut end = End { totals: Totals::NONE, max: 0, n_leaves: 0, n_runs: 0 };
        let mut runs = RunCounter::new();
        let mut counts = Vec::new();
        for leaf in leaves(reader, range) {
            let leaf = leaf?;
            let (number, facts) = self.facts(leaf.offset)?;
            runs.push(leaf.range, facts);
            end.n_leaves += 1;
            end.max = end.max.max(facts.score);
            counts.push((number, addresses(leaf.range)));
        }
        for (number, count) in added(counts) {
            end.totals.add(self.table().facts(number), count);
        }
        end.n_runs = runs.n_runs;
        Ok(end)
    }

    /// The range cut at the starts of blocks.
    pub(super) fn parts<F: Indexed>(&self, range: Range<F>) -> Vec<Range<F>> {
        let sums = &F::of(self).sums;
        let mut parts = Vec::new();
        let mut rest = Some(range);
        let from = sums.block_at(range.first()).map_or(0, |block| block + 1);
        for block in from..sums.n_blocks() {
            let (Some(range), Some(start)) = (rest, sums.start(block)) else { break };
            if start > range.last() {
                break;
            }
            parts.extend(start.prev().and_then(|end| Range::new(range.first(), end)));
            rest = Range::new(start, range.last());
        }
        parts.extend(rest);
        parts
    }
}

/// Whether the address before a range and its first one, or its last one and the one after it, are of one
/// network.
fn is_cut<F: Family>(reader: &Reader<'_>, range: Range<F>) -> Result<bool, FormatError> {
    let is_one = |a: Option<F::Addr>, b: Option<F::Addr>| {
        let (Some(a), Some(b)) = (a, b) else { return Ok(false) };
        let both = Range::<F>::new(a, b).expect("neighbours");
        let found = leaves(reader, both).next().transpose()?;
        Ok::<_, FormatError>(found.is_some_and(|leaf| leaf.range == both))
    };
    let (first, last) = (range.first(), range.last());
    Ok(is_one(first.prev(), Some(first))? || is_one(Some(last), last.next())?)
}
