//! Exact arithmetic on ranges and runs; pure.
//!
//! Everything returns sorted, disjoint, joined runs, whatever the order of what
//! came in, and the same on any number of threads.

mod overlay;
mod range_set;
mod resolve;
mod sets;
mod sweep;

pub use overlay::{MAX_LABELS, Overlaid, overlay};
pub use range_set::RangeSet;
pub use resolve::{Assigned, Resolved, WHOLE, resolve};
pub use sets::{SetId, Sets};
pub use sweep::{Layers, Segments, sweep};
