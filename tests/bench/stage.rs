//! One stage of a build, on one thread, for callgrind to count: what comes before it and after it is
//! outside of [`counted`].
//!
//! usage: stage NAME ROWS.csv LIST.txt
//!
//! Prints how many units the stage had, and of what.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads and tells"
)]

use std::hint::black_box;
use std::{env, fs, io};

use anyhow::{Context, Result, bail, ensure};
use ipmint::algebra::{Assignments, Sets, order, overlay, resolve, sweep};
use ipmint::base::{Family, Memory, Run, Runs, V4, V6};
use ipmint::feed::Catalogue;
use ipmint::mmdb::{self, Contents, Database, Metadata, Pool, ValueId};
use ipmint::parse::{self, Parsed, Source};

/// Layers of the sweep that has many.
const N_LAYERS: usize = 8;

/// The definition of the rows, as in `rows.rs`.
const ROWS: &str = include_str!("rows.toml");

/// The definition of the list.
const LIST: &str = r#"
title = "List"
path = "list.txt"
format = "list"
kind = "membership"
category = "attacker"
licence = { id = "CC0-1.0" }
"#;

/// What a stage had to do.
type Units = (usize, &'static str);

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name, rows, list] = arguments.as_slice() else {
        bail!("usage: stage NAME ROWS.csv LIST.txt");
    };
    // The thread that runs everything is the only one that does anything.
    let threads = rayon::ThreadPoolBuilder::new().num_threads(1).build()?;
    let (n_units, unit) = threads.install(|| run(name, rows, list))?;
    println!("{n_units} {unit}");
    Ok(())
}

/// Does what is to be counted; callgrind is told this name.
#[inline(never)]
fn counted<T>(job: impl FnOnce() -> T) -> T {
    black_box(job())
}

fn run(name: &str, rows: &str, list: &str) -> Result<Units> {
    match name {
        "parse-list" => parsing(LIST, list),
        "parse-csv" => parsing(ROWS, rows),
        "overlay" => {
            let Parsed { v4, .. } = parsed(LIST, list)?;
            let n_rows = v4.len();
            counted(|| overlay(v4, &Memory::unbounded()))?;
            Ok((n_rows, "row"))
        }
        "resolve" => {
            let Parsed { v4, v6, labels, .. } = parsed(ROWS, rows)?;
            let n_rows = v4.len() + v6.len();
            let n = labels.len();
            let (v4, v6) = counted(|| (claimed(v4, n), claimed(v6, n)));
            drop((v4?, v6?));
            Ok((n_rows, "row"))
        }
        "sweep" => sweeping(rows, 1),
        "sweep-8" => sweeping(rows, N_LAYERS),
        "tree" => {
            let rows = Written::read(rows)?;
            // Neighbours differ, so that the tree is that of the rows; the data is next to nothing.
            let (v4, v6) = (alternating(&rows.v4), alternating(&rows.v6));
            let database = counted(|| write(&rows.pool, &v4, &v6))?;
            Ok((database.n_nodes as usize, "node"))
        }
        "tree-and-data" => {
            let rows = Written::read(rows)?;
            let database = counted(|| write(&rows.pool, &rows.v4, &rows.v6))?;
            Ok((database.n_records as usize, "record"))
        }
        "check" => {
            let rows = Written::read(rows)?;
            let bytes = write(&rows.pool, &rows.v4, &rows.v6)?.bytes;
            let problems = counted(|| mmdb::check(&bytes));
            ensure!(problems.is_empty(), "{problems:?}");
            Ok((bytes.len(), "byte"))
        }
        _ => bail!("no stage `{name}`"),
    }
}

fn parsing(definition: &str, path: &str) -> Result<Units> {
    let catalogue = Catalogue::from_files(&[("rows.toml".into(), definition.into())])?;
    let feed = catalogue.get("rows").context("just made")?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let source = Source { name: "rows", captures: &[], bytes: &bytes };
    let parsed = counted(|| parse::parse(feed, &[source]));
    Ok((parsed.tally.rows as usize, "row"))
}

fn parsed(definition: &str, path: &str) -> Result<Parsed> {
    let catalogue = Catalogue::from_files(&[("rows.toml".into(), definition.into())])?;
    let feed = catalogue.get("rows").context("just made")?;
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let parsed = parse::parse(feed, &[Source { name: "rows", captures: &[], bytes: &bytes }]);
    ensure!(parsed.tally.faults == 0, "faults: {:?}", parsed.samples);
    Ok(parsed)
}

