//! End-to-end tests, one file per promise.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod ageing;
mod agreement;
mod bad_input;
mod cli;
mod corpus;
mod determinism;
mod draw;
mod formats;
mod golden;
mod interop;
mod oracle;
mod readers;
mod recovery;
mod schema;
mod support;
mod synthetic;
mod third_party;
mod world;
mod writer_oracles;
