//! A server under load while the store below it changes: releases are published, rolled back and
//! pruned by the real command, and every byte that anybody got has to be of a published file.
//!
//! ```text
//! run ─┬─ publisher   a tiny catalogue, and a release every moment
//!      ├─ visitors    threads that ask in every way there is
//!      └─ ledger      every file that was ever published; judges what came
//! ```

mod ledger;
mod publisher;
mod run;
mod visitors;

pub(crate) use run::{Args, run, smoke};
