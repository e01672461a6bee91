//! A set of signals.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::feed::Category;

/// A set of categories whose signals are true, one bit each in category order.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signals(u32);

// One bit for each category.
const _: () = assert!(Category::ALL.len() <= 32);

impl Signals {
    /// No signal.
    pub const NONE: Self = Self(0);

    /// The anonymizers: whatever hides who is behind an address.
    pub fn anonymizers() -> Self {
        Category::ALL.iter().copied().filter(|category| category.is_anonymizer()).collect()
    }

    /// The abuse categories.
    pub fn abuse() -> Self {
        Category::ALL.iter().copied().filter(|category| category.is_abuse()).collect()
    }

    /// What stands between a person and an address: Tor, proxies, VPNs, relays, hosting; whatever is scored
    /// and no abuse.
    pub fn indirect() -> Self {
        let indirect = |category: &Category| category.is_scored() && !category.is_abuse();
        Category::ALL.iter().copied().filter(indirect).collect()
    }

    /// The public, residential and mobile proxies.
    pub fn proxies() -> Self {
        [Category::Proxy, Category::ResidentialProxy, Category::MobileProxy].into_iter().collect()
    }

    /// Whether the signal is true.
    #[inline]
    pub fn contains(self, category: Category) -> bool {
        self.0 & bit(category) != 0
    }

    /// Makes the signal true.
    #[inline]
    pub fn insert(&mut self, category: Category) {
        self.0 |= bit(category);
    }

    /// Whether no signal is true.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// How many are true.
    pub fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// The signals true in either.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The signals true in both.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The signals true here and not in `other`.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The categories, in order.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let category = *Category::ALL.get(rest.trailing_zeros() as usize)?;
            rest &= rest - 1;
            Some(category)
        })
    }
}

#[inline]
fn bit(category: Category) -> u32 {
    1 << category as u32
}

impl FromIterator<Category> for Signals {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        let mut signals = Self::NONE;
        for category in categories {
            signals.insert(category);
        }
        signals
    }
}

impl fmt::Debug for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter().map(Category::signal)).finish()
    }
}

impl Serialize for Signals {
    /// As the names of the signals, in category order.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Category::signal))
    }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::Signals;

    #[test]
    fn sets_keep_category_order() {
        let signals: Signals =
            [Category::Allow, Category::Vpn, Category::TorExit].into_iter().collect();
        let read_back: Vec<Category> = signals.iter().collect();
        assert_eq!(read_back, [Category::TorExit, Category::Vpn, Category::Allow]);
        assert_eq!(format!("{signals:?}"), r#"{"is_tor", "is_vpn", "is_allowed"}"#);
        assert_eq!(signals.intersection(Signals::anonymizers()).count(), 2);
        assert!(!signals.contains(Category::Proxy));
        assert!(Signals::NONE.is_empty());
    }

    #[test]
    fn every_category_has_its_bit() {
        let all: Signals = Category::ALL.iter().copied().collect();
        assert_eq!(all.iter().collect::<Vec<_>>(), Category::ALL);
        assert_eq!(all.difference(all), Signals::NONE);
        assert_eq!(Signals::abuse().count(), 6);
        assert_eq!(Signals::indirect().count(), 8);
        assert_eq!(Signals::indirect().union(Signals::abuse()).count(), 14);
    }
}
