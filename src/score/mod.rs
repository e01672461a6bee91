//! Claims on a segment to a verdict; pure.

mod decay;
mod evidence;
mod policy;
mod ppm;

pub use decay::{DecayTable, EXPIRED_BELOW};
pub use evidence::{Evidence, Via, Witness};
pub use policy::{Canary, CategoryPolicy, Combiner, Policy, ViaPolicy};
pub use ppm::PPM;
