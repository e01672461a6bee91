//! The shipped catalogue: what it covers, and that its definitions read what the upstreams publish.
//!
//! `tests/corpus/CATALOGUE.csv` says which files of the corpus are which feed's: of extent `whole`,
//! or `part` where the corpus has the beginning of a file only, so that the smallest number of
//! rows cannot be asked of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

use ipmint::feed::{Catalogue, Feed, Kind, Location, embedded};
use serde_json::Value;

use crate::operator::UNPACKED;
use crate::origin::Origin;
use crate::support::Project;
use crate::world::{corpus_folder, root};

/// Areas of the table of upstreams that feeds come from, and the folder of each.
const FOLDERS: [&str; 13] = [
    "abuse", "asn", "bot", "geo", "hosting", "network", "operator", "proxy", "registry", "relay",
    "tor", "trusted", "vpn",
];

/// Empty at times, and right then.
const MAY_BE_EMPTY: [&str; 2] = ["feodotracker", "firehol-feodo"];

/// Hosts that the feeds are spread over.
const N_HOSTS: u8 = 63;

fn catalogue() -> Catalogue {
    Catalogue::from_files(&embedded::definitions()).unwrap_or_else(|error| panic!("{error}"))
}

fn urls(feed: &Feed) -> impl Iterator<Item = &str> {
    feed.locations.iter().filter_map(|location| match location {
        Location::Url(url) => Some(url.as_str()),
        Location::Path(_) => None,
    })
}

/// A feed's files in the corpus, in the order of its locations.
struct Files {
    paths: Vec<String>,
    is_whole: bool,
}

/// By feed.
fn files() -> BTreeMap<String, Files> {
    let text = fs::read_to_string(root().join("tests/corpus/CATALOGUE.csv")).expect("it is there");
    let mut files: BTreeMap<String, Files> = BTreeMap::new();
    for line in text.lines().skip(1) {
        let [feed, path, extent] = line.split(',').collect::<Vec<_>>()[..] else {
            panic!("{line}: three columns");
        };
        assert!(["whole", "part"].contains(&extent), "{line}");
        let is_whole = extent == "whole";
        let known = files.entry(feed.to_owned());
        known.or_insert(Files { paths: Vec::new(), is_whole }).paths.push(path.to_owned());
    }
    files
}

#[test]
fn every_area_has_feeds_and_one_that_is_built_from() {
    let catalogue = catalogue();
    assert!(catalogue.len() >= 200, "{} feeds", catalogue.len());
    for folder in FOLDERS {
        let within = format!("feeds/{folder}/");
        let feeds: Vec<&Feed> =
            catalogue.iter().filter(|feed| feed.file.starts_with(&within)).collect();
        assert!(!feeds.is_empty(), "{folder}");
        // What the operator has of their own cannot be there from the start.
        assert!(folder == "operator" || feeds.iter().any(|feed| feed.enabled), "{folder}");
    }
}

#[test]
fn every_feed_says_under_what_terms_and_why_not() {
    for feed in &catalogue() {
        let id = &feed.id;
        let is_known = !feed.licence.id.is_empty();
        assert!(is_known || !feed.licence.redistribute, "{id}: on what terms is it passed on?");
        assert!(feed.enabled == feed.note.is_none(), "{id}: a note goes with a disabled feed");
        let needs_key = urls(feed).any(|url| url.contains("${"));
        assert!(!(needs_key && feed.enabled), "{id}: nobody has its key from the start");
        let asks = ["-BY-", "GPL-", "MIT", "Apache-", "BSD-"];
        if asks.iter().any(|part| feed.licence.id.contains(part)) {
            assert!(feed.licence.attribution.is_some(), "{id}: its licence asks for a name");
        }
        for part in ["-NC-", "-ND-"] {
            assert!(!(feed.licence.id.contains(part) && feed.licence.redistribute), "{id}");
        }
    }
}

#[test]
fn every_url_has_guards_of_its_own() {
    for feed in &catalogue() {
        let id = feed.id.as_str();
        if urls(feed).next().is_none() {
            continue;
        }
        let guards = &feed.guards;
        let fewest = if MAY_BE_EMPTY.contains(&id) { 0 } else { 2 };
        assert!(guards.min_rows >= fewest, "{id}: min_rows");
        assert!(guards.max_rows < u64::MAX, "{id}: max_rows");
        assert!(guards.bytes < 1 << 35, "{id}: bytes");
        assert!(feed.expire_seconds.is_some(), "{id}: expire");
        assert!(feed.refresh_seconds >= 3600, "{id}: more often than hourly is impolite");
        assert!(urls(feed).all(|url| url.starts_with("https://")), "{id}: https");
    }
}

/// A file may be asked for twice where once it lists addresses and once it places them.
#[test]
fn no_two_enabled_feeds_say_the_same_of_one_url() {
    let mut seen: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    let catalogue = catalogue();
    for feed in catalogue.iter().filter(|feed| feed.enabled) {
        let says = match (feed.kind, feed.attributes.is_empty()) {
            (Kind::Assignment, _) | (_, false) => "assigns",
            (_, true) => "lists",
        };
        for url in urls(feed) {
            // What is asked for behind the question mark is another choice of the same rows.
            let host_and_path = url.split('?').next().unwrap_or_default();
            let other = seen.insert((host_and_path, says), feed.id.as_str());
            assert_eq!(other, None, "{}: {url}", feed.id);
        }
    }
}

