//! Set operations beside the program `iprange`: its own job, text in and text out, a process each.

use std::fs::{self, File};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use ipnet::Ipv4Net;

use crate::bench::corpus::{folder, measured};
use crate::bench::groups::Plan;
use crate::bench::instructions::counted;
use crate::bench::night::unpacked;
use crate::bench::table::{median_of, spread};
use crate::command::{command, line, root};
use crate::workload::netset;

/// Small jobs are done so many times in a round, so that a process has a time at all.
const N_SMALL: u32 = 20;

/// Rows of the two generated netsets, and in a smoke test.
const N_ROWS: [[u64; 2]; 2] = [[3_000_000, 1_000_000], [20_000, 10_000]];

/// Threads of ours that are measured beside the one thread that `iprange` has.
const THREADS: [&str; 2] = ["1", "2"];

/// Files and what to do with them; the result of `common` and `except` depends on the order.
struct Job {
    name: String,
    operation: Operation,
    /// One run does the operation on each of these.
    calls: Vec<Vec<PathBuf>>,
    n_repeats: u32,
}

#[derive(Clone, Copy)]
enum Operation {
    Merge,
    Common,
    Except,
}

/// Compares the outputs, measures and prints a table.
pub(super) fn run(plan: &Plan) -> Result<()> {
    let jobs = jobs(plan)?;
    for job in &jobs {
        for files in &job.calls {
            job.operation.compare(&plan.dir, files)?;
        }
    }
    println!("outputs are the same; {} rounds; iprange has one thread\n", plan.n_rounds);
    println!(
        "| job | iprange | ours, 1 thread | times as fast | ours, 2 threads | times as fast | peak memory: iprange, ours | instructions: iprange, ours |"
    );
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for job in &jobs {
        job.measure(&plan.dir, plan.n_rounds)?;
    }
    Ok(())
}

fn jobs(plan: &Plan) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    if let Some(corpus) = folder() {
        let netsets = netsets(&plan.dir, &corpus)?;
        let pairs: Vec<Vec<PathBuf>> = netsets.windows(2).map(<[_]>::to_vec).collect();
        let n = netsets.len();
        // The one that most of the others are in, first.
        let mut excluded = netsets.clone();
        excluded
            .sort_by_key(|path| std::cmp::Reverse(path.metadata().map_or(0, |data| data.len())));
        for (name, operation, calls) in [
            (format!("merge {n} netsets of the corpus"), Operation::Merge, vec![netsets]),
            (format!("intersect {} pairs of them", pairs.len()), Operation::Common, pairs),
            ("the largest without the others".to_owned(), Operation::Except, vec![excluded]),
        ] {
            // Pairs are many small jobs already.
            let n_repeats = if calls.len() > 1 { 1 } else { N_SMALL };
            jobs.push(Job { name, operation, calls, n_repeats });
        }
    } else {
        println!("no corpus here");
    }
    let n_rows = N_ROWS[usize::from(plan.is_smoke)];
    let files = n_rows.map(|n_rows| plan.dir.join(format!("netset-{n_rows}-{}.txt", plan.seed)));
    for ((path, n_rows), number) in files.iter().zip(n_rows).zip(0..) {
        if !path.is_file() {
            netset(path, n_rows, plan.seed, number)?;
        }
    }
    let [large, small] = n_rows.map(|n_rows| n_rows as f64 / 1e6);
    for (name, operation) in [
        ("merge", Operation::Merge),
        ("intersect", Operation::Common),
        ("except", Operation::Except),
    ] {
        jobs.push(Job {
            name: format!("{name}: {large} and {small} million addresses and prefixes"),
            operation,
            calls: vec![files.to_vec()],
            n_repeats: 1,
        });
    }
    Ok(jobs)
}

/// The corpus's netsets as text, by path; empty ones and what is no IPv4 network left out.
fn netsets(dir: &Path, corpus: &Path) -> Result<Vec<PathBuf>> {
    let folder = dir.join("netsets");
    fs::create_dir_all(&folder)?;
    let mut netsets = Vec::new();
    for kind in fs::read_dir(corpus)? {
        let kind = kind?.path();
        if !kind.is_dir() {
            continue;
        }
        for entry in fs::read_dir(kind)? {
            let path = entry?.path();
            let name = path.file_name().context("an entry has a name")?.to_string_lossy();
            let name = name.strip_suffix(".zst").unwrap_or(&name);
            let ending = Path::new(name).extension();
            if !ending.is_some_and(|ending| ending == "netset" || ending == "ipset") {
                continue;
            }
            let text = unpacked(&path)?;
            // `iprange` asks DNS for every word that is no address. Some files are as `ipset save`
            // writes them, `add NAME NETWORK`.
            let words = text.lines().filter(|line| !line.starts_with('#'));
            let words = words.filter_map(|line| line.split_whitespace().last());
            let is_network =
                |word: &&str| word.parse::<Ipv4Net>().is_ok() || word.parse::<Ipv4Addr>().is_ok();
            let rows: String = words.filter(is_network).flat_map(|word| [word, "\n"]).collect();
            if !rows.is_empty() {
                let netset = folder.join(name);
                fs::write(&netset, rows)?;
                netsets.push(netset);
            }
        }
    }
    netsets.sort();
    ensure!(netsets.len() > 1, "{} has no netsets", corpus.display());
    Ok(netsets)
}

