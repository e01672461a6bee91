//! A supernet: a /16 of IPv4 or a /32 of IPv6, by its subnets.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use hashbrown::HashMap;
use serde::Serialize;
use utoipa::ToSchema;

use crate::base::{Address, Coverage, Prefix, Range};
use crate::mmdb::{FormatError, Reader};
use crate::query::scan::exact::{ScoreSum, ratio};
use crate::query::scan::index::Indexed;
use crate::query::scan::leaves::{addresses, own_addresses};
use crate::query::scan::scan::coverage;
use crate::query::scan::subnet::{NetworkError, badges, has_len, rounded};
use crate::query::scan::top::Code;
use crate::query::scan::{Cidr, Index};
use crate::query::{AnyRange, Known};

/// How many subnets are told.
const MAX_SUBNETS: usize = 256;

/// How many places are told.
const MAX_MARKERS: usize = 64;

/// In how many records a place is looked for.
const MAX_PLACED: usize = 1024;

/// A /16 or a /32: which of its /24 or /48 are listed, and where they are.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Supernet {
    /// The prefix.
    #[schema(examples("140.235.0.0/16"))]
    pub supernet: String,
    /// Mean of the scores of its active subnets, rounded; 0 where none is active.
    #[schema(minimum = 0, maximum = 100)]
    pub supernet_score: u8,
    /// Part of its addresses that is listed.
    #[schema(minimum = 0, maximum = 1)]
    pub density: f64,
    /// Listed addresses: those with a signal of an anonymizer or of abuse.
    pub ips_seen: Coverage,
    /// How many of its /24 or /48 are active: have a listed address.
    pub subnets_seen: u64,
    /// Listed addresses of active subnets, by the third part of their addresses; at most 256.
    pub subnet_counts: BTreeMap<String, Coverage>,
    /// The active subnets in address order, at most 256.
    #[schema(examples(json!(["140.235.169.0/24", "140.235.170.0/24"])))]
    pub active_subnets: Vec<String>,
    /// Listed addresses by country, in lower case.
    pub country_counts: BTreeMap<String, Coverage>,
    /// The names of those countries.
    pub country_names: BTreeMap<String, String>,
    /// Where listed addresses are, the places with the most of them first; at most 64.
    pub marker_coords: Vec<Marker>,
    /// Its origin AS, that with the most addresses first; at most 32.
    #[schema(examples(json!(["AS64496"])))]
    pub asns: Vec<String>,
    /// The signals with the most addresses, the most first; at most 8.
    #[schema(examples(json!(["vpn", "spam"])))]
    pub top_badges: Vec<&'static str>,
}

/// A place with listed addresses.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Marker {
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lng: f64,
    /// The largest score there.
    #[schema(minimum = 0, maximum = 100)]
    pub level: u8,
}

/// What is listed in a subnet.
#[derive(Clone, Copy, Debug, Default)]
struct Active {
    listed: u128,
    scores: ScoreSum,
}

/// Tells which subnets of a /16 or a /32 are listed.
///
/// # Errors
/// If it is a prefix of another length, or the database is damaged.
pub fn supernet(reader: &Reader<'_>, index: &Index, cidr: &Cidr) -> Result<Supernet, NetworkError> {
    let length = NetworkError::Length { cidr: cidr.to_string(), what: "supernet", v4: 16, v6: 32 };
    match cidr.range() {
        AnyRange::V4(range) if has_len(range, 16) => Ok(of_range(reader, index, range, 24)?),
        AnyRange::V6(range) if has_len(range, 32) => Ok(of_range(reader, index, range, 48)?),
        _ => Err(length),
    }
}

