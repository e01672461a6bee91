//! The benchmark's inputs: prefixes with ASN, organisation, score and flags; and large catalogues ([`mix`]).
//!
//! The reference generator of the prefixes is a Python script whose bytes the published
//! figures of other writers were measured on. This port draws the same numbers
//! in the same order, so that one digest names the input everywhere; that is
//! why [`random`] follows CPython 3.11 to the bit.

mod csv;
mod generate;
mod mix;
mod random;
mod words;

pub(crate) use generate::rows;
pub(crate) use mix::{Mix, POLICY, netset};

/// The seed of the published figures.
pub(crate) const DEFAULT_SEED: u64 = 20_260_101;

/// The size of the published figures.
pub(crate) const DEFAULT_ROWS: usize = 1_000_000;
