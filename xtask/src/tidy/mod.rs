//! Checks that rustfmt and clippy have no word for.
//!
//! A check is a function from a file's path and text to [`problem::Problem`]s;
//! only [`tree`] reads the disk.

mod fixtures;
mod layers;
mod page;
mod problem;
mod source;
mod text;
mod tree;

pub(crate) use tree::run;
