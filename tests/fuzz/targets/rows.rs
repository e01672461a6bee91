//! Deltas: refused or applied within the limits; what is made of a database leads to it.
#![no_main]

mod number;

use std::sync::LazyLock;

use ipmint::base::{Run, V4, V6};
use ipmint::delta::{Limits, rows};
use ipmint::mmdb::{self, Contents, Metadata, Pool};
use libfuzzer_sys::fuzz_target;

use number::number;

const LIMITS: Limits = Limits { file_bytes: 1 << 20 };

static OLD: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut pool = Pool::new();
    let (key, yes) = (pool.utf8("key"), pool.bool(true));
    let map = pool.map(&[(key, yes)]);
    let list = pool.array(&[map, key]);
    let v4 = [
        Run::<V4> { first: 0xC000_0200, last: 0xC000_02FF, value: map.0 },
        Run { first: 0xC633_6400, last: 0xC633_6407, value: list.0 },
    ];
    let first = 0x2001_0db8 << 96;
    let v6 = [Run::<V6> { first, last: first | 0xFFFF, value: list.0 }];
    let metadata =
        Metadata { database_type: "Fuzz".into(), description: "Fuzz".into(), build_epoch: 1 };
    mmdb::write(Contents { pool: &pool, v4: &v4, v6: &v6 }, &metadata).expect("fits").bytes
});

fuzz_target!(|bytes: &[u8]| {
    let _ = rows::apply(&OLD, bytes, LIMITS);
    let _ = rows::apply(&OLD, &delta(bytes), LIMITS);
    for (old, new) in [(&OLD[..], bytes), (bytes, &OLD[..])] {
        if let Ok(delta) = rows::diff(old, new) {
            let applied = rows::apply(old, &delta, LIMITS).expect("what we made");
            assert!(applied == new, "applied, the file is another");
        }
    }
});

/// A delta with the input as its body: what does not unpack is not looked at.
fn delta(body: &[u8]) -> Vec<u8> {
    let mut out = b"ipmint/D\x01\x01".to_vec();
    out.extend([0; 64]);
    number(&mut out, 1 << 16);
    number(&mut out, body.len());
    out.extend(zstd::bulk::compress(body, 1).expect("packs"));
    out
}
