//! The command line: words in, exit code out; the only place that prints.

mod args;
mod clock;
mod completions;
mod exit;
mod output;
mod past;
mod progress;
mod releases;
mod reproduce;
mod rules;
mod signing;
mod sources;
mod table;

mod apply;
mod build;
mod build_text;
mod database;
mod diff;
mod enrich;
mod explain;
mod explain_text;
mod export;
mod feeds;
mod fetch;
mod inspect;
mod keys;
mod keys_sign;
mod lookup;
mod map;
mod pull;
mod run;
mod scan;
mod scan_text;
mod serve;
mod status;
mod status_text;
mod verify;

pub use exit::Exit;
pub use run::run;
