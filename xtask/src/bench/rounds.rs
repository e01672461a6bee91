//! Runs the rounds and gathers what the processes answer.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bench::measurement::{MEASUREMENTS, Work, find};
use crate::bench::{ask, corpus, fetch, release, serve, table};
use crate::command::{self, cargo, root};
use crate::workload::{self, DEFAULT_ROWS, DEFAULT_SEED};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to measure, beside the floor; `fetch`, `release`, `serve` or `ask` alone is just that [default: everything]
    names: Vec<String>,
    /// How often
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rows of the input
    #[arg(long, default_value_t = DEFAULT_ROWS)]
    rows: usize,
    /// Seed of the input
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
}

/// The answer of one process.
pub(super) struct Sample {
    pub(super) seconds: f64,
    pub(super) parts: Vec<(String, f64)>,
    pub(super) peak_bytes: u64,
    pub(super) output_bytes: u64,
}

/// A measurement's answers, one for each round.
pub(super) struct Samples {
    pub(super) name: &'static str,
    pub(super) samples: Vec<Sample>,
}

/// Measures and prints a table.
pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(args.rounds > 0, "`--rounds` is 0; at least one round is needed");
    let is_alone = |name: &str| args.names == [name];
    let is_job = ["fetch", "release", "serve", "ask"].into_iter().any(is_alone);
    // Its file is of another size than the rest.
    let serve_size = if args.rows < DEFAULT_ROWS { serve::Size::SMOKE } else { serve::Size::FULL };
    let mut names = vec![MEASUREMENTS[0].name];
    if args.names.is_empty() {
        names.extend(MEASUREMENTS[1..].iter().map(|measurement| measurement.name));
    }
    for name in args.names.iter().filter(|_| !is_job) {
        let name = find(name)?.name;
        if !names.contains(&name) {
            names.push(name);
        }
    }
    // Even when this very process was built for debugging. Only this package, as
    // `cargo xtask` has it: with others cargo would unify features and build anew.
    command::run(&mut cargo(&["build", "--quiet", "--release", "--package", "xtask"]))?;
    // And as the tests have it.
    command::run(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--bins",
        "--examples",
    ]))?;
    let dir = root().join("target/bench");
    fs::create_dir_all(&dir).with_context(|| format!("cannot create {}", dir.display()))?;
    if is_alone("serve") {
        return serve::run(&dir, &serve_size, args.rounds);
    }
    let ask_size = if args.rows < DEFAULT_ROWS { ask::Size::SMOKE } else { ask::Size::FULL };
    if is_alone("ask") {
        return ask::run(&dir, &ask_size, args.rounds);
    }
    let input = input(&dir, args.rows, args.seed)?;
    if is_alone("fetch") {
        return fetch::run(&dir, &input, args.rounds);
    }
    if is_alone("release") {
        return release::run(&dir, &input, args.rounds);
    }
    let mut all: Vec<Samples> =
        names.iter().map(|&name| Samples { name, samples: Vec::new() }).collect();
    for round in 1..=args.rounds {
        for measured in &mut all {
            eprintln!("round {round} of {}: {}", args.rounds, measured.name);
            measured.samples.push(sample(&dir, measured.name, &input)?);
        }
    }
    println!("{} rows, seed {}, {} rounds", args.rows, args.seed, args.rounds);
    print!("{}\n{}", table::render(&all), table::against_insertion(&all));
    if args.names.is_empty() {
        corpus::run(&dir, args.rounds)?;
        fetch::run(&dir, &input, args.rounds)?;
        release::run(&dir, &input, args.rounds)?;
        serve::run(&dir, &serve_size, args.rounds)?;
        ask::run(&dir, &ask_size, args.rounds)?;
    }
    Ok(())
}

/// Runs everything once on a small input: it works, whatever the times.
pub(crate) fn smoke() -> Result<()> {
    run(&Args { names: Vec::new(), rounds: 1, rows: 20_000, seed: DEFAULT_SEED })
}

/// Writes the input, unless an earlier run left it.
pub(super) fn input(dir: &Path, n_rows: usize, seed: u64) -> Result<PathBuf> {
    let path = dir.join(format!("workload-{n_rows}-{seed}.csv"));
    if !path.is_file() {
        let unfinished = path.with_extension("part");
        let workload = workload::rows(n_rows, seed)?;
        File::create(&unfinished)
            .and_then(|file| workload.write_csv(file))
            .and_then(|()| fs::rename(&unfinished, &path))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(path)
}

fn sample(dir: &Path, name: &str, input: &Path) -> Result<Sample> {
    let release = root().join("target/release");
    let output = dir.join(format!("{name}.out"));
    let mut process = match find(name)?.work {
        Work::Here(_) => {
            let mut process = command::command(release.join("xtask"), &["bench-one", name]);
            process.arg(input).arg(output);
            process
        }
        Work::Library(threads) => {
            let mut process = command::command(release.join("examples/rows"), &[]);
            process.arg(input).arg(output).arg(threads);
            process
        }
    };
    let answer: Value = serde_json::from_str(&command::output(&mut process)?)?;
    parse(&answer).with_context(|| format!("`{name}` answered {answer}"))
}

fn parse(answer: &Value) -> Option<Sample> {
    let parts = answer["parts"]
        .as_array()?
        .iter()
        .map(|part| Some((part[0].as_str()?.to_owned(), part[1].as_f64()?)));
    Some(Sample {
        seconds: answer["seconds"].as_f64()?,
        parts: parts.collect::<Option<_>>()?,
        peak_bytes: answer["peak_bytes"].as_u64()?,
        output_bytes: answer["output_bytes"].as_u64()?,
    })
}
