//! End-to-end tests, one file per promise.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod agreement;
mod corpus;
mod determinism;
mod draw;
mod interop;
mod oracle;
mod readers;
mod synthetic;
mod third_party;
mod world;
mod writer_oracles;
