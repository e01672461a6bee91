//! Ratios and means of exact counts.

/// A sum of scores: up to 100 times 2^128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct ScoreSum {
    /// In 128ths, rounded down count by count: a sum of scores of counts over 128.
    pub(super) high: u128,
    /// What that leaves.
    pub(super) low: u128,
}

/// How many bits of a count are the low part of a [`ScoreSum`].
pub(super) const LOW_BITS: u32 = 7;

/// Decimal digits of a mean.
const SCALE: u128 = 1_000_000;

impl ScoreSum {
    /// That many addresses of one score.
    pub(super) fn of(score: u8, count: u128) -> Self {
        let score = u128::from(score);
        Self { high: score * (count >> LOW_BITS), low: score * (count & ((1 << LOW_BITS) - 1)) }
    }

    /// Both sums together.
    #[must_use]
    pub(super) fn plus(self, other: Self) -> Self {
        Self { high: self.high + other.high, low: self.low + other.low }
    }

    /// The mean over that many addresses in millionths, rounded half up; 0 of none.
    pub(super) fn mean_millionths(self, count: u128) -> u32 {
        if count == 0 {
            return 0;
        }
        // high * 128 + low, in two words.
        let carried = self.high.checked_add(self.low >> LOW_BITS).expect("100 * 2^121 and less");
        let low = carried << LOW_BITS | (self.low & ((1 << LOW_BITS) - 1));
        let high = carried >> (128 - LOW_BITS);
        // Long division, digit by digit of base 2; then the millionths from what remains.
        let (whole, rest) = divide([high, low], count);
        let (low, high) = wide_product(rest, SCALE);
        let (parts, rest) = divide([high, low], count);
        let half_up = u128::from(rest >= count - rest);
        (whole * SCALE + parts + half_up) as u32
    }

    /// The mean over that many addresses to six digits.
    pub(super) fn mean(self, count: u128) -> f64 {
        f64::from(self.mean_millionths(count)) / SCALE as f64
    }
}

/// What part of a whole something is; 0 of nothing.
pub(super) fn ratio(part: u128, whole: u128) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// Divides 256 bits, of which the quotient fits 128.
fn divide([high, low]: [u128; 2], by: u128) -> (u128, u128) {
    if high == 0 {
        return (low / by, low % by);
    }
    let (mut rest, mut quotient) = (high % by, 0);
    for bit in (0..128).rev() {
        let is_over = rest >> 127 == 1;
        rest = rest << 1 | (low >> bit & 1);
        quotient <<= 1;
        if is_over || rest >= by {
            rest = rest.wrapping_sub(by);
            quotient |= 1;
        }
    }
    (quotient, rest)
}

/// The product with a factor below 2^64: low and high word.
fn wide_product(a: u128, small: u128) -> (u128, u128) {
    let (a_high, a_low) = (a >> 64, a & u128::from(u64::MAX));
    let (low, middle) = (a_low * small, a_high * small);
    let (sum, is_over) = low.overflowing_add(middle << 64);
    (sum, (middle >> 64) + u128::from(is_over))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::query::scan::exact::{ScoreSum, ratio};

    #[track_caller]
    fn check(scores: &[(u8, u128)], expected: f64) {
        let count = scores.iter().map(|&(_, count)| count).sum();
        let sum = scores
            .iter()
            .fold(ScoreSum::default(), |sum, &(score, count)| sum.plus(ScoreSum::of(score, count)));
        assert_eq!(sum.mean(count).to_bits(), expected.to_bits(), "{}", sum.mean(count));
    }

    #[test]
    fn means_are_exact_however_large() {
        check(&[], 0.0);
        check(&[(65, 1), (0, 2)], 21.666_667);
        check(&[(1, 1), (0, 1_999_999)], 0.000_001);
        check(&[(1, 1), (0, 2_000_001)], 0.0);
        check(&[(100, u128::MAX)], 100.0);
        check(&[(100, u128::MAX / 2), (0, u128::MAX / 2)], 50.0);
        check(&[(100, 1 << 127), (33, (1 << 127) - 1)], 66.5);
        check(&[(100, 1 << 126), (0, u128::MAX - (1 << 126))], 25.0);
    }

    #[test]
    fn nothing_of_nothing_is_nothing() {
        assert_eq!(ratio(0, 0).to_bits(), 0.0_f64.to_bits());
        assert_eq!(ratio(1, 4).to_bits(), 0.25_f64.to_bits());
    }

    proptest! {
        #[test]
        fn a_mean_is_what_division_says(scores in prop::collection::vec((0..=100_u8, 1..1_u128 << 90), 1..9)) {
            let count: u128 = scores.iter().map(|&(_, count)| count).sum();
            let total: u128 = scores.iter().map(|&(score, count)| u128::from(score) * count).sum();
            let sum = scores.iter().fold(ScoreSum::default(), |sum, &(score, count)| {
                sum.plus(ScoreSum::of(score, count))
            });
            let expected = (total * 1_000_000 + count / 2) / count;
            prop_assert_eq!(u128::from(sum.mean_millionths(count)), expected);
        }
    }
}
