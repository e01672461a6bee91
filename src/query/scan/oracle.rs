//! Scans against what a naive count of the same database says: address by address, or network by network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::json;

use crate::base::{Address, Family, Prefix, Range, Run, V4, V6};
use crate::feed::Category;
use crate::mmdb::{
    Aliases, Contents, FormatError, Metadata, Pool, Reader, Value, beside, is_v4_place, write,
};
use crate::query::fixture::intern;
use crate::query::scan::index::{Grain, Indexed};
use crate::query::scan::random::{Random, V4_STRETCHES, V6_STRETCHES, database};
use crate::query::scan::{Cidr, Index, Scan, ScanOptions, scan};
use crate::query::{AnyRange, lookup};

/// Small blocks and tables for small databases.
pub(super) const FINE: Grain = Grain { block_leaves: 8, light_leaves: 20 };

/// What the oracle counts.
#[derive(Debug, Default)]
struct Counted {
    known: u128,
    /// Of signals, of `listed`, `anonymous` and `abuse`, and of bins.
    counts: BTreeMap<String, u128>,
    scores: u128,
    max: u128,
    asns: BTreeMap<u128, u128>,
    countries: BTreeMap<String, u128>,
    providers: BTreeMap<String, u128>,
    runs: Vec<(u128, u128, (u128, Vec<String>))>,
}

impl Counted {
    fn add(&mut self, first: u128, last: u128, record: &Value) {
        let count = last - first + 1;
        let mut add = |key: &str| *self.counts.entry(key.to_owned()).or_default() += count;
        self.known += count;
        let number = |map: &str, key: &str| record.get(map)?.get(key)?.as_unsigned();
        let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
        let signals: Vec<String> = Category::ALL
            .iter()
            .map(|category| category.signal())
            .filter(|&name| {
                let is = |map: &str| record.get(map)?.get(name);
                match name {
                    "is_bot" => matches!(record.get("bot"), Some(Value::Map(_))),
                    "is_sanctioned" => is("geo") == Some(&Value::Bool(true)),
                    _ => is("signals") == Some(&Value::Bool(true)),
                }
            })
            .map(str::to_owned)
            .collect();
        signals.iter().for_each(|signal| add(signal));
        let has = |names: &[&str]| names.iter().any(|name| signals.iter().any(|s| s == name));
        let anonymous =
            has(&["is_tor", "is_vpn", "is_proxy", "is_residential_proxy", "is_mobile_proxy"]);
        let abuse = has(&["is_spam", "is_attacker", "is_drop", "is_c2", "is_botnet", "is_malware"]);
        if anonymous {
            add("anonymous");
        }
        if abuse {
            add("abuse");
        }
        if anonymous || abuse {
            add("listed");
        }
        let score = number("threat", "score").unwrap_or(0);
        add(&format!("to {}", score.div_ceil(10) * 10));
        self.scores = self.scores.wrapping_add(score.wrapping_mul(count));
        self.max = self.max.max(score);
        if let Some(asn) = number("network", "asn") {
            *self.asns.entry(asn).or_default() += count;
        }
        if let Some(code) = text(record.get("geo").and_then(|geo| geo.get("country_code"))) {
            *self.countries.entry(code).or_default() += count;
        }
        if let Some(Value::Array(claims)) = record.get("attributions") {
            let counts = |claim: &&Value| {
                text(claim.get("category")).is_some_and(|category| category != "spam")
                    && claim.get("suppressed_by").is_none()
            };
            let mut names: Vec<String> = claims
                .iter()
                .filter(counts)
                .filter_map(|claim| text(claim.get("provider")))
                .collect();
            names.sort();
            names.dedup();
            for name in names {
                *self.providers.entry(name).or_default() += count;
            }
        }
        let verdict = (score, signals);
        match self.runs.last_mut() {
            Some(run) if run.1.checked_add(1) == Some(first) && run.2 == verdict => run.1 = last,
            _ => self.runs.push((first, last, verdict)),
        }
    }

