//! May this be published? Bytes and what they must say in, [`Passed`] or refusals out; pure.
//!
//! Only [`all`] makes a [`Passed`], and it carries the digests it vouches for: what was not
//! checked cannot be published, nor can other bytes than those that were.

mod canary;
mod coverage;
mod drift;
mod gate;

pub use canary::check_canaries;
pub use coverage::{Covered, coverage};
pub use drift::Baseline;
pub use gate::{Candidate, Gate, GateOutcome, Passed, Refusal, Rules, Verified, all};
