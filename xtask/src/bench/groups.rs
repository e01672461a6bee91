//! What `bench` can measure, by name, and what all of it is told.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::bench::measurement::{MEASUREMENTS, find};
use crate::bench::{ask, fetch, growth, instructions, night, release, rounds, serve, sets, stages};
use crate::command::{self, cargo, root};
use crate::workload::{self, DEFAULT_ROWS, DEFAULT_SEED, Mix};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// rows, stages, sets, growth, night, instructions, fetch, release, serve, ask; or measurements of `rows` [default: all]
    names: Vec<String>,
    /// How often
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Rows of the input, of the smallest build of `growth`, and of the feeds of `night`
    #[arg(long, default_value_t = DEFAULT_ROWS)]
    rows: usize,
    /// Seed of the inputs
    #[arg(long, default_value_t = DEFAULT_SEED)]
    seed: u64,
    /// The largest build of `growth` has so many times the rows
    #[arg(long, default_value_t = 4)]
    scale: u64,
    /// What `growth` and `night` build; may be given several times [default: all editions]
    #[arg(long, value_name = "NAME")]
    edition: Vec<String>,
    /// About how much memory builds of `growth` and `night` are to use, such as 4G [default: all]
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Build the nights of `night` once more with all that goes beside databases; takes many minutes
    #[arg(long)]
    packed: bool,
}

/// What every group is told.
pub(super) struct Plan {
    /// Where files may lie.
    pub(super) dir: PathBuf,
    pub(super) n_rounds: usize,
    pub(super) n_rows: usize,
    pub(super) seed: u64,
    pub(super) scale: u64,
    pub(super) editions: Vec<String>,
    /// As `ipmint build --memory` takes it.
    pub(super) memory: Option<String>,
    /// Whether nights are also built with packed files, deltas and history.
    pub(super) is_packed: bool,
    /// Whether it works at all is all that is asked.
    pub(super) is_smoke: bool,
}

/// A group's name, and what measures and prints it.
type Group = (&'static str, fn(&Plan) -> Result<()>);

/// Everything that is measured; without names, in this order.
const GROUPS: [Group; 10] = [
    ("rows", rounds::all),
    ("stages", stages::run),
    ("sets", sets::run),
    ("growth", growth::run),
    ("night", night::run),
    ("instructions", instructions::run),
    ("fetch", |plan| fetch::run(&plan.dir, &plan.input()?, plan.n_rounds)),
    ("release", |plan| release::run(&plan.dir, &plan.input()?, plan.n_rounds)),
    ("serve", |plan| {
        let size = if plan.is_smoke { serve::Size::SMOKE } else { serve::Size::FULL };
        serve::run(&plan.dir, &size, plan.n_rounds)
    }),
    ("ask", |plan| {
        let size = if plan.is_smoke { ask::Size::SMOKE } else { ask::Size::FULL };
        ask::run(&plan.dir, &size, plan.n_rounds)
    }),
];

/// Measures and prints.
pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(args.rounds > 0, "`--rounds` is 0; at least one round is needed");
    ensure!(args.scale > 0, "`--scale` is 0; at least one build is needed");
    let mut groups = Vec::new();
    let mut measurements = vec![MEASUREMENTS[0].name];
    for name in &args.names {
        if let Some(group) = GROUPS.iter().find(|group| group.0 == name) {
            groups.push(*group);
        } else {
            let names = GROUPS.map(|group| group.0).join(", ");
            let measurement = find(name)
                .with_context(|| format!("`{name}` is no group either; there are {names}"))?;
            measurements.push(measurement.name);
        }
    }
    if args.names.is_empty() {
        groups = GROUPS.to_vec();
    }
    build()?;
    let plan = Plan {
        dir: root().join("target/bench"),
        n_rounds: args.rounds,
        n_rows: args.rows,
        seed: args.seed,
        scale: args.scale,
        editions: args.edition.clone(),
        memory: args.memory.clone(),
        is_packed: args.packed,
        // Their sizes are not the input's.
        is_smoke: args.rows < DEFAULT_ROWS,
    };
    fs::create_dir_all(&plan.dir)
        .with_context(|| format!("cannot create {}", plan.dir.display()))?;
    println!("{}", machine());
    if measurements.len() > 1 {
        measurements.sort_by_key(|name| MEASUREMENTS.iter().position(|one| one.name == *name));
        measurements.dedup();
        rounds::run(&plan, &measurements)?;
    }
    for (name, group) in groups {
        println!("\n## {name}\n");
        group(&plan).with_context(|| format!("group `{name}`"))?;
    }
    Ok(())
}

/// Runs everything once on a small input: it works, whatever the times.
pub(crate) fn smoke() -> Result<()> {
    run(&Args {
        names: Vec::new(),
        rounds: 1,
        rows: 20_000,
        seed: DEFAULT_SEED,
        scale: 2,
        edition: Vec::new(),
        memory: None,
        packed: false,
    })
}

/// What is measured, even when this very process was built for debugging.
fn build() -> Result<()> {
    // Only this package, as `cargo xtask` has it: with others cargo would unify features and
    // build anew.
    command::run(&mut cargo(&["build", "--quiet", "--release", "--package", "xtask"]))?;
    // And as the tests have it.
    command::run(&mut cargo(&[
        "build",
        "--quiet",
        "--release",
        "--workspace",
        "--bins",
        "--examples",
    ]))
}

/// The machine, for those who compare figures.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let field = |text: &str, name: &str| -> Option<String> {
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.split_once([':', '='])?.1.trim_matches([' ', '\t', '"']).to_owned())
    };
    let memory = field(&read("/proc/meminfo"), "MemTotal")
        .and_then(|memory| memory.strip_suffix(" kB")?.parse::<u64>().ok());
    format!(
        "{} cores of {}, {:.0} GiB, {}",
        std::thread::available_parallelism().map_or(1, usize::from),
        field(&cpu, "model name").unwrap_or_else(|| "an unknown processor".to_owned()),
        memory.unwrap_or_default() as f64 / 1_048_576.0,
        field(&read("/etc/os-release"), "PRETTY_NAME").unwrap_or_default(),
    )
}

impl Plan {
    /// The rows as CSV, unless an earlier run left them.
    pub(super) fn input(&self) -> Result<PathBuf> {
        input(&self.dir, self.n_rows, self.seed)
    }

    /// A folder with 80 feeds of so many rows, of the first night.
    pub(super) fn mix(&self, n_rows: u64) -> Result<(Mix, PathBuf)> {
        let mix = Mix { n_rows, seed: self.seed, night: 1 };
        let folder = self.dir.join(format!("mix-{n_rows}-{}", self.seed));
        if !folder.is_dir() {
            eprintln!("writing 80 feeds of {n_rows} rows");
            let unfinished = folder.with_extension("part");
            clear(&unfinished)?;
            mix.write(&unfinished)?;
            fs::rename(&unfinished, &folder)?;
        }
        Ok((mix, folder))
    }
}

/// Writes the rows as CSV, unless an earlier run left them.
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

/// Takes a folder away, if it is there.
pub(super) fn clear(folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot clear {}", folder.display()))?;
    }
    Ok(())
}