    #[track_caller]
    fn check(&self, found: &Scan) {
        let count = |key: &str| self.counts.get(key).copied().unwrap_or(0);
        let get = |coverage: crate::base::Coverage| coverage.get().expect("below 2^128");
        assert_eq!(get(found.known.count), self.known);
        assert_eq!(found.signals.len(), Category::ALL.len() - 3);
        for (signal, share) in &found.signals {
            assert_eq!(get(share.count), count(signal), "{signal}");
        }
        assert_eq!(get(found.listed.count), count("listed"));
        assert_eq!(get(found.anonymous.count), count("anonymous"));
        assert_eq!(get(found.abuse.count), count("abuse"));
        for bin in &found.score.histogram {
            assert_eq!(get(bin.count), count(&format!("to {}", bin.to)));
        }
        assert_eq!(u128::from(found.score.max), self.max);
        let total = get(found.total);
        if total > 0 && total < 1 << 90 {
            let millionths = (self.scores * 1_000_000 + total / 2) / total;
            assert_eq!((found.score.mean * 1e6).round() as u128, millionths);
        }
        let most = |counts: Vec<(String, u128)>| {
            let mut counts = counts;
            counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
            counts.truncate(ScanOptions::MAX_TOP);
            counts
        };
        let asns = self.asns.iter().map(|(asn, &count)| (format!("AS{asn}"), count)).collect();
        let found_asns = found.top.asns.iter().map(|top| (top.asn.clone(), get(top.count)));
        assert_eq!(found_asns.collect::<Vec<_>>(), most(asns));
        let named = |map: &BTreeMap<String, u128>| {
            most(map.iter().map(|(name, &count)| (name.clone(), count)).collect())
        };
        let countries = found.top.countries.iter();
        let countries: Vec<_> =
            countries.map(|top| (top.country_code.clone(), get(top.count))).collect();
        assert_eq!(countries, named(&self.countries));
        let providers = found.top.providers.iter();
        let providers: Vec<_> =
            providers.map(|top| (top.provider.clone(), get(top.count))).collect();
        assert_eq!(providers, named(&self.providers));
        let distinct = [found.top.n_asns, found.top.n_countries, found.top.n_providers];
        let expected = [self.asns.len(), self.countries.len(), self.providers.len()];
        assert_eq!(distinct.map(|n| n as usize), expected);
        assert_eq!(found.n_runs as usize, self.runs.len());
        let bits = |ip: IpAddr| match ip {
            IpAddr::V4(ip) => u128::from(ip.to_bits()),
            IpAddr::V6(ip) => ip.to_bits(),
        };
        for (run, (first, last, (score, signals))) in found.runs.iter().zip(&self.runs) {
            assert_eq!((bits(run.first), bits(run.last)), (*first, *last));
            assert_eq!(
                (u128::from(run.score), &run.signals[..]),
                (*score, &signals.iter().map(String::as_str).collect::<Vec<_>>()[..])
            );
        }
        assert_eq!(found.runs.len(), self.runs.len().min(ScanOptions::MAX_RUNS));
        let next = self.runs.get(ScanOptions::MAX_RUNS).map(|run| run.0);
        assert_eq!(found.next.map(bits), next);
    }
}

/// Each network of a family with its record, as trees walked side by side have them.
pub(super) fn networks<F: Family>(reader: &Reader<'_>) -> Vec<(Range<F>, Value)> {
    let mut networks = Vec::new();
    let visit = |range, [offset]: [Option<u32>; 1]| {
        if let Some(offset) = offset {
            networks.push((range, reader.decode(offset as usize)?));
        }
        Ok::<_, FormatError>(())
    };
    beside::<F, 1, _>([reader], Aliases::LeftOut, visit).expect("sound");
    networks
}

/// The same, with neighbours of one record joined.
fn stretches<F: Family>(reader: &Reader<'_>) -> Vec<(Range<F>, Value)> {
    let mut joined: Vec<(Range<F>, Value)> = Vec::new();
    for (range, record) in networks::<F>(reader) {
        match joined.last_mut() {
            Some((before, same))
                if before.last().next() == Some(range.first()) && *same == record =>
            {
                *before = Range::new(before.first(), range.last()).expect("in address order");
            }
            _ => joined.push((range, record)),
        }
    }
    joined
}

struct Asked<'a> {
    reader: Reader<'a>,
    indexes: Vec<Index>,
    v4: Vec<(Range<V4>, Value)>,
    v6: Vec<(Range<V6>, Value)>,
}

