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

impl Default for Policy {
    /// The table of SCORING; what `feeds/policy.toml` says when it says nothing.
    fn default() -> Self {
        let category =
            |weight, floor, half_life_days| CategoryPolicy { weight, floor, half_life_days };
        let categories = [
            category(720, 90, Some(2)),  // tor_exit
            category(100, 0, Some(2)),   // tor_relay
            category(600, 65, Some(3)),  // proxy
            category(600, 65, Some(7)),  // residential_proxy
            category(600, 65, Some(7)),  // mobile_proxy
            category(350, 65, Some(45)), // vpn
            category(50, 0, None),       // relay
            category(180, 35, None),     // hosting
            category(400, 70, Some(14)), // spam
            category(460, 55, Some(14)), // attacker
            category(900, 90, None),     // drop
            category(950, 95, Some(14)), // c2
            category(800, 80, Some(14)), // botnet
            category(800, 80, Some(14)), // malware
        ];
        Self {
            signal_threshold: 200,
            combiner: Combiner::NoisyOr,
            via: ViaPolicy { prefix: 1000, asn: 600, country: 300 },
            age_steps_days: vec![0, 1, 2, 3, 5, 7, 10, 14, 21, 30, 45, 60, 90, 120, 180],
            categories,
            canaries: Vec::new(),
        }
    }
}
