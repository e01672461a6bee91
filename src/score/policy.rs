//! The policy: weights, decay, thresholds; the numbers of SCORING, changeable in `feeds/policy.toml`.

use crate::feed::Category;

/// How category probabilities become one score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combiner {
    /// `1 - Π (1 - p)`.
    NoisyOr,
    /// `Σ p`, at most 1.
    Sum,
    /// `Σ w·C / Σ w` over the categories that contribute.
    WeightedAverage,
}

/// What a scored category counts for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CategoryPolicy {
    /// Weight, per mille.
    pub weight: u16,
    /// Floor of the score where it is held with confidence, 0 to 100; 0 = none.
    pub floor: u16,
    /// Days after which evidence counts half; `None` = it does not decay.
    pub half_life_days: Option<u32>,
}

/// How much a way counts, per mille.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViaPolicy {
    /// Listed itself.
    pub prefix: u16,
    /// Through its origin AS.
    pub asn: u16,
    /// Through its country.
    pub country: u16,
}

/// A network about which a release must, or must not, say something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// The network, as written.
    pub network: String,
    /// Signals that must be true.
    pub must: Vec<Category>,
    /// Signals that must not be true.
    pub must_not: Vec<Category>,
}

/// The policy, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Per mille of confidence from which a signal is true.
    pub signal_threshold: u16,
    /// How probabilities combine.
    pub combiner: Combiner,
    /// How much each way counts.
    pub via: ViaPolicy,
    /// Ages are floored to one of these, ascending, the first 0.
    pub age_steps_days: Vec<u16>,
    /// By scored category, in order.
    pub categories: [CategoryPolicy; Category::N_SCORED],
    /// What a release must and must not say.
    pub canaries: Vec<Canary>,
}