/// The rows with the most specific winning, disjoint.
fn claimed<F: Family>(mut rows: Runs<F>, n_labels: usize) -> io::Result<Runs<F>> {
    order(&mut rows);
    let values: Vec<Option<u32>> = (0..n_labels as u32).map(Some).collect();
    let feed = Assignments { whole: &rows, pieces: &[], values: &values, priority: 0 };
    Ok(resolve(&[feed], &Memory::unbounded())?.runs)
}

/// Sweeps what is claimed, dealt out to layers in turns.
fn sweeping(rows: &str, n_layers: usize) -> Result<Units> {
    let Parsed { v4, v6, labels, .. } = parsed(ROWS, rows)?;
    let n = labels.len();
    let (v4, v6) = (dealt(&claimed(v4, n)?, n_layers), dealt(&claimed(v6, n)?, n_layers));
    let n_runs: usize = v4.iter().map(Vec::len).chain(v6.iter().map(Vec::len)).sum();
    counted(|| {
        let mut sets = Sets::new();
        let v4: Vec<&[Run<V4>]> = v4.iter().map(Vec::as_slice).collect();
        let v6: Vec<&[Run<V6>]> = v6.iter().map(Vec::as_slice).collect();
        let memory = Memory::unbounded();
        let segments = (sweep(&v4, &mut sets, &memory)?, sweep(&v6, &mut sets, &memory)?);
        io::Result::Ok((segments, sets))
    })?;
    Ok((2 * n_runs, "boundary"))
}

fn dealt<F: Family>(runs: &[Run<F>], n_layers: usize) -> Vec<Vec<Run<F>>> {
    let n_values = runs.iter().map(|run| run.value + 1).max().unwrap_or_default();
    let layer = |layer: usize| {
        let of_layer = runs.iter().skip(layer).step_by(n_layers);
        let own = of_layer.map(|run| Run { value: run.value + layer as u32 * n_values, ..*run });
        own.collect()
    };
    (0..n_layers).map(layer).collect()
}

/// What the tree is made of: runs whose values are in the pool.
struct Written {
    pool: Pool,
    v4: Runs<V4>,
    v6: Runs<V6>,
}

impl Written {
    fn read(rows: &str) -> Result<Self> {
        let Parsed { v4, v6, labels, .. } = parsed(ROWS, rows)?;
        let mut pool = Pool::new();
        let keys = ["asn", "org", "score", "sources"].map(|key| pool.utf8(key));
        let values: Vec<ValueId> = labels
            .iter()
            .map(|label| {
                let text = |text: &Option<Box<str>>| text.as_deref().unwrap_or_default().to_owned();
                let entries = [
                    (keys[0], pool.uint32(label.asn.map_or(0, |asn| asn.0))),
                    (keys[1], pool.utf8(&text(&label.name))),
                    (keys[2], pool.utf8(&text(&label.service))),
                    (keys[3], pool.utf8(&text(&label.provider))),
                ];
                pool.map(&entries)
            })
            .collect();
        let n = labels.len();
        let (v4, v6) = (valued(claimed(v4, n)?, &values), valued(claimed(v6, n)?, &values));
        Ok(Self { pool, v4, v6 })
    }
}

fn valued<F: Family>(mut runs: Runs<F>, values: &[ValueId]) -> Runs<F> {
    for run in runs.iter_mut() {
        run.value = values[run.value as usize].0;
    }
    runs
}

/// The same runs with two of their values, in turns.
fn alternating<F: Family>(runs: &[Run<F>]) -> Vec<Run<F>> {
    let Some(one) = runs.first().map(|run| run.value) else { return Vec::new() };
    let other = runs.iter().map(|run| run.value).find(|value| *value != one).unwrap_or(one);
    let value = |idx: usize| if idx.is_multiple_of(2) { one } else { other };
    runs.iter().enumerate().map(|(idx, run)| Run { value: value(idx), ..*run }).collect()
}

fn write(pool: &Pool, v4: &[Run<V4>], v6: &[Run<V6>]) -> Result<Database> {
    let metadata = Metadata {
        database_type: "ipmint-bench".into(),
        description: "benchmark".into(),
        build_epoch: 1_767_225_601,
    };
    Ok(mmdb::write(Contents { pool, v4, v6 }, &metadata)?)
}
