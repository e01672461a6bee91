//! `ipmint diff` says what changed, whoever wrote the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipmint::base::{Run, V4, V6, push_joined};
use ipmint::mmdb::Pool;
use ipmint::query::{Comparison, DiffError, Difference, inspect, write_changes};
use mmdb_writer::{IpVersion, RecordSize};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::draw::cases;
use crate::schema;
use crate::small::{Row, intern, of_runs, ours, theirs};
use crate::support::Project;
use crate::world::corpus_folder;

fn difference(old: &[u8], new: &[u8]) -> Value {
    let comparison = Comparison::between(old, new).expect("sound");
    let json = Difference::of(&comparison).expect("small").to_json();
    schema::check("diff", &json);
    json
}

fn changes(old: &[u8], new: &[u8]) -> Vec<Value> {
    let comparison = Comparison::between(old, new).expect("sound");
    let mut out = Vec::new();
    write_changes(&comparison, &mut out).expect("written");
    let text = String::from_utf8(out).expect("text");
    let line = |line| {
        let line = serde_json::from_str(line).expect("a JSON object a line");
        schema::check("change", &line);
        line
    };
    text.lines().map(line).collect()
}

fn project(old: &[u8], new: &[u8]) -> Project {
    let project = Project::new();
    project.write("old.mmdb", old);
    project.write("new.mmdb", new);
    project
}

