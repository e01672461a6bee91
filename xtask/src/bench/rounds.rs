//! One million rows to a database: runs the rounds and gathers what the processes answer.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::groups::Plan;
use crate::bench::measurement::{MEASUREMENTS, Work, find};
use crate::bench::table;
use crate::command::{self, root};

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

/// Measures everybody and prints.
pub(super) fn all(plan: &Plan) -> Result<()> {
    run(plan, &MEASUREMENTS.map(|measurement| measurement.name))
}

/// Measures some, the first of them the floor, and prints a table.
pub(super) fn run(plan: &Plan, names: &[&'static str]) -> Result<()> {
    let input = plan.input()?;
    let mut all: Vec<Samples> =
        names.iter().map(|&name| Samples { name, samples: Vec::new() }).collect();
    for round in 1..=plan.n_rounds {
        for measured in &mut all {
            eprintln!("round {round} of {}: {}", plan.n_rounds, measured.name);
            measured.samples.push(sample(&plan.dir, measured.name, &input)?);
        }
    }
    println!("{} rows, seed {}, {} rounds\n", plan.n_rows, plan.seed, plan.n_rounds);
    print!("{}\n{}", table::render(&all), table::against_insertion(&all));
    Ok(())
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
