//! Databases: opened, checked, walked, asked; what the checker passes, the reader reads.
#![no_main]

use std::net::IpAddr;

use ipmint::mmdb::{self, FormatError, Reader};
use ipmint::query::{Comparison, Difference, Export, inspect};
use libfuzzer_sys::fuzz_target;

/// Records decoded of one file: each may unfold to a million values.
const MAX_RECORDS: usize = 16;

fuzz_target!(|bytes: &[u8]| {
    let problems = mmdb::check(bytes);
    let Ok(reader) = Reader::open(bytes) else {
        assert!(!problems.is_empty(), "the checker passes what does not open");
        return;
    };
    let asked = ["192.0.2.1", "2001:db8::1", "0.0.0.0", "::", "255.255.255.255"];
    for ip in asked {
        let ip: IpAddr = ip.parse().expect("an address");
        let found = reader.lookup(ip);
        assert!(!problems.is_empty() || found.is_ok(), "{ip}: {found:?}");
    }
    let _ = inspect(bytes);
    if let Ok(comparison) = Comparison::between(bytes, bytes) {
        let difference = Difference::of(&comparison).expect("it is the same file");
        assert_eq!(difference, Difference::default());
    }
    if let Ok(export) = Export::open(bytes) {
        // Records may unfold to gigabytes of text; lists do not say them.
        export.write_netset(&mut std::io::sink()).expect("the tree was walked");
    }
    let mut last = None;
    for network in reader.networks().take(4096) {
        match network {
            Ok((prefix, _)) => {
                assert!(last < Some(prefix), "{last:?} before {prefix}");
                last = Some(prefix);
            }
            Err(error) => assert!(!problems.is_empty(), "{error}"),
        }
    }
    for (_, offset) in reader.networks().flatten().take(MAX_RECORDS) {
        match reader.decode(offset) {
            Ok(value) => drop(value.to_json()),
            // The checker is linear: it does not unfold what pointers repeat.
            Err(FormatError::TooLarge { .. }) => {}
            Err(error) => assert!(!problems.is_empty(), "{error}"),
        }
    }
});
