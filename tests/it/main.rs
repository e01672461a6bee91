//! End-to-end tests, one file per promise.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod bad_input;
mod cli;
mod readers;
mod recovery;
mod schema;
mod support;
