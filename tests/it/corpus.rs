//! The corpus of real feeds: nothing of it is lost in silence.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use ipmint::feed::{Catalogue, Location};
use ipmint::parse::{Parsed, Tally};

use serde_json::Value;

use crate::support::Project;
use crate::world::{self, Read, World, root};

/// The rows that a feed is known to have, as an independent script counts them.
fn counts() -> BTreeMap<String, u64> {
    let text = fs::read_to_string(root().join("tests/corpus/COUNTS.csv")).expect("it is there");
    let row = |line: &str| {
        let (id, rows) = line.split_once(',').expect("two columns");
        (id.to_owned(), rows.parse().expect("a number"))
    };
    text.lines().skip(1).map(row).collect()
}

/// The files without a definition.
fn left_out() -> BTreeSet<String> {
    let text = fs::read_to_string(root().join("tests/corpus/LEFT_OUT.csv")).expect("it is there");
    let path = |line: &str| {
        let (path, reason) = line.split_once(',').expect("two columns");
        assert!(!reason.is_empty(), "{path}: why?");
        path.to_owned()
    };
    text.lines().skip(1).map(path).collect()
}

/// Whether there is a corpus to look at; where there is none standard error says so.
fn is_there() -> bool {
    let is_there = world::corpus_folder().is_some();
    if !is_there {
        eprintln!("no corpus; only its definitions are looked at (set IPMINT_CORPUS)");
    }
    is_there
}

fn read(id: &str) -> &'static Read {
    let mut reads = World::corpus().reads.iter();
    reads.find(|read| read.feed.id.as_str() == id).unwrap_or_else(|| panic!("no feed {id}"))
}

/// Rows are entries, keys, without a value, or faults; nothing else becomes of one.
#[track_caller]
fn adds_up(id: &str, parsed: &Parsed) {
    let n_entries = (parsed.v4.len() + parsed.v6.len() + parsed.keyed.len()) as u64;
    let Tally { rows, faults, valueless, .. } = parsed.tally;
    assert_eq!(rows, n_entries + valueless + faults, "{id}");
    assert_eq!(parsed.samples.is_empty(), faults == 0, "{id}: faults have samples");
}

