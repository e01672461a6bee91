//! Evidence weighed and put in order; the confidence that independent groups add up to.

use std::cmp::Reverse;

use crate::feed::Category;
use crate::score::ppm::{divide, multiply};
use crate::score::{DecayTable, Evidence, PPM, Via, ViaPolicy, Witness};

/// No confidence is certainty: a category's C ends here.
const MOST_CONFIDENCE: u32 = 990_000;

/// A piece of evidence that has not expired, with what it counts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weighed {
    /// `r · d · s`, in parts per million.
    pub(super) strength: u32,
    pub(super) group: u32,
    pub(super) evidence: Evidence,
}

impl Weighed {
    /// Fills room that is not used yet.
    pub(super) const BLANK: Self = Self {
        strength: 0,
        group: 0,
        evidence: Evidence { category: Category::Allow, feed: 0, via: Via::Country, age_days: 0 },
    };

    /// Weighs a piece of evidence; `None` if it has expired.
    #[inline]
    pub(super) fn new(
        via: ViaPolicy,
        decay: &DecayTable,
        witness: Witness,
        evidence: Evidence,
    ) -> Option<Self> {
        let factor = decay.factor(evidence.category, evidence.age_days);
        if factor == 0 {
            return None;
        }
        let share = match evidence.via {
            Via::Prefix => via.prefix,
            Via::Asn => via.asn,
            Via::Country => via.country,
        };
        // Per mille times per mille times parts per million: at most 10^12, rounded once.
        let product = u64::from(witness.reliability) * u64::from(share) * u64::from(factor);
        Some(Self { strength: divide(product, 1_000_000), group: witness.group, evidence })
    }
}

/// Puts evidence in category order, the strongest first in each.
///
/// Rounded products depend on their order, so the order must not come from how evidence
/// was handed in or how groups are numbered: equal strengths are equal factors, and the
/// rest of the key only decides which of two equals an explanation names.
#[inline]
pub(super) fn sort(items: &mut [Weighed]) {
    items.sort_unstable_by_key(|item| {
        let Evidence { category, feed, via, age_days } = item.evidence;
        (category, Reverse(item.strength), feed, via, age_days)
    });
}

/// What a category is held with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Held {
    /// C, in parts per million.
    pub(super) confidence: u32,
    /// How many independent groups.
    pub(super) n_groups: u16,
}

/// Returns whether an item is the first of its group, hence its strongest.
///
/// Looks back over the few items of one category: cheaper than any set.
#[inline]
pub(super) fn leads(items: &[Weighed], item_idx: usize, counts: impl Fn(Evidence) -> bool) -> bool {
    let item = &items[item_idx];
    item.strength > 0
        && counts(item.evidence)
        && !items[..item_idx]
            .iter()
            .any(|other| other.group == item.group && counts(other.evidence))
}

/// Adds up the items of one category, sorted, of which only some count:
/// `min(.99, 1 - Π over groups (1 - strongest))`.
#[inline]
pub(super) fn hold(items: &[Weighed], counts: impl Fn(Evidence) -> bool + Copy) -> Held {
    let mut doubt = PPM;
    let mut n_groups = 0_u16;
    for (item_idx, item) in items.iter().enumerate() {
        if leads(items, item_idx, counts) {
            doubt = multiply(doubt, PPM - item.strength.min(PPM));
            n_groups = n_groups.saturating_add(1);
        }
    }
    Held { confidence: (PPM - doubt).min(MOST_CONFIDENCE), n_groups }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::tally::{Held, Weighed, hold, sort};
    use crate::score::{Evidence, Via};

    /// Evidence as group and strength in per cent.
    #[track_caller]
    fn check(evidence: &[(u32, u32)], confidence: u32, n_groups: u16) {
        let mut items: Vec<Weighed> = (0..)
            .zip(evidence)
            .map(|(feed, &(group, percent))| Weighed {
                strength: percent * 10_000,
                group,
                evidence: Evidence { category: Category::Vpn, feed, via: Via::Prefix, age_days: 0 },
            })
            .collect();
        sort(&mut items);
        assert_eq!(hold(&items, |_| true), Held { confidence, n_groups });
        assert_eq!(hold(&items, |_| false), Held::default());
    }

    #[test]
    fn groups_add_up_and_copies_do_not() {
        check(&[(7, 60)], 600_000, 1);
        check(&[(7, 60), (7, 50), (7, 60)], 600_000, 1);
        check(&[(7, 60), (8, 60)], 840_000, 2);
        check(&[(7, 10), (8, 60), (7, 60)], 840_000, 2);
    }

    #[test]
    fn nothing_is_certain() {
        check(&[(7, 100)], 990_000, 1);
        check(&[(7, 95), (8, 95)], 990_000, 2);
    }
}
