//! Runs of one verdict, a page at a time.

use crate::base::{Address, Family, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::joined::Joined;
use crate::query::scan::facts::Facts;
use crate::query::scan::index::{Index, Indexed};
use crate::query::scan::leaves::leaves;
use crate::query::scan::sums::Sums;
use crate::score::Signals;

/// A page of runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Page<F: Family> {
    /// In address order.
    pub(super) runs: Vec<(Range<F>, (u8, Signals))>,
    /// Where the next page begins.
    pub(super) next: Option<F::Addr>,
}

/// What a walk over part of a range came to.
enum Step<F: Family> {
    /// The page is full: there is another run, which begins here.
    Full(F::Addr),
    GoesOn,
}

/// Runs that are gathered.
struct Gathering<F: Family> {
    page: Page<F>,
    limit: usize,
    open: Joined<F, (u8, Signals)>,
}

/// The first runs of a range, at most `limit`.
pub(super) fn page<F: Family>(
    reader: &Reader<'_>,
    range: Range<F>,
    limit: usize,
    mut facts: impl FnMut(u32) -> Result<Facts, FormatError>,
) -> Result<Page<F>, FormatError> {
    let mut gathering = Gathering::new(limit);
    match gathering.walk(reader, range, &mut facts)? {
        Step::Full(next) => Ok(gathering.full(next)),
        Step::GoesOn => Ok(gathering.last()),
    }
}

/// As [`page`]; passes over blocks in which no run begins.
pub(super) fn page_of<F: Indexed>(
    index: &Index,
    reader: &Reader<'_>,
    range: Range<F>,
    limit: usize,
) -> Result<Page<F>, FormatError> {
    let sums = &F::of(index).sums;
    let mut facts = |offset| Ok(index.facts(offset)?.1);
    let mut gathering = Gathering::new(limit);
    let mut rest = Some(range);
    while let Some(range) = rest {
        let block = sums.block_at(range.first()).map_or(0, |block| block + 1);
        let end = sums.start(block).filter(|&start| start <= range.last());
        let part = match end.and_then(Address::prev) {
            Some(end) => Range::new(range.first(), end).expect("the next block begins after it"),
            None => range,
        };
        if let Step::Full(next) = gathering.walk(reader, part, &mut facts)? {
            return Ok(gathering.full(next));
        }
        rest = end.and_then(|start| Range::new(start, range.last()));
        if let Some(range) = rest {
            rest = Some(gathering.pass(sums, block, range));
        }
    }
    Ok(gathering.last())
}

impl<F: Family> Gathering<F> {
    fn new(limit: usize) -> Self {
        Self { page: Page { runs: Vec::new(), next: None }, limit, open: Joined::new() }
    }

    fn walk(
        &mut self,
        reader: &Reader<'_>,
        range: Range<F>,
        facts: &mut impl FnMut(u32) -> Result<Facts, FormatError>,
    ) -> Result<Step<F>, FormatError> {
        for leaf in leaves(reader, range) {
            let leaf = leaf?;
            let verdict = facts(leaf.offset)?.verdict();
            self.page.runs.extend(self.open.push(leaf.range, verdict));
            if self.page.runs.len() == self.limit {
                return Ok(Step::Full(leaf.range.first()));
            }
        }
        Ok(Step::GoesOn)
    }

    /// Goes on with the open run through blocks in which no other begins; returns what remains of a range that
    /// begins with a block.
    fn pass(&mut self, sums: &Sums<F>, block: usize, range: Range<F>) -> Range<F>
    where
        F: Indexed,
    {
        let goes_on = |to: &usize| {
            !sums.opens(*to)
                && sums.runs_before(*to) == sums.runs_before(block)
                && sums.start(*to).is_some_and(|start| start <= range.last())
        };
        let Some(to) = (block..sums.n_blocks()).take_while(goes_on).last() else { return range };
        let start = sums.start(to).expect("a block that there is");
        let passed = start.prev().and_then(|end| Range::<F>::new(range.first(), end));
        if let Some(passed) = passed
            && let Some((open, verdict)) = self.open.take()
        {
            let whole = Range::new(open.first(), passed.last()).expect("in address order");
            let closed = self.open.push(whole, verdict);
            debug_assert!(closed.is_none(), "nothing was open");
        }
        Range::new(start, range.last()).expect("it begins before the end")
    }

    fn full(mut self, next: F::Addr) -> Page<F> {
        self.page.next = Some(next);
        self.page
    }

    fn last(mut self) -> Page<F> {
        if self.page.runs.len() < self.limit {
            self.page.runs.extend(self.open.finish());
        }
        self.page
    }
}
