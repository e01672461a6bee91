//! Two crates that do the same work another way: `mmdb-writer` writes the same
//! networks and records, `iprange` finds the same sets.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::{Duration, UNIX_EPOCH};

use ipmint::algebra::RangeSet;
use ipmint::base::{Address, Family, Prefix, Range, Run, V4, V6};
use ipmint::mmdb::{self, Contents, Metadata, Pool, ValueId};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use iprange::IpRange;
use maxminddb::WithinOptions;
use mmdb_writer::MetadataPointers;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::draw;

const EPOCH: u64 = 1_795_132_800;

/// Values that share parts, so that pointers have something to point to.
fn values() -> Vec<mmdb_writer::Value> {
    use mmdb_writer::Value as V;
    let shared =
        || V::map([("code", V::from("EU")), ("names", V::map([("en", V::from("Europe"))]))]);
    vec![
        V::map([("is_anonymous", V::Bool(true))]),
        V::map([("continent", shared()), ("score", V::U16(65))]),
        V::map([("continent", shared()), ("location", V::map([("latitude", V::Double(-1.5))]))]),
        V::map([(
            "lists",
            V::array([V::from("a list"), V::from("another list"), V::from("a list")]),
        )]),
        V::map([("asn", V::U32(64_496)), ("big", V::U64(1 << 60)), ("less", V::I32(-7))]),
        V::map(Vec::<(String, V)>::new()),
    ]
}

/// The same value in a pool of ours.
fn pooled(pool: &mut Pool, value: &mmdb_writer::Value) -> ValueId {
    use mmdb_writer::Value as V;
    match value {
        V::Bool(value) => pool.bool(*value),
        V::U16(value) => pool.uint16(*value),
        V::U32(value) => pool.uint32(*value),
        V::U64(value) => pool.uint64(*value),
        V::I32(value) => pool.int32(*value),
        V::Double(value) => pool.double(*value),
        V::String(text) => pool.utf8(text),
        V::Array(values) => {
            let values: Vec<ValueId> = values.iter().map(|value| pooled(pool, value)).collect();
            pool.array(&values)
        }
        V::Map(entries) => {
            let entries: Vec<(ValueId, ValueId)> =
                entries.iter().map(|(key, value)| (pool.utf8(key), pooled(pool, value))).collect();
            pool.map(&entries)
        }
        other => panic!("no test uses {other:?}"),
    }
}

/// Prefixes and the number of the value of each; where they overlap the longest
/// holds, and of equal ones the last.
type Listed<F> = Vec<(Prefix<F>, usize)>;

fn net<F: Family>(prefix: Prefix<F>) -> IpNet {
    IpNet::new(F::to_ip(prefix.addr()), prefix.len()).expect("a length of the family")
}

/// Writes with the other crate: the most specific last.
fn theirs(v4: &Listed<V4>, v6: &Listed<V6>) -> Vec<u8> {
    let mut writer = mmdb_writer::Writer::builder("Test")
        .description(&[("en", "a test")])
        .build_epoch(UNIX_EPOCH + Duration::from_secs(EPOCH))
        .metadata_pointers(MetadataPointers::Disabled)
        .build();
    // IPv4 lies 96 bits deep in the tree.
    let v4 = v4.iter().map(|(prefix, value)| (prefix.len() + 96, net(*prefix), *value));
    let v6 = v6.iter().map(|(prefix, value)| (prefix.len(), net(*prefix), *value));
    let mut all: Vec<(u8, IpNet, usize)> = v4.chain(v6).collect();
    all.sort_by_key(|(depth, ..)| *depth);
    let values = values();
    for (_, net, value) in all {
        writer.insert_value(net, values[value].clone()).expect("no alias is inserted");
    }
    writer.to_bytes().expect("it is small")
}

/// What holds between any two edges, one stretch after the other.
fn flattened<F: Family>(listed: &Listed<F>, ids: &[ValueId]) -> Vec<Run<F>> {
    let firsts = listed.iter().map(|(prefix, _)| prefix.range().first());
    let afters = listed.iter().filter_map(|(prefix, _)| prefix.range().last().next());
    let mut edges: Vec<F::Addr> = firsts.chain(afters).collect();
    edges.sort_unstable();
    edges.dedup();
    let mut runs: Vec<Run<F>> = Vec::new();
    for (idx, first) in edges.iter().enumerate() {
        let covering = listed.iter().filter(|(prefix, _)| prefix.covers(*first));
        // Of equal lengths the last.
        let Some((_, value)) = covering.max_by_key(|(prefix, _)| prefix.len()) else { continue };
        let last = match edges.get(idx + 1) {
            Some(next) => next.prev().expect("it comes after another"),
            None => F::Addr::MAX,
        };
        let run = Run { first: *first, last, value: ids[*value].0 };
        match runs.last_mut() {
            Some(before) if before.touches(&run) && before.value == run.value => before.last = last,
            _ => runs.push(run),
        }
    }
    runs
}

