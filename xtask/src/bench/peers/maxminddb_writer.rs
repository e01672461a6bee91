//! The crate `maxminddb-writer`, values stored once by the caller.
//!
//! Does less than the job: neither joins equal neighbours, nor points to what its data section has
//! already, nor has the aliases of IPv4.

use std::fs;
use std::net::IpAddr;

use anyhow::Result;
use maxminddb_writer::Database;
use maxminddb_writer::metadata::IpVersion;
use maxminddb_writer::paths::IpAddrWithMask;
use serde::Serialize;

use crate::bench::measurement::Job;
use crate::bench::parts::Parts;
use crate::bench::peers::interned::{Interned, Record};

/// uint32, UTF-8 string, uint16, five booleans, array of strings.
#[derive(Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "the record of the input has five")]
struct Value<'a> {
    asn: u32,
    org: &'a str,
    score: u16,
    is_vpn: bool,
    is_tor: bool,
    is_proxy: bool,
    is_datacenter: bool,
    is_bot: bool,
    sources: Vec<&'a str>,
}

/// Parses, then inserts, makes the bytes and writes them.
pub(in crate::bench) fn run(job: &Job<'_>, parts: &mut Parts) -> Result<()> {
    let text = fs::read(job.input)?;
    parts.end("read");
    let Interned { rows, records } = Interned::read(&text)?;
    drop(text);
    parts.end("parse and intern");
    let mut database = Database::default();
    database.metadata.ip_version = IpVersion::V6;
    "ipmint-bench".clone_into(&mut database.metadata.database_type);
    database.metadata.binary_format_major_version = 2;
    database.metadata.build_epoch = 1_767_225_601;
    let values = records.iter().map(|record| database.insert_value(value(record)));
    let values = values.collect::<Result<Vec<_>, _>>()?;
    for row in &rows {
        database.insert_node(path(row.addr, row.len), values[row.record_idx as usize]);
    }
    parts.end("insert");
    let bytes = database.write_to(Vec::new())?;
    parts.end("bytes");
    fs::write(job.output, bytes)?;
    parts.end("write");
    Ok(())
}

/// IPv4 lies at `::/96`.
fn path(addr: IpAddr, len: u8) -> IpAddrWithMask {
    match addr {
        IpAddr::V4(addr) => IpAddrWithMask::new(IpAddr::V6(addr.to_ipv6_compatible()), 96 + len),
        IpAddr::V6(_) => IpAddrWithMask::new(addr, len),
    }
}

fn value(record: &Record) -> Value<'_> {
    let [is_vpn, is_tor, is_proxy, is_datacenter, is_bot] = record.flags;
    Value {
        asn: record.asn,
        org: &record.organisation,
        score: record.score,
        is_vpn,
        is_tor,
        is_proxy,
        is_datacenter,
        is_bot,
        sources: record.sources.split('|').collect(),
    }
}
