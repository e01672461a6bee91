//! Feeds of every format; the first byte picks the definition, the rest is the file.
#![no_main]

use std::sync::LazyLock;

use ipmint::feed::{Catalogue, Feed};
use ipmint::parse::{Fault, Source, parse};
use libfuzzer_sys::fuzz_target;

/// What follows title, path and licence; one definition for each way a reader can go.
const DEFINITIONS: &[&str] = &[
    "format = 'list'\nkind = 'membership'\ncategory = 'vpn'",
    "format = 'list'\nkind = 'asn'\ncategory = 'vpn'",
    "format = 'csv'\nkind = 'membership'\ncategory = 'vpn'\nheader = true\n\
     columns = { network = ['ip', 'network'], provider = 'name', last_seen = 'date' }",
    "format = 'csv'\nkind = 'assignment'\nattributes = ['asn', 'country']\n\
     columns = { first = 1, last = 2, asn = 3, country = 4 }",
    "format = 'csv'\nkind = 'assignment'\nattributes = ['latitude', 'longitude', 'city']\n\
     columns = { first = 1, count = 2, latitude = 3, longitude = 4, city = 5 }",
    "format = 'tsv'\nkind = 'assignment'\nattributes = ['country']\ncolumns = { network = 1, country = 2 }",
    "format = 'json'\nkind = 'membership'\ncategory = 'vpn'\nselect = ['prefixes[*]', '*.ips[*]']\n\
     columns = { network = ['ip', 'ipv4Prefix', 'ipv6Prefix'], provider = 'name' }",
    "format = 'json'\nkind = 'membership'\ncategory = 'vpn'\nselect = '[*]'",
    "format = 'ndjson'\nkind = 'membership'\ncategory = 'vpn'\ncolumns = { network = 'ip' }",
    "format = 'toml'\nkind = 'membership'\ncategory = 'vpn'\nselect = 'a[*]'",
    "format = 'rir'\nkind = 'assignment'\nattributes = ['country']",
    "format = 'geofeed'\nkind = 'assignment'\nattributes = ['country', 'city']",
    "format = 'tor-exits'\nkind = 'membership'\ncategory = 'tor_exit'",
    "format = 'pattern'\nkind = 'membership'\ncategory = 'vpn'\n\
     pattern = ['^add \\S+ (?<network>\\S+)', '(?<network>\\[.*\\])', '^create']",
    "format = 'pattern'\nkind = 'assignment'\nattributes = ['asn', 'name']\n\
     pattern = ['^# AS(?<asn>\\d+) - (?<name>.*)$', '^(?<first>\\S+) (?<last>\\S+)', '^(?<network>\\S+)$']",
    "format = 'pattern'\nkind = 'asn'\nattributes = 'name'\npattern = 'AS(?<asn>\\d+)(?<name>.*)'",
    "format = 'onionoo'\nkind = 'membership'",
    "format = 'pfx2as'\nkind = 'assignment'",
    "format = 'rpsl'\nkind = 'assignment'\nattributes = ['asn', 'country', 'name']\n\
     columns = { network = ['inetnum', 'route'], asn = 'origin', country = 'country', name = 'descr' }",
    "format = 'rpsl'\nkind = 'asn'\nattributes = 'name'\ncolumns = { asn = 'aut-num', name = 'as-name' }",
    "format = 'rpsl'\nkind = 'assignment'\nattributes = 'abuse_contact'\n\
     columns = { network = 'a', abuse_contact = ['b', 'c', 'd'] }",
    "format = 'mrt'\nkind = 'assignment'",
    "format = 'mmdb'\nkind = 'membership'\ncategory = 'vpn'",
    "format = 'mmdb'\nkind = 'assignment'\nattributes = 'asn'\n\
     columns = { asn = ['autonomous_system_number', 'a.0'], name = 'autonomous_system_organization' }",
    "format = 'mmdb'\nkind = 'asn'\nattributes = 'name'\n\
     columns = { asn = 'autonomous_system_number', name = 'autonomous_system_organization' }",
    "format = 'rpsl'\nkind = 'membership'\ncolumns = { first = 'a', count = 'b', category = 'c' }\n\
     values = { category = { yes = 'anycast' } }",
];

static FEEDS: LazyLock<Vec<Feed>> = LazyLock::new(|| {
    let file = |idx: usize, more: &str| {
        let text = format!(
            "title = 't'\npath = 'x'\nlicence = {{ id = 'CC0-1.0' }}\n{more}\n\
             [guards]\nmin_prefix_v4 = 0\nmin_prefix_v6 = 0\n"
        );
        (format!("{idx:02}.toml"), text)
    };
    let files: Vec<_> = DEFINITIONS.iter().enumerate().map(|(idx, more)| file(idx, more)).collect();
    Catalogue::from_files(&files).expect("good definitions").iter().cloned().collect()
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&first, bytes)) = bytes.split_first() else {
        return;
    };
    let feed = &FEEDS[usize::from(first) % FEEDS.len()];
    let captures = ["fr".to_owned()];
    let parsed = parse(feed, &[Source { name: "f", captures: &captures, bytes }]);
    let n_entries = (parsed.v4.len() + parsed.v6.len() + parsed.keyed.len()) as u64;
    let tally = parsed.tally;
    assert_eq!(tally.rows, n_entries + tally.valueless + tally.faults);
    assert!(parsed.v4.iter().all(|run| run.first <= run.last));
    assert!(parsed.v6.iter().all(|run| run.first <= run.last));
    assert!(parsed.samples.iter().all(|fault| fault.text.chars().count() <= Fault::MAX_TEXT));
});