/// Who copies whom: a list and its republishers are one witness.
#[test]
fn copies_share_a_group_with_what_they_copy() {
    let catalogue = catalogue();
    let of_group = |group: &str| {
        let feeds = catalogue.iter().filter(|feed| feed.group == group);
        feeds.map(|feed| feed.id.to_string()).collect::<BTreeSet<_>>()
    };
    for (group, ids) in [
        ("torproject", &["torproject-onionoo", "x4bnet-tor-exits", "firehol-tor-exits-30d"][..]),
        ("apple-relay", &["apple-private-relay", "x4bnet-apple-relay", "nextdns-apple-relay"]),
        ("spamhaus", &["spamhaus-drop-v4", "firehol-spamhaus-drop"]),
        ("aws", &["aws-ip-ranges", "disposable-aws", "prettyleaf-aws"]),
        ("google-crawlers", &["googlebot", "lordalfred-googlebot", "itsolver-google"]),
        ("routing-tables", &["iptoasn", "ris-rrc00", "routeviews-rib", "routeviews-pfx2as"]),
        ("rir", &["delegated-arin", "nro-delegated", "ipdeny-zones", "ipverse-country"]),
    ] {
        let members = of_group(group);
        for id in ids {
            assert!(members.contains(*id), "{id} is not in {group}");
        }
    }
}

/// The definition of a feed that asks other URLs, whatever it says of being enabled.
fn asking(text: &str, urls: &[String], is_whole: bool) -> String {
    let mut copy = format!("url = {urls:?}\n");
    let mut in_array = false;
    for line in text.lines() {
        let key = line.split_once('=').map_or("", |(key, _)| key.trim());
        let starts_array = key == "url" && line.trim_end().ends_with('[');
        let is_dropped = key == "url"
            || in_array
            || ["enabled", "note"].contains(&key)
            || !is_whole && key == "min_rows";
        in_array = (in_array || starts_array) && line != "]";
        if !is_dropped {
            let _ = writeln!(copy, "{line}");
        }
    }
    copy
}

#[test]
fn every_row_of_the_table_names_a_feed() {
    let catalogue = catalogue();
    let files = files();
    assert!(files.len() >= 130, "{} feeds are in the corpus", files.len());
    for (id, files) in files {
        let feed = catalogue.get(&id).unwrap_or_else(|| panic!("no feed {id}"));
        assert_eq!(feed.locations.len(), files.paths.len(), "{id}: a file a location");
    }
}

/// Formats, columns and guards against what the upstreams did publish, fetched as they would be:
/// every URL of the catalogue leads to an origin that has what the corpus has, and no more.
#[test]
fn the_whole_catalogue_is_fetched_and_read() {
    let Some(corpus) = corpus_folder() else {
        eprintln!("no corpus; the shipped definitions are not held against it (set IPMINT_CORPUS)");
        Project::with_sample();
        return;
    };
    let origin = Origin::start(N_HOSTS);
    origin.folder("/corpus", &corpus);
    let project = Project::new();
    let files = files();
    let mut hosts = (1..=N_HOSTS).cycle();
    let mut asked = Vec::new();
    for (file, text) in &embedded::definitions() {
        let catalogue = Catalogue::from_files(&[(file.clone(), text.clone())]).expect("good");
        let feed = catalogue.iter().next().expect("a definition is a feed");
        if urls(feed).next().is_none() {
            continue;
        }
        let in_corpus = files.get(feed.id.as_str());
        let paths = match in_corpus {
            Some(files) => files.paths.iter().map(|path| format!("/corpus/{path}")).collect(),
            None => (0..feed.locations.len()).map(|n| format!("/none/{}/{n}", feed.id)).collect(),
        };
        let paths: Vec<String> = paths;
        let host = hosts.next().expect("round and round");
        let urls: Vec<String> = paths.iter().map(|path| origin.url(host, path)).collect();
        let is_whole = in_corpus.is_none_or(|files| files.is_whole);
        project.write(&format!("feeds/{}.toml", feed.id), asking(text, &urls, is_whole));
        asked.push(feed.id.to_string());
    }
    project.write("feeds/policy.toml", format!("canary = []\n{UNPACKED}"));
    // 2026-08-23, the day after most of the files were taken.
    let mut build = project.command(&["build", "--json", "--feeds", "feeds"]);
    let build = build.env("SOURCE_DATE_EPOCH", "1787443200").env("NO_PROXY", "*");
    let built = build.output().expect("runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let report: Value = serde_json::from_slice(&built.stdout).expect("a report");
    assert!(asked.len() > files.len(), "{} feeds were asked for", asked.len());
    for id in &asked {
        let feed = &report["feeds"][id];
        if files.contains_key(id) {
            assert_eq!(feed["state"], "fresh", "{id}: {feed}");
            let is_read = feed["rows"].as_u64() > feed["faults"].as_u64();
            assert!(is_read || MAY_BE_EMPTY.contains(&id.as_str()), "{id}: {feed}");
        } else {
            assert_eq!(feed["state"], "missing", "{id}: {feed}");
            assert!(feed["reason"].as_str().is_some_and(|text| text.contains("404")), "{feed}");
        }
    }
    assert!((1..=N_HOSTS).all(|host| origin.most_connections(host) <= 1), "one a host");
}
