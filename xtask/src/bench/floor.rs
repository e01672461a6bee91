//! The floor: no program that reads this input and writes this output can do less.
//!
//! Reads the file, parses it to typed rows, gives equal records one id, and
//! writes as many bytes as the database has. One thread.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;

use anyhow::Result;

use crate::bench::input;
use crate::bench::measurement::Job;
use crate::bench::parts::Parts;

/// Size of the published database of one million rows (every correct writer
/// agrees on it); other inputs write their share.
const OUTPUT_BYTES_PER_MILLION: usize = 24_205_382;

/// A record with its texts replaced by ids.
#[derive(PartialEq, Eq, Hash)]
struct Record {
    asn: u32,
    organisation_id: u32,
    score: u16,
    flags: [bool; 5],
    sources_id: u32,
}

/// A prefix and the id of its record.
struct Row {
    first: u128,
    length: u8,
    record_id: u32,
}

/// Does no more than any writer must.
pub(super) fn run(job: &Job<'_>, parts: &mut Parts) -> Result<()> {
    let text = fs::read(job.input)?;
    parts.end("read");
    let mut rows = Vec::new();
    let mut texts = HashMap::<String, u32>::new();
    let mut records = HashMap::<Record, u32>::new();
    input::read(&text, |row| {
        let record = Record {
            asn: row.asn,
            organisation_id: text_id(&mut texts, row.organisation),
            score: row.score,
            flags: row.flags,
            sources_id: text_id(&mut texts, row.sources),
        };
        let next_id = records.len() as u32;
        let record_id = *records.entry(record).or_insert(next_id);
        let first = match row.network.addr() {
            IpAddr::V4(address) => u128::from(address.to_bits()),
            IpAddr::V6(address) => address.to_bits(),
        };
        rows.push(Row { first, length: row.network.prefix_len(), record_id });
        Ok(())
    })?;
    parts.end("parse and intern");
    drop(text);
    // The bytes depend on every row, so that no part of the work can be left out.
    let digest = rows.iter().fold(0_u128, |sum, row| {
        sum.wrapping_add(row.first ^ u128::from(row.length) ^ u128::from(row.record_id))
    });
    let bytes = vec![digest as u8; rows.len() * OUTPUT_BYTES_PER_MILLION / 1_000_000];
    fs::write(job.output, bytes)?;
    parts.end("write");
    Ok(())
}

fn text_id(texts: &mut HashMap<String, u32>, text: &str) -> u32 {
    if let Some(id) = texts.get(text) {
        return *id;
    }
    let id = texts.len() as u32;
    texts.insert(text.to_owned(), id);
    id
}
