//! Bytes to entries and faults; pure; one file per format.

mod parsed;

pub use parsed::{Fault, Label, Parsed, Place, Tally};
