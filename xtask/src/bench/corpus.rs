//! Real feeds, and how a build of them is measured.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::command::{command, root};

/// How often the process is asked for its peak memory.
const POLL: Duration = Duration::from_millis(5);

/// The day the corpus is of, 2026-08-23, so that no feed has expired since.
pub(crate) const EPOCH: u64 = 1_787_443_200;

/// Where the corpus is, if it is there; a relative `IPMINT_CORPUS` starts at the root.
pub(crate) fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("IPMINT_CORPUS")
        .map_or_else(|| root().join("../shared/corpus"), |folder| root().join(folder));
    folder.is_dir().then_some(folder)
}

/// What a build took.
pub(super) struct Built {
    pub(super) seconds: f64,
    pub(super) peak_bytes: u64,
    /// Its stages and their seconds, as it says itself.
    pub(super) stages: Vec<(String, f64)>,
}

/// Builds as of then, with these arguments of `ipmint`.
pub(super) fn build(arguments: &[PathBuf], epoch: u64) -> Result<Built> {
    let folder = root().join("target/bench");
    let (said, complained) = (folder.join("build.out"), folder.join("build.err"));
    let mut process = command(root().join("target/release/ipmint"), &[]);
    process.args(arguments).env("SOURCE_DATE_EPOCH", epoch.to_string());
    process.stdout(File::create(&said)?).stderr(File::create(&complained)?);
    let (time, peak_kib) = measured(&mut process)
        .with_context(|| fs::read_to_string(&complained).unwrap_or_default())?;
    let stages = stages(&fs::read_to_string(&said)?);
    Ok(Built { seconds: time.as_secs_f64(), peak_bytes: peak_kib * 1024, stages })
}

/// The stages in the last line of a report: `… in 1.23 s (read 0.12 s, claim 0.34 s)`.
fn stages(report: &str) -> Vec<(String, f64)> {
    let line = report.lines().rev().find(|line| line.starts_with("release "));
    let stages = line.and_then(|line| line.rsplit_once('(')).map_or("", |(_, stages)| stages);
    let stage = |text: &str| {
        let (name, seconds) = text.trim_end_matches(')').split_once(' ')?;
        Some((name.to_owned(), seconds.strip_suffix(" s")?.parse().ok()?))
    };
    stages.split(", ").filter_map(stage).collect()
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

#[cfg(test)]
mod tests {
    use crate::bench::corpus::stages;

    #[test]
    fn stages_are_read_from_the_last_line_of_a_report() {
        let report =
            "feed (s)\nrelease 20260823 (new): 5 segments in 8.33 s (read 2.10 s, claim 0.05 s)\n";
        let expected = [("read".to_owned(), 2.1), ("claim".to_owned(), 0.05)];
        assert_eq!(stages(report), expected);
        assert!(stages("no release").is_empty());
    }
}