/// Writes with ours.
fn ours(v4: &Listed<V4>, v6: &Listed<V6>) -> Vec<u8> {
    let mut pool = Pool::new();
    let ids: Vec<ValueId> = values().iter().map(|value| pooled(&mut pool, value)).collect();
    let metadata = Metadata {
        database_type: "Test".to_owned(),
        description: "a test".to_owned(),
        build_epoch: EPOCH,
    };
    let (v4, v6) = (flattened(v4, &ids), flattened(v6, &ids));
    let contents = Contents { pool: &pool, v4: &v4, v6: &v6 };
    mmdb::write(contents, &metadata).expect("it is small").bytes
}

/// Every network within another, with its record.
fn networks(file: &[u8], within: &str) -> Vec<(String, Value)> {
    let reader = maxminddb::Reader::from_source(file).expect("a database");
    let options = WithinOptions::default();
    let found = reader.within(within.parse().expect("CIDR"), options).expect("a sound tree");
    let network = |found: Result<maxminddb::LookupResult<'_, _>, _>| {
        let found: maxminddb::LookupResult<'_, &[u8]> = found.expect("a sound tree");
        let network = found.network().expect("a network").to_string();
        (network, found.decode().expect("a sound record").expect("it was listed"))
    };
    found.map(network).collect()
}

/// Addresses that lie near each other, at both ends and in the middle.
fn prefixes_v4() -> impl Strategy<Value = Listed<V4>> {
    let addr = (select(vec![0, 0xc000_0200, 0xffff_ff00_u32]), any::<u8>())
        .prop_map(|(high, low)| high | u32::from(low));
    let length = prop_oneof![0..=32_u8, 20..=32_u8, 26..=32_u8];
    let prefix = (addr, length, 0..values().len()).prop_map(|(addr, length, value)| {
        (Prefix::masked(addr, length).expect("at most 32"), value)
    });
    vec(prefix, 0..24)
}

/// The same in IPv6, without what holds IPv4 or one of its aliases.
fn prefixes_v6() -> impl Strategy<Value = Listed<V6>> {
    let highs = vec![0x2001_0db8 << 96, 0x2003 << 112, 0x64_ff9b << 96, u128::MAX << 8, 1 << 40];
    let addr = (select(highs), any::<u8>(), select(vec![0, 64, 90]))
        .prop_map(|(high, low, shift)| high | u128::from(low) << shift);
    let length = prop_oneof![16..=128_u8, 30..=40_u8, 120..=128_u8];
    let prefix = (addr, length, 0..values().len()).prop_map(|(addr, length, value)| {
        (Prefix::masked(addr, length).expect("at most 128"), value)
    });
    let is_apart = |prefix: &Prefix<V6>| {
        mmdb::v4_prefixes()
            .iter()
            .all(|place| !place.covers(prefix.addr()) && !prefix.covers(place.addr()))
    };
    vec(prefix, 0..24).prop_map(move |mut prefixes| {
        prefixes.retain(|(prefix, _)| is_apart(prefix));
        prefixes
    })
}

proptest! {
    #![proptest_config(draw::cases(500))]

    #[test]
    fn both_writers_say_the_same_of_the_same_networks(v4 in prefixes_v4(), v6 in prefixes_v6()) {
        prop_assume!(!is_uniform(&v4));
        let (ours, theirs) = (ours(&v4, &v6), theirs(&v4, &v6));
        prop_assert_eq!(mmdb::check(&ours), [""; 0]);
        for within in ["0.0.0.0/0", "::/0"] {
            prop_assert_eq!(networks(&ours, within), networks(&theirs, within), "{}", within);
        }
        for (prefix, _) in v4 {
            let bits = u128::from(prefix.addr());
            for clothes in [0xffff << 32 | bits, 0x2002 << 112 | bits << 80, 0x2001 << 112 | bits << 64] {
                let address = IpAddr::V6(Ipv6Addr::from_bits(clothes));
                prop_assert_eq!(record(&ours, address), record(&theirs, address), "{}", address);
            }
        }
        prop_assert_eq!(ours.len(), theirs.len());
    }

    /// It lays values in the order of nodes, we in that of addresses; of one value
    /// there is one order.
    #[test]
    fn both_writers_write_the_same_bytes_of_one_value(
        mut v4 in prefixes_v4(),
        mut v6 in prefixes_v6(),
        value in 0..values().len(),
    ) {
        v4.iter_mut().for_each(|(_, other)| *other = value);
        v6.iter_mut().for_each(|(_, other)| *other = value);
        prop_assume!(!is_uniform(&v4));
        prop_assert!(ours(&v4, &v6) == theirs(&v4, &v6));
    }
}

/// Whether one thing is said of all IPv4: then `mmdb-writer` has no node for aliases
/// to lead to, and loses them.
fn is_uniform(v4: &Listed<V4>) -> bool {
    let ids: Vec<ValueId> = (0..values().len() as u32).map(ValueId).collect();
    flattened(v4, &ids).iter().any(|run| run.range() == Range::ALL)
}

fn record(file: &[u8], address: IpAddr) -> Option<Value> {
    let reader = maxminddb::Reader::from_source(file).expect("a database");
    reader.lookup(address).expect("a sound tree").decode().expect("a sound record")
}

