//! Everything CI runs, in its order; stops at the first failure.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::command::{cargo, line};
use crate::{bench, setup, soak, tidy};

/// One step: a task of ours or a cargo command.
enum Step {
    /// Its name is what follows `cargo xtask`.
    Task(&'static str, fn() -> Result<()>),
    Cargo(&'static str, &'static [&'static str], &'static [(&'static str, &'static str)]),
}

/// Cheap steps first. All of them build in release: tests sweep whole databases
/// and are slow otherwise, and one profile means one set of artefacts.
const STEPS: [Step; 10] = [
    Step::Cargo("format", &["fmt", "--all", "--check"], &[]),
    Step::Task("tidy", tidy::run),
    Step::Task("setup", setup::run),
    Step::Cargo(
        "clippy",
        &["clippy", "--release", "--workspace", "--all-targets", "--", "-D", "warnings"],
        &[],
    ),
    Step::Cargo("tests", &["nextest", "run", "--release", "--workspace", "--profile", "ci"], &[]),
    // nextest does not run the examples in docs.
    Step::Cargo("examples in docs", &["test", "--release", "--workspace", "--doc"], &[]),
    Step::Cargo(
        "docs",
        &["doc", "--release", "--workspace", "--no-deps", "--document-private-items"],
        &[("RUSTDOCFLAGS", "-D warnings")],
    ),
    // Running them takes nightly; that they still fit the library does not.
    Step::Cargo("fuzz targets", &["check", "--manifest-path", "tests/fuzz/Cargo.toml"], &[]),
    Step::Task("bench --rows 20000 --rounds 1 --scale 2", bench::smoke),
    // Of the binary that the step before built.
    Step::Task("soak --seconds 60", soak::smoke),
];

/// Runs the steps, each under a heading and with its time.
pub(crate) fn run() -> Result<()> {
    let start = Instant::now();
    let mut times = Vec::new();
    for (number, step) in (1..).zip(&STEPS) {
        println!("\n== {number}/{} {} ==", STEPS.len(), step.name());
        let step_start = Instant::now();
        step.run()?;
        println!("-- {}: {} s", step.name(), seconds(step_start.elapsed()));
        times.push((step.name(), step_start.elapsed()));
    }
    println!("\n== all passed in {} s ==", seconds(start.elapsed()));
    let corpus = match bench::corpus::folder() {
        Some(_) => "was there",
        None => "was not there: its tests ran on the sample (IPMINT_CORPUS names the folder)",
    };
    println!("the corpus of real feeds {corpus}");
    for (name, time) in times {
        println!("{:>8} s  {name}", seconds(time));
    }
    Ok(())
}

impl Step {
    fn name(&self) -> &'static str {
        match self {
            Self::Task(name, _) | Self::Cargo(name, ..) => name,
        }
    }

    fn run(&self) -> Result<()> {
        match self {
            Self::Task(name, task) => task()
                .with_context(|| format!("step `{name}` failed; to reproduce: cargo xtask {name}")),
            Self::Cargo(name, args, variables) => {
                let mut command = cargo(args);
                command.envs(variables.iter().copied());
                let status = command.status().context("cannot start cargo")?;
                ensure!(
                    status.success(),
                    "step `{name}` failed ({status}); to reproduce: {}",
                    line(&command)
                );
                Ok(())
            }
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{:.1}", time.as_secs_f64())
}
