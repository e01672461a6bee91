//! All automation of this repository: `cargo xtask --help` lists it.
#![expect(clippy::disallowed_methods, reason = "tasks work on disk, processes and the clock")]
#![expect(clippy::print_stdout, reason = "tasks talk to a terminal")]

mod bench;
mod bless;
mod ci;
mod command;
mod fuzz;
mod geoipupdate;
mod http;
mod server;
mod setup;
mod shots;
mod soak;
mod tidy;
mod workload;

use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Tasks of the ipmint repository", max_term_width = 100)]
struct Args {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Install what the tests need: readers in C, Python and Node, clients, a browser, REDbot, nextest,
    /// valgrind
    Setup,
    /// Do everything CI does, in its order
    Ci,
    /// Check what rustfmt and clippy cannot: layers, file length, fixtures
    Tidy,
    /// Rewrite the golden files of the tests
    Bless,
    /// Take the pictures of the page that its documentation shows
    Shots,
    /// Fuzz the decoders of outside bytes; needs nightly
    Fuzz(fuzz::Args),
    /// Measure ipmint beside its peers on one input, in turns
    Bench(bench::Args),
    /// Load a server while releases come and go: whatever anybody got was published
    Soak(soak::Args),
    /// Run one measurement in this process; `bench` starts these
    #[command(hide = true)]
    BenchOne(bench::OneArgs),
    /// Write a benchmark's input
    Workload {
        /// The CSV file to write; with `--mix large` the folder, to build with
        /// `ipmint build --feeds DIR --root DIR`
        out: PathBuf,
        #[arg(default_value_t = workload::DEFAULT_ROWS)]
        rows: usize,
        #[arg(default_value_t = workload::DEFAULT_SEED)]
        seed: u64,
        /// Prefixes with ASN, organisation and flags as one CSV file, or 80 feeds of all kinds
        #[arg(long, value_enum, default_value_t = Kind::Prefixes)]
        mix: Kind,
        /// Of the large mix: from 2, what changes in three of the feeds, over the first night
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
        night: u64,
    },
}

/// What `workload` writes.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Kind {
    Prefixes,
    Large,
}

fn main() -> ExitCode {
    match run(Args::parse().task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<()> {
    match task {
        Task::Setup => setup::run(),
        Task::Ci => ci::run(),
        Task::Tidy => tidy::run(),
        Task::Bless => bless::run(),
        Task::Shots => shots::run(),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Bench(args) => bench::run(&args),
        Task::Soak(args) => soak::run(&args),
        Task::BenchOne(args) => bench::run_one(&args),
        Task::Workload { out, rows, seed, mix: Kind::Large, night } => {
            workload::Mix { n_rows: rows as u64, seed, night }.write(&out)
        }
        Task::Workload { out, rows, seed, mix: Kind::Prefixes, .. } => {
            let workload = workload::rows(rows, seed)?;
            File::create(&out)
                .and_then(|file| workload.write_csv(file))
                .with_context(|| format!("cannot write {}", out.display()))
        }
    }
}
