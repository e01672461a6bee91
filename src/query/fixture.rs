//! Small databases for the tests of this folder.

use serde_json::{Value, json};

use crate::base::{Run, V4};
use crate::mmdb::{Contents, Interner, Metadata, Pool, Reader, ValueId, write};
use crate::release::{Manifest, PolicyRecord};
use crate::score::Policy;

/// A JSON value as a value of a pool; numbers are the narrowest that fit.
pub(super) fn intern(pool: &mut Pool, value: &Value) -> ValueId {
    match value {
        Value::Bool(value) => pool.bool(*value),
        Value::String(text) => pool.utf8(text),
        Value::Array(values) => {
            let values: Vec<ValueId> = values.iter().map(|value| intern(pool, value)).collect();
            pool.array(&values)
        }
        Value::Object(entries) => {
            let entries: Vec<_> =
                entries.iter().map(|(key, value)| (pool.utf8(key), intern(pool, value))).collect();
            pool.map(&entries)
        }
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(value), _) => pool.uint64(value),
            (None, Some(value)) => pool.int32(value.try_into().expect("32 bits")),
            (None, None) => pool.double(number.as_f64().expect("a double")),
        },
        Value::Null => panic!("a database has no null"),
    }
}

/// A database in which the n-th address from 192.0.2.0 on has the n-th of these records.
pub(super) fn file(pool: &Pool, records: &[ValueId]) -> Vec<u8> {
    let run = |(addr, id): (u32, &ValueId)| Run::<V4> { first: addr, last: addr, value: id.0 };
    let v4: Vec<_> = (0xC000_0200..).zip(records).map(run).collect();
    let metadata = Metadata {
        database_type: "ipmint-test".to_owned(),
        description: "test".to_owned(),
        build_epoch: 1,
    };
    write(Contents { pool, v4: &v4, v6: &[] }, &metadata).expect("small").bytes
}

/// These records, written to a database and read back.
pub(super) fn interned(interner: &mut Interner, records: &[Value]) -> Vec<ValueId> {
    let mut pool = Pool::new();
    let ids: Vec<ValueId> = records.iter().map(|record| intern(&mut pool, record)).collect();
    let bytes = file(&pool, &ids);
    let reader = Reader::open(&bytes).expect("sound");
    let offsets = (0xC000_0200_u32..).take(records.len()).map(|addr| {
        let found = reader.lookup(std::net::Ipv4Addr::from_bits(addr).into()).expect("sound");
        found.offset.expect("listed") as u32
    });
    interner.read(&reader, &offsets.collect::<Vec<_>>()).expect("sound")
}

/// A manifest of the default policy and these feeds with their reliability, each in a group of its own.
pub(super) fn manifest(feeds: &[(&str, u16)]) -> Manifest {
    let digest = "0".repeat(64);
    let feed = |&(id, reliability): &(&str, u16)| {
        let record = json!({
            "state": "fresh", "snapshot": digest, "as_of": "2026-08-22", "rows": 1, "faults": 0,
            "claims": 1, "licence": { "id": "CC0-1.0", "redistribute": true },
            "group": id, "reliability": reliability,
        });
        (id.to_owned(), record)
    };
    let feeds: serde_json::Map<_, _> = feeds.iter().map(feed).collect();
    let manifest = json!({
        "schema": 1, "version": "20260822.1", "sequence": 1, "previous": null,
        "build_epoch": 1, "tool": "ipmint", "policy": PolicyRecord::from(&Policy::default()),
        "lock": {
            "schema": 1, "build_epoch": 1, "definitions": digest, "policy": digest,
            "schemas": digest, "feeds": {},
        },
        "feeds": feeds, "editions": {}, "gates": [], "notice_sha256": digest,
    });
    serde_json::from_value(manifest).expect("a manifest")
}
