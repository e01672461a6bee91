//! Compressed files and archives: whatever the bytes, an error or members within the limits.
#![no_main]

use std::sync::LazyLock;

use ipmint::feed::{Catalogue, Feed};
use ipmint::fetch::unpack;
use libfuzzer_sys::fuzz_target;

/// Little, so that time goes into the bytes and not into what they unpack to.
const LIMIT: u64 = 1 << 20;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let definition = |more: &str| {
        format!(
            "title = 't'\npath = 'x'\nformat = 'list'\nkind = 'membership'\ncategory = 'vpn'\n\
             licence = {{ id = 'CC0-1.0' }}\nguards.bytes = {LIMIT}\n{more}\n"
        )
    };
    let files = [
        ("plain.toml".to_owned(), definition("")),
        ("members.toml".to_owned(), definition("member = ['*/*.txt', '*']")),
    ];
    Catalogue::from_files(&files).expect("good definitions")
});

fuzz_target!(|bytes: &[u8]| {
    for feed in &*CATALOGUE {
        check(feed, bytes);
    }
});

fn check(feed: &Feed, bytes: &[u8]) {
    let Ok(members) = unpack(feed, "f", bytes) else {
        return;
    };
    assert!(members.windows(2).all(|pair| pair[0].name < pair[1].name));
    let n_bytes: u64 = members.iter().map(|member| member.bytes.len() as u64).sum();
    assert!(n_bytes <= LIMIT, "{n_bytes} bytes came out");
}
