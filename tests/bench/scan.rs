//! What an index of a database costs, and how fast networks are scanned with it.
//!
//! usage: scan FULL.mmdb
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, times and tells"
)]

use std::time::{Duration, Instant};
use std::{env, fs};

use anyhow::{Context, Result, ensure};
use ipmint::mmdb::Reader;
use ipmint::query::scan::{Cidr, Index, ScanOptions, scan};

/// Scans of each kind.
const N_SCANS: u32 = 2000;

fn main() -> Result<()> {
    let path = env::args().nth(1).context("usage: scan FULL.mmdb")?;
    let bytes = fs::read(&path)?;
    let reader = Reader::open(&bytes)?;
    let start = Instant::now();
    let index = Index::build(&reader)?;
    let seconds = start.elapsed().as_secs_f64();
    let n_networks: u64 = index.n_networks().into_iter().sum();
    println!(
        "index of {n_networks} networks: {seconds:.2} s, {:.3} s a million; {} AS",
        seconds * 1e6 / n_networks as f64,
        index.n_asns()
    );
    let share = index.memory_bytes() as f64 / bytes.len() as f64;
    println!("memory {} bytes, {:.1} % of the file", index.memory_bytes(), 100.0 * share);
    ensure!(share <= 0.25, "the index takes more than a quarter of the file");
    for (what, n_bytes) in index.memory() {
        println!("  {what:<10} {n_bytes:>10}");
    }
    let ask = |cidr: &Cidr, options| {
        let start = Instant::now();
        let found = scan(&reader, Some(&index), cidr, options).expect("a sound database");
        (start.elapsed(), found)
    };
    for (text, lens) in
        [("IPv4", [0, 4, 8, 12, 16, 20, 24, 32]), ("IPv6", [0, 16, 24, 32, 40, 48, 64, 128])]
    {
        for len in lens {
            let times = (0..if len == 0 { 50 } else { N_SCANS }).map(|n| {
                let cidr = format!("{}/{len}", address(&reader, text == "IPv4", u64::from(n)));
                ask(&Cidr::parse(&cidr).expect("a prefix"), ScanOptions::default()).0
            });
            println!("{text} /{len:<4} {}", spread(times.collect()));
        }
    }
    for text in ["1.0.0.1-100.0.0.1", "0.0.0.1-255.255.255.254", "2001:1::-2a00::1", "::1-ffff::"] {
        let cidr = Cidr::parse(text)?;
        let (time, found) = ask(&cidr, ScanOptions::default());
        let times: Vec<_> = (0..5).map(|_| ask(&cidr, ScanOptions::default()).0).collect();
        let best = times.into_iter().min().unwrap_or(time);
        println!("range {text}: {:.1} ms, {} runs", ms(best), found.n_runs);
    }
    for text in ["0.0.0.0/0", "::/0"] {
        let cidr = Cidr::parse(text)?;
        let none = ScanOptions { runs: 0, ..ScanOptions::default() };
        println!(
            "{text}: {:.3} ms without runs",
            ms((0..20).map(|_| ask(&cidr, none).0).min().unwrap_or_default())
        );
        let start = Instant::now();
        let walked = scan(&reader, None, &cidr, ScanOptions::default())?;
        println!("{text}: {:.0} ms walked without an index", ms(start.elapsed()));
        let (_, indexed) = ask(&cidr, ScanOptions::default());
        assert_eq!(walked, indexed, "{text}");
    }
    let mut n_checked = 0;
    for n in 0..300_u64 {
        for is_v4 in [true, false] {
            let len = if is_v4 { 6 + n % 27 } else { 20 + n % 109 };
            let cidr = format!("{}/{len}", address(&reader, is_v4, 77 + n));
            let cidr = Cidr::parse(&cidr)?;
            let walked = scan(&reader, None, &cidr, ScanOptions::default())?;
            let (_, indexed) = ask(&cidr, ScanOptions::default());
            assert_eq!(walked, indexed, "{cidr}");
            n_checked += 1;
        }
    }
    println!("{n_checked} prefixes walked as indexed");
    Ok(())
}

/// An address somewhere in space of which something is known.
fn address(reader: &Reader<'_>, is_v4: bool, n: u64) -> std::net::IpAddr {
    let mut state = n;
    loop {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let high = state;
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let ip = if is_v4 {
            std::net::Ipv4Addr::from_bits((high >> 32) as u32).into()
        } else {
            // 2000::/12 to 2a00::/12, where networks are.
            let place = [0x2001, 0x2400, 0x2600, 0x2800, 0x2a00, 0x2c00][(high >> 40) as usize % 6];
            let bits = u128::from(high) << 64 | u128::from(state);
            std::net::Ipv6Addr::from_bits(place << 112 | bits >> 16 & ((1 << 105) - 1)).into()
        };
        if reader.lookup(ip).is_ok_and(|found| found.offset.is_some()) {
            return ip;
        }
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn spread(mut times: Vec<Duration>) -> String {
    times.sort_unstable();
    let at = |part: usize| ms(times[(times.len() - 1) * part / 1000]);
    format!("median {:.3} ms, 99 % {:.3} ms, largest {:.3} ms", at(500), at(990), at(1000))
}
