//! Rows with their records interned, for writers that let the caller share values.

use std::collections::HashMap;
use std::net::IpAddr;

use anyhow::Result;

use crate::bench::input;

/// The input as such a caller has it.
#[derive(Default)]
pub(super) struct Interned {
    /// In the file's order.
    pub(super) rows: Vec<Row>,
    /// The distinct records.
    pub(super) records: Vec<Record>,
}

/// A prefix and which record it has.
pub(super) struct Row {
    pub(super) addr: IpAddr,
    pub(super) len: u8,
    pub(super) record_idx: u32,
}

/// What a row says of its prefix.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Record {
    pub(super) asn: u32,
    pub(super) organisation: String,
    pub(super) score: u16,
    /// VPN, Tor, proxy, data centre, bot.
    pub(super) flags: [bool; 5],
    pub(super) sources: String,
}

impl Interned {
    /// Reads the file's bytes.
    pub(super) fn read(text: &[u8]) -> Result<Self> {
        let mut interned = Self::default();
        let mut idx_by_record = HashMap::<Record, u32>::new();
        input::read(text, |row| {
            let record = Record {
                asn: row.asn,
                organisation: row.organisation.to_owned(),
                score: row.score,
                flags: row.flags,
                sources: row.sources.to_owned(),
            };
            let record_idx = if let Some(idx) = idx_by_record.get(&record) {
                *idx
            } else {
                let idx = interned.records.len() as u32;
                interned.records.push(record.clone());
                idx_by_record.insert(record, idx);
                idx
            };
            let network = row.network;
            interned.rows.push(Row { addr: network.addr(), len: network.prefix_len(), record_idx });
            Ok(())
        })?;
        Ok(interned)
    }
}