#[test]
fn what_changed_is_counted_by_field() {
    let vpn = |score: u16| json!({ "signals": { "is_vpn": true }, "threat": { "score": score } });
    let old = ours(&[
        ("192.0.2.0/25", vpn(40)),
        ("198.51.100.0/24", vpn(40)),
        ("203.0.113.0/24", json!({ "asn": 64_496 })),
        ("2001:db8::/64", vpn(40)),
    ]);
    let new = ours(&[
        ("192.0.2.0/24", vpn(40)),
        ("198.51.100.0/25", vpn(50)),
        ("198.51.100.128/25", json!({ "threat": { "score": 40 } })),
        ("203.0.113.0/24", json!({ "asn": 64_496 })),
    ]);
    let project = project(&old, &new);
    let ended = project.run(&["diff", "--json", "old.mmdb", "new.mmdb"]).expect_code(0);
    let v6 = "18446744073709551616";
    let expected = json!({
        "added": 1, "removed": 1, "changed": 2,
        "addresses_v4": 384, "addresses_v6": v6,
        "by_field": {
            "signals.is_vpn": {
                "ranges": 3, "addresses_v4": 256, "addresses_v6": v6,
                "gained_v4": 128, "gained_v6": 0, "lost_v4": 128, "lost_v6": v6,
            },
            "threat.score": { "ranges": 3, "addresses_v4": 256, "addresses_v6": v6 },
        },
    });
    assert_eq!(ended.json(), expected);
    assert_eq!(ended.stderr, "");

    let lines = project.run(&["diff", "--ndjson", "old.mmdb", "new.mmdb"]).expect_code(0);
    let expected = [
        json!({ "network": "192.0.2.128/25", "change": "added", "old": null, "new": vpn(40) }),
        json!({ "network": "198.51.100.0/25", "change": "changed",
            "old": { "threat": { "score": 40 } }, "new": { "threat": { "score": 50 } } }),
        json!({ "network": "198.51.100.128/25", "change": "changed",
            "old": { "signals": { "is_vpn": true } }, "new": {} }),
        json!({ "network": "2001:db8::/64", "change": "removed", "old": vpn(40), "new": null }),
    ];
    assert_eq!(lines.json_lines(), expected);

    let text = project.run(&["diff", "old.mmdb", "new.mmdb"]).expect_code(0).stdout;
    for part in [
        "4 ranges: 1 added, 1 removed, 2 changed",
        "384 IPv4 addresses, 18 446 744 073 709 551 616 IPv6 addresses",
        "signals.is_vpn",
        "2001:db8::/64      removed  signals.is_vpn, threat.score",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let same = project.run(&["diff", "old.mmdb", "old.mmdb"]).expect_code(0);
    assert_eq!(same.stdout, "no difference\n");
}

#[test]
fn a_range_that_is_no_prefix_has_its_ends() {
    let record = json!({ "a": [1, 2] });
    let rows = |networks: &[&'static str]| -> Vec<Row<'_>> {
        networks.iter().map(|network| (*network, record.clone())).collect()
    };
    let old = ours(&rows(&["192.0.2.0/24"]));
    let new = ours(&rows(&["192.0.2.0/32", "192.0.2.128/25"]));
    let expected = json!({ "first": "192.0.2.1", "last": "192.0.2.127", "change": "removed",
        "old": { "a": [1, 2] }, "new": null });
    assert_eq!(changes(&old, &new), [expected]);
}

#[test]
fn the_writer_of_a_file_makes_no_difference() {
    let rows = [
        ("192.0.2.0/24", json!({ "a": { "b": 1, "c": "x" }, "list": [0.5, "text"] })),
        ("198.51.100.128/25", json!({ "a": { "b": 1, "c": "x" }, "list": [0.5, "text"] })),
        ("203.0.113.7/32", json!({ "is": true })),
    ];
    let more = [&rows[..], &[("2001:db8::/48", json!({ "is": true }))]].concat();
    let mut files = vec![ours(&rows)];
    let mut with_v6 = vec![ours(&more)];
    for size in [RecordSize::Bits24, RecordSize::Bits28, RecordSize::Bits32] {
        files.push(theirs(&rows, IpVersion::V4, size));
        files.push(theirs(&rows, IpVersion::V6, size));
        with_v6.push(theirs(&more, IpVersion::V6, size));
    }
    for old in &files {
        for new in &files {
            assert_eq!(changes(old, new), [] as [Value; 0]);
        }
        // IPv4 is counted once, though it is seen four times in the larger tree.
        for new in &with_v6 {
            let found = difference(old, new);
            assert_eq!((&found["added"], &found["addresses_v4"]), (&json!(1), &json!(0)));
            assert_eq!(found["addresses_v6"], "1208925819614629174706176");
            assert_eq!(difference(new, old)["removed"], 1);
        }
    }
}

#[test]
fn a_database_against_none_is_what_inspect_counts() {
    let project = Project::with_sample();
    let empty = ours(&[]);
    let mut files: Vec<Vec<u8>> = ["full", "flat", "asn", "risk"]
        .iter()
        .map(|name| project.path(&format!("output/releases/20261121.1/{name}.mmdb")))
        .map(|path| fs::read(path).expect("published"))
        .collect();
    match corpus_folder() {
        Some(folder) => {
            let folder = fs::read_dir(folder.join("mmdb")).expect("a folder");
            files.extend(folder.map(|file| fs::read(file.expect("there").path()).expect("a file")));
        }
        None => eprintln!("no corpus; this test looks at the sample alone (set IPMINT_CORPUS)"),
    }
    for file in files {
        let counted = inspect(&file).expect("sound").to_json();
        let removed = difference(&file, &empty);
        assert_eq!(removed["addresses_v4"], counted["v4"]["addresses"]);
        assert_eq!(removed["addresses_v6"], counted["v6"]["addresses"]);
        assert_eq!((&removed["added"], &removed["changed"]), (&json!(0), &json!(0)));
        let added = difference(&empty, &file);
        assert_eq!(added["added"], removed["removed"]);
        assert_eq!(changes(&file, &file), [] as [Value; 0]);
    }
}

#[test]
fn a_damaged_file_is_named_by_its_side() {
    let sound = ours(&[("192.0.2.0/24", json!({ "a": "text" }))]);
    let mut damaged = sound.clone();
    let at = damaged.windows(4).position(|bytes| bytes == b"text").expect("there");
    damaged[at] = 0xFF;
    let project = project(&sound, &damaged);
    let said = ["the new database cannot be read", "data offset", "not UTF-8"];
    project.run(&["diff", "old.mmdb", "new.mmdb"]).expect_code(1).expect_stderr(&said);
    let said = ["the old database cannot be read"];
    project.run(&["diff", "new.mmdb", "old.mmdb"]).expect_code(1).expect_stderr(&said);
    project.run(&["diff", "old.mmdb", "none.mmdb"]).expect_code(1).expect_stderr(&["none.mmdb"]);
    project.run(&["diff", "--json", "--ndjson", "old.mmdb", "old.mmdb"]).expect_code(2);
}

/// What records a small world has; some differ in one field, some in none that is spelt alike.
fn records() -> Vec<Value> {
    vec![
        json!({ "is": true, "n": 1 }),
        json!({ "is": false, "n": 1 }),
        json!({ "is": true, "deep": { "is": true, "text": "x" } }),
        json!({ "deep": { "text": "x" }, "list": [1, 2] }),
        json!({ "deep": { "text": "y" }, "list": [2, 1] }),
        json!({}),
    ]
}

/// Addresses of the small world: some of each family, those of IPv6 at the end of Teredo, where
/// half of them reach IPv4 and are nobody's.
const V4_FIRST: u32 = 0xC000_0200;
const V6_FIRST: u128 = (0x2001_0001 << 96) - 8;
const N_OWN: usize = 24;

/// What is said of each address: records by number.
type World = Vec<Option<usize>>;

fn world() -> impl Strategy<Value = World> {
    prop::collection::vec(prop::option::weighted(0.7, 0..records().len()), 2 * N_OWN)
}

fn file(world: &World) -> Vec<u8> {
    let mut pool = Pool::new();
    let ids: Vec<u32> = records().iter().map(|record| intern(&mut pool, record).0).collect();
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (number, said) in world.iter().enumerate() {
        let Some(value) = said.map(|record| ids[record]) else { continue };
        match number.checked_sub(N_OWN) {
            None => {
                let addr = V4_FIRST + number as u32;
                push_joined(&mut v4, Run::<V4> { first: addr, last: addr, value });
            }
            Some(number) => {
                let addr = V6_FIRST + number as u128;
                push_joined(&mut v6, Run::<V6> { first: addr, last: addr, value });
            }
        }
    }
    of_runs(&pool, &v4, &v6)
}

fn address(number: usize) -> IpAddr {
    match number.checked_sub(N_OWN) {
        None => Ipv4Addr::from_bits(V4_FIRST + number as u32).into(),
        Some(number) => Ipv6Addr::from_bits(V6_FIRST + number as u128).into(),
    }
}

/// The addresses that are of their own family.
fn numbers() -> impl Iterator<Item = usize> {
    (0..N_OWN).chain(N_OWN + 8..2 * N_OWN)
}

/// Every leaf by dotted key.
fn leaves(value: &Value, path: &str, found: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(entries) if !entries.is_empty() || path.is_empty() => {
            for (key, value) in entries {
                let dot = if path.is_empty() { "" } else { "." };
                leaves(value, &format!("{path}{dot}{key}"), found);
            }
        }
        _ => drop(found.insert(path.to_owned(), value.clone())),
    }
}

/// Address by address, as slow as it is right.
fn model(old: &World, new: &World) -> Value {
    let records = records();
    let mut counts = BTreeMap::from([("added", 0), ("removed", 0), ("changed", 0)]);
    let mut addresses = [0, 0];
    let mut fields: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let mut before = None;
    for number in numbers() {
        let sides = [old[number], new[number]].map(|record| record.map(|n| &records[n]));
        let is_v6 = usize::from(number >= N_OWN);
        let begins = before != Some((is_v6, sides));
        before = Some((is_v6, sides));
        if sides[0] == sides[1] {
            continue;
        }
        let kind = match sides {
            [None, _] => "added",
            [_, None] => "removed",
            _ => "changed",
        };
        *counts.get_mut(kind).expect("one of three") += u32::from(begins);
        addresses[is_v6] += 1;
        let leaves = sides.map(|record| {
            let mut found = BTreeMap::new();
            record.into_iter().for_each(|record| leaves(record, "", &mut found));
            found
        });
        let names: BTreeSet<&String> = leaves.iter().flat_map(BTreeMap::keys).collect();
        for name in names {
            let [was, is] = [leaves[0].get(name), leaves[1].get(name)];
            if was == is {
                continue;
            }
            let field = fields.entry(name.clone()).or_default();
            let mut count = |key: &str, n: u32| {
                let sum = field.get(key).and_then(Value::as_u64).unwrap_or(0);
                field.insert(key.to_owned(), (sum + u64::from(n)).into());
            };
            let families = ["v4", "v6"];
            count("ranges", u32::from(begins));
            for (family, name) in families.into_iter().enumerate() {
                let n = u32::from(family == is_v6);
                count(&format!("addresses_{name}"), n);
                if [was, is].iter().flatten().all(|value| value.is_boolean()) {
                    let is_true = |value: Option<&Value>| value == Some(&Value::Bool(true));
                    count(&format!("gained_{name}"), if is_true(is) { n } else { 0 });
                    count(&format!("lost_{name}"), if is_true(was) { n } else { 0 });
                }
            }
        }
    }
    json!({
        "added": counts["added"], "removed": counts["removed"], "changed": counts["changed"],
        "addresses_v4": addresses[0], "addresses_v6": addresses[1], "by_field": fields,
    })
}

/// Takes away from a record the fields that it was cut down to.
fn take_away(record: &mut Value, fields: &Value) {
    let (Value::Object(record), Value::Object(fields)) = (record, fields) else { return };
    for (key, field) in fields {
        match record.get_mut(key) {
            Some(inner @ Value::Object(_)) if field.is_object() => {
                take_away(inner, field);
                if inner.as_object().is_some_and(Map::is_empty) {
                    record.remove(key);
                }
            }
            _ => drop(record.remove(key)),
        }
    }
}

fn put(record: &mut Value, fields: &Value) {
    let (Value::Object(record), Value::Object(fields)) = (record, fields) else { return };
    for (key, field) in fields {
        match record.get_mut(key) {
            Some(inner @ Value::Object(_)) if field.is_object() => put(inner, field),
            _ => drop(record.insert(key.clone(), field.clone())),
        }
    }
}

/// First and last address of a line.
fn ends(line: &Value) -> (IpAddr, IpAddr) {
    let ip = |key: &str| line[key].as_str().expect("text").parse().expect("an address");
    match line["network"].as_str() {
        Some(network) => {
            let network: ipnet::IpNet = network.parse().expect("a prefix");
            (network.network(), network.broadcast())
        }
        None => (ip("first"), ip("last")),
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn counts_are_those_of_every_address_in_turn(old in world(), new in world()) {
        prop_assert_eq!(difference(&file(&old), &file(&new)), model(&old, &new));
    }

    #[test]
    fn the_old_with_its_changes_is_the_new(old in world(), new in world()) {
        let lines = changes(&file(&old), &file(&new));
        let sorted: Vec<_> = lines.iter().map(ends).collect();
        prop_assert!(sorted.is_sorted_by(|a, b| a.1 < b.0), "{:?}", sorted);
        let records = records();
        for number in numbers() {
            let ip = address(number);
            let mut record = old[number].map_or(Value::Null, |n| records[n].clone());
            if let Some(line) = lines.iter().find(|line| (ends(line).0..=ends(line).1).contains(&ip)) {
                match line["change"].as_str() {
                    Some("added") => record = line["new"].clone(),
                    Some("removed") => {
                        prop_assert_eq!(&record, &line["old"]);
                        record = Value::Null;
                    }
                    _ => {
                        take_away(&mut record, &line["old"]);
                        put(&mut record, &line["new"]);
                    }
                }
            }
            let expected = new[number].map_or(Value::Null, |n| records[n].clone());
            prop_assert_eq!(record, expected, "{}", ip);
        }
    }

    #[test]
    fn no_damage_makes_it_panic(
        world in world(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let sound = file(&world);
        let mut damaged = sound.clone();
        for (at, byte) in damage {
            let at = at.index(damaged.len());
            damaged[at] = byte;
        }
        for (old, new) in [(&sound, &damaged), (&damaged, &sound)] {
            match Comparison::between(old, new) {
                Ok(comparison) => {
                    let difference = Difference::of(&comparison);
                    let is_format = matches!(difference, Err(DiffError::Format { .. }));
                    prop_assert!(!is_format, "{:?}", difference);
                    let written = write_changes(&comparison, &mut Vec::new());
                    let is_format = matches!(written, Err(DiffError::Format { .. }));
                    prop_assert!(!is_format, "{:?}", written);
                }
                Err(error) => prop_assert!(!error.to_string().is_empty()),
            }
        }
    }
}
