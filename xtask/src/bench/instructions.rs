//! Instructions of the hot stages, which no other program on the machine changes.
//!
//! `tests/bench/stage.rs` does one stage each time, and callgrind counts what happens inside of one
//! function of it, which holds that stage alone: what the library's own functions are called, and
//! which of them the compiler joins, does not matter.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::bench::groups::{Plan, input};
use crate::command::{command, root};
use crate::workload::netset;

/// The function that holds the stage, with whatever the compiler adds to its name.
const COUNTED: &str = "--toggle-collect=stage::counted*";

/// Rows of the CSV file and of the list.
const N_ROWS: [usize; 2] = [200_000, 2_000];

/// Stages by the names that `stage` knows, and what they are.
const STAGES: [(&str, &str); 8] = [
    ("parse-list", "parse a list of addresses and prefixes"),
    ("parse-csv", "parse CSV, ten columns, labels interned"),
    ("overlay", "lay the entries of a list over each other"),
    ("resolve", "resolve nesting: the most specific row wins"),
    ("sweep", "sweep one layer"),
    ("sweep-8", "sweep eight layers"),
    ("tree", "write the tree, with data of two records"),
    ("check", "check a database"),
];

/// What writes the records too: its cost over that of the tree alone is theirs.
const DATA: (&str, &str) = ("tree-and-data", "write the data section");

/// What a stage cost.
struct Count {
    instructions: u64,
    n_units: u64,
    unit: String,
}

/// Counts and prints.
pub(super) fn run(plan: &Plan) -> Result<()> {
    let n_rows = N_ROWS[usize::from(plan.is_smoke)];
    let rows = input(&plan.dir, n_rows, plan.seed)?;
    let list = plan.dir.join(format!("list-{n_rows}-{}.txt", plan.seed));
    if !list.is_file() {
        netset(&list, n_rows as u64, plan.seed, 0)?;
    }
    println!("{n_rows} rows, one thread, callgrind\n");
    println!("| stage | instructions | units | each |\n| --- | --- | --- | --- |");
    let mut of_tree = 0;
    for (name, title) in STAGES {
        eprintln!("counting: {name}");
        let count = count(name, &rows, &list)?;
        if name == "tree" {
            of_tree = count.instructions;
        }
        row(title, &count);
    }
    eprintln!("counting: {}", DATA.0);
    let mut data = count(DATA.0, &rows, &list)?;
    data.instructions = data.instructions.saturating_sub(of_tree);
    row(DATA.1, &data);
    let whole = whole(&plan.dir, &rows)?;
    let whole = Count { instructions: whole, n_units: n_rows as u64, unit: "row".to_owned() };
    row("the whole job of `rows`, the process", &whole);
    Ok(())
}

fn row(title: &str, count: &Count) {
    let Count { instructions, n_units, unit } = count;
    let each = *instructions as f64 / (*n_units).max(1) as f64;
    let decimals = usize::from(each < 100.0);
    println!("| {title} | {instructions} | {n_units} | {each:.decimals$} a {unit} |");
}

fn count(name: &str, rows: &Path, list: &Path) -> Result<Count> {
    let (instructions, said) =
        callgrind("stage", &[COUNTED], &[name.as_ref(), rows.as_ref(), list.as_ref()])?;
    let (n_units, unit) = said.trim().split_once(' ').context("`stage` did not say how many")?;
    ensure!(instructions > 0, "callgrind met no call of `counted` in stage `{name}`");
    Ok(Count { instructions, n_units: n_units.parse()?, unit: unit.to_owned() })
}

fn whole(dir: &Path, rows: &Path) -> Result<u64> {
    eprintln!("counting: the whole job");
    let output = dir.join("instructions.out");
    Ok(callgrind("rows", &[], &[rows.as_ref(), output.as_ref(), "1".as_ref()])?.0)
}

/// Runs an example: how many instructions were counted, and what it said.
fn callgrind(example: &str, options: &[&str], arguments: &[&OsStr]) -> Result<(u64, String)> {
    let mut process = command(root().join("target/release/examples").join(example), &[]);
    counted(process.args(arguments), options)
}

/// Runs a process under callgrind: how many instructions were counted, and what it said.
pub(super) fn counted(process: &Command, options: &[&str]) -> Result<(u64, String)> {
    let mut valgrind = command("valgrind", &["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    valgrind.args(options).arg(process.get_program()).args(process.get_args());
    valgrind.envs(process.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = valgrind.output();
    let output = output.context("cannot start valgrind; `cargo xtask setup` installs it")?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "valgrind ended with {}:\n{told}", output.status);
    let collected = told.lines().find_map(|line| line.split("Collected : ").nth(1));
    let collected = collected.with_context(|| format!("valgrind said {told}"))?;
    Ok((collected.trim().parse()?, String::from_utf8_lossy(&output.stdout).into_owned()))
}
