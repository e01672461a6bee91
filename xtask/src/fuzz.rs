//! Fuzzes the decoders of outside bytes, one target after the other.
//!
//! The package lies in `tests/fuzz/`, outside the workspace: it needs nightly and
//! `cargo-fuzz`. What an earlier run found worth keeping is in `tests/fuzz/corpus/`, what
//! broke a target in `tests/fuzz/artifacts/`; neither is committed.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{self, command, output, root};
use crate::setup;

/// Memory that a target may take; its inputs are small, and so must be what they cost.
const MEMORY_MIB: u32 = 2048;
/// Seconds that one input may take.
const INPUT_SECONDS: u32 = 10;
/// Longer inputs hardly reach more code, and each run of one takes longer.
const INPUT_BYTES: u32 = 1 << 16;

/// The targets, and the files of ours that show each what good input looks like.
const TARGETS: [(&str, &[&str]); 11] = [
    ("mmdb", &["tests/golden"]),
    ("compact", &["tests/golden"]),
    ("rows", &["tests/golden"]),
    ("dcz", &[]),
    ("parse", &["feeds/sample", "tests/golden"]),
    ("unpack", &["feeds/sample"]),
    ("definitions", &["feeds", "schemas"]),
    ("select", &[]),
    ("expression", &[]),
    ("conditions", &[]),
    ("addresses", &["feeds/sample/packed"]),
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Seconds for each target
    #[arg(long, value_name = "N", default_value_t = 60)]
    seconds: u64,
    /// The target [default: all, in turn]
    #[arg(value_parser = TARGETS.map(|(name, _)| name))]
    target: Option<String>,
}

/// Runs the targets; stops at the first that fails.
pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(
        output(&mut nightly(&["--version"])).is_ok(),
        "fuzzing needs nightly; run `rustup toolchain install nightly --profile minimal`"
    );
    setup::cargo_fuzz()?;
    for (name, seeds) in TARGETS {
        if args.target.as_deref().is_none_or(|target| target == name) {
            println!("== {name}: {} s ==", args.seconds);
            fuzz(name, seeds, args.seconds)?;
        }
    }
    Ok(())
}

fn fuzz(name: &str, seeds: &[&str], seconds: u64) -> Result<()> {
    let corpus = root().join("tests/fuzz/corpus").join(name);
    fs::create_dir_all(&corpus).with_context(|| format!("cannot create {}", corpus.display()))?;
    let mut cargo_fuzz = nightly(&["fuzz", "run", "--fuzz-dir", "tests/fuzz", name]);
    // Without this, zstd's C is instrumented by another compiler than the runtime is of, which then
    // takes a table of its encoder for a stack that is gone. Its authors fuzz it themselves.
    cargo_fuzz.env("CFLAGS", "-fno-sanitize=address");
    // The first folder takes what is new, the others are read.
    cargo_fuzz.arg(corpus).args(seeds.iter().map(|folder| root().join(folder)));
    cargo_fuzz.arg("--").args([
        format!("-max_total_time={seconds}"),
        format!("-rss_limit_mb={MEMORY_MIB}"),
        format!("-timeout={INPUT_SECONDS}"),
        format!("-max_len={INPUT_BYTES}"),
        "-print_final_stats=1".to_owned(),
    ]);
    command::run(&mut cargo_fuzz)
}

/// Starts nightly's cargo, whatever toolchain runs this task.
fn nightly(args: &[&str]) -> Command {
    let mut command = command("rustup", &["run", "nightly", "cargo"]);
    command.args(args);
    command
}
