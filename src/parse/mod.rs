//! Bytes to entries and faults; pure; one file per format.

mod parsed;

pub use parsed::{Entry, Fault, Label, Parsed, Place, Tally};
