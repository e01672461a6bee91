//! How small compact forms and deltas of real files are, and what they take.
//!
//! usage: updates compact FILE…
//!        updates delta OLD NEW
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, writes and tells"
)]

use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Result, bail, ensure};
use ipmint::delta::{Limits, compact, rows};
use ipmint::mmdb::{self, Contents, Pool, Rows};

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
    println!("delta {} bytes; made {making:.2?}, applied {applying:.2?}", delta.len());
    Ok(())
}
