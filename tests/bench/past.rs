//! How long a month of history takes to read, and a look-up by date after that: of random addresses
//! on each day of the last two months.
//!
//! usage: past STORE
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement looks at the clock and tells"
)]

use std::env;
use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use ipmint::base::{BuildEpoch, Day};
use ipmint::query::history::{Past, PastError};
use ipmint::release::Store;

/// Look-ups on each day.
const N_LOOKUPS: u32 = 100_000;

fn main() -> Result<()> {
    let store = env::args().nth(1).context("usage: past STORE")?;
    let store = Store::at(Path::new(&store));
    let days: Vec<Day> = store.history()?.entries.iter().map(built).collect();
    let today = *days.last().context("no history")?;
    let past = Past::new(store);
    for day in days.into_iter().filter(|day| today.since(*day) <= 62) {
        let first = timed(|| past.on(address(0), day, today).map(drop));
        let mut slowest = Duration::ZERO;
        let all = timed(|| {
            (1..=N_LOOKUPS).try_for_each(|n| {
                let one = timed(|| {
                    let snapshot = past.on(address(n), day, today)?;
                    black_box(snapshot.known()?.map(|known| known.score));
                    Ok(())
                });
                slowest = slowest.max(one?);
                Ok(())
            })
        });
        println!("{day}: first {:?}, then {:?}, slowest {slowest:?}", first?, all? / N_LOOKUPS);
    }
    println!(
        "who announced what: {:?}",
        timed(|| {
            while past.learn(today)? {}
            Ok(())
        })?
    );
    let all = timed(|| {
        (1..=N_LOOKUPS)
            .try_for_each(|n| past.asn_history(address(n), today).map(|h| drop(black_box(h))))
    })?;
    println!("asnHistory: {:?}", all / N_LOOKUPS);
    Ok(())
}

fn built(entry: &ipmint::release::HistoryEntry) -> Day {
    BuildEpoch(entry.build_epoch).day()
}

/// Spread over all of IPv4.
fn address(n: u32) -> IpAddr {
    Ipv4Addr::from_bits(n.wrapping_mul(0x9E37_79B1)).into()
}

fn timed(run: impl FnOnce() -> Result<(), PastError>) -> Result<Duration, PastError> {
    let since = Instant::now();
    run()?;
    Ok(since.elapsed())
}
