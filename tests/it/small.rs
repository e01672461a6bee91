//! Small databases made of prefixes and JSON, by our writer and by another.

use ipmint::base::{Range, Run, V4, V6, push_joined};
use ipmint::mmdb::{self, Contents, Metadata, Pool, ValueId};
use ipnet::IpNet;
use mmdb_writer::{IpVersion, RecordSize, Value as MmdbValue, Writer};
use serde_json::Value;

/// A prefix and its record.
pub(crate) type Row<'a> = (&'a str, Value);

/// Ours. Rows are sorted and disjoint, IPv4's first.
pub(crate) fn ours(rows: &[Row<'_>]) -> Vec<u8> {
    let mut pool = Pool::new();
    let (mut v4, mut v6) = (Vec::new(), Vec::new());
    for (network, record) in rows {
        let value = intern(&mut pool, record).0;
        match network.parse().expect("a prefix") {
            IpNet::V4(net) => {
                let range = Range::<V4>::new(net.network().to_bits(), net.broadcast().to_bits());
                push_joined(&mut v4, Run::new(range.expect("in order"), value));
            }
            IpNet::V6(net) => {
                let range = Range::<V6>::new(net.network().to_bits(), net.broadcast().to_bits());
                push_joined(&mut v6, Run::new(range.expect("in order"), value));
            }
        }
    }
    of_runs(&pool, &v4, &v6)
}

/// Ours, of runs.
pub(crate) fn of_runs(pool: &Pool, v4: &[Run<V4>], v6: &[Run<V6>]) -> Vec<u8> {
    let metadata = Metadata {
        database_type: "Test".to_owned(),
        description: "a test".to_owned(),
        build_epoch: 1_795_132_800,
    };
    mmdb::write(Contents { pool, v4, v6 }, &metadata).expect("small").bytes
}

/// The other crate's; whole numbers are 16 bits wide there, 64 bits here.
pub(crate) fn theirs(rows: &[Row<'_>], version: IpVersion, size: RecordSize) -> Vec<u8> {
    let mut writer =
        Writer::builder("Test").ip_version(version).record_size(size).description(&[]).build();
    for (network, record) in rows {
        let network: IpNet = network.parse().expect("a prefix");
        writer.insert_value(network, their_value(record)).expect("of the family");
    }
    writer.to_bytes().expect("it is small")
}

/// A JSON value as a value of a pool.
pub(crate) fn intern(pool: &mut Pool, value: &Value) -> ValueId {
    match value {
        Value::Bool(value) => pool.bool(*value),
        Value::String(text) => pool.utf8(text),
        Value::Number(number) => match number.as_u64() {
            Some(value) => pool.uint64(value),
            None => pool.double(number.as_f64().expect("a double")),
        },
        Value::Array(values) => {
            let values: Vec<ValueId> = values.iter().map(|value| intern(pool, value)).collect();
            pool.array(&values)
        }
        Value::Object(entries) => {
            let entry = |(key, value): (&String, &Value)| (pool.utf8(key), intern(pool, value));
            let entries: Vec<(ValueId, ValueId)> = entries.iter().map(entry).collect();
            pool.map(&entries)
        }
        Value::Null => panic!("a database has no null"),
    }
}

fn their_value(value: &Value) -> MmdbValue {
    match value {
        Value::Bool(value) => MmdbValue::Bool(*value),
        Value::String(text) => MmdbValue::from(text.as_str()),
        Value::Number(number) => match number.as_u64() {
            Some(value) => MmdbValue::U16(value.try_into().expect("small")),
            None => MmdbValue::Double(number.as_f64().expect("a double")),
        },
        Value::Array(values) => MmdbValue::array(values.iter().map(their_value)),
        // Backwards: the order of keys says nothing.
        Value::Object(entries) => MmdbValue::map(
            entries.iter().rev().map(|(key, value)| (key.clone(), their_value(value))),
        ),
        Value::Null => panic!("a database has no null"),
    }
}
