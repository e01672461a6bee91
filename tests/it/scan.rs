//! `ipmint scan`: whole networks from the command line.

use std::collections::BTreeMap;
use std::fs;

use ipmint::base::{Coverage, Family, V4, V6};
use ipmint::mmdb::{Reader, Value};
use ipmint::query::scan::{Cidr, Index, ScanOptions, scan};
use serde_json::json;

use crate::support::Project;

/// In the sample: VPN and hosting lists name 2.56.16.0/22.
const VPN: &str = "2.56.16.0/22";

#[test]
fn networks_are_scanned_as_text_and_as_json() {
    let project = Project::with_sample();
    let ended = project.run(&["scan", VPN, "192.0.2.0/24"]).expect_code(0);
    for part in
        ["2.56.16.0/22  (IPv4, 1 024 addresses)", "toxic", "is_vpn", "█", "no address has a signal"]
    {
        assert!(ended.stdout.contains(part), "no {part:?} in {}", ended.stdout);
    }
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 120), "{}", ended.stdout);
    let found = project.run(&["scan", "--json", "--top", "1", VPN]).expect_code(0).json();
    let whole = json!({ "count": 1024, "ratio": 1.0 });
    assert_eq!(found["signals"]["is_vpn"], whole);
    assert_eq!((&found["listed"], &found["verdict"]), (&whole, &json!("toxic")));
    assert_eq!((&found["total"], &found["family"]), (&json!(1024), &json!("IPv4")));
    assert!(found["top"]["asns"].as_array().expect("a list").len() <= 1);
    // The other part of the same network, said with host bits.
    let found = project.run(&["scan", "--json", "2.56.17.9/23"]).expect_code(0).json();
    assert_eq!(found["query"], "2.56.16.0/23");
    assert_eq!(
        found["notes"],
        json!(["`2.56.17.9/23` has host bits, which were cleared: 2.56.16.0/23"])
    );
}

#[test]
fn what_is_no_network_is_said_in_its_place() {
    let project = Project::with_sample();
    let ended = project.run(&["scan", "--json", "2.56.16.0/33", VPN]).expect_code(1);
    let lines = ended.json_lines();
    assert_eq!(lines[0]["query"], "2.56.16.0/33");
    let said = lines[0]["error"].as_str().expect("text");
    assert!(said.starts_with("`/33` is no length of an IPv4 prefix"), "{said}");
    assert_eq!(lines[1]["query"], VPN);
    let ended = project.run(&["scan", "x", VPN]).expect_code(1);
    assert!(ended.stdout.starts_with("x  `x` is not an IPv4 or IPv6 address"), "{}", ended.stdout);
    assert!(ended.stdout.contains(VPN));
}

#[test]
fn runs_of_one_family_do_not_begin_in_the_other() {
    let project = Project::with_sample();
    for (after, cidr) in [("::1", VPN), ("2.56.16.9", "2606:4700::/32")] {
        let said = ["--after", cidr, "other family"];
        project.run(&["scan", "--after", after, cidr]).expect_code(2).expect_stderr(&said);
    }
    project.run(&["scan", "--after", "2.56.16.9", VPN]).expect_code(0);
}

#[test]
fn another_edition_cannot_be_scanned() {
    let project = Project::with_sample();
    let asn = project.run(&["releases", "list", "--json"]).expect_code(0).stdout;
    assert!(!asn.is_empty());
    let path = project.path("output/releases");
    let version = fs::read_dir(&path).expect("releases").next().expect("one").expect("readable");
    let path = version.path().join("asn.mmdb").display().to_string();
    let said = ["the records carry no signals", "`full`"];
    project.run(&["scan", "--db", &path, "8.8.8.0/24"]).expect_code(1).expect_stderr(&said);
}

/// Of the sample's `full`: every network of a record, and the wide ones around it, by an index as by a walk; and
/// every address of the network by look-ups.
#[test]
fn the_sample_is_scanned_as_it_is_looked_up() {
    let project = Project::with_sample();
    let path = project.path("output/releases");
    let version = fs::read_dir(&path).expect("releases").next().expect("one").expect("readable");
    let bytes = fs::read(version.path().join("full.mmdb")).expect("there");
    let reader = Reader::open(&bytes).expect("sound");
    let index = Index::build(&reader).expect("sound");
    let (mut n_networks, mut n_seen) = (0, BTreeMap::new());
    for network in reader.networks() {
        let (prefix, offset) = network.expect("sound");
        let (first, len) = (prefix.addr(), prefix.len());
        let is_v4 = first >> 32 == 0 && len >= 96;
        let ip = if is_v4 { V4::to_ip(first as u32) } else { V6::to_ip(first) };
        let len = if is_v4 { len - 96 } else { len };
        let record = reader.decode(offset).expect("sound");
        for len in [len, len.saturating_sub(3), len.saturating_sub(9)] {
            let cidr = Cidr::parse(&format!("{ip}/{len}")).expect("a prefix");
            let walked = scan(&reader, None, &cidr, ScanOptions::default()).expect("sound");
            let indexed =
                scan(&reader, Some(&index), &cidr, ScanOptions::default()).expect("sound");
            assert_eq!(walked, indexed, "{cidr}");
        }
        let cidr = Cidr::parse(&format!("{ip}/{len}")).expect("a prefix");
        let found = scan(&reader, Some(&index), &cidr, ScanOptions::default()).expect("sound");
        let score = record.get("threat").and_then(|threat| threat.get("score")?.as_unsigned());
        assert_eq!(u128::from(found.score.max), score.unwrap_or(0), "{cidr}");
        for (signal, share) in &found.signals {
            let is = |map: &str| record.get(map).and_then(|map| map.get(signal));
            let is = match *signal {
                "is_bot" => record.get("bot").is_some(),
                "is_sanctioned" => is("geo") == Some(&Value::Bool(true)),
                _ => is("signals") == Some(&Value::Bool(true)),
            };
            let expected = if is { found.total } else { Coverage::default() };
            n_seen.entry(*signal).and_modify(|n| *n += u64::from(is)).or_insert(u64::from(is));
            assert_eq!(share.count, expected, "{cidr} {signal}");
        }
        n_networks += 1;
    }
    assert!(n_networks > 50, "{n_networks}");
    for signal in ["is_bot", "is_sanctioned", "is_tor", "is_hosting"] {
        assert!(n_seen[signal] > 0, "no network of the sample has {signal}");
    }
    for signal in ["is_bogon", "is_denied", "is_allowed"] {
        assert!(!n_seen.contains_key(signal), "no record can have {signal}");
    }
}
