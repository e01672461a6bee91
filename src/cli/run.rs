//! From arguments to the command they name.

use std::ffi::OsString;

use clap::Parser as _;

use crate::cli::args::{Cli, Command};
use crate::cli::{
    Exit, apply, build, completions, diff, enrich, explain, export, feeds, fetch, inspect, keys,
    lookup, output, pull, releases, scan, serve, verify,
};

/// Runs a command line; help and usage errors end the process as clap has it.
///
/// # Errors
/// What to print on standard error; [`Exit::of`] tells its code.
pub fn run(args: impl IntoIterator<Item = OsString>) -> anyhow::Result<Exit> {
    let cli = Cli::parse_from(args);
    let done = match cli.command {
        Command::Build(args) => build::run(&args),
        Command::Fetch(args) => fetch::run(&args),
        Command::Lookup(args) => lookup::run(&args),
        Command::Enrich(args) => enrich::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Scan(args) => scan::run(&args),
        Command::Inspect(args) => inspect::run(&args),
        Command::Verify(args) => verify::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Feeds(args) => feeds::run(&args),
        Command::Releases(args) => releases::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Pull(args) => pull::run(&args),
        Command::Apply(args) => apply::run(&args),
        Command::Keys(args) => keys::run(&args),
        Command::Completions(args) => completions::run(&args),
    };
    match done {
        Err(error) if output::is_closed_pipe(&error) => Ok(Exit::Done),
        done => done,
    }
}
