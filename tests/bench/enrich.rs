//! How many lines a second `ipmint enrich` takes: a log of drawn addresses, in each format.
//!
//! usage: enrich DATABASE.mmdb LINES THREADS
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads, looks at the clock and tells"
)]

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Instant;
use std::{env, fs, io};

use anyhow::Result;
use ipmint::base::Prefix;
use ipmint::mmdb::Reader;
use ipmint::query::enrich::{Column, Csv, Enricher, Fields, Format, Ndjson, Place};

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [database, n_lines, threads] = arguments.as_slice() else {
        anyhow::bail!("usage: enrich DATABASE.mmdb LINES THREADS");
    };
    let (n_lines, n_threads): (usize, usize) = (n_lines.parse()?, threads.parse()?);
    let bytes = fs::read(database)?;
    let reader = Reader::open(&bytes)?;
    let fields = Fields::of(&bytes, &[])?;
    let addresses = addresses(&reader, n_lines)?;
    let key = "client.ip".to_owned();
    let csv = Csv { column: Column::Usual, delimiter: b',', has_header: true };
    let streams: [(&str, Format, String, Line); 4] = [
        ("lines", Format::Lines(Place::Anywhere), String::new(), access),
        ("no address", Format::Lines(Place::Anywhere), String::new(), without),
        ("ndjson", Format::Ndjson(Ndjson::new(&[key], "ipmint")), String::new(), object),
        ("csv", Format::Csv(csv), "time,ip,method,path,status,bytes,agent\n".to_owned(), cells),
    ];
    for (name, format, mut input, line) in streams {
        for (n, ip) in addresses.iter().enumerate() {
            input += &line(n, *ip);
        }
        let enricher = Enricher::new(&reader, &fields, format);
        let start = Instant::now();
        let tally = enricher.run(input.as_bytes(), &mut io::sink(), n_threads, |_| {})?;
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name}: {:.0} lines/s, {:.0} MB/s; {} lines, {} known",
            n_lines as f64 / seconds,
            input.len() as f64 / 1e6 / seconds,
            tally.n_lines,
            tally.n_known,
        );
    }
    Ok(())
}

type Line = fn(usize, IpAddr) -> String;

const AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.0.0";

fn access(n: usize, ip: IpAddr) -> String {
    let time = "22/Nov/2026:08:25:05 +0000";
    format!("{ip} - - [{time}] \"GET /page/{n}?q=1 HTTP/1.1\" 200 5120 \"-\" \"{AGENT}\"\n")
}

fn without(n: usize, _: IpAddr) -> String {
    format!("2026-11-22T08:25:05.123Z worker-{n} INFO std::io: took 1.25 s of 3.50 s in {AGENT}\n")
}

fn object(n: usize, ip: IpAddr) -> String {
    format!(
        "{{\"time\":\"2026-11-22T08:25:05Z\",\"client\":{{\"ip\":\"{ip}\",\"port\":443}},\"path\":\"/page/{n}\",\
         \"status\":200,\"bytes\":5120,\"agent\":\"{AGENT}\"}}\n"
    )
}

fn cells(n: usize, ip: IpAddr) -> String {
    format!("2026-11-22T08:25:05Z,{ip},GET,\"/page/{n}\",200,5120,\"{AGENT}\"\n")
}

/// Half anywhere, half in networks of the database; one of eight of IPv6.
fn addresses(reader: &Reader<'_>, n_lines: usize) -> Result<Vec<IpAddr>> {
    let networks: Result<Vec<Prefix<_>>, _> =
        reader.networks().map(|network| network.map(|(prefix, _)| prefix)).collect();
    let networks = networks?;
    let n_v4 = networks.partition_point(|prefix| prefix.len() >= 96 && prefix.addr() >> 32 == 0);
    let mut state = 2_026_u64;
    let mut roll = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    };
    let addresses = (0..n_lines).map(|n| {
        let (dice, wide) = (roll(), u128::from(roll()) << 64 | u128::from(roll()));
        let is_v6 = n % 8 == 0 && n_v4 < networks.len();
        let (from, to) = if is_v6 { (n_v4, networks.len()) } else { (0, n_v4) };
        if from == to || (dice >> 40) % 2 == 0 && !is_v6 {
            return Ipv4Addr::from_bits(dice as u32).into();
        }
        let network = networks[from + dice as usize % (to - from)];
        let host_bits = u32::from(128 - network.len());
        let host = if host_bits == 0 { 0 } else { wide >> (128 - host_bits) };
        let addr = network.addr() | host;
        if is_v6 {
            IpAddr::V6(Ipv6Addr::from_bits(addr))
        } else {
            Ipv4Addr::from_bits(addr as u32).into()
        }
    });
    Ok(addresses.collect())
}
