//! Decay: how much evidence of an age still counts, as exact integers.
//!
//! `2^(-age / half_life)` in parts per million, rounded half up. No floating point,
//! because two platforms may round `exp2` differently and a release must be the same
//! bytes everywhere. The power is a product of square roots of one half,
//! `2^-1/2 · 2^-1/4 · 2^-1/8 …`, one for each bit of the fraction, in 64-bit fixed point.
//!
//! Error bound: a root is cut below 2^-64 and a product has at most 64 of them, each step
//! cutting less than 2^-64 again, and the fraction's bits end at 2^-64: all in all less
//! than 2^-57, that is 10^-11 parts per million, before the one rounding. Whole
//! half-lives are exact.

use crate::feed::Category;
use crate::score::{PPM, Policy};

/// The factor below which evidence has expired (SCORING, "Evidence" 1).
pub const EXPIRED_BELOW: u32 = 50_000;

/// One, in the 64-bit fixed point of this file.
const ONE: u128 = 1 << 64;

/// The decay factors and age steps of a policy, worked out once.
#[derive(Clone, Debug)]
pub struct DecayTable {
    /// For each scored category, the factor by age; ends before the first that has
    /// expired. `None` where evidence does not decay.
    factors: [Option<Vec<u32>>; Category::N_SCORED],
    /// Ascending, the first 0.
    age_steps_days: Vec<u16>,
}

impl DecayTable {
    /// Works out every factor the policy can ask for.
    pub fn new(policy: &Policy) -> Self {
        let roots = roots_of_half();
        let factors = policy.categories.map(|category| {
            let half_life_days = category.half_life_days?;
            let by_age = (0..=u16::MAX)
                .map(|age_days| half_to_the(&roots, age_days, half_life_days))
                .take_while(|&factor| factor >= EXPIRED_BELOW)
                .collect();
            Some(by_age)
        });
        Self { factors, age_steps_days: policy.age_steps_days.clone() }
    }

    /// Returns how much evidence of that age counts, in parts per million; 0 once it has
    /// expired. Plain signals, and categories without a half-life, always count in full.
    #[inline]
    pub fn factor(&self, category: Category, age_days: u16) -> u32 {
        match self.factors.get(category as usize) {
            Some(Some(by_age)) => by_age.get(usize::from(age_days)).copied().unwrap_or(0),
            _ => PPM,
        }
    }

    /// Whether evidence of that age no longer counts.
    pub fn is_expired(&self, category: Category, age_days: u16) -> bool {
        self.factor(category, age_days) == 0
    }

    /// Returns the last step that does not come after `days`.
    pub fn floor_age(&self, days: u32) -> u16 {
        let n_reached = self.age_steps_days.partition_point(|&step| u32::from(step) <= days);
        n_reached.checked_sub(1).map_or(0, |step_idx| self.age_steps_days[step_idx])
    }
}

/// Returns `2^-1/2, 2^-1/4, 2^-1/8 …`, each rounded down.
fn roots_of_half() -> [u128; 64] {
    let mut power = ONE / 2;
    std::array::from_fn(|_| {
        power = (power * ONE).isqrt();
        power
    })
}

/// Returns `2^(-age / half_life)` in parts per million, rounded half up.
fn half_to_the(roots: &[u128; 64], age_days: u16, half_life_days: u32) -> u32 {
    // A half-life of nothing: gone the day after. The policy's reader refuses it.
    let (age, half_life) = (u128::from(age_days), u128::from(half_life_days.max(1)));
    let n_halvings = age / half_life;
    if n_halvings > 20 {
        return 0; // less than one part per million
    }
    let fraction = (age % half_life) * ONE / half_life;
    let mut power = ONE;
    for (bit, root) in (0..64).rev().zip(roots) {
        if fraction >> bit & 1 == 1 {
            // At most ONE times less than ONE: below 2^128.
            power = power * root / ONE;
        }
    }
    let scaled = power * u128::from(PPM);
    let unit = ONE << n_halvings;
    ((scaled + unit / 2) / unit) as u32 // at most PPM
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::feed::Category;
    use crate::score::decay::{half_to_the, roots_of_half};
    use crate::score::{DecayTable, Policy};

    #[track_caller]
    fn check(category: Category, age_days: u16, expected: u32) {
        let table = DecayTable::new(&Policy::default());
        assert_eq!(table.factor(category, age_days), expected);
        assert_eq!(table.is_expired(category, age_days), expected == 0);
    }

    #[test]
    fn evidence_fades_by_half_lives() {
        check(Category::TorExit, 0, 1_000_000);
        check(Category::TorExit, 1, 707_107);
        check(Category::TorExit, 2, 500_000);
        check(Category::Proxy, 10, 99_213);
        check(Category::Vpn, 30, 629_961);
        check(Category::Spam, 14, 500_000);
        check(Category::Spam, 28, 250_000);
    }

    #[test]
    fn evidence_expires_below_a_twentieth() {
        check(Category::TorExit, 8, 62_500);
        check(Category::TorExit, 9, 0);
        check(Category::TorExit, u16::MAX, 0);
        check(Category::Hosting, u16::MAX, 1_000_000);
        check(Category::Cgnat, u16::MAX, 1_000_000);
    }

    #[test]
    fn ages_are_floored_to_a_step() {
        let table = DecayTable::new(&Policy::default());
        for (days, step) in [(0, 0), (3, 3), (4, 3), (6, 5), (179, 120), (180, 180)] {
            assert_eq!(table.floor_age(days), step);
        }
        assert_eq!(table.floor_age(u32::MAX), 180);
    }

    proptest! {
        /// `f64` is within 1e-15 here, so it may differ only where it stands on a half.
        #[test]
        fn factors_agree_with_floating_point(age: u16, half_life in 1_u32..5000) {
            let exact = half_to_the(&roots_of_half(), age, half_life);
            let float = (-f64::from(age) / f64::from(half_life)).exp2() * 1e6;
            prop_assert!((f64::from(exact) - float).abs() < 0.500_001, "{exact} {float}");
        }

        #[test]
        fn older_never_counts_more(age in 0..u16::MAX, half_life in 1_u32..5000) {
            let roots = roots_of_half();
            prop_assert!(half_to_the(&roots, age + 1, half_life) <= half_to_the(&roots, age, half_life));
        }
    }
}
