//! The body of a delta, as bytes: metadata, new values, records that became others, rows.
//!
//! Everything lies in columns: first all of one field, then all of the next, which is what
//! lets zstd see what repeats.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::ops::Range;

use crate::base::{Address, Family, Run};
use crate::delta::DeltaError;
use crate::delta::changes::{Changes, NOTHING};
use crate::delta::wire::{Fields, put_bytes, put_metadata, put_number};
use crate::mmdb::{DataWriter, FormatError, Metadata, Pool, ValueId};

/// How much a body may hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Most {
    /// Bytes of new values.
    pub(super) values_bytes: u64,
    /// Rows of one family.
    pub(super) rows: u64,
}

/// Returns the body; `pool` holds the values, `records` are those of the old file.
pub(super) fn encode(
    changes: &Changes,
    metadata: &Metadata,
    pool: &Pool,
    records: &[ValueId],
) -> Result<Vec<u8>, DeltaError> {
    let mut codes = Codes::new(pool, records);
    let mut columns = Vec::new();
    put_records(&changes.records, &mut codes, &mut columns);
    put_rows(&changes.v4, &mut codes, &mut columns);
    put_rows(&changes.v6, &mut codes, &mut columns);
    let (values, _) = codes.values.finish()?;
    let mut out = Vec::with_capacity(columns.len() + values.len() + 512);
    put_metadata(&mut out, metadata);
    put_bytes(&mut out, &values);
    out.extend(columns);
    Ok(out)
}

/// Reads a body; `read` gives the records of a data section ids. Offsets in errors count within the
/// body.
pub(super) fn decode(
    body: &[u8],
    records: &[ValueId],
    most: Most,
    read: impl FnOnce(&[u8]) -> Result<Vec<ValueId>, FormatError>,
) -> Result<(Metadata, Changes), DeltaError> {
    let mut fields = Fields::new(body);
    let metadata = fields.metadata()?;
    let corrupt = DeltaError::Corrupt { offset: fields.offset(), field: "values" };
    let values = fields.bytes("values")?;
    if values.len() as u64 > most.values_bytes {
        return Err(corrupt);
    }
    let values = read(values).map_err(|_| corrupt)?;
    let mut known = Known { values, n_used: 0, records };
    let records = take_records(&mut fields, &mut known)?;
    let v4 = take_rows(&mut fields, &mut known, most.rows)?;
    let v6 = take_rows(&mut fields, &mut known, most.rows)?;
    fields.end()?;
    Ok((metadata, Changes { records, v4, v6 }))
}

/// Where the new values lie in a body: a data section of its own.
pub(super) fn values(body: &[u8]) -> Result<Range<usize>, DeltaError> {
    let mut fields = Fields::new(body);
    fields.metadata()?;
    let values = fields.bytes("values")?;
    Ok(fields.offset() - values.len()..fields.offset())
}

// What a record is called: these two, then new values by 2 * n and records of the old file by
// 2 * n + 1, each by its place there.
const CODE_NOTHING: u64 = 0;
/// The first use of the next new value.
const CODE_NEXT: u64 = 1;
const CODE_KNOWN: u64 = 2;

/// Names records.
struct Codes<'p> {
    values: DataWriter<'p>,
    /// Records of the old file, by id: the place there.
    old: Vec<u32>,
    /// New values, by id: the place among them. Only asked, never listed.
    new: HashMap<u32, u32>,
}

impl<'p> Codes<'p> {
    fn new(pool: &'p Pool, records: &[ValueId]) -> Self {
        let mut old = vec![NOTHING; pool.len()];
        for (place, id) in (0..).zip(records) {
            old[id.0 as usize] = place;
        }
        Self { values: DataWriter::new(pool), old, new: HashMap::new() }
    }

    fn code(&mut self, id: u32) -> u64 {
        if id == NOTHING {
            return CODE_NOTHING;
        }
        let place = self.old[id as usize];
        if place != NOTHING {
            return CODE_KNOWN + (u64::from(place) << 1 | 1);
        }
        let next = self.new.len() as u32;
        match self.new.entry(id) {
            Entry::Occupied(known) => CODE_KNOWN + (u64::from(*known.get()) << 1),
            Entry::Vacant(place) => {
                place.insert(next);
                self.values.record(ValueId(id));
                CODE_NEXT
            }
        }
    }
}

/// Knows records by their names.
struct Known<'a> {
    values: Vec<ValueId>,
    n_used: usize,
    records: &'a [ValueId],
}

impl Known<'_> {
    fn take(&mut self, fields: &mut Fields<'_>) -> Result<u32, DeltaError> {
        let corrupt = DeltaError::Corrupt { offset: fields.offset(), field: "record" };
        let id = match fields.number::<u64>("record")? {
            CODE_NOTHING => return Ok(NOTHING),
            CODE_NEXT => {
                self.n_used += 1;
                self.values.get(self.n_used - 1)
            }
            code => {
                let place = (code - CODE_KNOWN) as usize;
                let list = if place & 1 == 1 { self.records } else { &self.values };
                list.get(place >> 1)
            }
        };
        id.map(|id| id.0).ok_or(corrupt)
    }
}

