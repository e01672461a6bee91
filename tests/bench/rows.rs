//! The whole job on the benchmark's rows, each row's cells its record: a CSV file
//! in, a database out, through the library's own stages.
//!
//! usage: rows INPUT.csv OUTPUT.mmdb THREADS
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, writes and tells"
)]

mod parts;

use std::path::Path;
use std::{env, fs, io};

use anyhow::{Context, Result, ensure};
use ipmint::algebra::{Assignments, Sets, order, resolve, sweep};
use ipmint::base::{Family, Memory, Run, Runs, map_joined};
use ipmint::feed::Catalogue;
use ipmint::mmdb::{self, Contents, Metadata, Pool, ValueId};
use ipmint::parse::{self, Input, Label, Parsed};

use crate::parts::Parts;

/// The definition of the rows.
const FEED: &str = include_str!("rows.toml");

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [input, output, threads] = arguments.as_slice() else {
        anyhow::bail!("usage: rows INPUT.csv OUTPUT.mmdb THREADS");
    };
    rayon::ThreadPoolBuilder::new().num_threads(threads.parse()?).build_global()?;
    let mut parts = Parts::start();
    run(Path::new(input), Path::new(output), &mut parts)?;
    println!("{}", parts.finish(Path::new(output))?);
    Ok(())
}

fn run(input: &Path, output: &Path, parts: &mut Parts) -> Result<()> {
    let catalogue = Catalogue::from_files(&[("rows.toml".into(), FEED.into())])?;
    let feed = catalogue.get("rows").context("just made")?;
    let reader = Box::new(fs::File::open(input)?);
    let input = Input::Stream { name: "rows.csv", reader };
    let Parsed { v4, v6, labels, tally, samples, .. } =
        parse::parse_within(feed, vec![input], &Memory::unbounded())?;
    ensure!(tally.faults == 0, "faults: {samples:?}");
    parts.end("read and parse");
    let n = labels.len();
    let ((pool, values), (v4, v6)) =
        rayon::join(|| records(&labels), || rayon::join(|| claim(v4, n), || claim(v6, n)));
    drop(labels);
    parts.end("records and claim");
    let v4 = segments(&v4?, &values)?;
    let v6 = segments(&v6?, &values)?;
    parts.end("sweep");
    let metadata = Metadata {
        database_type: "ipmint-bench".into(),
        description: "benchmark".into(),
        build_epoch: 1_767_225_601,
    };
    let database = mmdb::write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata)?;
    parts.end("tree and bytes");
    fs::write(output, &database.bytes)?;
    parts.end("write");
    Ok(())
}

/// A record for each label.
fn records(labels: &[Label]) -> (Pool, Vec<ValueId>) {
    let mut pool = Pool::new();
    let keys = Keys::new(&mut pool);
    let values = labels.iter().map(|label| keys.value(&mut pool, label)).collect();
    (pool, values)
}

/// The most specific row wins each address.
fn claim<F: Family>(mut rows: Runs<F>, n_labels: usize) -> io::Result<Runs<F>> {
    order(&mut rows);
    let values: Vec<Option<u32>> = (0..n_labels as u32).map(Some).collect();
    let feed = Assignments { whole: &rows, pieces: &[], values: &values, priority: 0 };
    Ok(resolve(&[feed], &Memory::unbounded())?.runs)
}

fn segments<F: Family>(layer: &[Run<F>], values: &[ValueId]) -> io::Result<Vec<Run<F>>> {
    let mut sets = Sets::new();
    let segments = sweep(&[layer], &mut sets, &Memory::unbounded())?;
    Ok(map_joined(&segments, |set| Some(values[sets.get(set)[0] as usize].0)))
}

/// The record's keys: uint32, text, uint16, five booleans, an array of texts.
struct Keys {
    asn: ValueId,
    org: ValueId,
    score: ValueId,
    flags: [ValueId; 5],
    sources: ValueId,
}

impl Keys {
    fn new(pool: &mut Pool) -> Self {
        Self {
            asn: pool.utf8("asn"),
            org: pool.utf8("org"),
            score: pool.utf8("score"),
            flags: ["is_vpn", "is_tor", "is_proxy", "is_datacenter", "is_bot"]
                .map(|key| pool.utf8(key)),
            sources: pool.utf8("sources"),
        }
    }

    fn value(&self, pool: &mut Pool, label: &Label) -> ValueId {
        let place = label.place.as_deref();
        let flags = [
            label.domain.as_deref(),
            label.network_type.as_deref(),
            place.and_then(|place| place.region.as_deref()),
            place.and_then(|place| place.city.as_deref()),
            place.and_then(|place| place.postal_code.as_deref()),
        ];
        let sources = label.provider.as_deref().unwrap_or_default().split('|');
        let sources: Vec<ValueId> = sources.map(|source| pool.utf8(source)).collect();
        let score = label.service.as_deref().and_then(|score| score.parse().ok());
        let [vpn, tor, proxy, datacenter, bot] =
            [0, 1, 2, 3, 4].map(|idx| (self.flags[idx], pool.bool(flags[idx] == Some("true"))));
        // In key order, which spares the pool the sorting.
        let entries = [
            (self.asn, pool.uint32(label.asn.map_or(0, |asn| asn.0))),
            bot,
            datacenter,
            proxy,
            tor,
            vpn,
            (self.org, pool.utf8(label.name.as_deref().unwrap_or_default())),
            (self.score, pool.uint16(score.unwrap_or_default())),
            (self.sources, pool.array(&sources)),
        ];
        pool.map(&entries)
    }
}
