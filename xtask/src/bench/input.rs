//! The input read as most programs read a CSV file: the `csv` crate, to typed rows.

use std::net::IpAddr;

use anyhow::{Context, Result};
use ipnet::IpNet;

/// A row, its text still in the file's bytes.
pub(super) struct Row<'a> {
    pub(super) network: IpNet,
    pub(super) asn: u32,
    pub(super) organisation: &'a str,
    pub(super) score: u16,
    /// VPN, Tor, proxy, data centre, bot.
    pub(super) flags: [bool; 5],
    /// Joined with `|`.
    pub(super) sources: &'a str,
}

/// Hands every row of the file to a function.
pub(super) fn read(text: &[u8], mut each: impl FnMut(Row<'_>) -> Result<()>) -> Result<()> {
    let mut reader = csv::Reader::from_reader(text);
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record)? {
        let row = row(&record).with_context(|| {
            format!("line {}", record.position().map_or(0, csv::Position::line))
        })?;
        each(row)?;
    }
    Ok(())
}

fn row(record: &csv::StringRecord) -> Result<Row<'_>> {
    let field = |idx| record.get(idx).with_context(|| format!("no field {idx}"));
    let (address, length) = field(0)?.split_once('/').context("no prefix length")?;
    let mut flags = [false; 5];
    for (flag, idx) in flags.iter_mut().zip(4..) {
        *flag = field(idx)?.parse()?;
    }
    Ok(Row {
        network: IpNet::new(address.parse::<IpAddr>()?, length.parse()?)?,
        asn: field(1)?.parse()?,
        organisation: field(2)?,
        score: field(3)?.parse()?,
        flags,
        sources: field(9)?,
    })
}
