//! What it costs to admit a request, and a process to kill while it counts.
//!
//! usage: admit time KEYS KEY       prints nanoseconds a request, on one thread and on all
//!        admit count KEYS KEY      admits for ever, and prints how many, some each millisecond
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and tells"
)]

use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};
use std::{env, thread};

use anyhow::{Result, anyhow, bail};
use http::{HeaderMap, HeaderValue};
use ipmint::serve::access::{Access, Group};

const N_REQUESTS: u32 = 200_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [what, keys, key] = arguments.as_slice() else {
        bail!("usage: admit time|count KEYS KEY");
    };
    let access = Access::open(Path::new(keys), None)?;
    let mut headers = HeaderMap::new();
    headers.insert("x-api-key", HeaderValue::from_str(key)?);
    match what.as_str() {
        "time" => time(&access, &headers),
        "count" => count(&access, &headers),
        _ => bail!("expected time or count"),
    }
}

fn admit(access: &Access, headers: &HeaderMap) -> Result<u64> {
    let admitted = access.admit(headers, None, Group::Lookup);
    let grant = admitted.map_err(|denial| anyhow!("refused: {denial}"))?;
    Ok(grant.usage().month.used)
}

fn time(access: &Access, headers: &HeaderMap) -> Result<()> {
    let one = || -> Result<Duration> {
        let begun = Instant::now();
        (0..N_REQUESTS).try_for_each(|_| admit(access, headers).map(drop))?;
        Ok(begun.elapsed() / N_REQUESTS)
    };
    println!("one thread: {} ns", one()?.as_nanos());
    let n_threads = thread::available_parallelism()?.get();
    let slowest = thread::scope(|scope| {
        let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(one)).collect();
        let ended = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        ended.collect::<Result<Vec<_>>>()
    })?;
    let slowest = slowest.into_iter().max().unwrap_or_default();
    println!("{n_threads} threads, one key: {} ns", slowest.as_nanos());
    Ok(())
}

fn count(access: &Access, headers: &HeaderMap) -> Result<()> {
    let mut out = io::stdout().lock();
    loop {
        writeln!(out, "{}", admit(access, headers)?)?;
        out.flush()?;
        thread::sleep(Duration::from_millis(1));
    }
}
