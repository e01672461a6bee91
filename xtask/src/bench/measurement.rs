//! The named measurements, and how one runs in a process of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use std::{fs, io};

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::bench::{floor, mmdb_writer};

/// One job to measure.
pub(super) struct Measurement {
    pub(super) name: &'static str,
    /// Does the job and writes its output beside the input.
    run: fn(&Job<'_>, &mut Parts) -> Result<()>,
}

/// Every measurement; the first is what the others are compared with.
pub(super) const MEASUREMENTS: [Measurement; 2] = [
    Measurement { name: "floor", run: floor::run },
    Measurement { name: "mmdb-writer", run: mmdb_writer::run },
];

/// What a measurement reads and writes.
pub(super) struct Job<'a> {
    pub(super) input: &'a Path,
    pub(super) output: &'a Path,
}

/// The times of a job's parts, in order.
pub(super) struct Parts {
    start: Instant,
    parts: Vec<(&'static str, Duration)>,
}

impl Parts {
    /// Ends a part: it took the time since the one before it ended.
    pub(super) fn end(&mut self, name: &'static str) {
        self.parts.push((name, self.start.elapsed()));
        self.start = Instant::now();
    }
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
    let mut parts = Parts { start: Instant::now(), parts: Vec::new() };
    let start = Instant::now();
    (measurement.run)(&Job { input: &args.input, output: &args.output }, &mut parts)
        .with_context(|| format!("measurement `{}`", args.name))?;
    let wall = start.elapsed();
    let parts: Vec<Value> =
        parts.parts.iter().map(|(name, time)| json!([name, time.as_secs_f64()])).collect();
    let answer = json!({
        "seconds": wall.as_secs_f64(),
        "parts": parts,
        "peak_bytes": peak_bytes().context("peak memory")?,
        "output_bytes": fs::metadata(&args.output)?.len(),
    });
    println!("{answer}");
    Ok(())
}

/// Finds a measurement by its name.
pub(super) fn find(name: &str) -> Result<&'static Measurement> {
    MEASUREMENTS.iter().find(|measurement| measurement.name == name).with_context(|| {
        let names = MEASUREMENTS.map(|measurement| measurement.name).join(", ");
        format!("no measurement `{name}`; there are {names}")
    })
}

/// Returns the most memory this process held.
///
/// `VmHWM` and not `ru_maxrss`: the latter is inherited from the process that
/// started us, which may have held more (proc(5), getrusage(2)).
fn peak_bytes() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| {
        line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    peak.map(|kib| kib * 1024).ok_or_else(|| io::Error::other("/proc/self/status has no VmHWM"))
}
