//! How small compact forms and deltas of real files are, and what they take.
//!
//! usage: updates compact FILE…
//!        updates delta OLD NEW
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, writes and tells"
)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Result, bail, ensure};
use ipmint::base::{Prefix, V6};
use ipmint::delta::{Limits, compact, rows};
use ipmint::mmdb::{self, Contents, Pool, Reader, Rows};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["compact", files @ ..] => files.iter().try_for_each(|file| compact(file)),
        ["delta", old, new] => delta(old, new),
        _ => bail!("usage: updates compact FILE… | updates delta OLD NEW"),
    }
}

fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    (job(), start.elapsed())
}

/// Time that writing the file from its rows takes.
fn emission(file: &[u8]) -> Result<Duration> {
    let mut pool = Pool::new();
    let (rows, read) = timed(|| Rows::read(file, &mut pool));
    let rows = rows?;
    let contents = Contents { pool: &pool, v4: &rows.v4, v6: &rows.v6 };
    let (database, time) = timed(|| mmdb::write(contents, &rows.metadata));
    ensure!(database?.bytes == file, "written again, the file is another");
    println!("  read {read:.2?}, written {time:.2?}");
    Ok(time)
}

fn compact(path: &str) -> Result<()> {
    let file = fs::read(path)?;
    println!("{path}: {} bytes", file.len());
    emission(&file)?;
    let (packed, encoding) = timed(|| compact::encode(&file));
    let packed = packed?;
    let (rebuilt, decoding) = timed(|| compact::decode(&packed, Limits::default()));
    ensure!(rebuilt? == file, "rebuilt, the file is another");
    println!("  compact {} bytes; made {encoding:.2?}, rebuilt {decoding:.2?}", packed.len());
    Ok(())
}

fn delta(old: &str, new: &str) -> Result<()> {
    let (old, new) = (fs::read(old)?, fs::read(new)?);
    let (delta, making) = timed(|| rows::diff(&old, &new));
    let delta = delta?;
    let (applied, applying) = timed(|| rows::apply(&old, &delta, Limits::default()));
    ensure!(applied? == new, "applied, the file is another");
    let changed = changed_rows(&old, &new)?;
    let floor = packed(changed.as_bytes(), None)?;
    let patch = packed(&new, Some(&old))?;
    println!(
        "delta {} of {} bytes; {} changed rows {floor}, zstd --patch-from {patch}; made {making:.2?}, applied {applying:.2?}",
        delta.len(),
        new.len(),
        changed.lines().count(),
    );
    Ok(())
}

/// Bytes of `zstd -19 --long`, with an older file to refer to as `--patch-from` does.
fn packed(bytes: &[u8], old: Option<&[u8]>) -> Result<usize> {
    let mut out = Vec::new();
    let mut encoder = match old {
        Some(old) => zstd::Encoder::with_ref_prefix(&mut out, 19, old)?,
        None => zstd::Encoder::new(&mut out, 19)?,
    };
    encoder.long_distance_matching(true)?;
    encoder.window_log(27)?;
    encoder.write_all(bytes)?;
    encoder.finish()?;
    Ok(out.len())
}

/// The list of changed rows as text, found without any of what makes deltas: networks with
/// another record, with it as JSON; networks that are no more, alone.
fn changed_rows(old: &[u8], new: &[u8]) -> Result<String> {
    let (old, new) = (networks(old)?, networks(new)?);
    let mut list = String::new();
    for (prefix, record) in &new {
        if old.get(prefix) != Some(record) {
            writeln!(list, "{prefix} {record}")?;
        }
    }
    for prefix in old.keys().filter(|prefix| !new.contains_key(prefix)) {
        writeln!(list, "{prefix}")?;
    }
    Ok(list)
}

fn networks(file: &[u8]) -> Result<BTreeMap<Prefix<V6>, Rc<str>>> {
    let reader = Reader::open(file)?;
    let mut records: HashMap<usize, Rc<str>> = HashMap::new();
    let mut networks = BTreeMap::new();
    for network in reader.networks() {
        let (prefix, offset) = network?;
        let record = match records.get(&offset) {
            Some(record) => Rc::clone(record),
            None => reader.decode(offset)?.to_json().to_string().into(),
        };
        networks.insert(prefix, Rc::clone(&record));
        records.insert(offset, record);
    }
    Ok(networks)
}
