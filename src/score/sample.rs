//! Evidence for the tests of this layer: written by hand, and arbitrary.

use proptest::prelude::*;

use crate::feed::Category;
use crate::score::{Combiner, Evidence, Policy, Via, Witness};

/// Witnesses and evidence, together because evidence is an index into witnesses.
#[derive(Clone, Debug, Default)]
pub(super) struct Sample {
    pub(super) witnesses: Vec<Witness>,
    pub(super) evidence: Vec<Evidence>,
}

impl Sample {
    /// Adds a claim by a feed of its own, in a group of its own.
    pub(super) fn claim(mut self, category: Category, reliability: u16, age_days: u16) -> Self {
        let feed = self.witnesses.len() as u32;
        self.witnesses.push(Witness { reliability, group: 100 + feed });
        self.evidence.push(Evidence { category, feed, via: Via::Prefix, age_days });
        self
    }

    /// Changes the way of the last claim.
    pub(super) fn via(mut self, via: Via) -> Self {
        if let Some(last) = self.evidence.last_mut() {
            last.via = via;
        }
        self
    }
}

/// Up to ten claims by eight feeds in five groups; plain signals are rare, or every
/// sample would be ruled by the operator.
pub(super) fn any_sample() -> impl Strategy<Value = Sample> {
    let witness =
        (0..=1000_u16, 0..5_u32).prop_map(|(reliability, group)| Witness { reliability, group });
    let scored = (0..Category::N_SCORED).prop_map(|idx| Category::ALL[idx]);
    let plain = (Category::N_SCORED..Category::ALL.len()).prop_map(|idx| Category::ALL[idx]);
    let via = prop_oneof![4 => Just(Via::Prefix), 2 => Just(Via::Asn), 1 => Just(Via::Country)];
    let age = proptest::sample::select(vec![0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 180]);
    let evidence = (prop_oneof![12 => scored, 1 => plain], 0..8_u32, via, age)
        .prop_map(|(category, feed, via, age_days)| Evidence { category, feed, via, age_days });
    let evidence = proptest::collection::vec(evidence, 0..=10);
    (proptest::collection::vec(witness, 8), evidence)
        .prop_map(|(witnesses, evidence)| Sample { witnesses, evidence })
}

/// The default policy with any combiner.
pub(super) fn any_policy() -> impl Strategy<Value = Policy> {
    use Combiner::{NoisyOr, Sum, WeightedAverage};
    proptest::sample::select(vec![NoisyOr, Sum, WeightedAverage])
        .prop_map(|combiner| Policy { combiner, ..Policy::default() })
}
