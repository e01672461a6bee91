//! Sets of addresses of one family.

use crate::base::{Address, Coverage, Family, Range};

/// A set of addresses as sorted ranges that neither overlap nor touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RangeSet<F: Family> {
    ranges: Vec<Range<F>>, // invariant: as above
}

impl<F: Family> RangeSet<F> {
    /// The set of all addresses of the ranges, in any order and overlapping at will.
    pub fn new(mut ranges: Vec<Range<F>>) -> Self {
        if !ranges.is_sorted() {
            ranges.sort_unstable();
        }
        ranges.into_iter().collect::<Joiner<F>>().set
    }

    /// The ranges, ascending.
    pub fn ranges(&self) -> &[Range<F>] {
        &self.ranges
    }

    /// How many addresses.
    pub fn coverage(&self) -> Coverage {
        self.ranges.iter().map(|range| range.coverage()).sum()
    }

    /// Whether the address is in the set.
    pub fn contains(&self, addr: F::Addr) -> bool {
        let place = self.ranges.partition_point(|range| range.last() < addr);
        self.ranges.get(place).is_some_and(|range| range.contains(addr))
    }

    /// Addresses of either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        Self::new([self.ranges.as_slice(), &other.ranges].concat())
    }

    /// Addresses of both sets.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let (mut a, mut b) = (self.ranges.as_slice(), other.ranges.as_slice());
        let mut ranges = Vec::new();
        while let ([x, a_rest @ ..], [y, b_rest @ ..]) = (a, b) {
            ranges.extend(x.intersection(*y));
            if x.last() < y.last() {
                a = a_rest;
            } else {
                b = b_rest;
            }
        }
        Self { ranges }
    }

    /// Addresses of this set that are not in the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut ranges = Vec::new();
        for &range in &self.ranges {
            ranges.extend(other.outside(range));
        }
        Self { ranges }
    }

    /// The parts of the range that are not in the set, ascending.
    pub fn outside(&self, range: Range<F>) -> impl Iterator<Item = Range<F>> {
        let from = self.ranges.partition_point(|hole| hole.last() < range.first());
        let mut holes = self.ranges[from..].iter();
        let mut rest = Some(range);
        std::iter::from_fn(move || {
            loop {
                let range = rest?;
                let Some(hole) = holes.next().and_then(|hole| hole.intersection(range)) else {
                    rest = None;
                    return Some(range);
                };
                rest = hole.last().next().and_then(|next| Range::new(next, range.last()));
                let before = hole.first().prev().and_then(|end| Range::new(range.first(), end));
                if before.is_some() {
                    return before;
                }
            }
        })
    }
}

/// Collects ranges in order of their first address.
struct Joiner<F: Family> {
    set: RangeSet<F>,
}

impl<F: Family> FromIterator<Range<F>> for Joiner<F> {
    fn from_iter<I: IntoIterator<Item = Range<F>>>(iter: I) -> Self {
        let mut ranges: Vec<Range<F>> = Vec::new();
        for range in iter {
            match ranges.last_mut() {
                Some(last) if last.last().next().is_none_or(|next| range.first() <= next) => {
                    let end = last.last().max(range.last());
                    *last = Range::new(last.first(), end).expect("ends at or after its old end");
                }
                _ => ranges.push(range),
            }
        }
        Self { set: RangeSet { ranges } }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::algebra::RangeSet;
    use crate::base::{Range, V4};

    fn sets() -> impl Strategy<Value = RangeSet<V4>> {
        // Low and high ends of the space, so that its edges are met.
        let end = prop_oneof![0_u32..64, (u32::MAX - 63)..=u32::MAX];
        let range = (end.clone(), end).prop_map(|(a, b)| Range::new(a.min(b), a.max(b)));
        prop::collection::vec(range.prop_map(|range| range.expect("in order")), 0..6)
            .prop_map(RangeSet::new)
    }

    proptest! {
        #[test]
        fn agrees_with_asking_every_address(a in sets(), b in sets()) {
            let (union, both, only) = (a.union(&b), a.intersection(&b), a.difference(&b));
            for addr in (0..70).chain(u32::MAX - 70..=u32::MAX) {
                let (in_a, in_b) = (a.contains(addr), b.contains(addr));
                prop_assert_eq!(union.contains(addr), in_a || in_b);
                prop_assert_eq!(both.contains(addr), in_a && in_b);
                prop_assert_eq!(only.contains(addr), in_a && !in_b);
            }
            prop_assert_eq!(union.coverage(), only.coverage() + b.coverage());
            prop_assert_eq!(a.coverage(), only.coverage() + both.coverage());
        }
    }
}