const ALL: ScanOptions =
    ScanOptions { top: ScanOptions::MAX_TOP, runs: ScanOptions::MAX_RUNS, after: None };

impl<'a> Asked<'a> {
    fn open(bytes: &'a [u8]) -> Self {
        let reader = Reader::open(bytes).expect("sound");
        let grains = [FINE, Grain { block_leaves: 1, light_leaves: 1 }, Grain::USUAL];
        let build = |grain| Index::build_with(&reader, grain).expect("sound");
        let indexes = grains.map(build).into_iter().collect();
        let (v4, v6) = (stretches(&reader), stretches(&reader));
        Self { reader, indexes, v4, v6 }
    }

    /// A walk and every index say what the oracle counts.
    #[track_caller]
    fn check(&self, cidr: &Cidr) -> Scan {
        let mut counted = Counted::default();
        match cidr.range() {
            AnyRange::V4(range) => add_all(&mut counted, &self.v4, range),
            AnyRange::V6(range) => add_all(&mut counted, &self.v6, range),
        }
        let walked = scan(&self.reader, None, cidr, ALL).expect("sound");
        counted.check(&walked);
        for index in &self.indexes {
            let indexed = scan(&self.reader, Some(index), cidr, ALL).expect("sound");
            assert_eq!(indexed, walked, "{cidr}");
        }
        walked
    }

    /// The same, address by address.
    #[track_caller]
    fn check_each_address(&self, cidr: &Cidr) {
        let mut counted = Counted::default();
        let mut add = |bits: u128, ip: IpAddr| {
            if let Some(record) = lookup(&self.reader, ip).expect("sound").record {
                counted.add(bits, bits, &record);
            }
        };
        match cidr.range() {
            AnyRange::V4(range) => {
                (range.first()..=range.last()).for_each(|addr| add(addr.into(), V4::to_ip(addr)));
            }
            AnyRange::V6(range) => {
                (range.first()..=range.last())
                    .filter(|&addr| !is_v4_place(addr))
                    .for_each(|addr| add(addr, V6::to_ip(addr)));
            }
        }
        counted.check(&self.check(cidr));
    }
}

fn add_all<F: Family>(counted: &mut Counted, networks: &[(Range<F>, Value)], asked: Range<F>) {
    for (range, record) in networks {
        if let Some(range) = range.intersection(asked) {
            counted.add(range.first().to_u128(), range.last().to_u128(), record);
        }
    }
}

/// A range that begins and ends in or near one of the stretches.
fn range<F: Indexed>(random: &mut Random, stretches: &[(F::Addr, u8)]) -> Range<F> {
    let mut near = || {
        let (start, bits) = stretches[random.below(stretches.len() as u64) as usize];
        let wide = u128::from(random.next()) << 64 | u128::from(random.next());
        let offset = F::Addr::from_u128(0).map_or(0, |_| wide & ((1 << (bits + 1)) - 1));
        let addr = start.to_u128().saturating_add(offset).saturating_sub(1 << (bits - 1));
        F::Addr::from_u128(addr).unwrap_or(F::Addr::MAX)
    };
    let (a, b) = (near(), near());
    if random.below(2) == 0 {
        let len = random.below(u64::from(F::BITS) + 1) as u8;
        return Prefix::masked(a, len).expect("in the family").range();
    }
    Range::new(a.min(b), a.max(b)).expect("in order")
}

#[test]
fn every_address_of_small_networks_is_counted() {
    let bytes = database(1, 60, &V4_STRETCHES, &V6_STRETCHES);
    let asked = Asked::open(&bytes);
    let random = &mut Random(2);
    for _ in 0..40 {
        let (v4, v6) = (range::<V4>(random, &V4_STRETCHES), range::<V6>(random, &V6_STRETCHES));
        let end = v4.last().min(v4.first().saturating_add(300));
        asked.check_each_address(
            &AnyRange::V4(Range::new(v4.first(), end).expect("in order")).into(),
        );
        let end = v6.last().min(v6.first().saturating_add(300));
        asked.check_each_address(
            &AnyRange::V6(Range::new(v6.first(), end).expect("in order")).into(),
        );
    }
}

