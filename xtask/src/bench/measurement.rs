//! The named measurements, and how one runs in a process of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::bench::parts::Parts;
use crate::bench::{floor, peers};

/// One job to measure.
pub(super) struct Measurement {
    pub(super) name: &'static str,
    pub(super) work: Work,
}

/// Who does the job.
#[derive(Clone, Copy)]
pub(super) enum Work {
    /// A process of these tasks.
    Here(fn(&Job<'_>, &mut Parts) -> Result<()>),
    /// `tests/bench/rows.rs`, the library itself, on so many threads.
    Library(&'static str),
}

/// Every measurement; the first is what the others are compared with.
pub(super) const MEASUREMENTS: [Measurement; 6] = [
    Measurement { name: "floor", work: Work::Here(floor::run) },
    Measurement { name: "ipmint-1-thread", work: Work::Library("1") },
    Measurement { name: "ipmint-2-threads", work: Work::Library("2") },
    Measurement { name: peers::INSERTING[0].0, work: Work::Here(peers::mmdb_writer::run) },
    Measurement { name: peers::INSERTING[1].0, work: Work::Here(peers::libmaxminddb::run) },
    Measurement { name: peers::INSERTING[2].0, work: Work::Here(peers::maxminddb_writer::run) },
];

/// What a measurement reads and writes.
pub(super) struct Job<'a> {
    pub(super) input: &'a Path,
    pub(super) output: &'a Path,
}

#[derive(clap::Args)]
pub(crate) struct OneArgs {
    /// Name of the measurement
    name: String,
    /// The input
    input: PathBuf,
    /// Where the job's output goes
    output: PathBuf,
}

/// Runs one measurement and prints a JSON object for `bench`.
pub(crate) fn run_one(args: &OneArgs) -> Result<()> {
    let measurement = find(&args.name)?;
    let Work::Here(run) = measurement.work else {
        bail!("`{}` is a program of its own", args.name);
    };
    let mut parts = Parts::start();
    run(&Job { input: &args.input, output: &args.output }, &mut parts)
        .with_context(|| format!("measurement `{}`", args.name))?;
    println!("{}", parts.finish(&args.output)?);
    Ok(())
}

/// Finds a measurement by its name.
pub(super) fn find(name: &str) -> Result<&'static Measurement> {
    MEASUREMENTS.iter().find(|measurement| measurement.name == name).with_context(|| {
        let names = MEASUREMENTS.map(|measurement| measurement.name).join(", ");
        format!("no measurement `{name}`; there are {names}")
    })
}