#[test]
fn every_definition_is_counted() {
    let catalogue = Catalogue::from_files(&world::corpus_definitions());
    let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
    let defined: Vec<&str> = catalogue.iter().map(|feed| feed.id.as_str()).collect();
    assert_eq!(defined, counts().keys().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn every_file_is_defined_or_left_out() {
    let catalogue = Catalogue::from_files(&world::corpus_definitions());
    let catalogue = catalogue.unwrap_or_else(|error| panic!("{error}"));
    let defined: BTreeSet<String> = catalogue
        .iter()
        .flat_map(|feed| &feed.locations)
        .map(|location| match location {
            Location::Path(path) | Location::Url(path) => path.clone(),
        })
        .collect();
    let left_out = left_out();
    let both: Vec<&String> = defined.intersection(&left_out).collect();
    assert!(both.is_empty(), "defined, and left out too: {both:?}");
    let Some(folder) = world::corpus_folder() else {
        is_there();
        return;
    };
    // Older snapshots of files that are defined, and the notes on all of them.
    let is_feed = |path: &String| {
        !path.starts_with("history/") && !["README.md", "SOURCES.csv"].contains(&path.as_str())
    };
    let files: BTreeSet<String> = world::files_below(&folder).into_iter().filter(is_feed).collect();
    let known: BTreeSet<String> = defined.union(&left_out).cloned().collect();
    assert_eq!(files, known);
}

#[test]
fn rows_are_those_that_the_files_hold() {
    let mut wrong = Vec::new();
    for Read { feed, parsed, .. } in &World::corpus().reads {
        adds_up(feed.id.as_str(), parsed);
        if is_there() {
            let expected = counts()[feed.id.as_str()];
            if parsed.tally.rows != expected {
                wrong.push((feed.id.as_str(), parsed.tally.rows, expected));
            }
        }
    }
    assert_eq!(wrong, [], "feed, rows parsed, rows there");
}

/// What the corpus's own notes count in a file ("Messy cases, counted").
#[track_caller]
fn check(id: &str, count: impl Fn(&Parsed) -> u64, expected: u64) {
    assert!(counts().contains_key(id), "{id} is not defined");
    if is_there() {
        assert_eq!(count(&read(id).parsed), expected, "{id}");
    }
}

#[test]
fn host_bits_are_masked_and_counted() {
    let masked = |parsed: &Parsed| parsed.tally.masked;
    check("badbots__spam", masked, 21);
    check("surge__reject", masked, 10);
    check("flexnetworks__geofeed", masked, 1);
}

#[test]
fn what_is_no_address_is_a_fault() {
    let faults = |parsed: &Parsed| parsed.tally.faults;
    check("flexnetworks__geofeed", faults, 1);
    // 29 NUL bytes, on two lines.
    check("mitchellkrogza__ips", faults, 2);
    check("loki__c2-iocs", faults, 1_709);
    check("az0__windscribe-hostnames", faults, 7_365);
    check("spysme__proxy-list", faults, 6);
    check("firehol__feodo", faults, 0);
    check("fullfibre__geofeed-bom", faults, 0);
    check("geoip-legacy__geoipcountrywhois-2015", faults, 0);
    check("surge__reject", |parsed| parsed.tally.rows - parsed.tally.faults, 174);
    check("firehol__feodo", |parsed| parsed.tally.rows, 0);
}

#[test]
fn rows_without_a_value_claim_nothing() {
    let valueless = |parsed: &Parsed| parsed.tally.valueless;
    // 287 `??` and one ZZ.
    check("tor__geoip-2026-10-28", valueless, 288);
    // Without a country, and AS numbers, which are no addresses.
    check("rir__delegated-lacnic-extended-2019", valueless, 29_930 + 9_984);
    check("rir__delegated-afrinic-extended-2019", valueless, 3_608 + 1_780);
}

#[test]
fn ranges_stay_whole() {
    let ranges = |parsed: &Parsed| {
        parsed.v4.iter().filter(|run| run.range().to_prefix().is_none()).count() as u64
    };
    // Of 24,888 in the file 1,332 name what is no country, such as a satellite provider.
    check("geoip-legacy__geoipcountrywhois-2015", ranges, 23_556);
    check("sapics__asn-country-ipv4-num", ranges, 20_377);
    check("vizv__ipfilter", ranges, 1_700);
    check("ipcat__datacenters", ranges, 1_060);
    // Of 93,231 in the file 24 have no country.
    check("tor__geoip-2026-10-28", ranges, 93_207);
    let single =
        |parsed: &Parsed| parsed.v4.iter().filter(|run| run.first == run.last).count() as u64;
    check("vizv__ipfilter", single, 10_987);
    let uneven = |parsed: &Parsed| {
        let span = |run: &ipmint::base::Run<ipmint::base::V4>| u64::from(run.last - run.first) + 1;
        parsed.v4.iter().filter(|run| !span(run).is_power_of_two()).count() as u64
    };
    check("rir__delegated-ripencc-2014-07", uneven, 563);
}

#[test]
fn reserved_space_is_counted() {
    if !is_there() {
        let feeds = Catalogue::from_files(&world::corpus_definitions());
        assert!(feeds.is_ok());
        return;
    }
    let world = World::corpus();
    let counts = world.compile(&[]).counts;
    let counted = |id: &str| {
        let at = world.reads.iter().position(|read| read.feed.id.as_str() == id);
        let counts = counts[at.unwrap_or_else(|| panic!("no feed {id}"))];
        counts.reserved + counts.clipped
    };
    let expected = [
        // 28 of IPv4, four of IPv6.
        ("pyasn__ipasn-v4v6-20151101", 32),
        ("pyasn__ipasn-20080501", 9),
        // The thirteenth, 192.0.0.0/24, is not reserved whole, and has expired like the rest.
        ("firehol__firehol_level1", 12),
        ("ercindedeoglu__http", 12),
        ("threatfox__ips", 7),
        ("cps__sans", 7),
    ];
    assert_eq!(expected.map(|(id, _)| (id, counted(id))), expected);
}

/// The whole job, as users run it; on the sample where there is no corpus.
#[test]
fn the_corpus_builds_into_every_edition() {
    let project = Project::new();
    let definitions = root().join("tests/corpus");
    let corpus = world::corpus_folder();
    let mut build = match &corpus {
        Some(corpus) => {
            let mut build = project.command(&["build", "--json", "--feeds"]);
            build.arg(definitions).arg("--root").arg(corpus);
            build
        }
        None => project.command(&["build", "--json", "--sample"]),
    };
    // 2026-08-23, the day after most of the files were taken.
    let built = build.env("SOURCE_DATE_EPOCH", "1787443200").output().expect("runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let report: Value = serde_json::from_slice(&built.stdout).expect("a report");
    let editions = report["editions"].as_object().expect("an object");
    assert_eq!(editions.len(), 9);
    let feeds = report["feeds"].as_object().expect("an object");
    for (id, feed) in feeds {
        assert_eq!(feed["state"], "fresh", "{id}: {feed}");
    }
    if is_there() {
        for (id, rows) in counts() {
            assert_eq!(feeds[&id]["rows"], rows, "{id}");
        }
    }
    let paths: Vec<&str> =
        editions.values().map(|edition| edition["path"].as_str().expect("a path")).collect();
    project.run(&[&["verify"], paths.as_slice()].concat()).expect_code(0);
}
