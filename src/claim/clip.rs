//! Space that a feed cannot speak of, cut off its entries.

use crate::algebra::{Piece, RangeSet};
use crate::base::{Range, Run, Runs};
use crate::claim::{Counts, Special};

/// Drops and counts runs wholly in such space; returns whether any is partly in it.
pub(super) fn drop_reserved<F: Special>(
    runs: &mut Runs<F>,
    space: &RangeSet<F>,
    counts: &mut Counts,
) -> bool {
    let mut crosses = false;
    runs.retain_mut(|run| {
        let Some(reserved) = reserved_at(space, run) else { return true };
        // Neighbouring ranges of the table are joined: to lie in several is to leave each.
        let is_reserved = reserved.first() <= run.first && run.last <= reserved.last();
        counts.reserved += u64::from(is_reserved);
        crosses |= !is_reserved;
        !is_reserved
    });
    crosses
}

/// Takes runs that touch such space out, counting what was lost; returns what is left of them, in
/// order of first address.
pub(super) fn clip<F: Special>(
    runs: &mut Runs<F>,
    space: &RangeSet<F>,
    counts: &mut Counts,
) -> Vec<Piece<F>> {
    let mut pieces = Vec::new();
    runs.retain_mut(|run| {
        if reserved_at(space, run).is_none() {
            return true;
        }
        let listed = run.range();
        let n_before = pieces.len();
        let left = space.outside(listed).map(|range| Run::new(range, run.value));
        pieces.extend(left.map(|run| Piece { run, listed }));
        if pieces.len() == n_before {
            counts.reserved += 1;
        } else {
            counts.clipped += 1;
        }
        false
    });
    pieces.sort_by_key(|piece| piece.run.first);
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
    use crate::base::{Range, Run, Runs, V4};
    use crate::claim::{Counts, Special};

    #[test]
    fn reserved_space_is_cut_off_and_counted() {
        let mut runs: Runs<V4> = vec![
            Run { first: 0x0101_0101, last: 0x0101_0101, value: 1 },
            Run { first: 0x09ff_ff00, last: 0x0b00_00ff, value: 2 },
            Run { first: 0x0a00_0001, last: 0x0a00_0001, value: 3 },
        ]
        .into();
        let mut counts = Counts::default();
        let pieces = super::clip(&mut runs, V4::reserved(), &mut counts);
        let text = |run: &Run<V4>| run.range().to_string();
        assert_eq!(runs.iter().map(text).collect::<Vec<_>>(), ["1.1.1.1/32"]);
        let pieces: Vec<String> = pieces.iter().map(|piece| text(&piece.run)).collect();
        assert_eq!(pieces, ["9.255.255.0/24", "11.0.0.0/24"]);
        assert_eq!((counts.reserved, counts.clipped), (1, 1));
        let mut all: Runs<V4> = vec![Run::new(Range::ALL, 0)].into();
        let pieces = super::clip(&mut all, V4::reserved(), &mut counts);
        assert_eq!((all.len(), pieces.len()), (0, V4::routable().ranges().len()));
    }

    #[test]
    fn only_what_is_reserved_whole_is_dropped() {
        let runs = [
            Run::<V4> { first: 0x0a00_0001, last: 0x0a00_0001, value: 1 },
            Run { first: 0x0101_0101, last: 0x0101_0101, value: 2 },
            Run { first: 0x09ff_ff00, last: 0x0b00_00ff, value: 3 },
        ];
        let mut counts = Counts::default();
        let mut whole: Runs<V4> = runs[..2].to_vec().into();
        assert!(!super::drop_reserved(&mut whole, V4::reserved(), &mut counts));
        let mut runs: Runs<V4> = runs[1..].to_vec().into();
        assert!(super::drop_reserved(&mut runs, V4::reserved(), &mut counts));
        assert_eq!(runs.iter().map(|run| run.value).collect::<Vec<_>>(), [2, 3]);
        assert_eq!((counts.reserved, counts.clipped), (1, 0));
    }
}
