//! Subnets, supernets and AS against what the same database's networks add up to.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use crate::base::{Asn, Range, V4};
use crate::feed::Category;
use crate::mmdb::{Reader, Value};
use crate::query::scan::index::Grain;
use crate::query::scan::oracle::{FINE, networks};
use crate::query::scan::random::{V4_STRETCHES, V6_STRETCHES, database};
use crate::query::scan::{Cidr, Index, asn, subnet, supernet};

fn is_listed(record: &Value) -> bool {
    let is = |category: &&Category| {
        let signals = record.get("signals");
        signals.and_then(|signals| signals.get(category.signal())) == Some(&Value::Bool(true))
    };
    let counts = |category: &&Category| category.is_anonymizer() || category.is_abuse();
    Category::ALL.iter().filter(counts).any(|category| is(&category))
}

fn number(record: &Value, map: &str, key: &str) -> Option<u128> {
    record.get(map)?.get(key)?.as_unsigned()
}

/// The listed IPv4 addresses of a range with their scores, one by one.
fn listed(networks: &[(Range<V4>, Value)], asked: Range<V4>) -> BTreeMap<u32, u128> {
    let mut listed = BTreeMap::new();
    for (range, record) in networks.iter().filter(|(_, record)| is_listed(record)) {
        if let Some(range) = range.intersection(asked) {
            let score = number(record, "threat", "score").unwrap_or(0);
            listed.extend((range.first()..=range.last()).map(|addr| (addr, score)));
        }
    }
    listed
}

/// The mean in millionths and rounded, each half up.
fn mean(scores: impl ExactSizeIterator<Item = u128>) -> (u128, u128) {
    let n = scores.len() as u128;
    let sum: u128 = scores.sum();
    let millionths = (sum * 1_000_000 + n / 2).checked_div(n).unwrap_or(0);
    (millionths, (millionths + 500_000) / 1_000_000)
}

#[test]
fn subnets_and_supernets_are_what_their_addresses_are() {
    let bytes = database(3, 60, &V4_STRETCHES, &V6_STRETCHES);
    let reader = Reader::open(&bytes).expect("sound");
    let index = Index::build_with(&reader, FINE).expect("sound");
    let all = networks::<V4>(&reader);
    let mut n_listed = 0;
    for super_addr in [0_u32, 0xC000_0000, 0xFFFF_0000] {
        let mut means = Vec::new();
        for third in 0..256 {
            let addr = super_addr | third << 8;
            let range = Range::new(addr, addr | 0xFF).expect("in order");
            let expected = listed(&all, range);
            let cidr = Cidr::parse(&format!("{}/24", Ipv4Addr::from_bits(addr))).expect("a prefix");
            let found = subnet(&reader, &index, &cidr).expect("a subnet");
            let ips: Vec<IpAddr> =
                expected.keys().map(|&addr| Ipv4Addr::from_bits(addr).into()).collect();
            assert_eq!((&found.ips, found.ips_seen.get()), (&ips, Some(ips.len() as u128)));
            let (millionths, rounded) = mean(expected.values().copied());
            assert_eq!(u128::from(found.subnet_score), rounded, "{cidr}");
            if !expected.is_empty() {
                means.push((third, millionths, expected.len() as u128));
            }
            n_listed += expected.len();
        }
        let text = format!("{}/16", Ipv4Addr::from_bits(super_addr));
        let cidr = Cidr::parse(&text).expect("a prefix");
        let found = supernet(&reader, &index, &cidr).expect("a supernet");
        assert_eq!(found.subnets_seen, means.len() as u64);
        let counts: BTreeMap<String, u128> =
            means.iter().map(|(third, _, n)| (third.to_string(), *n)).collect();
        let seen = found.subnet_counts.iter();
        let seen: BTreeMap<String, u128> =
            seen.map(|(key, n)| (key.clone(), n.get().expect("small"))).collect();
        assert_eq!(seen, counts);
        let sum: u128 = means.iter().map(|&(_, millionths, _)| millionths).sum();
        let n = means.len().max(1) as u128;
        let score = ((sum + n / 2) / n + 500_000) / 1_000_000;
        assert_eq!(u128::from(found.supernet_score), score, "{cidr}");
    }
    assert!(n_listed > 500, "{n_listed}");
}

#[test]
fn an_as_is_what_its_networks_are() {
    let bytes = database(5, 120, &V4_STRETCHES, &V6_STRETCHES);
    let reader = Reader::open(&bytes).expect("sound");
    let index = Index::build_with(&reader, Grain::USUAL).expect("sound");
    let all = networks::<V4>(&reader);
    let asns: BTreeSet<u128> =
        all.iter().filter_map(|(_, record)| number(record, "network", "asn")).collect();
    assert!(asns.len() > 20, "{}", asns.len());
    for &number_of in &asns {
        let own =
            |(_, record): &&(Range<V4>, Value)| number(record, "network", "asn") == Some(number_of);
        let own: Vec<(Range<V4>, Value)> = all.iter().filter(own).cloned().collect();
        let found = asn(&reader, &index, Asn(number_of as u32)).expect("sound").expect("there");
        let total: u128 = own.iter().map(|(range, _)| u128::from(range.span()) + 1).sum();
        assert_eq!(found.total_ips.get(), Some(total));
        let expected = listed(&own, Range::ALL);
        assert_eq!(found.ips_seen.get(), Some(expected.len() as u128));
        let (_, rounded) = mean(expected.values().copied());
        assert_eq!(u128::from(found.asn_score), rounded);
        assert_eq!(found.as_name, Some(format!("Name {number_of}")));
        let json = serde_json::to_value(&found).expect("JSON");
        assert!(json.get("as_name").is_some());
        assert_eq!((json.get("as_domain"), json.get("organization")), (None, None));
        let v4 = |ip: &&IpAddr| matches!(ip, IpAddr::V4(_));
        let firsts = own.iter().filter(|(_, record)| is_listed(record)).take(10);
        let firsts: Vec<IpAddr> =
            firsts.map(|(range, _)| Ipv4Addr::from_bits(range.first()).into()).collect();
        assert_eq!(found.ips.iter().filter(v4).copied().collect::<Vec<_>>(), firsts);
    }
    assert_eq!(asn(&reader, &index, Asn(1)), Ok(None));
}