#[test]
fn walks_and_indexes_say_what_networks_add_up_to() {
    for (n_runs, n_asked) in [(9, 250), (50, 40), (300, 6)] {
        let bytes = database(n_runs, n_runs, &V4_STRETCHES, &V6_STRETCHES);
        let asked = Asked::open(&bytes);
        assert!(asked.indexes[0].n_tables() > 3, "no tables to look into");
        let random = &mut Random(100 + n_runs);
        for _ in 0..n_asked {
            asked.check(&AnyRange::V4(range::<V4>(random, &V4_STRETCHES)).into());
            asked.check(&AnyRange::V6(range::<V6>(random, &V6_STRETCHES)).into());
        }
        for text in
            ["0.0.0.0/0", "::/0", "2001::/16", "2002::/16", "::/64", "::-::1:0:0", "128.0.0.0/1"]
        {
            asked.check(&Cidr::parse(text).expect("a CIDR"));
        }
    }
}

/// Of small databases many networks, most of which begin or end amid what is known.
#[test]
fn thousands_of_networks_of_small_databases_are_exact() {
    let (v4_stretches, v6_stretches) = ([(0xC000_0000, 10)], [(0x2001_0db9 << 96, 10)]);
    for seed in 0..8 {
        let bytes = database(200 + seed, 6, &v4_stretches, &v6_stretches);
        let asked = Asked::open(&bytes);
        let random = &mut Random(300 + seed);
        for _ in 0..150 {
            asked.check(&AnyRange::V4(range::<V4>(random, &v4_stretches)).into());
            asked.check(&AnyRange::V6(range::<V6>(random, &v6_stretches)).into());
        }
    }
}

#[test]
fn whole_families_of_one_record_are_exact() {
    let one = json!({
        "network": { "asn": 1 }, "threat": { "score": 100 },
        "signals": { "is_vpn": true }, "geo": { "country_code": "DE" },
    });
    let mut pool = Pool::new();
    let value = intern(&mut pool, &one).0;
    let metadata = Metadata {
        database_type: "ipmint-full".to_owned(),
        description: "test".to_owned(),
        build_epoch: 1,
    };
    let v4 = [Run::new(Range::<V4>::ALL, value)];
    let v6 = [Run::new(Range::<V6>::ALL, value)];
    let bytes = write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("small").bytes;
    let asked = Asked::open(&bytes);
    let v4 = asked.check(&Cidr::parse("0.0.0.0/0").expect("a CIDR"));
    assert_eq!((v4.total.to_string(), v4.known.ratio), ("4294967296".to_owned(), 1.0));
    assert_eq!((v4.score.mean, v4.n_runs), (100.0, 1));
    let v6 = asked.check(&Cidr::parse("::/0").expect("a CIDR"));
    assert_eq!(v6.total.to_string(), "340277174544851766121481739333305106432");
    assert_eq!((v6.known.count, v6.score.mean, v6.n_runs), (v6.total, 100.0, 4));
    assert_eq!(v6.notes.len(), 1);
    let nothing = asked.check(&Cidr::parse("2002::/20").expect("a CIDR"));
    assert_eq!((nothing.total.to_string(), nothing.listed.ratio), ("0".to_owned(), 0.0));
}

#[test]
fn an_empty_database_knows_nothing() {
    let bytes = database(1, 1, &[], &[]);
    let asked = Asked::open(&bytes);
    for text in ["0.0.0.0/0", "::/0", "192.0.2.1"] {
        let found = asked.check(&Cidr::parse(text).expect("a CIDR"));
        assert!(found.known.count.is_zero() && found.runs.is_empty());
    }
}

#[test]
fn pages_of_runs_join_up() {
    let bytes = database(7, 40, &V4_STRETCHES, &V6_STRETCHES);
    let asked = Asked::open(&bytes);
    for text in ["0.0.0.0/0", "::/0", "192.0.0.9-192.0.15.200"] {
        let cidr = Cidr::parse(text).expect("a CIDR");
        let whole = asked.check(&cidr);
        for index in [None].into_iter().chain(asked.indexes.iter().map(Some)) {
            let (mut runs, mut after) = (Vec::new(), None);
            loop {
                let options = ScanOptions { runs: 7, after, ..ALL };
                let page = scan(&asked.reader, index, &cidr, options).expect("sound");
                runs.extend(page.runs);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(runs, whole.runs);
        }
    }
}
