//! End-to-end tests, one file per promise.
#![expect(clippy::disallowed_methods, reason = "tests write files")]

mod ageing;
mod agreement;
mod asking;
mod bad_input;
mod catalogue;
mod cli;
mod contacts;
mod corpus;
mod determinism;
mod draw;
#[cfg(target_os = "linux")]
mod faults;
mod fetch_command;
mod fetching;
mod formats;
mod golden;
mod held;
mod interop;
mod keeper;
mod killed;
mod nights;
mod operator;
mod oracle;
mod origin;
mod origin_itself;
mod politeness;
mod readers;
mod recovery;
mod releases;
mod resuming;
mod schema;
mod stand_in;
mod support;
mod synthetic;
mod third_party;
mod tls;
mod updates;
mod world;
mod writer_oracles;