fn of_range<F: Indexed>(
    reader: &Reader<'_>,
    index: &Index,
    range: Range<F>,
    subnet_len: u8,
) -> Result<Supernet, FormatError> {
    let (numbers, most) = index.numbers_and_most(reader, range)?;
    let host_bits = F::BITS - subnet_len;
    let number = |addr: F::Addr| (addr.distance(range.first()).to_u128() >> host_bits) as usize;
    // 256 or 65,536.
    let mut subnets = vec![Active::default(); number(range.last()) + 1];
    let mut countries: HashMap<Code, u128> = HashMap::new();
    let mut records: HashMap<u32, (u128, u8)> = HashMap::new();
    index.listed(reader, range, |leaf, facts| {
        // Networks do not overlap: all visits to subnets are as many as there are of both.
        let (from, to) = (number(leaf.range.first()), number(leaf.range.last()));
        for (subnet, active) in (from..).zip(&mut subnets[from..=to]) {
            let whole = nth::<F>(range, subnet, subnet_len).range();
            let count = whole.intersection(leaf.range).map_or(0, addresses);
            active.listed += count;
            active.scores = active.scores.plus(ScoreSum::of(facts.score, count));
        }
        let count = addresses(leaf.range);
        if facts.country != [0; 2] {
            *countries.entry(facts.country).or_default() += count;
        }
        let n_records = records.len();
        if n_records < MAX_PLACED || records.contains_key(&leaf.offset) {
            let record = records.entry(leaf.offset).or_default();
            *record = (record.0 + count, facts.score);
        }
        ControlFlow::Continue(())
    })?;
    let active: Vec<(usize, &Active)> =
        subnets.iter().enumerate().filter(|(_, subnet)| subnet.listed > 0).collect();
    let scores = active.iter().map(|(_, subnet)| subnet.scores.mean_millionths(subnet.listed));
    let sum: u64 = scores.map(u64::from).sum();
    let n_active = active.len() as u64;
    let mean = (sum + n_active / 2).checked_div(n_active).unwrap_or(0);
    let told = || active.iter().take(MAX_SUBNETS);
    let prefix = |subnet: usize| nth::<F>(range, subnet, subnet_len);
    let lower =
        |code: &Code| code.map(|letter| char::from(letter.to_ascii_lowercase())).iter().collect();
    let country_names = countries
        .keys()
        .filter_map(|code| Some((lower(code), index.table().country(*code)?.to_owned())));
    Ok(Supernet {
        supernet: range.to_string(),
        supernet_score: rounded(mean as u32),
        density: ratio(numbers.totals.listed(), own_addresses(range)),
        ips_seen: coverage(numbers.totals.listed()),
        subnets_seen: n_active,
        subnet_counts: told()
            .map(|&(subnet, active)| (part::<F>(subnet), coverage(active.listed)))
            .collect(),
        active_subnets: told().map(|&(subnet, _)| prefix(subnet).to_string()).collect(),
        country_names: country_names.collect(),
        country_counts: countries.iter().map(|(code, &n)| (lower(code), coverage(n))).collect(),
        marker_coords: markers(reader, &records)?,
        asns: most.asns.most.iter().map(|(asn, _)| format!("AS{asn}")).collect(),
        top_badges: badges(&numbers.totals),
    })
}

/// A subnet by its number.
fn nth<F: Indexed>(range: Range<F>, number: usize, len: u8) -> Prefix<F> {
    let addr = range.first().to_u128() | (number as u128) << (F::BITS - len);
    let addr = F::Addr::from_u128(addr).expect("in the supernet");
    Prefix::masked(addr, len).expect("no longer than the family's bits")
}

/// The third part of the subnet's addresses, as they are written: an octet or a group.
fn part<F: Indexed>(number: usize) -> String {
    if F::BITS == 32 { number.to_string() } else { format!("{number:x}") }
}

/// Where records say their addresses are.
fn markers(
    reader: &Reader<'_>,
    records: &HashMap<u32, (u128, u8)>,
) -> Result<Vec<Marker>, FormatError> {
    let mut places: BTreeMap<[u64; 2], (u128, Marker)> = BTreeMap::new();
    for (&offset, &(count, score)) in records {
        let geo = Known::read(reader, offset as usize)?.geo;
        let (Some(lat), Some(lng)) = (geo.latitude, geo.longitude) else { continue };
        if !lat.is_finite() || !lng.is_finite() {
            continue;
        }
        let marker = Marker { lat, lng, level: score };
        let place = places.entry([lat.to_bits(), lng.to_bits()]).or_insert((0, marker));
        place.0 += count;
        place.1.level = place.1.level.max(score);
    }
    let mut places: Vec<(u128, Marker)> = places.into_values().collect();
    // Stable: equals stay in the order of their coordinates.
    places.sort_by_key(|&(count, _)| std::cmp::Reverse(count));
    Ok(places.into_iter().take(MAX_MARKERS).map(|(_, marker)| marker).collect())
}
