//! The whole pipeline over real feeds: `ipmint build` on the corpus catalogue.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::bench::table::spread;
use crate::command::{command, root};

/// How often the process is asked for its peak memory.
const POLL: Duration = Duration::from_millis(5);

/// The day the corpus is of, 2026-08-23, so that no feed has expired since.
pub(super) const EPOCH: u64 = 1_787_443_200;

/// Builds and prints a line; on the sample, and saying so, where there is no corpus.
pub(super) fn run(dir: &Path, n_rounds: usize) -> Result<()> {
    let output = dir.join("store");
    let mut arguments = vec!["build".into(), "--json".into(), "--output".into(), output.clone()];
    let name = if let Some(corpus) = folder() {
        let feeds = root().join("tests/corpus");
        arguments.extend(["--feeds".into(), feeds, "--root".into(), corpus]);
        "corpus"
    } else {
        arguments.push("--sample".into());
        "sample (no corpus here)"
    };
    let mut seconds = Vec::new();
    let mut peaks = Vec::new();
    for round in 1..=n_rounds {
        eprintln!("round {round} of {n_rounds}: build of the {name}");
        if output.exists() {
            fs::remove_dir_all(&output).context("cannot clear the store")?;
        }
        let (time, peak_kib) = build(&arguments, EPOCH)?;
        seconds.push(time.as_secs_f64());
        peaks.push(peak_kib as f64 * 1024.0 / 1e6);
    }
    println!(
        "\nipmint build of the {name}: {} s, peak {} MB",
        spread(seconds, 2),
        spread(peaks, 0)
    );
    Ok(())
}

/// Where the corpus is, if it is there; a relative `IPMINT_CORPUS` starts at the root.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("IPMINT_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), |folder| root().join(folder));
    folder.is_dir().then_some(folder)
}

/// Builds as of then: how long it took, and its peak memory in KiB.
pub(super) fn build(arguments: &[PathBuf], epoch: u64) -> Result<(Duration, u64)> {
    let mut process = command(root().join("target/release/ipmint"), &[]);
    process.args(arguments).env("SOURCE_DATE_EPOCH", epoch.to_string());
    process.stdout(Stdio::null()).stderr(Stdio::null());
    measured(&mut process)
}

/// Runs a process to its end: how long it took, and its peak memory in KiB.
pub(super) fn measured(process: &mut Command) -> Result<(Duration, u64)> {
    let name = process.get_program().to_string_lossy().into_owned();
    let start = Instant::now();
    let mut child = process.spawn().with_context(|| format!("cannot start {name}"))?;
    let status_file = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0;
    let status = loop {
        // Gone with the process: the last answer before that stands.
        peak_kib = peak_of(&status_file).unwrap_or(0).max(peak_kib);
        if let Some(status) = child.try_wait().with_context(|| format!("cannot wait for {name}"))? {
            break status;
        }
        sleep(POLL);
    };
    let time = start.elapsed();
    ensure!(status.success(), "{name} ended with {status}");
    Ok((time, peak_kib))
}

fn peak_of(status_file: &str) -> Option<u64> {
    let status = fs::read_to_string(status_file).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}
