//! From the confidence of each category to the base S, and what each category adds to it.

use crate::feed::Category;
use crate::score::ppm::{divide, multiply};
use crate::score::{Combiner, PPM};

/// A number for each scored category, in order.
pub(super) type ByCategory = [u32; Category::N_SCORED];

/// The base and its parts, in parts per million.
#[derive(Clone, Copy, Debug)]
pub(super) struct Base {
    /// `p = w · C`.
    pub(super) probabilities: ByCategory,
    /// What each category adds; they add up to `total`.
    pub(super) effects: ByCategory,
    /// S.
    pub(super) total: u32,
}

/// Combines categories in their order.
///
/// - noisy or: the effect of a category is its p times what the earlier ones left over;
/// - sum: its p, as far as it fits under 1;
/// - weighted average: how far it moves the rounded running quotient
///   `Σ damped · C / Σ weights`. The divisor holds the policy's own weights, so that a
///   weight factor lowers the average even where one category stands alone.
pub(super) fn combine(
    combiner: Combiner,
    weights: &ByCategory,
    damped: &ByCategory,
    confidences: &ByCategory,
) -> Base {
    let probabilities = std::array::from_fn(|idx| multiply(damped[idx], confidences[idx]));
    let contributing = |idx: usize| confidences[idx] > 0;
    let divisor: u64 = (0..weights.len())
        .filter(|&idx| contributing(idx))
        .map(|idx| u64::from(weights[idx]))
        .sum();
    let mut effects = [0; Category::N_SCORED];
    let mut total = 0;
    let mut dividend = 0;
    for idx in (0..effects.len()).filter(|&idx| contributing(idx)) {
        let probability = probabilities[idx];
        effects[idx] = match combiner {
            Combiner::NoisyOr => multiply(probability, PPM - total),
            Combiner::Sum => probability.min(PPM - total),
            Combiner::WeightedAverage => {
                // Fourteen products of at most 10^12.
                dividend += u64::from(damped[idx]) * u64::from(confidences[idx]);
                divide(dividend, divisor.max(1)) - total
            }
        };
        total += effects[idx];
    }
    Base { probabilities, effects, total }
}

#[cfg(test)]
mod tests {
    use crate::feed::Category;
    use crate::score::Combiner;
    use crate::score::combine::combine;

    /// Two categories: weights .5 and .8, the second damped to .4; confidences .6 and .5.
    #[track_caller]
    fn check(combiner: Combiner, expected_effects: [u32; 2]) {
        let mut weights = [0; Category::N_SCORED];
        weights[..2].copy_from_slice(&[500_000, 800_000]);
        let mut damped = weights;
        damped[1] = 400_000;
        let mut confidences = [0; Category::N_SCORED];
        confidences[..2].copy_from_slice(&[600_000, 500_000]);
        let base = combine(combiner, &weights, &damped, &confidences);
        assert_eq!(base.probabilities[..2], [300_000, 200_000]);
        assert_eq!(base.effects[..2], expected_effects);
        assert_eq!(base.total, expected_effects.iter().sum::<u32>());
    }

    #[test]
    fn effects_add_up_to_the_base() {
        check(Combiner::NoisyOr, [300_000, 140_000]);
        check(Combiner::Sum, [300_000, 200_000]);
        // (.30 + .20) / (.5 + .8)
        check(Combiner::WeightedAverage, [230_769, 153_846]);
    }

    #[test]
    fn a_sum_stops_at_one() {
        let ones = [700_000; Category::N_SCORED];
        let base = combine(Combiner::Sum, &ones, &ones, &ones);
        assert_eq!(base.total, 1_000_000);
        assert_eq!(base.effects[..4], [490_000, 490_000, 20_000, 0]);
    }

    #[test]
    fn no_confidence_is_no_base() {
        let weights = [500_000; Category::N_SCORED];
        for combiner in [Combiner::NoisyOr, Combiner::Sum, Combiner::WeightedAverage] {
            let none = [0; Category::N_SCORED];
            assert_eq!(combine(combiner, &weights, &weights, &none).total, 0);
        }
    }
}
