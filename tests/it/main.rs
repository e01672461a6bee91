//! End-to-end tests, one file per promise.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod agreement;
mod bad_input;
mod cli;
mod draw;
mod golden;
mod interop;
mod oracle;
mod readers;
mod recovery;
mod schema;
mod support;
mod synthetic;
mod world;