/// `mmdb-writer` loses IPv4's aliases here, so the specification is asked.
#[test]
fn aliases_outlive_a_prefix_that_covers_them() {
    let v4 = vec![(Prefix::masked(0xc000_0200, 24).expect("a prefix"), 0)];
    let v6 = vec![(Prefix::masked(1 << 125, 3).expect("a prefix"), 1)];
    let file = ours(&v4, &v6);
    assert_eq!(mmdb::check(&file), [""; 0]);
    let listed = record(&file, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    assert!(listed.is_some());
    for clothes in ["::192.0.2.1", "::ffff:192.0.2.1", "2002:c000:201::", "2001:0:c000:201::"] {
        let address = clothes.parse().expect("an address");
        assert_eq!(record(&file, address), listed, "{clothes}");
    }
    for other in ["::ffff:192.0.3.1", "2002:c000:301::1", "2001:0:c000:301::1"] {
        assert_eq!(record(&file, other.parse().expect("an address")), None, "{other}");
    }
    for neighbour in ["2001:1::1", "2003::1", "3fff::1"] {
        assert!(record(&file, neighbour.parse().expect("an address")).is_some(), "{neighbour}");
    }
}

#[test]
fn aliases_say_what_is_said_of_all_ipv4() {
    let v4 = vec![(Prefix::masked(0, 0).expect("a prefix"), 1)];
    let file = ours(&v4, &Vec::new());
    assert_eq!(mmdb::check(&file), [""; 0]);
    let listed = record(&file, IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
    assert!(listed.is_some());
    for clothes in ["::192.0.2.1", "::ffff:192.0.2.1", "2002:c000:201::", "2001:0:c000:201::"] {
        assert_eq!(record(&file, clothes.parse().expect("an address")), listed, "{clothes}");
    }
    assert_eq!(record(&file, "2003::1".parse().expect("an address")), None);
}

/// What an `iprange` holds, as prefixes in order.
fn ranges_v4(mut set: IpRange<Ipv4Net>) -> Vec<Ipv4Net> {
    set.simplify();
    let mut nets: Vec<Ipv4Net> = set.iter().collect();
    nets.sort();
    nets
}

fn ranges_v6(mut set: IpRange<Ipv6Net>) -> Vec<Ipv6Net> {
    set.simplify();
    let mut nets: Vec<Ipv6Net> = set.iter().collect();
    nets.sort();
    nets
}

fn set<F: Family>(listed: &Listed<F>) -> RangeSet<F> {
    RangeSet::new(listed.iter().map(|(prefix, _)| prefix.range()).collect())
}

fn prefixes<F: Family>(set: &RangeSet<F>) -> Vec<IpNet> {
    set.ranges().iter().flat_map(|range: &Range<F>| range.prefixes()).map(net).collect()
}

proptest! {
    #![proptest_config(draw::cases(1000))]

    #[test]
    fn sets_of_ipv4_are_those_of_iprange(a in prefixes_v4(), b in prefixes_v4()) {
        let theirs = |listed: &Listed<V4>| -> IpRange<Ipv4Net> {
            let nets = listed.iter().map(|(prefix, _)| {
                Ipv4Net::new(Ipv4Addr::from_bits(prefix.addr()), prefix.len()).expect("a prefix")
            });
            nets.collect()
        };
        let wrap = |set| ranges_v4(set).into_iter().map(IpNet::V4).collect::<Vec<_>>();
        let ((ours_a, ours_b), (a, b)) = ((set(&a), set(&b)), (theirs(&a), theirs(&b)));
        prop_assert_eq!(prefixes(&ours_a.union(&ours_b)), wrap(a.merge(&b)));
        prop_assert_eq!(prefixes(&ours_a.intersection(&ours_b)), wrap(a.intersect(&b)));
        prop_assert_eq!(prefixes(&ours_a.difference(&ours_b)), wrap(a.exclude(&b)));
    }

    #[test]
    fn sets_of_ipv6_are_those_of_iprange(a in prefixes_v6(), b in prefixes_v6()) {
        let theirs = |listed: &Listed<V6>| -> IpRange<Ipv6Net> {
            let nets = listed.iter().map(|(prefix, _)| {
                Ipv6Net::new(Ipv6Addr::from_bits(prefix.addr()), prefix.len()).expect("a prefix")
            });
            nets.collect()
        };
        let wrap = |set| ranges_v6(set).into_iter().map(IpNet::V6).collect::<Vec<_>>();
        let ((ours_a, ours_b), (a, b)) = ((set(&a), set(&b)), (theirs(&a), theirs(&b)));
        prop_assert_eq!(prefixes(&ours_a.union(&ours_b)), wrap(a.merge(&b)));
        prop_assert_eq!(prefixes(&ours_a.intersection(&ours_b)), wrap(a.intersect(&b)));
        prop_assert_eq!(prefixes(&ours_a.difference(&ours_b)), wrap(a.exclude(&b)));
    }
}
