//! Addresses, AS numbers, countries and days; what the standard library reads, a list reads too.
#![no_main]

use std::net::IpAddr;
use std::sync::LazyLock;

use ipmint::base::{Asn, CountryCode, Day};
use ipmint::feed::{Catalogue, Feed};
use ipmint::parse::{Parsed, Source, parse};
use libfuzzer_sys::fuzz_target;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let definition = |format: &str, more: &str| {
        format!(
            "title = 't'\npath = 'x'\nformat = '{format}'\nkind = 'membership'\n\
             category = 'vpn'\nlicence = {{ id = 'CC0-1.0' }}\nguards.min_prefix_v4 = 0\n\
             guards.min_prefix_v6 = 0\n{more}\n"
        )
    };
    let files = [
        ("cell.toml".to_owned(), definition("csv", "columns = { network = 1 }")),
        ("counted.toml".to_owned(), definition("csv", "columns = { first = 1, count = 2 }")),
        ("ends.toml".to_owned(), definition("csv", "columns = { first = 1, last = 2 }")),
        ("line.toml".to_owned(), definition("list", "")),
    ];
    Catalogue::from_files(&files).expect("good definitions")
});

fn read(feed: &Feed, text: &str) -> Parsed {
    let parsed = parse(feed, &[Source { name: "f", captures: &[], bytes: text.as_bytes() }]);
    assert!(parsed.v4.iter().all(|run| run.first <= run.last));
    assert!(parsed.v6.iter().all(|run| run.first <= run.last));
    parsed
}

fuzz_target!(|text: &str| {
    for feed in &*CATALOGUE {
        let parsed = read(feed, text);
        let is_counted = ["cell", "line"].contains(&feed.id.as_str());
        if let Ok(ip) = text.parse::<IpAddr>()
            && is_counted
        {
            // IPv4-mapped IPv6 comes out as IPv4; no other form changes its family.
            let found = match ip.to_canonical() {
                IpAddr::V4(ip) => {
                    parsed.v4.iter().any(|r| r.first == ip.to_bits() && r.last == r.first)
                }
                IpAddr::V6(ip) => {
                    parsed.v6.iter().any(|r| r.first == ip.to_bits() && r.last == r.first)
                }
            };
            assert!(found, "{}: {ip} is not read: {:?}", feed.id, parsed.samples);
        }
    }
    if let Ok(asn) = text.parse::<Asn>() {
        assert_eq!(asn.to_string().parse::<Asn>(), Ok(asn));
    }
    if let Ok(country) = text.parse::<CountryCode>() {
        assert_eq!(country.as_str().parse::<CountryCode>(), Ok(country));
    }
    if let Ok(day) = text.parse::<Day>() {
        assert_eq!(day.to_string().parse::<Day>(), Ok(day));
        assert!(day.monday() <= day);
    }
});