impl Operation {
    fn iprange(self, files: &[PathBuf]) -> Command {
        let mut process = command("iprange", &[]);
        match self {
            Self::Merge => process.args(files),
            Self::Common => process.arg("--common").args(files),
            Self::Except => process.arg(&files[0]).arg("--except").args(&files[1..]),
        };
        process
    }

    fn ours(self, files: &[PathBuf], threads: &str) -> Command {
        let name = match self {
            Self::Merge => "merge",
            Self::Common => "common",
            Self::Except => "except",
        };
        let mut process = command(root().join("target/release/examples/sets"), &[name]);
        process.args(files).env("RAYON_NUM_THREADS", threads);
        process
    }

    /// Both say the same.
    fn compare(self, dir: &Path, files: &[PathBuf]) -> Result<()> {
        let (theirs, ours) = (dir.join("sets-iprange.txt"), dir.join("sets-ours.txt"));
        for (mut process, path) in [(self.iprange(files), &theirs), (self.ours(files, "2"), &ours)]
        {
            let status = process.stdout(File::create(path)?).status();
            let status = status.with_context(|| {
                format!("cannot start `{}`; see `cargo xtask setup`", line(&process))
            })?;
            ensure!(status.success(), "`{}` ended with {status}", line(&process));
        }
        let is_same = fs::read(&theirs)? == fs::read(&ours)?;
        ensure!(
            is_same,
            "{} and {} differ: `{}`",
            theirs.display(),
            ours.display(),
            line(&self.iprange(files))
        );
        Ok(())
    }
}

impl Job {
    fn measure(&self, dir: &Path, n_rounds: usize) -> Result<()> {
        let mut theirs = Vec::new();
        let mut ours = [Vec::new(), Vec::new()];
        for round in 1..=n_rounds {
            eprintln!("round {round} of {n_rounds}: {}", self.name);
            theirs.push(self.seconds(dir, |files| self.operation.iprange(files))?);
            for (times, threads) in ours.iter_mut().zip(THREADS) {
                times.push(self.seconds(dir, |files| self.operation.ours(files, threads))?);
            }
        }
        let ratios = |ours: &[f64]| {
            spread(theirs.iter().zip(ours).map(|(their, own)| their / own).collect(), 2)
        };
        let milliseconds = |times: &[f64]| spread(times.iter().map(|time| time * 1e3).collect(), 1);
        let peak = |of: &dyn Fn(&[PathBuf]) -> Command| -> Result<f64> {
            let mut peaks = Vec::new();
            for files in &self.calls {
                let out = File::create(dir.join("sets.out"))?;
                peaks.push(measured(of(files).stdout(out))?.1 as f64 * 1024.0 / 1e6);
            }
            Ok(median_of(peaks))
        };
        // Processes of a few milliseconds are over before they are asked.
        let megabytes = |peak: f64| {
            if peak < 1.0 { "–".to_owned() } else { format!("{peak:.0} MB") }
        };
        println!(
            "| {} | {} ms | {} ms | {} | {} ms | {} | {}, {} | {} |",
            self.name,
            milliseconds(&theirs),
            milliseconds(&ours[0]),
            ratios(&ours[0]),
            milliseconds(&ours[1]),
            ratios(&ours[1]),
            megabytes(peak(&|files| self.operation.iprange(files))?),
            megabytes(peak(&|files| self.operation.ours(files, THREADS[1]))?),
            self.instructions()?,
        );
        Ok(())
    }

    /// Millions of instructions of either, where that takes seconds: of small jobs alone in one call.
    fn instructions(&self) -> Result<String> {
        let [files] = self.calls.as_slice() else { return Ok("–".to_owned()) };
        if self.n_repeats == 1 {
            return Ok("–".to_owned());
        }
        let theirs = counted(&self.operation.iprange(files), &[])?.0;
        let ours = counted(&self.operation.ours(files, THREADS[0]), &[])?.0;
        Ok(format!("{:.1}, {:.1} million", theirs as f64 / 1e6, ours as f64 / 1e6))
    }

    /// The time of one run: processes from start to end, their output to a file.
    fn seconds(&self, dir: &Path, process: impl Fn(&[PathBuf]) -> Command) -> Result<f64> {
        let path = dir.join("sets.out");
        let start = Instant::now();
        for _ in 0..self.n_repeats {
            for files in &self.calls {
                let mut process = process(files);
                let status = process.stdout(File::create(&path)?).status()?;
                ensure!(status.success(), "`{}` ended with {status}", line(&process));
            }
        }
        Ok(start.elapsed().as_secs_f64() / f64::from(self.n_repeats))
    }
}
