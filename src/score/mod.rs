//! Claims on a segment to a verdict; pure.
//!
//! ```text
//! Evidence -> weighed (decay, tally) -> settled (rule, combine) -> Verdict
//!                                                               -> Explanation
//! ```
//! Numbers are integers, in parts per million where they are probabilities. The verdict
//! depends on the set of evidence alone: items are put in one order before anything is
//! multiplied. Views that other services print are made from verdicts elsewhere.

mod assess;
mod canary;
mod combine;
mod decay;
mod evidence;
mod explain;
mod explanation;
#[cfg(test)]
mod model;
mod overrides;
mod policy;
mod policy_file;
mod ppm;
mod rule;
#[cfg(test)]
mod sample;
mod settle;
mod signals;
mod tally;
mod verdict;

pub use assess::Assessor;
pub use canary::{Addresses, Canary, CanaryNetwork, CanaryNetworkError};
pub use decay::{DecayTable, EXPIRED_BELOW};
pub use evidence::{Evidence, Via, Witness};
pub use explanation::{
    Adjustment, Claim, ConsideredFloor, Effect, Explanation, FloorOutcome, Mover, PlainClaim,
    Standing, WithheldSignal,
};
pub use overrides::{Override, Overrides, Replacement};
pub use policy::{
    CategoryPolicy, Combiner, DriftLimit, GatePolicy, Policy, ReleasePolicy, ViaPolicy,
};
pub use ppm::{PPM, to_percent};
pub use signals::Signals;
pub use verdict::{Recommendation, RiskLevel, Verdict};
