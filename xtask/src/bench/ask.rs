//! Questions: single look-ups beside the `maxminddb` crate and nginx, batches, scans, log files, other days; on
//! the corpus, or the sample where there is none.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::bench::corpus::{EPOCH, build, folder};
use crate::bench::serve::questions;
use crate::bench::table::spread;
use crate::command::{command, output, root};

/// How many there are.
const N_NIGHTS: u64 = 3;

/// How much is asked.
pub(super) struct Size {
    /// Single look-ups.
    n_lookups: usize,
    /// Lines of logs.
    n_lines: usize,
    /// Of one load over HTTP.
    seconds: u32,
    /// Whether the nights are of the corpus, where it is.
    is_corpus: bool,
}

impl Size {
    /// What BENCHMARKS.md shows.
    pub(super) const FULL: Self =
        Self { n_lookups: 1_000_000, n_lines: 2_000_000, seconds: 4, is_corpus: true };
    /// Whether it works at all.
    pub(super) const SMOKE: Self =
        Self { n_lookups: 10_000, n_lines: 20_000, seconds: 1, is_corpus: false };
}

/// Measures and prints.
pub(super) fn run(dir: &Path, size: &Size, n_rounds: usize) -> Result<()> {
    let store = store(dir, size.is_corpus)?;
    let full = full(&store)?;
    let n_bytes = fs::metadata(&full)?.len();
    println!("\nquestions to a `full` of {n_bytes} bytes");
    println!("{}", lookups(&full, size.n_lookups, n_rounds)?);
    print!("{}", questions(dir, &store, size.seconds, n_rounds)?);
    for (example, arguments) in [
        ("scan", vec![full.clone()]),
        ("enrich", vec![full.clone(), size.n_lines.to_string().into(), "2".into()]),
        ("past", vec![store.clone()]),
    ] {
        println!("\n{example}");
        for round in 1..=n_rounds {
            eprintln!("round {round} of {n_rounds}: {example}");
            let mut process = command(self::example(example), &[]);
            print!("{}", output(process.args(&arguments))?);
        }
    }
    Ok(())
}

/// The time of one look-up, ours and the crate's, and instructions, which no other load changes.
fn lookups(full: &Path, n_lookups: usize, n_rounds: usize) -> Result<String> {
    let numbers = [n_lookups, n_rounds].map(|number| number.to_string());
    eprintln!("{n_rounds} rounds of single look-ups");
    let answer = output(command(example("ask"), &[]).arg(full).args(&numbers))?;
    let answer: Value = serde_json::from_str(&answer)?;
    let figures = |name: &str| -> Vec<f64> {
        let figures = answer[name].as_array().map(Vec::as_slice).unwrap_or_default();
        figures.iter().filter_map(Value::as_f64).collect()
    };
    let (ours, theirs) = (figures("ours_ns"), figures("maxminddb_ns"));
    let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
    let instructions = ["ours", "theirs"].map(|who| instructions(full, who));
    let [our_count, their_count] = instructions;
    Ok(format!(
        "look-up and record, ours       {} ns, {:.0} instructions\n\
         the same by `maxminddb`        {} ns, {:.0} instructions\n\
         ratio                          {} (goal 1.2)",
        spread(ours, 0),
        our_count?,
        spread(theirs, 0),
        their_count?,
        spread(ratios, 2),
    ))
}

/// Instructions of one look-up: those of many less those of few, so that the rest falls out.
fn instructions(full: &Path, who: &str) -> Result<f64> {
    let [few, many] = [1_000, 11_000];
    let count = |n: u32| -> Result<f64> {
        let mut valgrind =
            command("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
        let process = valgrind.arg(example("ask")).arg(full).args([&n.to_string(), who]);
        let told = process.output().context("cannot start valgrind")?.stderr;
        let told = String::from_utf8_lossy(&told).into_owned();
        let collected = told.lines().find_map(|line| line.split("Collected : ").nth(1));
        let collected = collected.with_context(|| format!("valgrind said {told}"))?;
        Ok(collected.trim().parse()?)
    };
    Ok((count(many)? - count(few)?) / f64::from(many - few))
}

/// A store of some nights; an earlier run may have left it.
fn store(dir: &Path, is_corpus: bool) -> Result<PathBuf> {
    let corpus = folder().filter(|_| is_corpus);
    let store = dir.join(if corpus.is_some() { "ask-store" } else { "ask-sample" });
    if store.join("index.json").is_file() {
        return Ok(store);
    }
    for night in 0..N_NIGHTS {
        let mut arguments = vec!["build".into(), "--edition".into(), "full".into()];
        arguments.extend(["--output".into(), store.clone()]);
        if let Some(corpus) = &corpus {
            arguments.extend(["--feeds".into(), feeds(dir)?, "--root".into(), corpus.clone()]);
        } else {
            arguments.push("--sample".into());
        }
        eprintln!("night {} of {N_NIGHTS}: building", night + 1);
        build(&arguments, EPOCH + night * 86_400)?;
    }
    Ok(store)
}

/// The catalogue of the corpus, with a policy that keeps a history.
fn feeds(dir: &Path) -> Result<PathBuf> {
    let (shipped, feeds) = (root().join("tests/corpus"), dir.join("ask-feeds"));
    if !feeds.is_dir() {
        output(command("cp", &["-r"]).args([&shipped, &feeds]))?;
        let policy = feeds.join("policy.toml");
        let text = fs::read_to_string(&policy)?;
        let kept = text.replace("history = false", "history = true");
        ensure!(kept != text, "{} says nothing of the history", policy.display());
        fs::write(policy, kept)?;
    }
    Ok(feeds)
}

/// The newest `full` of a store.
fn full(store: &Path) -> Result<PathBuf> {
    let index: Value = serde_json::from_slice(&fs::read(store.join("index.json"))?)?;
    let version = index["current"].as_str().context("an index without a current release")?;
    Ok(store.join("releases").join(version).join("full.mmdb"))
}

fn example(name: &str) -> PathBuf {
    root().join("target/release/examples").join(name)
}
