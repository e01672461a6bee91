//! Claims on a segment to a verdict; pure.

mod evidence;
mod policy;

pub use evidence::{Evidence, Via, Witness};
pub use policy::{Canary, CategoryPolicy, Combiner, Policy, ViaPolicy};