fn put_records(becomes: &[(u32, u32)], codes: &mut Codes<'_>, out: &mut Vec<u8>) {
    let mut places: Vec<(u32, u32)> =
        becomes.iter().map(|&(from, into)| (codes.old[from as usize], into)).collect();
    // In order already, unless the old file is not ours and has a record twice.
    places.sort_unstable();
    places.dedup();
    put_number(out, places.len() as u64);
    let mut next = 0;
    for &(place, _) in &places {
        put_number(out, place - next);
        next = place + 1;
    }
    places.iter().for_each(|&(_, into)| put_number(out, codes.code(into)));
}

fn take_records(
    fields: &mut Fields<'_>,
    known: &mut Known<'_>,
) -> Result<Vec<(u32, u32)>, DeltaError> {
    const FIELD: &str = "records that became others";
    let n_records = count(fields, FIELD, known.records.len() as u64)?;
    let mut next = 0_usize;
    let mut becomes = Vec::with_capacity(n_records);
    for _ in 0..n_records {
        let corrupt = DeltaError::Corrupt { offset: fields.offset(), field: FIELD };
        let skipped: u32 = fields.number(FIELD)?;
        let place = next.saturating_add(skipped as usize);
        becomes.push((known.records.get(place).ok_or(corrupt)?.0, NOTHING));
        next = place + 1;
    }
    for (_, into) in &mut becomes {
        *into = known.take(fields)?;
    }
    Ok(becomes)
}

fn put_rows<F: Family>(rows: &[Run<F>], codes: &mut Codes<'_>, out: &mut Vec<u8>) {
    put_number(out, rows.len() as u64);
    let blocks: Vec<Blocks> = rows.iter().map(Blocks::of).collect();
    out.extend(blocks.iter().map(|row| row.exponent));
    let mut next = 0;
    for (row, blocks) in rows.iter().zip(&blocks) {
        // At most the row's last address, so nothing overflows.
        let before = (next + ((1 << blocks.exponent) - 1)) >> blocks.exponent;
        put_number(out, blocks.first - before);
        next = row.last.next().unwrap_or(row.last).to_u128();
    }
    blocks.iter().for_each(|row| put_number(out, row.last - row.first));
    rows.iter().for_each(|row| put_number(out, codes.code(row.value)));
}

/// A range as blocks of 2^exponent addresses, as large as can be; both numbers included.
struct Blocks {
    exponent: u8,
    first: u128,
    last: u128,
}

impl Blocks {
    fn of<F: Family>(row: &Run<F>) -> Self {
        let (first, last) = (row.first.to_u128(), row.last.to_u128());
        // A whole family is two blocks, so that no shift is by all bits.
        let bits = first.trailing_zeros().min(last.trailing_ones()).min(u32::from(F::BITS) - 1);
        Self { exponent: bits as u8, first: first >> bits, last: last >> bits }
    }
}

/// The low bits of a block's last address.
fn low_bits(exponent: u8) -> Option<u128> {
    Some(1_u128.checked_shl(exponent.into())? - 1)
}

fn take_rows<F: Family>(
    fields: &mut Fields<'_>,
    known: &mut Known<'_>,
    max_rows: u64,
) -> Result<Vec<Run<F>>, DeltaError> {
    const FIELD: &str = "rows";
    let n_rows = count(fields, FIELD, max_rows)?;
    let exponents = fields.take(n_rows, FIELD)?;
    let from = fields.offset();
    let mut gaps = Vec::with_capacity(n_rows);
    for _ in 0..n_rows {
        gaps.push(fields.number::<u128>(FIELD)?);
    }
    let mut rows = Vec::with_capacity(n_rows);
    let mut next = Some(0_u128);
    for (&exponent, gap) in exponents.iter().zip(gaps) {
        let row = next.and_then(|next| {
            let more = fields.number::<u128>(FIELD).ok()?;
            let first = next.checked_add(low_bits(exponent)?)? >> exponent;
            let first = first.checked_add(gap)?;
            let last = first.checked_add(more)?;
            let widen = |n: u128| (n << exponent >> exponent == n).then_some(n << exponent);
            Some((widen(first)?, widen(last)? | low_bits(exponent)?))
        });
        let (first, last) = row.ok_or(DeltaError::Corrupt { offset: from, field: FIELD })?;
        let ends = F::Addr::from_u128(first).zip(F::Addr::from_u128(last));
        let (first, last) = ends.ok_or(DeltaError::Corrupt { offset: from, field: FIELD })?;
        next = last.next().map(Address::to_u128);
        rows.push(Run { first, last, value: NOTHING });
    }
    for row in &mut rows {
        row.value = known.take(fields)?;
    }
    Ok(rows)
}

/// A number of things, of which there can be no more than `most`.
fn count(fields: &mut Fields<'_>, field: &'static str, most: u64) -> Result<usize, DeltaError> {
    let corrupt = DeltaError::Corrupt { offset: fields.offset(), field };
    let n: u64 = fields.number(field)?;
    if n > most { Err(corrupt) } else { Ok(n as usize) }
}
