//! Space that a feed cannot speak of, cut off its entries.

use crate::algebra::RangeSet;
use crate::base::{Range, Run};
use crate::claim::{Counts, Special};

/// Drops and counts runs wholly in such space; returns whether any is partly in it.
pub(super) fn drop_reserved<F: Special>(
    runs: &mut Vec<Run<F>>,
    space: &RangeSet<F>,
    counts: &mut Counts,
) -> bool {
    let mut crosses = false;
    runs.retain(|run| {
        let Some(reserved) = reserved_at(space, run) else { return true };
        // Neighbouring ranges of the table are joined: to lie in several is to leave each.
        let is_reserved = reserved.first() <= run.first && run.last <= reserved.last();
        counts.reserved += u64::from(is_reserved);
        crosses |= !is_reserved;
        !is_reserved
    });
    crosses
}

/// A run that is what was left of a longer one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<F: Special> {
    /// Its place among the runs.
    pub(super) run_idx: usize,
    /// What the feed listed.
    pub(super) listed: Range<F>,
}

/// Cuts such space off the runs, counting what was lost; returns the pieces, by place.
pub(super) fn clip<F: Special>(
    runs: &mut Vec<Run<F>>,
    space: &RangeSet<F>,
    counts: &mut Counts,
) -> Vec<Piece<F>> {
    let mut pieces = Vec::new();
    // Almost no run touches it: copy only from the first that does.
    let Some(first) = runs.iter().position(|run| reserved_at(space, run).is_some()) else {
        return pieces;
    };
    let rest = runs.split_off(first);
    for run in rest {
        if reserved_at(space, &run).is_none() {
            runs.push(run);
            continue;
        }
        let kept = runs.len();
        runs.extend(space.outside(run.range()).map(|range| Run::new(range, run.value)));
        if runs.len() == kept {
            counts.reserved += 1;
        } else {
            counts.clipped += 1;
            let listed = run.range();
            pieces.extend((kept..runs.len()).map(|run_idx| Piece { run_idx, listed }));
        }
    }
    pieces
}

/// The first range of the space that the run touches.
fn reserved_at<'s, F: Special>(space: &'s RangeSet<F>, run: &Run<F>) -> Option<&'s Range<F>> {
    let reserved = space.ranges();
    let place = reserved.partition_point(|range| range.last() < run.first);
    reserved.get(place).filter(|range| range.first() <= run.last)
}

#[cfg(test)]
mod tests {
    use crate::base::{Range, Run, V4};
    use crate::claim::{Counts, Special};

    #[test]
    fn reserved_space_is_cut_off_and_counted() {
        let mut runs: Vec<Run<V4>> = vec![
            Run { first: 0x0101_0101, last: 0x0101_0101, value: 1 },
            Run { first: 0x09ff_ff00, last: 0x0b00_00ff, value: 2 },
            Run { first: 0x0a00_0001, last: 0x0a00_0001, value: 3 },
        ];
        let mut counts = Counts::default();
        super::clip(&mut runs, V4::reserved(), &mut counts);
        let text: Vec<String> = runs.iter().map(|run| run.range().to_string()).collect();
        assert_eq!(text, ["1.1.1.1/32", "9.255.255.0/24", "11.0.0.0/24"]);
        assert_eq!((counts.reserved, counts.clipped), (1, 1));
        let mut all = vec![Run::new(Range::<V4>::ALL, 0)];
        super::clip(&mut all, V4::reserved(), &mut counts);
        assert_eq!(all.len(), V4::routable().ranges().len());
    }

    #[test]
    fn only_what_is_reserved_whole_is_dropped() {
        let mut runs: Vec<Run<V4>> = vec![
            Run { first: 0x0a00_0001, last: 0x0a00_0001, value: 1 },
            Run { first: 0x0101_0101, last: 0x0101_0101, value: 2 },
        ];
        let mut counts = Counts::default();
        assert!(!super::drop_reserved(&mut runs, V4::reserved(), &mut counts));
        runs.push(Run { first: 0x09ff_ff00, last: 0x0b00_00ff, value: 3 });
        assert!(super::drop_reserved(&mut runs, V4::reserved(), &mut counts));
        assert_eq!(runs.iter().map(|run| run.value).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((counts.reserved, counts.clipped), (1, 0));
    }
}
