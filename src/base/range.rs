//! Ranges: first to last address, both included, of one family.

use std::fmt;

use crate::base::{Address, Coverage, Family, Prefix};

/// A run of addresses of one family, both ends included.
///
/// Inclusive, because the last IPv6 address plus one does not fit in a `u128`.
/// Ordered by first address, then by last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Range<F: Family> {
    first: F::Addr, // invariant: first <= last
    last: F::Addr,
}

impl<F: Family> Range<F> {
    /// The whole family.
    pub const ALL: Self = Self { first: F::Addr::MIN, last: F::Addr::MAX };

    /// Returns `None` if `last` comes before `first`.
    pub fn new(first: F::Addr, last: F::Addr) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The range that holds one address.
    pub fn single(addr: F::Addr) -> Self {
        Self { first: addr, last: addr }
    }

    /// Lowest address.
    pub fn first(self) -> F::Addr {
        self.first
    }

    /// Highest address.
    pub fn last(self) -> F::Addr {
        self.last
    }

    /// Number of addresses less one, which always fits.
    pub fn span(self) -> F::Addr {
        self.last.distance(self.first)
    }

    /// Number of addresses.
    pub fn coverage(self) -> Coverage {
        Coverage::of_span(self.span().to_u128())
    }

    /// Whether the address lies in the range.
    pub fn contains(self, addr: F::Addr) -> bool {
        self.first <= addr && addr <= self.last
    }

    /// Returns the addresses that both ranges hold.
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.first.max(other.first), self.last.min(other.last))
    }

    /// Returns the prefix that is exactly this range, if there is one.
    pub fn to_prefix(self) -> Option<Prefix<F>> {
        let bits = F::BITS - self.first.common_prefix(self.last);
        let exact =
            self.first.clear_low(bits) == self.first && self.first.set_low(bits) == self.last;
        exact
            .then(|| Prefix::masked(self.first, F::BITS - bits).expect("at most the family's bits"))
    }

    /// Returns the fewest prefixes that together are this range, in address order.
    ///
    /// ```
    /// use ipmint::base::{Range, V4};
    ///
    /// let range = Range::<V4>::new(0xC000_0201, 0xC000_0204).expect("in order");
    /// let prefixes: Vec<String> = range.prefixes().map(|prefix| prefix.to_string()).collect();
    /// assert_eq!(prefixes, ["192.0.2.1/32", "192.0.2.2/31", "192.0.2.4/32"]);
    /// ```
    pub fn prefixes(self) -> impl Iterator<Item = Prefix<F>> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let Range { first, last } = rest?;
            // The largest block that starts at `first` and ends by `last`: at most
            // 2 * BITS - 2 blocks come out of any range.
            let mut bits = first.trailing_zeros();
            while first.set_low(bits) > last {
                bits -= 1;
            }
            let end = first.set_low(bits);
            rest = end.next().and_then(|next| Self::new(next, last));
            Some(Prefix::masked(first, F::BITS - bits).expect("at most the family's bits"))
        })
    }
}

impl<F: Family> fmt::Display for Range<F> {
    /// As a prefix where the range is one, else `first-last`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_prefix() {
            Some(prefix) => prefix.fmt(f),
            None => write!(f, "{}-{}", F::to_ip(self.first), F::to_ip(self.last)),
        }
    }
}

impl<F: Family> fmt::Debug for Range<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::base::{Range, V4, V6};

    #[track_caller]
    fn check(first: u32, last: u32, expected: &[&str]) {
        let range = Range::<V4>::new(first, last).expect("in order");
        let prefixes: Vec<String> = range.prefixes().map(|prefix| prefix.to_string()).collect();
        assert_eq!(prefixes, expected);
    }

    #[test]
    fn a_range_becomes_the_fewest_prefixes() {
        check(0, u32::MAX, &["0.0.0.0/0"]);
        check(0xC000_0200, 0xC000_02FF, &["192.0.2.0/24"]);
        check(0xC000_0201, 0xC000_0203, &["192.0.2.1/32", "192.0.2.2/31"]);
        check(u32::MAX, u32::MAX, &["255.255.255.255/32"]);
    }

    #[test]
    fn the_whole_of_ipv6_is_one_prefix() {
        let all = Range::<V6>::ALL;
        assert_eq!(all.to_prefix().expect("a prefix").to_string(), "::/0");
        assert_eq!(all.prefixes().count(), 1);
        assert_eq!(all.coverage().to_string(), "340282366920938463463374607431768211456");
    }

    proptest! {
        #[test]
        fn prefixes_tile_the_range(a: u32, b: u32) {
            let range = Range::<V4>::new(a.min(b), a.max(b)).expect("in order");
            let mut next = Some(range.first());
            for prefix in range.prefixes() {
                prop_assert_eq!(Some(prefix.range().first()), next);
                next = prefix.range().last().checked_add(1);
            }
            prop_assert_eq!(next, range.last().checked_add(1));
        }
    }
}
