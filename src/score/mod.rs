//! Claims on a segment to a verdict; pure.

mod evidence;
mod policy;
mod policy_file;

pub use evidence::{Evidence, Via, Witness};
pub use policy::{Canary, CategoryPolicy, Combiner, Policy, ReleasePolicy, ViaPolicy};
