//! Single look-ups in the library beside the `maxminddb` crate: the same addresses, the same fields, decoded.
//!
//! usage: ask FULL.mmdb ADDRESSES ROUNDS    prints nanoseconds a look-up of each, and instructions need no clock:
//!        ask FULL.mmdb ADDRESSES ours      looks up and prints how many are known, for callgrind
//!        ask FULL.mmdb ADDRESSES theirs
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a measurement reads the clock and tells"
)]

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use ipmint::mmdb::Reader;
use ipmint::query::Known;
use serde::Deserialize;
use serde_json::json;

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [path, n_addresses, what] = arguments.as_slice() else {
        bail!("usage: ask FULL.mmdb ADDRESSES ROUNDS|ours|theirs");
    };
    let bytes = fs::read(path).with_context(|| format!("cannot read {path}"))?;
    let ours = Reader::open(&bytes)?;
    let theirs = maxminddb::Reader::from_source(bytes.as_slice())?;
    let addresses = addresses(n_addresses.parse()?);
    match what.as_str() {
        "ours" => println!("{}", known_by_us(&ours, &addresses)?),
        "theirs" => println!("{}", known_by_them(&theirs, &addresses)?),
        n_rounds => {
            let (mut our_ns, mut their_ns) = (Vec::new(), Vec::new());
            for _ in 0..n_rounds.parse::<usize>()? {
                let (n_ours, ns) = timed(addresses.len(), || known_by_us(&ours, &addresses))?;
                our_ns.push(ns);
                let (n_theirs, ns) = timed(addresses.len(), || known_by_them(&theirs, &addresses))?;
                their_ns.push(ns);
                ensure!(n_ours == n_theirs, "{n_ours} are known to us, {n_theirs} to them");
            }
            println!("{}", json!({ "ours_ns": our_ns, "maxminddb_ns": their_ns }));
        }
    }
    Ok(())
}

/// Addresses all over IPv4, the same each time (splitmix64).
fn addresses(n: usize) -> Vec<IpAddr> {
    let mut state = 20_260_101_u64;
    let next = || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ipv4Addr::from_bits((mixed ^ (mixed >> 31)) as u32).into()
    };
    std::iter::repeat_with(next).take(n).collect()
}

fn timed(n: usize, work: impl FnOnce() -> Result<usize>) -> Result<(usize, f64)> {
    let begun = Instant::now();
    let found = work()?;
    Ok((found, begun.elapsed().as_secs_f64() * 1e9 / n as f64))
}

/// Those of which an AS is known: something that both have to read.
fn known_by_us(reader: &Reader<'_>, addresses: &[IpAddr]) -> Result<usize> {
    let mut n_known = 0;
    for &ip in addresses {
        if let Some(offset) = reader.lookup(ip)?.offset {
            let known = black_box(Known::read(reader, offset)?);
            n_known += usize::from(known.network.asn.is_some());
        }
    }
    Ok(n_known)
}

fn known_by_them(reader: &maxminddb::Reader<&[u8]>, addresses: &[IpAddr]) -> Result<usize> {
    let mut n_known = 0;
    for &ip in addresses {
        if let Some(record) = reader.lookup(ip)?.decode::<Record<'_>>()? {
            let record = black_box(record);
            n_known += usize::from(record.network.is_some_and(|network| network.asn.is_some()));
        }
    }
    Ok(n_known)
}

/// The fields of [`Known`], as the crate is told of them.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    network: Option<Network<'a>>,
    #[serde(borrow)]
    geo: Option<Geo<'a>>,
    threat: Option<Threat>,
    signals: Option<Signals>,
    #[serde(borrow)]
    bot: Option<Bot<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Network<'a> {
    asn: Option<u32>,
    as_name: Option<&'a str>,
    as_domain: Option<&'a str>,
    organization: Option<&'a str>,
    isp: Option<&'a str>,
    connection_type: Option<&'a str>,
    registry: Option<&'a str>,
    registered_country: Option<&'a str>,
    registered: Option<&'a str>,
    abuse_contact: Option<&'a str>,
    native: Option<bool>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Geo<'a> {
    country_code: Option<&'a str>,
    country: Option<&'a str>,
    continent_code: Option<&'a str>,
    region: Option<&'a str>,
    region_code: Option<&'a str>,
    city: Option<&'a str>,
    postal_code: Option<&'a str>,
    latitude: Option<f64>,
    longitude: Option<f64>,
    timezone: Option<&'a str>,
    is_sanctioned: bool,
    #[serde(borrow)]
    sanction_lists: Vec<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Threat {
    score: u16,
    confidence: u16,
}

#[derive(Default, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "as the record has them")]
struct Signals {
    is_vpn: bool,
    is_proxy: bool,
    is_residential_proxy: bool,
    is_mobile_proxy: bool,
    is_tor: bool,
    is_tor_relay: bool,
    is_relay: bool,
    is_hosting: bool,
    is_spam: bool,
    is_attacker: bool,
    is_drop: bool,
    is_c2: bool,
    is_botnet: bool,
    is_malware: bool,
    is_cgnat: bool,
    is_anycast: bool,
    is_mobile: bool,
    is_trusted: bool,
    is_education: bool,
    is_government: bool,
    is_business: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Bot<'a> {
    id: Option<&'a str>,
    name: Option<&'a str>,
    operator: Option<&'a str>,
    class: Option<&'a str>,
}
