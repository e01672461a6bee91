//! The crate `libmaxminddb-rs`, values shared by the caller.
//!
//! Does less than the job: neither joins equal neighbours, nor points to what its data section has
//! already but for whole records, nor has the aliases of IPv4.

use std::fs;
use std::sync::Arc;

use anyhow::Result;
use libmaxminddb_rs::{IpNetwork, MetadataBuilder, Value, Writer};

use crate::bench::measurement::Job;
use crate::bench::parts::Parts;
use crate::bench::peers::interned::{Interned, Record};

/// Parses, then inserts, makes the bytes and writes them.
pub(in crate::bench) fn run(job: &Job<'_>, parts: &mut Parts) -> Result<()> {
    let text = fs::read(job.input)?;
    parts.end("read");
    let Interned { rows, records } = Interned::read(&text)?;
    drop(text);
    parts.end("parse and intern");
    let values: Vec<Arc<Value>> = records.iter().map(|record| Arc::new(value(record))).collect();
    let metadata = MetadataBuilder::new()
        .database_type("ipmint-bench")
        .ip_version(6)
        .description("en", "benchmark")
        .build_epoch(1_767_225_601)
        .build()?;
    let mut writer = Writer::with_metadata(metadata);
    for row in &rows {
        let network = IpNetwork::new(row.addr, row.len)?;
        writer.insert_value_shared(network, Arc::clone(&values[row.record_idx as usize]))?;
    }
    parts.end("insert");
    let bytes = writer.finish()?;
    parts.end("bytes");
    fs::write(job.output, bytes)?;
    parts.end("write");
    Ok(())
}

/// uint32, UTF-8 string, uint16, five booleans, array of strings.
fn value(record: &Record) -> Value {
    let [is_vpn, is_tor, is_proxy, is_datacenter, is_bot] = record.flags.map(Value::Bool);
    let sources = record.sources.split('|').map(|source| Value::Utf8(source.to_owned()));
    let entries = [
        ("asn", Value::Uint32(record.asn)),
        ("org", Value::Utf8(record.organisation.clone())),
        ("score", Value::Uint16(record.score)),
        ("is_vpn", is_vpn),
        ("is_tor", is_tor),
        ("is_proxy", is_proxy),
        ("is_datacenter", is_datacenter),
        ("is_bot", is_bot),
        ("sources", Value::Array(sources.collect())),
    ];
    Value::Map(entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
