//! Measures whole jobs side by side: the same input, in turns, a process each.
//!
//! Wall times on a shared machine wander; ratios between measurements of one
//! round hold. So every round runs every measurement once, and what is compared
//! is the median of the rounds' ratios to the floor.

mod ask;
pub(crate) mod corpus;
mod fetch;
mod fit;
mod floor;
mod groups;
mod growth;
mod input;
mod instructions;
mod measurement;
mod night;
#[path = "../../../tests/bench/parts.rs"]
mod parts;
mod peers;
mod release;
mod rounds;
mod serve;
mod sets;
mod stages;
mod table;

pub(crate) use groups::{Args, run, smoke};
pub(crate) use measurement::{OneArgs, run_one};
