//! Exact arithmetic on ranges and runs; pure.
//!
//! Everything returns sorted, disjoint, joined runs, whatever the order of what
//! came in, and the same on any number of threads.

mod crossing;
mod cuts;
mod order;
mod overlay;
mod range_set;
mod resolve;
mod sets;
mod sweep;

pub use order::{covered, is_ordered, joined, order};
pub use overlay::{MAX_LABELS, Overlaid, overlay};
pub use range_set::RangeSet;
pub use resolve::{Assignments, Piece, Resolved, resolve};
pub use sets::{SetId, Sets};
pub use sweep::{Layers, sweep};
